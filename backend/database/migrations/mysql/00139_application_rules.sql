-- +goose Up
-- Who may open what. The first rule by its position that fits decides. origins has one
-- in a line.
CREATE TABLE IF NOT EXISTS application_rules (
    application_id  BIGINT NOT NULL,
    position        INT NOT NULL,
    path            VARCHAR(200) NOT NULL,
    reading         BOOLEAN NOT NULL,
    who             VARCHAR(10) NOT NULL,
    factor          VARCHAR(10) NOT NULL,
    max_age_minutes INT NOT NULL,
    origins         TEXT NOT NULL,
    PRIMARY KEY (application_id, position),
    FOREIGN KEY (application_id) REFERENCES applications (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
