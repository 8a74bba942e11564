-- +goose Up
-- Ring keys that must never seal again: an instance that still holds one as its
-- current key is refused when it stores something.
CREATE TABLE IF NOT EXISTS retired_ring_keys (
    ring_key_id VARCHAR(16) NOT NULL PRIMARY KEY,
    retired_at  BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
