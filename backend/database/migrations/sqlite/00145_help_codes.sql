-- +goose Up
-- The one help code of an account, kept as an Argon2id key with its own salt. It counts
-- while its epoch equals the account's. used_at set: a session that can only enrol was
-- opened with it, until expires_at. given_by is the account of its giver, 0 = the operator.
CREATE TABLE help_codes (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    code_hash  BLOB NOT NULL CHECK (length(code_hash) = 32),
    salt       BLOB NOT NULL CHECK (length(salt) = 16),
    epoch      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL DEFAULT 0,
    given_by   INTEGER NOT NULL,
    reason     TEXT NOT NULL CHECK (length(reason) <= 200)
) STRICT;
CREATE INDEX help_codes_given_by ON help_codes (given_by);
