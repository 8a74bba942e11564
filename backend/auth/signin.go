package auth

import (
	"context"
	"errors"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/password"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

// SignInResult is the answer to a right password.
type SignInResult struct {
	Next   Next
	Issued Issued
}

// attempt is one name and password, as far as they were compared.
type attempt struct {
	folded  string
	budgets throttle.SignInAttempt
	factors Factors // of the account; account is nil where the name belongs to none
	wait    time.Duration
	reason  string // why the password is refused, "" = it is right
	rehash  string // the password under today's cost, "" = its hash is strong enough
}

// SignIn checks a name and a password. A right password ends what the browser was
// signed in to before, and leads to a session of level 1 or, where a second factor
// is required, to a pending sign-in. A wrong name, a wrong password and a disabled
// account give the same answer for the same work (E11).
func (s *Service) SignIn(ctx context.Context, c *Caller, username, typed string) (SignInResult, error) {
	a, err := s.compare(ctx, c, username, password.Normalize(typed))
	if err != nil {
		return SignInResult{}, err
	}
	if a.reason == "" && a.factors.account != nil && a.factors.account.Admin {
		ctx = database.WithReserve(ctx)
	}
	var result SignInResult
	err = s.inTxKeepingRefusal(ctx, func(tx *database.Tx) (refused, err error) {
		result, refused, err = s.judgePassword(ctx, tx, c, a)
		return refused, err
	})
	if err != nil {
		s.noteUncounted(a, err)
		return SignInResult{}, err
	}
	return result, nil
}

// lookUpTime bounds what a try reads while it has a hash slot. Others wait for it.
const lookUpTime = 5 * time.Second

// compare does what takes time, in a hash slot and without a transaction. The slot
// is taken before the name is looked up, so a full queue tells nothing about names
// (E9). A try that has to wait costs no hash.
func (s *Service) compare(ctx context.Context, c *Caller, username, typed string) (*attempt, error) {
	leave, err := s.enterQueue(ctx, c)
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, lookUpTime)
	defer cancel()
	a := &attempt{}
	a.folded, _ = account.Fold(username)
	if err := s.lookUp(ctx, a); err != nil {
		return nil, err
	}
	a.budgets = throttle.SignInAttempt{NameKey: s.hashName(a.folded), Address: c.addressKey(), Site: c.site()}
	if a.factors.account != nil && c.knownTo(a.factors.account) {
		a.budgets.DeviceID = c.Device.ID
	} else if err := s.requireCounting(); err != nil {
		return nil, err
	}
	state, err := throttle.ReadSignIn(ctx, s.DB.Read(ctx), a.budgets)
	if err != nil {
		return nil, err
	}
	if a.wait = state.Wait(s.Now()); a.wait > 0 {
		return a, nil
	}
	if a.factors, _, err = s.findFactors(ctx, a.folded); err != nil {
		return nil, err
	}
	if a.reason, err = s.comparePassword(a.factors.account, typed); err != nil {
		return nil, err
	}
	if a.reason == "" && s.Hasher.NeedsRehash(a.factors.account.PasswordHash) {
		a.rehash, err = s.Hasher.Hash(typed)
	}
	return a, err
}

// lookUp sets which account a name belongs to. The rest of the account is read
// only when a hash hides how long that takes.
func (s *Service) lookUp(ctx context.Context, a *attempt) error {
	found, err := account.Identify(ctx, s.DB.Read(ctx), a.folded)
	if err == nil && found != nil {
		a.factors.account = &account.Account{ID: found.ID, Username: found.Username, Epoch: found.Epoch}
	}
	return err
}

// comparePassword returns why a password is refused, "" when it is right. A name
// that does not exist, nil, costs the same work.
func (s *Service) comparePassword(a *account.Account, typed string) (reason string, err error) {
	switch {
	case a == nil:
		s.Hasher.VerifyNobody(typed)
		return audit.ReasonUnknown, nil
	case !a.HasPassword():
		s.Hasher.VerifyNobody(typed)
		return audit.ReasonInvited, nil
	}
	right, err := s.Hasher.Verify(typed, a.PasswordHash)
	switch {
	case err != nil:
		return "", err
	case !right:
		return audit.ReasonWrong, nil
	case a.Disabled():
		return audit.ReasonDisabled, nil
	}
	return "", nil
}

