-- What there is to choose from for experts and those who order them: areas of experience, tasks, languages. Everybody chooses from all
-- of it; what is of no unit is the county's, and changed by who is limited to none.

-- name: experience_area_create
-- lane: write
SELECT 201 AS _status, (a.entry).code, (a.entry).unit_id, (a.entry).name, (a.entry).closed_on, (a.entry).version AS _version, a.replayed AS _replayed,
    '/v1/experience-areas/' || (a.entry).code AS _location, a.problem AS _problem, CASE a.problem WHEN 'unknown_reference' THEN '/unit_id' WHEN 'catalogue_code_is_unique' THEN '/code' END AS _pointer
FROM (SELECT (:body::jsonb ->> 'unit_id')::uuid AS unit_id WHERE act_as(:caller_id::uuid)) b
LEFT JOIN unit u ON u.id = b.unit_id AND is_open(u.closed_on) AND unit_is_visible(u.path, :caller_units::text)
CROSS JOIN LATERAL catalogue_added('experience_area', :new_id::uuid, u.id, :body::jsonb, :request_hash::bytea) a;

-- name: experience_area_list
-- lane: read
-- cursor: code text
-- units: everybody may know them
SELECT c.code, c.unit_id, c.name, c.closed_on
FROM experience_area c
WHERE c.code > coalesce(:after_code::text, '')
ORDER BY c.code
LIMIT :limit_and_one::int;

-- name: experience_area_get
-- lane: read
-- units: everybody may know them
SELECT c.code, c.unit_id, c.name, c.closed_on, c.version AS _version FROM experience_area c WHERE c.code = :area::text;

-- name: experience_area_patch
-- lane: own
WITH found AS MATERIALIZED (
    SELECT c.code FROM experience_area c LEFT JOIN unit u ON u.id = c.unit_id
    WHERE c.code = :area::text AND unit_is_visible(u.path, :caller_units::text) AND act_as(:caller_id::uuid)
)
SELECT (x.entry).code, (x.entry).unit_id, (x.entry).name, (x.entry).closed_on, (x.entry).version AS _version, x.problem AS _problem,
    CASE x.problem WHEN 'name_required' THEN '/name' END AS _pointer
FROM found f
CROSS JOIN LATERAL catalogue_changed('experience_area', f.code, :body::jsonb, :if_match::bigint) x;

-- name: experience_task_create
-- lane: write
SELECT 201 AS _status, (a.entry).code, (a.entry).unit_id, (a.entry).name, (a.entry).closed_on, (a.entry).version AS _version, a.replayed AS _replayed,
    '/v1/experience-tasks/' || (a.entry).code AS _location, a.problem AS _problem, CASE a.problem WHEN 'unknown_reference' THEN '/unit_id' WHEN 'catalogue_code_is_unique' THEN '/code' END AS _pointer
FROM (SELECT (:body::jsonb ->> 'unit_id')::uuid AS unit_id WHERE act_as(:caller_id::uuid)) b
LEFT JOIN unit u ON u.id = b.unit_id AND is_open(u.closed_on) AND unit_is_visible(u.path, :caller_units::text)
CROSS JOIN LATERAL catalogue_added('experience_task', :new_id::uuid, u.id, :body::jsonb, :request_hash::bytea) a;

-- name: experience_task_list
-- lane: read
-- cursor: code text
-- units: everybody may know them
SELECT c.code, c.unit_id, c.name, c.closed_on
FROM experience_task c
WHERE c.code > coalesce(:after_code::text, '')
ORDER BY c.code
LIMIT :limit_and_one::int;

-- name: experience_task_get
-- lane: read
-- units: everybody may know them
SELECT c.code, c.unit_id, c.name, c.closed_on, c.version AS _version FROM experience_task c WHERE c.code = :task::text;

-- name: experience_task_patch
-- lane: own
WITH found AS MATERIALIZED (
    SELECT c.code FROM experience_task c LEFT JOIN unit u ON u.id = c.unit_id
    WHERE c.code = :task::text AND unit_is_visible(u.path, :caller_units::text) AND act_as(:caller_id::uuid)
)
SELECT (x.entry).code, (x.entry).unit_id, (x.entry).name, (x.entry).closed_on, (x.entry).version AS _version, x.problem AS _problem,
    CASE x.problem WHEN 'name_required' THEN '/name' END AS _pointer
FROM found f
CROSS JOIN LATERAL catalogue_changed('experience_task', f.code, :body::jsonb, :if_match::bigint) x;

-- name: spoken_language_create
-- lane: write
SELECT 201 AS _status, (a.entry).code, (a.entry).unit_id, (a.entry).name, (a.entry).closed_on, (a.entry).version AS _version, a.replayed AS _replayed,
    '/v1/spoken-languages/' || (a.entry).code AS _location, a.problem AS _problem, CASE a.problem WHEN 'unknown_reference' THEN '/unit_id' WHEN 'catalogue_code_is_unique' THEN '/code' END AS _pointer
FROM (SELECT (:body::jsonb ->> 'unit_id')::uuid AS unit_id WHERE act_as(:caller_id::uuid)) b
LEFT JOIN unit u ON u.id = b.unit_id AND is_open(u.closed_on) AND unit_is_visible(u.path, :caller_units::text)
CROSS JOIN LATERAL catalogue_added('spoken_language', :new_id::uuid, u.id, :body::jsonb, :request_hash::bytea) a;

-- name: spoken_language_list
-- lane: read
-- cursor: code text
-- units: everybody may know them
SELECT c.code, c.unit_id, c.name, c.closed_on
FROM spoken_language c
WHERE c.code > coalesce(:after_code::text, '')
ORDER BY c.code
LIMIT :limit_and_one::int;

-- name: spoken_language_get
-- lane: read
-- units: everybody may know them
SELECT c.code, c.unit_id, c.name, c.closed_on, c.version AS _version FROM spoken_language c WHERE c.code = :language::text;

-- name: spoken_language_patch
-- lane: own
WITH found AS MATERIALIZED (
    SELECT c.code FROM spoken_language c LEFT JOIN unit u ON u.id = c.unit_id
    WHERE c.code = :language::text AND unit_is_visible(u.path, :caller_units::text) AND act_as(:caller_id::uuid)
)
SELECT (x.entry).code, (x.entry).unit_id, (x.entry).name, (x.entry).closed_on, (x.entry).version AS _version, x.problem AS _problem,
    CASE x.problem WHEN 'name_required' THEN '/name' END AS _pointer
FROM found f
CROSS JOIN LATERAL catalogue_changed('spoken_language', f.code, :body::jsonb, :if_match::bigint) x;
