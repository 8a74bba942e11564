-- +goose Up
-- One sealed word per key of the key file: proves at start that the key is the
-- right one. lost_at is set when the operator declares a key lost.
CREATE TABLE key_canaries (
    ring_key_id TEXT NOT NULL PRIMARY KEY CHECK (length(ring_key_id) <= 16),
    sealed      BLOB NOT NULL CHECK (length(sealed) <= 255),
    created_at  INTEGER NOT NULL,
    lost_at     INTEGER NOT NULL DEFAULT 0
) STRICT;
