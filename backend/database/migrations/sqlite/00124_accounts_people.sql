-- +goose Up
-- helper: may help people, admin: may do everything; both 0 = a person.
-- email is what applications see. email_key is its folded form, NULL = none.
-- email_own: the person chose the confirmed address for notices. name_key is what
-- lists are sorted by, '' = to be computed at the next start.
ALTER TABLE accounts ADD COLUMN helper INTEGER NOT NULL DEFAULT 0 CHECK (helper IN (0, 1));
ALTER TABLE accounts ADD COLUMN email TEXT NOT NULL DEFAULT '' CHECK (length(email) <= 254);
ALTER TABLE accounts ADD COLUMN email_key TEXT CHECK (length(email_key) <= 254);
ALTER TABLE accounts ADD COLUMN email_own INTEGER NOT NULL DEFAULT 0 CHECK (email_own IN (0, 1));
ALTER TABLE accounts ADD COLUMN name_key TEXT NOT NULL DEFAULT '' CHECK (length(name_key) <= 128);
ALTER TABLE accounts ADD COLUMN last_sign_in_at INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX accounts_email_key ON accounts (email_key);
CREATE INDEX accounts_name_key ON accounts (name_key, id);
CREATE INDEX accounts_admin ON accounts (admin);
