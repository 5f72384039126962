-- Changes: what was done because somebody spoke, and whose voices it came from.

-- name: change_create
-- lane: write
WITH wanted AS (
    SELECT b.*, u.id AS seen_unit, s.id AS seen_service
    FROM jsonb_to_record(:body::jsonb) AS b (unit_id uuid, service_id uuid, level text, theme text, title jsonb, said jsonb, done jsonb,
        owner_ref text, owner jsonb, planned_for date, evidence text)
    LEFT JOIN LATERAL (SELECT id FROM unit WHERE id = b.unit_id AND closed_on IS NULL
                       AND unit_is_visible(path, :caller_units::text) OFFSET 0) u ON true
    LEFT JOIN LATERAL (SELECT s.id FROM service s JOIN unit su ON su.id = s.unit_id
                       WHERE s.id = b.service_id AND unit_is_visible(su.path, :caller_units::text) OFFSET 0) s ON true
), judged AS (
    SELECT w.*, w.seen_unit IS NOT NULL AND (w.service_id IS NULL OR w.seen_service IS NOT NULL) AS good FROM wanted w
), made AS (
    INSERT INTO change (id, unit_id, service_id, level, theme, title, said, done, owner_ref, owner, planned_for, evidence, request_hash)
    SELECT :new_id::uuid, unit_id, service_id, coalesce(level, 'feedback'), theme, title, coalesce(said, '{}'), coalesce(done, '{}'),
        owner_ref, coalesce(owner, '{}'), planned_for, evidence, :request_hash::bytea
    FROM judged WHERE good AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, state, suggested_on, version, request_hash
)
SELECT a.id, a.state, a.suggested_on, a.version AS _version, a.replayed AS _replayed,
    CASE WHEN NOT j.good THEN 'unknown_reference'
         WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN j.seen_unit IS NULL THEN '/unit_id' WHEN NOT j.good THEN '/service_id' END AS _pointer
