package auth

import (
	"context"
	"errors"
	"slices"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
)

// Change is a change to the account of somebody else.
type Change struct {
	// Helper says that a helper may do it, to a person without another role.
	Helper bool
	// Takeover names a change that is one half of taking an account over, "" = it is
	// none. One person may do only one of them for an account within a day.
	Takeover account.Takeover
	// Guarded says that it could leave no administrator. It is then refused, except
	// with EvenLast.
	Guarded, EvenLast bool
	EndAll            bool // everything the account has open ends
	Events            []audit.Kind
	Facts             map[string]any // of the events
	Count             *int           // of the events, which Do sets; nil = nothing is counted
	Notice            notify.Kind    // for the person, "" = none
	Detail            string         // of the notice
	// Told is the Detail of the notice to all administrators where the person is one of
	// them, "" = there is none. So nobody takes the account of an administrator over, or
	// takes it away, unseen by the others.
	Told string
	// Do makes the change. With ErrUnchanged there was nothing to change.
	Do func(ctx context.Context, tx *database.Tx) error
}

// ErrUnchanged says that a change found everything as it should become. Then nothing is
// stored, counted, recorded or told, so that nobody hides one act behind many that do
// nothing.
var ErrUnchanged = errors.New("auth: nothing to change")

// Target finds the account with an id, for a change.
func (s *Service) Target(ctx context.Context, id int64) (Factors, error) {
	row, err := ownerByID.find(ctx, s.DB.Read(ctx), s.owned(id)...)
	if err != nil {
		return Factors{}, err
	}
	if row == nil {
		return Factors{}, apperr.Of(apperr.NotFound)
	}
	return s.factorsOf(ctx, row)
}

// Account is the account that the factors are of.
func (f Factors) Account() *account.Account { return f.account }

// ChangeFor makes a change to the account of somebody else, in one transaction:
//
//  1. the role, the step-up and both accounts are judged without a lock (mayChange);
//  2. a Guarded change, or one that administrators are told of, locks the guard of
//     administrators. Where the person became an administrator after the account was read,
//     the lock of step 3 shows it, and the transaction is run again;
//  3. both accounts are locked in the order of their ids, and the actor's session;
//  4. the role and both accounts are judged again as they are now. The step-up counts
//     as it was when the request began: removing a factor raises the epoch, which the
//     lock sees. A Guarded change needs another administrator to be left;
//  5. a takeover act is counted, or refused (account.CountTakeover);
//  6. Do runs. With ErrUnchanged everything is rolled back, step 5 too. Otherwise what is
//     open ends, and the events and notices are recorded.
func (s *Service) ChangeFor(ctx context.Context, by Actor, f Factors, change Change) (Recovery, error) {
	recovery := Recovery{CouldRecover: f.CanRecover()}
	if err := s.mayChange(by, f.account, change); err != nil {
		return recovery, err
	}
	err := s.DB.InTx(ctx, func(tx *database.Tx) (err error) {
		if err := s.lockForChange(ctx, tx, by, f, change); err != nil {
			return err
		}
		if err := s.countTakeover(ctx, tx, by, f, change.Takeover); err != nil {
			return err
		}
		if change.EndAll {
			// Before passwordKnownLately, which reads its notice.
			if err := s.reportUnfinished(ctx, tx, f.account); err != nil {
				return err
			}
			if recovery.PasswordKnown, err = s.passwordKnownLately(ctx, tx, f.account); err != nil {
				return err
			}
		}
		before := *f.account
		if err := change.Do(ctx, tx); err != nil {
			return err
		}
		if change.EndAll {
			if err := s.endAll(ctx, tx, f.account, nil); err != nil {
				return err
			}
		}
		return s.recordChange(ctx, tx, by, f.account, &before, change)
	})
	if errors.Is(err, ErrUnchanged) {
		err = nil
	}
	return recovery, err
}

// mayChange refuses an actor who may not make a change.
func (s *Service) mayChange(by Actor, target *account.Account, change Change) error {
	least := account.Administrator
	if change.Helper && target.Role() == account.Person {
		least = account.Helper
	}
	switch err := s.RequireFresh(by, account.Helper); {
	case err != nil:
		return err
	case by.ID() == target.ID:
		return apperr.Of(apperr.OwnAccount)
	}
	return s.RequireFresh(by, least)
}

