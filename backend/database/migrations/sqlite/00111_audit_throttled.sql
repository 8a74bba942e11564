-- +goose Up
-- Tries that were held back, counted by the hour until the hour is over; then
-- each row becomes one event.
CREATE TABLE audit_throttled (
    hour       INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (length(kind) <= 48),
    factor     TEXT NOT NULL CHECK (length(factor) <= 12),
    reason     TEXT NOT NULL CHECK (length(reason) <= 64),
    tries      INTEGER NOT NULL,
    PRIMARY KEY (hour, account_id, kind, factor, reason)
) STRICT;
