-- +goose Up
-- The one live key of an account. last_step is the last time step spent: a code
-- is accepted by an update that raises it.
CREATE TABLE IF NOT EXISTS totp_keys (
    account_id   BIGINT NOT NULL PRIMARY KEY,
    key_id       BINARY(16) NOT NULL UNIQUE,
    sealed_seed  VARBINARY(255) NOT NULL,
    ring_key_id  VARCHAR(16) NOT NULL,
    label        VARCHAR(200) NOT NULL,
    phone_name   VARCHAR(40) NOT NULL DEFAULT '',
    last_step    BIGINT NOT NULL,
    bound_at     BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL DEFAULT 0,
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
