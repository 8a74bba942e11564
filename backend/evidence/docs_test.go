package evidence

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(text)), " ")
}

// accepted counts the steps whose codes are taken at one moment, with codes made
// by a library that is not ours.
func accepted(t *testing.T) (steps int) {
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

// What a guesser can hope for is computed from the code and stands in the
// manual (standards A14).
func TestGuessBudgetIsPublished(t *testing.T) {
	codes, tries := accepted(t), throttle.Unknown.Stop()+throttle.Known.Stop()
	want := fmt.Sprintf("%d × %d ⁄ 10⁶ = %.2f %%", codes, tries, float64(codes*tries)/10_000)
	if !strings.Contains(readme(t), want) {
		t.Errorf("README.md does not say %q", want)
	}
}

// Limits and advice that the checklist wants in the manual are there, with the
// numbers of the code.
func TestWhatIsDocumented(t *testing.T) {
	text := readme(t)
	for what, want := range map[string]string{
		"F14, how many sessions":         fmt.Sprintf("at most %d sessions", session.MaxSessions),
		"F5, how long":                   fmt.Sprintf("after %.0f hours", session.Lifetime.Hours()),
		"H13, how long events are kept":  fmt.Sprintf("after %.0f days", auth.AuditRetention.Hours()/24),
		"H8, key and copy apart":         "keep them apart",
		"D14, who asks":                  "Make sure who is asking",
		"D14, what a reset opens":        "gets in with what you hand out",
		"D15, a lost phone":              "lost or stolen",
		"D15, first of all":              "`imagemaster user disable NAME`",
		"D7, without mail":               "at the next sign-in only",
		"H5, rotation without a stop":    "To replace the key without stopping",
		"G16, proxies":                   "`--trusted-proxies`",
		"all deviations are on the page": "(" + pageFolder + "/" + page + ")",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s: README.md does not say %q", what, want)
		}
	}
}

// Nothing the product says claims AAL2; the README says that it does not
// (standards D16).
func TestNoClaimOfAAL2(t *testing.T) {
	claim := regexp.MustCompile(`(?i)\bAAL\s*-?[23]|phishing-resistant|phishing-sicher`)
	read := 0
	for _, pattern := range []string{"frontend/src/texts/*.ts", "frontend/index.html", "backend/sheet/texts.go", "backend/notify/texts.go", "backend/config/config.go", "backend/cli/*.go", "backend/api/openapi.json"} {
		names, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			read++
			if found := claim.Find(text); found != nil {
				t.Errorf("%s says %q", name, found)
			}
		}
	}
	if read < 10 {
		t.Errorf("only %d files were read", read)
	}
	if text := readme(t); !strings.Contains(text, "We claim no AAL2: one-time codes are not phishing-resistant.") || len(claim.FindAllString(text, -1)) != 2 {
		t.Errorf("README.md says %q", claim.FindAllString(text, -1))
	}
}
