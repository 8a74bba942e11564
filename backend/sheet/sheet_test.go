package sheet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

var testCodes = []string{
	"7K2M-Q9XA-4TBD-R8WC", "0123-4567-89AB-CDEF", "GHJK-MNPQ-RSTV-WXYZ", "0000-0000-0000-0000", "1111-1111-1111-1111",
	"WWWW-MMMM-WWWW-MMMM", "Q9XA-7K2M-R8WC-4TBD", "4TBD-R8WC-7K2M-Q9XA", "ZZZZ-2222-5555-SSSS", "8888-BBBB-0D0D-QQQQ",
}

func ordinary() Sheet {
	return Sheet{
		Brand: "ImageMaster", LogoPNG: logo(64, 64), Username: "anna", DisplayName: "Anna Schmidt",
		CreatedAt: time.Date(2026, 3, 1, 23, 5, 0, 0, time.FixedZone("", -3*60*60)),
		SetNumber: 3, CheckWord: "Q0XA", Codes: testCodes,
		HelpContact: "IT help desk, room 2.14", SignInURL: "https://login.example.org", Language: "en", Paper: A4,
	}
}

// long is the most there can be of everything.
func long() Sheet {
	s := ordinary()
	s.Brand = strings.Repeat("WÄ", 100)
	s.LogoPNG = logo(300, 40)
	s.Username = strings.Repeat("W", 64)
	s.DisplayName = strings.Repeat("Щ", 100)
	s.SetNumber = 1 << 40
	s.CheckWord = "WWWW"
	s.HelpContact = strings.Repeat("Wide Words ", 100)
	s.SignInURL = "https://" + strings.Repeat("a-long-name.", 20) + "example.org:8443/path"
	return s
}

