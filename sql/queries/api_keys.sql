-- A caller that is limited to units sees and makes keys for these units only.

-- name: api_key_list
-- lane: read
-- cursor: id uuid
SELECT k.id, k.name, to_jsonb(k.scopes) AS scopes, to_jsonb(k.unit_ids) AS unit_ids, k.created_on, k.expires_on, k.revoked_on
FROM api_key k
WHERE units_are_visible(k.unit_ids, :caller_units::text)
    AND k.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY k.id
LIMIT :limit_and_one::int;

-- name: api_key_get
-- lane: read
SELECT k.id, k.name, to_jsonb(k.scopes) AS scopes, to_jsonb(k.unit_ids) AS unit_ids, k.created_on, k.expires_on, k.revoked_on,
       k.version AS _version
FROM api_key k
WHERE k.id = :id::uuid AND units_are_visible(k.unit_ids, :caller_units::text);

-- name: api_key_create
-- lane: write
WITH judged AS (
    SELECT b.name, b.scopes, b.unit_ids, b.expires_on,
           units_are_visible(b.unit_ids, :caller_units::text)
           AND NOT EXISTS (SELECT FROM unnest(b.unit_ids) AS x (id) WHERE NOT EXISTS (SELECT FROM unit u WHERE u.id = x.id)) AS is_known
    FROM jsonb_to_record(:body::jsonb) AS b (name text, scopes text[], unit_ids uuid[], expires_on date)
), made AS (
    INSERT INTO api_key (id, name, secret_hash, scopes, unit_ids, expires_on, request_hash)
    SELECT :new_id::uuid, j.name, :secret_hash::bytea, j.scopes, j.unit_ids, j.expires_on, :request_hash::bytea
    FROM judged j
    WHERE j.is_known AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, name, scopes, unit_ids, created_on, expires_on, revoked_on, version, request_hash
)
SELECT 201 AS _status, k.id, k.name, to_jsonb(k.scopes) AS scopes, to_jsonb(k.unit_ids) AS unit_ids, k.created_on, k.expires_on,
       k.revoked_on, k.version AS _version, true AS _secret, k.replayed AS _replayed,
       CASE WHEN k.id IS NULL THEN 'unknown_reference'
            WHEN k.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
       CASE WHEN k.id IS NULL THEN '/unit_ids' END AS _pointer
FROM judged j
LEFT JOIN (
    SELECT m.id, m.name, m.scopes, m.unit_ids, m.created_on, m.expires_on, m.revoked_on, m.version, m.request_hash, false AS replayed
    FROM made m
    UNION ALL
    SELECT x.id, x.name, x.scopes, x.unit_ids, x.created_on, x.expires_on, x.revoked_on, x.version, x.request_hash, true
    FROM api_key x WHERE x.id = :new_id::uuid
) k ON true
WHERE NOT j.is_known OR k.id IS NOT NULL;

-- name: api_key_revoke
-- lane: own
-- lock:
SELECT id FROM api_key WHERE id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT k.id, CASE WHEN k.version <> :if_match::bigint THEN 'stale_version' END AS problem
    FROM api_key k
    WHERE k.id = :id::uuid AND units_are_visible(k.unit_ids, :caller_units::text)
), changed AS (
    UPDATE api_key k
    SET revoked_on = coalesce(k.revoked_on, app_today())
    FROM judged j
    WHERE k.id = j.id AND j.problem IS NULL
    RETURNING k.version
)
SELECT 204 AS _status, c.version AS _version, j.problem AS _problem
FROM judged j
LEFT JOIN changed c ON true;
