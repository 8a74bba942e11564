-- +goose Up
-- What a policy asked before each change that asked more: JSON. Whoever was due by one of
-- them stays due.
ALTER TABLE policies ADD COLUMN former TEXT NOT NULL;
