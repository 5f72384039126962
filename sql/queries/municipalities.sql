-- The municipalities of the county, known to everybody.

-- name: municipality_create
-- lane: write
WITH wanted AS (
    SELECT b.*, CASE WHEN u.id IS NULL THEN 'unknown_reference'
                     WHEN EXISTS (SELECT FROM municipality m WHERE m.code = b.code) THEN 'municipality_code_is_unique' END AS problem
    FROM jsonb_to_record(:body::jsonb) AS b (unit_id uuid, code text, name jsonb, closed_on date)
    LEFT JOIN unit u ON u.id = b.unit_id AND is_open(u.closed_on) AND unit_is_visible(u.path, :caller_units::text)
), made AS (
    INSERT INTO municipality (id, unit_id, code, name, closed_on, request_hash)
    SELECT :new_id::uuid, w.unit_id, w.code, w.name, w.closed_on, :request_hash::bytea
    FROM wanted w WHERE w.problem IS NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING *
)
SELECT 201 AS _status, m.id, m.unit_id, m.code, m.name, m.closed_on, m.version AS _version, m.replayed AS _replayed,
    CASE WHEN m.id IS NULL THEN w.problem
         WHEN m.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN m.id IS NOT NULL THEN NULL WHEN w.problem = 'unknown_reference' THEN '/unit_id' ELSE '/code' END AS _pointer
FROM wanted w
LEFT JOIN (
    SELECT x.*, false AS replayed FROM made x UNION ALL SELECT x.*, true FROM municipality x WHERE x.id = :new_id::uuid
) m ON true
WHERE m.id IS NOT NULL OR w.problem IS NOT NULL;

-- name: municipality_list
-- lane: read
-- cursor: code text
-- units: everybody may know them
SELECT m.id, m.unit_id, m.code, m.name, m.closed_on
FROM municipality m
WHERE m.code > coalesce(:after_code::text, '')
ORDER BY m.code
LIMIT :limit_and_one::int;

-- name: municipality_get
-- lane: read
-- units: everybody may know them
SELECT m.id, m.unit_id, m.code, m.name, m.closed_on, m.version AS _version FROM municipality m WHERE m.id = :id::uuid;

-- name: municipality_patch
-- lane: own
-- lock:
SELECT m.id FROM municipality m WHERE m.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT m.id, b.closed_on, n.name, CASE WHEN m.version <> :if_match::bigint THEN 'stale_version' WHEN n.name = '{}' THEN 'name_required' END AS problem
    FROM municipality m
    JOIN unit u ON u.id = m.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (name jsonb, closed_on date)
    CROSS JOIN LATERAL (SELECT jsonb_strip_nulls(m.name || coalesce(b.name, '{}')) AS name) n
    WHERE m.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), changed AS (
    UPDATE municipality m SET name = j.name, closed_on = CASE WHEN 'closed_on' = ANY (:body_names::text[]) THEN j.closed_on ELSE m.closed_on END
    FROM judged j
    WHERE m.id = j.id AND j.problem IS NULL
    RETURNING m.*
)
SELECT j.id, c.unit_id, c.code, c.name, c.closed_on, c.version AS _version, j.problem AS _problem,
    CASE j.problem WHEN 'name_required' THEN '/name' END AS _pointer
FROM judged j
LEFT JOIN changed c ON true;
