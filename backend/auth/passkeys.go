package auth

import (
	"context"
	"errors"
	"slices"
	"time"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/backupcode"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
	"imagemaster/backend/passkey"
	"imagemaster/backend/session"
	"imagemaster/backend/throttle"
	"imagemaster/backend/totp"
)

// keyEvent is the event of what a person did to one of the keys.
func (s *Service) keyEvent(c *Caller, kind audit.Kind, key *passkey.Key) audit.Event {
	e := s.event(c, kind, audit.OK)
	e.Factor, e.Details = string(key.Kind()), details(map[string]any{"detail": key.Name})
	return e
}

// RenameKey stores what the person calls a key.
func (s *Service) RenameKey(ctx context.Context, c *Caller, id int64, name string) error {
	if err := c.readyWithFactor(); err != nil {
		return err
	}
	name, err := account.ParseText("name", name, passkey.MaxName)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return err
		}
		key, _, err := s.keyOf(ctx, tx, c, id)
		if err != nil || key.Name == name {
			return err
		}
		key.Name = name
		if err := passkey.Rename(ctx, tx, c.Account.ID, id, name); err != nil {
			return err
		}
		return audit.Record(ctx, tx, s.keyEvent(c, audit.PasskeyRenamed, key))
	})
}

// keyOf returns a key of the caller, and all the others.
func (s *Service) keyOf(ctx context.Context, tx *database.Tx, c *Caller, id int64) (*passkey.Key, []passkey.Key, error) {
	keys, err := passkey.List(ctx, tx, c.Account.ID)
	if err != nil {
		return nil, nil, err
	}
	at := slices.IndexFunc(keys, func(k passkey.Key) bool { return k.ID == id })
	if at < 0 {
		return nil, nil, apperr.Of(apperr.NotFound)
	}
	key := keys[at]
	return &key, slices.Delete(keys, at, at+1), nil
}

// RemoveKey deletes a passkey or hardware key. Without an app, and without another key that
// works, the backup codes and keys of another address go, too, as with RemoveFactors: nothing
// but a backup code would open the account. Only that is refused where a second factor is
// demanded, and the removal of the last key that works where a policy demands one.
func (s *Service) RemoveKey(ctx context.Context, c *Caller, id int64) (Issued, error) {
	return s.changeFactors(ctx, c, func(tx *database.Tx, _ time.Time) (Issued, error) {
		key, others, err := s.keyOf(ctx, tx, c, id)
		if err != nil {
			return Issued{}, err
		}
		if c.factors.App == nil && !slices.ContainsFunc(others, s.works) {
			if err := s.requireFree(ctx, tx, c); err != nil {
				return Issued{}, err
			}
			return s.removeAll(ctx, tx, c)
		}
		if s.works(*key) && !slices.ContainsFunc(others, s.works) {
			if err := s.requireNoKey(ctx, tx, c); err != nil {
				return Issued{}, err
			}
		}
		if err := passkey.Remove(ctx, tx, c.Account.ID, id); err != nil {
			return Issued{}, err
		}
		issued, err := s.endOthers(ctx, tx, c, session.Change{ForgetsResistant: !s.anyResistant(others)})
		if err != nil {
			return Issued{}, err
		}
		if err := audit.Record(ctx, tx, s.keyEvent(c, audit.PasskeyRemoved, key)); err != nil {
			return Issued{}, err
		}
		return issued, s.notifyOfKey(ctx, tx, c, notify.PasskeyRemoved, key)
	})
}

// anyResistant says whether one of some keys counts as phishing-resistant.
func (s *Service) anyResistant(keys []passkey.Key) bool {
	return slices.ContainsFunc(keys, func(k passkey.Key) bool { return s.works(k) && k.Resistant(s.Now()) })
}

