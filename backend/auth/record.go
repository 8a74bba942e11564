package auth

import (
	"context"
	"encoding/json"

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
	n := notify.Notice{AccountID: c.Account.ID, Kind: kind, At: s.Now().UnixMilli(), SessionID: sessionID,
		Address: c.addressText(), UserAgent: c.UserAgent}
	return notify.Notify(ctx, tx, n, notify.Reader{Username: c.Account.Username, Language: c.Account.Language})
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

func details(facts map[string]any) string {
	text, err := json.Marshal(facts)
	if err != nil {
		return "{}"
	}
	return string(text)
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
