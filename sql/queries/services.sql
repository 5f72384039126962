-- name: service_list
-- lane: read
-- cursor: id uuid
SELECT s.id, s.unit_id, s.ptv_id, s.name, s.closed_on
FROM service s
JOIN unit u ON u.id = s.unit_id
WHERE unit_is_visible(u.path, :caller_units::text) AND s.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
    AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid])
ORDER BY s.id
LIMIT :limit_and_one::int;

-- name: service_get
-- lane: read
SELECT s.id, s.unit_id, s.ptv_id, s.name, s.closed_on, s.version AS _version
FROM service s
JOIN unit u ON u.id = s.unit_id
WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: service_create
-- lane: write
WITH judged AS (
    SELECT b.ptv_id, b.name, b.closed_on, u.id AS unit_id
    FROM jsonb_to_record(:body::jsonb) AS b (unit_id uuid, ptv_id uuid, name jsonb, closed_on date)
    LEFT JOIN unit u ON u.id = b.unit_id AND unit_is_visible(u.path, :caller_units::text)
), made AS (
    INSERT INTO service (id, unit_id, ptv_id, name, closed_on, request_hash)
    SELECT :new_id::uuid, j.unit_id, j.ptv_id, j.name, j.closed_on, :request_hash::bytea
    FROM judged j
    WHERE j.unit_id IS NOT NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, unit_id, ptv_id, name, closed_on, version, request_hash
)
SELECT 201 AS _status, s.id, s.unit_id, s.ptv_id, s.name, s.closed_on, s.version AS _version, s.replayed AS _replayed,
       CASE WHEN s.id IS NULL THEN 'unknown_reference'
            WHEN s.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
       CASE WHEN s.id IS NULL THEN '/unit_id' END AS _pointer
FROM judged j
LEFT JOIN (
    SELECT m.id, m.unit_id, m.ptv_id, m.name, m.closed_on, m.version, m.request_hash, false AS replayed FROM made m
    UNION ALL
    SELECT x.id, x.unit_id, x.ptv_id, x.name, x.closed_on, x.version, x.request_hash, true
    FROM service x WHERE x.id = :new_id::uuid
) s ON true
WHERE j.unit_id IS NULL OR s.id IS NOT NULL;

-- name: service_patch
-- lane: own
-- lock:
SELECT id FROM service WHERE id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT s.id, b.unit_id, b.ptv_id, b.closed_on, m.name,
           CASE WHEN s.version <> :if_match::bigint THEN 'stale_version'
                WHEN b.unit_id IS NOT NULL AND n.id IS NULL THEN 'unknown_reference'
                WHEN m.name = '{}' THEN 'name_required' END AS problem
    FROM service s
    JOIN unit u ON u.id = s.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (unit_id uuid, ptv_id uuid, name jsonb, closed_on date)
    CROSS JOIN LATERAL (SELECT jsonb_strip_nulls(s.name || coalesce(b.name, '{}')) AS name) m
    LEFT JOIN unit n ON n.id = b.unit_id AND unit_is_visible(n.path, :caller_units::text)
    WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), changed AS (
    UPDATE service s
    SET unit_id = coalesce(j.unit_id, s.unit_id),
        ptv_id = CASE WHEN 'ptv_id' = ANY (:body_names::text[]) THEN j.ptv_id ELSE s.ptv_id END,
        closed_on = CASE WHEN 'closed_on' = ANY (:body_names::text[]) THEN j.closed_on ELSE s.closed_on END,
        name = j.name
    FROM judged j
    WHERE s.id = j.id AND j.problem IS NULL
    RETURNING s.id, s.unit_id, s.ptv_id, s.name, s.closed_on, s.version
)
SELECT s.id, s.unit_id, s.ptv_id, s.name, s.closed_on, s.version AS _version, j.problem AS _problem,
       CASE j.problem WHEN 'unknown_reference' THEN '/unit_id' WHEN 'name_required' THEN '/name' END AS _pointer
FROM judged j
LEFT JOIN changed s ON true;
