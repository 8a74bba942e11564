package notify

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/database"
	"imagemaster/backend/testmail"
)

// giveLink stores a link of an account, mails it as the use cases do, and returns its
// token.
func (o *kit) giveLink(a *account.Account, kind Kind, change ...func(*LinkMail)) string {
	o.Helper()
	l := LinkMail{AccountID: a.ID, Kind: kind, Recipient: a.Username + "@example.org", Language: English, Username: a.Username, Actor: "helga",
		Salt: NewSalt(), At: o.clock.now(), EndsAt: o.clock.now().Add(time.Hour)}
	for _, c := range change {
		c(&l)
	}
	token := NewLinks(o.ring).Token(a.ID, l.Salt)
	o.tx(func(tx *database.Tx) error {
		link := account.Link{AccountID: a.ID, Kind: account.Invitation, Epoch: 1, CreatedAt: l.At.UnixMilli(), ExpiresAt: l.EndsAt.UnixMilli()}
		if err := account.ReplaceLinks(o.Context(), tx, []account.Link{link}, []string{token}); err != nil {
			return err
		}
		return SendLinks(o.Context(), tx, l)
	})
	return token
}

var mailedLink = regexp.MustCompile(`https://sign-in\.example/welcome#([A-Za-z0-9_-]+)`)

// The link in the mail is the one that the account has. The database and the log hold
// it nowhere, before and after the mail is sent.
func TestTheMailedLinkWorksAndIsNotStored(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(o *kit) {
		for _, kind := range []Kind{InvitationMail, PasswordLinkMail} {
			came := len(server.Mails())
			token := o.giveLink(o.ada, kind)
			o.wantNowhere(token)
			o.send(o.courier(server))
			m := server.WaitMails(came + 1)[came]
			for name, form := range map[string]string{"text": m.Text, "HTML": m.HTML} {
				found := mailedLink.FindStringSubmatch(form)
				if found == nil {
					t.Fatalf("%s: no link in the %s:\n%s", kind, name, form)
				}
				if l, err := account.LinkByToken(t.Context(), o.db.Read(t.Context()), found[1]); err != nil || l.AccountID != o.ada.ID {
					t.Errorf("%s: the link of the %s is of %+v, %v", kind, name, l, err)
				}
			}
			if m.To != "ada@example.org" || strings.Contains(m.Subject, token) {
				t.Errorf("%s to %s: %q", kind, m.To, m.Subject)
			}
			o.wantNowhere(token)
		}
		if _, err := account.LinkByToken(t.Context(), o.db.Read(t.Context()), NewLinks(o.ring).Token(o.ada.ID, NewSalt())); err == nil {
			t.Error("a token with another salt works")
		}
	})
}

// wantNowhere checks that no row of any table holds a token, and that the log does not.
func (o *kit) wantNowhere(token string) {
	o.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(token)
	o.must(err)
	if len(raw) != 32 {
		o.Fatalf("%q is no token", token)
	}
	tables, err := o.db.Read(o.Context()).Migrator().GetTables()
	o.must(err)
	read := 0
	for _, table := range tables {
		if table == "goose_db_version" { // it is of the library for migrations
			continue
		}
		var rows []map[string]any
		o.must(o.db.Read(o.Context()).Table(table).Find(&rows).Error)
		for _, row := range rows {
			for column, value := range row {
				if text := fmt.Sprintf("%s", value); strings.Contains(text, token) || strings.Contains(text, string(raw)) {
					o.Errorf("%s.%s holds the token", table, column)
				}
			}
			read++
		}
	}
	if read < 3 { // the account, its link and the mail
		o.Errorf("only %d rows were read", read)
	}
	if strings.Contains(o.logged(), token) {
		o.Errorf("the log holds the token:\n%s", o.logged())
	}
}

// A link that has ended is not mailed any more, not even a millisecond late.
func TestALinkIsNotMailedAfterItsEnd(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(o *kit) {
		came := len(server.Mails())
		o.giveLink(o.ada, PasswordLinkMail)
		o.clock.move(time.Hour)
		o.send(o.courier(server))
		o.checkGivenUp(ReasonTooLate, 1)

		o.giveLink(o.ada, InvitationMail)
		o.clock.move(time.Hour - time.Millisecond)
		o.send(o.courier(server))
		if mails := server.WaitMails(came + 1); len(mails) != came+1 || mails[came].Subject != "ImageMaster: Your account is ready" {
			t.Errorf("%d mails came, want the second only", len(mails)-came)
		}
	})
}

