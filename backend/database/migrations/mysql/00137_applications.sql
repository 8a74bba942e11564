-- +goose Up
-- Applications behind the sign-in. revision counts the changes of one.
CREATE TABLE IF NOT EXISTS applications (
    id        BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name      VARCHAR(60) NOT NULL UNIQUE,
    revision  BIGINT NOT NULL,
    opened_at BIGINT NOT NULL DEFAULT 0
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
