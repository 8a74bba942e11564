package auth

import (
	"context"
	"errors"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/password"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

// SignIn checks a name and a password. A right password ends whatever the
// browser was signed in to before and leads to a session of level 1 or, where
// a key is live, to a pending sign-in. A wrong name, a wrong password and a
// disabled account give the same answer for the same work (standards E11).
func (s *Service) SignIn(ctx context.Context, c *Caller, username, typed string) (SignInResult, error) {
	a, err := s.checkPassword(ctx, c, username, password.Normalize(typed))
	if err != nil {
		return SignInResult{}, err
	}
	var result SignInResult
	err = s.DB.InTx(ctx, func(tx *database.Tx) error {
		result, err = s.afterPassword(ctx, tx, c, a)
		return err
	})
	return result, err
}

// checkPassword returns the account whose name and password were typed. The
// hash slot is taken before the name is looked up, so a full queue tells
// nothing about names (standards E9); the try is reserved before the password
// is compared, and given back when it was right.
func (s *Service) checkPassword(ctx context.Context, c *Caller, username, typed string) (*account.Account, error) {
	leave, err := s.Hasher.Enter(ctx, addressKey(c.Address), c.Device != nil || c.Session != nil)
	if err != nil {
		return nil, err
	}
	defer leave()
	folded, _ := account.Fold(username)
	a, err := account.ByFoldedName(ctx, s.DB.Read(ctx), folded)
	if errors.Is(err, account.ErrNotFound) {
		a = nil
	} else if err != nil {
		return nil, err
	}
	attempt := s.attempt(c, a, folded)
	if err := s.reserveSignIn(ctx, c, a, attempt); err != nil {
		return nil, err
	}
	reason, err := s.comparePassword(a, typed)
	if err != nil {
		return nil, err
	}
	if reason != "" {
		return nil, s.refusePassword(ctx, c, a, folded, reason)
	}
	if err := s.rehash(ctx, a, typed); err != nil {
		return nil, err
	}
	return a, s.DB.InTx(ctx, func(tx *database.Tx) error { return throttle.ReleaseSignIn(ctx, tx, attempt, s.Now()) })
}

// comparePassword returns why a password is refused, "" when it is right. A
// name that does not exist, nil, costs the same work.
func (s *Service) comparePassword(a *account.Account, typed string) (reason string, err error) {
	if a == nil {
		s.Hasher.VerifyNobody(typed)
		return audit.ReasonUnknown, nil
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

// attempt says which budgets a password counts against.
func (s *Service) attempt(c *Caller, a *account.Account, folded string) throttle.SignInAttempt {
	attempt := throttle.SignInAttempt{NameKey: s.hashName(folded), Address: addressKey(c.Address)}
	if a != nil && c.knownTo(a) {
		attempt.DeviceID = c.Device.ID
	}
	return attempt
}

func (s *Service) reserveSignIn(ctx context.Context, c *Caller, a *account.Account, attempt throttle.SignInAttempt) error {
	err := s.DB.InTx(ctx, func(tx *database.Tx) error { return throttle.ReserveSignIn(ctx, tx, attempt, s.Now()) })
	var wait *throttle.WaitError
	if !errors.As(err, &wait) {
		return err
	}
	e := s.event(c, audit.Password, audit.Denied)
	e.Reason, e.Factor, e.AccountID = audit.ReasonWait, "password", nil
	if a != nil {
		e.AccountID = &a.ID
	}
	return errors.Join(s.countThrottled(ctx, e), errSignInWait(wait.Left))
}

func (s *Service) refusePassword(ctx context.Context, c *Caller, a *account.Account, folded, reason string) error {
	e := s.event(c, audit.Password, audit.Failed)
	e.Reason, e.Factor = reason, "password"
	e.AccountID = nil
	if a != nil {
		e.AccountID = &a.ID
	} else {
		e.Details = details(map[string]any{"name_hash": s.hashName(folded)})
	}
	if err := s.record(ctx, e); err != nil {
		return err
	}
	return errCredentials()
}

// rehash stores the password under today's cost where it was hashed for less.
func (s *Service) rehash(ctx context.Context, a *account.Account, typed string) error {
	if !s.Hasher.NeedsRehash(a.PasswordHash) {
		return nil
	}
	phc, err := s.Hasher.Hash(typed)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		return account.Rehash(ctx, tx, a.ID, a.PasswordHash, phc)
	})
}

// afterPassword begins what follows a right password. The account is locked
// and read again: its epoch must still be the one read with the password hash.
func (s *Service) afterPassword(ctx context.Context, tx *database.Tx, c *Caller, read *account.Account) (SignInResult, error) {
	a, err := account.Lock(ctx, tx, read.ID)
	if err != nil {
		return SignInResult{}, err
	}
	if a.Epoch != read.Epoch || a.Disabled() {
		return SignInResult{}, errCredentials()
	}
	key, err := findKey(ctx, tx, a.ID)
	if err != nil {
		return SignInResult{}, err
	}
	now := s.Now()
	if c.Pending != nil && (c.Pending.AccountID != a.ID || c.Pending.Stale(now)) {
		if err := s.noteMissingFactor(ctx, tx, c); err != nil {
			return SignInResult{}, err
		}
	}
	if err := endFormer(ctx, tx, c); err != nil {
		return SignInResult{}, err
	}
	if s.owedLevel(key, now) == session.LevelTwo {
		issued, err := s.beginPending(ctx, tx, c, a, now)
		return SignInResult{Next: NextSecondFactor, Issued: issued}, err
	}
	fresh := session.Session{Level: session.LevelPassword, PasswordAt: now.UnixMilli()}
	issued, err := s.completeSignIn(ctx, tx, c, a, &fresh, now)
	if err != nil {
		return SignInResult{}, err
	}
	next, err := s.nextFor(ctx, tx, a, key)
	return SignInResult{Next: next, Issued: issued}, err
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
		return session.CancelPending(ctx, tx, c.Pending.ID)
	}
	return nil
}

