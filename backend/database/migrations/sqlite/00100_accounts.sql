-- +goose Up
-- Who may sign in. username_folded is the name as it is compared. 0 in a time column
-- means never, here and in every table; times are Unix milliseconds.
-- paused_at set: the sign-in asks for no second factor until paused_until, 0 = until
-- the person enables it. suspect_until: until then the next completed sign-in must
-- change the password, because too many unrecognised browsers tried codes after it.
CREATE TABLE accounts (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    username             TEXT NOT NULL CHECK (length(username) <= 64),
    username_folded      TEXT NOT NULL UNIQUE CHECK (length(username_folded) <= 190),
    display_name         TEXT NOT NULL CHECK (length(display_name) <= 100),
    password_hash        TEXT NOT NULL CHECK (length(password_hash) <= 255),
    admin                INTEGER NOT NULL CHECK (admin IN (0, 1)),
    disabled_at          INTEGER NOT NULL DEFAULT 0,
    must_change_password INTEGER NOT NULL CHECK (must_change_password IN (0, 1)),
    password_changed_at  INTEGER NOT NULL DEFAULT 0,
    epoch                INTEGER NOT NULL DEFAULT 1,
    language             TEXT NOT NULL DEFAULT '' CHECK (length(language) <= 8),
    theme                TEXT NOT NULL DEFAULT '' CHECK (length(theme) <= 8),
    keys_bound           INTEGER NOT NULL DEFAULT 0,
    sets_made            INTEGER NOT NULL DEFAULT 0,
    backup_salt          BLOB CHECK (length(backup_salt) <= 16),
    failed_codes         INTEGER NOT NULL DEFAULT 0,
    suspect_until        INTEGER NOT NULL DEFAULT 0,
    paused_at            INTEGER NOT NULL DEFAULT 0,
    paused_until         INTEGER NOT NULL DEFAULT 0,
    created_at           INTEGER NOT NULL
) STRICT;
