-- +goose Up
-- recovery: the session was opened with a help code, and can only enrol.
ALTER TABLE sessions ADD COLUMN recovery INTEGER NOT NULL DEFAULT 0 CHECK (recovery IN (0, 1));
