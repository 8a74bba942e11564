-- +goose Up
-- Browsers that are signed in to an application, one for a session and a host. Only
-- the SHA-256 of a token is kept. One counts while its session does, under the epoch of
-- its issue.
CREATE TABLE app_sessions (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash     BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    session_id     INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    host           TEXT NOT NULL CHECK (length(host) <= 253),
    epoch          INTEGER NOT NULL,
    application_id INTEGER NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    UNIQUE (session_id, host)
) STRICT;
CREATE INDEX app_sessions_application_id ON app_sessions (application_id);
