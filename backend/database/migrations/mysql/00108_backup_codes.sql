-- +goose Up
-- Backup codes as Argon2id keys under the account's salt. Codes of a replaced set
-- stay as dead rows, so that one can be told from a code that never was.
CREATE TABLE IF NOT EXISTS backup_codes (
    id          BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    account_id  BIGINT NOT NULL,
    set_number  INT NOT NULL,
    code_hash   BINARY(32) NOT NULL,
    used_at     BIGINT NOT NULL DEFAULT 0,
    replaced_at BIGINT NOT NULL DEFAULT 0,
    UNIQUE KEY backup_codes_account_id_code_hash (account_id, code_hash),
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
