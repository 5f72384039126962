-- What the API asks for itself.

-- name: api_keys_generation
-- use: engine
-- lane: read
-- Another text after each change of a key, and on each new day, on which keys may have expired.
SELECT g.generation || ' ' || app_today() AS generation FROM api_key_generation g;

-- name: api_keys_load
-- use: engine
-- lane: read
-- The keys that are good today.
SELECT k.id, encode(k.secret_hash, 'hex') AS secret_hash, k.scopes::text AS scopes, k.unit_ids::text AS unit_ids, k.expires_on
FROM api_key k
WHERE k.revoked_on IS NULL AND (k.expires_on IS NULL OR k.expires_on >= app_today());

-- name: readiness
-- use: engine
-- lane: read
SELECT (SELECT max(m.number) FROM schema_migration m) AS schema_version,
       (SELECT extract(epoch FROM app_now() - max(w.seen_at))::int FROM worker_process w) AS worker_seen_s;

-- name: metrics_database
-- use: engine
-- lane: read
-- What only the database knows of how the service does.
SELECT audit_waiting(100000) AS audit_waiting_rows;