// waiting returns whose mails wait to be sent, with their kinds.
func (o *kit) waiting() []string {
	o.Helper()
	var all []string
	for _, m := range o.mails() {
		if m.NextTryAt != 0 {
			all = append(all, m.Username+" "+string(m.Kind))
		}
	}
	slices.Sort(all)
	return all
}

func (o *kit) wantWaiting(what string, want ...string) {
	o.Helper()
	if got := o.waiting(); !slices.Equal(got, want) {
		o.Errorf("%s: %q wait, want %q", what, got, want)
	}
}

// An account has one link. With a new one, or when it ends, its mail that was not sent
// yet is given up, and no other one is.
func TestANewLinkGivesUpTheMailOfTheFormer(t *testing.T) {
	each(t, func(o *kit) {
		otto := o.addAccount("otto")
		o.confirm("ada@example.org", "")
		o.notify(KeyBound)
		o.request("new@example.org", "")
		o.giveLink(otto, InvitationMail)
		others := []string{" address_code", "ada key_bound", "otto invitation_mail"}
		o.wantWaiting("before", others...)
		with := func(own string) []string {
			all := append(slices.Clone(others), own)
			slices.Sort(all)
			return all
		}
		o.giveLink(o.ada, InvitationMail)
		o.wantWaiting("the first", with("ada invitation_mail")...)
		first := o.last()
		o.giveLink(o.ada, InvitationMail)
		o.wantWaiting("reissued", with("ada invitation_mail")...)
		if o.last().ID == first.ID {
			t.Error("the mail of the former link waits")
		}
		o.giveLink(o.ada, PasswordLinkMail)
		o.wantWaiting("of another kind", with("ada password_link_mail")...)
		o.tx(func(tx *database.Tx) error { return EndLinkMails(t.Context(), tx, o.ada.ID) })
		o.wantWaiting("ended", others...)
	})
}

// A link ends while a courier tries to send its mail: the mail is not tried again.
func TestAMailInFlightIsNotTriedAgainAfterItsLinkEnded(t *testing.T) {
	server := testmail.Start(t, testmail.Options{Refuse: "451 4.3.0 try again later"})
	each(t, func(o *kit) {
		o.giveLink(o.ada, InvitationMail)
		found, err := findDue(t.Context(), o.db.Read(t.Context()), o.clock.now())
		o.must(err)
		var m *mail
		o.tx(func(tx *database.Tx) (err error) {
			m, err = claim(t.Context(), tx, found[0], o.clock.now())
			return err
		})
		o.tx(func(tx *database.Tx) error { return EndLinkMails(t.Context(), tx, o.ada.ID) })
		o.must(o.courier(server).deliver(t.Context(), m))
		if got := o.last(); got.ID != m.ID || got.NextTryAt != 0 || got.Tries != 1 {
			t.Errorf("the mail is %+v", got)
		}
		if got := o.delivered(); len(got) != 0 {
			t.Errorf("its end is recorded twice: %+v", got)
		}
	})
}

// The mail of a link that has ended without it is not sent. While nobody knows whether
// the link works, the mail waits.
func TestTheMailOfAnEndedLinkIsNotSent(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(o *kit) {
		came := server.Connections()
		o.giveLink(o.ada, PasswordLinkMail)
		o.tx(func(tx *database.Tx) error { return account.EndLink(t.Context(), tx, o.ada.ID) })
		o.send(o.courier(server, func(d *CourierDeps) {
			d.LinkWorks = func(context.Context, string) (bool, error) { return false, errors.New("the database is away") }
		}))
		if got := o.last(); got.NextTryAt == 0 {
			t.Error("the mail was given up although the link may work")
		}
		o.clock.move(firstWait)
		o.send(o.courier(server))
		if got := o.delivered(); len(got) != 1 || got[0].Sent || got[0].Reason != ReasonTooLate {
			t.Errorf("the delivery is %+v", got)
		}
		if n := server.Connections(); n != came {
			t.Errorf("%d tries to send it", n-came)
		}
	})
}

// Mails take turns by kind and by who acted. However many of one kind wait, to one
// account or to many, the first of another kind or of another person is sent soon.
func TestKindsOfMailsTakeTurns(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(o *kit) {
		came := len(server.Mails())
		o.confirm("ada@example.org", "")
		for i := range 25 { // as an import does
			o.giveLink(o.addAccount(fmt.Sprintf("guest%d", i)), InvitationMail)
		}
		o.clock.move(time.Millisecond)
		for range 3 {
			o.notify(SessionsEnded)
		}
		o.notify(SessionsEnded, func(n *Notice) { n.Actor = "otto" })
		o.clock.move(time.Millisecond)
		o.giveLink(o.ada, PasswordLinkMail)
		o.send(o.courier(server))
		var first []string
		for _, m := range server.WaitMails(came + 30)[came:][:4] {
			first = append(first, m.Subject)
		}
		want := []string{"Your account is ready", "The operator ended your sessions", "otto ended your sessions", "Set a new password"}
		for i, subject := range first {
			if !strings.Contains(subject, want[i]) {
				t.Errorf("mail %d is %q, want %q", i, subject, want[i])
			}
		}
	})
}

