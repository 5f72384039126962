-- Calls for people who want to become experts, and those who answer them.

-- name: expert_call_create
-- lane: write
WITH wanted AS (
    SELECT b.*, u.id AS seen_unit, CASE WHEN u.id IS NULL THEN 'unknown_reference' WHEN b.until_on < app_today() THEN 'expert_call_is_over' END AS problem
    FROM jsonb_to_record(:body::jsonb) AS b (unit_id uuid, title jsonb, about jsonb, until_on date, is_open boolean)
    LEFT JOIN unit u ON u.id = b.unit_id AND is_open(u.closed_on) AND unit_is_visible(u.path, :caller_units::text)
), made AS (
    INSERT INTO expert_call (id, unit_id, title, about, until_on, is_open, request_hash)
    SELECT :new_id::uuid, w.unit_id, w.title, coalesce(w.about, '{}'), w.until_on, coalesce(w.is_open, true), :request_hash::bytea
    FROM wanted w WHERE w.problem IS NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING *
)
SELECT 201 AS _status, a.id, a.unit_id, a.title, a.about, a.until_on, a.is_open, a.made_on, a.version AS _version, a.replayed AS _replayed,
    CASE WHEN a.id IS NULL THEN w.problem WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NOT NULL THEN NULL WHEN w.problem = 'unknown_reference' THEN '/unit_id' ELSE '/until_on' END AS _pointer
FROM wanted w
LEFT JOIN LATERAL (
    SELECT m.*, false AS replayed FROM made m
    UNION ALL
    SELECT x.*, true FROM expert_call x WHERE x.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true
WHERE a.id IS NOT NULL OR w.problem IS NOT NULL;

-- name: expert_call_list
-- lane: read
-- cursor: id uuid
SELECT c.id, c.unit_id, c.title, c.about, c.until_on, c.is_open, c.made_on
FROM expert_call c
JOIN unit u ON u.id = c.unit_id
WHERE unit_is_visible(u.path, :caller_units::text) AND c.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY c.id
LIMIT :limit_and_one::int;

-- name: expert_call_get
-- lane: read
SELECT c.id, c.unit_id, c.title, c.about, c.until_on, c.is_open, c.made_on, c.version AS _version
FROM expert_call c
JOIN unit u ON u.id = c.unit_id
WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: expert_call_patch
-- lane: own
-- lock:
SELECT c.id FROM expert_call c WHERE c.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT c.id, n.*, CASE WHEN c.version <> :if_match::bigint THEN 'stale_version' WHEN n.title = '{}' THEN 'name_required'
                           WHEN n.until_on < app_today() AND n.until_on IS DISTINCT FROM c.until_on THEN 'expert_call_is_over' END AS problem
    FROM expert_call c
    JOIN unit u ON u.id = c.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (title jsonb, about jsonb, until_on date, is_open boolean)
    CROSS JOIN LATERAL (SELECT jsonb_strip_nulls(c.title || coalesce(b.title, '{}')) AS title, jsonb_strip_nulls(c.about || coalesce(b.about, '{}')) AS about,
        CASE WHEN 'until_on' = ANY (:body_names::text[]) THEN b.until_on ELSE c.until_on END AS until_on, coalesce(b.is_open, c.is_open) AS is_open) n
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), changed AS (
    UPDATE expert_call c SET title = j.title, about = j.about, until_on = j.until_on, is_open = j.is_open, changed_at = app_now()
    FROM judged j WHERE c.id = j.id AND j.problem IS NULL
    RETURNING c.*
)
SELECT j.id, c.unit_id, c.title, c.about, c.until_on, c.is_open, c.made_on, c.version AS _version, j.problem AS _problem,
    CASE j.problem WHEN 'name_required' THEN '/title' WHEN 'expert_call_is_over' THEN '/until_on' END AS _pointer
FROM judged j
LEFT JOIN changed c ON true;

-- name: expert_apply
-- lane: write
-- units: whoever knows of a call may answer it
-- An address that is an expert's already gets its link again, and the answer is the same: whether it is there is not told.
WITH judged AS (
    SELECT c.id AS call_id, c.unit_id, CASE WHEN NOT expert_call_takes(c) THEN 'expert_call_is_over' ELSE f.problem END AS problem,
        CASE WHEN expert_call_takes(c) THEN f.pointer END AS pointer
    FROM expert_call c
    LEFT JOIN LATERAL expert_fault(jsonb_populate_record(NULL::expert, :body::jsonb), :body::jsonb) f ON true
    WHERE c.id = :id::uuid
), again AS MATERIALIZED (
    SELECT r.*
    FROM (SELECT coalesce(bool_or(x.problem IS NULL), false) AS may_apply FROM judged x) j
    CROSS JOIN LATERAL expert_again(:new_id::uuid, :id::uuid, :contact_index::bytea, :request_hash::bytea, j.may_apply) r
), made AS (
    INSERT INTO expert AS e (id, unit_id, call_id, request_hash)
    SELECT :new_id::uuid, j.unit_id, j.call_id, :request_hash::bytea
    FROM judged j WHERE j.problem IS NULL AND NOT EXISTS (SELECT FROM again) AND act_as(NULL)
    ON CONFLICT (id) DO NOTHING
    RETURNING e.id, e.applied_on, e.request_hash
), worded AS (
    INSERT INTO expert_words (expert_id, name) SELECT m.id, :body::jsonb ->> 'name' FROM made m
), reached AS (
    INSERT INTO person (id, resource, token_hash, sealed, key_id, address_hash, lang)
    SELECT m.id, 'expert', :new_link_hash::bytea, :contact_sealed::bytea, :contact_key::text, :contact_index::bytea, :body::jsonb ->> 'lang' FROM made m
)
SELECT 201 AS _status, a.id, a.applied_on, a.replayed AS _replayed, :contact_sealed::bytea IS NULL AS _link,
    CASE WHEN :body::jsonb ->> 'lang' IN ('fi', 'sv', 'en') THEN :body::jsonb ->> 'lang' END AS _link_language,
    CASE WHEN a.id IS NULL THEN coalesce(j.problem, 'not_found') WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NULL THEN j.pointer END AS _pointer
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN judged j ON true
LEFT JOIN LATERAL (
    SELECT m.id, m.applied_on, m.request_hash, false AS replayed FROM made m CROSS JOIN LATERAL expert_lists_keep(m.id, :body::jsonb)
    UNION ALL
    SELECT :new_id::uuid, r.made_on, r.request_hash, r.is_replayed FROM again r
    UNION ALL
    SELECT e.id, e.applied_on, e.request_hash, true FROM expert e WHERE e.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true
WHERE a.id IS NOT NULL OR j.call_id IS NULL OR j.problem IS NOT NULL;
