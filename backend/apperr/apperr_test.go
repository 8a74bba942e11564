package apperr

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// declaredCodes reads the constants of codes.go, so that a forgotten entry of
// the table is found.
func declaredCodes(t *testing.T) []Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []Code
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || fmt.Sprint(spec.Type) != "Code" {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, Code(text))
		return true
	})
	slices.Sort(codes)
	return codes
}

// TestEveryCodeHasAMeaning: package api answers a code without a meaning as an
// internal error.
func TestEveryCodeHasAMeaning(t *testing.T) {
	declared := declaredCodes(t)
	if len(declared) < 30 {
		t.Fatalf("only %d codes found", len(declared))
	}
	if listed := Codes(); !slices.Equal(declared, listed) {
		t.Errorf("constants %v\ntable     %v", declared, listed)
	}
	titles := map[string]Code{}
	for _, code := range declared {
		of, known := code.Meaning()
		if !known || of.Status < 400 || of.Status > 503 {
			t.Errorf("%s: status %d", code, of.Status)
		}
		if of.Title == "" || strings.HasSuffix(of.Title, ".") || titles[of.Title] != "" {
			t.Errorf("%s: title %q, also of %q", code, of.Title, titles[of.Title])
		}
		titles[of.Title] = code
		if len(of.Sentence) < 10 || !strings.HasSuffix(of.Sentence, ".") {
			t.Errorf("%s: sentence %q", code, of.Sentence)
		}
	}
	if _, known := Code("invented").Meaning(); known {
		t.Error("an invented code has a meaning")
	}
}

func TestSentences(t *testing.T) {
	const ended = "You are signed out. Sign in again."
	cause := errors.New("disk full")
	for _, c := range []struct {
		err            *Error
		sentence, text string
	}{
		{Of(SignedOut), ended, "signed_out: " + ended},
		{&Error{Code: SignedOut}, ended, "signed_out: " + ended},
		{New(NotFound, "There is no account of that name."), "There is no account of that name.", "not_found: There is no account of that name."},
		{&Error{Code: Internal, Message: "It broke.", Cause: cause}, "It broke.", "internal: It broke.: disk full"},
		{OfField("code", "malformed"), "The request is not as the interface describes it.", "invalid: The request is not as the interface describes it."},
		{InvalidField("username", "empty", "Enter a user name."), "Enter a user name.", "invalid: Enter a user name."},
	} {
		if got := c.err.Sentence(); got != c.sentence {
			t.Errorf("sentence %q, want %q", got, c.sentence)
		}
		if got := c.err.Error(); got != c.text {
			t.Errorf("error %q, want %q", got, c.text)
		}
	}
	if got := OfField("code", "malformed").Fields; len(got) != 1 || got[0] != (Field{"code", "malformed"}) {
		t.Errorf("fields %v", got)
	}
}

func TestCodeOf(t *testing.T) {
	cause := errors.New("disk full")
	wrapped := fmt.Errorf("sign in: %w", &Error{Code: Busy, Cause: cause})
	if CodeOf(wrapped) != Busy || !errors.Is(wrapped, cause) {
		t.Errorf("code %s, cause found: %v", CodeOf(wrapped), errors.Is(wrapped, cause))
	}
	if got := CodeOf(cause); got != Internal {
		t.Errorf("the code of another error is %s", got)
	}
}
