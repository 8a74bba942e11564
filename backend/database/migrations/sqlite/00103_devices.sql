-- +goose Up
-- Browsers that have completed a sign-in before, and their own failures.
CREATE TABLE devices (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id   INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash   BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    epoch        INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    failures     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX devices_account_id ON devices (account_id);