// lockForChange takes the locks of a change in the order that all have: the
// administrators, both accounts by their ids, the session. Then it judges again.
func (s *Service) lockForChange(ctx context.Context, tx *database.Tx, by Actor, f Factors, change Change) error {
	// Notices lock the accounts of all administrators for their foreign key, beside the two
	// accounts: two such changes wait for each other here, not there.
	guarded := change.Guarded || change.Told != "" && f.account.Admin
	if guarded {
		if err := account.LockAdministrators(ctx, tx); err != nil {
			return err
		}
	}
	ids := []int64{f.account.ID}
	if by.Caller != nil {
		ids = append(ids, by.ID())
		slices.Sort(ids)
	}
	for _, id := range ids {
		_, err := account.Lock(ctx, tx, id)
		if errors.Is(err, account.ErrNotFound) && id == by.ID() {
			return apperr.Of(apperr.SignedOut)
		}
		if err != nil {
			return orNoAccount(err)
		}
	}
	if by.Caller != nil {
		if err := lock(ctx, tx, by.Caller, s.Now()); err != nil {
			return err
		}
	}
	target, err := account.Find(ctx, tx, f.account.ID)
	if err != nil {
		return orNoAccount(err)
	}
	*f.account = *target
	if err := s.mayChange(by, target, change); err != nil {
		return err
	}
	if change.Told != "" && target.Admin && !guarded {
		return database.ErrConflict // an administrator since: the next run locks the guard first
	}
	if change.Guarded && !change.EvenLast {
		if err := s.requireAnotherAdministrator(ctx, tx, target); err != nil {
			return err
		}
	}
	return nil
}

// countTakeover counts a change that is one half of taking the account over, or refuses
// it, also while the person has refused help. The operator may do both.
func (s *Service) countTakeover(ctx context.Context, tx *database.Tx, by Actor, f Factors, act account.Takeover) error {
	if act == "" || by.Caller == nil {
		return nil
	}
	if left := f.account.HelpStopped(s.Now()); left > 0 {
		return &apperr.Error{Code: apperr.HelpStopped, Wait: left}
	}
	wait, err := account.CountTakeover(ctx, tx, f.account.ID, by.ID(), act, s.Now())
	if err == nil && wait > 0 {
		err = &apperr.Error{Code: apperr.ActedLately, Wait: wait}
	}
	return err
}

func orNoAccount(err error) error {
	if errors.Is(err, account.ErrNotFound) {
		return apperr.Of(apperr.NotFound)
	}
	return err
}

// recordChange records and tells a change of an account. The other administrators know
// it under the name that it had before.
func (s *Service) recordChange(ctx context.Context, tx *database.Tx, by Actor, a, before *account.Account, change Change) error {
	var events []audit.Event
	for _, kind := range change.Events {
		e := s.EventBy(by, a, kind, change.Facts)
		if change.Count != nil {
			e.Count = *change.Count
		}
		events = append(events, e)
	}
	if err := audit.Record(ctx, tx, events...); err != nil {
		return err
	}
	if change.Told != "" && before.Admin {
		if err := s.tellAdministrators(ctx, tx, by, before, notify.AdministratorChanged, change.Told); err != nil {
			return err
		}
	}
	if change.Notice == "" {
		return nil
	}
	return s.NotifyBy(ctx, tx, by, a, change.Notice, change.Detail)
}

// Disabling is the change that disables an account, or enables it again.
func (s *Service) Disabling(f Factors, off bool) Change {
	change := Change{Guarded: off, EndAll: true, Notice: notify.OperatorEnabled, Events: []audit.Kind{audit.AccountEnabled}, Told: notify.DidEnable}
	if off {
		change.Notice, change.Events, change.Told = notify.OperatorDisabled, []audit.Kind{audit.AccountDisabled}, notify.DidDisable
	}
	change.Do = func(ctx context.Context, tx *database.Tx) error {
		if f.account.Disabled() == off {
			return apperr.New(apperr.WrongState, "The account is in that state already. Nothing was changed.")
		}
		return errors.Join(EndHelp(ctx, tx, f.account.ID), EndHelpGivenBy(ctx, tx, f.account.ID),
			account.SetDisabled(ctx, tx, f.account.ID, off, s.Now()))
	}
	return change
}

// RemovingFactor is the change that removes somebody's second factor. The password
// alone opens the account then, so it is refused while somebody else had it lately.
func (s *Service) RemovingFactor(f Factors) Change {
	return Change{Guarded: true, Takeover: account.TakeoverFactor, EndAll: true, Notice: notify.OperatorReset, Events: []audit.Kind{audit.KeyRemoved},
		Told: notify.DidRemove,
		Do: func(ctx context.Context, tx *database.Tx) error {
			if err := removeBound(ctx, tx, f.account.ID); err != nil {
				return err
			}
			known, err := s.passwordKnownLately(ctx, tx, f.account)
			if err == nil && known {
				err = apperr.Of(apperr.PasswordKnown)
			}
			return err
		}}
}

// removeBound is removeFactors for an account that must have a second factor.
func removeBound(ctx context.Context, tx *database.Tx, accountID int64) error {
	has, err := HasFactor(ctx, tx, accountID)
	if err != nil {
		return err
	}
	if !has {
		return apperr.New(apperr.WrongState, "The account has no second factor. Nothing was changed.")
	}
	return removeFactors(ctx, tx, accountID)
}
