-- +goose Up
-- Who has to have a second factor, from when, after how many days of grace. audience:
-- everybody, groups, or staff (helpers and administrators). tightened_at is the last
-- change that asks more of people; grace is counted from it again.
CREATE TABLE IF NOT EXISTS policies (
    id           BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    audience     VARCHAR(10) NOT NULL,
    starts_at    BIGINT NOT NULL,
    grace_days   INT NOT NULL,
    changed_at   BIGINT NOT NULL,
    tightened_at BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
