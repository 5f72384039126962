-- When experts can be booked, as coordinators and the experts themselves write it.

-- name: availability_create
-- lane: own
-- lock:
SELECT e.id FROM expert e WHERE e.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH made AS MATERIALIZED (
    SELECT e.id AS expert_id, x.*
    FROM expert e
    JOIN unit u ON u.id = e.unit_id
    CROSS JOIN LATERAL availability_made(e.id, :new_id::uuid, :request_hash::bytea, :body::jsonb) x
    WHERE e.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT 201 AS _status, i.*, 1 AS _version, m.replayed AS _replayed, '/v1/experts/' || m.expert_id || '/availability' AS _location, m.problem AS _problem,
    m.pointer AS _pointer, m.members AS _members
FROM made m CROSS JOIN LATERAL availability_item(m.kept) i;

-- name: availability_list
-- lane: read
-- cursor: id uuid
WITH found AS (
    SELECT e.id FROM expert e JOIN unit u ON u.id = e.unit_id WHERE e.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT a.*, CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT i.*
    FROM availability x CROSS JOIN LATERAL availability_item(x) i
    WHERE x.expert_id = f.id AND x.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
    ORDER BY x.id
    LIMIT :limit_and_one::int
) a ON true
WHERE f.id IS NULL OR a.id IS NOT NULL
ORDER BY a.id;

-- name: availability_delete
-- lane: own
-- A row never changes, so its version is 1.
WITH wanted AS (
    SELECT a.id, CASE WHEN 1 <> :if_match::bigint THEN 'stale_version' END AS problem
    FROM availability a
    JOIN expert e ON e.id = a.expert_id
    JOIN unit u ON u.id = e.unit_id
    WHERE e.id = :id::uuid AND a.id = :availability_id::uuid AND unit_is_visible(u.path, :caller_units::text)
), gone AS (
    DELETE FROM availability a USING wanted w WHERE a.id = w.id AND w.problem IS NULL AND act_as(:caller_id::uuid) RETURNING a.id
)
SELECT 204 AS _status, w.problem AS _problem FROM wanted w LEFT JOIN gone g ON true;

-- name: own_availability_create
-- lane: own
-- units: the link names the one expert
-- lock:
SELECT e.id FROM person p JOIN expert e ON e.id = p.id WHERE p.token_hash = :link_hash::bytea AND act_as(NULL) FOR NO KEY UPDATE OF e;
-- run:
WITH made AS MATERIALIZED (
    SELECT x.*
    FROM person p
    JOIN expert e ON e.id = p.id
    CROSS JOIN LATERAL availability_made(e.id, :new_id::uuid, :request_hash::bytea, :body::jsonb) x
    WHERE p.token_hash = :link_hash::bytea AND p.resource = 'expert' AND e.state IN ('applied', 'active', 'on_break')
)
SELECT 201 AS _status, i.*, m.replayed AS _replayed, m.problem AS _problem, m.pointer AS _pointer, m.members AS _members
FROM made m CROSS JOIN LATERAL availability_item(m.kept) i;

-- name: own_availability_list
-- lane: read
-- cursor: id uuid
-- units: the link names the one expert
WITH found AS (
    SELECT p.id FROM person p WHERE p.token_hash = :link_hash::bytea AND p.resource = 'expert'
)
SELECT a.*, CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (1)) AS asked (n)
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT i.*
    FROM availability x CROSS JOIN LATERAL availability_item(x) i
    WHERE x.expert_id = f.id AND x.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
    ORDER BY x.id
    LIMIT :limit_and_one::int
) a ON true
WHERE f.id IS NULL OR a.id IS NOT NULL
ORDER BY a.id;

-- name: own_availability_delete
-- lane: own
-- units: the link names the one expert
DELETE FROM availability a USING person p
WHERE p.token_hash = :link_hash::bytea AND p.resource = 'expert' AND a.expert_id = p.id AND a.id = :availability_id::uuid AND act_as(NULL)
RETURNING 204 AS _status;
