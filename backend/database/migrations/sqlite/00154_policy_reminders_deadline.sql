-- +goose Up
-- Old marks are found by their deadline.
CREATE INDEX policy_reminders_deadline ON policy_reminders (deadline);
