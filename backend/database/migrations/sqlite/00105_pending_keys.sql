-- +goose Up
-- A key offered during set-up or a move, one per session, until a code confirms it.
CREATE TABLE pending_keys (
    session_id      INTEGER NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    account_id      INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    key_id          BLOB NOT NULL CHECK (length(key_id) = 16),
    replaces_key_id BLOB CHECK (length(replaces_key_id) = 16),
    sealed_seed     BLOB NOT NULL CHECK (length(sealed_seed) <= 255),
    ring_key_id     TEXT NOT NULL CHECK (length(ring_key_id) <= 16),
    label           TEXT NOT NULL CHECK (length(label) <= 200),
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    extended        INTEGER NOT NULL DEFAULT 0,
    failures        INTEGER NOT NULL DEFAULT 0,
    epoch           INTEGER NOT NULL
) STRICT;
CREATE INDEX pending_keys_account_id ON pending_keys (account_id);
