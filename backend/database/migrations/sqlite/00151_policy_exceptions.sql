-- +goose Up
-- Of whom no policy asks anything until ends_at, and why. given_by is the account of
-- its giver, 0 = the operator.
CREATE TABLE policy_exceptions (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    reason     TEXT NOT NULL CHECK (length(reason) <= 200),
    ends_at    INTEGER NOT NULL,
    given_by   INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
