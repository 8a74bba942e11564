package notify

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"imagemaster/backend/database"
	"imagemaster/backend/secretbox"
)

const (
	pollTime = 2 * time.Second
	// storeTime bounds the writing after a try, also while the courier stops.
	storeTime = 10 * time.Second
	// graceTime is how long a running try may go on when the courier stops.
	graceTime = 3 * time.Second
)

// Reasons why a mail was given up.
const (
	ReasonRejected    = "rejected"    // there is no such mailbox
	ReasonUndelivered = "undelivered" // every try failed
	ReasonTooLate     = "too_late"    // its code or its link had ended
)

// Delivery is the end of a mail.
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
	links Links
}

// CourierDeps is what a Courier works with.
type CourierDeps struct {
	DB     *database.DB
	Keys   *secretbox.Keyring
	Server Server
	Sender Sender
	Now    func() time.Time
	Log    *slog.Logger
	// Record records a delivery in the transaction that ends the mail.
	Record func(ctx context.Context, tx *database.Tx, d Delivery) error
	// LinkWorks says whether the link with a token can still be used. The mail of one
	// that has ended is not sent.
	LinkWorks func(ctx context.Context, token string) (bool, error)
	Poll      time.Duration // between two readings of the queue; 0 = two seconds
}

// NewCourier returns a Courier.
func NewCourier(d CourierDeps) *Courier {
	if d.Poll == 0 {
		d.Poll = pollTime
	}
	return &Courier{CourierDeps: d, codes: NewCodes(d.Keys), links: NewLinks(d.Keys)}
}

// Run sends mails until ctx ends. It returns when the last try is stored.
func (c *Courier) Run(ctx context.Context) {
	poll := time.NewTicker(c.Poll)
	defer poll.Stop()
	for {
		if err := c.deliverDue(ctx); err != nil && ctx.Err() == nil {
			c.Log.Error("the queue of mails cannot be read", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-poll.C:
		}
	}
}

// deliverDue tries every mail that is due, one after the other: there is only
// one mail server.
func (c *Courier) deliverDue(ctx context.Context) error {
	for {
		due, err := findDue(ctx, c.DB.Read(ctx), c.Now())
		if err != nil || len(due) == 0 {
			return err
		}
		for _, found := range due {
			if ctx.Err() != nil {
				return nil
			}
			if err := c.claimAndDeliver(ctx, found); err != nil {
				return err
			}
		}
	}
}

func (c *Courier) claimAndDeliver(ctx context.Context, found mail) error {
	var m *mail
	err := c.DB.InTx(ctx, func(tx *database.Tx) (err error) {
		m, err = claim(ctx, tx, found, c.Now())
		return err
	})
	if err != nil || m == nil {
		return err
	}
	return c.deliver(ctx, m)
}

// deliver tries to send a claimed mail and stores the result.
func (c *Courier) deliver(ctx context.Context, m *mail) error {
	trying, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(graceTime, cancel) })()
	reason, err := c.try(trying, m)
	if err != nil {
		c.Log.Warn("a mail was not sent", "mail", m.ID, "kind", m.Kind, "tries", m.Tries, "given_up", reason != "", "error", err)
	}
	storing, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	return c.store(storing, m, err == nil, reason)
}

// try sends a mail. With an error it says why the mail is given up, "" = it is
// tried again.
func (c *Courier) try(ctx context.Context, m *mail) (reason string, err error) {
	now := c.Now()
	works, err := c.stillWorks(ctx, m, now)
	if err != nil {
		return "", err
	}
	if !works {
		return ReasonTooLate, errors.New("its code or its link has ended")
	}
	l := c.Sender.write(m, c.codes, c.links)
	msg, err := l.message(&c.Sender, c.Server.From, m, now)
	if err == nil {
		err = c.Server.send(ctx, c.Sender.host(), msg)
	}
	switch {
	case errors.Is(err, errRejected):
		return ReasonRejected, err
	case err != nil && m.Tries >= maxTries:
		return ReasonUndelivered, err
	}
	return "", err
}

// stillWorks says whether the code or the link of a mail can still be used.
func (c *Courier) stillWorks(ctx context.Context, m *mail, now time.Time) (bool, error) {
	if m.CodeExpiresAt != 0 && now.UnixMilli() >= m.CodeExpiresAt {
		return false, nil
	}
	if !slices.Contains(linkMailKinds, m.Kind) {
		return true, nil
	}
	return c.LinkWorks(ctx, c.links.Token(m.AccountID, m.CodeSalt))
}

// store stores the result of a try. The end of a mail is recorded.
func (c *Courier) store(ctx context.Context, m *mail, sent bool, reason string) error {
	ended, next := sent || reason != "", int64(0)
	if !ended {
		next = c.Now().Add(waitAfter(m.Tries)).UnixMilli()
	}
	return c.DB.InTx(ctx, func(tx *database.Tx) error {
		held, err := setNextTry(ctx, tx, m, next)
		if err != nil || !held || !ended {
			return err
		}
		return c.Record(ctx, tx, Delivery{AccountID: m.AccountID, MailID: m.ID, Kind: m.Kind, Sent: sent, Reason: reason, Tries: m.Tries})
	})
}
