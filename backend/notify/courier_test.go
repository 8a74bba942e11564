package notify

import (
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"imagemaster/backend/crockford"
	"imagemaster/backend/database"
	"imagemaster/backend/testdb"
	"imagemaster/backend/testmail"
)

// noNotices are the kinds of mails that nobody is notified with.
var noNotices = []Kind{AddressCode, InvitationMail, PasswordLinkMail, AccountDeleted, PolicyReminder, ExceptionEnding, KeyReminder, KeyExceptionEnding}

// Every kind of notice is mailed in both languages and both forms.
func TestDelivery(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(o *kit) {
		came := len(server.Mails())
		kinds := slices.DeleteFunc(kindsInSource(t), func(k Kind) bool { return slices.Contains(noNotices, k) })
		want := map[string]bool{}
		names := strings.NewReplacer("{who}", "helga", "{subject}", "bob")
		for _, language := range []string{English, German} {
			o.confirm("ada@example.org", language)
			for _, kind := range kinds {
				o.notify(kind, func(n *Notice) {
					if slices.Contains(byOthers, kind) {
						n.Actor, n.Address, n.UserAgent = "helga", "", ""
					}
					n.Subject, n.Detail = "bob", "helper"
					if slices.Contains(ofKeys, kind) {
						n.Detail = "passkey:Vault"
					}
				})
				title := names.Replace(texts[language].kinds[kind].title)
				want["ImageMaster: "+strings.Replace(title, "{detail}", map[string]string{English: "The passkey “Vault”", German: "Der Passkey „Vault“"}[language], 1)] = true
			}
			o.clock.move(time.Hour) // PasswordKnown is mailed once an hour
		}
		o.send(o.courier(server))
		mails := server.WaitMails(came + len(want))[came:]
		for _, m := range mails {
			if !want[m.Subject] {
				t.Errorf("%q came twice or should not have come", m.Subject)
			}
			delete(want, m.Subject)
			checkMail(t, m)
		}
		if len(want) != 0 || len(o.unsent()) != 0 {
			t.Errorf("did not come: %v; wait: %v", want, o.unsent())
		}
		checkSent(t, o, len(mails))
	})
}

// checkMail checks what holds for every notice of these tests.
func checkMail(t *testing.T, m testmail.Mail) {
	t.Helper()
	if m.To != "ada@example.org" || m.EnvelopeTo != "[ada@example.org]" || m.From.Name != "ImageMaster" || m.From.Address != sender || !m.Secure {
		t.Errorf("mail is %+v", m)
	}
	if m.Header.Get("Auto-Submitted") != "auto-generated" || !strings.HasSuffix(m.Header.Get("Message-Id"), "@sign-in.example>") {
		t.Errorf("headers are %v", m.Header)
	}
	title := strings.TrimPrefix(m.Subject, "ImageMaster: ")
	for _, form := range []string{m.Text, m.HTML} {
		from := []string{"192.0.2.7", "Firefox", "Windows"}
		switch {
		case strings.Contains(title, "helga"):
			from = []string{"Who", "helga"}
			if m.Header.Get("Content-Language") == German {
				from[0] = "Wer"
			}
		case strings.HasPrefix(title, "bob"):
			from = nil // who it was is in the title
		}
		for _, part := range append(from, title, "ada", "14:00 UTC", "help@example.org, room 7", "https://sign-in.example") {
			if !strings.Contains(form, part) && (part != "14:00 UTC" || !strings.Contains(form, "15:00 UTC")) {
				t.Errorf("%s: no %q in:\n%s", m.Subject, part, form)
			}
		}
	}
	if strings.Contains(m.Raw, "Mozilla") || strings.Contains(m.Raw, "Gecko") {
		t.Errorf("the raw text of the browser is in:\n%s", m.Raw)
	}
}

// checkSent checks that so many mails were sent, each once.
func checkSent(t *testing.T, o *kit, sent int) {
	t.Helper()
	seen := map[int64]bool{}
	for _, d := range o.delivered() {
		if seen[d.MailID] || !d.Sent || d.Reason != "" || d.AccountID != o.ada.ID {
			t.Errorf("delivery is %+v", d)
		}
		seen[d.MailID] = true
	}
	if len(seen) != sent {
		t.Errorf("%d deliveries are recorded, want %d", len(seen), sent)
	}
}

func TestCodeMail(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(o *kit) {
		came := len(server.Mails())
		o.request("ada@example.org", German)
		code := crockford.Format(o.rightCode())
		o.send(o.courier(server))
		m := server.WaitMails(came + 1)[came]
		if m.To != "ada@example.org" || !strings.Contains(m.Text, code) || !strings.Contains(m.HTML, code) || strings.Contains(m.Subject, code) {
			t.Errorf("no %s in:\n%s", code, m.Text)
		}
		if !strings.Contains(m.Text, "23.11.2026, 14:30 UTC") {
			t.Errorf("does not say when the code ends:\n%s", m.Text)
		}
		// The owner of a mistyped address learns nothing about the account.
		if strings.Contains(m.Raw, "ada ") || strings.Contains(m.Text, "192.0.2.7") || strings.Contains(o.logged(), code) {
			t.Errorf("tells too much:\n%s", m.Raw)
		}
	})
}

