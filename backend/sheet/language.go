package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

var errWriter = errors.New("sheet: the document has an unexpected form")

// withLanguage adds two entries to the catalog of a document that the writer
// cannot set and screen readers need: the language, and that viewers show the
// title instead of the file name (PDF 32000-1 sections 14.9.2 and 12.2). The
// catalog is the last object before the table of offsets, so only the offset of
// the table changes.
func withLanguage(pdf []byte, language string) ([]byte, error) {
	const catalogEnd, start = "\n>>\nendobj\nxref\n", "\nstartxref\n"
	entry := fmt.Sprintf("\n/Lang (%s)\n/ViewerPreferences <</DisplayDocTitle true>>", language)

	at := bytes.LastIndex(pdf, []byte(catalogEnd))
	begin := bytes.LastIndex(pdf, []byte("obj\n<<\n/Type /Catalog\n"))
	last := bytes.LastIndex(pdf, []byte(start))
	if begin < 0 || at < begin || last < at || bytes.Contains(pdf[begin:at], []byte("endobj")) {
		return nil, errWriter
	}
	number, tail, ok := bytes.Cut(pdf[last+len(start):], []byte("\n"))
	offset, err := strconv.Atoi(string(number))
	if !ok || err != nil || offset != at+len("\n>>\nendobj\n") {
		return nil, errWriter
	}
	out := bytes.Clone(pdf[:at])
	out = append(out, entry...)
	out = append(out, pdf[at:last+len(start)]...)
	out = strconv.AppendInt(out, int64(offset+len(entry)), 10)
	out = append(out, '\n')
	return append(out, tail...), nil
}
