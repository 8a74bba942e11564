-- +goose Up
-- The one help code of an account, kept as an Argon2id key with its own salt. It counts
-- while its epoch equals the account's. used_at set: a session that can only enrol was
-- opened with it, until expires_at. given_by is the account of its giver, 0 = the operator.
CREATE TABLE IF NOT EXISTS help_codes (
    account_id BIGINT NOT NULL PRIMARY KEY,
    code_hash  BINARY(32) NOT NULL,
    salt       BINARY(16) NOT NULL,
    epoch      BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL DEFAULT 0,
    given_by   BIGINT NOT NULL,
    reason     VARCHAR(200) NOT NULL,
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    KEY help_codes_given_by (given_by)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