// beginPending begins a pending sign-in. One that is begun before the last has
// run out must not hide the last: it keeps its beginning, and who crowds others
// out is told of.
func (s *Service) beginPending(ctx context.Context, tx *database.Tx, c *Caller, a *account.Account, now time.Time) (Issued, error) {
	p := &session.Pending{AccountID: a.ID, Epoch: a.Epoch, Known: c.knownTo(a), Address: addressText(c), UserAgent: c.UserAgent}
	if c.Pending != nil && c.Pending.AccountID == a.ID {
		p.CreatedAt = c.Pending.CreatedAt
	}
	token, crowded, err := session.BeginPending(ctx, tx, p, now)
	if err != nil {
		return Issued{}, err
	}
	if crowded && !p.Known {
		if err := s.noteStranger(ctx, tx, stranger(a, p)); err != nil {
			return Issued{}, err
		}
	}
	e := s.event(c, audit.Password, audit.OK)
	e.AccountID, e.SessionID, e.Factor = &a.ID, 0, "password"
	return Issued{Session: new(string), Pending: &token}, audit.Record(ctx, tx, e)
}

// completeSignIn begins a session with the level and the times in fresh, which
// gets its id, and makes the browser a known one. The caller holds account.Lock.
func (s *Service) completeSignIn(ctx context.Context, tx *database.Tx, c *Caller, a *account.Account, fresh *session.Session, now time.Time) (Issued, error) {
	issued := Issued{Pending: new(string)}
	var err error
	if issued.Device, fresh.DeviceID, err = s.keepDevice(ctx, tx, c, a, fresh.Level, now); err != nil {
		return Issued{}, err
	}
	fresh.AccountID, fresh.Epoch = a.ID, a.Epoch
	fresh.Address, fresh.UserAgent, fresh.FailedCodes = addressText(c), c.UserAgent, a.FailedCodes
	token, ended, err := session.Begin(ctx, tx, fresh, now)
	if err != nil {
		return Issued{}, err
	}
	for reason, ids := range map[string][]int64{audit.ReasonExpired: ended.Expired, audit.ReasonCrowded: ended.Crowded} {
		for _, id := range ids {
			if err := s.recordEnded(ctx, tx, audit.SessionEnded, reason, a.ID, id); err != nil {
				return Issued{}, err
			}
		}
	}
	issued.Session = &token
	if err := account.ClearFailedCodes(ctx, tx, a.ID); err != nil {
		return Issued{}, err
	}
	if err := s.demandNewPassword(ctx, tx, a, now); err != nil {
		return Issued{}, err
	}
	e := s.event(c, audit.SignIn, audit.OK)
	e.AccountID, e.SessionID = &a.ID, fresh.ID
	e.Details = details(map[string]any{"level": fresh.Level})
	return issued, audit.Record(ctx, tx, e)
}

