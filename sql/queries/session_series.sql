-- Series of sessions.

-- name: session_series_create
-- lane: write
WITH wanted AS (
    SELECT b.*, r.week, r.weekday, r.day, c.local_time,
        CASE WHEN u.id IS NULL OR x.pointer IS NOT NULL THEN 'unknown_reference' WHEN NOT w.is_near THEN 'date_is_near' WHEN NOT w.is_whole THEN 'session_series_repeats'
             WHEN b.first_on < app_today() OR EXISTS (SELECT FROM series_moments(y) m WHERE m <= app_now()) THEN 'day_is_past'
             ELSE coalesce(c.problem, session_panels_breach(b.panel_ids, (SELECT max(m) FROM series_moments(y) m))) END AS problem,
        coalesce(CASE WHEN u.id IS NULL THEN '/unit_id' END, x.pointer) AS unknown
    FROM jsonb_to_record(:body::jsonb) AS b (unit_id uuid, kind text, title jsonb, description jsonb, place jsonb, online_url text, agenda jsonb,
        support text[], is_open boolean, capacity integer, panel_ids uuid[], first_on date, begins_at time, lasts_minutes integer, times integer, repeats jsonb)
    CROSS JOIN LATERAL jsonb_to_record(b.repeats) r (week text, weekday text, day integer)
    CROSS JOIN LATERAL (SELECT unseen_panel(b.panel_ids, :caller_units::text) AS pointer) x
    CROSS JOIN LATERAL (SELECT date_is_near(b.first_on + make_interval(months => b.times)) AS is_near,
        num_nonnulls(r.week, r.weekday) = CASE WHEN r.day IS NULL THEN 2 ELSE 0 END AS is_whole) w
    LEFT JOIN LATERAL jsonb_populate_record(NULL::session_series, :body::jsonb || jsonb_build_object('week', r.week, 'weekday', r.weekday, 'month_day', r.day)) y
        ON w.is_near AND w.is_whole
    LEFT JOIN LATERAL series_clock_problem(y) c ON true
    LEFT JOIN LATERAL (SELECT x.id FROM unit x
                       WHERE x.id = b.unit_id AND is_open(x.closed_on) AND unit_is_visible(x.path, :caller_units::text) OFFSET 0) u ON true
), made AS (
    INSERT INTO session_series AS s (id, unit_id, first_on, begins_at, lasts_minutes, times, week, weekday, month_day, request_hash)
    SELECT :new_id::uuid, w.unit_id, w.first_on, w.begins_at, w.lasts_minutes, w.times, w.week, w.weekday, w.day, :request_hash::bytea
    FROM wanted w WHERE w.problem IS NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING s.*
), session_made AS (
    INSERT INTO session AS s (id, unit_id, kind, title, description, starts_at, ends_at, place, online_url, agenda, support, is_open, capacity, series_id)
    SELECT gen_random_uuid(), w.unit_id, w.kind, w.title, coalesce(w.description, '{}'), m.at, m.at + make_interval(mins => w.lasts_minutes), w.place,
        w.online_url, coalesce(w.agenda, '[]'), coalesce(w.support, '{}'), coalesce(w.is_open, false), w.capacity, y.id
    FROM made y CROSS JOIN wanted w CROSS JOIN LATERAL series_moments(y::session_series) m (at)
    RETURNING s.id, s.starts_at, s.ends_at, s.state
), joined AS (
    INSERT INTO session_panel (session_id, panel_id)
    SELECT DISTINCT s.id, x FROM session_made s CROSS JOIN wanted w CROSS JOIN LATERAL unnest(w.panel_ids) x
)
SELECT a.id, a.version AS _version, a.replayed AS _replayed,
    (SELECT jsonb_agg(jsonb_build_object('id', s.id, 'starts_at', utc_text(s.starts_at), 'ends_at', utc_text(s.ends_at), 'state', s.state) ORDER BY s.starts_at)
     FROM (SELECT m.* FROM session_made m
           UNION ALL
           SELECT x.id, x.starts_at, x.ends_at, x.state FROM session x WHERE a.replayed AND x.series_id = a.id) s) AS sessions,
    CASE WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea AND a.id IS NOT NULL THEN 'idempotency_key_reused'
         WHEN a.id IS NULL THEN w.problem END AS _problem,
    CASE WHEN a.id IS NOT NULL THEN NULL WHEN w.problem = 'unknown_reference' THEN w.unknown WHEN w.problem = 'session_series_repeats' THEN '/repeats'
         WHEN w.problem IN ('local_time_is_skipped', 'local_time_is_repeated') THEN '/begins_at'
         WHEN w.problem = 'panel_is_over' THEN '/panel_ids' WHEN w.problem = 'session_is_within_panel' THEN '/times' ELSE '/first_on' END AS _pointer,
    CASE WHEN a.id IS NULL AND w.problem IN ('local_time_is_skipped', 'local_time_is_repeated') THEN jsonb_build_object('local_time', w.local_time) END AS _members
FROM wanted w
LEFT JOIN LATERAL (
    SELECT m.id, m.version, m.request_hash, false AS replayed FROM made m
    UNION ALL
    SELECT s.id, s.version, s.request_hash, true FROM session_series s WHERE s.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true
WHERE a.id IS NOT NULL OR w.problem IS NOT NULL;

-- name: session_series_get
-- lane: read
SELECT s.id, s.unit_id, s.first_on, to_char(s.begins_at, 'HH24:MI') AS begins_at, s.lasts_minutes, s.times,
    jsonb_strip_nulls(jsonb_build_object('week', s.week, 'weekday', s.weekday, 'day', s.month_day)) AS repeats, s.made_on, s.version AS _version,
    series_sessions(s.id) AS sessions
FROM session_series s
JOIN unit u ON u.id = s.unit_id
WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: session_series_publish
-- lane: own
-- lock:
SELECT s.id FROM session s WHERE s.series_id = :id::uuid ORDER BY s.id FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT s.id FROM session_series s JOIN unit u ON u.id = s.unit_id WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL series_moved(f.id, 'published', caller_roles('session', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, NULL, :caller_id::uuid, NULL)::move_wish) m;

-- name: session_series_cancel
-- lane: own
-- lock:
SELECT s.id FROM session s WHERE s.series_id = :id::uuid ORDER BY s.id FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT s.id FROM session_series s JOIN unit u ON u.id = s.unit_id WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL series_moved(f.id, 'cancelled', caller_roles('session', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, NULL, :caller_id::uuid, :body::jsonb)::move_wish) m;
