-- +goose Up
-- The words by whose beginning an account is found: of its names and its e-mail.
CREATE TABLE IF NOT EXISTS account_words (
    word       VARCHAR(64) NOT NULL,
    account_id BIGINT NOT NULL,
    PRIMARY KEY (word, account_id),
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    KEY account_words_account_id (account_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
