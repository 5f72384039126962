-- name: key_create
-- columns: id
-- No row: one of the units is unknown.
INSERT INTO api_key (id, name, secret_hash, scopes, unit_ids, expires_on)
SELECT :id::uuid, :name::text, :secret_hash::bytea, :scopes::text[], :unit_ids::uuid[], :expires_on::date
WHERE (SELECT count(*) FROM unit WHERE id = ANY (:unit_ids::uuid[])) = coalesce(cardinality(:unit_ids::uuid[]), 0)
RETURNING id;

-- name: key_list
-- columns: id, name, scopes, unit_ids, created_on, expires_on, revoked_on
SELECT id, name, array_to_string(scopes, ',') AS scopes, array_to_string(unit_ids, ',') AS unit_ids, created_on, expires_on,
    revoked_on
FROM api_key
ORDER BY created_on, name, id;

-- name: key_revoke
-- columns: id
UPDATE api_key SET revoked_on = coalesce(revoked_on, app_today()) WHERE id = :id::uuid RETURNING id;
