package sheet

import (
	"bytes"
	"image"
	"image/png"
	"slices"
	"testing"
)

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
