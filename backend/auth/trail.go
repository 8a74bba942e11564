package auth

import (
	"context"

	"imagemaster/backend/audit"
)

// NoteRefusal counts a request that was refused before anything was looked at:
// sent by another site, or without the session-bound token.
// Like tries that were held back they become one event an hour.
func (s *Service) NoteRefusal(ctx context.Context, c *Caller, reason string) error {
	e := s.event(c, audit.Refused, audit.Denied)
	e.Reason = reason
	return s.countThrottled(ctx, e)
}

// NoteServer records that an instance has started, with which settings, or is
// about to stop. No setting that is secret may be among the facts.
func (s *Service) NoteServer(ctx context.Context, kind audit.Kind, facts map[string]any) error {
	e := s.event(&Caller{}, kind, audit.OK)
	e.Actor = audit.System
	if facts != nil {
		e.Details = details(facts)
	}
	return s.record(ctx, e)
}
