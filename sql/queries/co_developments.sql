-- What groups of co-development work on: stages, trials, tasks.

-- name: co_development_create
-- lane: write
WITH wanted AS (
    SELECT b.*, p.kind AS panel_kind,
        CASE WHEN p.id IS NULL OR b.service_id IS NOT NULL AND s.id IS NULL THEN 'unknown_reference'
             WHEN p.kind <> 'co_development' THEN 'co_development_is_of_its_kind' END AS problem
    FROM jsonb_to_record(:body::jsonb) AS b (panel_id uuid, title jsonb, goal jsonb, service_id uuid, mandated_by text, convener text)
    LEFT JOIN LATERAL (SELECT x.id, x.kind FROM panel x JOIN unit y ON y.id = x.unit_id
                       WHERE x.id = b.panel_id AND unit_is_visible(y.path, :caller_units::text) OFFSET 0) p ON true
    LEFT JOIN LATERAL (SELECT x.id FROM service x JOIN unit y ON y.id = x.unit_id
                       WHERE x.id = b.service_id AND is_open(x.closed_on) AND unit_is_visible(y.path, :caller_units::text) OFFSET 0) s ON true
), made AS (
    INSERT INTO co_development (id, panel_id, title, goal, service_id, mandated_by, convener, request_hash)
    SELECT :new_id::uuid, w.panel_id, w.title, coalesce(w.goal, '{}'), w.service_id, w.mandated_by, w.convener, :request_hash::bytea
    FROM wanted w WHERE w.problem IS NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING *
)
SELECT a.id, a.panel_id, a.title, a.goal, a.service_id, a.mandated_by, a.convener, a.state, a.made_on, a.version AS _version, a.replayed AS _replayed,
    CASE WHEN a.id IS NULL THEN w.problem
         WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NULL THEN CASE WHEN w.panel_kind = 'co_development' THEN '/service_id' ELSE '/panel_id' END END AS _pointer
