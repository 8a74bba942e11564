-- +goose Up
-- One row that every change takes which could leave no administrator: such changes
-- happen one after the other. serial grows with each, so that they collide in a cluster.
CREATE TABLE IF NOT EXISTS administrators_guard (
    id     INT NOT NULL PRIMARY KEY CHECK (id = 1),
    serial BIGINT NOT NULL DEFAULT 0
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
