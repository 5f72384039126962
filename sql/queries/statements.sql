-- Statements asked of councils.

-- name: statement_create
-- lane: write
WITH judged AS (
    SELECT b.*, p.id AS seen_panel,
        CASE WHEN p.id IS NULL THEN 'unknown_reference'
             WHEN p.state <> 'active' THEN 'panel_is_not_active'
             WHEN b.due_on < app_today() OR b.due_on >= b.decision_on THEN 'statement_due_before_decision' END AS problem
    FROM jsonb_to_record(:body::jsonb) AS b (panel_id uuid, title jsonb, question jsonb, due_on date, decision_on date)
    LEFT JOIN LATERAL (SELECT p.id, p.state FROM panel p JOIN unit u ON u.id = p.unit_id
                       WHERE p.id = b.panel_id AND unit_is_visible(u.path, :caller_units::text) OFFSET 0) p ON true
), made AS (
    INSERT INTO statement (id, panel_id, title, question, due_on, decision_on, request_hash)
    SELECT :new_id::uuid, j.panel_id, j.title, coalesce(j.question, '{}'), j.due_on, j.decision_on, :request_hash::bytea
    FROM judged j WHERE j.problem IS NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, state, requested_on, version, request_hash
), present AS (
    SELECT m.*, false AS replayed FROM made m
    UNION ALL
    SELECT s.id, s.state, s.requested_on, s.version, s.request_hash, true FROM statement s
    WHERE s.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made)
)
SELECT 201 AS _status, a.id, a.state, a.requested_on, a.version AS _version, a.replayed AS _replayed,
    CASE WHEN a.id IS NULL THEN j.problem WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NOT NULL THEN NULL WHEN j.problem = 'unknown_reference' THEN '/panel_id'
         WHEN j.problem = 'statement_due_before_decision' THEN '/due_on' END AS _pointer
FROM judged j
LEFT JOIN present a ON true
WHERE j.problem IS NOT NULL OR a.id IS NOT NULL;

-- name: statement_list
-- lane: read
-- cursor: due_on date, id uuid
SELECT s.id, s.panel_id, s.title, s.question, s.due_on, s.decision_on, s.text, s.effect, s.state, s.requested_on, s.adopted_on
FROM statement s
JOIN panel p ON p.id = s.panel_id
JOIN unit u ON u.id = p.unit_id
WHERE unit_is_visible(u.path, :caller_units::text)
    AND (s.due_on, s.id) < (coalesce(:after_due_on::date, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND (:panel_id::uuid IS NULL OR s.panel_id = :panel_id::uuid)
    AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid])
    AND (:state::text[] IS NULL OR s.state = ANY (:state::text[]))
ORDER BY s.due_on DESC, s.id DESC
LIMIT :limit_and_one::int;

-- name: statement_get
-- lane: read
SELECT s.id, s.panel_id, s.title, s.question, s.due_on, s.decision_on, s.text, s.effect, s.state, s.requested_on, s.adopted_on, s.version AS _version
FROM statement s
JOIN panel p ON p.id = s.panel_id
JOIN unit u ON u.id = p.unit_id
WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: statement_patch
-- lane: own
-- lock:
SELECT s.id FROM statement s WHERE s.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH wanted AS (
    SELECT s.id, s.version, s.state, jsonb_strip_nulls(s.title || coalesce(b.title, '{}')) AS title,
        jsonb_strip_nulls(s.question || coalesce(b.question, '{}')) AS question, jsonb_strip_nulls(s.text || coalesce(b.text, '{}')) AS text,
        jsonb_strip_nulls(s.effect || coalesce(b.effect, '{}')) AS effect,
        coalesce(b.due_on, s.due_on) AS due_on, coalesce(b.decision_on, s.decision_on) AS decision_on, b.due_on < app_today() AS is_past
    FROM statement s
    JOIN panel p ON p.id = s.panel_id
    JOIN unit u ON u.id = p.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (title jsonb, question jsonb, text jsonb, effect jsonb, due_on date, decision_on date)
    WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), judged AS (
    SELECT w.*,
        CASE WHEN w.version <> :if_match::bigint THEN 'stale_version'
             WHEN w.state = 'published' OR w.state IN ('delivered', 'considered') AND :body_names::text[] <> '{effect}' THEN 'statement_is_delivered'
             WHEN w.state = 'adopted' AND 'text' = ANY (:body_names::text[]) THEN 'statement_is_adopted'
             WHEN w.title = '{}' THEN 'name_required'
             WHEN w.due_on >= w.decision_on OR w.is_past THEN 'statement_due_before_decision'
             WHEN w.effect = '{}' AND w.state = 'considered' THEN 'statement_has_effect' END AS problem
    FROM wanted w
), changed AS (
    UPDATE statement s
    SET title = j.title, question = j.question, text = j.text, effect = j.effect, due_on = j.due_on, decision_on = j.decision_on
    FROM judged j
    WHERE s.id = j.id AND j.problem IS NULL
    RETURNING s.*
)
SELECT j.id, c.panel_id, c.title, c.question, c.due_on, c.decision_on, c.text, c.effect, c.state, c.requested_on, c.adopted_on,
    c.version AS _version, j.problem AS _problem,
    CASE j.problem WHEN 'name_required' THEN '/title' WHEN 'statement_due_before_decision' THEN '/due_on'
        WHEN 'statement_is_adopted' THEN '/text' WHEN 'statement_has_effect' THEN '/effect' END AS _pointer
