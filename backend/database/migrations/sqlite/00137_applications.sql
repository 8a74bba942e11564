-- +goose Up
-- Applications behind the sign-in. revision counts the changes of one.
CREATE TABLE applications (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    name      TEXT NOT NULL UNIQUE CHECK (length(name) <= 60),
    revision  INTEGER NOT NULL,
    opened_at INTEGER NOT NULL DEFAULT 0
) STRICT;
