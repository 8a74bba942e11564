-- +goose Up
-- Where an account's notices go, and the address that waits for its code.
CREATE TABLE IF NOT EXISTS notice_addresses (
    account_id      BIGINT NOT NULL PRIMARY KEY,
    address         VARCHAR(254) NOT NULL DEFAULT '',
    confirmed_at    BIGINT NOT NULL DEFAULT 0,
    language        VARCHAR(8) NOT NULL,
    pending_address VARCHAR(254) NOT NULL DEFAULT '',
    code_salt       BINARY(16) NULL,
    code_expires_at BIGINT NOT NULL DEFAULT 0,
    code_tries      INT NOT NULL DEFAULT 0,
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
