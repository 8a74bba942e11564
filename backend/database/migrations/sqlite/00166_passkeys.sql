-- +goose Up
-- Passkeys and hardware keys (WebAuthn). rp_id is the host they were made for: at another
-- address they do not work. public_key is a COSE key. discoverable and verified are what
-- makes a passkey; without both it is a hardware key. made_in is the session that added
-- it. From resistant_at on it counts as phishing-resistant.
CREATE TABLE passkeys (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id      INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    rp_id           TEXT NOT NULL CHECK (length(rp_id) <= 253),
    credential_id   BLOB NOT NULL UNIQUE CHECK (length(credential_id) <= 1023),
    public_key      BLOB NOT NULL CHECK (length(public_key) <= 4096),
    sign_count      INTEGER NOT NULL,
    transports      TEXT NOT NULL CHECK (length(transports) <= 100),
    aaguid          BLOB NOT NULL CHECK (length(aaguid) = 16),
    attachment      TEXT NOT NULL CHECK (length(attachment) <= 16),
    discoverable    INTEGER NOT NULL CHECK (discoverable IN (0, 1)),
    verified        INTEGER NOT NULL CHECK (verified IN (0, 1)),
    backup_eligible INTEGER NOT NULL CHECK (backup_eligible IN (0, 1)),
    backup_state    INTEGER NOT NULL CHECK (backup_state IN (0, 1)),
    name            TEXT NOT NULL CHECK (length(name) <= 40),
    made_in         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    resistant_at    INTEGER NOT NULL,
    last_used_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX passkeys_account_id ON passkeys (account_id, rp_id, resistant_at);
