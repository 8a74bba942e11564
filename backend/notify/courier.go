package notify

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
)

const (
	pollTime = 2 * time.Second
	// batch is how many mails are looked up at once.
	batch = 20
	// storeTime bounds what is written after a try, also while stopping.
	storeTime = 10 * time.Second
	// graceTime is what a try under way gets when the courier is told to stop.
	graceTime = 5 * time.Second
)

// Reasons why a mail was given up.
const (
	ReasonRejected    = "rejected"    // there is no such mailbox
	ReasonUndelivered = "undelivered" // every try failed
	ReasonTooLate     = "too_late"    // it was no news any more, or its code had ended
	ReasonUnreadable  = "unreadable"
)

// Delivery says what became of a mail in the end.
type Delivery struct {
	AccountID int64
	MailID    int64
	Kind      Kind
	Sent      bool
	Reason    string // why it was given up, "" when it was sent
	Tries     int
}

// Courier sends the mails that are due. Couriers of several instances work side
// by side on one database.
type Courier struct {
	CourierDeps
	codes Codes
}

// CourierDeps is what a Courier works with.
type CourierDeps struct {
	DB     *database.DB
	Keys   *secretbox.Keyring
	Server Server
	Sender Sender
	Now    func() time.Time
	Log    *slog.Logger
	// Record notes a delivery in the audit trail, in the transaction that stores
	// it.
	Record func(ctx context.Context, tx *database.Tx, d Delivery) error
	Poll   time.Duration // between two looks at the queue; 0 = two seconds
}

// NewCourier returns a Courier.
func NewCourier(d CourierDeps) *Courier {
	if d.Poll == 0 {
		d.Poll = pollTime
	}
	return &Courier{CourierDeps: d, codes: NewCodes(d.Keys)}
}

// Run sends mails until ctx ends. It returns when the last try is settled.
func (c *Courier) Run(ctx context.Context) {
	look := time.NewTicker(c.Poll)
	defer look.Stop()
	for {
		if err := c.deliverDue(ctx); err != nil && ctx.Err() == nil {
			c.Log.Error("the queue of mails cannot be read", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// deliverDue tries every mail that is due, one after the other: there is one
// server to hand them to.
func (c *Courier) deliverDue(ctx context.Context) error {
	for {
		mails, err := due(ctx, c.DB.Read(ctx), c.Now(), batch)
		if err != nil || len(mails) == 0 {
			return err
		}
		for _, m := range mails {
			if ctx.Err() != nil {
				return nil
			}
			if err := c.deliver(ctx, m); err != nil {
				return err
			}
		}
	}
}

// deliver claims one mail, tries to send it, and stores what became of it.
func (c *Courier) deliver(ctx context.Context, found mail) error {
	var m *mail
	err := c.DB.InTx(ctx, func(tx *database.Tx) (err error) {
		m, err = claim(ctx, tx, found, c.Now())
		return err
	})
	if err != nil || m == nil {
		return err
	}
	trying, cancel := withGrace(ctx, graceTime)
	defer cancel()
	reason, err := c.try(trying, m)
	if err != nil {
		c.Log.Warn("a mail was not sent", "mail", m.ID, "kind", m.Kind, "tries", m.Tries, "given_up", reason != "", "error", err)
	}
	storing, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	return c.store(storing, m, err == nil, reason)
}

// try sends a mail. With an error it says why the mail is given up, "" = it is
// to be tried again.
func (c *Courier) try(ctx context.Context, m *mail) (reason string, err error) {
	f, err := m.facts()
	if err != nil {
		return ReasonUnreadable, err
	}
	now := c.Now()
	if f.ExpiresAt != 0 && now.UnixMilli() >= f.ExpiresAt || now.Sub(time.UnixMilli(m.CreatedAt)) > maxAge {
		return ReasonTooLate, errors.New("it is too old")
	}
	l := c.Sender.write(m, f, c.codes)
	msg, err := l.message(&c.Sender, c.Server.From, m.Address, f.Reference, now)
	if err != nil {
		return ReasonUnreadable, err
	}
	err = c.Server.send(ctx, c.Sender.host(), msg)
	switch {
	case errors.Is(err, errRejected):
		return ReasonRejected, err
	case err != nil && m.Tries >= maxTries:
		return ReasonUndelivered, err
	}
	return "", err
}

// store settles a try. The end of a mail is also an event.
func (c *Courier) store(ctx context.Context, m *mail, sent bool, reason string) error {
	now := c.Now()
	columns := map[string]any{"next_try_at": 0}
	switch {
	case sent:
		columns["sent_at"] = now.UnixMilli()
	case reason != "":
		columns["failed_at"] = now.UnixMilli()
	default:
		columns["next_try_at"] = now.Add(waitAfter(m.Tries)).UnixMilli()
	}
	return c.DB.InTx(ctx, func(tx *database.Tx) error {
		settled, err := settle(ctx, tx, m, columns)
		if err != nil || !settled || !sent && reason == "" {
			return err
		}
		return c.Record(ctx, tx, Delivery{AccountID: m.AccountID, MailID: m.ID, Kind: m.Kind, Sent: sent, Reason: reason, Tries: m.Tries})
	})
}

// withGrace returns a context that ends a while after ctx.
func withGrace(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return longer, func() {
		stop()
		cancel()
	}
}
