-- +goose Up
INSERT INTO setup (id, completed_at) VALUES (1, 0);
