// Package auth holds the use cases that span several domains: signing in,
// stepping up, enrolment, recovery, and what the operator does. It decides the
// order of checks; the rules themselves live with their tables one floor below.
//
// Order of a verification (standards A12): shape, state, hash slot, open the
// seed, reserve the try in a transaction that commits alone, compare, then one
// transaction that spends the step, consumes the pending sign-in, begins the
// session, resets the budget and records the event. Nothing the server cannot
// do costs a person a try, and nothing a guesser does can be rolled back.
//
// Every method guards itself: it checks how far the caller has come, the level
// the account owes at this moment, and the step-up it needs. The API on top
// adds cookies, the cross-site checks and shapes, and decides nothing.
//
// Every transaction that changes what an account owes begins with
// account.Lock, so two of them never interleave, on any instance.
package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/password"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/throttle"
)

// Deps is what a Service works with. Now is the server's clock, the only one
// that counts (standards A4).
type Deps struct {
	DB               *database.DB
	Keys             *secretbox.Keyring
	Hasher           *password.Hasher
	Now              func() time.Time
	Issuer           string // brand name, the issuer of keys
	RequireTwoFactor bool
	Mail             bool   // notices are mailed
	Version, Host    string // for the audit trail
}

// Service carries out the use cases. It keeps no state of its own, so several
// instances work side by side on one database.
type Service struct {
	Deps
	nameKey [32]byte
	codes   notify.Codes
}

// New returns a Service.
func New(d Deps) *Service {
	return &Service{Deps: d, nameKey: d.Keys.Subkey("imagemaster/name/v1"), codes: notify.NewCodes(d.Keys)}
}

// event returns the audit event of what a caller did.
func (s *Service) event(c *Caller, kind audit.Kind, outcome audit.Outcome) audit.Event {
	e := audit.Event{
		At: s.Now().UnixMilli(), Kind: kind, Outcome: outcome, Actor: audit.Person,
		Address: addressText(c), UserAgent: c.UserAgent, RequestID: c.RequestID, Version: s.Version, Host: s.Host,
	}
	if c.Proxy.IsValid() {
		e.Proxy = c.Proxy.String()
	}
	if c.Account != nil {
		e.AccountID = &c.Account.ID
	}
	if c.Session != nil {
		e.SessionID = c.Session.ID
	}
	return e
}

// record stores one event in a transaction of its own.
func (s *Service) record(ctx context.Context, e audit.Event) error {
	return s.DB.InTx(ctx, func(tx *database.Tx) error { return audit.Record(ctx, tx, e) })
}

// countThrottled counts a try that was held back.
func (s *Service) countThrottled(ctx context.Context, e audit.Event) error {
	return s.DB.InTx(ctx, func(tx *database.Tx) error { return audit.CountThrottled(ctx, tx, e) })
}

// recordOK stores the event of a success in the transaction that made it.
func (s *Service) recordOK(ctx context.Context, tx *database.Tx, c *Caller, kind audit.Kind) error {
	return audit.Record(ctx, tx, s.event(c, kind, audit.OK))
}

// leaveNotice stores the notice of a change that was made in a session, 0 = in
// none; it is shown in every other one and mailed.
func (s *Service) leaveNotice(ctx context.Context, tx *database.Tx, c *Caller, kind notify.Kind, sessionID int64) error {
	n := notify.Notice{AccountID: c.Account.ID, Kind: kind, At: s.Now().UnixMilli(), SessionID: sessionID,
		Address: addressText(c), UserAgent: c.UserAgent}
	return notify.Notify(ctx, tx, n, notify.Reader{Username: c.Account.Username, Language: c.Account.Language})
}

// tell records the event of a change in this session and leaves its notice.
func (s *Service) tell(ctx context.Context, tx *database.Tx, c *Caller, kind audit.Kind, notice notify.Kind) error {
	if err := s.recordOK(ctx, tx, c, kind); err != nil {
		return err
	}
	return s.leaveNotice(ctx, tx, c, notice, c.Session.ID)
}

// hashName hides a name that belongs to no account (standards H10).
func (s *Service) hashName(folded string) string {
	mac := hmac.New(sha256.New, s.nameKey[:])
	mac.Write([]byte(folded))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

func details(facts map[string]any) string {
	text, err := json.Marshal(facts)
	if err != nil {
		return "{}"
	}
	return string(text)
}

// addressKey is what limits by address count by: IPv6 by /64, since one
// connection is given a whole one.
func addressKey(a netip.Addr) string {
	if a.Is6() && !a.Is4In6() {
		if prefix, err := a.WithZone("").Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return a.Unmap().String()
}

// parseStored reads back an address that was stored; none where it is empty.
func parseStored(address string) netip.Addr {
	parsed, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Addr{}
	}
	return parsed
}

// lane says in which lane a caller's codes for an account count.
func (c *Caller) lane(a *account.Account) throttle.Lane {
	if c.knownTo(a) {
		return throttle.Known
	}
	return throttle.Unknown
}

// knownTo says whether the caller's browser is a live device of the account.
func (c *Caller) knownTo(a *account.Account) bool {
	return c.Device != nil && c.Device.AccountID == a.ID && c.Device.Epoch == a.Epoch
}
