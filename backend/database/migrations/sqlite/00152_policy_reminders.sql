-- +goose Up
-- Mails about a deadline that were queued: each stage once for each deadline.
CREATE TABLE policy_reminders (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    deadline   INTEGER NOT NULL,
    stage      TEXT NOT NULL CHECK (length(stage) <= 8),
    PRIMARY KEY (account_id, deadline, stage)
) STRICT, WITHOUT ROWID;
