package auth_test

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/crockford"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
	"imagemaster/backend/testmail"
)

func withMail(d *auth.Deps) { d.Mail = true }

// post runs a courier that hands mails to a server until the test ends.
func (h *kit) post(to *testmail.Server) {
	h.Helper()
	c := notify.NewCourier(notify.CourierDeps{
		DB: h.db, Keys: h.ring, Now: h.clock.Now, Log: slog.New(slog.DiscardHandler), Record: h.RecordDelivery, Poll: 5 * time.Millisecond,
		Server: notify.Server{Host: testmail.Host, Port: 587, From: "sign-in@example.org", RootCAs: testmail.RootCAs(), Dial: to.Dial},
		Sender: notify.Sender{Brand: "ImageMaster", PublicURL: "https://sign-in.example", HelpContact: "help@example.org"},
	})
	ctx, cancel := context.WithCancel(h.ctx)
	var done sync.WaitGroup
	done.Go(func() { c.Run(ctx) })
	h.Cleanup(func() {
		cancel()
		done.Wait()
	})
}

func (b *browser) setAddress(email string) error {
	b.Helper()
	return b.SetNoticeAddress(b.ctx, b.caller(), auth.AddressInput{Email: email, Language: "de"})
}

func (b *browser) confirmAddress(code string) error {
	b.Helper()
	return b.ConfirmNoticeAddress(b.ctx, b.caller(), code)
}

// addresses returns what the settings room shows: in use, waiting.
func (b *browser) addresses() [2]string {
	b.Helper()
	view, err := b.TwoFactor(b.ctx, b.caller())
	b.must(err)
	return [2]string{view.NoticeAddress, view.PendingAddress}
}

