package sheet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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

// long returns a sheet with the longest value in every field.
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

// tool runs one of poppler's programs on a document. Without the program it skips
// the test, or fails it if nothing may be skipped.
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
		if n := strings.Count(fonts, "yes no  yes"); n != 3 { // embedded, with a mapping to text
			t.Errorf("%d of 3 fonts are embedded:\n%s", n, fonts)
		}
	}
}

func TestSheetHoldsNoOtherSecret(t *testing.T) {
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
		{"安娜anna", "安娜", "Account (a name in another script) Created", "anna"},
		{"nguyễn", "Nguyễn Văn An", "Account Nguyễn Văn An (nguyễn) Created", "nguyn"},
		{"nguye\u0302\u0303n", "", "Account nguyễn Created", "nguyn"},
		{"қайрат", "Қайрат Әлиұлы", "Account Қайрат Әлиұлы (қайрат) Created", ""},
		{"anna", "Ólöf Þórðardóttir", "Account Ólöf Þórðardóttir (anna) Created", ""},
		{"anna", "Ἀριστοτέλης", "Account Ἀριστοτέλης (anna) Created", ""},
		{"anna", "Արամ Խաչատրյան", "Account Արամ Խաչատրյան (anna) Created", ""},
		{"anna", "შოთა რუსთაველი", "Account შოთა რუსთაველი (anna) Created", ""},
		{"anna", "Ọláyínká", "Account Ọláyínká (anna) Created", ""},
		{"anna", "Ọ̀ṣun", "Account anna Created", "ṣun"}, // its grave has no letter of its own
		{"anna", "דוד", "Account anna Created", "ד"},
		{"anna", "สมชาย", "Account anna Created", "ส"},
		{"安娜", "Nguyễn", "Account Nguyễn Created", "安"},
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

func TestEmptyFieldsAreLeftOut(t *testing.T) {
	s := ordinary()
	s.Brand, s.LogoPNG, s.HelpContact, s.SignInURL = "图像 Image", nil, "", ""
	pdf := mustRender(t, s)
	text := words(tool(t, pdf, "pdftotext", "-layout"))
	for _, never := range []string{"Sign in at", "All lost?", "图", "Image"} {
		if strings.Contains(text, never) {
			t.Errorf("%q stands in %s", never, text)
		}
	}
	for contact, want := range map[string]string{
		"Phòng hỗ trợ 214": "All lost? Phòng hỗ trợ 214",
		"服务台 214":          "All lost? (a name in another script)",
	} {
		s.HelpContact = contact
		text = words(tool(t, mustRender(t, s), "pdftotext", "-layout"))
		if !strings.Contains(text, want) || strings.Contains(text, "214") != strings.Contains(want, "214") {
			t.Errorf("the help contact %q: %s", contact, text)
		}
	}
	if info := words(tool(t, pdf, "pdfinfo")); !strings.Contains(info, "Title: Backup codes, set 3") {
		t.Error(info)
	}
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

// The writer changes its input. With the race detector this test finds anything
// that two documents share.
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

func BenchmarkRender(b *testing.B) {
	r := NewRenderer(1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Render(context.Background(), ordinary()); err != nil {
			b.Fatal(err)
		}
	}
}
