-- +goose Up
-- Wrong second factors per account, kind of code and lane.
CREATE TABLE IF NOT EXISTS code_failures (
    account_id BIGINT NOT NULL,
    kind       VARCHAR(8) NOT NULL,
    lane       VARCHAR(8) NOT NULL,
    failures   INT NOT NULL,
    wait_until BIGINT NOT NULL,
    PRIMARY KEY (account_id, kind, lane),
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
