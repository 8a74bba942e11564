package sheet

import (
	"strings"
	"testing"
)

func TestStretchRefusesTooMuch(t *testing.T) {
	if rows, err := stretch([]row{gap(100, 0), gap(150, 0)}, 249); err == nil || rows != nil {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if rows, err := stretch([]row{gap(100, 0), gap(149, 0)}, 249); err != nil || len(rows) != 2 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// FuzzLayout: with any names, everything fits on the page.
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
			face, account := p.account()
			for _, line := range account {
				if face.whole(line) != line {
					t.Errorf("no letters for %q", line)
				}
			}
			if len(account) == 0 {
				t.Error("no account")
			}
		}
	})
}
