-- +goose Up
-- help_stopped_until: the person refused help that somebody gave, so nobody else may
-- help until then. staff_since: when a person became a helper or an administrator, 0 =
-- with the account.
ALTER TABLE accounts
    ADD COLUMN help_stopped_until BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN staff_since BIGINT NOT NULL DEFAULT 0;
