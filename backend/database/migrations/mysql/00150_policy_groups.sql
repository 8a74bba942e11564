-- +goose Up
-- The groups of a policy for groups, and since when each belongs to it.
CREATE TABLE IF NOT EXISTS policy_groups (
    policy_id BIGINT NOT NULL,
    group_id  BIGINT NOT NULL,
    added_at  BIGINT NOT NULL,
    PRIMARY KEY (policy_id, group_id),
    FOREIGN KEY (policy_id) REFERENCES policies (id) ON DELETE CASCADE,
    FOREIGN KEY (group_id) REFERENCES user_groups (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
