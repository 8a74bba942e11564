package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/helpcode"
	"imagemaster/backend/notify"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

// NewHelpCode is a help code that is not stored yet. Text is shown once.
type NewHelpCode struct {
	Text       string
	hash, salt []byte
}

// NewHelpCode makes a help code and hashes it, in a hash slot.
func (s *Service) NewHelpCode(ctx context.Context, by Actor) (NewHelpCode, error) {
	c := by.Caller
	if c == nil {
		c = operatorCaller(nil)
	}
	leave, err := s.enterQueue(ctx, c)
	if err != nil {
		return NewHelpCode{}, err
	}
	defer leave()
	code := NewHelpCode{Text: helpcode.Generate(), salt: make([]byte, helpcode.SaltSize)}
	rand.Read(code.salt)
	canonical, _ := helpcode.Parse(code.Text)
	code.hash = s.Hasher.Key([]byte(canonical), code.salt)
	return code, nil
}

// HelpCodeFor is the change that gives somebody a help code.
func (s *Service) HelpCodeFor(f Factors, by Actor, code NewHelpCode, reason string, lifetime time.Duration) Change {
	return Change{Helper: true, Takeover: account.TakeoverHelp, Events: []audit.Kind{audit.HelpCodeGiven}, Facts: map[string]any{"detail": reason},
		Notice: notify.HelpCodeGiven, Told: notify.DidGiveHelp,
		Do: func(ctx context.Context, tx *database.Tx) error {
			a, now := f.account, s.Now()
			has, err := HasFactor(ctx, tx, a.ID)
			if err != nil {
				return err
			}
			if a.Disabled() || !a.HasPassword() || !has {
				return apperr.New(apperr.WrongState, "A help code is for an enabled account with a password and a second factor.")
			}
			if left := a.HelpStopped(now); left > 0 { // also of the operator
				return &apperr.Error{Code: apperr.HelpStopped, Wait: left}
			}
			if err := session.EndRecoveries(ctx, tx, a.ID); err != nil {
				return err
			}
			if err := s.endPauseForHelp(ctx, tx, by, a); err != nil {
				return err
			}
			if err := throttle.Begin(ctx, tx, a.ID, throttle.HelpCode); err != nil {
				return err
			}
			return helpcode.Replace(ctx, tx, &helpcode.Code{AccountID: a.ID, CodeHash: code.hash, Salt: code.salt, Epoch: a.Epoch,
				CreatedAt: now.UnixMilli(), ExpiresAt: now.Add(lifetime).UnixMilli(), GivenBy: by.ID(), Reason: reason})
		}}
}

// endPauseForHelp ends a pause of somebody who gets a help code: the sign-in would not ask
// for it otherwise.
func (s *Service) endPauseForHelp(ctx context.Context, tx *database.Tx, by Actor, a *account.Account) error {
	if a.PausedAt == 0 {
		return nil
	}
	if err := account.EndPause(ctx, tx, a.ID); err != nil {
		return err
	}
	e := s.EventBy(by, a, audit.Resumed, nil)
	e.Reason = audit.ReasonHelpCode
	return audit.Record(ctx, tx, e)
}

// helpCode is a code that somebody else gave.
type helpCode struct {
	text  string
	hash  []byte
	found *helpcode.Code   // set by compare, nil = there is none
	giver *account.Account // set by compare, nil = the operator
}

func (*helpCode) method() throttle.Method { return throttle.HelpCode }

// prepare hashes the code, in a hash slot. An account without a help code costs the same.
func (p *helpCode) prepare(ctx context.Context, s *Service, c *Caller) (reason string, err error) {
	leave, err := s.enterQueue(ctx, c)
	if err != nil {
		return "", err
	}
	defer leave()
	salt := make([]byte, helpcode.SaltSize)
	stored, err := helpcode.Find(ctx, s.DB.Read(ctx), c.Account.ID)
	if err != nil && !errors.Is(err, helpcode.ErrNotFound) {
		return "", err
	}
	if stored != nil {
		salt = stored.Salt
	}
	p.hash = s.Hasher.Key([]byte(p.text), salt)
	return "", nil
}

// compare says of every code that does not count only that it is wrong: who has the
// password alone must not learn whether there is one.
func (p *helpCode) compare(ctx context.Context, tx *database.Tx, c *Caller, now time.Time) (verdict, error) {
	wrong := verdict{code: apperr.CodeWrong}
	found, err := helpcode.Find(ctx, tx, c.Account.ID)
	if errors.Is(err, helpcode.ErrNotFound) {
		return wrong, nil
	}
	if err != nil {
		return verdict{}, err
	}
	if !found.Is(p.hash) || !found.Open(c.Account.Epoch, now) || c.Account.HelpStopped(now) > 0 {
		return wrong, nil
	}
	if found.UsedAt != 0 {
		return verdict{code: apperr.CodeUsed}, nil
	}
	giver, allowed, err := giverOf(ctx, tx, found.GivenBy, c.Account)
	if err != nil || !allowed {
		return wrong, err
	}
	p.found, p.giver = found, giver
	return verdict{}, nil
}

func (p *helpCode) spend(ctx context.Context, tx *database.Tx, _ *Caller, now time.Time) error {
	err := helpcode.Spend(ctx, tx, p.found, session.RecoveryLifetime, now)
	if errors.Is(err, helpcode.ErrSpent) {
		return errSpent
	}
	return err
}

// giverOf returns who has given help to an account, nil = the operator, and whether that
// person may still give it.
func giverOf(ctx context.Context, tx *database.Tx, id int64, target *account.Account) (giver *account.Account, allowed bool, err error) {
	if id == 0 {
		return nil, true, nil
	}
	giver, err = account.Find(ctx, tx, id)
	if errors.Is(err, account.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	allowed = !giver.Disabled() && (giver.Role() == account.Administrator || giver.Role() == account.Helper && target.Role() == account.Person)
	return giver, allowed, nil
}
