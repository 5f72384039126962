-- What somebody brought to a panel or a session, and what became of it.

-- name: input_create
-- lane: write
WITH judged AS (
    SELECT b.kind, b.text, coalesce(b.lang, 'fi') AS lang, b.dissents_from, b.statement_id, j.*
    FROM jsonb_to_record(:body::jsonb) AS b (kind text, text text, lang text, dissents_from uuid, statement_id uuid)
    CROSS JOIN LATERAL input_judged(:body::jsonb, :caller_units::text, NULL) j
), made AS (
    INSERT INTO input (id, panel_id, session_id, round_id, speaker_role, kind, lang, text, dissents_from, statement_id, due_on, request_hash)
    SELECT :new_id::uuid, j.panel_id, j.session_id, j.round_id, j.speaker_role, j.kind, j.lang, j.text, j.dissents_from, j.statement_id,
        input_due_on(j.kind), :request_hash::bytea
    FROM judged j WHERE j.problem IS NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, state, brought_on, due_on, version, request_hash
), present AS (
    SELECT m.*, false AS replayed FROM made m
    UNION ALL
    SELECT i.id, i.state, i.brought_on, i.due_on, i.version, i.request_hash, true FROM input i
    WHERE i.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made)
)
SELECT 201 AS _status, a.id, a.state, a.brought_on, a.due_on, a.version AS _version, a.replayed AS _replayed,
    CASE WHEN a.id IS NULL THEN j.problem WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NULL THEN j.pointer END AS _pointer
FROM judged j
LEFT JOIN present a ON true
WHERE j.problem IS NOT NULL OR a.id IS NOT NULL;

-- name: input_list
-- lane: search
-- Custom plans: which index is right depends on what is asked for.
-- cursor: brought_on date, id uuid
SELECT i.id, i.panel_id, i.session_id, i.round_id, i.speaker_role, i.kind, i.lang, i.text, i.is_masked, i.dissents_from, i.statement_id, i.state,
    i.state_reason, i.brought_on, i.due_on, i.answered_on, i.is_overdue
FROM shown_input i
LEFT JOIN panel p ON p.id = i.panel_id
LEFT JOIN session s ON s.id = i.session_id
JOIN unit u ON u.id = coalesce(p.unit_id, s.unit_id)
WHERE unit_is_visible(u.path, :caller_units::text)
    AND (i.brought_on, i.id) < (coalesce(:after_brought_on::date, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND (:panel_id::uuid IS NULL OR i.panel_id = :panel_id::uuid)
    AND (:session_id::uuid IS NULL OR i.session_id = :session_id::uuid)
    AND (:round_id::uuid IS NULL OR i.round_id = :round_id::uuid)
    AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid])
    AND (:kind::text[] IS NULL OR i.kind = ANY (:kind::text[]))
    AND (:state::text[] IS NULL OR i.state = ANY (:state::text[]))
    AND (:overdue::boolean IS NULL OR i.is_overdue = :overdue::boolean)
ORDER BY i.brought_on DESC, i.id DESC
LIMIT :limit_and_one::int;

-- name: input_get
-- lane: read
SELECT i.id, i.panel_id, i.session_id, i.round_id, i.speaker_role, i.kind, i.lang, i.text, i.is_masked, i.dissents_from, i.statement_id, i.state,
    i.state_reason, i.brought_on, i.due_on, i.answered_on, i.is_overdue, i.version AS _version
FROM shown_input i
LEFT JOIN panel p ON p.id = i.panel_id
LEFT JOIN session s ON s.id = i.session_id
JOIN unit u ON u.id = coalesce(p.unit_id, s.unit_id)
WHERE i.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: input_transition
-- lane: own
-- lock:
SELECT i.id FROM input i WHERE i.id = :id::uuid FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT i.id, i.state, i.version
    FROM input i
    LEFT JOIN panel p ON p.id = i.panel_id
    LEFT JOIN session s ON s.id = i.session_id
    JOIN unit u ON u.id = coalesce(p.unit_id, s.unit_id)
    WHERE i.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('input', f.id, f.state, f.version, caller_roles('input', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, :if_match::bigint, :caller_id::uuid, :body::jsonb)::move_wish) m;

