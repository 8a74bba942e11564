-- +goose Up
-- Of whom no policy asks anything until ends_at, and why. given_by is the account of
-- its giver, 0 = the operator.
CREATE TABLE IF NOT EXISTS policy_exceptions (
    account_id BIGINT NOT NULL PRIMARY KEY,
    reason     VARCHAR(200) NOT NULL,
    ends_at    BIGINT NOT NULL,
    given_by   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
