-- +goose Up
-- Who is in a group, and since when.
CREATE TABLE IF NOT EXISTS group_members (
    group_id   BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    joined_at  BIGINT NOT NULL,
    PRIMARY KEY (group_id, account_id),
    FOREIGN KEY (group_id) REFERENCES user_groups (id) ON DELETE CASCADE,
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    KEY group_members_account_id (account_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
