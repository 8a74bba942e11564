-- +goose Up
-- The events with one reason by time: the report counts the tries that were held back.
CREATE INDEX audit_events_reason_at ON audit_events (reason, at);
