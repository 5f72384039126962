-- Sessions: a dated gathering of one or more panels, or open to all.

-- name: session_create
-- lane: write
WITH wanted AS (
    SELECT b.*, coalesce(CASE WHEN u.id IS NULL THEN '/unit_id' END, x.pointer) AS unknown,
        CASE WHEN u.id IS NULL OR x.pointer IS NOT NULL THEN 'unknown_reference'
             WHEN b.ends_at <= b.starts_at THEN 'session_ends_after_it_starts'
             WHEN NOT session_lasts_within_rule(b.starts_at, b.ends_at) THEN 'session_lasts_within_rule'
             WHEN b.starts_at <= app_now() THEN 'session_is_to_come'
             ELSE session_panels_breach(b.panel_ids, b.starts_at) END AS problem
    FROM jsonb_to_record(:body::jsonb) AS b (unit_id uuid, kind text, title jsonb, description jsonb, starts_at timestamptz, ends_at timestamptz,
        place jsonb, online_url text, agenda jsonb, support text[], is_open boolean, capacity integer, panel_ids uuid[])
    CROSS JOIN LATERAL (SELECT unseen_panel(b.panel_ids, :caller_units::text) AS pointer) x
    LEFT JOIN LATERAL (SELECT x.id FROM unit x
                       WHERE x.id = b.unit_id AND is_open(x.closed_on) AND unit_is_visible(x.path, :caller_units::text) OFFSET 0) u ON true
), made AS (
    INSERT INTO session (id, unit_id, kind, title, description, starts_at, ends_at, place, online_url, agenda, support, is_open, capacity, request_hash)
    SELECT :new_id::uuid, w.unit_id, w.kind, w.title, coalesce(w.description, '{}'), w.starts_at, w.ends_at, w.place, w.online_url,
        coalesce(w.agenda, '[]'), coalesce(w.support, '{}'), coalesce(w.is_open, false), w.capacity, :request_hash::bytea
    FROM wanted w WHERE w.problem IS NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, state, made_on, version, request_hash
), joined AS (
    INSERT INTO session_panel (session_id, panel_id)
    SELECT DISTINCT m.id, x FROM made m CROSS JOIN wanted w CROSS JOIN LATERAL unnest(w.panel_ids) x
)
SELECT a.id, a.state, a.made_on, a.version AS _version, a.replayed AS _replayed,
    CASE WHEN a.id IS NULL THEN w.problem
         WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NOT NULL THEN NULL WHEN w.problem = 'unknown_reference' THEN w.unknown
         WHEN w.problem IN ('session_is_to_come', 'session_is_within_panel') THEN '/starts_at' WHEN w.problem = 'panel_is_over' THEN '/panel_ids' ELSE '/ends_at' END AS _pointer
FROM wanted w
LEFT JOIN LATERAL (
    SELECT m.*, false AS replayed FROM made m
    UNION ALL
    SELECT s.id, s.state, s.made_on, s.version, s.request_hash, true FROM session s
    WHERE s.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true
WHERE a.id IS NOT NULL OR w.problem IS NOT NULL;

-- name: session_list
-- lane: read
-- cursor: starts_at timestamptz, id uuid
SELECT s.id, s.unit_id, s.kind, s.title, s.starts_at, s.ends_at, s.is_online, s.is_open, s.capacity, s.state, s.panel_ids
FROM session_shown s
JOIN unit u ON u.id = s.unit_id
WHERE unit_is_visible(u.path, :caller_units::text)
    AND (s.starts_at, s.id) > (coalesce(:after_starts_at::timestamptz, :starts_from::timestamptz, '-infinity'),
                               coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000'))
    AND s.starts_at <= coalesce(:starts_to::timestamptz, 'infinity')
    AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid])
    AND (:state::text[] IS NULL OR s.state = ANY (:state::text[]))
    AND (:panel_id::uuid IS NULL OR EXISTS (SELECT FROM session_panel p WHERE p.session_id = s.id AND p.panel_id = :panel_id::uuid))
ORDER BY s.starts_at, s.id
LIMIT :limit_and_one::int;

