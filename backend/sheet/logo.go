package sheet

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"
	"math"

	xdraw "golang.org/x/image/draw"
)

// logoDots is how many pixels a millimetre of the logo has: 600 to the inch.
const logoDots = 24

// maxLogoPixels bounds what a small file can unpack to.
const maxLogoPixels = 4096

// pngForDocument returns the logo on white, as a PNG of the plain kind every
// PDF writer can read, and how wide that is in whole millimetres; it is
// logoHeight high. Without a picture it returns nil.
func pngForDocument(logo []byte) (picture []byte, width int) {
	header, err := png.DecodeConfig(bytes.NewReader(logo))
	if err != nil || header.Width > maxLogoPixels || header.Height > maxLogoPixels {
		return nil, 0
	}
	source, err := png.Decode(bytes.NewReader(logo))
	if err != nil {
		return nil, 0
	}
	place := fit(source.Bounds())
	width = (place.Max.X + logoDots - 1) / logoDots
	canvas := image.NewRGBA(image.Rect(0, 0, width*logoDots, logoHeight*logoDots))
	draw.Draw(canvas, canvas.Bounds(), image.White, image.Point{}, draw.Src)
	xdraw.CatmullRom.Scale(canvas, place, source, source.Bounds(), xdraw.Over, nil)
	var out bytes.Buffer
	if err := png.Encode(&out, canvas); err != nil {
		return nil, 0
	}
	return out.Bytes(), width
}

// fit returns the largest rectangle with the shape of bounds that is no higher
// and no wider than a logo may be, at the left and in the middle of the height.
func fit(bounds image.Rectangle) image.Rectangle {
	const mostWidth, mostHeight = logoWidth * logoDots, logoHeight * logoDots
	sourceWidth, sourceHeight := float64(bounds.Dx()), float64(bounds.Dy())
	scale := min(mostWidth/sourceWidth, mostHeight/sourceHeight)
	width := max(1, int(math.Round(sourceWidth*scale)))
	height := max(1, int(math.Round(sourceHeight*scale)))
	top := (mostHeight - height) / 2
	return image.Rect(0, top, width, top+height)
}
