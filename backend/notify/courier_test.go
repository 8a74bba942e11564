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

// Every kind of mail in both languages, in both forms, through the whole way.
func TestDelivery(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(o *kit) {
		came := len(server.Mails())
		kinds := slices.DeleteFunc(kindsInSource(t), func(k Kind) bool { return k == AddressCode })
		want := map[string]bool{}
		for _, language := range []string{English, German} {
			o.confirmed("ada@example.org", language)
			for _, kind := range kinds {
				o.leave(kind)
				want["ImageMaster: "+texts[language].kinds[kind].title] = true
			}
			o.clock.move(time.Hour) // for the next one about strangers
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
		checkSettled(t, o, len(mails))
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
		for _, part := range []string{title, "ada", "192.0.2.7", "Firefox", "Windows", "14:00 UTC", "help@example.org, room 7", "https://sign-in.example"} {
			if !strings.Contains(form, part) && (part != "14:00 UTC" || !strings.Contains(form, "15:00 UTC")) {
				t.Errorf("%s: no %q in:\n%s", m.Subject, part, form)
			}
		}
	}
	if strings.Contains(m.Raw, "Mozilla") || strings.Contains(m.Raw, "Gecko") {
		t.Errorf("the raw text of the browser is in:\n%s", m.Raw)
	}
}

// checkSettled checks that so many mails have ended, each once, all sent.
func checkSettled(t *testing.T, o *kit, sent int) {
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
		o.ask("ada@example.org", German)
		code := crockford.Format(o.rightCode())
		o.send(o.courier(server))
		m := server.WaitMails(came + 1)[came]
		if m.To != "ada@example.org" || !strings.Contains(m.Text, code) || !strings.Contains(m.HTML, code) || strings.Contains(m.Subject, code) {
			t.Errorf("no %s in:\n%s", code, m.Text)
		}
		if !strings.Contains(m.Text, "23.11.2026, 14:30 UTC") {
			t.Errorf("does not say when the code ends:\n%s", m.Text)
		}
		// Whoever owns a mistyped address learns nothing about the account.
		if strings.Contains(m.Raw, "ada ") || strings.Contains(m.Text, "192.0.2.7") || strings.Contains(o.logged(), code) {
			t.Errorf("tells too much:\n%s", m.Raw)
		}
	})
}

// The server is down: the mail waits, longer after each try, and comes once
// when the server is back.
func TestServerDownThenBack(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	port := server.Port
	each(t, func(o *kit) {
		server.Stop()
		o.confirmed("ada@example.org", "")
		o.leave(KeyBound)
		down := o.courier(server)
		for tries := 1; tries <= 3; tries++ {
			o.send(down)
			all := o.queued()
			m := all[len(all)-1]
			if wait := time.UnixMilli(m.NextTryAt).Sub(o.clock.now()); m.Tries != tries || wait != waitAfter(tries) {
				t.Fatalf("after %d tries the next one is in %v: %+v", tries, wait, m)
			}
			o.clock.move(waitAfter(tries) - time.Millisecond)
			o.send(down)
			if all = o.queued(); all[len(all)-1].Tries != tries {
				t.Fatal("tried before its time")
			}
			o.clock.move(time.Millisecond)
		}
		if !strings.Contains(o.logged(), "a mail was not sent") || strings.Contains(o.logged(), "ada@example.org") {
			t.Errorf("the log says %s", o.logged())
		}
		server = testmail.Start(t, testmail.Options{Port: port})
		up := o.courier(server)
		o.send(up)
		server.WaitMails(1)
		o.clock.move(48 * time.Hour)
		o.send(up)
		if n := len(server.Mails()); n != 1 {
			t.Errorf("%d mails came, want 1", n)
		}
		checkSettled(t, o, 1)
	})
}

// Ten tries in a day, then it is given up and recorded as such.
func TestGivenUpAfterTenTries(t *testing.T) {
	server := testmail.Start(t, testmail.Options{Refuse: "451 4.3.0 try again later"})
	each(t, func(o *kit) {
		o.confirmed("ada@example.org", "")
		o.leave(KeyBound)
		c := o.courier(server)
		for tries := 1; tries < 10; tries++ {
			o.send(c)
			if got := o.unsent(); len(got) != 1 || len(o.delivered()) != 0 {
				t.Fatalf("after %d tries: %v wait, %v", tries, got, o.delivered())
			}
			o.clock.move(waitAfter(tries))
		}
		o.send(c)
		o.checkGivenUp(ReasonUndelivered, 10)
	})
}

