-- What osallisuus-admin migrate knows about the database. The migrations themselves are in sql/migrations.

-- name: migration_lock
-- columns: locked
-- One migration at a time in this database; held until the connection is closed.
SELECT pg_advisory_lock(hashtext('osallisuus migrate')) IS NULL AS locked;

-- name: migration_table
CREATE TABLE IF NOT EXISTS schema_migration (
    number integer PRIMARY KEY,
    name text NOT NULL,
    checksum bytea NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now() -- lint: when the file was really applied
);

-- name: migration_table_exists
-- columns: found
SELECT to_regclass('schema_migration') IS NOT NULL AS found;

-- name: migration_list
-- columns: number, name, checksum, applied_at
SELECT number, name, checksum, to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS applied_at
FROM schema_migration
ORDER BY number;

-- name: migration_applied
INSERT INTO schema_migration (number, name, checksum) VALUES (:number::integer, :name::text, :checksum::bytea);

-- name: transition_load
-- columns: kept
-- The transitions become exactly those of the files. One that a step has used cannot go: the foreign key says so.
WITH wanted AS (
    SELECT resource, from_state, to_state, who, reason
    FROM jsonb_to_recordset(:transitions::jsonb) AS t (resource text, from_state text, to_state text, who text, reason boolean)
), gone AS (
    DELETE FROM transition t
    WHERE NOT EXISTS (
        SELECT FROM wanted w
        WHERE (w.resource, w.from_state, w.to_state, w.who) = (t.resource, t.from_state, t.to_state, t.who))
), kept AS (
    INSERT INTO transition (resource, from_state, to_state, who, reason)
    SELECT resource, from_state, to_state, who, reason FROM wanted
    ON CONFLICT ON CONSTRAINT transition_pkey DO UPDATE SET reason = EXCLUDED.reason
    RETURNING resource
)
SELECT count(*) AS kept FROM kept;
