-- +goose Up
-- User names that accounts had before. Nobody else gets one: the history and
-- applications know them as somebody else. No foreign key: the names of deleted
-- accounts stay.
CREATE TABLE IF NOT EXISTS former_names (
    username_folded VARCHAR(190) NOT NULL PRIMARY KEY,
    account_id      BIGINT NOT NULL,
    KEY former_names_account_id (account_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
