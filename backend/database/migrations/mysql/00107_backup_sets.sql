-- +goose Up
-- Backup code sets: number, date and check word are what the printed sheet says.
CREATE TABLE IF NOT EXISTS backup_sets (
    account_id   BIGINT NOT NULL,
    number       INT NOT NULL,
    check_word   VARCHAR(8) NOT NULL,
    created_at   BIGINT NOT NULL,
    confirmed_at BIGINT NOT NULL DEFAULT 0,
    checked_at   BIGINT NOT NULL DEFAULT 0,
    replaced_at  BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, number),
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
