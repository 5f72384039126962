-- What both sides say of bookings, and what experts observe.

-- name: booking_feedback_create
-- lane: own
-- lock:
SELECT b.id FROM booking b WHERE b.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT b FROM booking b JOIN unit u ON u.id = b.unit_id WHERE b.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT 201 AS _status, g.* FROM found f CROSS JOIN LATERAL booking_feedback_given(f.b, 'orderer', :new_id::uuid, :request_hash::bytea, :body::jsonb, 'fi') g;

-- name: booking_feedback_list
-- lane: search
-- cursor: id uuid
SELECT f.id, f.booking_id, f.side, f.rating, f.lang, f.text, f.is_masked, f.is_hard, f.debrief, f.given_on
FROM shown_booking_feedback f
JOIN booking b ON b.id = f.booking_id
JOIN unit u ON u.id = b.unit_id
WHERE unit_is_visible(u.path, :caller_units::text)
    AND f.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
    AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid])
    AND (:booking_id::uuid IS NULL OR f.booking_id = :booking_id::uuid)
    AND (:side::text IS NULL OR f.side = :side::text)
    AND (:debrief::text[] IS NULL OR f.debrief = ANY (:debrief::text[]))
ORDER BY f.id
LIMIT :limit_and_one::int;

-- name: booking_feedback_get
-- lane: read
SELECT f.id, f.booking_id, f.side, f.rating, f.lang, f.text, f.is_masked, f.is_hard, f.debrief, f.given_on, f.version AS _version
FROM shown_booking_feedback f
JOIN booking b ON b.id = f.booking_id
JOIN unit u ON u.id = b.unit_id
WHERE f.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: booking_feedback_patch
-- lane: own
-- lock:
SELECT f.id FROM booking_feedback f WHERE f.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT f.id, CASE WHEN f.version <> :if_match::bigint THEN 'stale_version' WHEN f.debrief IS NULL THEN 'debrief_is_not_offered' END AS problem
    FROM booking_feedback f
    JOIN booking b ON b.id = f.booking_id
    JOIN unit u ON u.id = b.unit_id
    WHERE f.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), changed AS (
    UPDATE booking_feedback f SET debrief = :body::jsonb ->> 'debrief' FROM judged j WHERE f.id = j.id AND j.problem IS NULL RETURNING f.id, f.debrief, f.version
)
SELECT f.id, f.booking_id, f.side, f.rating, f.lang, f.text, f.is_masked, f.is_hard, c.debrief, f.given_on, c.version AS _version, j.problem AS _problem
FROM judged j
JOIN shown_booking_feedback f ON f.id = j.id
LEFT JOIN changed c ON true;

-- name: own_booking_feedback
-- lane: own
-- units: the link names the one person
-- lock:
SELECT b.id FROM booking b WHERE b.id = :id::uuid AND act_as(NULL) FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT b, booking_side(b, w.id) AS side, w.lang FROM person w JOIN booking b ON b.id = :id::uuid AND booking_side(b, w.id) IS NOT NULL
    WHERE w.token_hash = :link_hash::bytea
)
SELECT g.id, g.side, g.rating, g.is_hard, g.debrief, g.given_on, g._replayed, g._problem, g._pointer
FROM found f
CROSS JOIN LATERAL booking_feedback_given(f.b, f.side, :new_id::uuid, :request_hash::bytea, :body::jsonb, f.lang) g;

-- name: own_debrief
-- lane: own
-- units: the link names the one person
-- Said again it is as it was.
-- lock:
SELECT f.id FROM booking_feedback f WHERE f.booking_id = :id::uuid AND act_as(NULL) FOR NO KEY UPDATE;
-- run:
WITH found AS (
    SELECT f.id, f.debrief, w.wish
    FROM person p
    JOIN booking b ON b.expert_id = p.id
    JOIN booking_feedback f ON f.booking_id = b.id AND f.side = 'expert' AND f.debrief IS NOT NULL
    CROSS JOIN (SELECT CASE WHEN (:body::jsonb ->> 'wants')::boolean THEN 'wanted' ELSE 'declined' END AS wish) w
    WHERE p.token_hash = :link_hash::bytea AND b.id = :id::uuid
), changed AS (
    UPDATE booking_feedback f SET debrief = w.wish FROM found w WHERE f.id = w.id AND w.debrief <> 'held' AND w.debrief <> w.wish RETURNING f.debrief
)
SELECT f.id, coalesce(c.debrief, f.debrief) AS debrief, c.debrief IS NULL AS _replayed FROM found f LEFT JOIN changed c ON true;

-- name: own_observation_create
-- lane: own
-- units: the link names the one person
-- lock:
SELECT e.id FROM person w JOIN expert e ON e.id = w.id WHERE w.token_hash = :link_hash::bytea FOR NO KEY UPDATE OF e;
-- run:
WITH found AS (
    SELECT w.id AS person_id, coalesce(b.unit_id, e.unit_id) AS unit_id, x.booking_id, x.text, coalesce(x.lang, w.lang) AS lang,
        CASE WHEN x.booking_id IS NOT NULL AND b.id IS NULL THEN 'unknown_reference' END AS problem
    FROM person w
    JOIN expert e ON e.id = w.id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS x (text text, lang text, booking_id uuid)
    LEFT JOIN booking b ON b.id = x.booking_id AND b.expert_id = e.id
    WHERE w.token_hash = :link_hash::bytea AND e.state IN ('active', 'on_break')
), made AS (
    INSERT INTO observation (id, unit_id, booking_id, person_id, lang, text, request_hash)
    SELECT :new_id::uuid, f.unit_id, f.booking_id, f.person_id, f.lang, f.text, :request_hash::bytea
    FROM found f WHERE f.problem IS NULL AND act_as(NULL) AND NOT EXISTS (SELECT FROM observation o WHERE o.id = :new_id::uuid)
    RETURNING id, noted_on, request_hash
)
SELECT a.id, a.noted_on, a.replayed AS _replayed,
    CASE WHEN a.id IS NULL THEN f.problem
         WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NULL THEN '/booking_id' END AS _pointer
FROM found f
LEFT JOIN LATERAL (
    SELECT m.id, m.noted_on, m.request_hash, false AS replayed FROM made m
    UNION ALL
    SELECT o.id, o.noted_on, o.request_hash, true FROM observation o WHERE o.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true;

-- name: observation_list
-- lane: search
-- cursor: noted_on date, id uuid
SELECT o.id, o.unit_id, o.lang, o.text, o.is_masked, o.noted_on
FROM shown_observation o
JOIN unit u ON u.id = o.unit_id
WHERE unit_is_visible(u.path, :caller_units::text)
    AND (o.noted_on, o.id) < (coalesce(:after_noted_on::date, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid])
ORDER BY o.noted_on DESC, o.id DESC
LIMIT :limit_and_one::int;

-- name: observation_get
-- lane: read
SELECT o.id, o.unit_id, o.lang, o.text, o.is_masked, o.noted_on
FROM shown_observation o
JOIN unit u ON u.id = o.unit_id
WHERE o.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);
