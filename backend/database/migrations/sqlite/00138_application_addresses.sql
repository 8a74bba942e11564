-- +goose Up
-- Where applications are. An origin belongs to one of them.
CREATE TABLE application_addresses (
    origin         TEXT NOT NULL PRIMARY KEY CHECK (length(origin) <= 267),
    application_id INTEGER NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    position       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX application_addresses_application_id ON application_addresses (application_id);
