-- +goose Up
-- Wrong passwords by browser, by name and address, by name and day, by address.
-- Names are kept as keyed hashes, alike for names that exist and names that do not.
CREATE TABLE sign_in_budgets (
    budget_key BLOB NOT NULL PRIMARY KEY CHECK (length(budget_key) = 32),
    failures   INTEGER NOT NULL,
    until_at   INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_budgets_updated_at ON sign_in_budgets (updated_at);
