-- +goose Up
-- Who may open what. The first rule by its position that fits decides. origins has one
-- in a line.
CREATE TABLE application_rules (
    application_id  INTEGER NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    position        INTEGER NOT NULL,
    path            TEXT NOT NULL CHECK (length(path) <= 200),
    reading         INTEGER NOT NULL,
    who             TEXT NOT NULL CHECK (length(who) <= 10),
    factor          TEXT NOT NULL CHECK (length(factor) <= 10),
    max_age_minutes INTEGER NOT NULL,
    origins         TEXT NOT NULL,
    PRIMARY KEY (application_id, position)
) STRICT, WITHOUT ROWID;
