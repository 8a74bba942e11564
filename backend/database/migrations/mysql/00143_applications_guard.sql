-- +goose Up
-- One row that every change to applications takes. version grows with each, so that
-- every instance sees that it has to read them again.
CREATE TABLE IF NOT EXISTS applications_guard (
    id      INT NOT NULL PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
