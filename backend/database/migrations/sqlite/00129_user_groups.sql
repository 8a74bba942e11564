-- +goose Up
-- Groups of people. GROUPS alone is a reserved word on MySQL.
CREATE TABLE user_groups (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL UNIQUE CHECK (length(name) <= 64),
    description TEXT NOT NULL CHECK (length(description) <= 200),
    created_at  INTEGER NOT NULL
) STRICT;
