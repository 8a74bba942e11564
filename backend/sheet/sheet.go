// Package sheet prints a set of backup codes on one page of PDF, the paper a
// person keeps in a drawer for the day the phone is gone.
//
// The document is built in memory in the request that made the codes and is
// handed over with them; nothing is stored, cached or written to a file here.
// It holds the codes, whose they are and how they are used; never a password,
// a seed, a key URI or a link with a token, and its properties hold nothing
// secret. Someone who finds the sheet still needs the password (NIST SP
// 800-63B-4 section 2.2.1). It is not encrypted: all PDF offers here is RC4,
// and a password for the sheet would be one more thing to lose.
//
// The text is real text of at least 12 points in the Go fonts, whose mono cut
// tells 0 from O and 1 from l and which cover Latin, Greek and Cyrillic. The
// page stays inside the area A4 and Letter share, so a printer with the other
// paper cuts nothing off, and it says nothing by colour alone. Title and
// language are set for screen readers.
//
// Names, brand and contact come from people and may hold any character. What
// the fonts cannot show is left out, and lines are cut rather than pushed off
// the page: no input makes a second page, an empty box or a crash.
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

// maxCodes is how many codes the page has room for.
const maxCodes = 10

// Sheet is what is printed.
type Sheet struct {
	Brand       string
	LogoPNG     []byte // nil: no logo; a picture that cannot be read is left out
	Username    string
	DisplayName string
	CreatedAt   time.Time
	SetNumber   int
	CheckWord   string
	Codes       []string // as they are shown, at most ten
	HelpContact string   // who helps; empty: the line is left out
	SignInURL   string
	Language    string // "de", else English
	Paper       string // Letter, else A4
}

// Renderer makes documents, a few at a time: each takes a core for some 25 ms
// and some megabytes.
type Renderer struct {
	slots chan struct{}
}

// NewRenderer returns a Renderer for at most slots documents at a time: as many
// as there are cores.
func NewRenderer(slots int) *Renderer {
	return &Renderer{slots: make(chan struct{}, max(1, slots))}
}

// Render returns the sheet as a PDF of one page. It waits for its turn until
// ctx ends.
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
		return nil, errors.New("sheet: document could not be made") // the cause may quote the text
	}
	return withLanguage(pdf.GetBytes(), p.texts.language)
}

// The page in millimetres. The content has one size for both papers: as wide
// as A4 and as high as Letter allow.
const (
	contentWidth  = 174
	contentHeight = 249.4
	topMargin     = 15
	letterWidth   = 215.9
	letterHeight  = 279.4
	a4Width       = 210
	a4Height      = 297

	// rounding is kept free: a sum that comes out a trace too high would make
	// Maroto begin a second page.
	rounding = 0.5
)

// page lays out one sheet.
type page struct {
	Sheet
	fonts *fonts
	texts *texts
}

func (p *page) size() (width, height float64) {
	if p.Paper == Letter {
		return letterWidth, letterHeight
	}
	return a4Width, a4Height
}

// config is made anew for every document, because Maroto and its writer keep
// and change what it holds.
func (p *page) config() *entity.Config {
	width, height := p.size()
	side := (width - contentWidth) / 2
	return config.NewBuilder().
		WithDimensions(width, height).
		WithLeftMargin(side).WithRightMargin(side).
		WithTopMargin(topMargin).WithBottomMargin(height-topMargin-contentHeight).
		WithMaxGridSize(contentWidth). // one column of the grid is a millimetre
		WithDisableAutoPageBreak(true).
		WithCustomFonts(p.fonts.forDocument()).
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

// rows returns the rows of the page, with the space that is left given to the
// rows that can use it.
func (p *page) rows() ([]core.Row, error) {
	var all []row
	for _, section := range []func() []row{p.header, p.facts, p.codes, p.instructions, p.footer} {
		all = append(all, section()...)
	}
	return stretch(all, contentHeight-rounding)
}
