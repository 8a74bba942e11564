package auth_test

import (
	"fmt"
	"net/netip"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/totp"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// browser is somebody's browser: it keeps the cookies.
type browser struct {
	*kit
	client auth.Client
	tokens auth.Tokens
}

func (h *kit) browser() *browser {
	return &browser{kit: h, client: auth.Client{Address: netip.MustParseAddr("192.0.2.7"), UserAgent: "Firefox", RequestID: "r"}}
}

// unknownBrowser is a browser that no account knows, at an address of its own.
func (h *kit) unknownBrowser(n int) *browser {
	b := h.browser()
	b.client.Address = netip.MustParseAddr(fmt.Sprintf("198.51.%d.%d", n/250, n%250+1))
	return b
}

func (b *browser) caller() *auth.Caller {
	b.Helper()
	c, err := b.Resolve(b.ctx, b.client, b.tokens, false)
	b.must(err)
	return c
}

func (b *browser) keep(i auth.Issued) {
	for from, to := range map[*string]*string{i.Session: &b.tokens.Session, i.Pending: &b.tokens.Pending, i.Device: &b.tokens.Device} {
		if from != nil {
			*to = *from
		}
	}
}

func (b *browser) trySignIn(name, pw string) (auth.Next, error) {
	b.Helper()
	r, err := b.SignIn(b.ctx, b.caller(), name, pw)
	b.keep(r.Issued)
	return r.Next, err
}

func (b *browser) signIn(name, pw string) auth.Next {
	b.Helper()
	next, err := b.trySignIn(name, pw)
	b.must(err)
	return next
}

func (b *browser) signOut() {
	b.Helper()
	i, err := b.SignOut(b.ctx, b.caller())
	b.must(err)
	b.keep(i)
}

func (b *browser) verify(code string) error {
	b.Helper()
	r, err := b.VerifySecondFactor(b.ctx, b.caller(), code)
	b.keep(r.Issued)
	return err
}

func (b *browser) changePassword(present, typed string) error {
	b.Helper()
	i, err := b.ChangePassword(b.ctx, b.caller(), present, typed)
	b.keep(i)
	return err
}

// pause pauses the second factor, for a time or, with 0, until it is enabled.
func (b *browser) pause(length time.Duration) error {
	b.Helper()
	i, err := b.Pause(b.ctx, b.caller(), length)
	b.keep(i)
	return err
}

func (b *browser) enable(code string) error {
	b.Helper()
	i, err := b.Enable(b.ctx, b.caller(), code)
	b.keep(i)
	return err
}

func (b *browser) removeKey() error {
	b.Helper()
	i, err := b.RemoveFactors(b.ctx, b.caller())
	b.keep(i)
	return err
}

func (b *browser) stepUp(pw, code string) error {
	b.Helper()
	in := auth.StepUpInput{}
	if pw != "" {
		in.Password = &pw
	}
	if code != "" {
		in.Code = &code
	}
	i, err := b.StepUp(b.ctx, b.caller(), in)
	b.keep(i)
	return err
}

func (b *browser) begin() *phone {
	b.Helper()
	e, err := b.BeginEnrollment(b.ctx, b.caller())
	b.must(err)
	return &phone{kit: b.kit, secret: e.Secret}
}

func (b *browser) confirm(code string) error {
	b.Helper()
	r, err := b.ConfirmEnrollment(b.ctx, b.caller(), code, "")
	b.keep(r.Issued)
	return err
}

// setUp binds a key in a browser that is signed in and returns the phone. The
// clock moves on, so that the phone shows a code nobody has used.
func (b *browser) setUp() *phone {
	b.Helper()
	p := b.begin()
	b.must(b.confirm(p.code(0)))
	b.clock.move(time.Minute)
	return p
}

func (b *browser) generate() auth.NewCodes {
	b.Helper()
	codes, err := b.ReplaceBackupCodes(b.ctx, b.caller(), noSheet)
	b.must(err)
	return codes
}

func (b *browser) noticeKinds() []string {
	b.Helper()
	notices, err := b.Notices(b.ctx, b.caller())
	b.must(err)
	kinds := make([]string, len(notices))
	for i, n := range notices {
		kinds[i] = string(n.Kind)
	}
	return kinds
}

// phone is an authenticator app, computed by a library that is not ours.
type phone struct {
	*kit
	secret string
}

// code is what the app shows, steps ahead of the server's clock.
func (p *phone) code(steps int64) string {
	return codeAt(p.secret, p.clock.Now().Add(time.Duration(steps)*totp.Period*time.Second))
}

func codeAt(secret string, at time.Time) string {
	code, err := hotp.GenerateCodeCustom(secret, uint64(totp.Step(at)),
		hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		panic(err)
	}
	return code
}

// wrong is a well-formed code that is right at no step of the window.
func (p *phone) wrong() string {
	p.Helper()
	taken := map[string]bool{}
	for steps := int64(-3); steps <= 3; steps++ {
		taken[p.code(steps)] = true
	}
	for _, code := range []string{"000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777"} {
		if !taken[code] {
			return code
		}
	}
	p.Fatal("every code is taken")
	return ""
}

// noSheet stands for the printer where the sheet is not what is tested.
func noSheet(*account.Account, auth.NewCodes) ([]byte, error) { return []byte("%PDF"), nil }

// unknownCode is well-formed and belongs to nobody.
func unknownCode() string { return backupcode.Generate()[0] }

// guess spends every try a lane has.
func guess(b *browser, p *phone, tries int) {
	b.Helper()
	for range tries {
		b.clock.move(time.Hour)
		b.signIn("anna", goodPassword)
		err := b.verify(p.wrong())
		if code := apperr.CodeOf(err); code != apperr.CodeWrong && code != apperr.CodeStopped && code != apperr.KeyDead {
			b.Fatalf("unexpected: %v", err)
		}
	}
}
