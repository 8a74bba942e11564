-- +goose Up
-- As in sessions.
ALTER TABLE pending_sign_ins
    ADD COLUMN ceremony BLOB NULL,
    ADD COLUMN ceremony_ends_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN key_failures INT NOT NULL DEFAULT 0;
