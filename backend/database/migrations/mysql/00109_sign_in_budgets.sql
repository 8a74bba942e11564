-- +goose Up
-- Wrong passwords by browser, by name and address, by name and day, by address.
-- Names are kept as keyed hashes, alike for names that exist and names that do not.
CREATE TABLE IF NOT EXISTS sign_in_budgets (
    budget_key BINARY(32) NOT NULL PRIMARY KEY,
    failures   INT NOT NULL,
    until_at   BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    KEY sign_in_budgets_updated_at (updated_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
