-- Rows for every table of the baseline, for both engines. Each column has a value
-- other than its default in one row at least. The baseline never changes after it
-- has landed, and neither does this file.
INSERT INTO accounts (id, username, username_folded, display_name, password_hash, admin, disabled_at, must_change_password, password_changed_at, epoch, language, theme, keys_bound, sets_made, backup_salt, failed_codes, suspect_until, paused_at, paused_until, created_at) VALUES
    (1, 'Änna', 'änna', 'Änna 🔑 Müller', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', 1, 1795435200001, 1, 1795435200002, 3, 'de', 'night', 2, 2, X'00010203040506070809f00c27225cff', 4, 1795435200003, 1795435200004, 1795435200005, 1795435200000),
    (2, 'otto', 'otto', '', '$argon2id$v=19$m=19456,t=2,p=1$b3R0bw$b3R0bw', 0, 0, 0, 1795435200000, 1, '', '', 0, 0, NULL, 0, 0, 0, 0, 1795435200000);
INSERT INTO sessions (id, account_id, token_hash, level, epoch, created_at, expires_at, last_seen_at, password_at, code_at, backup_at, password_failures, device_id, address, user_agent, failed_codes) VALUES
    (11, 1, X'1111111111111111111111111111111111111111111111111111111111111111', 2, 3, 1795435200010, 1795521600010, 1795435200020, 1795435200011, 1795435200012, 1795435200013, 2, 31, '2001:db8::1', 'Mozilla/5.0 "Änna"', 4),
    (12, 2, X'1212121212121212121212121212121212121212121212121212121212121212', 1, 1, 1795435200010, 1795521600010, 1795435200020, 1795435200011, 0, 0, 0, 0, '192.0.2.2', '', 0);
INSERT INTO pending_sign_ins (id, account_id, token_hash, epoch, created_at, expires_at, password_at, extended, known, address, user_agent) VALUES
    (21, 1, X'2121212121212121212121212121212121212121212121212121212121212121', 3, 1795435200030, 1795435800030, 1795435200031, 3, 1, '192.0.2.1', 'Mozilla/5.0');
INSERT INTO devices (id, account_id, token_hash, epoch, last_used_at, failures) VALUES
    (31, 1, X'3131313131313131313131313131313131313131313131313131313131313131', 3, 1795435200040, 7);
INSERT INTO totp_keys (account_id, key_id, sealed_seed, ring_key_id, label, phone_name, last_step, bound_at, last_used_at) VALUES
    (1, X'41414141414141414141414141414141', X'424242424242424242424242424242424242424242424242424242424242424242424242424242424242424242424242', 'ring1', 'Änna (2, 2026-11-23)', 'Pixel 📱', 59847840, 1795435200050, 1795435200051);
INSERT INTO pending_keys (session_id, account_id, key_id, replaces_key_id, sealed_seed, ring_key_id, label, created_at, expires_at, extended, failures, epoch) VALUES
    (11, 1, X'43434343434343434343434343434343', X'41414141414141414141414141414141', X'444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444444', 'ring1', 'Änna (3, 2026-11-23)', 1795435200060, 1795435800060, 1, 9, 3),
    (12, 2, X'45454545454545454545454545454545', NULL, X'464646464646464646464646464646464646464646464646464646464646464646464646464646464646464646464646', 'ring1', 'otto', 1795435200060, 1795435800060, 0, 0, 1);
INSERT INTO code_budgets (account_id, method, lane, failures, wait_until, serial) VALUES
    (1, 'totp', 'known', 1, 1795435200071, 11),
    (1, 'totp', 'unknown', 2, 1795435200072, 12),
    (1, 'backup', 'known', 3, 1795435200073, 13),
    (1, 'backup', 'unknown', 4, 1795435200074, 14),
    (2, 'totp', 'known', 5, 1795435200075, 15),
    (2, 'totp', 'unknown', 6, 1795435200076, 16),
    (2, 'backup', 'known', 7, 1795435200077, 17),
    (2, 'backup', 'unknown', 8, 1795435200078, 18);
INSERT INTO backup_sets (account_id, number, check_word, created_at, confirmed_at, checked_at, replaced_at) VALUES
    (1, 1, '7K2M', 1795435200080, 1795435200081, 1795435200082, 1795435200083),
    (1, 2, 'Q9XA', 1795435200083, 0, 0, 0);
INSERT INTO backup_codes (id, account_id, set_number, code_hash, used_at, replaced_at) VALUES
    (81, 1, 1, X'8181818181818181818181818181818181818181818181818181818181818181', 1795435200084, 1795435200083),
    (82, 1, 2, X'8282828282828282828282828282828282828282828282828282828282828282', 0, 0);
INSERT INTO sign_in_budgets (budget_key, failures, until_at, updated_at) VALUES
    (X'9191919191919191919191919191919191919191919191919191919191919191', 5, 1795435200090, 1795435200091);
INSERT INTO audit_events (id, at, kind, outcome, reason, account_id, actor, session_id, factor, lane, address, user_agent, request_id, version, host, proxy, name_hash, count, clock_offset_seconds, details) VALUES
    (101, 1795435200100, 'second_factor', 'failed', 'wrong', 1, 'person', 11, 'totp', 'unknown', '2001:db8::1', 'Mozilla/5.0', '0190d5a0-0000-7000-8000-000000000001', '1.0.0', 'host-a', '192.0.2.9', '0123456789abcdef0123456789abcdef', 3, -60, '{"level": 2}'),
    (102, 1795435200101, 'server_started', 'ok', '', NULL, 'system', 0, '', '', '', '', '', '1.0.0', 'host-a', '', '', 0, 0, '{}');
INSERT INTO audit_throttled (hour, account_id, kind, factor, reason, tries) VALUES
    (1795435200000, 1, 'second_factor', 'totp', 'wait', 12);
INSERT INTO notices (id, account_id, kind, at, session_id, address, user_agent, dismissed_at) VALUES
    (121, 1, 'password_known', 1795435200120, 11, '192.0.2.1', 'Mozilla/5.0', 1795435200121);
INSERT INTO notice_addresses (account_id, address, confirmed_at, language, pending_address, code_salt, code_expires_at, code_tries) VALUES
    (1, 'änna@example.org', 1795435200130, 'de', 'new@example.org', X'13131313131313131313131313131313', 1795435200131, 2);
INSERT INTO former_notice_addresses (id, account_id, address, until) VALUES
    (141, 1, 'old@example.org', 1795435200140);
INSERT INTO mails (id, account_id, recipient, kind, language, reference, username, client_address, user_agent, copy_until, code_salt, code_expires_at, created_at, next_try_at, tries) VALUES
    (151, 1, 'änna@example.org', 'password_known', 'de', '7K2MQ9XA', 'Änna', '192.0.2.1', 'Mozilla/5.0', 1795435200150, X'15151515151515151515151515151515', 1795435200151, 1795435200152, 1795435200153, 2);
INSERT INTO key_canaries (ring_key_id, sealed, created_at, lost_at) VALUES
    ('ring1', X'61616161616161616161616161616161616161616161616161616161616161616161616161616161', 1795435200160, 1795435200161);
INSERT INTO retired_ring_keys (ring_key_id, retired_at) VALUES
    ('ring0', 1795435200170);
INSERT INTO setup_tokens (token_hash, expires_at) VALUES
    (X'7171717171717171717171717171717171717171717171717171717171717171', 1795435200180);
UPDATE setup SET completed_at = 1795435200190 WHERE id = 1;
INSERT INTO retention (id, seen_at, stopped_at) VALUES
    (1, 1795435200200, 1795435200210);
