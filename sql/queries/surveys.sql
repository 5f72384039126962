-- Surveys and their rounds, as coordinators run them.

-- name: survey_create
-- lane: write
WITH wanted AS (
    SELECT b.*, u.id AS seen_unit, q.id AS seen_set
    FROM jsonb_to_record(:body::jsonb) AS b (unit_id uuid, question_set_id uuid, title jsonb, intro jsonb, audience text)
    LEFT JOIN LATERAL (SELECT x.id, x.path FROM unit x
                       WHERE x.id = b.unit_id AND is_open(x.closed_on) AND unit_is_visible(x.path, :caller_units::text) OFFSET 0) u ON true
    LEFT JOIN LATERAL (SELECT x.id FROM question_set x
                       WHERE x.id = b.question_set_id AND x.state = 'active' AND (x.unit_id IS NULL OR x.unit_id = ANY (u.path)) OFFSET 0) q ON true
), made AS (
    INSERT INTO survey (id, unit_id, question_set_id, title, intro, audience, request_hash)
    SELECT :new_id::uuid, w.unit_id, w.question_set_id, w.title, coalesce(w.intro, '{}'), w.audience, :request_hash::bytea
    FROM wanted w WHERE w.seen_unit IS NOT NULL AND w.seen_set IS NOT NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, state, made_on, version, request_hash
)
SELECT a.id, a.state, a.made_on, a.version AS _version, a.replayed AS _replayed,
    CASE WHEN a.id IS NULL THEN 'unknown_reference'
         WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NOT NULL THEN NULL WHEN w.seen_unit IS NULL THEN '/unit_id' ELSE '/question_set_id' END AS _pointer
FROM wanted w
LEFT JOIN LATERAL (
    SELECT m.*, false AS replayed FROM made m
    UNION ALL
    SELECT s.id, s.state, s.made_on, s.version, s.request_hash, true FROM survey s
    WHERE s.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true
WHERE a.id IS NOT NULL OR w.seen_unit IS NULL OR w.seen_set IS NULL;

-- name: survey_list
-- lane: read
-- cursor: made_on date, id uuid
SELECT s.id, s.unit_id, s.question_set_id, s.title, s.intro, s.audience, s.state, s.made_on
FROM survey s
JOIN unit u ON u.id = s.unit_id
WHERE unit_is_visible(u.path, :caller_units::text)
    AND (s.made_on, s.id) < (coalesce(:after_made_on::date, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid])
    AND (:state::text[] IS NULL OR s.state = ANY (:state::text[]))
ORDER BY s.made_on DESC, s.id DESC
LIMIT :limit_and_one::int;

-- name: survey_get
-- lane: read
SELECT s.id, s.unit_id, s.question_set_id, s.title, s.intro, s.audience, s.state, s.made_on, s.version AS _version
FROM survey s
JOIN unit u ON u.id = s.unit_id
WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: survey_patch
-- lane: own
-- What is asked of whom is settled when the survey opens.
-- lock:
SELECT s.id FROM survey s WHERE s.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT s.id, b.title, b.intro, b.audience, b.question_set_id,
        CASE WHEN s.version <> :if_match::bigint THEN 'stale_version'
             WHEN survey_is_of_round(s.id) THEN 'survey_is_of_round'
             WHEN s.state <> 'draft' AND (b.audience IS NOT NULL OR b.question_set_id IS NOT NULL) THEN 'survey_is_settled'
             WHEN b.question_set_id IS NOT NULL AND NOT EXISTS (
                 SELECT FROM question_set q WHERE q.id = b.question_set_id AND q.state = 'active' AND (q.unit_id IS NULL OR q.unit_id = ANY (u.path)))
                 THEN 'unknown_reference' END AS problem
    FROM survey s
    JOIN unit u ON u.id = s.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (title jsonb, intro jsonb, audience text, question_set_id uuid)
    WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), changed AS (
    UPDATE survey s
    SET title = coalesce(jsonb_strip_nulls(s.title || j.title), s.title), intro = coalesce(jsonb_strip_nulls(s.intro || j.intro), s.intro),
        audience = coalesce(j.audience, s.audience), question_set_id = coalesce(j.question_set_id, s.question_set_id)
    FROM judged j
    WHERE s.id = j.id AND j.problem IS NULL
    RETURNING s.*
)
SELECT j.id, c.unit_id, c.question_set_id, c.title, c.intro, c.audience, c.state, c.made_on, c.version AS _version, j.problem AS _problem,
    CASE j.problem WHEN 'unknown_reference' THEN '/question_set_id' END AS _pointer
FROM judged j
LEFT JOIN changed c ON true;

-- name: survey_transition
-- lane: own
-- Its rounds are locked too: closing the survey closes them.
-- lock:
WITH held AS (SELECT s.id FROM survey s WHERE s.id = :id::uuid FOR NO KEY UPDATE)
SELECT r.id FROM survey_round r WHERE r.survey_id = (SELECT h.id FROM held h) ORDER BY r.id FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT s.id, s.state, s.version, CASE WHEN survey_is_of_round(s.id) THEN 'survey_is_of_round' END AS breach
    FROM survey s
    JOIN unit u ON u.id = s.unit_id
    WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('survey', f.id, f.state, f.version, caller_roles('survey', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, :if_match::bigint, :caller_id::uuid, :body::jsonb)::move_wish, f.breach) m;