FROM judged j
LEFT JOIN LATERAL (
    SELECT m.*, false AS replayed FROM made m
    UNION ALL
    SELECT c.id, c.state, c.suggested_on, c.version, c.request_hash, true FROM change c
    WHERE c.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true
WHERE NOT j.good OR a.id IS NOT NULL;

-- name: change_list
-- lane: read
-- cursor: suggested_on date, id uuid
SELECT c.id, c.unit_id, c.service_id, c.level, c.theme, c.title, c.said, c.done, c.owner_ref, c.owner, c.planned_for, c.evidence, c.state,
    c.state_reason, c.state_reasons, c.suggested_on, c.made_on, c.published_on,
    (SELECT count(*) FROM change_source s WHERE s.change_id = c.id) AS source_count,
    jsonb_path_query_array(missing_variants(c), '$[*].language') AS missing_languages
FROM change c
JOIN unit u ON u.id = c.unit_id
WHERE unit_is_visible(u.path, :caller_units::text)
  AND (c.suggested_on, c.id) < (coalesce(:after_suggested_on::date, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
  AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid])
  AND (:state::text[] IS NULL OR c.state = ANY (:state::text[]))
  AND (:level::text IS NULL OR c.level = :level::text)
  AND (:theme::text IS NULL OR c.theme = :theme::text)
  AND (:published::boolean IS NULL OR (c.published_on IS NOT NULL) = :published::boolean)
ORDER BY c.suggested_on DESC, c.id DESC
LIMIT :limit_and_one::int;

-- name: change_missing_variants
-- lane: read
-- cursor: suggested_on date, id uuid
SELECT c.id, c.unit_id, c.state, c.title, c.suggested_on, c.published_on, m.missing
FROM change c
JOIN unit u ON u.id = c.unit_id
CROSS JOIN LATERAL (SELECT missing_variants(c) AS missing) m
WHERE unit_is_visible(u.path, :caller_units::text)
  AND (c.said <> '{}' OR c.done <> '{}')
  AND (c.suggested_on, c.id) < (coalesce(:after_suggested_on::date, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
  AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid])
  AND (:published::boolean IS NULL OR (c.published_on IS NOT NULL) = :published::boolean)
  AND m.missing @> CASE WHEN :language::text IS NULL THEN '[{}]' ELSE jsonb_build_array(jsonb_build_object('language', :language::text)) END
ORDER BY c.suggested_on DESC, c.id DESC
LIMIT :limit_and_one::int;

-- name: change_get
-- lane: read
SELECT c.id, c.unit_id, c.service_id, c.level, c.theme, c.title, c.said, c.done, c.owner_ref, c.owner, c.planned_for, c.evidence, c.state,
    c.state_reason, c.state_reasons, c.suggested_on, c.made_on, c.published_on,
    (SELECT count(*) FROM change_source s WHERE s.change_id = c.id) AS source_count,
    jsonb_path_query_array(missing_variants(c), '$[*].language') AS missing_languages,
    c.version AS _version
FROM change c
JOIN unit u ON u.id = c.unit_id
WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: change_patch
-- lane: own
-- lock:
SELECT c.id FROM change c WHERE c.id = :id::uuid AND act_as(:caller_id::uuid) FOR UPDATE;
-- run:
WITH wanted AS (
    SELECT c.id, c.version, b.*, nu.id AS seen_unit, ns.id AS seen_service
    FROM change c
    JOIN unit u ON u.id = c.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (unit_id uuid, service_id uuid, level text, theme text, title jsonb, said jsonb, done jsonb,
        owner_ref text, owner jsonb, planned_for date, evidence text, state_reasons jsonb)
    LEFT JOIN LATERAL (SELECT id FROM unit WHERE id = b.unit_id AND unit_is_visible(path, :caller_units::text) OFFSET 0) nu ON true
    LEFT JOIN LATERAL (SELECT s.id FROM service s JOIN unit su ON su.id = s.unit_id
                       WHERE s.id = b.service_id AND unit_is_visible(su.path, :caller_units::text) OFFSET 0) ns ON true
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), judged AS (
    SELECT w.*,
        CASE WHEN w.version <> :if_match::bigint THEN 'stale_version'
             WHEN 'unit_id' = ANY (:body_names::text[]) AND w.seen_unit IS NULL THEN 'unknown_reference'
             WHEN w.service_id IS NOT NULL AND w.seen_service IS NULL THEN 'unknown_reference' END AS problem,
        CASE WHEN 'unit_id' = ANY (:body_names::text[]) AND w.seen_unit IS NULL THEN '/unit_id' ELSE '/service_id' END AS pointer
    FROM wanted w
), changed AS (
    UPDATE change c
    SET unit_id = coalesce(j.unit_id, c.unit_id),
        service_id = CASE WHEN 'service_id' = ANY (:body_names::text[]) THEN j.service_id ELSE c.service_id END,
        level = coalesce(j.level, c.level),
        theme = CASE WHEN 'theme' = ANY (:body_names::text[]) THEN j.theme ELSE c.theme END,
        title = coalesce(jsonb_strip_nulls(c.title || j.title), c.title),
        said = coalesce(jsonb_strip_nulls(c.said || j.said), c.said),
        done = coalesce(jsonb_strip_nulls(c.done || j.done), c.done),
        owner_ref = CASE WHEN 'owner_ref' = ANY (:body_names::text[]) THEN j.owner_ref ELSE c.owner_ref END,
        owner = coalesce(jsonb_strip_nulls(c.owner || j.owner), c.owner),
        planned_for = CASE WHEN 'planned_for' = ANY (:body_names::text[]) THEN j.planned_for ELSE c.planned_for END,
        evidence = CASE WHEN 'evidence' = ANY (:body_names::text[]) THEN j.evidence ELSE c.evidence END,
        state_reasons = coalesce(jsonb_strip_nulls(c.state_reasons || j.state_reasons), c.state_reasons)
    FROM judged j
    WHERE c.id = j.id AND j.problem IS NULL
    RETURNING c.*, jsonb_path_query_array(missing_variants(c), '$[*].language') AS missing_languages
)
SELECT coalesce(c.id, j.id) AS id, c.unit_id, c.service_id, c.level, c.theme, c.title, c.said, c.done, c.owner_ref, c.owner, c.planned_for, c.evidence,
    c.state, c.state_reason, c.state_reasons, c.suggested_on, c.made_on, c.published_on,
    (SELECT count(*) FROM change_source s WHERE s.change_id = j.id) AS source_count, c.missing_languages, c.version AS _version,
    j.problem AS _problem, CASE WHEN j.problem = 'unknown_reference' THEN j.pointer END AS _pointer
FROM judged j
LEFT JOIN changed c ON c.id = j.id;

-- name: change_transition
-- lane: own
-- lock:
SELECT c.id FROM change c WHERE c.id = :id::uuid AND act_as(:caller_id::uuid) FOR UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT c.id, c.state, c.version, nullif(change_lacks(c, :body::jsonb ->> 'to', false), '[]') AS lacks
    FROM change c
    JOIN unit u ON u.id = c.unit_id
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('change', f.id, f.state, f.version, caller_roles('change', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, :if_match::bigint, :caller_id::uuid, :body::jsonb)::move_wish,
    CASE WHEN f.lacks IS NOT NULL THEN 'change_incomplete' END, f.lacks) m;

-- name: change_publish
-- lane: own
-- lock:
SELECT c.id FROM change c WHERE c.id = :id::uuid AND act_as(:caller_id::uuid) FOR UPDATE;
-- run:
WITH wanted AS (
    SELECT c.*, p.id AS replayed_id, l.lacks,
        CASE WHEN p.id IS NOT NULL THEN NULL
             WHEN c.version <> :if_match::bigint THEN 'stale_version'
             WHEN c.state IN ('suggested', 'under_review') THEN 'change_not_decided'
             WHEN l.lacks <> '[]' THEN 'change_not_publishable' END AS problem
    FROM change c
    JOIN unit u ON u.id = c.unit_id
    CROSS JOIN LATERAL (SELECT change_lacks(c, c.state, true) AS lacks) l
    LEFT JOIN LATERAL (SELECT id FROM change_publication WHERE id = :new_id::uuid AND change_id = c.id OFFSET 0) p ON true
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), noted AS (
    INSERT INTO change_publication (id, change_id, caller_id)
    SELECT :new_id::uuid, w.id, :caller_id::uuid FROM wanted w WHERE w.problem IS NULL AND w.replayed_id IS NULL
    RETURNING change_id, published_on
), changed AS (
    UPDATE change c SET published_on = n.published_on FROM noted n WHERE c.id = n.change_id
    RETURNING c.id, c.published_on, c.version
)
SELECT w.id, w.state, coalesce(c.published_on, w.published_on) AS published_on, coalesce(c.version, w.version) AS _version,
    w.replayed_id IS NOT NULL AS _replayed, w.problem AS _problem,
    CASE w.problem WHEN 'change_not_publishable' THEN w.lacks END AS _errors
FROM wanted w
LEFT JOIN changed c ON c.id = w.id;

-- name: change_source_create
-- lane: write
WITH wanted AS (
    SELECT b.*, c.id AS change_id, num_nonnulls(b.feedback_id, b.input_id, b.statement_id, b.vote_id, b.session_id, b.observation_id) AS named,
        coalesce(b.feedback_id, b.input_id, b.statement_id, b.vote_id, b.session_id, b.observation_id) AS source_id, s.kind AS seen
    FROM jsonb_to_record(:body::jsonb) AS b (kind text, feedback_id uuid, input_id uuid, statement_id uuid, vote_id uuid, session_id uuid,
        observation_id uuid, reference text)
    JOIN LATERAL (SELECT c.id FROM change c JOIN unit u ON u.id = c.unit_id
                  WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text) OFFSET 0) c ON true
    LEFT JOIN LATERAL (
        SELECT x.kind
        FROM (SELECT 'feedback_id' AS kind, f.unit_id FROM feedback f WHERE f.id = b.feedback_id AND f.state NOT IN ('removed', 'withdrawn')
              UNION ALL
              SELECT 'input_id', coalesce((SELECT p.unit_id FROM panel p WHERE p.id = i.panel_id), (SELECT e.unit_id FROM session e WHERE e.id = i.session_id))
              FROM input i WHERE i.id = b.input_id AND i.state <> 'withdrawn' AND (i.kind = 'idea') = (b.kind = 'idea')
              UNION ALL
              SELECT 'statement_id', p.unit_id FROM statement t JOIN panel p ON p.id = t.panel_id WHERE t.id = b.statement_id
              UNION ALL
              SELECT 'vote_id', p.unit_id FROM vote v JOIN panel p ON p.id = v.panel_id WHERE v.id = b.vote_id
              UNION ALL
              SELECT 'session_id', e.unit_id FROM session e WHERE e.id = b.session_id
              UNION ALL
              SELECT 'observation_id', o.unit_id FROM observation o WHERE o.id = b.observation_id AND b.kind = 'observation') x
        JOIN unit u ON u.id = x.unit_id
        WHERE unit_is_visible(u.path, :caller_units::text)
        OFFSET 0
    ) s ON true
), judged AS (
    SELECT w.*,
        CASE WHEN w.named + num_nonnulls(w.reference) <> 1
                 OR w.kind IN ('feedback', 'statement', 'vote', 'session') AND :body::jsonb ->> concat(w.kind, '_id') IS NULL
                 OR w.kind IN ('input', 'idea') AND w.input_id IS NULL AND w.reference IS NULL
                 OR w.kind = 'observation' AND w.observation_id IS NULL AND w.reference IS NULL
                 OR w.kind = 'indicator' AND w.reference IS NULL THEN 'change_source_names_one'
             WHEN w.named = 1 AND w.seen IS NULL THEN 'unknown_reference'
             WHEN EXISTS (SELECT FROM change_source s WHERE s.change_id = w.change_id AND s.id <> :new_id::uuid
                          AND (s.source_id = w.source_id OR (s.kind = w.kind AND s.reference = w.reference)))
                 THEN 'change_source_once' END AS problem
    FROM wanted w
), made AS (
    INSERT INTO change_source (id, change_id, kind, feedback_id, input_id, statement_id, vote_id, session_id, observation_id, reference, request_hash)
    SELECT :new_id::uuid, change_id, kind, feedback_id, input_id, statement_id, vote_id, session_id, observation_id, reference, :request_hash::bytea
    FROM judged WHERE problem IS NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING *
), present AS (
    SELECT m.*, false AS replayed FROM made m
    UNION ALL
    SELECT s.*, true FROM change_source s
    WHERE s.id = :new_id::uuid AND s.change_id = :id::uuid AND NOT EXISTS (SELECT FROM made)
)
SELECT p.id, p.kind, p.feedback_id, p.input_id, p.statement_id, p.vote_id, p.session_id, p.observation_id, p.reference, p.linked_on, 1 AS _version, p.replayed AS _replayed,
    '/v1/changes/' || :id::uuid || '/sources/' || p.id AS _location,
    CASE WHEN j.change_id IS NULL THEN 'not_found'
         WHEN p.id IS NOT NULL AND p.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused'
         WHEN p.id IS NULL THEN j.problem END AS _problem,
    CASE WHEN p.id IS NOT NULL THEN NULL WHEN j.problem = 'change_source_names_one' THEN '/kind'
         WHEN j.problem IN ('unknown_reference', 'change_source_once') THEN
             CASE WHEN j.feedback_id IS NOT NULL THEN '/feedback_id' WHEN j.input_id IS NOT NULL THEN '/input_id' WHEN j.statement_id IS NOT NULL THEN '/statement_id'
                  WHEN j.vote_id IS NOT NULL THEN '/vote_id' WHEN j.session_id IS NOT NULL THEN '/session_id'
                  WHEN j.observation_id IS NOT NULL THEN '/observation_id' ELSE '/reference' END END AS _pointer
