-- +goose Up
-- Mails that wait to be sent, and those of the last weeks. A row holds all that
-- its letter says and has no foreign key: the mail about the deletion of an
-- account is sent after it. next_try_at is when a mail is due; the courier that
-- takes a mail sets this time ahead. 0 = sent or given up. copy_until is set in a
-- copy for a former address, the two columns of a code in a mail with a code.
CREATE TABLE IF NOT EXISTS mails (
    id              BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    account_id      BIGINT NOT NULL,
    recipient       VARCHAR(254) NOT NULL,
    kind            VARCHAR(48) NOT NULL,
    language        VARCHAR(8) NOT NULL,
    reference       VARCHAR(32) NOT NULL,
    username        VARCHAR(64) NOT NULL DEFAULT '',
    client_address  VARCHAR(45) NOT NULL DEFAULT '',
    user_agent      VARCHAR(512) NOT NULL DEFAULT '',
    copy_until      BIGINT NOT NULL DEFAULT 0,
    code_salt       BINARY(16) NULL,
    code_expires_at BIGINT NOT NULL DEFAULT 0,
    created_at      BIGINT NOT NULL,
    next_try_at     BIGINT NOT NULL,
    tries           INT NOT NULL DEFAULT 0,
    KEY mails_next_try_at (next_try_at),
    KEY mails_account_id (account_id, kind, created_at),
    KEY mails_created_at (created_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
