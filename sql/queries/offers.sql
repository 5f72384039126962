-- Offers of bookings to experts: made and withdrawn by the coordinator, answered with the offer's own link or the expert's.

-- name: offer_create
-- lane: own
-- lock:
SELECT lock_bookings(ARRAY[:id::uuid]) WHERE act_as(:caller_id::uuid);
-- run:
WITH judged AS MATERIALIZED (
    SELECT b.id AS booking_id, b AS booking, e.id AS expert_id, b.starts_at, b.ends_at, coalesce(p.lang, 'fi') AS lang, coalesce(p.has_address, false) AS has_address, o.id AS old_id,
        least(app_now() + make_interval(hours => rule_value('booking_offer_hours')), CASE b.state WHEN 'expert_absent' THEN b.ends_at ELSE b.starts_at END) AS expires_at,
        CASE WHEN o.id IS NOT NULL THEN CASE WHEN o.request_hash IS DISTINCT FROM :request_hash::bytea OR o.booking_id <> b.id THEN 'idempotency_key_reused' END
             WHEN e.id IS NULL THEN 'unknown_reference'
             WHEN b.state NOT IN ('requested', 'offered', 'unfilled', 'expert_absent') THEN 'booking_takes_no_offers'
             WHEN CASE b.state WHEN 'expert_absent' THEN b.ends_at ELSE b.starts_at END <= app_now() THEN 'booking_is_over'
             WHEN EXISTS (SELECT FROM offer x WHERE x.booking_id = b.id AND x.expert_id = e.id AND x.state = 'sent') THEN 'offer_is_once_open'
             ELSE booking_expert_breach(b, e, b.state <> 'expert_absent') END AS problem
    FROM booking b
    JOIN unit u ON u.id = b.unit_id
    LEFT JOIN offer o ON o.id = :new_id::uuid
    LEFT JOIN expert e ON e.id = (:body::jsonb ->> 'expert_id')::uuid
        AND EXISTS (SELECT FROM unit v WHERE v.id = e.unit_id AND unit_is_visible(v.path, :caller_units::text))
    LEFT JOIN person p ON p.id = e.id
    WHERE b.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), made AS (
    INSERT INTO offer AS o (id, booking_id, expert_id, expires_at, request_hash)
    SELECT :new_id::uuid, j.booking_id, j.expert_id, j.expires_at, :request_hash::bytea FROM judged j WHERE j.problem IS NULL AND j.old_id IS NULL
    ON CONFLICT (id) DO NOTHING -- the same key for another booking at the same time
    RETURNING o.*
), linked AS (
    INSERT INTO person (id, resource, token_hash, lang)
    SELECT m.id, 'offer', :new_link_hash::bytea, j.lang FROM made m CROSS JOIN judged j
)
SELECT 201 AS _status, a.id, a.booking_id, a.expert_id, a.state, a.expires_at, a.made_at, a.answered_at,
    is_outside_hours(j.booking, a.expert_id) AS is_outside_hours, expert_lacks(j.booking, a.expert_id) AS lacks, a.version AS _version, NOT j.has_address AS _link,
    CASE WHEN j.lang IN ('fi', 'sv', 'en') THEN j.lang END AS _link_language,
    j.old_id IS NOT NULL AS _replayed, CASE WHEN j.problem IS NULL AND a.id IS NULL THEN 'idempotency_key_reused' ELSE j.problem END AS _problem,
    CASE j.problem WHEN 'unknown_reference' THEN '/expert_id' END AS _pointer,
    CASE j.problem WHEN 'expert_is_booked' THEN jsonb_build_object('free', booking_free_slots(j.expert_id, j.starts_at, j.ends_at)) END AS _members
FROM judged j
LEFT JOIN LATERAL (SELECT * FROM made UNION ALL SELECT x.* FROM offer x WHERE x.id = j.old_id) a ON true;

-- name: offer_list
-- lane: read
-- cursor: made_at timestamptz, id uuid
WITH found AS (
    SELECT b.id, b AS booking FROM booking b JOIN unit u ON u.id = b.unit_id WHERE b.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT o.id, f.id AS booking_id, o.expert_id, o.state, o.expires_at, o.made_at, o.answered_at, is_outside_hours(f.booking, o.expert_id) AS is_outside_hours,
    expert_lacks(f.booking, o.expert_id) AS lacks,
    CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT x.* FROM offer x
    WHERE x.booking_id = f.id
        AND (x.made_at, x.id) > (coalesce(:after_made_at::timestamptz, '-infinity'), coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000'))
    ORDER BY x.made_at, x.id
    LIMIT :limit_and_one::int
) o ON true
WHERE f.id IS NULL OR o.id IS NOT NULL
ORDER BY o.made_at, o.id;

-- name: offer_get
-- lane: read
SELECT o.id, o.booking_id, o.expert_id, o.state, o.expires_at, o.made_at, o.answered_at, is_outside_hours(b, o.expert_id) AS is_outside_hours,
    expert_lacks(b, o.expert_id) AS lacks, o.version AS _version
FROM offer o
JOIN booking b ON b.id = o.booking_id
JOIN unit u ON u.id = b.unit_id
WHERE o.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: offer_transition
-- lane: own
-- lock:
SELECT lock_bookings(ARRAY[o.booking_id]) FROM offer o WHERE o.id = :id::uuid;
-- run:
WITH found AS MATERIALIZED (
    SELECT o.id, o.state, o.version
    FROM offer o
    JOIN booking b ON b.id = o.booking_id
    JOIN unit u ON u.id = b.unit_id
    WHERE o.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('offer', f.id, f.state, f.version, caller_roles('offer', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, :if_match::bigint, :caller_id::uuid, :body::jsonb)::move_wish) m;

-- name: personal_offer_list
-- lane: read
-- units: the link names the one person
-- cursor: made_at timestamptz, id uuid
-- Of an offer's own link, that offer.
WITH found AS (
    SELECT p.id FROM person p WHERE p.token_hash = :link_hash::bytea AND p.resource IN ('offer', 'expert')
)
SELECT o.*, CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (1)) AS asked
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT x.id, x.state, x.expires_at, x.made_at, x.answered_at, b.unit_id, b.task, b.area, b.lang AS language, b.is_remote, b.place, b.about, b.starts_at, b.ends_at,
        is_outside_hours(b, x.expert_id) AS is_outside_hours
    FROM offer x JOIN booking b ON b.id = x.booking_id
    WHERE f.id IN (x.id, x.expert_id)
        AND (x.made_at, x.id) > (coalesce(:after_made_at::timestamptz, '-infinity'), coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000'))
    ORDER BY x.made_at, x.id
    LIMIT :limit_and_one::int
) o ON true
WHERE f.id IS NULL OR o.id IS NOT NULL
ORDER BY o.made_at, o.id;

-- name: personal_offer_transition
-- lane: many
-- units: the link names the one expert
SELECT a.n AS _n, a.id, a.state, a.is_replayed AS _replayed, a.problem AS _problem, a.members AS _members
FROM offers_answered(:new_id::uuid[], :request_hash::bytea[], :link_hash::bytea[], :id::uuid[], :body::jsonb[]) a;