func logo(width, height int) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for x := range width {
		for y := range height {
			img.SetNRGBA(x, y, color.NRGBA{R: 0x1d, G: 0x4f, B: 0xd7, A: uint8(x * 255 / width)})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func mustRender(t testing.TB, s Sheet) []byte {
	t.Helper()
	pdf, err := NewRenderer(1).Render(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	return pdf
}

// tool runs one of poppler's programs over a document. It skips where the
// program is missing, which the full run does not allow.
func tool(t *testing.T, pdf []byte, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		reason := name + " is not installed"
		if os.Getenv("IMAGEMASTER_TEST_REQUIRE_MARIADB") == "1" {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	file := filepath.Join(t.TempDir(), "sheet.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, append(args, file)...)
	if name == "pdftotext" {
		cmd.Args = append(cmd.Args, "-")
	}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil || complaints.Len() > 0 {
		t.Fatalf("%s: %v: %s", name, err, complaints.String())
	}
	return string(out)
}

// words returns the text with single spaces between words.
func words(s string) string { return strings.Join(strings.Fields(s), " ") }

var code = regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}`)

func TestOrdinarySheet(t *testing.T) {
	for _, c := range []struct {
		language string
		want     []string
	}{
		{"en", []string{"ImageMaster", "Backup codes", "Account Anna Schmidt (anna)", "Created 2 March 2026, 02:05 UTC", "Set 3", "Check word Q0XA",
			"Sign in at https://login.example.org", "each code works once", "“Move to Different Phone”", "“Generate Backup Codes”",
			"All lost? IT help desk, room 2.14", "This sheet replaces all earlier ones."}},
		{"de", []string{"ImageMaster", "Backup-Codes", "Konto Anna Schmidt (anna)", "Erstellt 2. März 2026, 02:05 UTC", "Satz 3", "Prüfwort Q0XA",
			"Anmelden unter https://login.example.org", "Jeder Code gilt einmal", "umziehen“", "„Backup-Codes erzeugen“",
			"Alles verloren? IT help desk, room 2.14", "Dieses Blatt ersetzt alle früheren."}},
		{"", []string{"Backup codes"}},
		{"fr", []string{"Backup codes"}},
	} {
		s := ordinary()
		s.Language = c.language
		text := words(tool(t, mustRender(t, s), "pdftotext", "-layout"))
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%q: %q is missing in %s", c.language, want, text)
			}
		}
	}
}

func TestCodesStandInOrderWithNumberAndBox(t *testing.T) {
	for name, s := range map[string]Sheet{"ordinary": ordinary(), "long": long()} {
		for _, language := range []string{"en", "de"} {
			s.Language = language
			for _, mode := range []string{"-layout", "-raw"} {
				text := words(tool(t, mustRender(t, s), "pdftotext", mode))
				if got := code.FindAllString(text, -1); !slices.Equal(got, testCodes) {
					t.Errorf("%s, %s: codes %v", name, mode, got)
				}
				for i, code := range testCodes {
					if want := fmt.Sprintf("□ %d. %s", i+1, code); !strings.Contains(text, want) {
						t.Errorf("%s, %s: %q is missing", name, mode, want)
					}
				}
			}
		}
	}
}

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

// checkPlaces wants all text 12 mm away from the edges of the area that A4 and
// Letter share, as high as a line of 12 points, and no two words in one place.
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

func TestDocumentProperties(t *testing.T) {
	for language, title := range map[string]string{"en": "ImageMaster: Backup codes, set 3", "de": "ImageMaster: Backup-Codes, Satz 3"} {
		s := ordinary()
		s.Language = language
		pdf := mustRender(t, s)
		info := tool(t, pdf, "pdfinfo")
		if !strings.Contains(words(info), "Title: "+title+" Creator: ImageMaster") || !strings.Contains(info, "Mar  2 02:05:00 2026 UTC") {
			t.Error(info)
		}
		for _, entry := range []string{"/Lang (" + language + ")", "/ViewerPreferences <</DisplayDocTitle true>>"} {
			if bytes.Count(pdf, []byte(entry)) != 1 {
				t.Errorf("%s: %s is missing", language, entry)
			}
		}
		for _, secret := range append(slices.Clone(testCodes), "Q0XA", "anna") {
			if strings.Contains(info, secret) {
				t.Errorf("the properties hold %s", secret)
			}
		}
		fonts := tool(t, pdf, "pdffonts")
		if n := strings.Count(fonts, "yes no  yes"); n != 3 { // embedded, with the way back to text
			t.Errorf("%d of 3 fonts are embedded:\n%s", n, fonts)
		}
	}
}

func TestNothingThatOpensADoor(t *testing.T) {
	text := strings.ToLower(tool(t, mustRender(t, ordinary()), "pdftotext", "-raw"))
	for _, never := range []string{"otpauth", "secret", "token", "#", "?code", "im_session"} {
		if strings.Contains(text, never) {
			t.Errorf("the sheet holds %q", never)
		}
	}
}

func TestNamesInAllScripts(t *testing.T) {
	for _, c := range []struct{ username, display, want, never string }{
		{"anna", "Änne Großmann", "Account Änne Großmann (anna)", ""},
		{"anna", "A\u0308nne Gro\u00dfmann", "Account Änne Großmann (anna)", ""},
		{"anna", "Анна Ключ", "Account Анна Ключ (anna)", ""},
		{"άννα", "Άννα", "Account Άννα (άννα)", ""},
		{"anna", "", "Account anna", "("},
		{"anna", "anna", "Account anna Created", ""},
		{"anna", "  \t\n ", "Account anna Created", ""},
		{"anna", "安娜", "Account anna Created", "安"},
		{"anna", "Anna 🦊", "Account anna Created", "Anna"},
		{"anna", "آنا", "Account anna Created", "آ"},
		{"anna", "Anna\u202egro", "Account anna Created", "gro"},
		{"anna", "A\x00nna", "Account anna Created", "A\x00"},
		{"anna", "Anna\nMaria", "Account Anna Maria (anna)", ""},
		{"安娜anna", "安娜", "Account anna Created", "安"},
		{"安娜", "安娜", "Account (a name in another script)", "安"},
		{"安娜", "Anna", "Account Anna Created", "安"},
		{"", "", "Account (a name in another script)", ""},
		{"\xff\xfe", "\xff", "Account (a name in another script)", ""},
	} {
		s := ordinary()
		s.Username, s.DisplayName = c.username, c.display
		text := words(tool(t, mustRender(t, s), "pdftotext", "-layout"))
		account := text[:strings.Index(text, "Created")+len("Created")]
		if !strings.Contains(account, c.want) {
			t.Errorf("%q, %q: %s", c.username, c.display, account)
		}
		if c.never != "" && strings.Contains(account, c.never) {
			t.Errorf("%q, %q: %q stands in %s", c.username, c.display, c.never, account)
		}
	}
}

func TestWhatIsMissingLeavesNoTrace(t *testing.T) {
	s := ordinary()
	s.Brand, s.LogoPNG, s.HelpContact, s.SignInURL = "图像", nil, "", ""
	pdf := mustRender(t, s)
	text := words(tool(t, pdf, "pdftotext", "-layout"))
	for _, never := range []string{"Sign in at", "All lost?", "图"} {
		if strings.Contains(text, never) {
			t.Errorf("%q stands in %s", never, text)
		}
	}
	if info := words(tool(t, pdf, "pdfinfo")); !strings.Contains(info, "Title: Backup codes, set 3") {
		t.Error(info)
	}
}

func TestLogo(t *testing.T) {
	plain := len(mustRender(t, Sheet{Codes: testCodes}))
	deep := image.NewNRGBA64(image.Rect(0, 0, 50, 500))
	var deepPNG bytes.Buffer
	if err := png.Encode(&deepPNG, deep); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file  []byte
		shown bool
	}{
		"square":     {logo(64, 64), true},
		"wide":       {logo(1000, 1), true},
		"high":       {logo(1, 1000), true},
		"one pixel":  {logo(1, 1), true},
		"16 bits":    {deepPNG.Bytes(), true},
		"none":       {nil, false},
		"text":       {[]byte("<svg/>"), false},
		"cut":        {logo(64, 64)[:60], false},
		"cut header": {logo(64, 64)[:20], false},
		"too large":  {hugeHeader(), false},
	} {
		if got := pngForDocument(c.file) != nil; got != c.shown {
			t.Errorf("%s: shown %v", name, got)
		}
		s := Sheet{Codes: testCodes, LogoPNG: c.file}
		pdf := mustRender(t, s)
		if (len(pdf) > plain+100) != c.shown {
			t.Errorf("%s: %d bytes, %d without logo", name, len(pdf), plain)
		}
		if text := tool(t, pdf, "pdftotext", "-raw"); !slices.Equal(code.FindAllString(text, -1), testCodes) {
			t.Errorf("%s: codes are missing", name)
		}
	}
}

// hugeHeader is a small file that says it is a picture of 100000 by 100000.
func hugeHeader() []byte {
	file := logo(8, 8)
	copy(file[16:], []byte{0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0})
	return file
}

func TestRefusedSheets(t *testing.T) {
	for _, n := range []int{0, 11} {
		s := ordinary()
		s.Codes = make([]string, n)
		if pdf, err := NewRenderer(1).Render(context.Background(), s); err == nil || pdf != nil {
			t.Errorf("%d codes: %v", n, err)
		}
	}
	for n := 1; n <= 10; n++ {
		s := ordinary()
		s.Codes = testCodes[:n]
		if got := code.FindAllString(tool(t, mustRender(t, s), "pdftotext", "-raw"), -1); !slices.Equal(got, testCodes[:n]) {
			t.Errorf("%d codes: %v", n, got)
		}
	}
}

func TestStretchRefusesTooMuch(t *testing.T) {
	if rows, err := stretch([]row{gap(100, 0), gap(150, 0)}, 249); err == nil || rows != nil {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if rows, err := stretch([]row{gap(100, 0), gap(149, 0)}, 249); err != nil || len(rows) != 2 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// The fonts must have every character of our own words, and every line must
// be filled in, in every language.
func TestFontsCoverOurOwnTexts(t *testing.T) {
	fonts, err := loadFonts()
	if err != nil {
		t.Fatal(err)
	}
	check := func(what, s string) {
		if s == "" || !fonts.regular.covers(s) || !fonts.bold.covers(s) {
			t.Errorf("%s: %q", what, s)
		}
	}
	for _, words := range []texts{english, german} {
		v := reflect.ValueOf(words)
		for i := range v.NumField() {
			what := words.language + " " + v.Type().Field(i).Name
			if v.Field(i).Kind() == reflect.String {
				check(what, v.Field(i).String())
			}
		}
		for _, month := range words.months {
			check(words.language+" month", month)
		}
	}
	if !fonts.mono.covers("0123456789ABCDEFGHJKMNPQRSTVWXYZ-") || !fonts.regular.covers("□…") || !fonts.bold.covers("…") {
		t.Error("a sign of the sheet is missing in a font")
	}
}

func TestWrap(t *testing.T) {
	fonts, err := loadFonts()
	if err != nil {
		t.Fatal(err)
	}
	f := fonts.regular
	for _, s := range []string{"", "short", strings.Repeat("word ", 50) + "end", strings.Repeat("W", 300), "a " + strings.Repeat("Щ", 200) + " b", strings.Repeat("ä", 100)} {
		for _, width := range []float64{3, 20, 100, 174} {
			for _, most := range []int{1, 2, 1000} {
				lines := f.wrap(s, bodySize, width, most)
				if len(lines) > most {
					t.Errorf("%d lines, at most %d", len(lines), most)
				}
				for _, line := range lines {
					if line == "" || f.width(line, bodySize) > width && len([]rune(line)) > 2 {
						t.Errorf("%.20q: line %q in %v mm", s, line, width)
					}
				}
				if most == 1000 && strings.ReplaceAll(strings.Join(lines, ""), " ", "") != strings.ReplaceAll(s, " ", "") {
					t.Errorf("%.20q in %v mm: text is lost", s, width)
				}
			}
		}
	}
}

func TestLanguageIsSetOnlyInAKnownForm(t *testing.T) {
	pdf := mustRender(t, ordinary())
	for name, damaged := range map[string][]byte{
		"empty":       {},
		"text":        []byte("not a document"),
		"cut":         pdf[:len(pdf)-20],
		"no catalog":  bytes.Replace(pdf, []byte("/Type /Catalog"), []byte("/Type /Catalox"), 1),
		"moved table": bytes.Replace(pdf, []byte("startxref\n"), []byte("startxref\n1"), 1),
	} {
		if out, err := withLanguage(damaged, "en"); !errors.Is(err, errWriter) || out != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRendererIsBounded(t *testing.T) {
	r := NewRenderer(2)
	r.slots <- struct{}{}
	r.slots <- struct{}{}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if pdf, err := r.Render(ctx, ordinary()); !errors.Is(err, context.Canceled) || pdf != nil {
		t.Errorf("a third document: %v", err)
	}
	<-r.slots
	if _, err := r.Render(context.Background(), ordinary()); err != nil {
		t.Error(err)
	}
	if len(r.slots) != 1 {
		t.Errorf("%d slots taken", len(r.slots))
	}
}

// The writer changes what it is given; under the race detector this finds
// anything two documents share.
func TestParallelDocuments(t *testing.T) {
	r := NewRenderer(4)
	var wg sync.WaitGroup
	results := make([][]byte, 12)
	for i := range results {
		wg.Go(func() {
			s := ordinary()
			if i%2 == 1 {
				s = long()
			}
			s.Codes = slices.Concat(testCodes[i%10:], testCodes[:i%10])
			pdf, err := r.Render(t.Context(), s)
			if err != nil {
				t.Error(err)
			}
			results[i] = pdf
		})
	}
	wg.Wait()
	for i, pdf := range results {
		want := slices.Concat(testCodes[i%10:], testCodes[:i%10])
		if got := code.FindAllString(tool(t, pdf, "pdftotext", "-raw"), -1); !slices.Equal(got, want) {
			t.Errorf("document %d: %v", i, got)
		}
	}
}

// Whatever the names are, everything finds its place on the page.
func FuzzLayout(f *testing.F) {
	f.Add("anna", "Anna Schmidt", "ImageMaster", "help desk", "https://login.example.org")
	f.Add("\xff", "\u202e\u0000", "图像", strings.Repeat("W", 500), strings.Repeat("/", 500))
	f.Add("(", ")", "\\", "%", "<>")
	fonts, err := loadFonts()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, username, display, brand, help, url string) {
		s := ordinary()
		s.Username, s.DisplayName, s.Brand, s.HelpContact, s.SignInURL = username, display, brand, help, url
		s.LogoPNG = nil
		for _, language := range []string{"en", "de"} {
			p := &page{Sheet: s, fonts: fonts, texts: textsFor(language)}
			if _, err := p.rows(); err != nil {
				t.Error(err)
			}
			for _, line := range append(p.account(), p.brand(), p.title()) {
				if !fonts.bold.covers(line) {
					t.Errorf("no letters for %q", line)
				}
			}
			if len(p.account()) == 0 {
				t.Error("no account")
			}
		}
	})
}

func BenchmarkRender(b *testing.B) {
	r := NewRenderer(1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Render(context.Background(), ordinary()); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzLogo: whatever the operator's picture is, the sheet gets none or a square
// that every PDF writer can read.
func FuzzLogo(f *testing.F) {
	var wide bytes.Buffer
	if err := png.Encode(&wide, image.NewNRGBA(image.Rect(0, 0, 40, 1))); err != nil {
		f.Fatal(err)
	}
	f.Add(wide.Bytes())
	f.Add(wide.Bytes()[:30])
	f.Add([]byte("<svg/>"))
	f.Fuzz(func(t *testing.T, logo []byte) {
		out := pngForDocument(logo)
		if out == nil {
			return
		}
		if _, err := png.Decode(bytes.NewReader(logo)); err != nil {
			t.Fatalf("a picture was made of no picture: %v", err)
		}
		square, err := png.Decode(bytes.NewReader(out))
		if err != nil || square.Bounds() != image.Rect(0, 0, logoPixels, logoPixels) {
			t.Fatalf("%v, %v", square.Bounds(), err)
		}
		if _, _, _, alpha := square.At(0, 0).RGBA(); alpha != 0xffff {
			t.Error("the corner shows through")
		}
	})
}

// On a printer without colour every word stands out from white paper as much as
// text on a screen must (WCAG 2.2, 1.4.3).
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

// contrast is how a grey stands out from white (WCAG 2.2, relative luminance).
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

// Codes are set in a face of fixed width: the widest letters take no more room
// than the narrowest digits, so that each sign has its place and its shape.
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
