package sheet

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/johnfercher/maroto/v2/pkg/components/col"
	"github.com/johnfercher/maroto/v2/pkg/components/image"
	"github.com/johnfercher/maroto/v2/pkg/components/line"
	rowcomponent "github.com/johnfercher/maroto/v2/pkg/components/row"
	"github.com/johnfercher/maroto/v2/pkg/components/text"
	"github.com/johnfercher/maroto/v2/pkg/consts/align"
	"github.com/johnfercher/maroto/v2/pkg/consts/extension"
	"github.com/johnfercher/maroto/v2/pkg/core"
	"github.com/johnfercher/maroto/v2/pkg/props"
)

// Sizes in points. At least 12 is comfortable to read (NIST SP 800-63B-4 section
// 8.1.1).
const (
	bodySize  = 12
	brandSize = 15
	titleSize = 26
	codeSize  = 15.5
	boxSize   = 22
)

// Lengths in millimetres.
const (
	bodyLine    = 5.5
	labelWidth  = 38
	valueWidth  = contentWidth - labelWidth
	logoHeight  = 12
	logoWidth   = 40 // at most
	logoGap     = 4
	codeLine    = 10.4
	boxWidth    = 8
	numberWidth = 11
	codeWidth   = contentWidth/2 - boxWidth - numberWidth
	pointInMM   = 25.4 / 72
)

// The colours of the product. Printed in grey, text is near black or a middle
// grey that is still easy to read.
var (
	ink    = props.Color{Red: 0x12, Green: 0x19, Blue: 0x26}
	muted  = props.Color{Red: 0x4a, Green: 0x55, Blue: 0x67}
	accent = props.Color{Red: 0x1d, Green: 0x4f, Blue: 0xd7}
	rule   = props.Color{Red: 0x9a, Green: 0xa3, Blue: 0xb1}
)

// row is one row of the page before its final height is known. It may grow by at
// most stretch.
type row struct {
	height, stretch float64
	cols            []core.Col
}

// stretch distributes the free space and returns the finished rows.
func stretch(rows []row, available float64) ([]core.Row, error) {
	var used, wanted float64
	for _, r := range rows {
		used += r.height
		wanted += r.stretch
	}
	if used > available {
		return nil, errors.New("sheet: the text does not fit on the page")
	}
	share := 0.0
	if wanted > 0 {
		share = min(1, (available-used)/wanted)
	}
	done := make([]core.Row, len(rows))
	for i, r := range rows {
		done[i] = rowcomponent.New(r.height + share*r.stretch).Add(r.cols...)
	}
	return done, nil
}

func gap(height, stretch float64) row {
	return row{height: height, stretch: stretch, cols: []core.Col{col.New(contentWidth)}}
}

// hairline is a line over the whole width.
func hairline(thickness float64, color props.Color) row {
	return row{height: 1, cols: []core.Col{
		line.NewCol(contentWidth, props.Line{Color: &color, Thickness: thickness, SizePercent: 100, OffsetPercent: 50}),
	}}
}

// cell is one line of text of the given width.
func cell(width int, f *face, size float64, color props.Color, content string, top float64) core.Col {
	return text.NewCol(width, content, props.Text{Family: f.name, Size: size, Color: &color, Top: top, Align: align.Left})
}

