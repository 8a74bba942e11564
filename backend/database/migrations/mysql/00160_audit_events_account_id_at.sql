-- +goose Up
-- The events of one account by time, for Activity under Administration.
CREATE INDEX audit_events_account_id_at ON audit_events (account_id, at);
