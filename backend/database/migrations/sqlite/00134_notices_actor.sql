-- +goose Up
-- Who acted, '' = the person or the operator; on whom, where that is somebody else
-- than the reader; and a word that the text needs, such as a role.
ALTER TABLE notices ADD COLUMN actor TEXT NOT NULL DEFAULT '' CHECK (length(actor) <= 64);
ALTER TABLE notices ADD COLUMN subject TEXT NOT NULL DEFAULT '' CHECK (length(subject) <= 64);
ALTER TABLE notices ADD COLUMN detail TEXT NOT NULL DEFAULT '' CHECK (length(detail) <= 254);
