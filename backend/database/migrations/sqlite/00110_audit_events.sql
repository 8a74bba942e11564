-- +goose Up
-- What happened, for the person and the operator. No foreign key: the history
-- outlives the account. count and clock_offset_seconds: 0 = nothing to say.
CREATE TABLE audit_events (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    at                   INTEGER NOT NULL,
    kind                 TEXT NOT NULL CHECK (length(kind) <= 48),
    outcome              TEXT NOT NULL CHECK (length(outcome) <= 12),
    reason               TEXT NOT NULL DEFAULT '' CHECK (length(reason) <= 64),
    account_id           INTEGER,
    actor                TEXT NOT NULL DEFAULT '' CHECK (length(actor) <= 80),
    session_id           INTEGER NOT NULL DEFAULT 0,
    factor               TEXT NOT NULL DEFAULT '' CHECK (length(factor) <= 12),
    lane                 TEXT NOT NULL DEFAULT '' CHECK (length(lane) <= 8),
    address              TEXT NOT NULL DEFAULT '' CHECK (length(address) <= 45),
    user_agent           TEXT NOT NULL DEFAULT '' CHECK (length(user_agent) <= 512),
    request_id           TEXT NOT NULL DEFAULT '' CHECK (length(request_id) <= 36),
    version              TEXT NOT NULL DEFAULT '' CHECK (length(version) <= 40),
    host                 TEXT NOT NULL DEFAULT '' CHECK (length(host) <= 255),
    proxy                TEXT NOT NULL DEFAULT '' CHECK (length(proxy) <= 45),
    name_hash            TEXT NOT NULL DEFAULT '' CHECK (length(name_hash) <= 32),
    count                INTEGER NOT NULL DEFAULT 0,
    clock_offset_seconds INTEGER NOT NULL DEFAULT 0,
    details              TEXT NOT NULL DEFAULT '{}' CHECK (length(details) <= 1000)
) STRICT;
CREATE INDEX audit_events_account_id_id ON audit_events (account_id, id);
CREATE INDEX audit_events_at ON audit_events (at);
