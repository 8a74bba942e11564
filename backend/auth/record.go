package auth

import (
	"context"
	"encoding/json"
	"strings"

	"imagemaster/backend/account"
	"imagemaster/backend/audit"
	"imagemaster/backend/database"
	"imagemaster/backend/notify"
)

// event returns the audit event of what a caller did.
func (s *Service) event(c *Caller, kind audit.Kind, outcome audit.Outcome) audit.Event {
	e := audit.Event{
		At: s.Now().UnixMilli(), Kind: kind, Outcome: outcome, Actor: audit.Person,
		Address: c.addressText(), UserAgent: c.UserAgent, RequestID: c.RequestID, Version: s.Version, Host: s.Host,
	}
	if c.Proxy.IsValid() {
		e.Proxy = c.Proxy.String()
	}
	if c.Account != nil {
		e.AccountID, e.Username = &c.Account.ID, c.Account.Username
	}
	if c.Session != nil {
		e.SessionID = c.Session.ID
	}
	if kind == audit.SignIn {
		e.Network = c.network()
	}
	return e
}

// record stores one event in a transaction of its own.
func (s *Service) record(ctx context.Context, e audit.Event) error {
	return s.DB.InTx(ctx, func(tx *database.Tx) error { return audit.Record(ctx, tx, e) })
}

// EventBy returns the audit event of what somebody does to an account, or to something
// that belongs to no account: then a may be nil.
func (s *Service) EventBy(by Actor, a *account.Account, kind audit.Kind, facts map[string]any) audit.Event {
	if facts == nil {
		facts = map[string]any{}
	}
	c := by.Caller
	if c == nil {
		e := s.event(&Caller{Account: a}, kind, audit.OK)
		e.Actor = audit.Operator
		e.Details = s.operatorDetails(facts)
		return e
	}
	e := s.event(c, kind, audit.OK)
	e.Actor, e.ActorID = string(c.Account.Role()), c.Account.ID
	facts["by"], facts["by_id"] = c.Account.Username, c.Account.ID
	e.AccountID, e.Username, e.Details = nil, "", details(facts)
	if a != nil {
		e.AccountID, e.Username = &a.ID, a.Username
	}
	return e
}

// NotifyBy tells a person what somebody else has done to the account.
func (s *Service) NotifyBy(ctx context.Context, tx *database.Tx, by Actor, a *account.Account, kind notify.Kind, detail string) error {
	return notify.Notify(ctx, tx, s.noticeBy(by, a, kind, detail), notify.Reader{Username: a.Username, Language: a.Language})
}

func (s *Service) noticeBy(by Actor, a *account.Account, kind notify.Kind, detail string) notify.Notice {
	return notify.Notice{AccountID: a.ID, Kind: kind, At: s.Now().UnixMilli(), Actor: by.Name(), Detail: detail}
}

// TellOfRole notifies all enabled administrators that somebody has another role.
func (s *Service) TellOfRole(ctx context.Context, tx *database.Tx, by Actor, about *account.Account, role account.Role) error {
	return s.tellAdministrators(ctx, tx, by, about, notify.RoleOfOther, string(role))
}

// TellOfChange notifies all enabled administrators of a change to an application or a
// policy. detail says which.
func (s *Service) TellOfChange(ctx context.Context, tx *database.Tx, by Actor, kind notify.Kind, detail string) error {
	return s.tellAdministrators(ctx, tx, by, nil, kind, detail)
}

// tellAdministrators notifies all enabled administrators, but not the person whom it is
// about, nil = nobody.
func (s *Service) tellAdministrators(ctx context.Context, tx *database.Tx, by Actor, about *account.Account, kind notify.Kind, detail string) error {
	all, err := account.Administrators(ctx, tx)
	if err != nil {
		return err
	}
	n := notify.Notice{Kind: kind, At: s.Now().UnixMilli(), Actor: by.Name(), Detail: detail}
	if about != nil {
		n.Subject = about.Username
	}
	if by.Caller != nil {
		n.SessionID = by.Caller.Session.ID
	}
	for _, a := range all {
		if about != nil && a.ID == about.ID {
			continue
		}
		n.AccountID = a.ID
		if err := notify.Notify(ctx, tx, n, notify.Reader{Username: a.Username, Language: a.Language}); err != nil {
			return err
		}
	}
	return nil
}

