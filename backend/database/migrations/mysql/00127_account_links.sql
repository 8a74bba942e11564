-- +goose Up
-- The one link of an account with which a person chooses a password: an invitation
-- or a password link, kept as SHA-256. It counts while its epoch equals the
-- account's. given_by is the account of its giver, 0 = the operator.
CREATE TABLE IF NOT EXISTS account_links (
    account_id BIGINT NOT NULL PRIMARY KEY,
    kind       VARCHAR(16) NOT NULL,
    token_hash BINARY(32) NOT NULL UNIQUE,
    epoch      BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    given_by   BIGINT NOT NULL,
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
