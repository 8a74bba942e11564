-- +goose Up
-- Mails about a deadline that were queued: each stage once for each deadline.
CREATE TABLE IF NOT EXISTS policy_reminders (
    account_id BIGINT NOT NULL,
    deadline   BIGINT NOT NULL,
    stage      VARCHAR(8) NOT NULL,
    PRIMARY KEY (account_id, deadline, stage),
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
