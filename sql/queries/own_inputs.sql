-- What members and participants do with their own inputs, by the personal link.

-- name: own_input_create
-- lane: write
-- units: the link names the one person
WITH judged AS (
    SELECT w.id AS person_id, b.kind, b.text, coalesce(b.lang, w.lang) AS lang, b.dissents_from, b.statement_id, j.*
    FROM person w
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (kind text, text text, lang text, dissents_from uuid, statement_id uuid)
    CROSS JOIN LATERAL input_judged(:body::jsonb, NULL, w.id) j
    WHERE w.token_hash = :link_hash::bytea AND w.ended_on IS NULL
), made AS (
    INSERT INTO input (id, panel_id, session_id, round_id, person_id, speaker_role, kind, lang, text, dissents_from, statement_id, due_on, request_hash)
    SELECT :new_id::uuid, j.panel_id, j.session_id, j.round_id, j.person_id, j.speaker_role, j.kind, j.lang, j.text, j.dissents_from, j.statement_id,
        input_due_on(j.kind), :request_hash::bytea
    FROM judged j WHERE j.problem IS NULL AND act_as(NULL)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, state, brought_on, due_on, version, request_hash
), present AS (
    SELECT m.*, false AS replayed FROM made m
    UNION ALL
    SELECT i.id, i.state, i.brought_on, i.due_on, i.version, i.request_hash, true FROM input i
    WHERE i.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made)
)
SELECT a.id, a.state, a.brought_on, a.due_on, a.replayed AS _replayed,
    CASE WHEN j.person_id IS NULL THEN 'not_found' WHEN a.id IS NULL THEN j.problem
         WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NULL THEN j.pointer END AS _pointer
FROM (SELECT 1) AS always
LEFT JOIN judged j ON true
LEFT JOIN present a ON j.person_id IS NOT NULL
WHERE j.person_id IS NULL OR j.problem IS NOT NULL OR a.id IS NOT NULL;

-- name: own_input_list
-- lane: read
-- cursor: brought_on date, id uuid
-- units: the link names the one person
SELECT i.id, i.panel_id, i.session_id, i.round_id, i.kind, t.text, i.dissents_from, i.statement_id, i.state, i.state_reason, i.brought_on, i.due_on, i.answered_on,
    CASE WHEN w.id IS NULL THEN 'not_found' END AS _problem
FROM (SELECT 1) AS always
LEFT JOIN person w ON w.token_hash = :link_hash::bytea AND w.ended_on IS NULL
LEFT JOIN LATERAL (
    SELECT x.id, x.panel_id, x.session_id, x.round_id, x.kind, x.dissents_from, x.statement_id, x.state, x.state_reason, x.brought_on, x.due_on, x.answered_on
    FROM input x
    WHERE x.person_id = w.id
        AND (x.brought_on, x.id) < (coalesce(:after_brought_on::date, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    ORDER BY x.brought_on DESC, x.id DESC
    LIMIT :limit_and_one::int
) i ON true
LEFT JOIN own_input_texts(:link_hash::bytea) t ON t.input_id = i.id
WHERE w.id IS NULL OR i.id IS NOT NULL
ORDER BY i.brought_on DESC, i.id DESC;

-- name: own_input_transition
-- lane: own
-- units: the link names the one person
-- lock:
SELECT i.id FROM input i WHERE i.id = :id::uuid FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT i.id, i.state, i.version
    FROM person w
    JOIN input i ON i.person_id = w.id
    WHERE w.token_hash = :link_hash::bytea AND w.ended_on IS NULL AND i.id = :id::uuid
)
SELECT f.id, m.state, m._replayed, m._problem, m._pointer, m._members
FROM found f
CROSS JOIN LATERAL state_moved('input', f.id, f.state, f.version, '{member}',
    ROW(:new_id::uuid, :request_hash::bytea, NULL, NULL, :body::jsonb)::move_wish) m;

-- name: own_change_list
-- lane: read
-- cursor: suggested_on date, id uuid
-- units: the link names the one person
-- Decided ones, in the words that were published: as behind a receipt.
SELECT c.id, CASE c.state WHEN 'inconclusive' THEN 'made' ELSE c.state END AS state, t.title, t.said,
    CASE WHEN c.made_on IS NOT NULL THEN t.done ELSE '{}' END AS done, c.planned_for, c.made_on,
    CASE WHEN c.state IN ('rejected', 'delayed', 'abandoned') THEN c.state_reason END AS reason, t.reasons, c.suggested_on,
    jsonb_build_object('answer', q.answer, 'is_open',
        q.answer IS NULL AND coalesce(follow_up_can_come(c.whole, q.expires_on), false)) AS follow_up,
    CASE WHEN w.id IS NULL THEN 'not_found' END AS _problem
FROM (SELECT 1) AS always
LEFT JOIN person w ON w.token_hash = :link_hash::bytea AND w.ended_on IS NULL
LEFT JOIN LATERAL (
    SELECT x.*, x AS whole
    FROM change x
    WHERE x.id IN (SELECT address_changes(w.id))
        AND x.state NOT IN ('suggested', 'under_review')
        AND (x.suggested_on, x.id) < (coalesce(:after_suggested_on::date, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    ORDER BY x.suggested_on DESC, x.id DESC
    LIMIT :limit_and_one::int
) c ON true
LEFT JOIN told_change t ON t.id = c.id
LEFT JOIN follow_up q ON q.change_id = c.id AND q.contributor = person_contributor(w.id)
WHERE w.id IS NULL OR c.id IS NOT NULL
ORDER BY c.suggested_on DESC, c.id DESC;

-- name: own_follow_up
-- lane: own
-- units: the link names the one person
-- Is it better now? Whoever was asked by mail has that question here, too: one answer, whichever way it came.
-- lock:
SELECT p.id FROM person p WHERE p.token_hash = :link_hash::bytea FOR NO KEY UPDATE;
-- run:
SELECT b.change_id, b.answer, s.is_replayed AS _replayed, s.problem AS _problem, CASE WHEN s.problem = 'unknown_reference' THEN '/change_id' END AS _pointer
FROM person p
CROSS JOIN jsonb_to_record(:body::jsonb) AS b (change_id uuid, answer text)
LEFT JOIN LATERAL (
    SELECT x AS whole FROM change x
    WHERE x.id = b.change_id AND x.state NOT IN ('suggested', 'under_review') AND x.id IN (SELECT address_changes(p.id))
    OFFSET 0
) c ON true
CROSS JOIN LATERAL follow_up_say(c.whole, person_contributor(p.id), NULL, p.id, p.lang, :body::jsonb, :new_id::uuid, :request_hash::bytea) s
WHERE p.token_hash = :link_hash::bytea;
