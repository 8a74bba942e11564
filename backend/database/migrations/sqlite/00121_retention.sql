-- +goose Up
-- One row: when an instance last looked at the clock before it deleted what is
-- old, and since when nothing is deleted because the clock had jumped; 0 = it is.
CREATE TABLE retention (
    id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    seen_at    INTEGER NOT NULL,
    stopped_at INTEGER NOT NULL DEFAULT 0
) STRICT;
