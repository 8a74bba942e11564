-- +goose Up
-- One row: when an instance last looked at the clock before it deleted what is
-- old, and since when nothing is deleted because the clock had jumped; 0 = it is.
CREATE TABLE IF NOT EXISTS retention (
    id         TINYINT NOT NULL PRIMARY KEY CHECK (id = 1),
    seen_at    BIGINT NOT NULL,
    stopped_at BIGINT NOT NULL DEFAULT 0
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
