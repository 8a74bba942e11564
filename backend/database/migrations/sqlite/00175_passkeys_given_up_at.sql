-- +goose Up
-- given_up_at is when a start of the server accepted that the key is lost, because it
-- belongs to another address (Unix ms, 0 = never).
ALTER TABLE passkeys ADD COLUMN given_up_at INTEGER NOT NULL DEFAULT 0;
