// Package auth holds the use cases of a person's own sign-in: password and second
// factor, step-up, enrolment, recovery, and what the operator does for a person. The
// use cases of package people, acts on another account, stand on actor.go, change.go
// and link.go. It decides the order of checks. The rules themselves live with their
// tables, in the packages that this one imports.
//
// Three files are the core that all use cases stand on:
//
//   - caller.go: who sends a request, how far it is signed in, and the lock that
//     a change begins with;
//   - factors.go: what an account has to prove itself with;
//   - record.go: the audit event and the notice of an act.
//
// A code is a proof (proof.go), with one implementation per method (appcode.go,
// backupcode.go, helpcode.go). decide.go runs the one transaction in which a proof counts
// or fails, and passkey.go that of passkeys and hardware keys; epoch.go ends everything that a change makes invalid.
//
// Every method guards itself: it checks the caller's state, the level that the
// account requires at this moment, and the step-up. The API on top adds cookies,
// the cross-site checks and shapes, and decides nothing.
//
// A transaction that changes the factors, password or epoch of an account begins
// with a lock on its row, so two of them never interleave, on any instance.
//
// Requirements are cited by their id in docs/evidence.md, such as A12.
package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"sync/atomic"
	"time"

	"imagemaster/backend/app"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/passkey"
	"imagemaster/backend/password"
	"imagemaster/backend/policy"
	"imagemaster/backend/secretbox"
	"imagemaster/backend/session"
)

// Deps is what a Service works with. Now is the server's clock, the only one
// that counts (A4).
type Deps struct {
	DB               *database.DB
	Keys             *secretbox.Keyring
	Hasher           *password.Hasher
	Now              func() time.Time
	Issuer           string // brand name, the issuer of keys
	PublicURL        string // of the sign-in; no application may have its host
	RequireTwoFactor bool
	SessionLimits    session.Limits
	Mail             bool   // notices are mailed
	Version, Host    string // for the audit events
	Operator         string // system user who runs a command, for the audit events
}

// Service carries out the use cases. It keeps nothing that another instance must
// know, so several work side by side on one database.
type Service struct {
	Deps
	nameKey [32]byte
	// relyingParty makes and judges passkeys and hardware keys, nil = there can be none.
	relyingParty *passkey.RelyingParty
	codes        notify.Codes
	links        notify.Links
	// setupClosed is true once this process has seen that the first administrator is made.
	setupClosed atomic.Bool
	apps        kept[*app.Set]
	policies    kept[[]policy.Policy]
	// policyChanges counts the changes to policies that this process has made.
	policyChanges atomic.Uint64
	appCallers    appCallers
	// uncounted is how many wrong passwords could not be counted since the disk is full.
	uncounted atomic.Int32
	// remindedAt is when this instance has looked for people to remind, Unix ms.
	remindedAt atomic.Int64
}

// New returns a Service.
func New(d Deps) *Service {
	return &Service{Deps: d, relyingParty: passkey.NewRelyingParty(d.PublicURL, d.Issuer), nameKey: d.Keys.Subkey("imagemaster/name/v1"), codes: notify.NewCodes(d.Keys), links: notify.NewLinks(d.Keys)}
}

// inTxKeepingRefusal runs a transaction. What fn wrote is committed also when it
// refuses, such as the event and the count of the refusal.
func (s *Service) inTxKeepingRefusal(ctx context.Context, fn func(tx *database.Tx) (refused, err error)) error {
	var refused error
	err := s.DB.InTx(ctx, func(tx *database.Tx) (err error) {
		refused, err = fn(tx)
		return err
	})
	if err != nil {
		return err
	}
	return refused
}

// hashName hides a name: people type passwords into the wrong field (H10).
func (s *Service) hashName(folded string) string {
	mac := hmac.New(sha256.New, s.nameKey[:])
	mac.Write([]byte(folded))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// unixTime turns a stored time into a time, zero = never.
func unixTime(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
