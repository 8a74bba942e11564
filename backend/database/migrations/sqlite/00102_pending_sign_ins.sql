-- +goose Up
-- Sign-ins that have given the password and still owe the second factor.
CREATE TABLE pending_sign_ins (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id  INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash  BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    epoch       INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    password_at INTEGER NOT NULL,
    extended    INTEGER NOT NULL DEFAULT 0,
    known       INTEGER NOT NULL DEFAULT 0,
    address     TEXT NOT NULL CHECK (length(address) <= 45),
    user_agent  TEXT NOT NULL CHECK (length(user_agent) <= 512)
) STRICT;
CREATE INDEX pending_sign_ins_account_id ON pending_sign_ins (account_id);
CREATE INDEX pending_sign_ins_expires_at ON pending_sign_ins (expires_at);
