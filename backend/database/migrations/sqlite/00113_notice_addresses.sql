-- +goose Up
-- Where an account's notices go, and the address that waits for its code.
CREATE TABLE notice_addresses (
    account_id      INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    address         TEXT NOT NULL DEFAULT '' CHECK (length(address) <= 254),
    confirmed_at    INTEGER NOT NULL DEFAULT 0,
    language        TEXT NOT NULL CHECK (length(language) <= 8),
    pending_address TEXT NOT NULL DEFAULT '' CHECK (length(pending_address) <= 254),
    code_salt       BLOB CHECK (length(code_salt) = 16),
    code_expires_at INTEGER NOT NULL DEFAULT 0,
    code_tries      INTEGER NOT NULL DEFAULT 0
) STRICT;
