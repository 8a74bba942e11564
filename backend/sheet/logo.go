package sheet

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"
	"math"

	xdraw "golang.org/x/image/draw"
)

// logoDots is the number of pixels in a millimetre of the logo: 600 to the inch.
const logoDots = 24

// maxLogoPixels bounds the size that a small file can unpack to.
const maxLogoPixels = 4096

// pngForDocument returns the logo on white, as a plain PNG that every PDF writer
// can read, logoHeight high, and its width in whole millimetres. It returns nil
// if logo is no PNG.
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

// fit returns the largest rectangle with the proportions of bounds that is not
// larger than a logo may be. It is at the left, vertically in the middle.
func fit(bounds image.Rectangle) image.Rectangle {
	const mostWidth, mostHeight = logoWidth * logoDots, logoHeight * logoDots
	sourceWidth, sourceHeight := float64(bounds.Dx()), float64(bounds.Dy())
	scale := min(mostWidth/sourceWidth, mostHeight/sourceHeight)
	width := max(1, int(math.Round(sourceWidth*scale)))
	height := max(1, int(math.Round(sourceHeight*scale)))
	top := (mostHeight - height) / 2
	return image.Rect(0, top, width, top+height)
}
