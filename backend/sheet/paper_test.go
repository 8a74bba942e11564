package sheet

import (
	"image"
	"image/draw"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestOnePageInsideBothPapers(t *testing.T) {
	for name, s := range map[string]Sheet{"ordinary": ordinary(), "long": long()} {
		for _, language := range []string{"en", "de"} {
			for paper, size := range map[string]string{A4: "595.28 x 841.89 pts (A4)", Letter: "612 x 792 pts (letter)", "": "595.28 x 841.89 pts (A4)"} {
				s.Language, s.Paper = language, paper
				pdf := mustRender(t, s)
				info := words(tool(t, pdf, "pdfinfo"))
				if !strings.Contains(info, "Pages: 1 ") || !strings.Contains(info, "Page size: "+size) || !strings.Contains(info, "Encrypted: no") {
					t.Errorf("%s, %s, %q: %s", name, language, paper, info)
				}
				checkPlaces(t, tool(t, pdf, "pdftotext", "-bbox-layout"))
			}
		}
	}
}

var (
	pagePlace = regexp.MustCompile(`<page width="([\d.]+)" height="([\d.]+)"`)
	linePlace = regexp.MustCompile(`<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">([^<]*)`)
)

// checkPlaces checks that all text is 12 mm away from the edges of the area that
// A4 and Letter share, at least 12 points high, and that no words overlap.
func checkPlaces(t *testing.T, boxes string) {
	t.Helper()
	const margin, sharedWidth, sharedHeight = 12 / pointInMM, a4Width / pointInMM, letterHeight / pointInMM
	size := pagePlace.FindStringSubmatch(boxes)
	if size == nil {
		t.Fatalf("no page in %.200s", boxes)
	}
	side := (number(t, size[1]) - sharedWidth) / 2
	type word struct {
		x0, y0, x1, y1 float64
		text           string
	}
	var all []word
	for _, m := range linePlace.FindAllStringSubmatch(boxes, -1) {
		w := word{number(t, m[1]), number(t, m[2]), number(t, m[3]), number(t, m[4]), m[5]}
		if w.x0 < side+margin || w.x1 > side+sharedWidth-margin || w.y0 < margin || w.y1 > sharedHeight-margin {
			t.Errorf("%q stands outside: %+v", w.text, w)
		}
		if w.y1-w.y0 < bodySize {
			t.Errorf("%q is only %.1f points high", w.text, w.y1-w.y0)
		}
		for _, o := range all {
			overlapX := min(w.x1, o.x1) - max(w.x0, o.x0)
			overlapY := min(w.y1, o.y1) - max(w.y0, o.y0)
			if overlapX > 1 && overlapY > 5 {
				t.Errorf("%q and %q overlap", w.text, o.text)
			}
		}
		all = append(all, w)
	}
	if len(all) < 60 {
		t.Errorf("only %d words", len(all))
	}
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Printed in grey, every word has the contrast that text on a screen must have
// (WCAG 2.2, 1.4.3).
func TestReadableInGrey(t *testing.T) {
	s := ordinary()
	s.LogoPNG = nil
	for name, s := range map[string]Sheet{"ordinary": s, "long": long()} {
		s.LogoPNG = nil
		pdf := mustRender(t, s)
		const perInch = 144
		page := picture(t, pdf, perInch)
		white := 0
		for _, v := range page.Pix {
			if v >= 0xf0 {
				white++
			}
		}
		if white*10 < len(page.Pix)*8 {
			t.Errorf("%s: only %d of %d pixels are white", name, white, len(page.Pix))
		}
		words := 0
		for _, m := range linePlace.FindAllStringSubmatch(tool(t, pdf, "pdftotext", "-bbox-layout"), -1) {
			darkest := byte(0xff)
			scale := func(s string) int { return int(number(t, s) * perInch / 72) }
			for y := scale(m[2]); y < scale(m[4]); y++ {
				for x := scale(m[1]); x < scale(m[3]); x++ {
					darkest = min(darkest, page.GrayAt(x, y).Y)
				}
			}
			words++
			if contrast(darkest) < 4.5 {
				t.Errorf("%s: %q is only %02x on white", name, m[5], darkest)
			}
		}
		if words < 60 {
			t.Errorf("%s: only %d words", name, words)
		}
	}
}

// contrast returns the contrast of a grey to white (WCAG 2.2, relative luminance).
func contrast(grey byte) float64 {
	v := float64(grey) / 255
	if v <= 0.04045 {
		v /= 12.92
	} else {
		v = math.Pow((v+0.055)/1.055, 2.4)
	}
	return 1.05 / (v + 0.05)
}

// picture draws the only page of a document in grey.
func picture(t *testing.T, pdf []byte, perInch int) *image.Gray {
	t.Helper()
	base := filepath.Join(t.TempDir(), "page")
	if err := os.WriteFile(base+".pdf", pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		tool(t, pdf, "pdftoppm") // skips, or fails where nothing may be skipped
	}
	cmd := exec.Command("pdftoppm", "-gray", "-png", "-singlefile", "-r", strconv.Itoa(perInch), base+".pdf", base)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	file, err := os.Open(base + ".png")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	decoded, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	grey := image.NewGray(decoded.Bounds())
	draw.Draw(grey, grey.Rect, decoded, decoded.Bounds().Min, draw.Src)
	return grey
}

// Codes are set in a monospaced font: the widest letters are as wide as the
// narrowest digits.
func TestCodesAreInAFixedFace(t *testing.T) {
	widths := map[string]float64{}
	for _, m := range linePlace.FindAllStringSubmatch(tool(t, mustRender(t, ordinary()), "pdftotext", "-bbox-layout"), -1) {
		if code.MatchString(m[5]) {
			widths[m[5]] = number(t, m[3]) - number(t, m[1])
		}
	}
	if len(widths) != len(testCodes) {
		t.Fatalf("%d codes found", len(widths))
	}
	for code, width := range widths {
		if math.Abs(width-widths[testCodes[0]]) > 0.5 {
			t.Errorf("%s is %.1f points wide, %s %.1f", code, width, testCodes[0], widths[testCodes[0]])
		}
	}
}
