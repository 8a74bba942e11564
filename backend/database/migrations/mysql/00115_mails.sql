-- +goose Up
-- Mails that wait to be sent, and those of the last weeks. next_try_at is when a
-- mail is due; whoever takes it moves this time ahead. 0 = sent or given up.
CREATE TABLE IF NOT EXISTS mails (
    id          BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    account_id  BIGINT NOT NULL,
    address     VARCHAR(254) NOT NULL,
    kind        VARCHAR(48) NOT NULL,
    language    VARCHAR(8) NOT NULL,
    details     VARCHAR(1000) NOT NULL,
    created_at  BIGINT NOT NULL,
    next_try_at BIGINT NOT NULL,
    tries       INT NOT NULL DEFAULT 0,
    sent_at     BIGINT NOT NULL DEFAULT 0,
    failed_at   BIGINT NOT NULL DEFAULT 0,
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    KEY mails_next_try_at (next_try_at),
    KEY mails_account_id (account_id, kind, created_at),
    KEY mails_created_at (created_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