FROM (SELECT 1) AS always
LEFT JOIN judged j ON true
LEFT JOIN present p ON true
WHERE j.change_id IS NULL OR j.problem IS NOT NULL OR p.id IS NOT NULL;

-- name: change_source_list
-- lane: read
-- cursor: id uuid
WITH found AS (
    SELECT c.id FROM change c JOIN unit u ON u.id = c.unit_id
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT s.id, s.kind, s.feedback_id, s.input_id, s.statement_id, s.vote_id, s.session_id, s.observation_id, s.reference, s.linked_on,
    CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT x.*
    FROM change_source x
    WHERE x.change_id = f.id AND x.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
    ORDER BY x.id
    LIMIT :limit_and_one::int
) s ON true
WHERE f.id IS NULL OR s.id IS NOT NULL
ORDER BY s.id;

-- name: change_source_delete
-- lane: own
WITH wanted AS (
    SELECT s.id, CASE WHEN 1 <> :if_match::bigint THEN 'stale_version'
                      WHEN c.state NOT IN ('suggested', 'under_review') THEN 'change_source_is_told' END AS problem
    FROM change_source s
    JOIN change c ON c.id = s.change_id
    JOIN unit u ON u.id = c.unit_id
    WHERE s.id = :source_id::uuid AND s.change_id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), gone AS (
    DELETE FROM change_source s USING wanted w WHERE s.id = w.id AND w.problem IS NULL AND act_as(:caller_id::uuid) RETURNING s.id
)
SELECT 204 AS _status, w.problem AS _problem FROM wanted w;

-- name: change_follow_up_list
-- lane: read
-- cursor: id uuid
WITH found AS (
    SELECT c.id FROM change c JOIN unit u ON u.id = c.unit_id
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT a.id, a.answer, a.answered_on, a.text, a.is_masked, CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT x.id, x.answer, x.answered_on, x.text, x.is_masked
    FROM shown_follow_up x
    WHERE x.change_id = f.id AND x.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
        AND (:answer::text IS NULL OR x.answer = :answer::text)
        AND (:has_text::boolean IS NULL OR (x.text IS NOT NULL) = :has_text::boolean)
    ORDER BY x.id
    LIMIT :limit_and_one::int
) a ON true
WHERE f.id IS NULL OR a.id IS NOT NULL
ORDER BY a.id;
