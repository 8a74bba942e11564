-- +goose Up
-- What one person did by time.
CREATE INDEX audit_events_actor_id_at ON audit_events (actor_id, at);
