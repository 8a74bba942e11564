-- +goose Up
-- The one live key of an account. last_step is the last time step spent: a code
-- is accepted by an update that raises it.
CREATE TABLE totp_keys (
    account_id   INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    key_id       BLOB NOT NULL UNIQUE CHECK (length(key_id) = 16),
    sealed_seed  BLOB NOT NULL CHECK (length(sealed_seed) <= 255),
    ring_key_id  TEXT NOT NULL CHECK (length(ring_key_id) <= 16),
    label        TEXT NOT NULL CHECK (length(label) <= 200),
    phone_name   TEXT NOT NULL DEFAULT '' CHECK (length(phone_name) <= 40),
    last_step    INTEGER NOT NULL,
    bound_at     INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL DEFAULT 0
) STRICT;
