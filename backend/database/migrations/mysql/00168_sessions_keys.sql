-- +goose Up
-- When a passkey or hardware key, one that counts as phishing-resistant, and a backup code
-- were last given, and which factor was the last. ceremony is what WebAuthn needs to judge
-- the next answer, until ceremony_ends_at. key_failures counts refused answers in a row.
-- welcome: the session began with the choice of the first password.
ALTER TABLE sessions
    ADD COLUMN key_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN welcome BOOLEAN NOT NULL DEFAULT 0,
    ADD COLUMN resistant_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN backup_code_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN factor VARCHAR(12) NOT NULL DEFAULT '',
    ADD COLUMN ceremony BLOB NULL,
    ADD COLUMN ceremony_ends_at BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN key_failures INT NOT NULL DEFAULT 0;
