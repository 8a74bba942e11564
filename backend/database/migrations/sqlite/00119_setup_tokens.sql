-- +goose Up
-- One-time set-up links, kept as SHA-256.
CREATE TABLE setup_tokens (
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    expires_at INTEGER NOT NULL
) STRICT;
