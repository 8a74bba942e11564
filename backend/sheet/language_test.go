package sheet

import (
	"bytes"
	"errors"
	"testing"
)

func TestLanguageIsSetOnlyInAKnownForm(t *testing.T) {
	pdf := mustRender(t, ordinary())
	for name, damaged := range map[string][]byte{
		"empty":       {},
		"text":        []byte("not a document"),
		"cut":         pdf[:len(pdf)-20],
		"no catalog":  bytes.Replace(pdf, []byte("/Type /Catalog"), []byte("/Type /Catalox"), 1),
		"moved table": bytes.Replace(pdf, []byte("startxref\n"), []byte("startxref\n1"), 1),
	} {
		if out, err := withLanguage(damaged, "en"); !errors.Is(err, errWriter) || out != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
