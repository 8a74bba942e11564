-- +goose Up
-- Events are deleted after some time; when somebody signed in last is kept.
UPDATE accounts SET last_sign_in_at = COALESCE((SELECT MAX(e.at) FROM audit_events e
    WHERE e.account_id = accounts.id AND e.kind = 'sign_in' AND e.outcome = 'ok'), 0);
