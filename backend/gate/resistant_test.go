package gate_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/app"
	"imagemaster/backend/auth"
	"imagemaster/backend/passkey"
	"imagemaster/backend/testkey"
)

// addKey adds a passkey in the session of the invitation, where it counts at once.
func (p *someone) addKey() *testkey.Key {
	p.Helper()
	options, err := p.MakeKey(p.ctx, p.caller(), passkey.Passkey)
	p.must(err)
	key := testkey.New(publicURL)
	added, err := p.AddKey(p.ctx, p.caller(), json.RawMessage(key.Make(string(options))))
	p.must(err)
	p.keep(added.Issued)
	return key
}

func (p *someone) stepUp(in auth.StepUpInput) {
	p.Helper()
	i, err := p.StepUp(p.ctx, p.caller(), in)
	p.must(err)
	p.keep(i)
}

func (p *someone) giveKey(key *testkey.Key) {
	p.Helper()
	options, err := p.AskKey(p.ctx, p.caller(), passkey.Passkey, true)
	p.must(err)
	p.stepUp(auth.StepUpInput{Key: json.RawMessage(key.Use(string(options)))})
}

func (p *someone) giveCode() {
	p.Helper()
	code := p.code()
	p.stepUp(auth.StepUpInput{Code: &code})
}

// needs is what the page that opens an application asks for.
func (p *someone) needs(page string) string {
	p.Helper()
	o, err := p.OpenApplication(p.ctx, p.caller(), wiki, page, state)
	p.must(err)
	return fmt.Sprint(o.Needs)
}

// state is the SHA-256 of some start cookie.
const state = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// A rule that asks for a phishing-resistant factor takes no code of the app and no backup
// code. It does not matter whether the person or a thief has typed it.
func TestARuleForKeysTakesNoCodes(t *testing.T) {
	each(t, func(k *kit) {
		vault, fresh := everybody("/vault"), everybody("/fresh")
		vault.Factor, fresh.Factor, fresh.MaxAgeMinutes = app.Resistant, app.Resistant, 5
		k.application("Wiki", wiki, vault, fresh, everybody("/"))
		anna := k.protected("anna")
		anna.opens(wiki)
		get := func(p *someone, path string, want int) {
			t.Helper()
			p.status(want, "GET", wiki+path, fetched())
		}
		get(anna, "/", 200)
		get(anna, "/vault", 401)
		if got := anna.needs("/vault"); got != "[set_up]" {
			t.Errorf("with an app alone the page asks for %s", got)
		}
		key := anna.addKey()
		get(anna, "/vault", 200) // adding it has given it
		codes, err := k.ReplaceBackupCodes(k.ctx, anna.caller(), noSheet)
		k.must(err)

		phisher := *anna
		phisher.cookies, phisher.tokens = map[string]string{}, auth.Tokens{}
		for name, code := range map[string]func() string{"a code of the app": phisher.code, "a backup code": func() string { return codes.Codes[0] }} {
			r, err := phisher.SignIn(k.ctx, phisher.caller(), "anna", goodPassword)
			k.must(err)
			phisher.keep(r.Issued)
			v, err := phisher.VerifySecondFactor(k.ctx, phisher.caller(), code())
			k.must(err)
			phisher.keep(v.Issued)
			phisher.opens(wiki)
			get(&phisher, "/", 200)
			get(&phisher, "/vault", 401)
			get(&phisher, "/x/../vault", 401)
			phisher.giveCode()
			get(&phisher, "/vault", 401)
			if got := phisher.needs("/vault"); got != "[key]" {
				t.Errorf("after %s the page asks for %s", name, got)
			}
		}

		pw := goodPassword
		anna.stepUp(auth.StepUpInput{Password: &pw})
		anna.giveKey(key)
		get(anna, "/vault", 200)
		get(anna, "/fresh", 200)
		k.clock.move(5 * time.Minute)
		get(anna, "/fresh", 200)
		k.clock.move(time.Millisecond)
		get(anna, "/fresh", 401)
		get(anna, "/vault", 200)
		anna.giveCode()
		get(anna, "/fresh", 401)
		if got := anna.needs("/fresh"); got != "[password key]" {
			t.Errorf("after five minutes the page asks for %s", got)
		}
		anna.stepUp(auth.StepUpInput{Password: &pw})
		anna.giveKey(key)
		get(anna, "/fresh", 200)
	})
}

func noSheet(*account.Account, auth.NewCodes) ([]byte, error) { return []byte("%PDF"), nil }
