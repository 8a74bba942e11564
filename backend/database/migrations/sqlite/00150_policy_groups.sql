-- +goose Up
-- The groups of a policy for groups, and since when each belongs to it.
CREATE TABLE policy_groups (
    policy_id INTEGER NOT NULL REFERENCES policies (id) ON DELETE CASCADE,
    group_id  INTEGER NOT NULL REFERENCES user_groups (id),
    added_at  INTEGER NOT NULL,
    PRIMARY KEY (policy_id, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX policy_groups_group_id ON policy_groups (group_id);
