-- +goose Up
-- What a policy demands. minimum: any (a second factor of any kind) or resistant (a passkey
-- or hardware key).
ALTER TABLE policies ADD COLUMN minimum VARCHAR(10) NOT NULL DEFAULT 'any';
