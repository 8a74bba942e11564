-- +goose Up
-- One-time set-up links, kept as SHA-256.
CREATE TABLE IF NOT EXISTS setup_tokens (
    token_hash BINARY(32) NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
