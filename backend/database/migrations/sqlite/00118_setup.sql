-- +goose Up
-- One row: whether the first administrator has been made.
CREATE TABLE setup (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    completed_at INTEGER NOT NULL DEFAULT 0
) STRICT;
