package auth

import (
	"context"
	"errors"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"imagemaster/backend/apperr"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
)

// maxNoticeAddress is the longest address of RFC 5321 section 4.5.3.1.3,
// without its brackets.
const maxNoticeAddress = 254

// AddressInput is where a person wants security notices to go, "" = nowhere,
// and the language the page is shown in, "" = not said.
type AddressInput struct {
	Email, Language string
}

// SetNoticeAddress changes where security notices go. Whoever changes it could
// hide what comes next, so it wants password and code. Where notices are mailed
// a new address waits until the code mailed to it is entered; the present one
// stays in use until then, and naming it again drops the new one.
func (s *Service) SetNoticeAddress(ctx context.Context, c *Caller, in AddressInput) error {
	if err := c.ready(NextSetUp); err != nil {
		return err
	}
	address, err := parseAddress(in.Email)
	if err != nil {
		return err
	}
	present, err := notify.FindAddress(ctx, s.DB.Read(ctx), c.Account.ID)
	if err != nil || s.addressStays(present, address) {
		return err
	}
	if err := s.requireFresh(c, false); err != nil {
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

// addressStays says whether an address changes nothing. One that waits for its
// code is asked for again.
func (s *Service) addressStays(present notify.Address, address string) bool {
	if present.Address != address || present.PendingAddress != "" {
		return false
	}
	return address == "" || !s.Mail || present.Confirmed()
}

// changeAddress does what an address asks for. The caller holds account.Lock.
func (s *Service) changeAddress(ctx context.Context, tx *database.Tx, c *Caller, address, language string) error {
	present, err := notify.FindAddress(ctx, tx, c.Account.ID)
	if err != nil {
		return err
	}
	now := s.Now()
	switch {
	case present.Address == address && (address == "" || present.Confirmed()):
		if err := notify.CancelAddress(ctx, tx, c.Account.ID, now); err != nil {
			return err
		}
		return s.recordOK(ctx, tx, c, audit.AddressCancelled)
	case address == "" || !s.Mail:
		if err := notify.KeepAddress(ctx, tx, c.Account.ID, address, language, now); err != nil {
			return err
		}
		return s.recordAndNotify(ctx, tx, c, audit.AddressChanged, notify.AddressChanged)
	}
	err = notify.AskAddress(ctx, tx, c.Account.ID, address, language, now)
	var wait *notify.WaitError
	if errors.As(err, &wait) {
		return &apperr.Error{Code: apperr.MailWait, Wait: wait.Left, Message: "Too many codes were mailed. Wait, then ask for a new one."}
	}
	if err != nil {
		return err
	}
	return s.recordOK(ctx, tx, c, audit.AddressRequested)
}

func parseAddress(typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return "", nil
	}
	parsed, err := mail.ParseAddress(typed)
	if err != nil || parsed.Address != typed || len(typed) > maxNoticeAddress || strings.ContainsFunc(typed, notInAddress) {
		return "", apperr.InvalidField("email", "not_allowed", "Enter an e-mail address such as name@example.com.")
	}
	return typed, nil
}

// notInAddress finds what could make one address look like another, or two.
func notInAddress(r rune) bool {
	return r == utf8.RuneError || unicode.IsSpace(r) || !unicode.IsGraphic(r) || strings.ContainsRune(`<>(),;:"\`, r)
}

// ConfirmNoticeAddress takes the code that was mailed to a new address and puts
// the address to use. The try is taken before anything is compared. The former
// address is told, and gets copies for a week.
func (s *Service) ConfirmNoticeAddress(ctx context.Context, c *Caller, typed string) error {
	if err := c.ready(NextSetUp); err != nil {
		return err
	}
	code, ok := notify.ParseCode(typed)
	if !ok {
		return apperr.InvalidField("code", "malformed", "The code has eight letters and digits.")
	}
	var try *notify.CodeTry
	err := s.DB.InTx(ctx, func(tx *database.Tx) (err error) {
		try, err = notify.ReserveCode(ctx, tx, c.Account.ID, s.Now())
		return err
	})
	if errors.Is(err, notify.ErrCodeEnded) {
		return s.refuseAddressCode(ctx, c, audit.Denied, audit.ReasonTooMany, errAddressCodeEnded())
	}
	if err != nil {
		return err
	}
	if !s.codes.Right(try, code) {
		left := try.Left()
		return s.refuseAddressCode(ctx, c, audit.Failed, audit.ReasonWrong,
			&apperr.Error{Code: apperr.CodeWrong, TriesLeft: &left, Message: "That code is not right. Compare it with the mail."})
	}
	return s.DB.InTx(ctx, func(tx *database.Tx) error {
		if err := lock(ctx, tx, c, s.Now()); err != nil {
			return err
		}
		err := notify.ConfirmAddress(ctx, tx, try, s.Now())
		if errors.Is(err, notify.ErrCodeEnded) {
			return errAddressCodeEnded()
		}
		if err != nil {
			return err
		}
		return s.recordAndNotify(ctx, tx, c, audit.AddressChanged, notify.AddressChanged)
	})
}

// refuseAddressCode records a code that was not accepted and returns its answer.
func (s *Service) refuseAddressCode(ctx context.Context, c *Caller, outcome audit.Outcome, reason string, answer error) error {
	e := s.event(c, audit.AddressCode, outcome)
	e.Reason = reason
	if err := s.record(ctx, e); err != nil {
		return err
	}
	return answer
}

func errAddressCodeEnded() error {
	return apperr.New(apperr.AddressCodeEnded, "That code is not good any more. Ask for a new one.")
}

// viewAddress adds where notices go. While they are mailed, an address that was
// never confirmed counts as waiting for its code.
func (s *Service) viewAddress(ctx context.Context, c *Caller, view *TwoFactorView) error {
	a, err := notify.FindAddress(ctx, s.DB.Read(ctx), c.Account.ID)
	if err != nil {
		return err
	}
	view.Mail = s.Mail
	view.NoticeAddress, view.PendingAddress = a.Address, a.PendingAddress
	if s.Mail && !a.Confirmed() {
		view.NoticeAddress = ""
		if view.PendingAddress == "" {
			view.PendingAddress = a.Address
		}
	}
	return nil
}

// RecordDelivery records what became of a mail.
func (s *Service) RecordDelivery(ctx context.Context, tx *database.Tx, d notify.Delivery) error {
	e := s.event(&Caller{}, audit.NotificationSent, audit.OK)
	if !d.Sent {
		e.Kind, e.Outcome, e.Reason = audit.NotificationFailed, audit.Failed, d.Reason
	}
	e.Actor, e.AccountID = audit.System, &d.AccountID
	e.Details = details(map[string]any{"mail": d.MailID, "notice": d.Kind, "tries": d.Tries})
	return audit.Record(ctx, tx, e)
}
