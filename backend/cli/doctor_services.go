package cli

import (
	"context"
	"time"

	"imagemaster/backend/notify"
)

// maxClockOffset is how far two clocks may differ, far less than the 30 seconds
// of a one-time code.
const maxClockOffset = 2 * time.Second

func (d *doctor) checkClock(ctx context.Context) {
	if d.db == nil {
		d.skip("clock", "not checked without the database")
		return
	}
	offset, doubt, known, err := d.db.ClockOffset(ctx, d.Now)
	direction := "behind"
	if offset > 0 {
		direction = "ahead"
	}
	switch {
	case err != nil:
		d.problem("clock", "%v", err)
	case !known:
		d.skip("clock", "the embedded database has no clock of its own; keep this machine's right (NTP), codes depend on it")
	case offset.Abs()-doubt > maxClockOffset:
		d.warn("clock", "the database server's is %s of this machine's by %s: set both right (NTP), codes depend on it",
			direction, offset.Abs().Round(100*time.Millisecond))
	default:
		d.ok("clock", "agrees with the database server's within %s", maxClockOffset)
	}
}

// mailCheckTime bounds the check of the mail server.
const mailCheckTime = 20 * time.Second

// checkMail connects and signs in, and asks the mail server whether it would
// take a mail. It sends none.
func (d *doctor) checkMail(ctx context.Context) {
	s := d.config.SMTP
	if s.Host == "" {
		d.skip("mail", "not configured: notices are shown at the next sign-in only")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, mailCheckTime)
	defer cancel()
	err := notify.Check(ctx, notify.Server{Host: s.Host, Port: s.Port, User: s.User, Password: s.Password, From: s.From},
		notify.Sender{PublicURL: d.config.PublicURL})
	if err != nil {
		d.warn("mail", "%s port %d: %v", s.Host, s.Port, err)
		return
	}
	d.ok("mail", "%s takes mails on port %d", s.Host, s.Port)
}
