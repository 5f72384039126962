-- What experts claim for bookings, and what is handed to payroll.

-- name: claim_list
-- lane: search
-- cursor: id uuid
SELECT c.id, c.booking_id, c.expert_id, c.because, c.is_fee_due, c.fee_class_id, c.only_expenses, c.hours, c.km, c.meals, c.expenses, c.expenses_for,
    c.form, c.fee, c.travel, c.meal_money, c.total, c.state, c.state_reason, c.export_id, c.opened_on, c.moved_on,
    claim_over_hours(c, b) AS over_booked_hours
FROM claim c
JOIN booking b ON b.id = c.booking_id
JOIN unit u ON u.id = b.unit_id
WHERE unit_is_visible(u.path, :caller_units::text)
    AND c.id < coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid])
    AND (:expert_id::uuid IS NULL OR c.expert_id = :expert_id::uuid)
    AND (:booking_id::uuid IS NULL OR c.booking_id = :booking_id::uuid)
    AND (:state::text[] IS NULL OR c.state = ANY (:state::text[]))
ORDER BY c.id DESC
LIMIT :limit_and_one::int;

-- name: claim_get
-- lane: read
SELECT c.id, c.booking_id, c.expert_id, c.because, c.is_fee_due, c.fee_class_id, c.only_expenses, c.hours, c.km, c.meals, c.expenses, c.expenses_for,
    c.form, c.fee, c.travel, c.meal_money, c.total, c.state, c.state_reason, c.export_id, c.opened_on, c.moved_on,
    claim_over_hours(c, b) AS over_booked_hours, c.version AS _version
FROM claim c
JOIN booking b ON b.id = c.booking_id
JOIN unit u ON u.id = b.unit_id
WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: claim_patch
-- lane: own
-- lock:
SELECT c.id FROM claim c WHERE c.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT c.id, b.fee_class_id, claim_over_hours(c, o) AS over_booked_hours,
        CASE WHEN c.version <> :if_match::bigint THEN 'stale_version'
             WHEN c.state NOT IN ('open', 'submitted', 'returned') THEN 'claim_is_settled'
             WHEN f.id IS NULL THEN 'unknown_reference' END AS problem
    FROM claim c
    JOIN booking o ON o.id = c.booking_id
    JOIN unit u ON u.id = o.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (fee_class_id uuid)
    LEFT JOIN fee_class f ON f.id = b.fee_class_id AND f.unit_id = ANY (u.path)
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), changed AS (
    UPDATE claim c SET fee_class_id = j.fee_class_id FROM judged j WHERE c.id = j.id AND j.problem IS NULL RETURNING c.*
)
SELECT j.id, c.booking_id, c.expert_id, c.because, c.is_fee_due, c.fee_class_id, c.only_expenses, c.hours, c.km, c.meals, c.expenses, c.expenses_for,
    c.form, c.fee, c.travel, c.meal_money, c.total, c.state, c.state_reason, c.export_id, c.opened_on, c.moved_on,
    j.over_booked_hours, c.version AS _version,
    j.problem AS _problem, CASE j.problem WHEN 'unknown_reference' THEN '/fee_class_id' END AS _pointer
FROM judged j
LEFT JOIN changed c ON true;

-- name: claim_write
-- lane: own
-- lock:
SELECT c.id FROM claim c WHERE c.id = :id::uuid FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT c
    FROM claim c
    JOIN booking b ON b.id = c.booking_id
    JOIN unit u ON u.id = b.unit_id
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT (f.c).id, m.*
FROM found f
CROSS JOIN LATERAL claim_answered(f.c, ROW(:new_id::uuid, :request_hash::bytea, NULL, :caller_id::uuid,
    :body::jsonb || '{"to": "submitted"}')::move_wish) m;

-- name: claim_transition
-- lane: own
-- lock:
SELECT c.id FROM claim c WHERE c.id = :id::uuid FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT c.id, c.state, c.version, claim_breach(c, :body::jsonb ->> 'to', :caller_id::uuid) AS breach
    FROM claim c
    JOIN booking b ON b.id = c.booking_id
    JOIN unit u ON u.id = b.unit_id
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('claim', f.id, f.state, f.version, caller_roles('claim', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, :if_match::bigint, :caller_id::uuid, :body::jsonb)::move_wish, f.breach) m;

-- name: own_claim_list
-- lane: read
-- cursor: id uuid
-- units: the link names the one person
SELECT c.id, c.booking_id, b.task, b.starts_at, b.ends_at, c.because, c.is_fee_due, c.only_expenses, c.hours, c.km, c.meals, c.expenses, c.expenses_for,
    c.form, c.fee, c.travel, c.meal_money, c.total, c.state, c.state_reason, c.opened_on, CASE WHEN w.id IS NULL THEN 'not_found' END AS _problem
FROM (SELECT 1) AS always
LEFT JOIN person w ON w.token_hash = :link_hash::bytea AND w.resource = 'expert'
LEFT JOIN LATERAL (
    SELECT x.* FROM claim x
    WHERE x.expert_id = w.id AND x.id < coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    ORDER BY x.id DESC
    LIMIT :limit_and_one::int
) c ON true
LEFT JOIN booking b ON b.id = c.booking_id
WHERE w.id IS NULL OR c.id IS NOT NULL
ORDER BY c.id DESC;

