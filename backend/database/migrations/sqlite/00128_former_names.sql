-- +goose Up
-- User names that accounts had before. Nobody else gets one: the history and
-- applications know them as somebody else. No foreign key: the names of deleted
-- accounts stay.
CREATE TABLE former_names (
    username_folded TEXT NOT NULL PRIMARY KEY CHECK (length(username_folded) <= 190),
    account_id      INTEGER NOT NULL
) STRICT;
CREATE INDEX former_names_account_id ON former_names (account_id);
