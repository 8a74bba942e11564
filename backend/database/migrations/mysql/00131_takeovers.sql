-- +goose Up
-- The last act of one person on the account of another that is one of the two halves
-- of taking it over. actor_id has no foreign key: the act outlives its actor.
CREATE TABLE IF NOT EXISTS takeovers (
    account_id BIGINT NOT NULL,
    actor_id   BIGINT NOT NULL,
    act        VARCHAR(24) NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (account_id, actor_id),
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