FROM judged j
LEFT JOIN changed c ON true;

-- name: statement_transition
-- lane: own
-- lock:
SELECT s.id FROM statement s WHERE s.id = :id::uuid FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT s.id, s.state, s.version, statement_breach(s, :body::jsonb ->> 'to') AS breach
    FROM statement s
    JOIN panel p ON p.id = s.panel_id
    JOIN unit u ON u.id = p.unit_id
    WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('statement', f.id, f.state, f.version, caller_roles('statement', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, :if_match::bigint, :caller_id::uuid, :body::jsonb)::move_wish, f.breach) m;

-- name: own_statement_list
-- lane: read
-- cursor: due_on date, id uuid
-- units: the link names the one person
SELECT s.id, s.title, s.question, s.due_on, s.decision_on, s.text, CASE WHEN s.state IN ('considered', 'published') THEN s.effect ELSE '{}' END AS effect,
    s.state, s.adopted_on, s.version, CASE m.role WHEN 'chair' THEN legal_states('statement', s.state, '{member}') ELSE '[]' END AS can_move_to,
    CASE WHEN m.id IS NULL THEN 'not_found' END AS _problem
FROM (SELECT 1) AS always
LEFT JOIN (SELECT m.id, m.panel_id, m.role FROM person w JOIN member m ON m.id = w.id
           WHERE w.token_hash = :link_hash::bytea AND w.ended_on IS NULL AND m.state = 'active') m ON true
LEFT JOIN LATERAL (
    SELECT x.*
    FROM statement x
    WHERE x.panel_id = m.panel_id
        AND (x.due_on, x.id) < (coalesce(:after_due_on::date, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    ORDER BY x.due_on DESC, x.id DESC
    LIMIT :limit_and_one::int
) s ON true
WHERE m.id IS NULL OR s.id IS NOT NULL
ORDER BY s.due_on DESC, s.id DESC;

-- name: own_statement_transition
-- lane: own
-- units: the link names the one person
-- What is adopted is what the chair read: the version says which text that was.
-- lock:
SELECT s.id FROM statement s WHERE s.id = :id::uuid FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT s.id, s.state, s.version, statement_adopter_breach(s, m.role) AS breach
    FROM person w
    JOIN member m ON m.id = w.id AND m.state = 'active'
    JOIN statement s ON s.panel_id = m.panel_id
    WHERE w.token_hash = :link_hash::bytea AND w.ended_on IS NULL AND s.id = :id::uuid
)
SELECT f.id, m.state, m._replayed, m._problem, m._pointer, m._members
FROM found f
CROSS JOIN LATERAL state_moved('statement', f.id, f.state, f.version, '{member}',
    ROW(:new_id::uuid, :request_hash::bytea, (:body::jsonb ->> 'version')::bigint, NULL, :body::jsonb)::move_wish, f.breach) m;
