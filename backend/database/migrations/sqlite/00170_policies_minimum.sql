-- +goose Up
-- What a policy demands. minimum: any (a second factor of any kind) or resistant (a passkey
-- or hardware key).
ALTER TABLE policies ADD COLUMN minimum TEXT NOT NULL DEFAULT 'any' CHECK (length(minimum) <= 10);
