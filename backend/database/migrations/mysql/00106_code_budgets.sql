-- +goose Up
-- Wrong second factors per account, method and lane. The rows are made with the
-- account. serial grows with every decision, so that two parallel tries change
-- the same row and one of them waits for the other.
CREATE TABLE IF NOT EXISTS code_budgets (
    account_id BIGINT NOT NULL,
    method     VARCHAR(8) NOT NULL,
    lane       VARCHAR(8) NOT NULL,
    failures   INT NOT NULL DEFAULT 0,
    wait_until BIGINT NOT NULL DEFAULT 0,
    serial     BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, method, lane),
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
