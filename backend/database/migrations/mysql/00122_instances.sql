-- +goose Up
-- One row for each running instance, written every ten seconds.
CREATE TABLE IF NOT EXISTS instances (
    id      CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    host    VARCHAR(255) NOT NULL,
    beat_at BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
