-- +goose Up
-- Tickets that open an application once, in one browser, at one page. Only the SHA-256
-- of a ticket is kept.
CREATE TABLE app_tickets (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash     BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    session_id     INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    epoch          INTEGER NOT NULL,
    application_id INTEGER NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    origin         TEXT NOT NULL CHECK (length(origin) <= 267),
    page           TEXT NOT NULL CHECK (length(page) <= 2048),
    state          BLOB NOT NULL CHECK (length(state) = 32),
    expires_at     INTEGER NOT NULL,
    used_at        INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX app_tickets_expires_at ON app_tickets (expires_at);
CREATE INDEX app_tickets_session_id ON app_tickets (session_id);
CREATE INDEX app_tickets_application_id ON app_tickets (application_id);
