-- +goose Up
-- Who may sign in. username_folded is the name as it is compared. 0 in a time column
-- means never, here and in every table; times are Unix milliseconds.
-- paused_at set: the sign-in asks for no second factor until paused_until, 0 = until
-- the person enables it. suspect_until: until then the next completed sign-in must
-- change the password, because too many unrecognised browsers tried codes after it.
CREATE TABLE IF NOT EXISTS accounts (
    id                   BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    username             VARCHAR(64) NOT NULL,
    username_folded      VARCHAR(190) NOT NULL UNIQUE,
    display_name         VARCHAR(100) NOT NULL,
    password_hash        VARCHAR(255) NOT NULL,
    admin                BOOLEAN NOT NULL,
    disabled_at          BIGINT NOT NULL DEFAULT 0,
    must_change_password BOOLEAN NOT NULL,
    password_changed_at  BIGINT NOT NULL DEFAULT 0,
    epoch                BIGINT NOT NULL DEFAULT 1,
    language             VARCHAR(8) NOT NULL DEFAULT '',
    theme                VARCHAR(8) NOT NULL DEFAULT '',
    keys_bound           INT NOT NULL DEFAULT 0,
    sets_made            INT NOT NULL DEFAULT 0,
    backup_salt          VARBINARY(16) NULL,
    failed_codes         INT NOT NULL DEFAULT 0,
    suspect_until        BIGINT NOT NULL DEFAULT 0,
    paused_at            BIGINT NOT NULL DEFAULT 0,
    paused_until         BIGINT NOT NULL DEFAULT 0,
    created_at           BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
