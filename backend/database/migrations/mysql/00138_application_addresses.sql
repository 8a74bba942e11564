-- +goose Up
-- Where applications are. An origin belongs to one of them.
CREATE TABLE IF NOT EXISTS application_addresses (
    origin         VARCHAR(267) NOT NULL PRIMARY KEY,
    application_id BIGINT NOT NULL,
    position       INT NOT NULL,
    FOREIGN KEY (application_id) REFERENCES applications (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
