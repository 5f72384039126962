-- Whoever changes the tree locks its roots first: two changes at once could make a circle, or leave a path behind.

-- name: unit_list
-- lane: read
-- cursor: id uuid
SELECT u.id, u.parent_id, to_jsonb(u.path) AS path, u.oid, u.ptv_id, u.name,
       CASE WHEN 'admin' = ANY (:caller_scopes::text[]) THEN u.mailboxes END AS mailboxes, u.closed_on, u.has_form, '/p/' || u.form_code AS form_path
FROM unit u
WHERE unit_is_visible(u.path, :caller_units::text) AND u.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
    AND (:parent_id::uuid IS NULL OR u.parent_id = :parent_id::uuid) AND (:oid::text IS NULL OR u.oid = :oid::text)
ORDER BY u.id
LIMIT :limit_and_one::int;

-- name: unit_get
-- lane: read
SELECT u.id, u.parent_id, to_jsonb(u.path) AS path, u.oid, u.ptv_id, u.name,
       CASE WHEN 'admin' = ANY (:caller_scopes::text[]) THEN u.mailboxes END AS mailboxes, u.closed_on, u.has_form, '/p/' || u.form_code AS form_path,
       u.version AS _version
FROM unit u
WHERE u.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: unit_create
-- lane: own
-- lock:
SELECT id FROM unit WHERE parent_id IS NULL ORDER BY id FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT b.parent_id, b.oid, b.ptv_id, b.name, b.mailboxes, b.closed_on, b.has_form, s.id IS NOT NULL AS replayed,
           CASE WHEN s.id IS NOT NULL AND s.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused'
                WHEN s.id IS NOT NULL THEN NULL
                WHEN p.id IS NULL AND (b.parent_id IS NOT NULL OR :caller_units::text IS NOT NULL) THEN 'unknown_reference'
                WHEN EXISTS (SELECT FROM unit x WHERE x.oid = b.oid) THEN 'unit_oid_is_unique' END AS problem
    FROM jsonb_to_record(:body::jsonb) AS b (parent_id uuid, oid text, ptv_id uuid, name jsonb, mailboxes jsonb, closed_on date,
        has_form boolean)
    LEFT JOIN unit p ON p.id = b.parent_id AND unit_is_visible(p.path, :caller_units::text)
    LEFT JOIN unit s ON s.id = :new_id::uuid
), made AS (
    INSERT INTO unit (id, parent_id, oid, ptv_id, name, mailboxes, closed_on, has_form, request_hash)
    SELECT :new_id::uuid, j.parent_id, j.oid, j.ptv_id, j.name, coalesce(j.mailboxes, '{}'), j.closed_on, coalesce(j.has_form, true),
        :request_hash::bytea
    FROM judged j
    WHERE j.problem IS NULL AND NOT j.replayed AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING -- the first unit of all has no root to lock
    RETURNING id, parent_id, path, oid, ptv_id, name, mailboxes, closed_on, has_form, form_code, version
)
SELECT 201 AS _status, u.id, u.parent_id, to_jsonb(u.path) AS path, u.oid, u.ptv_id, u.name, u.mailboxes, u.closed_on,
       u.has_form, '/p/' || u.form_code AS form_path, u.version AS _version, j.replayed AS _replayed,
       CASE WHEN j.problem IS NULL AND u.id IS NULL THEN 'service_unavailable' ELSE j.problem END AS _problem,
       CASE j.problem WHEN 'unknown_reference' THEN '/parent_id' WHEN 'unit_oid_is_unique' THEN '/oid' END AS _pointer
FROM judged j
LEFT JOIN (
    SELECT m.id, m.parent_id, m.path, m.oid, m.ptv_id, m.name, m.mailboxes, m.closed_on, m.has_form, m.form_code,
        m.version
    FROM made m
    UNION ALL
    SELECT x.id, x.parent_id, x.path, x.oid, x.ptv_id, x.name, x.mailboxes, x.closed_on, x.has_form, x.form_code, x.version
    FROM unit x WHERE x.id = :new_id::uuid
) u ON true;

-- name: unit_patch
-- lane: own
-- lock:
SELECT id FROM unit WHERE id = :id::uuid OR parent_id IS NULL ORDER BY id FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT u.id, b.parent_id, b.oid, b.ptv_id, b.closed_on, b.has_form, m.name, m.mailboxes,
           CASE WHEN u.version <> :if_match::bigint THEN 'stale_version'
                WHEN 'parent_id' = ANY (:body_names::text[]) AND b.parent_id IS DISTINCT FROM u.parent_id AND p.id IS NULL
                    AND (b.parent_id IS NOT NULL OR :caller_units::text IS NOT NULL) THEN 'unknown_reference'
                WHEN 'parent_id' = ANY (:body_names::text[]) AND p.path @> ARRAY[u.id] THEN 'unit_is_not_under_itself'
                WHEN EXISTS (SELECT FROM unit x WHERE x.oid = b.oid AND x.id <> u.id) THEN 'unit_oid_is_unique'
                WHEN m.name = '{}' THEN 'name_required' END AS problem
    FROM unit u
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (parent_id uuid, oid text, ptv_id uuid, name jsonb, mailboxes jsonb, closed_on date,
        has_form boolean)
    CROSS JOIN LATERAL (
        SELECT jsonb_strip_nulls(u.name || coalesce(b.name, '{}')) AS name,
            jsonb_strip_nulls(u.mailboxes || coalesce(b.mailboxes, '{}')) AS mailboxes
    ) m
    LEFT JOIN unit p ON p.id = b.parent_id AND unit_is_visible(p.path, :caller_units::text)
    WHERE u.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), changed AS (
    UPDATE unit u
    SET parent_id = CASE WHEN 'parent_id' = ANY (:body_names::text[]) THEN j.parent_id ELSE u.parent_id END,
        oid = CASE WHEN 'oid' = ANY (:body_names::text[]) THEN j.oid ELSE u.oid END,
        ptv_id = CASE WHEN 'ptv_id' = ANY (:body_names::text[]) THEN j.ptv_id ELSE u.ptv_id END,
        closed_on = CASE WHEN 'closed_on' = ANY (:body_names::text[]) THEN j.closed_on ELSE u.closed_on END,
        has_form = coalesce(j.has_form, u.has_form),
        name = j.name,
        mailboxes = j.mailboxes
    FROM judged j
    WHERE u.id = j.id AND j.problem IS NULL AND act_as(:caller_id::uuid)
    RETURNING u.id, u.parent_id, u.path, u.oid, u.ptv_id, u.name, u.mailboxes, u.closed_on, u.has_form, u.form_code, u.version
)
SELECT u.id, u.parent_id, to_jsonb(u.path) AS path, u.oid, u.ptv_id, u.name, u.mailboxes, u.closed_on, u.has_form,
       '/p/' || u.form_code AS form_path, u.version AS _version, j.problem AS _problem,
       CASE j.problem WHEN 'unknown_reference' THEN '/parent_id' WHEN 'unit_is_not_under_itself' THEN '/parent_id'
                      WHEN 'unit_oid_is_unique' THEN '/oid' WHEN 'name_required' THEN '/name' END AS _pointer
FROM judged j
LEFT JOIN changed u ON true;
