-- +goose Up
-- The budgets of tries with help codes, for the accounts that exist.
INSERT OR IGNORE INTO code_budgets (account_id, method, lane, failures, wait_until, serial)
SELECT id, 'help', 'known', 0, 0, 0 FROM accounts UNION ALL SELECT id, 'help', 'unknown', 0, 0, 0 FROM accounts;