var mailedCode = regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b`)

// codeIn returns the code in a mail.
func codeIn(t *testing.T, m testmail.Mail) string {
	t.Helper()
	code := mailedCode.FindString(m.Text)
	if code == "" {
		t.Fatalf("no code in:\n%s", m.Text)
	}
	return code
}

// another is a well-formed code that is not this one.
func another(code string) string {
	if code == "0000-0000" {
		return "0000-0001"
	}
	return "0000-0000"
}

func TestAddressIsConfirmedByItsCode(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(h *kit) {
		came := len(server.Mails())
		h.post(server)
		b := signedInAnna(h)
		h.refused(b.confirmAddress("0000-0000"), apperr.AddressCodeEnded)
		h.must(b.setAddress("anna@example.org"))
		if got := b.addresses(); got != [2]string{"", "anna@example.org"} {
			t.Errorf("before the code: %q", got)
		}
		m := server.WaitMails(came + 1)[came]
		if m.To != "anna@example.org" || !strings.HasPrefix(m.Subject, "ImageMaster: Bestätigen Sie") {
			t.Errorf("%q to %s", m.Subject, m.To)
		}
		code := codeIn(t, m)
		h.refused(b.confirmAddress("12345"), apperr.Invalid)
		if e := h.refused(b.confirmAddress(another(code)), apperr.CodeWrong); *e.TriesLeft != 4 {
			t.Errorf("%d tries left", *e.TriesLeft)
		}
		h.must(b.confirmAddress(" " + strings.ToLower(strings.ReplaceAll(code, "0", "o"))))
		if got := b.addresses(); got != [2]string{"anna@example.org", ""} {
			t.Errorf("after the code: %q", got)
		}
		h.refused(b.confirmAddress(code), apperr.AddressCodeEnded)
		told := server.WaitMails(came + 2)[came+1]
		if told.To != "anna@example.org" || !strings.Contains(told.Text, "192.0.2.7") {
			t.Errorf("the change is told to %s:\n%s", told.To, told.Text)
		}
		h.must(b.setAddress("anna@example.org")) // as it is
		if got := b.addresses(); got[1] != "" {
			t.Errorf("waiting: %q", got)
		}
	}, withMail)
}

// The former address is told at once, stays in use until the new one is
// confirmed, and gets copies of what happens afterwards.
func TestChangeOfAddressIsToldToTheFormerOne(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(h *kit) {
		came := len(server.Mails())
		next := func(n int) map[string]testmail.Mail {
			t.Helper()
			mails := server.WaitMails(came + n)[came:]
			came += n
			byAddress := map[string]testmail.Mail{}
			for _, m := range mails {
				byAddress[m.To] = m
			}
			return byAddress
		}
		h.post(server)
		b := signedInAnna(h)
		h.must(b.setAddress("old@example.org"))
		h.must(b.confirmAddress(codeIn(t, next(1)["old@example.org"])))
		next(1)

		h.must(b.setAddress("new@example.org"))
		code := codeIn(t, next(1)["new@example.org"])
		h.must(b.changePassword(goodPassword, newPassword))
		if _, told := next(1)["old@example.org"]; !told {
			t.Error("the address in use was not told of the password")
		}
		h.must(b.confirmAddress(code))
		told := next(2)
		if !strings.Contains(told["old@example.org"].Text, "gehen nicht mehr an diese Adresse") || !strings.Contains(told["new@example.org"].Text, "von nun an an diese Adresse") {
			t.Errorf("old:\n%s\nnew:\n%s", told["old@example.org"].Text, told["new@example.org"].Text)
		}
		h.must(b.setAddress(""))
		if got := b.addresses(); got != [2]string{} {
			t.Errorf("after clearing: %q", got)
		}
		told = next(2)
		for _, address := range []string{"old@example.org", "new@example.org"} {
			if !strings.Contains(told[address].Text, "Kopien kommen bis") {
				t.Errorf("%s:\n%s", address, told[address].Text)
			}
		}
	}, withMail)
}

func TestFiveWrongAddressCodes(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(h *kit) {
		came := len(server.Mails())
		h.post(server)
		b := signedInAnna(h)
		h.must(b.setAddress("anna@example.org"))
		code := codeIn(t, server.WaitMails(came + 1)[came])
		for left := 4; left >= 0; left-- {
			if e := h.refused(b.confirmAddress(another(code)), apperr.CodeWrong); *e.TriesLeft != left {
				t.Errorf("%d tries left, want %d", *e.TriesLeft, left)
			}
		}
		h.refused(b.confirmAddress(code), apperr.AddressCodeEnded)
		h.must(b.setAddress("anna@example.org"))
		fresh := codeIn(t, server.WaitMails(came + 2)[came+1])
		h.refused(b.confirmAddress(code), apperr.CodeWrong)
		h.must(b.confirmAddress(fresh))
	}, withMail)
}

func TestAddressCodeExpires(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(h *kit) {
		came := len(server.Mails())
		h.post(server)
		b := signedInAnna(h)
		h.must(b.setAddress("anna@example.org"))
		code := codeIn(t, server.WaitMails(came + 1)[came])
		h.clock.move(notify.CodeTime)
		h.refused(b.confirmAddress(code), apperr.AddressCodeEnded)
		if got := b.addresses(); got != [2]string{"", "anna@example.org"} {
			t.Errorf("addresses %q", got)
		}
		h.refused(b.setAddress("anna@example.org"), apperr.StepUpOwed)
	}, withMail)
}

// Somebody else's code, session or step-up moves nothing.
func TestAddressOfAnotherAccount(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(h *kit) {
		came := len(server.Mails())
		h.post(server)
		b := signedInAnna(h)
		h.addUser("eve")
		eve := h.browser()
		eve.signIn("eve", goodPassword)
		h.must(b.setAddress("anna@example.org"))
		code := codeIn(t, server.WaitMails(came + 1)[came])
		h.refused(eve.confirmAddress(code), apperr.AddressCodeEnded)
		h.must(eve.setAddress("anna@example.org"))
		h.refused(eve.confirmAddress(code), apperr.CodeWrong)
		h.clock.move(session.FactorFreshness + time.Second)
		h.refused(b.setAddress("other@example.org"), apperr.StepUpOwed)
		h.must(b.confirmAddress(code)) // the step-up was for asking
		h.refused(h.ConfirmNoticeAddress(h.ctx, h.browser().caller(), code), apperr.SignedOut)
	}, withMail)
}

func TestTooManyAddressCodes(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		for range 5 {
			h.must(b.setAddress("anna@example.org"))
		}
		if e := h.refused(b.setAddress("anna@example.org"), apperr.MailWait); e.Wait <= 0 || e.Wait > time.Hour {
			t.Errorf("wait is %v", e.Wait)
		}
	}, withMail)
}

// Without mail an address is kept as it is; once there is mail it has to be
// confirmed before it gets anything.
func TestAddressWithoutMail(t *testing.T) {
	each(t, func(h *kit) {
		b := signedInAnna(h)
		h.must(b.setAddress("anna@example.org"))
		if got := b.addresses(); got != [2]string{"anna@example.org", ""} {
			t.Errorf("without mail: %q", got)
		}
		h.Mail = true
		if got := b.addresses(); got != [2]string{"", "anna@example.org"} {
			t.Errorf("with mail: %q", got)
		}
		h.must(b.setAddress("anna@example.org")) // asks for its code
		h.must(b.setAddress(""))
		if got := b.addresses(); got != [2]string{} {
			t.Errorf("cleared: %q", got)
		}
		h.refused(b.confirmAddress("0000-0000"), apperr.AddressCodeEnded)
	})
}

// What became of a mail stands in the person's trail.
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

// A server that takes connections and never answers holds up no request.
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

// A whole life of an account, with everything secret known: no mail holds any
// of it, nor what the browser calls itself. The one code in a mail is the one
// that confirms its address.
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
		h.must(b.enable(p.code(0)))
		stranger := h.unknownBrowser(1)
		stranger.client.UserAgent = canaryAgent
		stranger.signIn("anna", newPassword)
		h.refused(stranger.verify(p.wrong()), apperr.CodeWrong)
		h.must(second(h.ResetTwoFactor(h.ctx, "anna", auth.Reset{KeepPassword: true})))
		h.must(second(h.SetPassword(h.ctx, "anna", goodPassword)))
		h.must(second(h.DisableAccount(h.ctx, "anna")))
		h.must(second(h.EnableAccount(h.ctx, "anna")))
		for name, token := range map[string]string{"session": b.tokens.Session, "device": b.tokens.Device, "pending": stranger.tokens.Pending} {
			note(name, token)
		}

		// The code, the address, key bound, codes, password, backup code, pause,
		// enable, the stranger, and four by the operator.
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

// checkMail wants a mail without any of the secrets, without a code but the one
// that confirms the address, and without a link but that of the product.
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

// The code in a mail says whose address it is and nothing else: it is no second
// factor and no password (standards D12).
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
