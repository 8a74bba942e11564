-- +goose Up
-- What happened, for the person and the operator. No foreign key: the history
-- outlives the account. count and clock_offset_seconds: 0 = nothing to say.
CREATE TABLE IF NOT EXISTS audit_events (
    id                   BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    at                   BIGINT NOT NULL,
    kind                 VARCHAR(48) NOT NULL,
    outcome              VARCHAR(12) NOT NULL,
    reason               VARCHAR(64) NOT NULL DEFAULT '',
    account_id           BIGINT NULL,
    actor                VARCHAR(80) NOT NULL DEFAULT '',
    session_id           BIGINT NOT NULL DEFAULT 0,
    factor               VARCHAR(12) NOT NULL DEFAULT '',
    lane                 VARCHAR(8) NOT NULL DEFAULT '',
    address              VARCHAR(45) NOT NULL DEFAULT '',
    user_agent           VARCHAR(512) NOT NULL DEFAULT '',
    request_id           VARCHAR(36) NOT NULL DEFAULT '',
    version              VARCHAR(40) NOT NULL DEFAULT '',
    host                 VARCHAR(255) NOT NULL DEFAULT '',
    proxy                VARCHAR(45) NOT NULL DEFAULT '',
    name_hash            VARCHAR(32) NOT NULL DEFAULT '',
    `count`              INT NOT NULL DEFAULT 0,
    clock_offset_seconds BIGINT NOT NULL DEFAULT 0,
    details              VARCHAR(1000) NOT NULL DEFAULT '{}',
    KEY audit_events_account_id_id (account_id, id),
    KEY audit_events_at (at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
