-- +goose Up
-- user_handle is how an account is called in its passkeys: 32 random bytes, nothing that
-- tells a name (WebAuthn). NULL until the first key.
ALTER TABLE accounts ADD COLUMN user_handle BLOB NULL CHECK (length(user_handle) = 32);
