-- +goose Up
-- Addresses that were replaced and still get copies of all notices.
CREATE TABLE IF NOT EXISTS former_notice_addresses (
    id         BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    account_id BIGINT NOT NULL,
    address    VARCHAR(254) NOT NULL,
    until      BIGINT NOT NULL,
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    KEY former_notice_addresses_account_id (account_id),
    KEY former_notice_addresses_until (until)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