FROM wanted w
LEFT JOIN LATERAL (
    SELECT m.*, false AS replayed FROM made m
    UNION ALL
    SELECT x.*, true FROM co_development x WHERE x.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true
WHERE a.id IS NOT NULL OR w.problem IS NOT NULL;

-- name: co_development_list
-- lane: read
-- cursor: id uuid
SELECT c.id, c.panel_id, c.title, c.goal, c.service_id, c.mandated_by, c.convener, c.state, c.made_on
FROM co_development c
JOIN panel p ON p.id = c.panel_id
JOIN unit u ON u.id = p.unit_id
WHERE unit_is_visible(u.path, :caller_units::text) AND c.id < coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    AND (:panel_id::uuid IS NULL OR c.panel_id = :panel_id::uuid)
    AND (:state::text[] IS NULL OR c.state = ANY (:state::text[]))
ORDER BY c.id DESC
LIMIT :limit_and_one::int;

-- name: co_development_get
-- lane: read
SELECT c.id, c.panel_id, c.title, c.goal, c.service_id, c.mandated_by, c.convener, c.state, c.made_on, (SELECT x.reason FROM shown_step x WHERE x.resource = 'co_development' AND x.subject = c.id ORDER BY x.version DESC LIMIT 1) AS state_reason,
    c.version AS _version
FROM co_development c
JOIN panel p ON p.id = c.panel_id
JOIN unit u ON u.id = p.unit_id
WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: co_development_patch
-- lane: own
-- lock:
SELECT c.id FROM co_development c WHERE c.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH wanted AS (
    SELECT c.id, c.version, c.state, jsonb_strip_nulls(c.title || coalesce(b.title, '{}')) AS title,
        jsonb_strip_nulls(c.goal || coalesce(b.goal, '{}')) AS goal, s.id AS seen_service, b.service_id AS asked_service, w.service_id, w.mandated_by, w.convener
    FROM co_development c
    JOIN panel p ON p.id = c.panel_id
    JOIN unit u ON u.id = p.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (title jsonb, goal jsonb, service_id uuid)
    CROSS JOIN LATERAL jsonb_populate_record(c, :body::jsonb) w
    LEFT JOIN LATERAL (SELECT x.id FROM service x JOIN unit y ON y.id = x.unit_id
                       WHERE x.id = b.service_id AND is_open(x.closed_on) AND unit_is_visible(y.path, :caller_units::text) OFFSET 0) s ON true
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), judged AS (
    SELECT w.*, CASE WHEN w.version <> :if_match::bigint THEN 'stale_version'
                     WHEN w.asked_service IS NOT NULL AND w.seen_service IS NULL THEN 'unknown_reference'
                     WHEN w.title = '{}' THEN 'name_required'
                     WHEN w.state NOT IN ('mapping', 'stopped') AND num_nonnulls(w.service_id, w.mandated_by, w.convener) < 3
                         THEN 'co_development_has_mandate' END AS problem
    FROM wanted w
), changed AS (
    UPDATE co_development c SET title = j.title, goal = j.goal, service_id = j.service_id, mandated_by = j.mandated_by, convener = j.convener
    FROM judged j
    WHERE c.id = j.id AND j.problem IS NULL
    RETURNING c.*
)
SELECT j.id, c.panel_id, c.title, c.goal, c.service_id, c.mandated_by, c.convener, c.state, c.made_on, c.version AS _version, j.problem AS _problem,
    CASE j.problem WHEN 'unknown_reference' THEN '/service_id' WHEN 'name_required' THEN '/title' END AS _pointer
FROM judged j
LEFT JOIN changed c ON true;

-- name: co_development_transition
-- lane: own
-- lock:
SELECT c.id FROM co_development c WHERE c.id = :id::uuid FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT c.id, c.state, c.version, co_development_breach(c, :body::jsonb ->> 'to') AS breach
    FROM co_development c
    JOIN panel p ON p.id = c.panel_id
    JOIN unit u ON u.id = p.unit_id
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('co_development', f.id, f.state, f.version, caller_roles('co_development', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, :if_match::bigint, :caller_id::uuid, :body::jsonb)::move_wish, f.breach) m;

-- name: trial_create
-- lane: write
WITH wanted AS (
    SELECT c.id AS co_development_id, c.state AS stage, b.*, CASE WHEN b.ends_on < b.starts_on THEN 'trial_ends_after_it_starts' END AS problem
    FROM co_development c
    JOIN panel p ON p.id = c.panel_id
    JOIN unit u ON u.id = p.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (what text, starts_on date, ends_on date, result text)
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), made AS (
    INSERT INTO trial (id, co_development_id, what, starts_on, ends_on, result, request_hash)
    SELECT :new_id::uuid, w.co_development_id, w.what, w.starts_on, w.ends_on, w.result, :request_hash::bytea
    FROM wanted w WHERE w.problem IS NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING *
)
SELECT 201 AS _status, a.id, a.co_development_id, a.what, a.starts_on, a.ends_on, a.result, a.version AS _version, a.replayed AS _replayed,
    '/v1/co-developments/' || w.co_development_id || '/trials/' || a.id AS _location,
    CASE WHEN a.id IS NULL THEN coalesce(w.problem, 'not_found')
         WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NULL THEN CASE w.problem WHEN 'trial_ends_after_it_starts' THEN '/ends_on' END END AS _pointer
FROM (VALUES (:new_id::uuid)) AS asked (id)
LEFT JOIN wanted w ON true
LEFT JOIN LATERAL (
    SELECT m.*, false AS replayed FROM made m
    UNION ALL
    SELECT x.*, true FROM trial x
    WHERE x.id = asked.id AND x.co_development_id = w.co_development_id AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true
WHERE a.id IS NOT NULL OR w.co_development_id IS NULL OR w.problem IS NOT NULL;

-- name: trial_list
-- lane: read
-- cursor: id uuid
WITH found AS (
    SELECT c.id
    FROM co_development c
    JOIN panel p ON p.id = c.panel_id
    JOIN unit u ON u.id = p.unit_id
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT a.id, a.co_development_id, a.what, a.starts_on, a.ends_on, a.result, CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT x.* FROM trial x
    WHERE x.co_development_id = f.id AND x.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
    ORDER BY x.id
    LIMIT :limit_and_one::int
) a ON true
WHERE f.id IS NULL OR a.id IS NOT NULL
ORDER BY a.id;

-- name: trial_patch
-- lane: own
-- lock:
SELECT x.id FROM trial x WHERE x.id = :trial_id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH wanted AS (
    SELECT x.id, x.version, c.state AS stage, b.what, b.starts_on, b.ends_on, b.result, c.panel_id
    FROM trial x
    JOIN co_development c ON c.id = x.co_development_id
    JOIN panel p ON p.id = c.panel_id
    JOIN unit u ON u.id = p.unit_id
    CROSS JOIN LATERAL jsonb_populate_record(x, :body::jsonb) b
    WHERE x.id = :trial_id::uuid AND c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), judged AS (
    SELECT w.*, CASE WHEN w.version <> :if_match::bigint THEN 'stale_version' ELSE CASE WHEN w.ends_on < w.starts_on THEN 'trial_ends_after_it_starts' END END AS problem
    FROM wanted w
), changed AS (
    UPDATE trial x SET what = j.what, starts_on = j.starts_on, ends_on = j.ends_on, result = j.result
    FROM judged j
    WHERE x.id = j.id AND j.problem IS NULL
    RETURNING x.*
)
SELECT j.id, a.co_development_id, a.what, a.starts_on, a.ends_on, a.result, a.version AS _version, j.problem AS _problem,
    CASE j.problem WHEN 'trial_ends_after_it_starts' THEN '/ends_on' END AS _pointer
FROM judged j
LEFT JOIN changed a ON true;

-- name: task_create
-- lane: write
WITH wanted AS (
    SELECT c.id AS co_development_id, c.state AS stage, b.*, CASE WHEN b.session_id IS NOT NULL AND NOT EXISTS (SELECT FROM session_panel y WHERE y.session_id = b.session_id AND y.panel_id = c.panel_id)
            THEN 'unknown_reference' WHEN b.done_on > app_today() THEN 'task_is_done_by_now' END AS problem
    FROM co_development c
    JOIN panel p ON p.id = c.panel_id
    JOIN unit u ON u.id = p.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (session_id uuid, what text, role text, due_on date, done_on date)
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), made AS (
    INSERT INTO task (id, co_development_id, session_id, what, role, due_on, done_on, request_hash)
    SELECT :new_id::uuid, w.co_development_id, w.session_id, w.what, w.role, w.due_on, w.done_on, :request_hash::bytea
    FROM wanted w WHERE w.problem IS NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING *
)
SELECT 201 AS _status, a.id, a.co_development_id, a.session_id, a.what, a.role, a.due_on, a.done_on, a.version AS _version, a.replayed AS _replayed,
    '/v1/co-developments/' || w.co_development_id || '/tasks/' || a.id AS _location,
    CASE WHEN a.id IS NULL THEN coalesce(w.problem, 'not_found')
         WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NULL THEN CASE w.problem WHEN 'unknown_reference' THEN '/session_id' WHEN 'task_is_done_by_now' THEN '/done_on' END END AS _pointer
FROM (VALUES (:new_id::uuid)) AS asked (id)
LEFT JOIN wanted w ON true
LEFT JOIN LATERAL (
    SELECT m.*, false AS replayed FROM made m
    UNION ALL
    SELECT x.*, true FROM task x
    WHERE x.id = asked.id AND x.co_development_id = w.co_development_id AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true
WHERE a.id IS NOT NULL OR w.co_development_id IS NULL OR w.problem IS NOT NULL;

-- name: task_list
-- lane: read
-- cursor: due_on date, id uuid
WITH found AS (
    SELECT c.id
    FROM co_development c
    JOIN panel p ON p.id = c.panel_id
    JOIN unit u ON u.id = p.unit_id
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT a.id, a.co_development_id, a.session_id, a.what, a.role, a.due_on, a.done_on, CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT x.* FROM task x
    WHERE x.co_development_id = f.id AND (x.due_on, x.id) > (coalesce(:after_due_on::date, '-infinity'), coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000'))
        AND (:is_done::boolean IS NULL OR :is_done::boolean = (x.done_on IS NOT NULL))
    ORDER BY x.due_on, x.id
    LIMIT :limit_and_one::int
) a ON true
WHERE f.id IS NULL OR a.id IS NOT NULL
ORDER BY a.due_on, a.id;

-- name: task_patch
-- lane: own
-- lock:
SELECT x.id FROM task x WHERE x.id = :task_id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH wanted AS (
    SELECT x.id, x.version, c.state AS stage, b.session_id, b.what, b.role, b.due_on, b.done_on, c.panel_id
    FROM task x
    JOIN co_development c ON c.id = x.co_development_id
    JOIN panel p ON p.id = c.panel_id
    JOIN unit u ON u.id = p.unit_id
    CROSS JOIN LATERAL jsonb_populate_record(x, :body::jsonb) b
    WHERE x.id = :task_id::uuid AND c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), judged AS (
    SELECT w.*, CASE WHEN w.version <> :if_match::bigint THEN 'stale_version' ELSE CASE WHEN w.session_id IS NOT NULL AND NOT EXISTS (SELECT FROM session_panel y WHERE y.session_id = w.session_id AND y.panel_id = w.panel_id)
            THEN 'unknown_reference' WHEN w.done_on > app_today() THEN 'task_is_done_by_now' END END AS problem
    FROM wanted w
), changed AS (
    UPDATE task x SET session_id = j.session_id, what = j.what, role = j.role, due_on = j.due_on, done_on = j.done_on
    FROM judged j
    WHERE x.id = j.id AND j.problem IS NULL
    RETURNING x.*
)
SELECT j.id, a.co_development_id, a.session_id, a.what, a.role, a.due_on, a.done_on, a.version AS _version, j.problem AS _problem,
    CASE j.problem WHEN 'unknown_reference' THEN '/session_id' WHEN 'task_is_done_by_now' THEN '/done_on' END AS _pointer
FROM judged j
LEFT JOIN changed a ON true;

-- name: co_development_balance
-- lane: read
-- Of the sessions of its panel at which attendance was noted.
SELECT c.id AS co_development_id, c.panel_id, coalesce(sum(x.clients), 0)::bigint AS clients, coalesce(sum(x.professionals), 0)::bigint AS professionals,
    bool_and(is_balanced(x.clients, x.professionals)) FILTER (WHERE x.id IS NOT NULL) AS is_balanced,
    coalesce(jsonb_agg(jsonb_build_object('session_id', x.id, 'starts_at', x.starts_at, 'clients', x.clients, 'professionals', x.professionals,
        'is_balanced', is_balanced(x.clients, x.professionals)) ORDER BY x.starts_at, x.id) FILTER (WHERE x.id IS NOT NULL), '[]') AS sessions
FROM co_development c
JOIN panel p ON p.id = c.panel_id
JOIN unit u ON u.id = p.unit_id
LEFT JOIN LATERAL (
    SELECT s.id, s.starts_at, coalesce(sum(a.attended) FILTER (WHERE a.role IN ('client', 'relative', 'representative')), 0)::bigint AS clients,
        coalesce(sum(a.attended) FILTER (WHERE a.role = 'professional'), 0)::bigint AS professionals
    FROM session_panel y
    JOIN session s ON s.id = y.session_id
    JOIN session_attendance a ON a.session_id = s.id AND a.attended + a.absent > 0
    WHERE y.panel_id = c.panel_id
    GROUP BY s.id
) x ON true
WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
GROUP BY c.id;
