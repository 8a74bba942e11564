-- +goose Up
-- One row that every change takes which could leave no administrator: such changes
-- happen one after the other. serial grows with each, so that they collide in a cluster.
CREATE TABLE administrators_guard (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    serial INTEGER NOT NULL DEFAULT 0
) STRICT;
