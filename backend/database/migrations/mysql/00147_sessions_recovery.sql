-- +goose Up
-- recovery: the session was opened with a help code, and can only enrol.
ALTER TABLE sessions ADD COLUMN recovery BOOLEAN NOT NULL DEFAULT 0;
