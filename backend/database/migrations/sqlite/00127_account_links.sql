-- +goose Up
-- The one link of an account with which a person chooses a password: an invitation
-- or a password link, kept as SHA-256. It counts while its epoch equals the
-- account's. given_by is the account of its giver, 0 = the operator.
CREATE TABLE account_links (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL CHECK (length(kind) <= 16),
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    epoch      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    given_by   INTEGER NOT NULL
) STRICT;