// judgePassword is the one transaction of a password: it judges the budgets, and
// either counts and records the failure or begins what follows a right password.
// After a right password the account is locked first.
func (s *Service) judgePassword(ctx context.Context, tx *database.Tx, c *Caller, a *attempt) (result SignInResult, refused, err error) {
	now := s.Now()
	if a.wait > 0 {
		refused, err = s.holdBackPassword(ctx, tx, c, a, a.wait)
		return result, refused, err
	}
	if a.reason == "" {
		locked, err := account.Lock(ctx, tx, a.factors.account.ID)
		if err != nil {
			return result, nil, err
		}
		// The epoch must still be the one read with the password hash.
		if locked.Epoch != a.factors.account.Epoch || locked.Disabled() {
			return result, apperr.Of(apperr.CredentialsWrong), nil
		}
		*a.factors.account = *locked
	}
	state, err := throttle.LockSignIn(ctx, tx, a.budgets)
	if err != nil {
		return result, nil, err
	}
	if wait := state.Wait(now); wait > 0 {
		refused, err = s.holdBackPassword(ctx, tx, c, a, wait)
		return result, refused, err
	}
	if a.reason != "" {
		if err := throttle.FailSignIn(ctx, tx, state, now); err != nil {
			return result, nil, err
		}
		return result, apperr.Of(apperr.CredentialsWrong), audit.Record(ctx, tx, s.passwordEvent(c, a, audit.Failed, a.reason))
	}
	if !a.factors.account.Admin && s.DB.Full() {
		// Told after the right password only, so that nobody learns who is one.
		return result, errFull(), nil
	}
	if err := throttle.PassSignIn(ctx, tx, state, now); err != nil {
		return result, nil, err
	}
	result, err = s.afterPassword(ctx, tx, c, a, now)
	return result, nil, err
}

func (s *Service) holdBackPassword(ctx context.Context, tx *database.Tx, c *Caller, a *attempt, wait time.Duration) (refused, err error) {
	return errSignInWait(wait), audit.CountThrottled(ctx, tx, s.passwordEvent(c, a, audit.Denied, audit.ReasonWait))
}

// passwordEvent is the event of a password step. A name that belongs to no account
// is kept as a keyed hash.
func (s *Service) passwordEvent(c *Caller, a *attempt, outcome audit.Outcome, reason string) audit.Event {
	e := s.event(c, audit.Password, outcome)
	e.Reason, e.Factor, e.AccountID = reason, "password", nil
	e.Username = ""
	if outcome == audit.Failed {
		e.Network = c.network()
	}
	if a.factors.account != nil {
		e.AccountID, e.Username = &a.factors.account.ID, a.factors.account.Username
	} else {
		e.NameHash = s.hashName(a.folded)
	}
	return e
}

// afterPassword begins what follows a right password.
func (s *Service) afterPassword(ctx context.Context, tx *database.Tx, c *Caller, a *attempt, now time.Time) (SignInResult, error) {
	acc := a.factors.account
	if err := s.addObligation(ctx, tx, &a.factors); err != nil {
		return SignInResult{}, err
	}
	if a.rehash != "" {
		if err := account.Rehash(ctx, tx, acc.ID, acc.PasswordHash, a.rehash); err != nil {
			return SignInResult{}, err
		}
	}
	if a.factors.pauseEnded(now) {
		if err := s.storePauseEnd(ctx, tx, a.factors, now); err != nil {
			return SignInResult{}, err
		}
		acc.PausedAt, acc.PausedUntil = 0, 0
	}
	if c.Pending != nil && (c.Pending.AccountID != acc.ID || c.Pending.Stale(now)) {
		if err := s.reportMissingFactor(ctx, tx, c); err != nil {
			return SignInResult{}, err
		}
	}
	if err := endFormer(ctx, tx, c); err != nil {
		return SignInResult{}, err
	}
	if a.factors.RequiredLevel(now) == session.LevelTwo {
		issued, err := s.createPending(ctx, tx, c, a, now)
		return SignInResult{Next: NextSecondFactor, Issued: issued}, err
	}
	return s.openPasswordSession(ctx, tx, c, a.factors, false, now)
}

