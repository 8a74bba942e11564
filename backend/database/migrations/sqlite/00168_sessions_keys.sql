-- +goose Up
-- When a passkey or hardware key, one that counts as phishing-resistant, and a backup code
-- were last given, and which factor was the last. ceremony is what WebAuthn needs to judge
-- the next answer, until ceremony_ends_at. key_failures counts refused answers in a row.
-- welcome: the session began with the choice of the first password.
ALTER TABLE sessions ADD COLUMN key_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN welcome INTEGER NOT NULL DEFAULT 0 CHECK (welcome IN (0, 1));
ALTER TABLE sessions ADD COLUMN resistant_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN backup_code_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN factor TEXT NOT NULL DEFAULT '' CHECK (length(factor) <= 12);
ALTER TABLE sessions ADD COLUMN ceremony BLOB NULL;
ALTER TABLE sessions ADD COLUMN ceremony_ends_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN key_failures INTEGER NOT NULL DEFAULT 0;
