-- +goose Up
-- actor_id is the account of a helper or an administrator who acted on somebody else, or on
-- what belongs to nobody; 0 = nobody did.
ALTER TABLE audit_events ADD COLUMN actor_id INTEGER NOT NULL DEFAULT 0;