// openPasswordSession completes a sign-in that owes no second factor. welcome says that
// the person has just chosen the first password.
func (s *Service) openPasswordSession(ctx context.Context, tx *database.Tx, c *Caller, f Factors, welcome bool, now time.Time) (SignInResult, error) {
	fresh := session.Session{Level: session.LevelPassword, PasswordAt: now.UnixMilli(), Welcome: welcome}
	issued, err := s.openSession(ctx, tx, c, f, &fresh, now)
	if err != nil {
		return SignInResult{}, err
	}
	next, err := s.next(ctx, tx, f)
	return SignInResult{Next: next, Issued: issued}, err
}

// createPending stores a pending sign-in. Signing in again in one browser keeps
// the first start time, so it cannot postpone the notice about a missing second
// factor. If an older pending sign-in is evicted, the person is notified.
func (s *Service) createPending(ctx context.Context, tx *database.Tx, c *Caller, a *attempt, now time.Time) (Issued, error) {
	acc := a.factors.account
	p := &session.Pending{AccountID: acc.ID, Epoch: acc.Epoch, Known: c.knownTo(acc), Address: c.addressText(), UserAgent: c.UserAgent}
	if c.Pending != nil && c.Pending.AccountID == acc.ID {
		p.CreatedAt = c.Pending.CreatedAt
	}
	token, evicted, err := session.CreatePending(ctx, tx, p, now)
	if err != nil {
		return Issued{}, err
	}
	if evicted && !p.Known {
		if err := s.reportPasswordKnown(ctx, tx, pendingCaller(acc, p)); err != nil {
			return Issued{}, err
		}
	}
	e := s.passwordEvent(c, a, audit.OK, "")
	e.SessionID = 0
	return Issued{Session: new(string), Pending: &token}, audit.Record(ctx, tx, e)
}

// ExtendPending gives a pending sign-in another ten minutes.
func (s *Service) ExtendPending(ctx context.Context, c *Caller) error {
	if c.Pending == nil {
		return apperr.Of(apperr.PendingEnded)
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		now := s.Now()
		if err := lock(ctx, tx, c, now); err != nil {
			return err
		}
		if c.Pending.Stale(now) { // extending must not keep it from the person
			if err := s.reportMissingFactor(ctx, tx, c); err != nil {
				return err
			}
		}
		err := session.ExtendPending(ctx, tx, c.Pending, now)
		if errors.Is(err, session.ErrNotFound) {
			return apperr.Of(apperr.WrongState)
		}
		if err != nil {
			return err
		}
		return s.recordOK(ctx, tx, c, audit.SignInExtended)
	})
}

// CancelPending ends the pending sign-in, or the session that owes a code.
func (s *Service) CancelPending(ctx context.Context, c *Caller) (Issued, error) {
	if c.State != PendingSecondFactor {
		return Issued{Pending: new(string)}, nil
	}
	return s.leave(ctx, c, audit.SignInCancelled)
}

// SignOut ends the caller's session and pending sign-in. The browser stays known
// to the account.
func (s *Service) SignOut(ctx context.Context, c *Caller) (Issued, error) {
	if c.Session == nil && c.Pending == nil {
		return Issued{Session: new(string), Pending: new(string)}, nil
	}
	return s.leave(ctx, c, audit.SignOut)
}

func (s *Service) leave(ctx context.Context, c *Caller, kind audit.Kind) (Issued, error) {
	err := s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return err
		}
		if c.State == PendingSecondFactor {
			if err := s.reportMissingFactor(ctx, tx, c); err != nil {
				return err
			}
		}
		if err := endFormer(ctx, tx, c); err != nil {
			return err
		}
		return s.recordOK(ctx, tx, c, kind)
	})
	if code := apperr.CodeOf(err); code == apperr.SignedOut || code == apperr.PendingEnded {
		err = nil // it has ended already
	}
	return Issued{Session: new(string), Pending: new(string)}, err
}

// endFormer ends what this browser was signed in to, or about to be, before.
func endFormer(ctx context.Context, tx *database.Tx, c *Caller) error {
	if c.Session != nil {
		err := session.End(ctx, tx, c.Session.AccountID, c.Session.ID)
		if err != nil && !errors.Is(err, session.ErrNotFound) {
			return err
		}
	}
	if c.Pending != nil {
		return session.EndPending(ctx, tx, c.Pending.ID)
	}
	return nil
}
