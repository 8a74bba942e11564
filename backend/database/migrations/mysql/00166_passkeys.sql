-- +goose Up
-- Passkeys and hardware keys (WebAuthn). rp_id is the host they were made for: at another
-- address they do not work. public_key is a COSE key. discoverable and verified are what
-- makes a passkey; without both it is a hardware key. made_in is the session that added
-- it. From resistant_at on it counts as phishing-resistant.
CREATE TABLE IF NOT EXISTS passkeys (
    id              BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    account_id      BIGINT NOT NULL,
    rp_id           VARCHAR(253) NOT NULL,
    credential_id   VARBINARY(1023) NOT NULL UNIQUE,
    public_key      VARBINARY(4096) NOT NULL,
    sign_count      BIGINT NOT NULL,
    transports      VARCHAR(100) NOT NULL,
    aaguid          BINARY(16) NOT NULL,
    attachment      VARCHAR(16) NOT NULL,
    discoverable    BOOLEAN NOT NULL,
    verified        BOOLEAN NOT NULL,
    backup_eligible BOOLEAN NOT NULL,
    backup_state    BOOLEAN NOT NULL,
    name            VARCHAR(40) NOT NULL,
    made_in         BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    resistant_at    BIGINT NOT NULL,
    last_used_at    BIGINT NOT NULL,
    FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    KEY passkeys_account_id (account_id, rp_id, resistant_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
