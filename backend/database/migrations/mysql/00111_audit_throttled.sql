-- +goose Up
-- Tries that were held back, counted by the hour until the hour is over; then
-- each row becomes one event.
CREATE TABLE IF NOT EXISTS audit_throttled (
    hour       BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    kind       VARCHAR(48) NOT NULL,
    factor     VARCHAR(12) NOT NULL,
    reason     VARCHAR(64) NOT NULL,
    tries      INT NOT NULL,
    PRIMARY KEY (hour, account_id, kind, factor, reason)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
