-- +goose Up
-- Backup codes as Argon2id keys under the account's salt. Codes of a replaced set
-- stay as dead rows, so that one can be told from a code that never was.
CREATE TABLE backup_codes (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id  INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    set_number  INTEGER NOT NULL,
    code_hash   BLOB NOT NULL CHECK (length(code_hash) = 32),
    used_at     INTEGER NOT NULL DEFAULT 0,
    replaced_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX backup_codes_account_id_code_hash ON backup_codes (account_id, code_hash);
