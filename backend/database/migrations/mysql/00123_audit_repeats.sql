-- +goose Up
-- How many events of an hour are alike, and how many of them were not kept: when
-- the hour is over, those become one event. account_id 0 = of no account.
CREATE TABLE IF NOT EXISTS audit_repeats (
    hour       BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    network    VARCHAR(45) NOT NULL,
    kind       VARCHAR(48) NOT NULL,
    outcome    VARCHAR(12) NOT NULL,
    factor     VARCHAR(12) NOT NULL,
    reason     VARCHAR(64) NOT NULL,
    lane       VARCHAR(8) NOT NULL,
    actor      VARCHAR(80) NOT NULL,
    events     INT NOT NULL,
    summed     INT NOT NULL,
    last_at    BIGINT NOT NULL,
    PRIMARY KEY (hour, account_id, network, kind, outcome, factor, reason, lane)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