// RemoveApp deletes the authenticator app alone: the phone was lost, and a key is at hand. A
// key that does not count as phishing-resistant yet wants a backup code in addition: it may
// have been added with one stolen code, and must not become the strongest factor like this.
func (s *Service) RemoveApp(ctx context.Context, c *Caller) (Issued, error) {
	return s.changeFactors(ctx, c, func(tx *database.Tx, now time.Time) (Issued, error) {
		if c.factors.App == nil || !c.factors.HasKey() {
			return Issued{}, apperr.Of(apperr.WrongState)
		}
		if !c.factors.Resistant(now) && !c.Session.BackupCodeFresh(now) {
			return Issued{}, errStepUpOwed(apperr.NeedKey)
		}
		err := errors.Join(totp.Remove(ctx, tx, c.Account.ID), throttle.ResetMethod(ctx, tx, c.Account.ID, throttle.App))
		if err != nil {
			return Issued{}, err
		}
		issued, err := s.endOthers(ctx, tx, c, session.Change{})
		if err != nil {
			return Issued{}, err
		}
		return issued, s.recordAndNotify(ctx, tx, c, audit.AppRemoved, notify.AppRemoved)
	})
}

// RefuseKey removes a new key that the person has not added, and ends all other sessions. It
// has to be quick, so the password is enough. A key that counts as phishing-resistant already
// is removed only with the strongest factor: otherwise a thief with a phished code could
// remove it, and the app would be the strongest factor again. Another factor has to be left:
// nobody switches two-factor authentication off like this.
//
// It also deletes backup codes that were made later than an hour before the key was added.
// The person who added the key may have made them, and they outrank every key.
func (s *Service) RefuseKey(ctx context.Context, c *Caller, id int64) (Issued, error) {
	if err := c.mayRefuse(); err != nil {
		return Issued{}, err
	}
	var issued Issued
	err := s.DB.InTx(ctx, func(tx *database.Tx) error {
		now := s.Now()
		if err := lock(ctx, tx, c, now); err != nil {
			return err
		}
		if err := s.refreshFactors(ctx, tx, c); err != nil {
			return err
		}
		key, others, err := s.keyOf(ctx, tx, c, id)
		if err != nil {
			return err
		}
		if !s.refusable(c, *key, others, now) {
			return apperr.Of(apperr.WrongState)
		}
		if key.Resistant(now) {
			err = c.requireFresh(now, strongest)
		} else {
			err = s.requirePassword(c)
		}
		if err != nil {
			return err
		}
		if err := passkey.Remove(ctx, tx, c.Account.ID, id); err != nil {
			return err
		}
		if err := removeCodesSince(ctx, tx, c, key.CreatedAt-codesInDoubt.Milliseconds()); err != nil {
			return err
		}
		if issued, err = s.endOthers(ctx, tx, c, session.Change{ForgetsResistant: !s.anyResistant(others)}); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, s.keyEvent(c, audit.PasskeyRefused, key)); err != nil {
			return err
		}
		return s.notifyOfKey(ctx, tx, c, notify.PasskeyRefused, key)
	})
	return issued, err
}

// codesInDoubt is how long before a refused key was added backup codes may have been made by
// the same person. With one code of the app both can be done within ten minutes.
const codesInDoubt = time.Hour

// removeCodesSince deletes the backup codes if they were made at that time or later, Unix ms.
func removeCodesSince(ctx context.Context, tx *database.Tx, c *Caller, since int64) error {
	set, _, err := backupcode.Current(ctx, tx, c.Account.ID)
	if errors.Is(err, backupcode.ErrNotFound) || err == nil && set.CreatedAt < since {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(backupcode.Remove(ctx, tx, c.Account.ID), throttle.ResetMethod(ctx, tx, c.Account.ID, throttle.BackupCode))
}

// refusable says whether the caller may say that somebody else has added a key. Beside the
// others a factor has to be left that works.
func (s *Service) refusable(c *Caller, k passkey.Key, others []passkey.Key, now time.Time) bool {
	return k.New(now) && k.MadeIn != c.Session.ID && (c.factors.App != nil || slices.ContainsFunc(others, s.works))
}

// NewKeys returns the keys that the caller may refuse, the newest first.
func (s *Service) NewKeys(ctx context.Context, c *Caller) ([]passkey.Key, error) {
	if !c.factors.HasKey() || c.mayRefuse() != nil {
		return nil, nil
	}
	keys, err := passkey.List(ctx, s.DB.Read(ctx), c.Account.ID)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	var refusable []passkey.Key
	for i, k := range slices.Backward(keys) {
		if s.refusable(c, k, slices.Delete(slices.Clone(keys), i, i+1), now) {
			refusable = append(refusable, k)
		}
	}
	return refusable, nil
}