// keepDevice makes the browser a known one, or gives a known one a new token.
// Where a key is bound only the second factor does that: a sign-in during a
// pause must not turn whoever knows the password into somebody the account
// knows. A browser that is known already stays as it is then.
func (s *Service) keepDevice(ctx context.Context, tx *database.Tx, c *Caller, a *account.Account, level session.Level, now time.Time) (token *string, id int64, err error) {
	var known *session.Device
	if c.knownTo(a) {
		known = c.Device
	}
	key, err := findKey(ctx, tx, a.ID)
	if err != nil {
		return nil, 0, err
	}
	if key != nil && level < session.LevelTwo {
		if known != nil {
			id = known.ID
		}
		return nil, id, nil
	}
	made, id, err := session.KeepDevice(ctx, tx, known, a.ID, a.Epoch, now)
	return &made, id, err
}

func addressText(c *Caller) string {
	if !c.Address.IsValid() {
		return ""
	}
	return c.Address.String()
}

// ExtendPending gives a pending sign-in another ten minutes.
func (s *Service) ExtendPending(ctx context.Context, c *Caller) (time.Time, error) {
	if c.Pending == nil {
		return time.Time{}, errPendingEnded()
	}
	var ends time.Time
	err := s.DB.InTx(ctx, func(tx *database.Tx) (err error) {
		ends, err = session.ExtendPending(ctx, tx, c.Pending, s.Now())
		if errors.Is(err, session.ErrNotFound) {
			return errExtendedEnough()
		}
		if err != nil {
			return err
		}
		return s.recordOK(ctx, tx, c, audit.SignInExtended)
	})
	return ends, err
}

// CancelPending ends the pending sign-in, or the session that owes a code.
func (s *Service) CancelPending(ctx context.Context, c *Caller) (Issued, error) {
	if c.State != PendingSecondFactor {
		return Issued{Pending: new(string)}, nil
	}
	err := s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := s.noteMissingFactor(ctx, tx, c); err != nil {
			return err
		}
		if err := endFormer(ctx, tx, c); err != nil {
			return err
		}
		return s.recordOK(ctx, tx, c, audit.SignInCancelled)
	})
	return Issued{Session: new(string), Pending: new(string)}, err
}

// SignOut ends the caller's session and pending sign-in. The browser stays
// known to the account.
func (s *Service) SignOut(ctx context.Context, c *Caller) (Issued, error) {
	issued := Issued{Session: new(string), Pending: new(string)}
	if c.Session == nil && c.Pending == nil {
		return issued, nil
	}
	err := s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := s.noteMissingFactor(ctx, tx, c); err != nil {
			return err
		}
		if err := endFormer(ctx, tx, c); err != nil {
			return err
		}
		return s.recordOK(ctx, tx, c, audit.SignOut)
	})
	return issued, err
}
