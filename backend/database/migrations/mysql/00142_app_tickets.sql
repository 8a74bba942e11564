-- +goose Up
-- Tickets that open an application once, in one browser, at one page. Only the SHA-256
-- of a ticket is kept.
CREATE TABLE IF NOT EXISTS app_tickets (
    id             BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    token_hash     BINARY(32) NOT NULL UNIQUE,
    session_id     BIGINT NOT NULL,
    epoch          BIGINT NOT NULL,
    application_id BIGINT NOT NULL,
    origin         VARCHAR(267) NOT NULL,
    page           VARCHAR(2048) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    state          BINARY(32) NOT NULL,
    expires_at     BIGINT NOT NULL,
    used_at        BIGINT NOT NULL DEFAULT 0,
    KEY app_tickets_expires_at (expires_at),
    FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE,
    FOREIGN KEY (application_id) REFERENCES applications (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
