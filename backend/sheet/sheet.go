// Package sheet makes a PDF page with a set of backup codes, which a person
// prints and keeps in case the phone is lost.
//
// The document is built in memory, in the request that created the codes, and
// returned with them. Nothing is stored, cached or written to a file here. The
// page holds the codes, the account and instructions, never a password, a seed,
// a key URI or a link with a token. Its properties hold nothing secret. Somebody
// who finds the sheet still needs the password (NIST SP 800-63B-4 section
// 2.2.1). It is not encrypted: the PDF writer offers only RC4, and a password
// for the sheet could be lost too.
//
// All text is real text of at least 12 points in the Go fonts, whose monospaced
// font shows 0 and O, 1 and l as different shapes. What people typed is set in
// DejaVu Sans where the Go fonts lack a letter: it has nearly all of Latin, Greek,
// Cyrillic, Armenian and Georgian. The content fits on A4 and Letter, so that a printer with the other
// paper cuts nothing off. No information depends on colour. Title and language
// are set for screen readers.
//
// Names, brand and contact come from people and may hold any character. Each is
// printed whole or, if a letter is missing or needs joining or turning, not at
// all; long lines are cut. No input makes a second page, an empty box or a crash.
package sheet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/johnfercher/maroto/v2"
	"github.com/johnfercher/maroto/v2/pkg/config"
	"github.com/johnfercher/maroto/v2/pkg/core"
	"github.com/johnfercher/maroto/v2/pkg/core/entity"
)

// Paper sizes.
const (
	A4     = "a4"
	Letter = "letter"
)

// maxCodes is how many codes fit on the page.
const maxCodes = 10

// Sheet is the content of a page.
type Sheet struct {
	Brand       string
	LogoPNG     []byte // nil: no logo; a damaged picture is left out
	Username    string
	DisplayName string
	CreatedAt   time.Time
	SetNumber   int
	CheckWord   string
	Codes       []string // as they are shown, at most ten
	HelpContact string   // empty: the line is left out
	SignInURL   string
	Language    string // "de", else English
	Paper       string // Letter, else A4
}

// Renderer makes a few documents at a time: each takes one core for about 25 ms,
// and some megabytes.
type Renderer struct {
	slots chan struct{}
}

// NewRenderer returns a Renderer for at most slots documents at a time: as many
// as there are cores.
func NewRenderer(slots int) *Renderer {
	return &Renderer{slots: make(chan struct{}, max(1, slots))}
}

// Render returns the sheet as a PDF of one page. It waits for a slot until ctx
// ends.
func (r *Renderer) Render(ctx context.Context, s Sheet) ([]byte, error) {
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return render(s)
}

func render(s Sheet) ([]byte, error) {
	if len(s.Codes) == 0 || len(s.Codes) > maxCodes {
		return nil, fmt.Errorf("sheet: %d codes, want 1 to %d", len(s.Codes), maxCodes)
	}
	fonts, err := loadFonts()
	if err != nil {
		return nil, err
	}
	p := &page{Sheet: s, fonts: fonts, texts: textsFor(s.Language)}
	rows, err := p.rows()
	if err != nil {
		return nil, err
	}
	document := maroto.New(p.config())
	document.AddRows(rows...)
	pdf, err := document.Generate()
	if err != nil {
		return nil, errors.New("sheet: the document cannot be made") // the cause may quote the text
	}
	return withLanguage(pdf.GetBytes(), p.texts.language)
}

// The page in millimetres. The content has one size for both papers: the width
// of A4 and the height of Letter, less the margins.
const (
	contentWidth  = 174
	contentHeight = 249.4
	topMargin     = 15
	letterWidth   = 215.9
	letterHeight  = 279.4
	a4Width       = 210
	a4Height      = 297

	// rounding stays free: with a sum that is slightly too high Maroto would
	// begin a second page.
	rounding = 0.5
)

// page lays out one sheet.
type page struct {
	Sheet
	fonts *fonts
	texts *texts
	wide  bool // the wide font is used
}

func (p *page) size() (width, height float64) {
	if p.Paper == Letter {
		return letterWidth, letterHeight
	}
	return a4Width, a4Height
}

// config returns a new configuration for every document, because Maroto and its
// writer keep and change it.
func (p *page) config() *entity.Config {
	width, height := p.size()
	side := (width - contentWidth) / 2
	return config.NewBuilder().
		WithDimensions(width, height).
		WithLeftMargin(side).WithRightMargin(side).
		WithTopMargin(topMargin).WithBottomMargin(height-topMargin-contentHeight).
		WithMaxGridSize(contentWidth). // one column of the grid is a millimetre
		WithDisableAutoPageBreak(true).
		WithCustomFonts(p.fonts.forDocument(p.wide)).
		WithDefaultFont(p.fonts.regular.props(bodySize)).
		WithCompression(true).
		WithTitle(p.title(), true).
		WithCreator(p.brand(), true).
		WithCreationDate(p.CreatedAt.UTC()).
		Build()
}

func (p *page) title() string {
	title := fmt.Sprintf(p.texts.documentTitle, p.SetNumber)
	if brand := p.brand(); brand != "" {
		title = brand + ": " + title
	}
	return title
}

// rows returns the rows of the page. Rows that may grow share the free space.
func (p *page) rows() ([]core.Row, error) {
	var all []row
	for _, section := range []func() []row{p.header, p.facts, p.codes, p.instructions, p.footer} {
		all = append(all, section()...)
	}
	return stretch(all, contentHeight-rounding)
}
