package auth

import (
	"context"

	"imagemaster/backend/account"
	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
)

// AddressInput is where a person wants security notices to go, "" = nowhere,
// and the language the page is shown in, "" = not said.
type AddressInput struct {
	Email, Language string
}

// SetNoticeAddress changes where security notices go. A thief could hide later
// changes this way, so it requires password and code. If notices are mailed, a
// new address waits until the code mailed to it is entered. Until then the
// present one stays in use, and entering it again drops the new one.
func (s *Service) SetNoticeAddress(ctx context.Context, c *Caller, in AddressInput) error {
	if err := c.ready(NextSetUp); err != nil {
		return err
	}
	if err := c.requireOrdinary(); err != nil {
		return err
	}
	address, _, err := account.ParseEmail(in.Email)
	if err != nil {
		return err
	}
	present, err := notify.FindAddress(ctx, s.DB.Read(ctx), c.Account.ID)
	if err != nil || s.addressStays(present, address) {
		return err
	}
	if err := c.requireFresh(s.Now(), strongest); err != nil {
		return err
	}
	language := c.Account.Language
	if language == "" {
		language = in.Language
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return err
		}
		return s.changeAddress(ctx, tx, c, address, language)
	})
}

// addressStays says whether an address changes nothing. For an address that
// waits for its code a new code is mailed.
func (s *Service) addressStays(present notify.Address, address string) bool {
	if present.Address != address || present.PendingAddress != "" {
		return false
	}
	return address == "" || !s.Mail || present.Confirmed()
}

// changeAddress sets or requests an address, or drops the one that waits. The
// caller holds account.Lock.
func (s *Service) changeAddress(ctx context.Context, tx *database.Tx, c *Caller, address, language string) error {
	present, err := notify.FindAddress(ctx, tx, c.Account.ID)
	if err != nil {
		return err
	}
	now := s.Now()
	switch {
	case present.Address == address && (address == "" || present.Confirmed()):
		if err := notify.EndRequest(ctx, tx, c.Account.ID); err != nil {
			return err
		}
		return s.recordOK(ctx, tx, c, audit.AddressCancelled)
	case address == "" || !s.Mail:
		if err := notify.SetAddress(ctx, tx, c.Account.ID, address, language, now); err != nil {
			return err
		}
		if err := dropChosenEmail(ctx, tx, c.Account); err != nil {
			return err
		}
		return s.recordAndNotify(ctx, tx, c, audit.AddressChanged, notify.AddressChanged)
	}
	wait, err := notify.RequestAddress(ctx, tx, c.Account.ID, address, language, now)
	if err != nil {
		return err
	}
	if wait > 0 {
		return &apperr.Error{Code: apperr.MailWait, Wait: wait}
	}
	return s.recordOK(ctx, tx, c, audit.AddressRequested)
}

// ConfirmNoticeAddress takes the code that was mailed to a new address and puts
// the address into use. The former address is notified and gets copies for a
// week. One transaction compares the code and confirms the address or counts the
// try, and nothing is answered before its commit: parallel guesses get no more
// than five tries.
func (s *Service) ConfirmNoticeAddress(ctx context.Context, c *Caller, typed string) error {
	if err := c.ready(NextSetUp); err != nil {
		return err
	}
	if err := c.requireOrdinary(); err != nil {
		return err
	}
	code, ok := notify.ParseCode(typed)
	if !ok {
		return errMalformedCode()
	}
	return s.inTxKeepingRefusal(ctx, func(tx *database.Tx) (refused, err error) {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return nil, err
		}
		result, err := notify.SpendCode(ctx, tx, s.codes, c.Account.ID, code, s.Now())
		if err != nil {
			return nil, err
		}
		if result.Right {
			if err := dropChosenEmail(ctx, tx, c.Account); err != nil {
				return nil, err
			}
			return nil, s.recordAndNotify(ctx, tx, c, audit.AddressChanged, notify.AddressChanged)
		}
		e := s.event(c, audit.AddressCode, audit.Failed)
		e.Reason, refused = audit.ReasonWrong, &apperr.Error{Code: apperr.CodeWrong, TriesLeft: &result.TriesLeft}
		if result.Ended {
			e.Outcome, e.Reason, refused = audit.Denied, audit.ReasonTooMany, apperr.Of(apperr.AddressCodeEnded)
		}
		return refused, audit.Record(ctx, tx, e)
	})
}
