-- Registrations for open sessions: by anybody, by the coordinator, and by the participants themselves with their links.

-- name: open_session_list
-- lane: read
-- units: what is open is for everybody
-- cursor: starts_at timestamptz, id uuid
SELECT s.id, s.unit_id, s.kind, s.title, s.description, s.starts_at, s.ends_at, s.place, s.is_online, s.agenda, to_jsonb(s.support) AS support,
    s.state, p.capacity IS NULL OR p.taken < p.capacity AS has_room
FROM session s
JOIN session_place p ON p.session_id = s.id
WHERE s.is_open AND s.state = 'published' AND s.starts_at > app_now()
    AND (s.starts_at, s.id) > (coalesce(:after_starts_at::timestamptz, '-infinity'), coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000'))
    AND (:unit_id::uuid IS NULL OR EXISTS (SELECT FROM unit u WHERE u.id = s.unit_id AND u.path @> ARRAY[:unit_id::uuid]))
ORDER BY s.starts_at, s.id
LIMIT :limit_and_one::int;

-- name: open_session_get
-- lane: read
-- units: what is open is for everybody
SELECT s.id, s.unit_id, s.kind, s.title, s.description, s.starts_at, s.ends_at, s.place, s.is_online, s.agenda, to_jsonb(s.support) AS support,
    s.state, registration_breach(s) IS NULL AND (p.capacity IS NULL OR p.taken < p.capacity) AS has_room
FROM session s
JOIN session_place p ON p.session_id = s.id
WHERE s.id = :id::uuid AND s.is_open AND s.state <> 'draft';

-- name: registration_create
-- lane: many
-- units: anybody may register for what is open
SELECT r.n AS _n, r.id, r.came_as AS state, r.has_link AS _link,
    CASE WHEN (:body::jsonb[])[r.n] ->> 'lang' IN ('fi', 'sv', 'en') THEN (:body::jsonb[])[r.n] ->> 'lang' END AS _link_language, r.is_replayed AS _replayed, r.problem AS _problem
FROM register(:new_id::uuid[], :id::uuid[], :body::jsonb[], :request_hash::bytea[], :new_link_hash::bytea[], :contact_sealed::bytea[],
    :contact_key::text[], :contact_index::bytea[]) r;

-- name: registration_list
-- lane: read
-- cursor: n bigint
WITH found AS (
    SELECT s.id FROM session s JOIN unit u ON u.id = s.unit_id WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT r.id, r.session_id, r.n, r.state, to_jsonb(r.support_needs) AS support_needs, r.offered_until, r.made_on, p.lang, p.has_address,
    CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT x.* FROM registration x
    WHERE x.session_id = f.id AND x.n > coalesce(:after_n::bigint, 0) AND (:state::text[] IS NULL OR x.state = ANY (:state::text[]))
    ORDER BY x.n
    LIMIT :limit_and_one::int
) r ON true
LEFT JOIN person p ON p.id = r.id
WHERE f.id IS NULL OR r.id IS NOT NULL
ORDER BY r.n;

-- name: registration_get
-- lane: read
SELECT r.id, r.session_id, r.n, r.state, to_jsonb(r.support_needs) AS support_needs, r.offered_until, r.made_on, p.lang, p.has_address, r.version AS _version
FROM registration r
JOIN session s ON s.id = r.session_id
JOIN unit u ON u.id = s.unit_id
LEFT JOIN person p ON p.id = r.id
WHERE r.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: registration_transition
-- lane: own
-- lock:
SELECT lock_places(ARRAY[:id::uuid]);
-- run:
WITH found AS MATERIALIZED (
    SELECT r.id, r.state, r.version, registration_move_breach(r, s, :body::jsonb ->> 'to') AS breach
    FROM registration r
    JOIN session s ON s.id = r.session_id
    JOIN unit u ON u.id = s.unit_id
    WHERE r.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('registration', f.id, f.state, f.version, caller_roles('registration', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, :if_match::bigint, :caller_id::uuid, :body::jsonb)::move_wish, f.breach) m;

-- name: personal_registration_get
-- lane: read
-- units: the link names the one registration
SELECT r.id, r.n, r.state, r.offered_until, to_jsonb(r.support_needs) AS support_needs, to_jsonb(x) AS session
FROM person p
JOIN registration r ON r.id = p.id
CROSS JOIN LATERAL (
    SELECT s.id, s.kind, s.title, s.description, utc_text(s.starts_at) AS starts_at, utc_text(s.ends_at) AS ends_at, s.place, s.agenda, s.support, s.state,
        CASE WHEN r.state IN ('registered', 'attended', 'absent') THEN s.online_url END AS online_url,
        CASE WHEN s.state IN ('minutes_published', 'closed') THEN s.minutes END AS minutes,
        CASE s.state WHEN 'cancelled' THEN session_reason(s.id) END AS reason
    FROM session s WHERE s.id = r.session_id
) x
WHERE p.token_hash = :link_hash::bytea AND p.resource = 'registration';

-- name: personal_registration_transition
-- lane: own
-- units: the link names the one registration
-- lock:
SELECT lock_places(ARRAY[p.id]) FROM person p WHERE p.token_hash = :link_hash::bytea;
-- run:
WITH found AS MATERIALIZED (
    SELECT r.id, r.state, r.version, registration_move_breach(r, s, :body::jsonb ->> 'to') AS breach
    FROM person p
    JOIN registration r ON r.id = p.id
    JOIN session s ON s.id = r.session_id
    WHERE p.token_hash = :link_hash::bytea
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('registration', f.id, f.state, f.version, ARRAY['participant'],
    ROW(:new_id::uuid, :request_hash::bytea, NULL, NULL, :body::jsonb)::move_wish, f.breach) m;

-- name: personal_session_list
-- lane: read
-- units: the link names the one member
-- cursor: starts_at timestamptz, id uuid
WITH found AS (
    SELECT m.id, m.panel_id, m.role FROM person y JOIN member m ON m.id = y.id AND m.state = 'active' WHERE y.token_hash = :link_hash::bytea AND y.resource = 'member'
)
SELECT x.*, CASE WHEN f.panel_id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (1)) AS asked
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT s.id, s.kind, s.title, s.description, s.starts_at, s.ends_at, s.place, s.agenda, to_jsonb(s.support) AS support, s.state, s.online_url,
        CASE WHEN s.state IN ('minutes_published', 'closed') THEN s.minutes END AS minutes,
        CASE s.state WHEN 'cancelled' THEN session_reason(s.id) END AS reason,
        EXISTS (SELECT FROM attendance a WHERE a.session_id = s.id AND a.member_id = f.id AND a.said_absent) AS said_absent,
        CASE f.role WHEN 'chair' THEN panel_absences(f.panel_id, s.id) END AS absences
    FROM session_panel p
    JOIN session s ON s.id = p.session_id AND s.state <> 'draft'
    WHERE p.panel_id = f.panel_id
        AND (s.starts_at, s.id) > (coalesce(:after_starts_at::timestamptz, '-infinity'), coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000'))
    ORDER BY s.starts_at, s.id
    LIMIT :limit_and_one::int
) x ON true
WHERE f.panel_id IS NULL OR x.id IS NOT NULL
ORDER BY x.starts_at, x.id;
