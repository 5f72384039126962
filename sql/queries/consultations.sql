-- Consultations: who is asked before a decision, and what it changed.

-- name: consultation_create
-- lane: own
-- lock:
SELECT d.id FROM decision d WHERE d.id = (:body::jsonb ->> 'decision_id')::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT b.*, o.id AS old_id,
        CASE WHEN o.id IS NOT NULL AND o.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused'
             WHEN o.id IS NOT NULL THEN NULL
             WHEN d.id IS NULL OR x.pointer IS NOT NULL THEN 'unknown_reference'
             WHEN b.due_on < b.opens_on THEN 'consultation_days'
             WHEN b.due_on >= d.decides_on THEN 'consultation_is_before_decision'
             WHEN b.due_on < app_today() THEN 'day_is_past'
             WHEN (b.kind = 'budget') <> (b.budget IS NOT NULL) THEN 'consultation_has_a_budget'
             ELSE budget_problem(b.budget) END AS problem,
        CASE WHEN d.id IS NULL THEN '/decision_id' ELSE x.pointer END AS unknown
    FROM jsonb_to_record(:body::jsonb) AS b (decision_id uuid, kind text, title jsonb, description jsonb, asked jsonb, heard_through jsonb, opens_on date, due_on date,
        is_open boolean, budget jsonb)
    LEFT JOIN LATERAL (SELECT y.id, y.decides_on FROM decision y JOIN unit u ON u.id = y.unit_id
                       WHERE y.id = b.decision_id AND unit_is_visible(u.path, :caller_units::text) OFFSET 0) d ON true
    CROSS JOIN LATERAL (SELECT unseen_source(b.heard_through, :caller_units::text) AS pointer) x
    LEFT JOIN LATERAL (SELECT y.id, y.request_hash FROM consultation y WHERE y.id = :new_id::uuid OFFSET 0) o ON true
), made AS (
    INSERT INTO consultation (id, decision_id, kind, title, description, asked, heard_through, opens_on, due_on, is_open, budget, request_hash)
    SELECT :new_id::uuid, j.decision_id, j.kind, j.title, coalesce(j.description, '{}'), coalesce(j.asked, '[]'), coalesce(j.heard_through, '[]'), j.opens_on, j.due_on,
        coalesce(j.is_open, false), j.budget, :request_hash::bytea
    FROM judged j WHERE j.problem IS NULL AND j.old_id IS NULL
    ON CONFLICT (id) DO NOTHING
    RETURNING id, state, made_on, version
)
SELECT a.id, a.state, a.made_on, a.version AS _version, j.old_id IS NOT NULL AS _replayed,
    CASE WHEN j.problem IS NULL AND a.id IS NULL THEN 'idempotency_key_reused' ELSE j.problem END AS _problem,
    CASE j.problem WHEN 'unknown_reference' THEN j.unknown WHEN 'consultation_days' THEN '/due_on' WHEN 'consultation_is_before_decision' THEN '/due_on' WHEN 'day_is_past' THEN '/due_on'
        WHEN 'consultation_has_a_budget' THEN '/budget' WHEN 'budget_has_options' THEN '/budget/options' WHEN 'budget_can_be_spent' THEN '/budget/sum' END AS _pointer
FROM judged j
LEFT JOIN LATERAL (SELECT m.* FROM made m UNION ALL SELECT c.id, c.state, c.made_on, c.version FROM consultation c WHERE c.id = j.old_id) a ON true;

-- name: consultation_list
-- lane: read
-- cursor: due_on date, id uuid
SELECT c.id, c.decision_id, c.kind, c.title, c.opens_on, c.due_on, c.is_open, c.effect, c.state
FROM consultation c
JOIN decision d ON d.id = c.decision_id
JOIN unit u ON u.id = d.unit_id
WHERE unit_is_visible(u.path, :caller_units::text)
    AND (c.due_on, c.id) < (coalesce(:after_due_on::date, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid])
    AND (:decision_id::uuid IS NULL OR c.decision_id = :decision_id::uuid)
    AND (:state::text[] IS NULL OR c.state = ANY (:state::text[]))
ORDER BY c.due_on DESC, c.id DESC
LIMIT :limit_and_one::int;

-- name: consultation_get
-- lane: read
SELECT c.id, c.decision_id, c.kind, c.title, c.description, c.asked, c.heard_through, c.opens_on, c.due_on, c.is_open, c.budget, c.effect, c.effect_reason, c.state, c.made_on,
    c.version AS _version