-- name: own_claim_transition
-- lane: own
-- units: the link names the one person
-- Also of an expert whose part is over: what was done is paid.
-- lock:
SELECT c.id FROM claim c WHERE c.id = :id::uuid FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT c FROM person w JOIN claim c ON c.expert_id = w.id WHERE w.token_hash = :link_hash::bytea AND c.id = :id::uuid
)
SELECT (f.c).id, m.state, m._replayed, m._problem, m._pointer, m._members, m._errors
FROM found f
CROSS JOIN LATERAL claim_answered(f.c, ROW(:new_id::uuid, :request_hash::bytea, NULL, NULL, :body::jsonb)::move_wish) m;

-- name: claim_export_create
-- lane: own
-- lock:
SELECT c.id
FROM claim c
JOIN booking b ON b.id = c.booking_id
JOIN unit u ON u.id = b.unit_id
WHERE c.state = 'approved' AND u.path @> ARRAY[(:body::jsonb ->> 'unit_id')::uuid] AND unit_is_visible(u.path, :caller_units::text)
ORDER BY c.id FOR NO KEY UPDATE OF c;
-- run:
WITH wanted AS (
    SELECT s.unit_id, f.claims, f.total,
        CASE WHEN s.unit_id IS NULL THEN 'unknown_reference' WHEN f.claims = 0 THEN 'claim_export_has_claims' END AS problem
    FROM (SELECT 1) AS always
    LEFT JOIN LATERAL (SELECT u.id AS unit_id FROM unit u
                       WHERE u.id = (:body::jsonb ->> 'unit_id')::uuid AND unit_is_visible(u.path, :caller_units::text) OFFSET 0) s ON true
    CROSS JOIN LATERAL (
        SELECT count(*)::integer AS claims, coalesce(sum(c.total), 0) AS total
        FROM claim c JOIN booking b ON b.id = c.booking_id JOIN unit u ON u.id = b.unit_id
        WHERE c.state = 'approved' AND u.path @> ARRAY[s.unit_id]
    ) f
), made AS (
    INSERT INTO claim_export (id, unit_id, claim_count, total, caller_id, request_hash)
    SELECT :new_id::uuid, w.unit_id, w.claims, w.total, :caller_id::uuid, :request_hash::bytea
    FROM wanted w WHERE w.problem IS NULL AND act_as(:caller_id::uuid) AND NOT EXISTS (SELECT FROM claim_export x WHERE x.id = :new_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING *
)
SELECT 201 AS _status, a.id, a.unit_id, a.claim_count, a.total, a.made_on, 1 AS _version, a.replayed AS _replayed,
    CASE WHEN a.id IS NULL THEN w.problem
         WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NULL THEN '/unit_id' END AS _pointer
FROM wanted w
LEFT JOIN LATERAL (
    SELECT m.*, false AS replayed FROM made m
    UNION ALL
    SELECT x.*, true FROM claim_export x WHERE x.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true
WHERE a.id IS NOT NULL OR w.problem IS NOT NULL;

-- name: claim_export_list
-- lane: read
-- cursor: id uuid
SELECT x.id, x.unit_id, x.claim_count, x.total, x.made_on
FROM claim_export x
JOIN unit u ON u.id = x.unit_id
WHERE unit_is_visible(u.path, :caller_units::text) AND x.id < coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY x.id DESC
LIMIT :limit_and_one::int;

-- name: claim_export_get
-- lane: read
SELECT x.id, x.unit_id, x.claim_count, x.total, x.made_on, 1 AS _version
FROM claim_export x
JOIN unit u ON u.id = x.unit_id
WHERE x.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: claim_export_lines
-- lane: read
-- cursor: claim_id uuid
SELECT c.id AS claim_id, c.expert_id, n.name AS expert_name, (b.starts_at AT TIME ZONE 'Europe/Helsinki')::date AS day, b.unit_id, b.task, c.because,
    f.code AS fee_class, c.form, c.hours, c.fee, c.km, c.travel, c.meals, c.meal_money, c.expenses, c.total,
    CASE WHEN x.id IS NULL THEN 'not_found' END AS _problem
FROM (SELECT 1) AS always
LEFT JOIN LATERAL (SELECT e.id FROM claim_export e JOIN unit u ON u.id = e.unit_id
                   WHERE e.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text) OFFSET 0) x ON true
LEFT JOIN LATERAL (
    SELECT y.* FROM claim y
    WHERE y.export_id = x.id AND y.id > coalesce(:after_claim_id::uuid, '00000000-0000-0000-0000-000000000000')
    ORDER BY y.id
    LIMIT :limit_and_one::int
) c ON true
LEFT JOIN booking b ON b.id = c.booking_id
LEFT JOIN fee_class f ON f.id = c.fee_class_id
LEFT JOIN expert_words n ON n.expert_id = c.expert_id
WHERE x.id IS NULL OR c.id IS NOT NULL
ORDER BY c.id;
