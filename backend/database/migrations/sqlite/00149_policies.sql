-- +goose Up
-- Who has to have a second factor, from when, after how many days of grace. audience:
-- everybody, groups, or staff (helpers and administrators). tightened_at is the last
-- change that asks more of people; grace is counted from it again.
CREATE TABLE policies (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    audience     TEXT NOT NULL CHECK (length(audience) <= 10),
    starts_at    INTEGER NOT NULL,
    grace_days   INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL,
    tightened_at INTEGER NOT NULL
) STRICT;
