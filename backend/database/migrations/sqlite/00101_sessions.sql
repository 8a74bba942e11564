-- +goose Up
-- Signed-in browsers. Only the SHA-256 of a token is kept. A session counts while
-- its epoch equals the account's.
CREATE TABLE sessions (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id        INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash        BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    level             INTEGER NOT NULL,
    epoch             INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL,
    last_seen_at      INTEGER NOT NULL,
    password_at       INTEGER NOT NULL,
    code_at           INTEGER NOT NULL DEFAULT 0,
    backup_at         INTEGER NOT NULL DEFAULT 0,
    password_failures INTEGER NOT NULL DEFAULT 0,
    device_id         INTEGER NOT NULL DEFAULT 0,
    address           TEXT NOT NULL CHECK (length(address) <= 45),
    user_agent        TEXT NOT NULL CHECK (length(user_agent) <= 512),
    failed_codes      INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX sessions_account_id ON sessions (account_id);
