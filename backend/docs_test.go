package backend

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"imagemaster/backend/auth"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// document returns a document as one line, so that a line break hides nothing.
func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(text)), " ")
}

// acceptedSteps counts the steps whose codes are accepted at one moment. The
// codes are made by another library.
func acceptedSteps(t *testing.T) (steps int) {
	t.Helper()
	seed, now := []byte("12345678901234567890"), time.Unix(1_800_000_000, 0)
	for offset := int64(-20); offset <= 20; offset++ {
		code, err := hotp.GenerateCodeCustom(totp.Secret(seed), uint64(totp.Step(now)+offset), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			t.Fatal(err)
		}
		step, ok, err := totp.Match(seed, code, now)
		if err != nil {
			t.Fatal(err)
		}
		if ok && step == totp.Step(now)+offset {
			steps++
		}
	}
	return steps
}

// The published chance of a guesser follows from the code (docs/evidence.md, A14).
func TestGuessBudgetIsPublished(t *testing.T) {
	steps, tries := acceptedSteps(t), throttle.Unknown.Stop()+throttle.Known.Stop()
	want := fmt.Sprintf("%d × %d ⁄ 10⁶ = %.2f %%", steps, tries, float64(steps*tries)/10_000)
	if want != "3 × 100 ⁄ 10⁶ = 0.03 %" {
		t.Errorf("the guess budget is %s", want)
	}
	if !strings.Contains(document(t, "docs/configure.md"), want) {
		t.Errorf("docs/configure.md does not say %q", want)
	}
}

// Limits that must be documented stand there with the numbers of the code.
func TestLimitsAreDocumented(t *testing.T) {
	text := document(t, "docs/configure.md")
	for id, want := range map[string]string{
		"F14": fmt.Sprintf("at most %d sessions", session.MaxSessions),
		"F5":  fmt.Sprintf("after %.0f hours", session.DefaultLifetime.Hours()),
		"H13": fmt.Sprintf("after %.0f days", auth.AuditRetention.Hours()/24),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s: docs/configure.md does not say %q", id, want)
		}
	}
}

// Nothing that the product shows claims an assurance level. The documents claim AAL2 for the
// phishing-resistant second factor, each time without recovery, and AAL3 nowhere
// (docs/evidence.md, D16).
func TestNoClaimOfAAL2(t *testing.T) {
	claim := regexp.MustCompile(`(?i)\bAAL\s*-?[23]`)
	read := 0
	for _, folder := range []string{"../frontend/src", "../frontend/index.html", "."} {
		err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") || !slices.Contains([]string{".ts", ".svelte", ".html", ".go", ".json"}, filepath.Ext(name)) {
				return err
			}
			text, err := os.ReadFile(name)
			read++
			if found := claim.Find(text); found != nil {
				t.Errorf("%s says %q", name, found)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if read < 150 {
		t.Errorf("only %d files were read", read)
	}
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	denied := regexp.MustCompile(`Nothing the product shows claims AAL2 for codes or for recovery, or AAL3 at all|does not claim AAL2|synced passkeys reach AAL2 at most`)
	excepted, claimed := regexp.MustCompile(`(?i)recovery (is )?excepted`), 0
	for _, name := range append(pages, "../README.md") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, paragraph := range regexp.MustCompile(`\n\n|\n\|`).Split(string(text), -1) { // or row of a table
			paragraph = denied.ReplaceAllString(strings.Join(strings.Fields(paragraph), " "), "")
			all := claim.FindAllString(paragraph, -1)
			claimed += len(all)
			for _, found := range all {
				if strings.HasSuffix(found, "3") || !excepted.MatchString(paragraph) {
					t.Errorf("%s claims %s: %s", name, found, paragraph)
				}
			}
		}
	}
	if claimed == 0 {
		t.Error("no document says what assurance level is reached")
	}
}
