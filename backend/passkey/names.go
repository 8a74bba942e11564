package passkey

import (
	_ "embed"
	"encoding/hex"
	"strings"
	"sync"
)

// models is a list of models: the AAGUID, a space and the name, one a line.
//
//go:embed models.txt
var models string

var modelNames = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for line := range strings.Lines(models) {
		if id, name, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			names[strings.ReplaceAll(id, "-", "")] = name
		}
	}
	return names
})

// Proposal returns a name for a new key: that of its model, else "". An unknown model is
// named by the pages, in the language of the person.
func Proposal(k *Key) string { return modelNames()[hex.EncodeToString(k.AAGUID)] }
