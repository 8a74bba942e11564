-- +goose Up
-- Backup code sets: number, date and check word are what the printed sheet says.
CREATE TABLE backup_sets (
    account_id   INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    number       INTEGER NOT NULL,
    check_word   TEXT NOT NULL CHECK (length(check_word) <= 8),
    created_at   INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL DEFAULT 0,
    checked_at   INTEGER NOT NULL DEFAULT 0,
    replaced_at  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, number)
) STRICT;
