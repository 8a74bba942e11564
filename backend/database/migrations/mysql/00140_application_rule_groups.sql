-- +goose Up
-- The groups of a rule. A group that a rule names cannot be deleted.
CREATE TABLE IF NOT EXISTS application_rule_groups (
    application_id BIGINT NOT NULL,
    position       INT NOT NULL,
    group_id       BIGINT NOT NULL,
    PRIMARY KEY (application_id, position, group_id),
    FOREIGN KEY (application_id, position) REFERENCES application_rules (application_id, position) ON DELETE CASCADE,
    FOREIGN KEY (group_id) REFERENCES user_groups (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
