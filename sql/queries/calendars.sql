-- Sessions as calendars, for programs that subscribe to them.

-- name: unit_calendar
-- lane: read
-- units: what is public is for everybody
SELECT calendar_told(text_in(u.name, t.tags), (
    SELECT jsonb_agg(calendar_event(x, t.tags, session_status(x), x.sequence, NULL) ORDER BY x.starts_at, x.id)
    FROM public_session s
    JOIN session x ON x.id = s.id
    JOIN unit v ON v.id = s.unit_id
    WHERE v.path @> ARRAY[u.id])) AS calendar
FROM unit u
CROSS JOIN (SELECT ARRAY[coalesce(:language::text, :lang::text), 'fi'] AS tags) t
WHERE u.id = :id::uuid;

-- name: panel_calendar
-- lane: read
-- units: what is public is for everybody
SELECT calendar_told(text_in(p.name, t.tags), (
    SELECT jsonb_agg(calendar_event(x, t.tags, session_status(x), x.sequence, NULL) ORDER BY x.starts_at, x.id)
    FROM session_panel y
    JOIN public_session s ON s.id = y.session_id
    JOIN session x ON x.id = s.id
    WHERE y.panel_id = p.id)) AS calendar
FROM panel p
CROSS JOIN (SELECT ARRAY[coalesce(:language::text, :lang::text), 'fi'] AS tags) t
WHERE p.id = :id::uuid AND p.is_public;

-- name: personal_calendar
-- lane: read
-- units: the address names the one person
-- Of who registered, that session; of a member, those of the panel; of an expert and of who orders one, the bookings. What is not sure yet is tentative.
SELECT calendar_told(NULL, (
    SELECT jsonb_agg(x.event ORDER BY x.starts_at, x.id)
    FROM (
        SELECT s.starts_at, s.id,
            calendar_event(s, t.tags, e.status, s.sequence + e.left_it::integer, CASE e.status WHEN 'CONFIRMED' THEN s.online_url END) AS event
        FROM (
            SELECT r.session_id, r.state FROM registration r WHERE r.id = y.id
            UNION ALL
            SELECT x.session_id, 'registered' FROM member m JOIN session_panel x ON x.panel_id = m.panel_id WHERE m.id = y.id AND m.state = 'active'
        ) mine
        JOIN session s ON s.id = mine.session_id
        CROSS JOIN LATERAL (
            SELECT mine.state IN ('cancelled', 'expired') AS left_it,
                CASE WHEN s.state = 'cancelled' OR mine.state IN ('cancelled', 'expired') THEN 'CANCELLED'
                     WHEN mine.state IN ('waitlisted', 'offered') THEN 'TENTATIVE' ELSE 'CONFIRMED' END AS status
        ) e
        WHERE was_published(s)
        UNION ALL
        SELECT (w.booking).starts_at, (w.booking).id, booking_event(w.booking, t.tags, w.status, w.moves) FROM person_bookings(y.id) w
    ) x)) AS calendar
FROM person y
CROSS JOIN LATERAL (SELECT ARRAY[y.lang, 'fi'] AS tags) t
WHERE y.feed_id = :feed_id::uuid AND y.resource IN ('registration', 'member', 'expert', 'booking');

-- ---- the address of one's own calendar, made anew ----

-- name: personal_feed_renew
-- lane: own
-- units: the link names the one person
-- lock:
SELECT p.id FROM person p WHERE p.token_hash = :link_hash::bytea AND act_as(NULL) FOR NO KEY UPDATE;
-- run:
SELECT p.id, x.feed_id AS _feed, x.replayed AS _replayed, x.problem AS _problem
FROM person p CROSS JOIN LATERAL feed_renewed(:new_id::uuid, p.id) x
WHERE p.token_hash = :link_hash::bytea;

-- name: person_feed_renew
-- lane: own
-- lock:
SELECT p.id FROM person p WHERE p.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
SELECT p.id, x.replayed AS _replayed, x.problem AS _problem
FROM person p
JOIN unit u ON u.id = resource_unit(p.resource, p.id)
CROSS JOIN LATERAL feed_renewed(:new_id::uuid, p.id) x
WHERE p.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text) AND person_is_of_panels(p.resource);

-- name: expert_feed_renew
-- lane: own
-- lock:
SELECT p.id FROM person p WHERE p.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
SELECT p.id, x.replayed AS _replayed, x.problem AS _problem
FROM expert e
JOIN person p ON p.id = e.id
JOIN unit u ON u.id = e.unit_id
CROSS JOIN LATERAL feed_renewed(:new_id::uuid, p.id) x
WHERE e.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: booking_feed_renew
-- lane: own
-- lock:
SELECT p.id FROM booking b JOIN person p ON p.id = b.person_id WHERE b.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE OF p;
-- run:
SELECT b.id, x.replayed AS _replayed, x.problem AS _problem
FROM booking b
JOIN person p ON p.id = b.person_id
JOIN unit u ON u.id = b.unit_id
CROSS JOIN LATERAL feed_renewed(:new_id::uuid, p.id) x
WHERE b.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);
