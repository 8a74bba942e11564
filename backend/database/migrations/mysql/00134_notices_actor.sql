-- +goose Up
-- Who acted, '' = the person or the operator; on whom, where that is somebody else
-- than the reader; and a word that the text needs, such as a role.
ALTER TABLE notices
    ADD COLUMN actor VARCHAR(64) NOT NULL DEFAULT '',
    ADD COLUMN subject VARCHAR(64) NOT NULL DEFAULT '',
    ADD COLUMN detail VARCHAR(254) NOT NULL DEFAULT '';
