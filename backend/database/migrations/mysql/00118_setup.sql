-- +goose Up
-- One row: whether the first administrator has been made.
CREATE TABLE IF NOT EXISTS setup (
    id           TINYINT NOT NULL PRIMARY KEY CHECK (id = 1),
    completed_at BIGINT NOT NULL DEFAULT 0
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