// labelled is a label with lines of text beside it. The lines are wrapped already.
func (p *page) labelled(label string, f *face, lines []string) []row {
	labels := p.fonts.bold.wrap(label, bodySize, labelWidth-4, len(lines)+2)
	var rows []row
	for i := range max(len(labels), len(lines)) {
		rows = append(rows, row{height: bodyLine, cols: []core.Col{
			cell(labelWidth, p.fonts.bold, bodySize, ink, at(labels, i), 0),
			cell(valueWidth, f, bodySize, ink, at(lines, i), 0),
		}})
	}
	return rows
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// header holds the logo, the brand, the title and one sentence.
func (p *page) header() []row {
	brandWidth := contentWidth
	var cols []core.Col
	if logo, width := pngForDocument(p.LogoPNG); logo != nil {
		column := width + logoGap
		brandWidth -= column
		cols = append(cols, image.NewFromBytesCol(column, logo, extension.Png, props.Rect{Percent: 100}))
	}
	face := p.typed(p.fonts.bold, p.Brand)
	brand := at(face.wrap(p.wholeOr(face, p.Brand), brandSize, float64(brandWidth), 1), 0)
	cols = append(cols, cell(brandWidth, face, brandSize, ink, brand, (logoHeight-brandSize*pointInMM*1.1)/2))
	rows := []row{
		{height: logoHeight, cols: cols},
		gap(3, 2),
		hairline(0.7, accent),
		gap(2, 2),
		{height: 12, cols: []core.Col{cell(contentWidth, p.fonts.bold, titleSize, ink, p.texts.title, 0)}},
	}
	for _, l := range p.fonts.regular.wrap(p.texts.lead, bodySize, contentWidth, 3) {
		rows = append(rows, row{height: bodyLine, cols: []core.Col{cell(contentWidth, p.fonts.regular, bodySize, muted, l, 0)}})
	}
	return append(rows, gap(2.5, 3))
}

// facts identify the account and the set of codes.
func (p *page) facts() []row {
	face, account := p.account()
	rows := p.labelled(p.texts.account, face, account)
	rows = append(rows, p.labelled(p.texts.created, p.fonts.regular, []string{p.texts.date(p.CreatedAt.UTC())})...)
	rows = append(rows, p.labelled(p.texts.set, p.fonts.regular, []string{strconv.Itoa(p.SetNumber)})...)
	rows = append(rows, p.labelled(p.texts.checkWord, p.fonts.mono, []string{p.fonts.mono.whole(p.CheckWord)})...)
	return append(rows, gap(2.5, 3))
}

// account returns the display name and the user name, each if the font has all its
// characters, and that font.
func (p *page) account() (*face, []string) {
	face := p.typed(p.fonts.bold, p.Username, p.DisplayName)
	username, display := face.whole(p.Username), face.whole(p.DisplayName)
	if display == username {
		display = ""
	}
	switch both := display + " (" + username + ")"; {
	case display == "" && username == "":
		return face, []string{p.texts.otherScript}
	case display == "":
		return face, face.wrap(username, bodySize, valueWidth, 3)
	case username == "":
		return face, face.wrap(display, bodySize, valueWidth, 3)
	case face.width(both, bodySize) < valueWidth-1:
		return face, []string{both}
	}
	return face, append(face.wrap(display, bodySize, valueWidth, 1), face.wrap(username, bodySize, valueWidth, 2)...)
}

// codes holds the codes in two columns, numbered along the rows.
func (p *page) codes() []row {
	rows := []row{hairline(0.25, rule)}
	for i := 0; i < len(p.Codes); i += 2 {
		cols := p.code(i)
		if i+1 < len(p.Codes) {
			cols = append(cols, p.code(i+1)...)
		}
		rows = append(rows, gap(0, 1), row{height: codeLine, cols: cols}, gap(0, 1))
	}
	return append(rows, gap(1.2, 0), hairline(0.25, rule), gap(2, 3))
}

func (p *page) code(i int) []core.Col {
	const top = 2.4
	const boxTop = top + (codeSize-boxSize)*pointInMM // on one line with the code
	return []core.Col{
		cell(boxWidth, p.fonts.regular, boxSize, ink, "□", boxTop),
		cell(numberWidth, p.fonts.regular, codeSize, muted, fmt.Sprintf("%d.", i+1), top),
		cell(codeWidth, p.fonts.mono, codeSize, ink, p.fonts.mono.whole(p.Codes[i]), top),
	}
}

// instructions explain how to use a code and what to do after a loss.
func (p *page) instructions() []row {
	var rows []row
	addIn := func(f *face, label, content string, most int) {
		rows = append(rows, p.labelled(label, f, f.wrap(content, bodySize, valueWidth, most))...)
		rows = append(rows, gap(1.6, 2))
	}
	add := func(label, content string, most int) { addIn(p.fonts.regular, label, content, most) }
	if url := p.fonts.bold.whole(p.SignInURL); url != "" {
		rows = append(rows, p.labelled(p.texts.signInAt, p.fonts.bold, p.fonts.bold.wrap(url, bodySize, valueWidth, 2))...)
		rows = append(rows, gap(1.6, 2))
	}
	add(p.texts.use, p.texts.howToUse, 5)
	add(p.texts.phoneLost, p.texts.move, 4)
	add(p.texts.sheetLost, p.texts.replace, 4)
	if p.HelpContact != "" {
		f := p.typed(p.fonts.regular, p.HelpContact)
		addIn(f, p.texts.help, p.wholeOr(f, p.HelpContact), 2)
	}
	return rows
}

func (p *page) footer() []row {
	return []row{
		hairline(0.25, rule),
		gap(1.5, 0.5),
		{height: bodyLine, cols: []core.Col{cell(contentWidth, p.fonts.bold, bodySize, ink, p.texts.older, 0)}},
		{height: bodyLine, cols: []core.Col{cell(contentWidth, p.fonts.regular, bodySize, muted, p.texts.tellNobody, 0)}},
	}
}

// typed returns the font for texts that people typed: f, or the wide one if that
// has more of them whole.
func (p *page) typed(f *face, texts ...string) *face {
	own, wide := 0, 0
	for _, text := range texts {
		if f.whole(text) != "" {
			own++
		}
		if p.fonts.wide.whole(text) != "" {
			wide++
		}
	}
	if wide <= own {
		return f
	}
	p.wide = true
	return p.fonts.wide
}

// wholeOr returns a text that the font has, or else the words that stand for it.
func (p *page) wholeOr(f *face, text string) string {
	if whole := f.whole(text); whole != "" {
		return whole
	}
	return p.texts.otherScript
}

// brand is the name of the product, "" if no font has all its letters.
func (p *page) brand() string { return p.typed(p.fonts.bold, p.Brand).whole(p.Brand) }
