-- +goose Up
-- Mails that wait to be sent, and those of the last weeks. A row holds all that
-- its letter says and has no foreign key: the mail about the deletion of an
-- account is sent after it. next_try_at is when a mail is due; the courier that
-- takes a mail sets this time ahead. 0 = sent or given up. copy_until is set in a
-- copy for a former address, the two columns of a code in a mail with a code.
CREATE TABLE mails (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id      INTEGER NOT NULL,
    recipient       TEXT NOT NULL CHECK (length(recipient) <= 254),
    kind            TEXT NOT NULL CHECK (length(kind) <= 48),
    language        TEXT NOT NULL CHECK (length(language) <= 8),
    reference       TEXT NOT NULL CHECK (length(reference) <= 32),
    username        TEXT NOT NULL DEFAULT '' CHECK (length(username) <= 64),
    client_address  TEXT NOT NULL DEFAULT '' CHECK (length(client_address) <= 45),
    user_agent      TEXT NOT NULL DEFAULT '' CHECK (length(user_agent) <= 512),
    copy_until      INTEGER NOT NULL DEFAULT 0,
    code_salt       BLOB CHECK (length(code_salt) = 16),
    code_expires_at INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    next_try_at     INTEGER NOT NULL,
    tries           INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX mails_next_try_at ON mails (next_try_at);
CREATE INDEX mails_account_id ON mails (account_id, kind, created_at);
CREATE INDEX mails_created_at ON mails (created_at);
