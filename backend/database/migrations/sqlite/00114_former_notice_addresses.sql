-- +goose Up
-- Addresses that were replaced and still get copies of all notices.
CREATE TABLE former_notice_addresses (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    address    TEXT NOT NULL CHECK (length(address) <= 254),
    until      INTEGER NOT NULL
) STRICT;
CREATE INDEX former_notice_addresses_account_id ON former_notice_addresses (account_id);
CREATE INDEX former_notice_addresses_until ON former_notice_addresses (until);
