-- +goose Up
-- Exceptions are listed and deleted by their end.
CREATE INDEX policy_exceptions_ends_at ON policy_exceptions (ends_at);
