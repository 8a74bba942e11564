package sheet

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"slices"
	"strings"
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
		if picture, _ := pngForDocument(c.file); (picture != nil) != c.shown {
			t.Errorf("%s: shown %v", name, picture != nil)
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

// TestLogoSize measures the logo on the page: as high as its row, unless it would
// be too wide, and the brand right after it.
func TestLogoSize(t *testing.T) {
	for _, c := range []struct {
		paper         string
		pixels        image.Point
		width, height float64 // millimetres
	}{
		{A4, image.Pt(64, 64), 12, 12},
		{Letter, image.Pt(1000, 1000), 12, 12},
		{A4, image.Pt(240, 120), 24, 12},
		{Letter, image.Pt(400, 120), 40, 12},
		{A4, image.Pt(600, 120), 40, 8},
		{Letter, image.Pt(2000, 200), 40, 4},
		{A4, image.Pt(120, 600), 2.4, 12},
	} {
		s := ordinary()
		s.Paper, s.LogoPNG = c.paper, solid(c.pixels)
		pdf := mustRender(t, s)
		_, boxes, found := strings.Cut(tool(t, pdf, "pdftotext", "-bbox-layout"), `<word xMin="`)
		if !found {
			t.Fatalf("%v: no words", c.pixels)
		}
		x, _, _ := strings.Cut(boxes, `"`) // the first word is the name
		brand := number(t, x) * pointInMM

		const perInch, dot, near = 150, 25.4 / 150, 0.4
		page := picture(t, pdf, perInch)
		ink := inked(page, image.Rect(0, 0, int((brand-1)/dot), page.Rect.Dy()/10))
		left, width, height := float64(ink.Min.X)*dot, float64(ink.Dx())*dot, float64(ink.Dy())*dot
		if math.Abs(width-c.width) > near || math.Abs(height-c.height) > near {
			t.Errorf("%v: %.2f mm by %.2f mm, want %v by %v", c.pixels, width, height, c.width, c.height)
		}
		side := (float64(page.Rect.Dx())*dot - contentWidth) / 2
		middle := float64(ink.Min.Y+ink.Max.Y) / 2 * dot
		if math.Abs(left-side) > near || math.Abs(middle-topMargin-logoHeight/2.0) > near {
			t.Errorf("%v: begins %.2f mm from the left, its middle is %.2f mm from the top", c.pixels, left, middle)
		}
		if between := brand - left - width; between < logoGap-near || between > logoGap+1+near {
			t.Errorf("%v: %.2f mm between logo and name", c.pixels, between)
		}
	}
}

// solid returns a picture of one dark colour.
func solid(size image.Point) []byte {
	img := image.NewNRGBA(image.Rectangle{Max: size})
	draw.Draw(img, img.Rect, image.NewUniform(color.NRGBA{R: 0x1d, G: 0x4f, B: 0xd7, A: 0xff}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// inked returns the smallest rectangle around all dark pixels inside.
func inked(page *image.Gray, inside image.Rectangle) (ink image.Rectangle) {
	for y := inside.Min.Y; y < inside.Max.Y; y++ {
		for x := inside.Min.X; x < inside.Max.X; x++ {
			if page.GrayAt(x, y).Y < 0xc0 {
				ink = ink.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return ink
}

// hugeHeader returns a small file whose header says 100000 by 100000 pixels.
func hugeHeader() []byte {
	file := logo(8, 8)
	copy(file[16:], []byte{0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0})
	return file
}

// FuzzLogo: from any file the sheet gets no logo, or one that fits and that every
// PDF writer can read.
func FuzzLogo(f *testing.F) {
	var wide bytes.Buffer
	if err := png.Encode(&wide, image.NewNRGBA(image.Rect(0, 0, 40, 1))); err != nil {
		f.Fatal(err)
	}
	f.Add(wide.Bytes())
	f.Add(wide.Bytes()[:30])
	f.Add([]byte("<svg/>"))
	f.Fuzz(func(t *testing.T, logo []byte) {
		out, width := pngForDocument(logo)
		if out == nil {
			return
		}
		if width < 1 || width > logoWidth {
			t.Fatalf("%d mm wide", width)
		}
		if _, err := png.Decode(bytes.NewReader(logo)); err != nil {
			t.Fatalf("a logo was made of a damaged picture: %v", err)
		}
		picture, err := png.Decode(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if want := image.Rect(0, 0, width*logoDots, logoHeight*logoDots); picture.Bounds() != want {
			t.Fatalf("%v, want %v", picture.Bounds(), want)
		}
		if _, _, _, alpha := picture.At(0, 0).RGBA(); alpha != 0xffff {
			t.Error("the corner shows through")
		}
	})
}
