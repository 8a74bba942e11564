package people_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/audit"
	"imagemaster/backend/auth"
	"imagemaster/backend/notify"
	"imagemaster/backend/people"
	"imagemaster/backend/testmail"
)

func withMail(d *auth.Deps) { d.Mail = true }

// post sends the mails of the queue to a server until the test ends.
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

var mailedLink = regexp.MustCompile(`https://sign-in\.example/welcome#([A-Za-z0-9_-]{43})\b`)

// tokenIn returns the token of the link in a mail.
func tokenIn(t *testing.T, m testmail.Mail) string {
	t.Helper()
	found := mailedLink.FindStringSubmatch(m.Text)
	if found == nil {
		t.Fatalf("no link in:\n%s", m.Text)
	}
	return found[1]
}

// lacksToken checks that neither the database nor an event holds a token, in no form
// but its SHA-256.
func (h *kit) lacksToken(token string) {
	h.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(token)
	h.must(err)
	dump := string(h.dump())
	for form, text := range map[string]string{"as it is": token, "in bytes": string(raw), "in hex": hex.EncodeToString(raw),
		"in base64": base64.RawStdEncoding.EncodeToString(raw)} {
		if strings.Contains(dump, text) {
			h.Errorf("the database holds a token %s", form)
		}
	}
}

// Where mail is set up, a link goes to the person's e-mail address and to nobody else.
func TestALinkIsMailedAndNotShown(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(h *kit) {
		came := len(server.Mails())
		root := h.protected("root", account.Administrator)
		root.prove()
		id, link, err := h.Invite(h.ctx, root.by(), people.Invitation{Username: "anna", Email: "Anna@example.org", Lifetime: oneWeek, Language: "de"})
		h.must(err)
		if link.Token != "" || link.MailedTo != "Anna@example.org" || !link.EndsAt.Equal(h.clock.Now().Add(oneWeek)) {
			t.Errorf("the one who invites gets %+v", link)
		}
		if got := h.mails(); !slices.Equal(got, []string{"invitation_mail Anna@example.org root"}) {
			t.Errorf("the mails are %q", got)
		}
		h.post(server)
		m := server.WaitMails(came + 1)[came]
		if m.To != "Anna@example.org" || !strings.Contains(m.Text, "anna") || strings.Contains(m.Text, "http://") {
			t.Errorf("the mail is to %q:\n%s", m.To, m.Text)
		}
		token := tokenIn(t, m)
		h.lacksToken(token)
		p := h.at("anna", id)
		h.must(p.useLink(token, goodPassword))

		root.prove()
		link, err = h.GivePasswordLink(h.ctx, root.by(), id, "en")
		h.must(err)
		if link.Token != "" || link.MailedTo != "Anna@example.org" {
			t.Errorf("the one who helps gets %+v", link)
		}
		m = server.WaitMails(came + 2)[came+1]
		again := tokenIn(t, m)
		if again == token {
			t.Error("two links are one")
		}
		h.lacksToken(again)
		h.must(second(h.UseLink(h.ctx, &auth.Caller{}, again, newPassword)))
	}, withMail)
}

// Without an e-mail address a link is shown also where mail is set up, and where no mail
// is set up it is shown to everybody with an address, too.
func TestALinkThatCannotBeMailedIsShown(t *testing.T) {
	for _, c := range []struct {
		mail  bool
		email string
	}{{true, ""}, {false, ""}, {false, "anna@example.org"}} {
		each(t, func(h *kit) {
			_, link, err := h.Invite(h.ctx, auth.Operator, people.Invitation{Username: "anna", Email: c.email, Lifetime: oneWeek, Language: "en"})
			h.must(err)
			if len(link.Token) != 43 || link.MailedTo != "" || len(h.mails()) != 0 {
				t.Errorf("mail %v, address %q: %+v", c.mail, c.email, link)
			}
			h.lacksToken(link.Token)
		}, func(d *auth.Deps) { d.Mail = c.mail })
	}
}

// The mail with a link is given up when the link ends before it was sent.
func TestTheMailOfAnEndedLinkIsNotSent(t *testing.T) {
	for what, end := range map[string]func(h *kit, id int64) error{
		"disabled": func(h *kit, id int64) error { return h.Disable(h.ctx, auth.Operator, id) },
		"renamed": func(h *kit, id int64) error {
			return h.Rename(h.ctx, auth.Operator, id, people.Names{Username: "hannah"})
		},
		"another address":      func(h *kit, id int64) error { return h.SetEmail(h.ctx, auth.Operator, id, "new@example.org") },
		"no address":           func(h *kit, id int64) error { return h.SetEmail(h.ctx, auth.Operator, id, "") },
		"deleted":              func(h *kit, id int64) error { return h.Service.Delete(h.ctx, auth.Operator, id, "anna", false) },
		"a password was set":   func(h *kit, _ int64) error { return second(h.SetPassword(h.ctx, "anna", newPassword)) },
		"a backup is restored": func(h *kit, _ int64) error { return h.EndRestored(h.ctx, auth.Restored{}) },
	} {
		t.Run(what, func(t *testing.T) {
			each(t, func(h *kit) {
				id, _, err := h.Invite(h.ctx, auth.Operator, people.Invitation{Username: "anna", Email: "anna@example.org", Lifetime: oneWeek, Language: "en"})
				h.must(err)
				if len(h.mails()) != 1 {
					t.Fatalf("the mails are %q", h.mails())
				}
				h.must(end(h, id))
				if got := h.mails(); len(got) != 0 {
					t.Errorf("still waiting: %q", got)
				}
			}, withMail)
		})
	}
	each(t, func(h *kit) { // and of the former link
		id, _, err := h.Invite(h.ctx, auth.Operator, people.Invitation{Username: "anna", Email: "anna@example.org", Lifetime: oneWeek, Language: "en"})
		h.must(err)
		h.must(second(h.Reinvite(h.ctx, auth.Operator, id, oneWeek, "en")))
		if got := h.mails(); len(got) != 1 {
			t.Errorf("waiting: %q", got)
		}
	}, withMail)
}

// A link ends with the role of its giver, and its mail is not sent. The next one is.
func TestTheMailOfALinkWithoutItsGiverIsNotSent(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(h *kit) {
		came := len(server.Mails())
		h.protected("root", account.Administrator)
		giver := h.protected("giver", account.Administrator)
		invite := func(by auth.Actor, name string) {
			_, _, err := h.Invite(h.ctx, by, people.Invitation{Username: name, Email: name + "@example.org", Lifetime: oneWeek, Language: "en"})
			h.must(err)
		}
		giver.prove()
		invite(giver.by(), "anna")
		h.must(h.SetRole(h.ctx, auth.Operator, giver.id, account.Person, false))
		invite(auth.Operator, "bert")
		h.post(server)
		if m := server.WaitMails(came + 1)[came]; m.To != "bert@example.org" {
			t.Errorf("a mail to %s", m.To)
		}
		h.lacksMail("anna@example.org")
	}, withMail)
}

// lacksMail checks that no mail to an address waits, and that its end was recorded.
func (h *kit) lacksMail(address string) {
	h.Helper()
	for _, waiting := range h.mails() {
		if strings.Contains(waiting, address) {
			h.Errorf("still waiting: %s", waiting)
		}
	}
	if !slices.ContainsFunc(h.events(), func(e audit.Event) bool {
		return e.Kind == audit.NotificationFailed && e.Reason == notify.ReasonTooLate
	}) {
		h.Error("the end of the mail was not recorded")
	}
}
