package auth_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/crockford"
	"imagemaster/backend/notify"
	"imagemaster/backend/testmail"
)

// The end of a mail is an event of the person's activity.
func TestDeliveriesAreEvents(t *testing.T) {
	good := testmail.Start(t, testmail.Options{})
	bad := testmail.Start(t, testmail.Options{Refuse: "550 5.1.1 no such mailbox"})
	for _, c := range []struct {
		server  *testmail.Server
		kind    audit.Kind
		outcome audit.Outcome
		reason  string
	}{
		{good, audit.NotificationSent, audit.OK, ""},
		{bad, audit.NotificationFailed, audit.Failed, notify.ReasonRejected},
	} {
		each(t, func(h *kit) {
			b := signedInAnna(h)
			h.must(b.setAddress("anna@example.org"))
			h.post(c.server)
			e := h.waitEvent(b, c.kind)
			if e.Outcome != c.outcome || e.Reason != c.reason || e.Actor != audit.System || !strings.Contains(e.Details, `"notice":"address_code"`) ||
				strings.Contains(e.Details, "anna@") {
				t.Errorf("event is %+v", e)
			}
		}, withMail)
	}
}

// waitEvent looks for an event that another goroutine records.
func (h *kit) waitEvent(b *browser, kind audit.Kind) audit.Event {
	h.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	timeout := time.After(30 * time.Second)
	for {
		events, _, err := h.Activity(h.ctx, b.caller(), 0)
		h.must(err)
		for _, e := range events {
			if e.Kind == kind {
				return e
			}
		}
		select {
		case <-tick.C:
		case <-timeout:
			h.Fatalf("no event %s", kind)
		}
	}
}

// A mail server that never answers delays no request.
func TestNoRequestWaitsForTheMailServer(t *testing.T) {
	silent := testmail.Start(t, testmail.Options{Silent: true})
	each(t, func(h *kit) {
		before := silent.Connections()
		b := signedInAnna(h)
		h.must(b.setAddress("anna@example.org"))
		h.post(silent)
		silent.WaitConnections(before + 1)
		began := time.Now()
		for range 4 {
			h.must(b.setAddress("anna@example.org"))
		}
		p := b.setUp()
		b.generate()
		h.must(b.stepUp("", p.code(0)))
		h.must(b.changePassword(goodPassword, newPassword))
		// The courier is still in its first try, which it gives many seconds.
		if took := time.Since(began); took > 10*time.Second || silent.Connections() != before+1 {
			t.Errorf("took %v, %d tries", took, silent.Connections()-before)
		}
	}, withMail)
}

// No mail holds a secret or the browser's User-Agent, whatever happens to an
// account. The only code in a mail is the one that confirms its address.
func TestNoSecretIsMailed(t *testing.T) {
	const canaryAgent = "Mozilla/5.0 (Windows NT 10.0; canary-agent) Gecko/20100101 Firefox/140.0"
	server := testmail.Start(t, testmail.Options{})
	each(t, func(h *kit) {
		came := len(server.Mails())
		h.post(server)
		b := signedInAnna(h)
		b.client.UserAgent, b.client.RequestID = canaryAgent, "canary-request"
		secrets := map[string]string{"password": goodPassword, "new password": newPassword, "agent": "canary-agent", "request": "canary-request"}
		note := func(name, value string) {
			if len(value) < 6 {
				t.Fatalf("%s is %q", name, value)
			}
			secrets[name] = value
		}
		h.must(b.setAddress("anna@example.org"))
		confirming := codeIn(t, server.WaitMails(came + 1)[came])
		h.must(b.confirmAddress(confirming))
		p := b.setUp()
		note("seed", p.secret)
		for i, code := range b.generate().Codes {
			note("backup code "+string(rune('0'+i)), code)
		}
		used := secrets["backup code 0"]
		code := p.code(0)
		note("6-digit code", code)
		h.must(b.stepUp("", code))
		h.must(b.changePassword(goodPassword, newPassword))
		h.must(b.stepUp("", used))
		h.must(b.pause(0))
		h.clock.move(time.Minute)
		i, err := b.Enable(h.ctx, b.caller(), p.code(0))
		h.must(err)
		b.keep(i)
		other := h.unknownBrowser(1)
		other.client.UserAgent = canaryAgent
		other.signIn("anna", newPassword)
		h.refused(other.verify(p.wrong()), apperr.CodeWrong)
		h.must(second(h.ResetTwoFactor(h.ctx, "anna", auth.Reset{KeepPassword: true})))
		h.must(second(h.SetPassword(h.ctx, "anna", goodPassword)))
		h.must(second(h.DisableAccount(h.ctx, "anna", false)))
		h.must(second(h.EnableAccount(h.ctx, "anna")))
		for name, token := range map[string]string{"session": b.tokens.Session, "device": b.tokens.Device, "pending": other.tokens.Pending} {
			note(name, token)
		}

		// The code, the address, key bound, codes, password, backup code, pause,
		// enable, the unrecognised browser, and four by the operator.
		const want = 13
		mails := server.WaitMails(came + want)[came:]
		kinds := map[string]bool{}
		for _, m := range mails {
			kinds[m.Subject] = true
			checkMail(t, m, secrets, confirming)
		}
		if len(kinds) != want {
			t.Errorf("%d kinds of mails: %v", len(kinds), kinds)
		}
		if plain, _ := crockford.Parse(confirming, 8); plain == "" {
			t.Errorf("the mailed code is %q", confirming)
		}
	}, withMail)
}

// checkMail checks that a mail holds no secret, no code except the one that
// confirms the address, and no link except the product's.
func checkMail(t *testing.T, m testmail.Mail, secrets map[string]string, confirming string) {
	t.Helper()
	all := m.Raw + m.Text + m.HTML
	for name, secret := range secrets {
		for _, form := range []string{secret, strings.ReplaceAll(secret, "-", "")} {
			if strings.Contains(all, form) {
				t.Errorf("%q holds the %s:\n%s", m.Subject, name, m.Text)
			}
		}
	}
	if found := mailedCode.FindString(m.Text); found != "" && found != confirming {
		t.Errorf("%q holds %s:\n%s", m.Subject, found, m.Text)
	}
	for _, link := range regexp.MustCompile(`https?://[^\s"<]+`).FindAllString(m.Text+" "+m.HTML, -1) {
		if link != "https://sign-in.example" {
			t.Errorf("%q links to %s", m.Subject, link)
		}
	}
}

// The code in a mail confirms an address and nothing else: it is no second factor
// and no password (standards D12).
func TestAMailedCodeIsNoFactor(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(h *kit) {
		came := len(server.Mails())
		h.post(server)
		b := signedInAnna(h)
		b.setUp()
		h.must(b.setAddress("anna@example.org"))
		code := codeIn(t, server.WaitMails(came + 1)[came])
		h.refused(b.stepUp("", code), apperr.Invalid)
		h.refused(b.stepUp(code, ""), apperr.PasswordWrong)
		b.signOut()
		_, err := b.trySignIn("anna", code)
		h.refused(err, apperr.CredentialsWrong)
		b.signIn("anna", goodPassword)
		h.refused(b.verify(code), apperr.Invalid)
		// Twice it has the length of a backup code, and now and then its check symbol.
		if err := b.verify(code + "-" + code); err == nil {
			t.Error("a mailed code twice is a second factor")
		}
	}, withMail)
}
