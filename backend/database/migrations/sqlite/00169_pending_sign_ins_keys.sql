-- +goose Up
-- As in sessions.
ALTER TABLE pending_sign_ins ADD COLUMN ceremony BLOB NULL;
ALTER TABLE pending_sign_ins ADD COLUMN ceremony_ends_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pending_sign_ins ADD COLUMN key_failures INTEGER NOT NULL DEFAULT 0;