-- name: session_get
-- lane: read
SELECT s.id, s.unit_id, s.kind, s.title, s.description, s.starts_at, s.ends_at, s.place, s.online_url, s.agenda, s.support, s.is_open, s.capacity,
    s.minutes, (SELECT coalesce(jsonb_agg(jsonb_build_object('n', x.n, 'published_on', x.published_on, 'minutes', x.minutes) ORDER BY x.n), '[]') FROM session_minutes x WHERE x.session_id = s.id) AS minutes_versions,
    s.state, s.sequence, s.made_on, s.panel_ids, s.version AS _version
FROM session_shown s
JOIN unit u ON u.id = s.unit_id
WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: session_patch
-- lane: own
-- Minutes belong to what was held; everything else to what is still to come.
-- lock:
SELECT s.id FROM session s WHERE s.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH wanted AS (
    SELECT s.id, s.state, s.version, s.starts_at AS began_at, jsonb_strip_nulls(s.title || coalesce(b.title, '{}')) AS title,
        jsonb_strip_nulls(s.description || coalesce(b.description, '{}')) AS description,
        coalesce(b.starts_at, s.starts_at) AS starts_at, coalesce(b.ends_at, s.ends_at) AS ends_at,
        CASE WHEN 'place' = ANY (:body_names::text[]) THEN b.place ELSE s.place END AS place,
        CASE WHEN 'online_url' = ANY (:body_names::text[]) THEN b.online_url ELSE s.online_url END AS online_url,
        coalesce(b.agenda, s.agenda) AS agenda, coalesce(b.support, s.support) AS support, coalesce(b.is_open, s.is_open) AS is_open,
        CASE WHEN 'capacity' = ANY (:body_names::text[]) THEN b.capacity ELSE s.capacity END AS capacity,
        jsonb_strip_nulls(s.minutes || coalesce(b.minutes, '{}')) AS minutes, b.panel_ids,
        ARRAY(SELECT p.panel_id FROM session_panel p WHERE p.session_id = s.id) AS old_panels, unseen_panel(b.panel_ids, :caller_units::text) AS unseen
    FROM session s
    JOIN unit u ON u.id = s.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (title jsonb, description jsonb, starts_at timestamptz, ends_at timestamptz, place jsonb,
        online_url text, agenda jsonb, support text[], is_open boolean, capacity integer, minutes jsonb, panel_ids uuid[])
    WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), judged AS (
    SELECT w.*,
        CASE WHEN w.version <> :if_match::bigint THEN 'stale_version'
             WHEN w.state IN ('cancelled', 'closed') OR w.state NOT IN ('draft', 'published') AND :body_names::text[] <> ARRAY['minutes'] THEN 'session_is_over'
             WHEN 'minutes' = ANY (:body_names::text[]) AND w.state NOT IN ('held', 'minutes_published') THEN 'session_is_not_held'
             WHEN w.unseen IS NOT NULL THEN 'unknown_reference'
             WHEN w.title = '{}' THEN 'session_has_title'
             WHEN w.ends_at <= w.starts_at THEN 'session_ends_after_it_starts'
             WHEN NOT session_lasts_within_rule(w.starts_at, w.ends_at) THEN 'session_lasts_within_rule'
             WHEN w.capacity < (SELECT x.taken FROM session_place x WHERE x.session_id = w.id) THEN 'session_has_room'
             WHEN w.state <> 'draft' AND w.place IS NULL AND w.online_url IS NULL THEN 'session_has_place'
             WHEN w.state = 'minutes_published' AND w.minutes = '{}' THEN 'session_has_minutes'
             WHEN w.state = 'published' AND w.starts_at <> w.began_at AND least(w.starts_at, w.began_at) <= app_now() THEN 'session_has_begun'
             WHEN w.starts_at <> w.began_at OR 'panel_ids' = ANY (:body_names::text[]) THEN session_panels_breach(coalesce(w.panel_ids, w.old_panels), w.starts_at)
        END AS problem
    FROM wanted w
), changed AS (
    UPDATE session s
    SET title = j.title, description = j.description, starts_at = j.starts_at, ends_at = j.ends_at, place = j.place, online_url = j.online_url,
        agenda = j.agenda, support = j.support, is_open = j.is_open, capacity = j.capacity, minutes = j.minutes
    FROM judged j
    WHERE s.id = j.id AND j.problem IS NULL
    RETURNING s.*
), parted AS (
    DELETE FROM session_panel p USING judged j WHERE p.session_id = j.id AND j.problem IS NULL AND NOT p.panel_id = ANY (j.panel_ids)
), joined AS (
    INSERT INTO session_panel (session_id, panel_id)
    SELECT DISTINCT j.id, x FROM judged j CROSS JOIN LATERAL unnest(j.panel_ids) x WHERE j.problem IS NULL
    ON CONFLICT (session_id, panel_id) DO NOTHING
)
SELECT j.id, c.unit_id, c.kind, c.title, c.description, c.starts_at, c.ends_at, c.place, c.online_url, c.agenda, to_jsonb(c.support) AS support, c.is_open, c.capacity,
    c.minutes, c.state, c.sequence, c.made_on, coalesce((SELECT jsonb_agg(DISTINCT x) FROM unnest(j.panel_ids) x), CASE WHEN j.panel_ids IS NULL THEN p.panel_ids ELSE '[]' END) AS panel_ids,
    c.version AS _version, j.problem AS _problem,
    CASE j.problem WHEN 'unknown_reference' THEN j.unseen WHEN 'session_ends_after_it_starts' THEN '/ends_at' WHEN 'session_lasts_within_rule' THEN '/ends_at' WHEN 'session_has_title' THEN '/title'
        WHEN 'panel_is_over' THEN '/panel_ids' WHEN 'session_is_within_panel' THEN CASE WHEN 'starts_at' = ANY (:body_names::text[]) THEN '/starts_at' ELSE '/panel_ids' END END AS _pointer
