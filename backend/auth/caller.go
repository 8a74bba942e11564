package auth

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/database"
	"imagemaster/backend/metrics"
	"imagemaster/backend/password"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

// Client is where a request came from, as audit events keep it.
type Client struct {
	Address   netip.Addr
	Proxy     netip.Addr // the listed proxy the request came through, if any
	UserAgent string     // cut to 512 bytes
	RequestID string
}

// Tokens are the cookie values of a request, "" where there is none.
type Tokens struct {
	Session, Pending, Device string
}

// Issued are new cookie values: nil leaves a cookie as it is, "" expires it.
type Issued struct {
	Session, Pending, Device *string
}

// State says how far a caller is signed in.
type State int

// The states of a caller.
const (
	Anonymous State = iota
	PendingSecondFactor
	SignedIn
)

// Next says what a person must do next.
type Next string

// What may be next.
const (
	NextDone           Next = "done"
	NextSecondFactor   Next = "second_factor"
	NextSetUp          Next = "set_up"
	NextChangePassword Next = "change_password"
)

// Caller is who sends a request, as far as the tokens prove it. Session is set
// only while it counts: right epoch, account not disabled. In the state
// PendingSecondFactor either Pending is set, or Session with a level below the
// one that the account requires now.
type Caller struct {
	Client
	State   State
	Next    Next // what a signed-in caller must do before anything else
	Account *account.Account
	Session *session.Session
	Pending *session.Pending
	Device  *session.Device // any live device, perhaps of another account
	factors Factors
}

// RequireSession refuses a caller whose session does not count now.
func (c *Caller) RequireSession() error {
	switch {
	case c.State == SignedIn:
		return nil
	case c.Session != nil:
		return apperr.Of(apperr.SecondFactorOwed)
	}
	return apperr.Of(apperr.SignedOut)
}

// RequirePending refuses a caller who has no sign-in to complete.
func (c *Caller) RequirePending() error {
	if c.State != PendingSecondFactor {
		return apperr.Of(apperr.PendingEnded)
	}
	return nil
}

// ready refuses a caller who must do something else first. allowed names what may
// still be required.
func (c *Caller) ready(allowed ...Next) error {
	if err := c.RequireSession(); err != nil {
		return err
	}
	switch {
	case slices.Contains(allowed, c.Next):
		return nil
	case c.Next == NextChangePassword:
		return apperr.Of(apperr.PasswordChangeOwed)
	case c.Next == NextSetUp:
		return apperr.Of(apperr.SetUpOwed)
	}
	return nil
}

// readyWithFactor is ready and requireFactorGiven.
func (c *Caller) readyWithFactor() error {
	if err := c.ready(); err != nil {
		return err
	}
	return c.requireFactorGiven()
}

// requireFactorGiven refuses a session that has not given the second factor though there is
// one: it was opened during a pause.
func (c *Caller) requireFactorGiven() error {
	if c.factors.Any() && c.Session.Level < session.LevelTwo {
		return errStepUpOwed(apperr.NeedCode)
	}
	return nil
}

// requireOrdinary refuses a session that a help code has opened, in acts that other people
// who must set up a second factor may do. Such a session may give the password again, begin,
// cancel and confirm an enrolment, choose language and theme, and sign out. All else is
// refused by ready, since its Next is NextSetUp, and by the gate, since its level is 1.
func (c *Caller) requireOrdinary() error {
	if c.Session.Recovery {
		return apperr.Of(apperr.SetUpOwed)
	}
	return nil
}

// requireFresh refuses an act whose factors were not given lately: the password, and a
// second factor whenever there is one, each at most session.FactorFreshness ago (D1, D8).
// The backup code that opened the session counts for session.BackupPower where which says
// so: one last code is then enough to get to a new phone or key. So does the help code that
// opened a session which can only enrol. What each act asks for:
//
//   - pausing, removing a factor, the address for notices, acts on other people and on what
//     administrators keep: the password and the strongest factor;
//   - setting up, moving, adding a key, new backup codes: the same, or the code that opened
//     the session;
//   - a new password: the present one in the request, and the strongest factor; where it is
//     demanded, also the backup code that opened the session;
//   - ending other sessions: the password;
//   - refusing a new key: level 2 and the password; where that key counts as
//     phishing-resistant, also the strongest factor;
//   - checking a backup code, names of factors, dismissing a notice: level 2 where there is
//     a factor. Beside the app, a session that has given only a new key dismisses none;
//   - enabling: a code of the app or a key in the request.
func (c *Caller) requireFresh(now time.Time, which factorAsked) error {
	var need []apperr.Need
	if !c.Session.PasswordFresh(now) {
		need = append(need, apperr.NeedPassword)
	}
	if factor := c.owesFactor(now, which); factor != "" {
		need = append(need, factor)
	}
	if need == nil {
		return nil
	}
	return errStepUpOwed(need...)
}

// factorAsked says which second factor an act asks for.
type factorAsked int

