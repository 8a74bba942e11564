-- +goose Up
-- Browsers that have completed a sign-in before, and their own failures.
CREATE TABLE IF NOT EXISTS devices (
    id           BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    account_id   BIGINT NOT NULL,
    token_hash   BINARY(32) NOT NULL UNIQUE,
    epoch        BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    failures     INT NOT NULL DEFAULT 0,
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    KEY devices_account_id (account_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
