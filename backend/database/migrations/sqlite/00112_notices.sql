-- +goose Up
-- Security notices that a person has not dismissed yet, and those of before.
-- session_id is the session that made the change, 0 = none.
CREATE TABLE notices (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id   INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind         TEXT NOT NULL CHECK (length(kind) <= 48),
    at           INTEGER NOT NULL,
    session_id   INTEGER NOT NULL DEFAULT 0,
    address      TEXT NOT NULL DEFAULT '' CHECK (length(address) <= 45),
    user_agent   TEXT NOT NULL DEFAULT '' CHECK (length(user_agent) <= 512),
    dismissed_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX notices_account_id ON notices (account_id);
