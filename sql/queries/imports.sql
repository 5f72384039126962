-- name: import_create
-- lane: own
-- units: an import belongs to the key that makes it; each of its lines is held against the caller's units
WITH made AS (
    INSERT INTO import (id, caller_id)
    VALUES (:new_id::uuid, :caller_id::uuid)
    ON CONFLICT (id) DO UPDATE
    SET run = import.run + 1, created = 0, replayed = 0, refused = 0, bytes = 0, outcome = NULL, problem = NULL, seen_at = app_now()
    RETURNING id, run
), gone AS (
    DELETE FROM import_refusal r USING made m WHERE r.import_id = m.id
)
SELECT m.id, m.run FROM made m;

-- name: import_note
-- use: engine
-- lane: own
-- What came of some lines. No row: the import has been sent again meanwhile.
WITH moved AS (
    UPDATE import i
    SET created = i.created + :created::bigint, replayed = i.replayed + :replayed::bigint, refused = i.refused + :refused::bigint,
        bytes = greatest(i.bytes, :bytes::bigint), seen_at = app_now()
    WHERE i.id = :id::uuid AND i.run = :run::int
    RETURNING i.id
), noted AS (
    INSERT INTO import_refusal (import_id, line, code, errors)
    SELECT m.id, r.line, r.code, r.errors
    FROM moved m CROSS JOIN jsonb_to_recordset(:refusals::jsonb) AS r (line bigint, code text, errors jsonb)
    ON CONFLICT (import_id, line) DO UPDATE SET code = excluded.code, errors = excluded.errors
)
SELECT m.id FROM moved m;

-- name: import_end
-- use: engine
-- lane: own
UPDATE import i
SET outcome = CASE WHEN :problem::text IS NULL THEN 'finished' ELSE 'failed' END, problem = :problem::text, bytes = :bytes::bigint,
    seen_at = app_now()
WHERE i.id = :id::uuid AND i.run = :run::int
RETURNING i.id;

-- name: import_get
-- lane: read
-- units: an import is shown to the key that made it, and to nobody else
SELECT i.id,
       -- One that gives no sign of life for so long was left by a process that ended.
       CASE WHEN i.outcome IS NOT NULL THEN i.outcome WHEN i.seen_at < app_now() - interval '2 minutes' THEN 'failed'
            ELSE 'running' END AS state,
       i.created + i.replayed + i.refused AS lines, i.created, i.replayed, i.refused, i.bytes, i.problem
FROM import i
WHERE i.id = :id::uuid AND i.caller_id = :caller_id::uuid;

-- name: import_refusals
-- lane: read
-- cursor: line bigint
-- units: an import is shown to the key that made it, and to nobody else
WITH found AS (
    SELECT i.id FROM import i WHERE i.id = :id::uuid AND i.caller_id = :caller_id::uuid
)
SELECT r.line, 'refused' AS status, r.problem, CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT x.line, jsonb_build_object('code', x.code, 'errors', x.errors) AS problem
    FROM import_refusal x
    WHERE x.import_id = f.id AND x.line > coalesce(:after_line::bigint, 0)
    ORDER BY x.line
    LIMIT :limit_and_one::int
) r ON true
WHERE f.id IS NULL OR r.line IS NOT NULL
ORDER BY r.line;