-- name: input_fates
-- lane: search
-- How many of each role got which fate.
SELECT p.id AS panel_id, (SELECT coalesce(sum((r ->> 'count')::bigint), 0)::bigint FROM jsonb_array_elements(f.roles) r) AS count, f.roles
FROM panel p
JOIN unit u ON u.id = p.unit_id
CROSS JOIN LATERAL (SELECT panel_fates(p.id, NULL, NULL) AS roles) f
WHERE p.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: panel_report
-- lane: read
-- cursor: brought_on date, id uuid
-- Each input of a panel with its fate; on the first page how many of each role got which.
WITH found AS (
    SELECT p.id FROM panel p JOIN unit u ON u.id = p.unit_id WHERE p.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), counted AS (
    SELECT panel_fates(f.id, :brought_from::date, :brought_to::date) AS roles FROM found f WHERE :after_id::uuid IS NULL
)
SELECT i.id, i.kind, i.speaker_role, i.session_id, i.round_id, i.brought_on, i.lang, i.text, i.is_masked, i.state, i.state_reason, i.due_on, i.answered_on,
    c.roles AS _page_roles, CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN found f ON true
LEFT JOIN counted c ON true
LEFT JOIN LATERAL (
    SELECT x.*
    FROM shown_input x
    WHERE x.panel_id = f.id AND x.brought_on >= coalesce(:brought_from::date, '-infinity') AND x.brought_on <= coalesce(:brought_to::date, 'infinity')
        AND (x.brought_on, x.id) < (coalesce(:after_brought_on::date, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    ORDER BY x.brought_on DESC, x.id DESC
    LIMIT :limit_and_one::int
) i ON true
WHERE f.id IS NULL OR i.id IS NOT NULL
ORDER BY i.brought_on DESC, i.id DESC;

-- name: initiative_report
-- lane: search
-- The initiatives of a year: when they got their first word, and what became of them.
SELECT :year::int AS year, coalesce(sum(x.received), 0)::bigint AS received, coalesce(sum(x.in_time), 0)::bigint AS answered_in_time,
    coalesce(sum(x.late), 0)::bigint AS answered_late, coalesce(sum(x.waiting), 0)::bigint AS waiting, coalesce(sum(x.overdue), 0)::bigint AS overdue,
    coalesce(jsonb_object_agg(x.state, x.received) FILTER (WHERE x.state IS NOT NULL), '{}') AS fates
FROM (
    SELECT i.state, count(*) AS received, count(*) FILTER (WHERE i.answered_on <= i.due_on) AS in_time,
        count(*) FILTER (WHERE i.answered_on > i.due_on) AS late,
        count(*) FILTER (WHERE i.state = 'submitted' AND NOT o.is_overdue) AS waiting, count(*) FILTER (WHERE o.is_overdue) AS overdue
    FROM input i
    LEFT JOIN panel p ON p.id = i.panel_id
    LEFT JOIN session s ON s.id = i.session_id
    JOIN unit u ON u.id = coalesce(p.unit_id, s.unit_id)
    CROSS JOIN LATERAL (SELECT input_is_overdue(i.due_on, i.answered_on, i.state) AS is_overdue) o
    WHERE i.kind = 'initiative' AND i.brought_on >= make_date(:year::int, 1, 1) AND i.brought_on < make_date(:year::int + 1, 1, 1)
        AND unit_is_visible(u.path, :caller_units::text) AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid])
    GROUP BY i.state
) x
HAVING :unit_id::uuid IS NULL OR EXISTS (SELECT FROM unit v WHERE v.id = :unit_id::uuid AND unit_is_visible(v.path, :caller_units::text));
