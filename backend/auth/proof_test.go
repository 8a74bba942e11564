package auth_test

import (
	"testing"

	"imagemaster/backend/apperr"
)

func TestMalformedCodesSpendNoTry(t *testing.T) {
	each(t, func(h *kit) {
		b, p := withKey(h)
		for range 3 {
			for _, code := range []string{"", "12345", "1234567", "12345a", "12.456"} {
				h.refused(b.verify(code), apperr.Invalid)
			}
		}
		if e := h.refused(b.verify(p.wrong()), apperr.CodeWrong); *e.TriesLeft != 4 {
			t.Errorf("%d tries left", *e.TriesLeft)
		}
		code := p.code(0)
		h.must(b.verify(" " + code[:3] + " – " + code[3:] + "\t"))
	})
}