FROM judged j
LEFT JOIN changed c ON true
LEFT JOIN session_shown p ON p.id = c.id;

-- name: session_transition
-- lane: own
-- lock:
SELECT s.id FROM session s WHERE s.id = :id::uuid FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT s.id, s.state, s.version, session_breach(s, :body::jsonb ->> 'to') AS breach
    FROM session s
    JOIN unit u ON u.id = s.unit_id
    WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('session', f.id, f.state, f.version, caller_roles('session', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, :if_match::bigint, :caller_id::uuid, :body::jsonb)::move_wish, f.breach) m;

-- name: attendance_get
-- lane: read
SELECT s.id, s.version AS _version,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('member_id', a.member_id, 'attended', a.attended, 'said_absent', a.said_absent) ORDER BY a.member_id), '[]')
     FROM attendance a WHERE a.session_id = s.id) AS members,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('role', a.role, 'attended', a.attended, 'absent', a.absent, 'said_absent', a.said_absent) ORDER BY a.role), '[]')
     FROM session_attendance a WHERE a.session_id = s.id) AS roles
FROM session s
JOIN unit u ON u.id = s.unit_id
WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: attendance_put
-- lane: own
-- lock:
SELECT s.id FROM session s WHERE s.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH wanted AS (
    SELECT DISTINCT ON (b.member_id) b.member_id, b.attended, x.n - 1 AS place, m.id IS NOT NULL AS is_known, m.was_member, x.n > min(x.n) OVER (PARTITION BY b.member_id) AS is_again
    FROM jsonb_array_elements(:body::jsonb -> 'members') WITH ORDINALITY x (item, n)
    CROSS JOIN LATERAL jsonb_to_record(x.item) b (member_id uuid, attended boolean)
    LEFT JOIN LATERAL (
        SELECT m.id, was_member_at(m, s) AS was_member
        FROM member m JOIN session_panel p ON p.panel_id = m.panel_id JOIN session s ON s.id = p.session_id WHERE m.id = b.member_id AND p.session_id = :id::uuid
    ) m ON true
    ORDER BY b.member_id, x.n DESC
), judged AS (
    SELECT s.id, s.version, coalesce(w.unknown, w.again, w.stranger) AS place,
        CASE WHEN s.version <> :if_match::bigint THEN 'stale_version'
             WHEN s.state = 'cancelled' THEN 'session_is_over'
             WHEN s.state = 'draft' OR s.starts_at > app_now() THEN 'session_has_not_begun'
             WHEN w.unknown IS NOT NULL THEN 'unknown_reference'
             WHEN w.again IS NOT NULL THEN 'member_is_once_in_list'
             WHEN w.stranger IS NOT NULL THEN 'member_was_member_then' END AS problem
    FROM session s
    JOIN unit u ON u.id = s.unit_id
    CROSS JOIN (SELECT min(x.place) FILTER (WHERE NOT x.is_known) AS unknown, min(x.place) FILTER (WHERE x.is_again) AS again,
                    min(x.place) FILTER (WHERE NOT x.was_member) AS stranger FROM wanted x) w
    WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), put AS (
    INSERT INTO attendance AS a (session_id, member_id, attended)
    SELECT j.id, w.member_id, w.attended FROM judged j CROSS JOIN wanted w WHERE j.problem IS NULL
    ON CONFLICT (session_id, member_id) DO UPDATE SET attended = excluded.attended WHERE a.attended IS DISTINCT FROM excluded.attended
    RETURNING a.member_id, a.attended, a.said_absent
), present AS (
    SELECT p.* FROM put p
    UNION ALL
    SELECT a.member_id, a.attended, a.said_absent FROM attendance a WHERE a.session_id = :id::uuid AND NOT EXISTS (SELECT FROM put p WHERE p.member_id = a.member_id)
)
SELECT j.id, j.version AS _version, j.problem AS _problem,
    CASE WHEN j.problem IN ('unknown_reference', 'member_is_once_in_list', 'member_was_member_then') THEN '/members/' || j.place || '/member_id' END AS _pointer,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('member_id', p.member_id, 'attended', p.attended, 'said_absent', p.said_absent) ORDER BY p.member_id), '[]') FROM present p) AS members,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('role', r.role, 'attended', r.attended, 'absent', r.absent, 'said_absent', r.said_absent) ORDER BY r.role), '[]')
     FROM (SELECT m.role, count(*) FILTER (WHERE p.attended) AS attended, count(*) FILTER (WHERE NOT p.attended) AS absent,
               count(*) FILTER (WHERE p.said_absent) AS said_absent
           FROM present p JOIN member m ON m.id = p.member_id JOIN session s ON s.id = j.id WHERE was_member_at(m, s) GROUP BY m.role
           UNION ALL
           SELECT a.role, a.attended, a.absent, a.said_absent FROM session_attendance a WHERE a.session_id = j.id AND a.role = 'participant') r) AS roles
