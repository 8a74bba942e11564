-- +goose Up
INSERT INTO administrators_guard (id, serial) VALUES (1, 0);
