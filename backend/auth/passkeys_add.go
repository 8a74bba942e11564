package auth

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/passkey"
	"imagemaster/backend/session"
	"imagemaster/backend/totp"
)

// MakeKey begins the making of a passkey or hardware key, and returns what the browser
// needs. The step-up is checked now, not when the key is added.
func (s *Service) MakeKey(ctx context.Context, c *Caller, kind passkey.Kind) (json.RawMessage, error) {
	if err := c.ready(NextSetUp); err != nil {
		return nil, err
	}
	if s.relyingParty == nil {
		return nil, apperr.Of(apperr.KeysImpossible)
	}
	if err := c.requireFresh(s.Now(), strongestOrOpening); err != nil {
		return nil, err
	}
	var options json.RawMessage
	err := s.DB.InTx(ctx, func(tx *database.Tx) error {
		now := s.Now()
		if err := lock(ctx, tx, c, now); err != nil {
			return err
		}
		owner, err := s.ownerOfNew(ctx, tx, c)
		if err != nil {
			return err
		}
		made, ceremony, err := s.relyingParty.Make(owner, kind)
		if err != nil {
			return err
		}
		ceremony.Begun, ceremony.Confirmed = now.UnixMilli(), c.Session.ResistantFresh(now)
		options = made
		return s.storeCeremony(ctx, tx, c, ceremony, now)
	})
	return options, err
}

// ownerOfNew is ownerOf for somebody who may have one more key. A session that a help code
// has opened replaces all keys, and they are not for it to see.
func (s *Service) ownerOfNew(ctx context.Context, tx *database.Tx, c *Caller) (*passkey.Owner, error) {
	owner, err := s.ownerOf(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	if c.Session.Recovery {
		owner.Keys = nil
	}
	if len(owner.Keys) >= passkey.MaxKeys {
		return nil, apperr.Of(apperr.TooManyKeys)
	}
	return owner, nil
}

// NewKey is a key that was added.
type NewKey struct {
	ID     int64
	Kind   passkey.Kind
	Name   string // of its model, "" = not known
	First  bool   // the account had no second factor before, or this one replaces all
	Issued Issued
}

// AddKey stores the key that the browser has made. Beside other factors it ends no sessions,
// since it weakens nothing. A first factor ends what the password alone has opened; with a
// help code it replaces all former factors, as ConfirmEnrollment does.
func (s *Service) AddKey(ctx context.Context, c *Caller, answer json.RawMessage) (NewKey, error) {
	if err := c.ready(NextSetUp); err != nil {
		return NewKey{}, err
	}
	if passkey.CheckMade(answer) != nil {
		return NewKey{}, errMalformedAnswer()
	}
	if s.relyingParty == nil {
		return NewKey{}, apperr.Of(apperr.KeysImpossible)
	}
	var added NewKey
	err := s.inTxKeepingRefusal(ctx, func(tx *database.Tx) (refused, err error) {
		now := s.Now()
		if err := lock(ctx, tx, c, now); err != nil {
			return nil, err
		}
		if err := s.refreshFactors(ctx, tx, c); err != nil {
			return nil, err
		}
		ceremony, err := s.spendCeremony(ctx, tx, c, now)
		if err != nil {
			return nil, err
		}
		if c.factors.outgrown(ceremony.Begun, now) && !c.Session.Recovery {
			return apperr.Of(apperr.CeremonyEnded), nil
		}
		owner, err := s.ownerOfNew(ctx, tx, c)
		if err != nil {
			return nil, err
		}
		key, err := s.relyingParty.Made(owner, ceremony, answer)
		if err != nil {
			return s.refuseMade(ctx, tx, c, ceremony.Kind, err)
		}
		if refused, err := s.requireUnknownKey(ctx, tx, c, key); refused != nil || err != nil {
			return refused, err
		}
		key.AccountID, key.MadeIn, key.Name = c.Account.ID, c.Session.ID, passkey.Proposal(key)
		key.CreatedAt, key.ResistantAt = now.UnixMilli(), now.Add(passkey.ResistantAfter).UnixMilli()
		if ceremony.Confirmed || c.Session.Recovery || c.Session.WelcomeCounts(now) {
			key.ResistantAt = key.CreatedAt
		}
		added, err = s.storeKey(ctx, tx, c, key, owner, now)
		return nil, err
	})
	if err != nil {
		return NewKey{}, err
	}
	return added, nil
}

// requireUnknownKey refuses a key that is registered already. Whose it is, only its owner is
// told. With a help code the person may register an own key again: the former one goes.
func (s *Service) requireUnknownKey(ctx context.Context, tx *database.Tx, c *Caller, key *passkey.Key) (refused, err error) {
	owner, err := passkey.OwnerOf(ctx, tx, key.CredentialID)
	switch {
	case err != nil, owner == 0, owner == c.Account.ID && c.Session.Recovery:
		return nil, err
	case owner == c.Account.ID:
		return apperr.Of(apperr.KeyExists), nil
	}
	return apperr.Of(apperr.KeyRefused), nil
}

// refuseMade records that a new key was refused, and returns what the person is told.
func (s *Service) refuseMade(ctx context.Context, tx *database.Tx, c *Caller, kind passkey.Kind, cause error) (refused, err error) {
	r, ok := refusalOf(cause)
	if !ok {
		return nil, cause
	}
	e := s.event(c, audit.PasskeyAdded, audit.Failed)
	e.Reason, e.Factor = r.reason, string(kind)
	return apperr.Of(r.code), audit.Record(ctx, tx, e)
}

// storeKey makes a new key a second factor, and this session one that has given it. If a
// backup code opened the session, that code still counts here until session.BackupPower is
// over: a person who used the last code for a new key makes new codes next.
func (s *Service) storeKey(ctx context.Context, tx *database.Tx, c *Caller, key *passkey.Key, owner *passkey.Owner, now time.Time) (NewKey, error) {
	added := NewKey{Kind: key.Kind(), Name: key.Name, First: c.Session.Recovery || c.factors.App == nil && len(owner.Keys) == 0}
	change := session.Change{Level: session.LevelTwo, Given: session.Given{At: now, Key: true, Resistant: key.Resistant(now)}}
	if added.First {
		change.Given.Factor = string(key.Kind())
	}
	if c.Session.Recovery {
		if err := s.forgetFormer(ctx, tx, c.Account); err != nil {
			return NewKey{}, err
		}
		if err := totp.Remove(ctx, tx, c.Account.ID); err != nil {
			return NewKey{}, err
		}
		change.Enrolled, change.ClearsBackup = s.SessionLimits.Overall(c.Session.Created()), true
	}
	err := passkey.Create(ctx, tx, key)
	if errors.Is(err, passkey.ErrExists) {
		return NewKey{}, apperr.Of(apperr.KeyExists)
	}
	if err != nil {
		return NewKey{}, err
	}
	added.ID = key.ID
	end := s.changeSession // nothing becomes invalid
	if added.First {
		end = s.endOthers // what the password alone has opened
	}
	if added.Issued, err = end(ctx, tx, c, change); err != nil {
		return NewKey{}, err
	}
	if c.Account.PausedAt != 0 { // as when an app is bound: a second factor was given
		if err := account.EndPause(ctx, tx, c.Account.ID); err != nil {
			return NewKey{}, err
		}
	}
	e := s.keyEvent(c, audit.PasskeyAdded, key)
	if c.Session.Recovery {
		e.Reason = audit.ReasonHelpCode
	}
	if err := audit.Record(ctx, tx, e); err != nil {
		return NewKey{}, err
	}
	return added, s.notifyOfKey(ctx, tx, c, notify.PasskeyAdded, key)
}