// recordOK stores the event of a success in the transaction that made it.
func (s *Service) recordOK(ctx context.Context, tx *database.Tx, c *Caller, kind audit.Kind) error {
	return audit.Record(ctx, tx, s.event(c, kind, audit.OK))
}

// recordEnded stores that something of an account has ended by itself.
func (s *Service) recordEnded(ctx context.Context, tx *database.Tx, kind audit.Kind, reason string, accountID, sessionID int64) error {
	e := s.event(&Caller{}, kind, audit.OK)
	e.Actor, e.Reason, e.AccountID, e.SessionID = audit.System, reason, &accountID, sessionID
	return audit.Record(ctx, tx, e)
}

// notify tells the person of an act that was done in a session, 0 = in none. The
// notice is shown in every other session, and mailed.
func (s *Service) notify(ctx context.Context, tx *database.Tx, c *Caller, kind notify.Kind, sessionID int64) error {
	n := s.noticeOf(c, kind)
	n.SessionID = sessionID
	return notify.Notify(ctx, tx, n, notify.Reader{Username: c.Account.Username, Language: c.Account.Language})
}

// noticeOf is the notice of what a caller did.
func (s *Service) noticeOf(c *Caller, kind notify.Kind) notify.Notice {
	return notify.Notice{AccountID: c.Account.ID, Kind: kind, At: s.Now().UnixMilli(), Address: c.addressText(), UserAgent: c.UserAgent}
}

// recordAndNotify stores the event and the notice of a change in this session.
func (s *Service) recordAndNotify(ctx context.Context, tx *database.Tx, c *Caller, kind audit.Kind, notice notify.Kind) error {
	if err := s.recordOK(ctx, tx, c, kind); err != nil {
		return err
	}
	return s.notify(ctx, tx, c, notice, c.Session.ID)
}

// RecordRefusal counts a request that was refused before anything was looked at:
// sent by another site, or without the session-bound token. Like tries that were
// held back they become one event an hour.
func (s *Service) RecordRefusal(ctx context.Context, c *Caller, reason string) error {
	e := s.event(c, audit.Refused, audit.Denied)
	e.Reason = reason
	return s.DB.InTx(ctx, func(tx *database.Tx) error { return audit.CountThrottled(ctx, tx, e) })
}

// RecordServer records that an instance has started, with which settings, or is
// about to stop. No setting that is secret may be among the facts.
func (s *Service) RecordServer(ctx context.Context, kind audit.Kind, facts map[string]any) error {
	e := s.event(&Caller{}, kind, audit.OK)
	e.Actor = audit.System
	if facts != nil {
		e.Details = details(facts)
	}
	return s.record(ctx, e)
}

// details is JSON in which no character of a text takes more than the two bytes of an
// escape or its own: the column is bounded.
func details(facts map[string]any) string {
	var text strings.Builder
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false)
	if out.Encode(facts) != nil {
		return "{}"
	}
	return strings.TrimSpace(text.String())
}

// RecordDelivery records that a mail was sent or given up.
func (s *Service) RecordDelivery(ctx context.Context, tx *database.Tx, d notify.Delivery) error {
	e := s.event(&Caller{}, audit.NotificationSent, audit.OK)
	if !d.Sent {
		e.Kind, e.Outcome, e.Reason = audit.NotificationFailed, audit.Failed, d.Reason
	}
	e.Actor, e.AccountID = audit.System, &d.AccountID
	e.Details = details(map[string]any{"mail": d.MailID, "notice": d.Kind, "tries": d.Tries})
	return audit.Record(ctx, tx, e)
}
