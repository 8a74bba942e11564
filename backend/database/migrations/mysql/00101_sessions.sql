-- +goose Up
-- Signed-in browsers. Only the SHA-256 of a token is kept. A session counts while
-- its epoch equals the account's.
CREATE TABLE IF NOT EXISTS sessions (
    id                BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    account_id        BIGINT NOT NULL,
    token_hash        BINARY(32) NOT NULL UNIQUE,
    level             INT NOT NULL,
    epoch             BIGINT NOT NULL,
    created_at        BIGINT NOT NULL,
    expires_at        BIGINT NOT NULL,
    last_seen_at      BIGINT NOT NULL,
    password_at       BIGINT NOT NULL,
    code_at           BIGINT NOT NULL DEFAULT 0,
    backup_at         BIGINT NOT NULL DEFAULT 0,
    password_failures INT NOT NULL DEFAULT 0,
    device_id         BIGINT NOT NULL DEFAULT 0,
    address           VARCHAR(45) NOT NULL,
    user_agent        VARCHAR(512) NOT NULL,
    failed_codes      INT NOT NULL DEFAULT 0,
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    KEY sessions_account_id (account_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
