-- +goose Up
-- A key offered during set-up or a move, one per session, until a code confirms it.
CREATE TABLE IF NOT EXISTS pending_keys (
    session_id      BIGINT NOT NULL PRIMARY KEY,
    account_id      BIGINT NOT NULL,
    key_id          BINARY(16) NOT NULL,
    replaces_key_id BINARY(16) NULL,
    sealed_seed     VARBINARY(255) NOT NULL,
    ring_key_id     VARCHAR(16) NOT NULL,
    label           VARCHAR(200) NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    extended        INT NOT NULL DEFAULT 0,
    failures        INT NOT NULL DEFAULT 0,
    epoch           BIGINT NOT NULL,
    FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE,
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    KEY pending_keys_account_id (account_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
