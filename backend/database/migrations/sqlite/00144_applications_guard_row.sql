-- +goose Up
INSERT INTO applications_guard (id, version) VALUES (1, 1);
