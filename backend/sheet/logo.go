package sheet

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"

	xdraw "golang.org/x/image/draw"
)

// logoPixels is enough for 12 mm at 600 dots per inch.
const logoPixels = 284

// maxLogoPixels bounds what a small file can unpack to.
const maxLogoPixels = 4096

// pngForDocument returns the logo as a square PNG on white, of the plain kind
// every PDF writer can read, or nil if it is no picture.
func pngForDocument(logo []byte) []byte {
	header, err := png.DecodeConfig(bytes.NewReader(logo))
	if err != nil || header.Width > maxLogoPixels || header.Height > maxLogoPixels || header.Width < 1 || header.Height < 1 {
		return nil
	}
	source, err := png.Decode(bytes.NewReader(logo))
	if err != nil {
		return nil
	}
	square := image.NewRGBA(image.Rect(0, 0, logoPixels, logoPixels))
	draw.Draw(square, square.Bounds(), image.White, image.Point{}, draw.Src)
	xdraw.CatmullRom.Scale(square, fit(source.Bounds()), source, source.Bounds(), xdraw.Over, nil)
	var out bytes.Buffer
	if err := png.Encode(&out, square); err != nil {
		return nil
	}
	return out.Bytes()
}

// fit returns the largest rectangle with the shape of bounds inside the square,
// at the left and in the middle of the height.
func fit(bounds image.Rectangle) image.Rectangle {
	width, height := logoPixels, logoPixels
	if bounds.Dx() > bounds.Dy() {
		height = max(1, logoPixels*bounds.Dy()/bounds.Dx())
	} else {
		width = max(1, logoPixels*bounds.Dx()/bounds.Dy())
	}
	top := (logoPixels - height) / 2
	return image.Rect(0, top, width, top+height)
}
