-- +goose Up
-- One sealed word per key of the key file: proves at start that the key is the
-- right one. lost_at is set when the operator declares a key lost.
CREATE TABLE IF NOT EXISTS key_canaries (
    ring_key_id VARCHAR(16) NOT NULL PRIMARY KEY,
    sealed      VARBINARY(255) NOT NULL,
    created_at  BIGINT NOT NULL,
    lost_at     BIGINT NOT NULL DEFAULT 0
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
