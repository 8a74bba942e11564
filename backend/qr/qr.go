// Package qr draws a text as a QR code (ISO/IEC 18004): byte mode, error
// correction level M, and the quiet zone of four modules inside the picture,
// without which readers fail on pages with a dark background.
//
// The result is the data of one SVG path, so the page needs no image request, no
// inline style and no encoder of its own. The text is a key URI and holds a
// seed, so nothing is stored, cached or logged here. The library would log the
// text if an environment variable is set, which is removed before the first use.
// Path data is as secret as the text; the response that holds it is never cached.
package qr

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/yeqown/go-qrcode/v2"
)

const quietZone = 4

// errEncode replaces every error of the library, because those may quote the text.
var errEncode = errors.New("qr: text cannot be encoded")

var silenceLibrary = sync.OnceFunc(func() { _ = os.Unsetenv("QRCODE_DEBUG") })

// Path returns the dark modules of the QR code of text as path data for an SVG
// with viewBox "0 0 modules modules". modules includes the quiet zone. Every
// theme must fill the path dark on white: many readers cannot read inverted
// codes.
func Path(text string) (modules int, path string, err error) {
	if text == "" {
		return 0, "", errors.New("qr: no text")
	}
	silenceLibrary()
	code, err := qrcode.NewWith(text, qrcode.WithEncodingMode(qrcode.EncModeByte), qrcode.WithErrorCorrectionLevel(qrcode.ErrorCorrectionMedium))
	if err != nil {
		return 0, "", errEncode
	}
	var w pathWriter
	if err := code.Save(&w); err != nil {
		return 0, "", errEncode
	}
	return w.modules, string(w.path), nil
}

// pathWriter implements the library's Writer. It draws each run of dark modules
// in a row as one rectangle.
type pathWriter struct {
	modules int
	path    []byte
}

func (w *pathWriter) Write(m qrcode.Matrix) error {
	w.modules = m.Width() + 2*quietZone
	for y, row := range m.Bitmap() {
		for x := 0; x < len(row); {
			length := darkRun(row[x:])
			if length > 0 {
				w.path = fmt.Appendf(w.path, "M%d %dh%dv1h-%dz", x+quietZone, y+quietZone, length, length)
			}
			x += max(1, length)
		}
	}
	return nil
}

func (w *pathWriter) Close() error { return nil }

// darkRun returns how many dark modules row begins with.
func darkRun(row []bool) int {
	for i, dark := range row {
		if !dark {
			return i
		}
	}
	return len(row)
}
