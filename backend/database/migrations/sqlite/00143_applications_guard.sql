-- +goose Up
-- One row that every change to applications takes. version grows with each, so that
-- every instance sees that it has to read them again.
CREATE TABLE applications_guard (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
) STRICT;
