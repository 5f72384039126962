-- Online rounds of panels. The questions are a survey with one round.

-- name: round_create
-- lane: write
WITH judged AS (
    SELECT b.*,
        CASE WHEN p.id IS NULL OR q.id IS NULL THEN 'unknown_reference'
             WHEN p.state NOT IN ('active', 'paused') THEN 'panel_is_not_active'
             WHEN b.closes_at <= b.opens_at OR b.closes_at <= app_now() OR b.remind_at <= b.opens_at OR b.remind_at >= b.closes_at
                 THEN 'survey_round_times' END AS problem,
        CASE WHEN p.id IS NULL THEN '/panel_id' ELSE '/question_set_id' END AS unknown
    FROM jsonb_to_record(:body::jsonb) AS b (panel_id uuid, question_set_id uuid, opens_at timestamptz, closes_at timestamptz, remind_at timestamptz)
    LEFT JOIN LATERAL (SELECT x.id, x.state, u.path FROM panel x JOIN unit u ON u.id = x.unit_id
                       WHERE x.id = b.panel_id AND unit_is_visible(u.path, :caller_units::text) OFFSET 0) p ON true
    LEFT JOIN LATERAL (SELECT x.id FROM question_set x
                       WHERE x.id = b.question_set_id AND x.state = 'active' AND (x.unit_id IS NULL OR x.unit_id = ANY (p.path)) OFFSET 0) q ON true
), old AS MATERIALIZED (
    SELECT r.id, r.state, r.made_on, r.version, r.request_hash FROM round r WHERE r.id = :new_id::uuid
), made AS MATERIALIZED (
    SELECT round_make(:new_id::uuid, j.panel_id, :body::jsonb, :request_hash::bytea) AS is_new
    FROM judged j WHERE j.problem IS NULL AND NOT EXISTS (SELECT FROM old) AND act_as(:caller_id::uuid)
)
SELECT 201 AS _status, coalesce(o.id, CASE WHEN m.is_new THEN :new_id::uuid END) AS id, coalesce(o.state, 'draft') AS state,
    coalesce(o.made_on, app_today()) AS made_on, coalesce(o.version, 1) AS _version, o.id IS NOT NULL AS _replayed,
    CASE WHEN o.id IS NULL THEN j.problem WHEN o.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN o.id IS NOT NULL THEN NULL WHEN j.problem = 'unknown_reference' THEN j.unknown
         WHEN j.problem = 'survey_round_times' THEN CASE WHEN j.closes_at <= j.opens_at OR j.closes_at <= app_now() THEN '/closes_at' ELSE '/remind_at' END END AS _pointer
FROM judged j
LEFT JOIN old o ON true
LEFT JOIN made m ON true
WHERE j.problem IS NOT NULL OR o.id IS NOT NULL OR m.is_new;

-- name: round_list
-- lane: read
-- cursor: made_on date, id uuid
SELECT r.id, r.panel_id, r.question_set_id, r.title, r.intro, r.opens_at, r.closes_at, r.remind_at, r.has_discussion, r.summary, r.feedback,
    r.state, r.made_on
