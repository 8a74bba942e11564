-- +goose Up
-- How many events of an hour are alike, and how many of them were not kept: when
-- the hour is over, those become one event. account_id 0 = of no account.
CREATE TABLE audit_repeats (
    hour       INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    network    TEXT NOT NULL CHECK (length(network) <= 45),
    kind       TEXT NOT NULL CHECK (length(kind) <= 48),
    outcome    TEXT NOT NULL CHECK (length(outcome) <= 12),
    factor     TEXT NOT NULL CHECK (length(factor) <= 12),
    reason     TEXT NOT NULL CHECK (length(reason) <= 64),
    lane       TEXT NOT NULL CHECK (length(lane) <= 8),
    actor      TEXT NOT NULL CHECK (length(actor) <= 80),
    events     INTEGER NOT NULL,
    summed     INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    PRIMARY KEY (hour, account_id, network, kind, outcome, factor, reason, lane)
) STRICT;
