-- +goose Up
-- Wrong second factors per account, method and lane. The rows are made with the
-- account. serial grows with every decision, so that two parallel tries change
-- the same row and one of them waits for the other.
CREATE TABLE code_budgets (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    method     TEXT NOT NULL CHECK (length(method) <= 8),
    lane       TEXT NOT NULL CHECK (length(lane) <= 8),
    failures   INTEGER NOT NULL DEFAULT 0,
    wait_until INTEGER NOT NULL DEFAULT 0,
    serial     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, method, lane)
) STRICT;
