-- +goose Up
-- helper: may help people, admin: may do everything; both 0 = a person.
-- email is what applications see. email_key is its folded form, NULL = none.
-- email_own: the person chose the confirmed address for notices. name_key is what
-- lists are sorted by, '' = to be computed at the next start.
ALTER TABLE accounts
    ADD COLUMN helper BOOLEAN NOT NULL DEFAULT 0,
    ADD COLUMN email VARCHAR(254) NOT NULL DEFAULT '',
    ADD COLUMN email_key VARCHAR(254) NULL,
    ADD COLUMN email_own BOOLEAN NOT NULL DEFAULT 0,
    ADD COLUMN name_key VARCHAR(128) NOT NULL DEFAULT '',
    ADD COLUMN last_sign_in_at BIGINT NOT NULL DEFAULT 0,
    ADD UNIQUE KEY accounts_email_key (email_key),
    ADD KEY accounts_name_key (name_key, id),
    ADD KEY accounts_admin (admin);
