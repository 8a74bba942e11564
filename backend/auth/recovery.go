package auth

import (
	"context"
	"errors"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/database"
	"imagemaster/backend/helpcode"
	"imagemaster/backend/notify"
	"imagemaster/backend/passkey"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
)

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
	if err := s.fillHelpBudget(ctx, c); err != nil {
		return SignInResult{}, err
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

// fillHelpBudget makes the budget of an account that an instance of an older version has
// made.
func (s *Service) fillHelpBudget(ctx context.Context, c *Caller) error {
	_, err := throttle.Read(ctx, s.DB.Read(ctx), throttle.Budget{AccountID: c.Account.ID, Method: throttle.HelpCode, Lane: c.lane()})
	if !errors.Is(err, throttle.ErrMissing) {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return err
		}
		return throttle.Begin(ctx, tx, c.Account.ID, throttle.HelpCode)
	})
}

// openRecovery opens a session that can only enrol, in the transaction that has spent the
// help code. The former session of this browser ends.
func (s *Service) openRecovery(ctx context.Context, tx *database.Tx, c *Caller, code *helpCode, now time.Time) (SignInResult, error) {
	fresh := session.Session{Level: session.LevelPassword, Recovery: true}
	if c.Pending != nil { // an older session has to give the password again before it enrols
		fresh.PasswordAt = c.Pending.PasswordAt
		if err := pendingEnded(session.SpendPending(ctx, tx, c.Pending, c.Account.Epoch, now)); err != nil {
			return SignInResult{}, err
		}
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

// requireHelp refuses to bind a key in a recovery session whose help code has ended, or
// whose giver may not give it any more.
func (s *Service) requireHelp(ctx context.Context, tx *database.Tx, a *account.Account) error {
	open, err := s.OpenHelpOf(ctx, tx, a)
	if err != nil {
		return err
	}
	if open == nil || open.UsedAt == 0 {
		return apperr.Of(apperr.SignedOut)
	}
	_, allowed, err := giverOf(ctx, tx, open.GivenBy, a)
	if err == nil && !allowed {
		err = apperr.Of(apperr.SignedOut)
	}
	return err
}

// forgetFormer deletes what is left of the factors that a help code has replaced, when a new
// app or key is bound: passkeys and hardware keys, the backup codes with their salt, a pause,
// the counts of failures, the help code, and the help that the person has given. The help
// code must still be good.
func (s *Service) forgetFormer(ctx context.Context, tx *database.Tx, a *account.Account) error {
	if err := s.requireHelp(ctx, tx, a); err != nil {
		return err
	}
	return errors.Join(passkey.RemoveAll(ctx, tx, a.ID), backupcode.Remove(ctx, tx, a.ID), account.ForgetFactors(ctx, tx, a.ID), throttle.ResetAll(ctx, tx, a.ID),
		helpcode.End(ctx, tx, a.ID), EndHelpGivenBy(ctx, tx, a.ID))
}
