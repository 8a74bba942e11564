-- +goose Up
-- The events from one address by time.
CREATE INDEX audit_events_address_at ON audit_events (address, at);
