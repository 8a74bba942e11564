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
			if err := throttle.Begin(ctx, tx, a.ID, throttle.HelpCode); err != nil {
				return err
			}
			return helpcode.Replace(ctx, tx, &helpcode.Code{AccountID: a.ID, CodeHash: code.hash, Salt: code.salt, Epoch: a.Epoch,
				CreatedAt: now.UnixMilli(), ExpiresAt: now.Add(lifetime).UnixMilli(), GivenBy: by.ID(), Reason: reason})
		}}
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
	err := helpcode.Spend(ctx, tx, p.found, now)
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

// UseHelpCode completes a sign-in with a help code in place of the second factor. The
// session can only enrol a new one. The caller has a pending sign-in, or a session whose
// level is below what the account requires by now.
func (s *Service) UseHelpCode(ctx context.Context, c *Caller, typed string) (SignInResult, error) {
	if err := c.RequirePending(); err != nil {
		return SignInResult{}, err
	}
	text, ok := helpcode.Parse(typed)
	if !ok {
		return SignInResult{}, errMalformedCode()
	}
	code := &helpCode{text: text}
	var result SignInResult
	err := s.decide(ctx, c, try{kind: audit.SecondFactor, proof: code, accept: func(tx *database.Tx, now time.Time) (err error) {
		result, err = s.openRecovery(ctx, tx, c, code, now)
		return err
	}})
	if err != nil {
		return SignInResult{}, err
	}
	return result, nil
}

// openRecovery opens a session that can only enrol, in the transaction that has spent the
// help code. The former session of this browser ends.
func (s *Service) openRecovery(ctx context.Context, tx *database.Tx, c *Caller, code *helpCode, now time.Time) (SignInResult, error) {
	fresh := session.Session{Level: session.LevelPassword, Recovery: true}
	if c.Pending != nil {
		fresh.PasswordAt = c.Pending.PasswordAt
		if err := pendingEnded(session.SpendPending(ctx, tx, c.Pending, c.Account.Epoch, now)); err != nil {
			return SignInResult{}, err
		}
	} else {
		fresh.PasswordAt = c.Session.PasswordAt
	}
	former := *c
	former.Pending = nil
	if err := endFormer(ctx, tx, &former); err != nil {
		return SignInResult{}, err
	}
	used := s.event(c, audit.HelpCodeUsed, audit.OK)
	used.Factor = string(throttle.HelpCode)
	facts := map[string]any{"detail": code.found.Reason}
	if code.giver != nil {
		facts["by"], facts["by_id"] = code.giver.Username, code.giver.ID
	}
	used.Details = details(facts)
	issued, err := s.openSession(ctx, tx, c, c.factors, &fresh, now, used)
	if err != nil {
		return SignInResult{}, err
	}
	if err := s.notify(ctx, tx, c, notify.HelpCodeUsed, fresh.ID); err != nil {
		return SignInResult{}, err
	}
	if code.giver != nil {
		if err := s.notifyGiver(ctx, tx, code.giver, notify.AcceptedHelp, c.Account); err != nil {
			return SignInResult{}, err
		}
	}
	return SignInResult{Next: NextSetUp, Issued: issued}, nil
}

// notifyGiver tells the giver of a link or help code what the person did with it.
func (s *Service) notifyGiver(ctx context.Context, tx *database.Tx, giver *account.Account, kind notify.Kind, about *account.Account) error {
	n := notify.Notice{AccountID: giver.ID, Kind: kind, At: s.Now().UnixMilli(), Subject: about.Username}
	return notify.Notify(ctx, tx, n, notify.Reader{Username: giver.Username, Language: giver.Language})
}

// OpenHelp is a help code that can still be used, or that has opened a session which may
// still enrol.
type OpenHelp struct {
	*helpcode.Code
	By string // user name of its giver, "" = the operator
}

// OpenHelpOf returns the open help code of an account, nil = none.
func (s *Service) OpenHelpOf(ctx context.Context, tx *database.Tx, a *account.Account) (*OpenHelp, error) {
	code, err := helpcode.Find(ctx, tx, a.ID)
	if errors.Is(err, helpcode.ErrNotFound) {
		return nil, nil
	}
	if err != nil || !code.Open(a.Epoch, s.Now()) {
		return nil, err
	}
	open := &OpenHelp{Code: code}
	giver, err := account.Find(ctx, tx, code.GivenBy)
	switch {
	case errors.Is(err, account.ErrNotFound): // the operator, or deleted since
	case err != nil:
		return nil, err
	default:
		open.By = giver.Username
	}
	return open, nil
}

// Help returns the open help code of the caller's account, nil = none. The session that it
// has opened does not see it: only the others can refuse it.
func (s *Service) Help(ctx context.Context, c *Caller) (*OpenHelp, error) {
	if c.ready() != nil {
		return nil, nil
	}
	return s.OpenHelpOf(ctx, s.DB.Read(ctx), c.Account)
}

// RefuseHelp ends the open help code of the caller's account and the session that it has
// opened: the person did not ask for it. Nobody may help for account.HelpStop. It wants no
// step-up, since it takes power away and has to be quick.
func (s *Service) RefuseHelp(ctx context.Context, c *Caller) error {
	if err := c.ready(); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := account.LockAdministrators(ctx, tx); err != nil { // they are told
			return err
		}
		now := s.Now()
		if err := lock(ctx, tx, c, now); err != nil {
			return err
		}
		open, err := s.OpenHelpOf(ctx, tx, c.Account)
		if err != nil {
			return err
		}
		if open == nil {
			return apperr.Of(apperr.WrongState)
		}
		err = errors.Join(helpcode.End(ctx, tx, c.Account.ID), session.EndRecoveries(ctx, tx, c.Account.ID), account.StopHelp(ctx, tx, c.Account.ID, now))
		if err != nil {
			return err
		}
		e := s.event(c, audit.HelpRefused, audit.OK)
		e.Details = details(map[string]any{"detail": open.By, "giver_id": open.GivenBy})
		if err := audit.Record(ctx, tx, e); err != nil {
			return err
		}
		if err := s.notify(ctx, tx, c, notify.HelpStopped, c.Session.ID); err != nil {
			return err
		}
		return s.tellOfRefusal(ctx, tx, c.Account, open)
	})
}

// tellOfRefusal notifies all administrators that help was refused, and its giver.
func (s *Service) tellOfRefusal(ctx context.Context, tx *database.Tx, about *account.Account, refused *OpenHelp) error {
	readers, err := account.Administrators(ctx, tx)
	if err != nil {
		return err
	}
	giver, err := account.Find(ctx, tx, refused.GivenBy)
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		return err
	}
	if err == nil && (!giver.Admin || giver.Disabled()) {
		readers = append(readers, *giver)
	}
	for _, reader := range readers {
		if reader.ID == about.ID {
			continue
		}
		n := notify.Notice{AccountID: reader.ID, Kind: notify.HelpRefused, At: s.Now().UnixMilli(), Subject: about.Username, Detail: refused.By}
		if err := notify.Notify(ctx, tx, n, notify.Reader{Username: reader.Username, Language: reader.Language}); err != nil {
			return err
		}
	}
	return nil
}
