-- +goose Up
-- The last act of one person on the account of another that is one of the two halves
-- of taking it over. actor_id has no foreign key: the act outlives its actor.
CREATE TABLE takeovers (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    actor_id   INTEGER NOT NULL,
    act        TEXT NOT NULL CHECK (length(act) <= 24),
    at         INTEGER NOT NULL,
    PRIMARY KEY (account_id, actor_id)
) STRICT;
