-- +goose Up
-- Who is in a group, and since when.
CREATE TABLE group_members (
    group_id   INTEGER NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    joined_at  INTEGER NOT NULL,
    PRIMARY KEY (group_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_members_account_id ON group_members (account_id);
