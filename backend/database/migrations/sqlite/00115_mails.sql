-- +goose Up
-- Mails that wait to be sent, and those of the last weeks. next_try_at is when a
-- mail is due; whoever takes it moves this time ahead. 0 = sent or given up.
CREATE TABLE mails (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id  INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    address     TEXT NOT NULL CHECK (length(address) <= 254),
    kind        TEXT NOT NULL CHECK (length(kind) <= 48),
    language    TEXT NOT NULL CHECK (length(language) <= 8),
    details     TEXT NOT NULL CHECK (length(details) <= 1000),
    created_at  INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL,
    tries       INTEGER NOT NULL DEFAULT 0,
    sent_at     INTEGER NOT NULL DEFAULT 0,
    failed_at   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX mails_next_try_at ON mails (next_try_at);
CREATE INDEX mails_account_id ON mails (account_id, kind, created_at);
CREATE INDEX mails_created_at ON mails (created_at);