// The mails about an account are sent after it was deleted, to each address that
// gets them.
func TestMailsSurviveTheirAccount(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(o *kit) {
		came := len(server.Mails())
		o.confirm("old@example.org", "")
		o.confirm("ada@example.org", "")
		o.notify(OperatorDisabled)
		o.tx(func(tx *database.Tx) error { return tx.Exec("DELETE FROM accounts WHERE id = ?", o.ada.ID).Error })
		o.send(o.courier(server))
		var to []string
		for _, m := range server.WaitMails(came + 2)[came:] {
			to = append(to, m.To)
			if !strings.Contains(m.Text, "Account: ada\n") || !strings.Contains(m.Text, "23 November 2026, 14:00 UTC") {
				t.Errorf("the mail to %s says:\n%s", m.To, m.Text)
			}
		}
		slices.Sort(to)
		if !slices.Equal(to, []string{"ada@example.org", "old@example.org"}) {
			t.Errorf("mails came to %v", to)
		}
		checkSent(t, o, 2)
		for _, table := range []string{"notices", "notice_addresses", "former_notice_addresses"} {
			var rows int64
			o.must(o.db.Read(t.Context()).Table(table).Count(&rows).Error)
			if rows != 0 {
				t.Errorf("%s still holds %d rows of the account", table, rows)
			}
		}
	})
}

// Four couriers work in parallel, each with its own handle: every mail comes
// once.
func TestCouriersShareTheQueue(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		options := testdb.Options(t, engine)
		db := testdb.Open(t, options)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		o := newKit(t, db)
		came := len(server.Mails())
		o.confirm("ada@example.org", "")
		const mails = 40
		for range mails {
			o.notify(KeyBound)
		}
		var all sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			handle := testdb.Open(t, options)
			c := o.courier(server, func(d *CourierDeps) { d.DB = handle })
			all.Go(func() { errs[i] = c.deliverDue(t.Context()) })
		}
		all.Wait()
		o.must(cmp.Or(errs...))
		ids := map[string]bool{}
		for _, m := range server.WaitMails(came + mails)[came:] {
			ids[m.Header.Get("Message-Id")] = true
		}
		if n := len(server.Mails()) - came; n != mails || len(ids) != mails {
			t.Errorf("%d mails came, %d different ones, want %d", n, len(ids), mails)
		}
		checkSent(t, o, mails)
	})
}

// A process is killed after its claim and before the mail is sent: another one
// sends the mail when the claim has ended, and not before.
func TestKilledCourier(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		options := testdb.Options(t, engine)
		db := testdb.Open(t, options)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		o := newKit(t, db)
		o.confirm("ada@example.org", "")
		o.notify(KeyBound)

		silent := testmail.Start(t, testmail.Options{Silent: true})
		text, err := json.Marshal(job{Database: options, Ring: o.ringPath, Port: silent.Port})
		o.must(err)
		doomed := exec.Command(os.Args[0])
		doomed.Env = append(os.Environ(), jobVariable+"="+string(text))
		doomed.Stderr = os.Stderr
		o.must(doomed.Start())
		silent.WaitConnections(1)
		o.must(doomed.Process.Kill())
		_ = doomed.Wait() // says that it was killed

		server := testmail.Start(t, testmail.Options{})
		c := o.courier(server)
		o.clock.move(claimTime - time.Millisecond)
		o.send(c)
		if n := server.Connections(); n != 0 {
			t.Errorf("%d tries while the claim of another stands", n)
		}
		o.clock.move(time.Millisecond)
		o.send(c)
		o.send(c)
		if mails := server.WaitMails(1); len(mails) != 1 {
			t.Errorf("%d mails came", len(mails))
		}
		checkSent(t, o, 1)
	})
}

// A courier whose claim has ended changes nothing: another one holds the mail.
func TestLateCourierChangesNothing(t *testing.T) {
	each(t, func(o *kit) {
		o.confirm("ada@example.org", "")
		o.notify(KeyBound)
		c := o.courier(testmail.Start(t, testmail.Options{}))
		found, err := findDue(t.Context(), o.db.Read(t.Context()), o.clock.now())
		o.must(err)
		var late *mail
		o.tx(func(tx *database.Tx) (err error) {
			late, err = claim(t.Context(), tx, found[0], o.clock.now())
			return err
		})
		o.clock.move(claimTime)
		o.send(c)
		o.must(c.store(t.Context(), late, false, ReasonRejected))
		checkSent(t, o, 1)
	})
}

// Run reads the queue by itself. It ends soon although the mail server does not
// answer.
func TestRunEndsWithASilentServer(t *testing.T) {
	o := newKit(t, testdb.New(t, testdb.SQLite))
	silent := testmail.Start(t, testmail.Options{Silent: true})
	o.confirm("ada@example.org", "")
	stop := o.run(o.courier(silent))
	o.notify(KeyBound)
	silent.WaitConnections(1)
	began := time.Now()
	stop()
	if took := time.Since(began); took > 2*graceTime {
		t.Errorf("stopping took %v", took)
	}
	if m := o.last(); m.NextTryAt != start.Add(firstWait).UnixMilli() {
		t.Errorf("the mail waits for %d: %+v", m.NextTryAt, m)
	}
}

// The queue cannot be read for a while: the courier logs it and goes on.
func TestRunOutlastsTheDatabase(t *testing.T) {
	options := testdb.Options(t, testdb.SQLite)
	db := testdb.Open(t, options)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	o := newKit(t, db)
	server := testmail.Start(t, testmail.Options{})
	o.confirm("ada@example.org", "")
	testdb.Exec(t, options, "ALTER TABLE mails RENAME TO elsewhere")
	stop := o.run(o.courier(server))
	defer stop()
	o.waitLogged("cannot be read")
	testdb.Exec(t, options, "ALTER TABLE elsewhere RENAME TO mails")
	o.notify(KeyBound)
	server.WaitMails(1)
}
