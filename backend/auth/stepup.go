package auth

import (
	"context"
	"encoding/json"
	"time"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/password"
	"imagemaster/backend/session"
)

// StepUpInput is what a person enters in the step-up dialog; nil = not given.
type StepUpInput struct {
	Password, Code *string
	Key            json.RawMessage // the answer of a passkey or hardware key
}

// StepUp takes factors again inside a session. The password is checked first. A
// request with both counts as a whole or not at all.
func (s *Service) StepUp(ctx context.Context, c *Caller, in StepUpInput) (Issued, error) {
	if err := c.RequireSession(); err != nil {
		return Issued{}, err
	}
	if in.Password == nil && in.Code == nil && in.Key == nil || in.Code != nil && in.Key != nil {
		return Issued{}, apperr.OfField("password", "empty")
	}
	if (in.Code != nil || in.Key != nil) && c.Session.Recovery { // with a code at hand the person signs in with it
		return Issued{}, apperr.Of(apperr.WrongState)
	}
	var code proof
	if in.Code != nil {
		var err error
		if code, err = parseProof(*in.Code); err != nil {
			return Issued{}, err
		}
	}
	if in.Password != nil {
		right, err := s.isPassword(ctx, c, password.Normalize(*in.Password))
		if err != nil {
			return Issued{}, err
		}
		if !right {
			return Issued{}, s.refusePassword(ctx, c)
		}
	}
	if in.Key != nil {
		return s.acceptStepUpKey(ctx, c, in.Password != nil, in.Key)
	}
	return s.acceptStepUp(ctx, c, in.Password != nil, code)
}

// acceptStepUpKey judges the answer of a key, and stores it with the password, where that was
// given and is right.
func (s *Service) acceptStepUpKey(ctx context.Context, c *Caller, withPassword bool, answer json.RawMessage) (Issued, error) {
	var issued Issued
	err := s.decideKey(ctx, c, audit.StepUpKey, answer, func(tx *database.Tx, given session.Given, now time.Time) (err error) {
		issued, err = s.refresh(ctx, tx, c, withPassword, given, now)
		return err
	})
	if err != nil {
		return Issued{}, err
	}
	return issued, nil
}

// acceptStepUp stores what was given: the password, which is right, a code that is
// still to be judged, or both.
func (s *Service) acceptStepUp(ctx context.Context, c *Caller, withPassword bool, code proof) (Issued, error) {
	var issued Issued
	accept := func(tx *database.Tx, now time.Time) (err error) {
		var given session.Given
		if code != nil {
			given = codeGiven(code.method(), now)
		}
		issued, err = s.refresh(ctx, tx, c, withPassword, given, now)
		return err
	}
	if code != nil {
		if err := s.decide(ctx, c, try{kind: audit.StepUpCode, proof: code, accept: accept}); err != nil {
			return Issued{}, err
		}
		return issued, nil
	}
	err := s.DB.InTx(ctx, func(tx *database.Tx) error {
		now := s.Now()
		if err := lock(ctx, tx, c, now); err != nil {
			return err
		}
		return accept(tx, now)
	})
	return issued, err
}

// refresh stores when the factors were given, and renews the session's token (F8). Only a
// session that a backup code has opened keeps its token, until another factor is given: a
// lost answer would lock out a person who has used the last code.
func (s *Service) refresh(ctx context.Context, tx *database.Tx, c *Caller, withPassword bool, given session.Given, now time.Time) (Issued, error) {
	change := session.Change{Renew: c.Session.BackupAt == 0 || given.Factor != "" && !given.BackupCode}
	var events []audit.Event
	add := func(kind audit.Kind, factor string) {
		e := s.event(c, kind, audit.OK)
		e.Factor = factor
		events = append(events, e)
	}
	if withPassword {
		change.PasswordAt = now
		add(audit.StepUpPassword, "password")
	}
	switch {
	case given.Key:
		change.Given, change.Level = given, session.LevelTwo
		add(audit.StepUpKey, given.Factor)
	case given.Factor != "":
		change.Given, change.Level = given, session.LevelTwo
		add(audit.StepUpCode, given.Factor)
	}
	token, err := session.Update(ctx, tx, c.Session, change)
	if err := sessionEnded(err); err != nil {
		return Issued{}, err
	}
	if err := audit.Record(ctx, tx, events...); err != nil {
		return Issued{}, err
	}
	if given.BackupCode {
		if err := s.notify(ctx, tx, c, notify.BackupCodeUsed, c.Session.ID); err != nil {
			return Issued{}, err
		}
	}
	return Issued{Session: token}, nil
}