// checkGivenUp checks that the one mail has ended unsent, and how.
func (o *kit) checkGivenUp(reason string, tries int) {
	o.Helper()
	got := o.delivered()
	if len(got) != 1 || got[0].Sent || got[0].Reason != reason || got[0].Tries != tries {
		o.Errorf("recorded %+v, want %s after %d", got, reason, tries)
	}
	all := o.queued()
	if m := all[len(all)-1]; m.NextTryAt != 0 || m.FailedAt != o.clock.now().UnixMilli() || m.SentAt != 0 {
		o.Errorf("mail is %+v", m)
	}
}

func TestNoSuchMailboxIsFinal(t *testing.T) {
	server := testmail.Start(t, testmail.Options{Refuse: "550 5.1.1 no such mailbox"})
	each(t, func(o *kit) {
		o.confirmed("ada@example.org", "")
		o.leave(KeyBound)
		o.send(o.courier(server))
		o.checkGivenUp(ReasonRejected, 1)
	})
}

// What nobody could send in time is no news any more, and no code is mailed
// after its end.
func TestTooLate(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(o *kit) {
		came := len(server.Mails())
		o.confirmed("ada@example.org", "")
		o.leave(KeyBound)
		o.clock.move(48*time.Hour + time.Second)
		o.send(o.courier(server))
		o.checkGivenUp(ReasonTooLate, 1)
		o.deliveries = nil
		o.ask("new@example.org", "")
		o.clock.move(30 * time.Minute)
		o.send(o.courier(server))
		o.checkGivenUp(ReasonTooLate, 1)
		o.leave(KeyBound) // a mail that comes, so that the others would have
		o.send(o.courier(server))
		if mails := server.WaitMails(came + 1); len(mails) != came+1 {
			t.Errorf("%d mails came, want 1", len(mails)-came)
		}
	})
}

// Couriers with a handle of their own each, all at once: every mail comes once.
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
		o.confirmed("ada@example.org", "")
		const mails = 40
		for range mails {
			o.leave(KeyBound)
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
		checkSettled(t, o, mails)
	})
}

// A process is killed between its claim and the sending: another one sends the
// mail when the claim is over, and not before.
func TestKilledCourier(t *testing.T) {
	testdb.EachEngine(t, func(t *testing.T, engine string) {
		options := testdb.Options(t, engine)
		db := testdb.Open(t, options)
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		o := newKit(t, db)
		o.confirmed("ada@example.org", "")
		o.leave(KeyBound)

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
		o.clock.move(5*time.Minute - time.Millisecond)
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
		checkSettled(t, o, 1)
	})
}

// A claim that has lapsed counts no more: who took the mail over decides.
func TestLateCourierChangesNothing(t *testing.T) {
	each(t, func(o *kit) {
		o.confirmed("ada@example.org", "")
		o.leave(KeyBound)
		c := o.courier(testmail.Start(t, testmail.Options{}))
		mails, err := due(t.Context(), o.db.Read(t.Context()), o.clock.now(), batch)
		o.must(err)
		var late *mail
		o.tx(func(tx *database.Tx) (err error) {
			late, err = claim(t.Context(), tx, mails[0], o.clock.now())
			return err
		})
		o.clock.move(5 * time.Minute)
		o.send(c)
		o.must(c.store(t.Context(), late, false, ReasonRejected))
		checkSettled(t, o, 1)
	})
}

// Run looks at the queue by itself, and ends when told while a server that never
// answers has the mail.
func TestRunEndsWithASilentServer(t *testing.T) {
	o := newKit(t, testdb.New(t, testdb.SQLite))
	silent := testmail.Start(t, testmail.Options{Silent: true})
	o.confirmed("ada@example.org", "")
	stop := o.run(o.courier(silent))
	o.leave(KeyBound)
	silent.WaitConnections(1)
	began := time.Now()
	stop()
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("stopping took %v", took)
	}
	all := o.queued()
	if m := all[len(all)-1]; m.NextTryAt != start.Add(firstWait).UnixMilli() {
		t.Errorf("the mail waits for %d: %+v", m.NextTryAt, m)
	}
}

// The queue cannot be read for a while: the courier says so and goes on.
func TestRunOutlastsTheDatabase(t *testing.T) {
	options := testdb.Options(t, testdb.SQLite)
	db := testdb.Open(t, options)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	o := newKit(t, db)
	server := testmail.Start(t, testmail.Options{})
	o.confirmed("ada@example.org", "")
	testdb.Exec(t, options, "ALTER TABLE mails RENAME TO elsewhere")
	stop := o.run(o.courier(server))
	defer stop()
	o.waitLogged("cannot be read")
	testdb.Exec(t, options, "ALTER TABLE elsewhere RENAME TO mails")
	o.leave(KeyBound)
	server.WaitMails(1)
}