// A link goes to one address only. Former addresses get copies of notices, never of
// links, and neither does the address for notices.
func TestNoCopyOfALink(t *testing.T) {
	each(t, func(o *kit) {
		o.confirm("old@example.org", "")
		o.confirm("notices@example.org", "")
		for _, kind := range []Kind{InvitationMail, PasswordLinkMail} {
			before := len(o.mails())
			o.giveLink(o.ada, kind)
			mails := o.mails()[before:]
			if len(mails) != 1 || mails[0].Recipient != "ada@example.org" || mails[0].CopyUntil != 0 {
				t.Errorf("%s goes to %+v", kind, mails)
			}
		}
		before := len(o.mails())
		o.notify(LinkGiven) // that there is a link is told to both
		var to []string
		for _, m := range o.mails()[before:] {
			to = append(to, m.Recipient)
			if len(m.CodeSalt) != 0 {
				t.Errorf("the notice to %s has the salt of a link", m.Recipient)
			}
		}
		slices.Sort(to)
		if !slices.Equal(to, []string{"notices@example.org", "old@example.org"}) {
			t.Errorf("the notice goes to %v", to)
		}
	})
}

// The last mail about an account that is deleted in the same transaction comes to all
// addresses, and is shown nowhere.
func TestTheLastMailOfADeletedAccount(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(o *kit) {
		came := len(server.Mails())
		o.confirm("old@example.org", "")
		o.confirm("ada@example.org", "")
		o.tx(func(tx *database.Tx) error {
			n := Notice{AccountID: o.ada.ID, Kind: AccountDeleted, At: start.UnixMilli(), Actor: "helga"}
			if err := NotifyByMail(t.Context(), tx, n, Reader{Username: "ada", Language: German}); err != nil {
				return err
			}
			return account.Delete(t.Context(), tx, o.ada)
		})
		o.send(o.courier(server))
		var to []string
		for _, m := range server.WaitMails(came + 2)[came:] {
			to = append(to, m.To)
			if m.Subject != "ImageMaster: helga hat Ihr Konto gelöscht" || !strings.Contains(m.Text, "Konto: ada\n") || !strings.Contains(m.Text, "Wer: helga\n") {
				t.Errorf("%q says:\n%s", m.Subject, m.Text)
			}
		}
		slices.Sort(to)
		if !slices.Equal(to, []string{"ada@example.org", "old@example.org"}) {
			t.Errorf("mails came to %v", to)
		}
		var notices int64
		o.must(o.db.Read(t.Context()).Model(&Notice{}).Count(&notices).Error)
		if notices != 0 {
			t.Errorf("%d notices are stored", notices)
		}
	})
}

// An import mails many links at once, each to its person.
func TestManyLinksAreMailedAtOnce(t *testing.T) {
	each(t, func(o *kit) {
		links := make([]LinkMail, 250)
		for i := range links {
			links[i] = LinkMail{AccountID: int64(1000 + i), Kind: InvitationMail, Recipient: fmt.Sprintf("p%d@example.org", i), Language: "xx",
				Username: fmt.Sprint("p", i), Salt: NewSalt(), At: start, EndsAt: start.Add(time.Hour)}
		}
		o.tx(func(tx *database.Tx) error { return SendLinks(t.Context(), tx, links...) })
		references := map[string]bool{}
		for i, m := range o.mails() {
			want := links[i]
			if m.AccountID != want.AccountID || m.Recipient != want.Recipient || m.Username != want.Username || string(m.CodeSalt) != string(want.Salt) ||
				m.CodeExpiresAt != want.EndsAt.UnixMilli() || m.NextTryAt != start.UnixMilli() || m.Language != English || references[m.Reference] {
				t.Fatalf("mail %d is %+v", i, m)
			}
			references[m.Reference] = true
		}
		if len(references) != 250 {
			t.Errorf("%d mails wait, want 250", len(references))
		}
		o.tx(func(tx *database.Tx) error { return SendLinks(t.Context(), tx) }) // where mail is not set up
	})
}
