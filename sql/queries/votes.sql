-- Votes of panels, and what members choose in them.

-- name: vote_create
-- lane: write
WITH judged AS (
    SELECT b.*,
        CASE WHEN p.id IS NULL THEN 'unknown_reference'
             WHEN f.problem IS NOT NULL THEN f.problem
             WHEN p.state <> 'active' THEN 'panel_is_not_active'
             WHEN b.closes_at <= app_now() THEN 'vote_closes_later'
             WHEN NOT are_vote_options(b.options) THEN 'vote_options_differ' END AS problem,
        CASE WHEN p.id IS NULL THEN '/panel_id' ELSE f.pointer END AS pointer
    FROM jsonb_to_record(:body::jsonb) AS b (panel_id uuid, input_id uuid, round_id uuid, round_question text, question jsonb, options jsonb, closes_at timestamptz)
    LEFT JOIN LATERAL (SELECT p.id, p.state FROM panel p JOIN unit u ON u.id = p.unit_id
                       WHERE p.id = b.panel_id AND unit_is_visible(u.path, :caller_units::text) OFFSET 0) p ON true
    LEFT JOIN vote_subject_fault(:body::jsonb, p.id) f ON true
), made AS (
    INSERT INTO vote (id, panel_id, input_id, round_id, round_question, question, options, closes_at, request_hash)
    SELECT :new_id::uuid, j.panel_id, j.input_id, j.round_id, j.round_question, j.question, j.options, j.closes_at, :request_hash::bytea
    FROM judged j WHERE j.problem IS NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, state, opened_on, version, request_hash
), present AS (
    SELECT m.*, false AS replayed FROM made m
    UNION ALL
    SELECT v.id, v.state, v.opened_on, v.version, v.request_hash, true FROM vote v WHERE v.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made)
)
SELECT 201 AS _status, a.id, a.state, a.opened_on, a.version AS _version, a.replayed AS _replayed,
    CASE WHEN a.id IS NULL THEN j.problem WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NOT NULL THEN NULL WHEN j.problem = 'vote_closes_later' THEN '/closes_at' WHEN j.problem = 'vote_options_differ' THEN '/options'
         ELSE j.pointer END AS _pointer
FROM judged j
LEFT JOIN present a ON true
WHERE j.problem IS NOT NULL OR a.id IS NOT NULL;

-- name: vote_list
-- lane: read
-- cursor: closes_at timestamptz, id uuid
SELECT v.id, v.panel_id, v.input_id, v.round_id, v.round_question, v.question, v.options, v.closes_at, v.state, v.ballots, v.result, v.opened_on
FROM vote v
JOIN panel p ON p.id = v.panel_id
JOIN unit u ON u.id = p.unit_id
WHERE unit_is_visible(u.path, :caller_units::text)
    AND (v.closes_at, v.id) < (coalesce(:after_closes_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND (:panel_id::uuid IS NULL OR v.panel_id = :panel_id::uuid)
    AND (:round_id::uuid IS NULL OR v.round_id = :round_id::uuid)
    AND (:state::text[] IS NULL OR v.state = ANY (:state::text[]))
ORDER BY v.closes_at DESC, v.id DESC
LIMIT :limit_and_one::int;

-- name: vote_get
-- lane: read
SELECT v.id, v.panel_id, v.input_id, v.round_id, v.round_question, v.question, v.options, v.closes_at, v.state, v.ballots, v.result, v.opened_on, v.version AS _version
FROM vote v
JOIN panel p ON p.id = v.panel_id
JOIN unit u ON u.id = p.unit_id
WHERE v.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: vote_transition
-- lane: own
-- lock:
SELECT v.id FROM vote v WHERE v.id = :id::uuid FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT v.id, v.state, v.version
    FROM vote v
    JOIN panel p ON p.id = v.panel_id
    JOIN unit u ON u.id = p.unit_id
    WHERE v.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('vote', f.id, f.state, f.version, caller_roles('vote', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, :if_match::bigint, :caller_id::uuid, :body::jsonb)::move_wish) m;

-- name: own_vote_list
-- lane: read
-- cursor: closes_at timestamptz, id uuid
-- units: the link names the one person
SELECT v.id, v.round_id, v.round_question, v.question, v.options, v.closes_at, v.state, v.ballots, v.result, v.opened_on, b.option AS own_option,
    CASE WHEN m.id IS NULL THEN 'not_found' END AS _problem
FROM (SELECT 1) AS always
LEFT JOIN (SELECT m.id, m.panel_id FROM person w JOIN member m ON m.id = w.id
           WHERE w.token_hash = :link_hash::bytea AND w.ended_on IS NULL AND m.state = 'active') m ON true
LEFT JOIN LATERAL (
    SELECT x.id, x.round_id, x.round_question, x.question, x.options, x.closes_at, x.state, x.ballots, x.result, x.opened_on
    FROM vote x
    WHERE x.panel_id = m.panel_id
        AND (x.closes_at, x.id) < (coalesce(:after_closes_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    ORDER BY x.closes_at DESC, x.id DESC
    LIMIT :limit_and_one::int
) v ON true
LEFT JOIN own_ballots(:link_hash::bytea) b ON b.vote_id = v.id
WHERE m.id IS NULL OR v.id IS NOT NULL
ORDER BY v.closes_at DESC, v.id DESC;

-- name: own_vote_cast
-- lane: own
-- units: the link names the one person
-- The last choice counts. The vote's row is held, so that no ballot comes after the count.
-- lock:
SELECT v.id FROM vote v WHERE v.id = :id::uuid FOR SHARE;
-- run:
WITH judged AS (
    SELECT v.id, w.id AS person_id, :body::jsonb ->> 'option' AS option,
        CASE WHEN v.state <> 'open' OR v.closes_at <= app_now() THEN 'vote_is_closed'
             WHEN NOT v.options @> jsonb_build_array(jsonb_build_object('key', :body::jsonb ->> 'option')) THEN 'vote_option_unknown' END AS problem
    FROM person w
    JOIN member m ON m.id = w.id AND m.state = 'active'
    JOIN vote v ON v.panel_id = m.panel_id
    WHERE w.token_hash = :link_hash::bytea AND w.ended_on IS NULL AND v.id = :id::uuid
), cast_now AS (
    INSERT INTO ballot (vote_id, person_id, option)
    SELECT j.id, j.person_id, j.option FROM judged j WHERE j.problem IS NULL
    ON CONFLICT (vote_id, person_id) DO UPDATE SET option = :body::jsonb ->> 'option'
)
SELECT j.id, j.option, j.problem AS _problem, CASE j.problem WHEN 'vote_option_unknown' THEN '/option' END AS _pointer
FROM judged j;
