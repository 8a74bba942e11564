-- +goose Up
-- Ring keys that must never seal again: an instance that still holds one as its
-- current key is refused when it stores something.
CREATE TABLE retired_ring_keys (
    ring_key_id TEXT NOT NULL PRIMARY KEY CHECK (length(ring_key_id) <= 16),
    retired_at  INTEGER NOT NULL
) STRICT;
