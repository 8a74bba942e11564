package auth_test

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/auth"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
	"imagemaster/backend/testmail"
)

func withMail(d *auth.Deps) { d.Mail = true }

// post runs a courier that hands mails to a server until the test ends.
func (h *kit) post(to *testmail.Server) {
	h.Helper()
	c := notify.NewCourier(notify.CourierDeps{
		DB: h.db, Keys: h.ring, Now: h.clock.Now, Log: slog.New(slog.DiscardHandler), Record: h.RecordDelivery, LinkWorks: h.LinkWorks, Poll: 5 * time.Millisecond,
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

// addresses returns the addresses that the settings show: in use, waiting.
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

// An address stays in use until the new one is confirmed. Then it is notified and
// gets copies of later notices.
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

// Parallel guesses get five tries together, and each guess is recorded.
func TestParallelAddressCodes(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(h *kit) {
		came := len(server.Mails())
		h.post(server)
		b := signedInAnna(h)
		h.must(b.setAddress("anna@example.org"))
		code := codeIn(t, server.WaitMails(came + 1)[came])
		caller, before := b.caller(), len(h.events())
		answers := make([]error, 20)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() { answers[i] = h.ConfirmNoticeAddress(h.ctx, caller, another(code)) })
		}
		all.Wait()
		left, ended := map[int]bool{}, 0
		for _, err := range answers {
			var told *apperr.Error
			if !errors.As(err, &told) {
				t.Fatalf("answered %v", err)
			}
			switch told.Code {
			case apperr.CodeWrong:
				left[*told.TriesLeft] = true
			case apperr.AddressCodeEnded:
				ended++
			default:
				t.Errorf("answered %v", err)
			}
		}
		if len(left) != 5 || ended != 15 {
			t.Errorf("tries left: %v, refused %d", left, ended)
		}
		wrong, denied := 0, 0
		for _, brief := range briefs(h.events()[before:]) {
			switch brief {
			case "notice_address_code failed wrong":
				wrong++
			case "notice_address_code denied too_many":
				denied++
			case "notification_sent ok": // the courier's, for the mail with the code
			default:
				t.Errorf("recorded %s", brief)
			}
		}
		if wrong != 5 || denied != 15 {
			t.Errorf("recorded %d wrong codes and %d refusals", wrong, denied)
		}
		h.refused(b.confirmAddress(code), apperr.AddressCodeEnded)
	}, withMail)
}

// A session that has ended neither confirms an address nor uses up a try.
func TestAddressCodeOfAnEndedSession(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(h *kit) {
		came := len(server.Mails())
		h.post(server)
		b := signedInAnna(h)
		h.must(b.setAddress("anna@example.org"))
		code := codeIn(t, server.WaitMails(came + 1)[came])
		ended := b.caller()
		b.signOut()
		for _, typed := range []string{another(code), code} {
			h.refused(h.ConfirmNoticeAddress(h.ctx, ended, typed), apperr.SignedOut)
		}
		b.signIn("anna", goodPassword)
		if got := b.addresses(); got != [2]string{"", "anna@example.org"} {
			t.Errorf("addresses %q", got)
		}
		if e := h.refused(b.confirmAddress(another(code)), apperr.CodeWrong); *e.TriesLeft != 4 {
			t.Errorf("%d tries left, want 4", *e.TriesLeft)
		}
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
		h.clock.move(30 * time.Minute)
		h.refused(b.confirmAddress(code), apperr.AddressCodeEnded)
		if got := b.addresses(); got != [2]string{"", "anna@example.org"} {
			t.Errorf("addresses %q", got)
		}
		h.refused(b.setAddress("anna@example.org"), apperr.StepUpOwed)
	}, withMail)
}

// Another account's code or session changes no address.
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

// Without a mail server an address is stored as it is. With one it must be
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