FROM judged j;

-- name: own_attendance_say
-- lane: own
-- units: the link names the one member
-- lock:
SELECT m.id FROM person w JOIN member m ON m.id = w.id WHERE w.token_hash = :link_hash::bytea FOR NO KEY UPDATE OF m;
-- run:
WITH judged AS (
    SELECT s.id, m.id AS member_id, (:body::jsonb ->> 'comes')::boolean AS comes, absence_breach(s) AS problem
    FROM person w
    JOIN member m ON m.id = w.id AND m.state = 'active'
    JOIN session_panel p ON p.panel_id = m.panel_id
    JOIN session s ON s.id = p.session_id AND was_published(s)
    WHERE w.token_hash = :link_hash::bytea AND w.ended_on IS NULL AND s.id = :id::uuid
), said AS (
    INSERT INTO attendance (session_id, member_id, said_absent)
    SELECT j.id, j.member_id, true FROM judged j WHERE j.problem IS NULL AND NOT j.comes AND act_as(NULL)
    ON CONFLICT (session_id, member_id) DO NOTHING -- said before
), taken_back AS (
    DELETE FROM attendance a USING judged j
    WHERE a.session_id = j.id AND a.member_id = j.member_id AND j.problem IS NULL AND j.comes AND a.attended IS NULL AND act_as(NULL)
)
SELECT j.id AS session_id, j.comes, j.problem AS _problem FROM judged j;
