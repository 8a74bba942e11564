-- +goose Up
-- Security notices that a person has not dismissed yet, and those of before.
-- session_id is the session that made the change, 0 = none.
CREATE TABLE IF NOT EXISTS notices (
    id           BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    account_id   BIGINT NOT NULL,
    kind         VARCHAR(48) NOT NULL,
    at           BIGINT NOT NULL,
    session_id   BIGINT NOT NULL DEFAULT 0,
    address      VARCHAR(45) NOT NULL DEFAULT '',
    user_agent   VARCHAR(512) NOT NULL DEFAULT '',
    dismissed_at BIGINT NOT NULL DEFAULT 0,
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    KEY notices_account_id (account_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
