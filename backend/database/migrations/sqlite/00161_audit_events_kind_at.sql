-- +goose Up
-- The events of one kind by time.
CREATE INDEX audit_events_kind_at ON audit_events (kind, at);