FROM round_shown r
JOIN panel p ON p.id = r.panel_id
JOIN unit u ON u.id = p.unit_id
WHERE unit_is_visible(u.path, :caller_units::text)
    AND (r.made_on, r.id) < (coalesce(:after_made_on::date, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND (:panel_id::uuid IS NULL OR r.panel_id = :panel_id::uuid)
    AND (:state::text[] IS NULL OR r.state = ANY (:state::text[]))
ORDER BY r.made_on DESC, r.id DESC
LIMIT :limit_and_one::int;

-- name: round_get
-- lane: read
SELECT r.id, r.panel_id, r.question_set_id, r.title, r.intro, r.opens_at, r.closes_at, r.remind_at, r.has_discussion, r.summary, r.feedback,
    r.state, r.made_on, r.version AS _version
FROM round_shown r
JOIN panel p ON p.id = r.panel_id
JOIN unit u ON u.id = p.unit_id
WHERE r.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: round_patch
-- lane: own
-- What is asked can be changed in a draft only, the times until it closes, the texts about it until it is in the archive.
-- lock:
SELECT r.id FROM round r WHERE r.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH wanted AS (
    SELECT r.id, r.version, r.state, r.panel_id, r.survey_id, r.survey_round_id, q.id AS seen_set, coalesce(b.question_set_id, r.question_set_id) AS question_set_id,
        jsonb_strip_nulls(r.title || coalesce(b.title, '{}')) AS title, jsonb_strip_nulls(r.intro || coalesce(b.intro, '{}')) AS intro,
        jsonb_strip_nulls(r.summary || coalesce(b.summary, '{}')) AS summary, jsonb_strip_nulls(r.feedback || coalesce(b.feedback, '{}')) AS feedback,
        coalesce(b.has_discussion, r.has_discussion) AS has_discussion,
        coalesce(b.opens_at, r.opens_at) AS opens_at, coalesce(b.closes_at, r.closes_at) AS closes_at,
        CASE WHEN 'remind_at' = ANY (:body_names::text[]) THEN b.remind_at ELSE r.remind_at END AS remind_at
    FROM round_shown r
    JOIN panel p ON p.id = r.panel_id
    JOIN unit u ON u.id = p.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (question_set_id uuid, title jsonb, intro jsonb, summary jsonb, feedback jsonb, has_discussion boolean,
        opens_at timestamptz, closes_at timestamptz, remind_at timestamptz)
    LEFT JOIN LATERAL (SELECT x.id FROM question_set x WHERE x.id = coalesce(b.question_set_id, r.question_set_id)
                       AND (b.question_set_id IS NULL OR x.state = 'active' AND (x.unit_id IS NULL OR x.unit_id = ANY (u.path))) OFFSET 0) q ON true
    WHERE r.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), judged AS (
    SELECT w.*,
        CASE WHEN w.version <> :if_match::bigint THEN 'stale_version'
             WHEN w.state IN ('archived', 'cancelled')
                 OR w.state <> 'draft' AND :body_names::text[] && '{question_set_id,title,intro,opens_at}'
                 OR w.state NOT IN ('draft', 'open') AND :body_names::text[] && '{closes_at,remind_at,has_discussion}' THEN 'round_is_over'
             WHEN w.seen_set IS NULL THEN 'unknown_reference'
             WHEN w.title = '{}' THEN 'name_required'
             WHEN w.closes_at <= w.opens_at OR w.remind_at <= w.opens_at OR w.remind_at >= w.closes_at THEN 'survey_round_times'
             WHEN w.summary = '{}' AND w.state IN ('summarised', 'fed_back') THEN 'round_has_summary'
             WHEN w.feedback = '{}' AND w.state = 'fed_back' THEN 'round_has_feedback' END AS problem
    FROM wanted w
), asked AS (
    UPDATE survey s SET question_set_id = j.question_set_id, title = j.title, intro = j.intro
    FROM judged j WHERE s.id = j.survey_id AND j.problem IS NULL AND j.state = 'draft'
), timed AS (
    UPDATE survey_round x SET opens_at = j.opens_at, closes_at = j.closes_at, remind_at = j.remind_at
    FROM judged j WHERE x.id = j.survey_round_id AND j.problem IS NULL AND j.state IN ('draft', 'open')
), changed AS (
    UPDATE round r SET has_discussion = j.has_discussion, summary = j.summary, feedback = j.feedback
    FROM judged j WHERE r.id = j.id AND j.problem IS NULL
    RETURNING r.id, r.made_on, r.version
)
SELECT j.id, j.panel_id, j.question_set_id, j.title, j.intro, j.opens_at, j.closes_at, j.remind_at, j.has_discussion, j.summary, j.feedback, j.state,
    c.made_on, c.version AS _version, j.problem AS _problem,
    CASE j.problem WHEN 'name_required' THEN '/title' WHEN 'unknown_reference' THEN '/question_set_id' WHEN 'survey_round_times' THEN CASE WHEN j.closes_at <= j.opens_at THEN '/closes_at' ELSE '/remind_at' END
        WHEN 'round_has_summary' THEN '/summary' WHEN 'round_has_feedback' THEN '/feedback' END AS _pointer
FROM judged j
LEFT JOIN changed c ON true;

-- name: round_transition
-- lane: own
-- lock:
SELECT r.id FROM round r WHERE r.id = :id::uuid FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT r.id, r.state, r.version, round_breach(r, :body::jsonb ->> 'to') AS breach
    FROM round r
    JOIN panel p ON p.id = r.panel_id
    JOIN unit u ON u.id = p.unit_id
    WHERE r.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('round', f.id, f.state, f.version, caller_roles('round', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, :if_match::bigint, :caller_id::uuid, :body::jsonb)::move_wish, f.breach) m;

-- name: round_results
-- lane: search
SELECT r.id AS round_id, r.question_set_id, (SELECT count(*) FROM survey_link l WHERE l.round_id = r.survey_round_id) AS links, x.sheets AS n, x.questions
FROM round_shown r
JOIN panel p ON p.id = r.panel_id
JOIN unit u ON u.id = p.unit_id
CROSS JOIN LATERAL question_results(r.question_set_id, r.survey_round_id, NULL, NULL, NULL, NULL, NULL) x
WHERE r.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: own_round_list
-- lane: read
-- cursor: opens_at timestamptz, id uuid
-- units: the link names the one person
SELECT r.id, r.title, r.intro, r.opens_at, r.closes_at, r.state, r.has_discussion, r.question_set_id, q.questions, l.used AS is_answered,
    CASE WHEN r.state IN ('fed_back', 'archived') THEN r.summary END AS summary, CASE WHEN r.state IN ('fed_back', 'archived') THEN r.feedback END AS feedback,
    CASE WHEN m.id IS NULL THEN 'not_found' END AS _problem
FROM (SELECT 1) AS always
LEFT JOIN (SELECT m.id, m.panel_id FROM person w JOIN member m ON m.id = w.id
           WHERE w.token_hash = :link_hash::bytea AND w.ended_on IS NULL AND m.state = 'active') m ON true
LEFT JOIN LATERAL (
    SELECT x.id, x.survey_round_id, x.title, x.intro, x.opens_at, x.closes_at, x.state, x.has_discussion, x.question_set_id, x.summary, x.feedback
    FROM round_shown x
    WHERE x.panel_id = m.panel_id AND x.state NOT IN ('draft', 'cancelled')
        AND (x.opens_at, x.id) < (coalesce(:after_opens_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    ORDER BY x.opens_at DESC, x.id DESC
    LIMIT :limit_and_one::int
) r ON true
LEFT JOIN question_set q ON q.id = r.question_set_id AND r.state = 'open'
LEFT JOIN survey_link l ON l.round_id = r.survey_round_id AND l.person_id = m.id
WHERE m.id IS NULL OR r.id IS NOT NULL
ORDER BY r.opens_at DESC, r.id DESC;

-- name: own_round_answer
-- lane: own
-- units: the link names the one person
-- Uses up the person's single-use link to the round, whose token they need not have.
-- lock:
SELECT l.id FROM round r JOIN survey_link l ON l.round_id = r.survey_round_id JOIN person w ON w.id = l.person_id
WHERE w.token_hash = :link_hash::bytea AND r.id = :id::uuid FOR UPDATE OF l;
-- run:
WITH found AS MATERIALIZED (
    SELECT l.id
    FROM person w
    JOIN round r ON r.id = :id::uuid
    JOIN survey_link l ON l.person_id = w.id AND l.round_id = r.survey_round_id
    WHERE w.token_hash = :link_hash::bytea AND w.ended_on IS NULL
)
SELECT 'answered' AS state, a.*
FROM found f
CROSS JOIN LATERAL survey_answered(f.id, :body::jsonb, :new_id::uuid, :lang::text) a;
