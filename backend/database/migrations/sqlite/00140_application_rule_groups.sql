-- +goose Up
-- The groups of a rule. A group that a rule names cannot be deleted.
CREATE TABLE application_rule_groups (
    application_id INTEGER NOT NULL,
    position       INTEGER NOT NULL,
    group_id       INTEGER NOT NULL REFERENCES user_groups (id),
    PRIMARY KEY (application_id, position, group_id),
    FOREIGN KEY (application_id, position) REFERENCES application_rules (application_id, position) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX application_rule_groups_group_id ON application_rule_groups (group_id);
