package sheet

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/johnfercher/maroto/v2/pkg/consts/fontstyle"
	"github.com/johnfercher/maroto/v2/pkg/core/entity"
	"github.com/johnfercher/maroto/v2/pkg/props"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

type fonts struct {
	regular, bold, mono *face
	wide                *face // for what people typed and the others lack
}

// face is one font file with the widths of its characters. It never changes.
type face struct {
	name   string // as a font family of the document
	file   []byte
	em     float64
	glyphs map[rune]float64 // advance width in units of em, of every character in the font
}

var loadFonts = sync.OnceValues(func() (*fonts, error) {
	regular, err1 := newFace("go", goregular.TTF)
	bold, err2 := newFace("gobold", gobold.TTF)
	mono, err3 := newFace("gomono", gomonobold.TTF)
	wide, err4 := newFace("dejavu", dejavusans.TTF)
	return &fonts{regular: regular, bold: bold, mono: mono, wide: wide}, errors.Join(err1, err2, err3, err4)
})

// lastCharacter ends the search: the writer knows no character beyond it.
const lastCharacter = '\uFFFC'

// isSimple reports whether a character can be set by itself, from left to right.
// The writer joins no Arabic letters, turns no Hebrew and places no accents.
func isSimple(r rune) bool {
	return unicode.IsPrint(r) && !unicode.Is(unicode.M, r) &&
		unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Georgian, unicode.Common)
}

func newFace(name string, file []byte) (*face, error) {
	parsed, err := sfnt.Parse(file)
	if err != nil {
		return nil, fmt.Errorf("sheet: read font %s: %w", name, err)
	}
	f := &face{name: name, file: file, em: float64(parsed.UnitsPerEm()), glyphs: make(map[rune]float64)}
	var buffer sfnt.Buffer
	for r := ' '; r <= lastCharacter; r++ {
		if !isSimple(r) {
			continue
		}
		index, err := parsed.GlyphIndex(&buffer, r)
		if err != nil || index == 0 {
			continue
		}
		advance, err := parsed.GlyphAdvance(&buffer, index, fixed.I(int(parsed.UnitsPerEm())), font.HintingNone)
		if err != nil {
			return nil, fmt.Errorf("sheet: measure font %s: %w", name, err)
		}
		f.glyphs[r] = float64(advance) / 64
	}
	return f, nil
}

// forDocument returns the fonts for one document. The writer changes the bytes,
// so each document gets a copy, and only of what it uses: the wide font is large.
func (f *fonts) forDocument(wide bool) []*entity.CustomFont {
	faces := []*face{f.regular, f.bold, f.mono}
	if wide {
		faces = append(faces, f.wide)
	}
	var all []*entity.CustomFont
	for _, face := range faces {
		all = append(all, &entity.CustomFont{Family: face.name, Style: fontstyle.Normal, Bytes: slices.Clone(face.file)})
	}
	return all
}

func (f *face) props(size float64) *props.Font {
	return &props.Font{Family: f.name, Style: fontstyle.Normal, Size: size, Color: &ink}
}

// normal joins letters and accents, because the fonts have no separate accents,
// and turns all white space into single spaces.
func normal(s string) string {
	return strings.Join(strings.Fields(norm.NFC.String(s)), " ")
}

// whole returns s, which need not be normal, if the font has all its characters,
// and "" if not: a name that lacks a letter may be that of somebody else.
func (f *face) whole(s string) string {
	s = normal(s)
	for _, r := range s {
		if _, ok := f.glyphs[r]; !ok {
			return ""
		}
	}
	return s
}

// width returns the width of s in millimetres at a size in points.
func (f *face) width(s string, size float64) float64 {
	sum := 0.0
	for _, r := range s {
		sum += f.glyphs[r]
	}
	return sum / f.em * size * pointInMM
}

// wrap breaks s into lines of at most width millimetres, at spaces where
// possible. It returns at most most lines; if s is longer, the last line ends
// with an ellipsis.
func (f *face) wrap(s string, size, width float64, most int) []string {
	width -= 0.2 // Maroto measures again and must get the same lines
	var lines []string
	for rest := s; rest != ""; {
		if len(lines) == most-1 {
			return append(lines, f.shorten(rest, size, width))
		}
		var first string
		first, rest = f.split(rest, size, width)
		lines = append(lines, first)
	}
	return lines
}

// split returns the first line of s and the rest.
func (f *face) split(s string, size, width float64) (first, rest string) {
	if f.width(s, size) <= width {
		return s, ""
	}
	end := len(f.cut(s, size, width))
	if space := strings.LastIndexByte(s[:min(end+1, len(s))], ' '); space > 0 {
		return s[:space], s[space+1:]
	}
	return s[:end], s[end:]
}

func (f *face) shorten(s string, size, width float64) string {
	if f.width(s, size) <= width {
		return s
	}
	return strings.TrimRight(f.cut(s, size, width-f.width("…", size)), " ") + "…"
}

// cut returns the longest beginning of s that is not wider than width, but at
// least one character, so that wrap always ends.
func (f *face) cut(s string, size, width float64) string {
	used := 0.0
	for i, r := range s {
		used += f.width(string(r), size)
		if i > 0 && used > width {
			return s[:i]
		}
	}
	return s
}
