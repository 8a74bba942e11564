-- +goose Up
-- Browsers that are signed in to an application, one for a session and a host. Only
-- the SHA-256 of a token is kept. One counts while its session does, under the epoch of
-- its issue.
CREATE TABLE IF NOT EXISTS app_sessions (
    id             BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    token_hash     BINARY(32) NOT NULL UNIQUE,
    session_id     BIGINT NOT NULL,
    host           VARCHAR(253) NOT NULL,
    epoch          BIGINT NOT NULL,
    application_id BIGINT NOT NULL,
    UNIQUE (session_id, host),
    FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE,
    FOREIGN KEY (application_id) REFERENCES applications (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
