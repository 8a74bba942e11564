package qr

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// The shortest and the longest key URI the product makes, and some others.
var texts = []string{
	"otpauth://totp/I:a?secret=" + secret + "&issuer=I" + tail,
	"otpauth://totp/ImageMaster:anna?secret=" + secret + "&issuer=ImageMaster" + tail,
	"otpauth://totp/Tom%20%26%20Co%3D1%2B2:a%2Fb%3Fc%23d%40x?secret=" + secret + "&issuer=Tom%20%26%20Co%3D1%2B2" + tail,
	"otpauth://totp/" + strings.Repeat("I", 24) + ":" + strings.Repeat("%C3%A4", 8) + "?secret=" + secret + "&issuer=" + strings.Repeat("I", 24) + tail,
	"x",
	"1234567890",
	"HELLO WORLD",
}

const (
	secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	tail   = "&algorithm=SHA1&digits=6&period=30"
)

func TestPathIsReadByARealReader(t *testing.T) {
	needTool(t, "zbarimg")
	for _, text := range texts {
		modules, path, err := Path(text)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "qr.png")
		writePNG(t, file, draw(t, modules, path))
		out, err := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file).Output()
		if err != nil {
			t.Fatalf("zbarimg: %v", err)
		}
		if got := strings.TrimSuffix(string(out), "\n"); got != text {
			t.Errorf("read %q, want %q", got, text)
		}
	}
}

func TestLongestKeyURIHas57Modules(t *testing.T) {
	long := texts[3]
	if len(long) > 194 {
		t.Fatalf("the text has %d bytes", len(long))
	}
	modules, path, err := Path(long)
	if err != nil {
		t.Fatal(err)
	}
	if modules > 57+2*quietZone {
		t.Errorf("%d modules", modules)
	}
	if len(path) > 16<<10 {
		t.Errorf("the path has %d bytes", len(path))
	}
}

// At level M a key URI of 151 bytes needs 49 modules, at L 45 and at Q 57. The
// quiet zones of both sides are added.
func TestLevelIsM(t *testing.T) {
	text := texts[1] + strings.Repeat("x", 151-len(texts[1]))
	modules, _, err := Path(text)
	if err != nil || len(text) != 151 || modules != 49+2*4 {
		t.Errorf("%d bytes: %d modules, %v", len(text), modules, err)
	}
}

// The three finder patterns stand in the corners and nothing in the quiet zone.
func TestQuietZoneAndFinderPatterns(t *testing.T) {
	modules, path, err := Path(texts[1])
	if err != nil {
		t.Fatal(err)
	}
	if modules%4 != 1 { // 17+4v and twice 4
		t.Fatalf("%d modules", modules)
	}
	img := draw(t, modules, path)
	dark := func(x, y int) bool { return img.GrayAt(x*scale+1, y*scale+1).Y == 0 }
	finder := []string{"#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######"}
	far := modules - quietZone - len(finder)
	for _, corner := range [][2]int{{quietZone, quietZone}, {far, quietZone}, {quietZone, far}} {
		for y, row := range finder {
			for x, want := range row {
				if dark(corner[0]+x, corner[1]+y) != (want == '#') {
					t.Fatalf("finder pattern at %v differs at %d,%d", corner, x, y)
				}
			}
		}
	}
	for i := range modules {
		for j := range quietZone {
			if dark(i, j) || dark(j, i) || dark(i, modules-1-j) || dark(modules-1-j, i) {
				t.Fatalf("quiet zone is not empty at %d,%d", i, j)
			}
		}
	}
}

func TestRefusedTexts(t *testing.T) {
	for _, text := range []string{"", strings.Repeat("secret", 2000)} {
		modules, path, err := Path(text)
		if err == nil || modules != 0 || path != "" {
			t.Errorf("%d bytes: %d modules, %v", len(text), modules, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error shows the text: %v", err)
		}
	}
}

// The library logs the text when a variable is set. This needs a new process,
// because the library reads the variable once.
func TestNothingIsLogged(t *testing.T) {
	if os.Getenv("QRCODE_DEBUG") == "1" {
		var logged bytes.Buffer
		log.SetOutput(&logged)
		if _, _, err := Path(texts[1]); err != nil {
			t.Fatal(err)
		}
		if logged.Len() > 0 {
			t.Fatal("the library logged something")
		}
		return
	}
	folder := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestNothingIsLogged$")
	cmd.Env = append(os.Environ(), "QRCODE_DEBUG=1")
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), secret) {
		t.Errorf("%v: %s", err, out)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("files were written: %v, %v", left, err)
	}
}

func TestParallelCallsAgree(t *testing.T) {
	_, want, err := Path(texts[1])
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, got, err := Path(texts[1]); err != nil || got != want {
				t.Errorf("another picture: %v", err)
			}
		})
	}
	wg.Wait()
}

func BenchmarkPath(b *testing.B) {
	for b.Loop() {
		if _, _, err := Path(texts[3]); err != nil {
			b.Fatal(err)
		}
	}
}

const scale = 4

var rectangle = regexp.MustCompile(`^M(\d+) (\d+)h(\d+)v1h-(\d+)z`)

// draw fills the path as a browser does. It fails on path data of any other
// form and on rectangles that leave the picture or overlap.
func draw(t *testing.T, modules int, path string) *image.Gray {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, modules*scale, modules*scale))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	for path != "" {
		m := rectangle.FindStringSubmatch(path)
		if m == nil || m[3] != m[4] {
			t.Fatalf("path data goes on with %.30q", path)
		}
		path = path[len(m[0]):]
		x, y, length := number(t, m[1]), number(t, m[2]), number(t, m[3])
		for px := x * scale; px < (x+length)*scale; px++ {
			for py := y * scale; py < (y+1)*scale; py++ {
				if !(image.Point{X: px, Y: py}).In(img.Rect) || img.GrayAt(px, py).Y == 0 {
					t.Fatalf("module outside or drawn twice: %s", m[0])
				}
				img.SetGray(px, py, color.Gray{})
			}
		}
	}
	return img
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func writePNG(t *testing.T, name string, img image.Image) {
	t.Helper()
	var b bytes.Buffer
	if err := errors.Join(png.Encode(&b, img), os.WriteFile(name, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// needTool skips where a program is missing, which the full run does not allow.
func needTool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err == nil {
		return
	}
	reason := fmt.Sprintf("%s is not installed", name)
	if os.Getenv("IMAGEMASTER_TEST_REQUIRE_MARIADB") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
