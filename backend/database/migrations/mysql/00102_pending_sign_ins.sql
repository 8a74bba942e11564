-- +goose Up
-- Sign-ins that have given the password and still owe the second factor.
CREATE TABLE IF NOT EXISTS pending_sign_ins (
    id          BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    account_id  BIGINT NOT NULL,
    token_hash  BINARY(32) NOT NULL UNIQUE,
    epoch       BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    password_at BIGINT NOT NULL,
    extended    INT NOT NULL DEFAULT 0,
    known       BOOLEAN NOT NULL DEFAULT 0,
    address     VARCHAR(45) NOT NULL,
    user_agent  VARCHAR(512) NOT NULL,
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    KEY pending_sign_ins_account_id (account_id),
    KEY pending_sign_ins_expires_at (expires_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