FROM consultation c
JOIN decision d ON d.id = c.decision_id
JOIN unit u ON u.id = d.unit_id
WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: consultation_patch
-- lane: own
-- What is asked can be changed in a draft; the last day also while it is open; the effect when it is over.
-- lock:
SELECT c.id FROM consultation c WHERE c.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH wanted AS (
    SELECT c.id, c.version, c.state, c.kind, d.decides_on, jsonb_strip_nulls(c.title || coalesce(b.title, '{}')) AS title,
        jsonb_strip_nulls(c.description || coalesce(b.description, '{}')) AS description, coalesce(b.asked, c.asked) AS asked,
        coalesce(b.heard_through, c.heard_through) AS heard_through, coalesce(b.opens_on, c.opens_on) AS opens_on, coalesce(b.due_on, c.due_on) AS due_on,
        coalesce(b.is_open, c.is_open) AS is_open, coalesce(b.budget, c.budget) AS budget, unseen_source(b.heard_through, :caller_units::text) AS unseen,
        CASE WHEN 'effect' = ANY (:body_names::text[]) THEN b.effect ELSE c.effect END AS effect,
        jsonb_strip_nulls(c.effect_reason || coalesce(b.effect_reason, '{}')) AS effect_reason,
        CASE c.state WHEN 'draft' THEN :body_names::text[] WHEN 'open' THEN ARRAY['effect', 'effect_reason', 'heard_through', 'due_on']
            ELSE ARRAY['effect', 'effect_reason', 'heard_through'] END AS movable
    FROM consultation c
    JOIN decision d ON d.id = c.decision_id
    JOIN unit u ON u.id = d.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (title jsonb, description jsonb, asked jsonb, heard_through jsonb, opens_on date, due_on date, is_open boolean, budget jsonb,
        effect text, effect_reason jsonb)
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), judged AS (
    SELECT w.*,
        CASE WHEN w.version <> :if_match::bigint THEN 'stale_version'
             WHEN NOT :body_names::text[] <@ w.movable THEN 'consultation_is_under_way'
             WHEN :body_names::text[] && ARRAY['effect', 'effect_reason'] AND w.state NOT IN ('closed', 'considered') THEN 'consultation_is_not_closed'
             WHEN w.unseen IS NOT NULL THEN 'unknown_reference'
             WHEN w.title = '{}' THEN 'consultation_has_title'
             WHEN w.due_on < w.opens_on THEN 'consultation_days'
             WHEN w.due_on >= w.decides_on THEN 'consultation_is_before_decision'
             WHEN w.due_on < app_today() AND 'due_on' = ANY (:body_names::text[]) THEN 'day_is_past'
             WHEN (w.kind = 'budget') <> (w.budget IS NOT NULL) THEN 'consultation_has_a_budget'
             WHEN w.effect IS NULL AND w.state = 'considered' THEN 'consultation_has_effect'
             WHEN w.effect IN ('partly', 'not') AND w.effect_reason = '{}' THEN 'consultation_effect_has_reason'
             ELSE budget_problem(w.budget) END AS problem
    FROM wanted w
), changed AS (
    UPDATE consultation c
    SET title = j.title, description = j.description, asked = j.asked, heard_through = j.heard_through, opens_on = j.opens_on, due_on = j.due_on, is_open = j.is_open,
        budget = j.budget, effect = j.effect, effect_reason = j.effect_reason
    FROM judged j WHERE c.id = j.id AND j.problem IS NULL
    RETURNING c.*
)
SELECT j.id, c.decision_id, c.kind, c.title, c.description, c.asked, c.heard_through, c.opens_on, c.due_on, c.is_open, c.budget, c.effect, c.effect_reason, c.state, c.made_on,
    c.version AS _version, j.problem AS _problem,
    CASE j.problem WHEN 'unknown_reference' THEN j.unseen WHEN 'consultation_has_title' THEN '/title' WHEN 'consultation_days' THEN '/due_on'
        WHEN 'consultation_is_before_decision' THEN '/due_on' WHEN 'day_is_past' THEN '/due_on' WHEN 'consultation_has_a_budget' THEN '/budget' WHEN 'budget_has_options' THEN '/budget/options'
        WHEN 'budget_can_be_spent' THEN '/budget/sum' WHEN 'consultation_effect_has_reason' THEN '/effect_reason' END AS _pointer
FROM judged j
LEFT JOIN changed c ON true;

-- name: consultation_transition
-- lane: own
-- lock:
SELECT c.id FROM consultation c WHERE c.id = :id::uuid FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT c.id, c.state, c.version,
        CASE WHEN b.wanted = 'open' AND c.asked = '[]' THEN 'consultation_asks_somebody'
             WHEN b.wanted = 'open' AND c.due_on < app_today() THEN 'consultation_is_over'
             WHEN b.wanted = 'considered' AND c.effect IS NULL THEN 'consultation_has_effect' END AS breach
    FROM consultation c
    JOIN decision d ON d.id = c.decision_id
    JOIN unit u ON u.id = d.unit_id
    CROSS JOIN (SELECT :body::jsonb ->> 'to' AS wanted) b
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('consultation', f.id, f.state, f.version, caller_roles('consultation', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, :if_match::bigint, :caller_id::uuid, :body::jsonb)::move_wish, f.breach) m;
