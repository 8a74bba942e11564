-- +goose Up
-- One row for each running instance, written every ten seconds.
CREATE TABLE instances (
    id      TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    host    TEXT NOT NULL,
    beat_at INTEGER NOT NULL
) STRICT;
