-- +goose Up
-- Wrong second factors per account, kind of code and lane.
CREATE TABLE code_failures (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL CHECK (length(kind) <= 8),
    lane       TEXT NOT NULL CHECK (length(lane) <= 8),
    failures   INTEGER NOT NULL,
    wait_until INTEGER NOT NULL,
    PRIMARY KEY (account_id, kind, lane)
) STRICT;