const (
	// strongest is one of the strongest kind that the account has, or a backup code: with a
	// code that was phished nobody adds a key beside one that counts, or removes it.
	strongest factorAsked = iota
	// strongestOrOpening is strongest, or the backup code or help code that opened the
	// session.
	strongestOrOpening
)

// owesFactor returns the second factor that an act still asks for, "" = none.
func (c *Caller) owesFactor(now time.Time, which factorAsked) apperr.Need {
	need := c.factors.strongest(now)
	opening := which == strongestOrOpening && (c.Session.BackupCounts(now) || c.Session.Recovery)
	given := map[apperr.Need]bool{
		apperr.NeedCode:    c.Session.FactorFresh(now),
		apperr.NeedAppCode: c.Session.CodeFresh(now),
		apperr.NeedKey:     c.Session.ResistantFresh(now) || c.Session.BackupCodeFresh(now),
	}
	if !c.factors.Any() || opening || given[need] {
		return ""
	}
	return need
}

// knownTo says whether the caller's browser is a live device of the account.
func (c *Caller) knownTo(a *account.Account) bool {
	return c.Device != nil && c.Device.AccountID == a.ID && c.Device.Epoch == a.Epoch
}

// lane says in which lane the caller's codes count.
func (c *Caller) lane() throttle.Lane {
	if c.knownTo(c.Account) {
		return throttle.Known
	}
	return throttle.Unknown
}

// addressText is the caller's address as it is stored, "" = not known.
func (c *Caller) addressText() string {
	if !c.Address.IsValid() {
		return ""
	}
	return c.Address.String()
}

// addressKey is what limits by address count by: IPv6 by /64, since one
// connection is given a whole one.
func (c *Caller) addressKey() string {
	a := c.Address
	if a.Is6() && !a.Is4In6() {
		if prefix, err := a.WithZone("").Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return a.Unmap().String()
}

// enterQueue waits for a hash slot and returns the function that gives it back.
func (s *Service) enterQueue(ctx context.Context, c *Caller) (leave func(), err error) {
	began := time.Now()
	leave, err = s.Hasher.Enter(ctx, c.source())
	metrics.HashWait(time.Since(began), err == nil)
	return leave, err
}

// network is what refused passwords are summed up by: the /24 of an IPv4 address,
// and of IPv6 the /48 that a whole site is given.
func (c *Caller) network() string {
	if prefix, err := c.Address.Unmap().WithZone("").Prefix(24); err == nil && c.Address.Unmap().Is4() {
		return prefix.String()
	}
	if site := c.site(); site != "" {
		return site
	}
	return "unknown"
}

// site is the /48 of an IPv6 address, "" = it is none.
func (c *Caller) site() string {
	if a := c.Address.WithZone(""); a.Is6() && !a.Is4In6() {
		if prefix, err := a.Prefix(48); err == nil {
			return prefix.String()
		}
	}
	return ""
}

// source says for whom a hash slot is wanted: the account of the session, or of a
// browser that has signed in before, or only an address. A site of IPv6 counts as
// one address: it has 65,536 networks, and could fill every line.
func (c *Caller) source() password.Source {
	source := password.Source{Address: cmp.Or(c.site(), c.addressKey())}
	switch {
	case c.Session != nil:
		source.Account = c.Session.AccountID
	case c.Device != nil:
		source.Account = c.Device.AccountID
	}
	return source
}

// lock begins a change: it locks the caller's account, then its session or
// pending sign-in, until the transaction ends, and refreshes the account. It
// refuses a caller whose account was changed since it was read, or whose session
// or pending sign-in has ended: a request that is in flight then changes nothing.
func lock(ctx context.Context, tx *database.Tx, c *Caller, now time.Time) error {
	a, err := account.Lock(ctx, tx, c.Account.ID)
	if errors.Is(err, account.ErrNotFound) {
		return apperr.Of(apperr.SignedOut)
	}
	if err != nil {
		return err
	}
	if a.Epoch != c.Account.Epoch || a.Disabled() {
		return apperr.Of(apperr.SignedOut)
	}
	*c.Account = *a
	switch {
	case c.Session != nil:
		return sessionEnded(session.Lock(ctx, tx, c.Session))
	case c.Pending != nil:
		return pendingEnded(session.LockPending(ctx, tx, c.Pending, now))
	}
	return nil
}

// sessionEnded turns "no such session" into the answer for a session that has ended.
func sessionEnded(err error) error {
	if errors.Is(err, session.ErrNotFound) {
		return apperr.Of(apperr.SignedOut)
	}
	return err
}

func pendingEnded(err error) error {
	if errors.Is(err, session.ErrNotFound) {
		return apperr.Of(apperr.PendingEnded)
	}
	return err
}

// pendingCaller builds a Caller from a stored pending sign-in.
func pendingCaller(a *account.Account, p *session.Pending) *Caller {
	c := &Caller{Account: a, Client: Client{UserAgent: p.UserAgent}}
	if address, err := netip.ParseAddr(p.Address); err == nil {
		c.Address = address
	}
	return c
}
