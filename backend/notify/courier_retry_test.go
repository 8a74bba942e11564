package notify

import (
	"strings"
	"testing"
	"time"

	"imagemaster/backend/testmail"
)

// The mail server is down: the mail waits longer after each try, and comes once
// when the server is back.
func TestServerDownThenBack(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	port := server.Port
	each(t, func(o *kit) {
		server.Stop()
		o.confirm("ada@example.org", "")
		o.notify(KeyBound)
		down := o.courier(server)
		for tries := 1; tries <= 3; tries++ {
			o.send(down)
			m := o.last()
			if wait := time.UnixMilli(m.NextTryAt).Sub(o.clock.now()); m.Tries != tries || wait != waitAfter(tries) {
				t.Fatalf("after %d tries the next one is in %v: %+v", tries, wait, m)
			}
			o.clock.move(waitAfter(tries) - time.Millisecond)
			o.send(down)
			if o.last().Tries != tries {
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
		checkSent(t, o, 1)
	})
}

// After ten tries a mail is given up, and that is recorded.
func TestGivenUpAfterTenTries(t *testing.T) {
	server := testmail.Start(t, testmail.Options{Refuse: "451 4.3.0 try again later"})
	each(t, func(o *kit) {
		o.confirm("ada@example.org", "")
		o.notify(KeyBound)
		c := o.courier(server)
		for tries := 1; tries < maxTries; tries++ {
			o.send(c)
			if got := o.unsent(); len(got) != 1 || len(o.delivered()) != 0 {
				t.Fatalf("after %d tries: %v wait, %v", tries, got, o.delivered())
			}
			o.clock.move(waitAfter(tries))
		}
		o.send(c)
		o.checkGivenUp(ReasonUndelivered, maxTries)
	})
}

// checkGivenUp checks that one mail was given up, and why.
func (o *kit) checkGivenUp(reason string, tries int) {
	o.Helper()
	got := o.delivered()
	if len(got) != 1 || got[0].Sent || got[0].Reason != reason || got[0].Tries != tries {
		o.Errorf("recorded %+v, want %s after %d", got, reason, tries)
	}
	if m := o.last(); m.NextTryAt != 0 {
		o.Errorf("mail is %+v", m)
	}
}

func TestNoSuchMailboxIsFinal(t *testing.T) {
	server := testmail.Start(t, testmail.Options{Refuse: "550 5.1.1 no such mailbox"})
	each(t, func(o *kit) {
		o.confirm("ada@example.org", "")
		o.notify(KeyBound)
		o.send(o.courier(server))
		o.checkGivenUp(ReasonRejected, 1)
	})
}

// No code is mailed after its end.
func TestTooLate(t *testing.T) {
	server := testmail.Start(t, testmail.Options{})
	each(t, func(o *kit) {
		came := len(server.Mails())
		o.request("ada@example.org", "")
		o.clock.move(30 * time.Minute)
		o.send(o.courier(server))
		o.checkGivenUp(ReasonTooLate, 1)
		o.confirm("ada@example.org", "")
		o.notify(KeyBound) // this mail comes, so the other one would have come too
		o.send(o.courier(server))
		if mails := server.WaitMails(came + 1); len(mails) != came+1 {
			t.Errorf("%d mails came, want 1", len(mails)-came)
		}
	})
}

// A clock that jumps ahead loses no mail, and setting it back delays none.
func TestMailsSurviveAWrongClock(t *testing.T) {
	server := testmail.Start(t, testmail.Options{Refuse: "451 4.3.0 try again later"})
	each(t, func(o *kit) {
		const years = 2 * 365 * 24 * time.Hour
		o.confirm("ada@example.org", "")
		o.notify(KeyBound)
		o.clock.move(years)
		o.send(o.courier(server))
		if m := o.last(); m.Tries != 1 || m.NextTryAt != start.Add(years+time.Minute).UnixMilli() {
			t.Errorf("with the clock ahead the mail is %+v", m)
		}
		o.clock.move(-years)
		up := testmail.Start(t, testmail.Options{})
		o.send(o.courier(up))
		up.WaitMails(1)
		checkSent(t, o, 1)
	})
}
