-- What a giver wrote as it was written, for those who must know; and who read it.

-- name: feedback_read_original
-- lane: own
-- Reading again with the same key is reading again, and noted again.
-- lock:
SELECT id FROM feedback WHERE id = :id::uuid FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT f.id, r.id IS NOT NULL AS replayed,
           CASE WHEN r.id IS NOT NULL AND (r.feedback_id <> f.id OR r.request_hash IS DISTINCT FROM :request_hash::bytea)
                    THEN 'idempotency_key_reused'
                WHEN f.state IN ('removed', 'withdrawn') THEN 'feedback_is_erased' END AS problem
    FROM feedback f
    JOIN unit u ON u.id = f.unit_id
    LEFT JOIN LATERAL (SELECT x.id, x.feedback_id, x.request_hash FROM original_read x WHERE x.id = :new_id::uuid OFFSET 0) r ON true
    WHERE f.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT 201 AS _status, '/v1/feedback/' || j.id || '/original-reads' AS _location, j.id AS feedback_id, o.text, o.answers, o.messages,
       o.reasons, j.replayed AS _replayed,
       CASE WHEN j.problem IS NULL AND o.read_at IS NULL THEN 'idempotency_key_reused' ELSE j.problem END AS _problem
FROM judged j
LEFT JOIN LATERAL read_original(CASE WHEN j.replayed THEN gen_random_uuid() ELSE :new_id::uuid END,
    CASE WHEN j.problem IS NULL THEN j.id END, :caller_id::uuid, :body::jsonb ->> 'purpose', :request_hash::bytea) o ON true;

-- name: feedback_original_reads
-- lane: read
-- cursor: n bigint
WITH found AS (
    SELECT f.id FROM feedback f JOIN unit u ON u.id = f.unit_id
    WHERE f.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT r.n, r.read_at, r.caller_id, k.name AS caller_name, r.purpose, CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT row_number() OVER (ORDER BY x.read_at, x.id) AS n, x.read_at, x.caller_id, x.purpose
    FROM original_read x
    WHERE x.feedback_id = f.id
) r ON r.n > coalesce(:after_n::bigint, 0)
LEFT JOIN LATERAL (SELECT x.name FROM api_key x WHERE x.id = r.caller_id OFFSET 0) k ON true
WHERE f.id IS NULL OR r.n IS NOT NULL
ORDER BY r.n
LIMIT :limit_and_one::int;
