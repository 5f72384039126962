-- Orders of experts: ordered, changed, cancelled, done. Whoever moves one locks its expert first, then the booking.

-- name: booking_create
-- lane: write
WITH wanted AS (
    SELECT b.*, m.at, m.local_time, row_number() OVER (ORDER BY m.local_time) AS n,
        CASE WHEN u.id IS NULL THEN '/unit_id' WHEN t.code IS NULL THEN '/task' WHEN b.area IS NOT NULL AND a.code IS NULL THEN '/area'
             WHEN l.code IS NULL THEN '/language' END AS unknown,
        CASE WHEN NOT b.is_remote AND b.place IS NULL THEN 'booking_has_place'
             ELSE coalesce(m.problem, booking_time_breach(m.at, m.at + (b.ends_at - b.starts_at))) END AS breach
    FROM (SELECT x.unit_id, x.task, x.area, x.language, coalesce(x.is_remote, false) AS is_remote, x.place, x.online_url, x.about, x.starts_at, x.ends_at,
              coalesce(x.lang, 'fi') AS page_lang, coalesce(x.repeats ->> 'every', 'week') AS every, coalesce((x.repeats ->> 'times')::integer, 1) AS times
          FROM jsonb_to_record(:body::jsonb) AS x (unit_id uuid, task text, area text, language text, is_remote boolean, place jsonb, online_url text, about text,
              starts_at timestamptz, ends_at timestamptz, lang text, repeats jsonb)) b
    CROSS JOIN LATERAL booking_moments(b.starts_at, b.every, b.times) m
    LEFT JOIN LATERAL (SELECT x.id FROM unit x
                       WHERE x.id = b.unit_id AND is_open(x.closed_on) AND unit_is_visible(x.path, :caller_units::text) OFFSET 0) u ON true
    LEFT JOIN experience_task t ON t.code = b.task AND is_open(t.closed_on)
    LEFT JOIN experience_area a ON a.code = b.area AND is_open(a.closed_on)
    LEFT JOIN spoken_language l ON l.code = b.language AND is_open(l.closed_on)
), judged AS (
    SELECT min(w.unknown) AS unknown, (array_agg(w.breach ORDER BY w.n) FILTER (WHERE w.breach IS NOT NULL))[1] AS breach,
        (array_agg(w.local_time ORDER BY w.n) FILTER (WHERE w.breach IS NOT NULL))[1] AS breach_at
    FROM wanted w
), made AS (
    INSERT INTO booking AS b (id, person_id, unit_id, task, area, lang, is_remote, place, online_url, about, starts_at, ends_at, ordered_by, request_hash)
    SELECT CASE w.n WHEN 1 THEN :new_id::uuid ELSE gen_random_uuid() END, :new_id::uuid, w.unit_id, w.task, w.area, w.language, w.is_remote, w.place,
        w.online_url, w.about, w.at, w.at + (w.ends_at - w.starts_at), :caller_id::uuid, :request_hash::bytea
    FROM wanted w CROSS JOIN judged j
    WHERE j.unknown IS NULL AND j.breach IS NULL AND act_as(:caller_id::uuid)
        AND NOT EXISTS (SELECT FROM booking x WHERE x.id = :new_id::uuid)
    ORDER BY w.n
    ON CONFLICT (id) DO NOTHING -- the loser of a race gets no row
    RETURNING b.*
), reached AS (
    INSERT INTO person (id, resource, token_hash, sealed, key_id, address_hash, lang)
    SELECT m.id, 'booking', :new_link_hash::bytea, :contact_sealed::bytea, :contact_key::text, :contact_index::bytea, w.page_lang
    FROM made m JOIN wanted w ON w.n = 1 WHERE m.id = :new_id::uuid
)
SELECT a.id, a.state, a.version AS _version, a.replayed AS _replayed, :contact_index::bytea IS NULL AS _link, a.bookings,
    CASE WHEN a.id IS NOT NULL THEN CASE WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END
         WHEN j.unknown IS NOT NULL THEN 'unknown_reference' ELSE j.breach END AS _problem,
    CASE WHEN a.id IS NOT NULL THEN NULL WHEN j.unknown IS NOT NULL THEN j.unknown WHEN j.breach = 'booking_has_place' THEN '/place'
         WHEN j.breach LIKE 'local_time%' THEN '/repeats' WHEN j.breach IN ('booking_ends_after_it_starts', 'booking_is_within_a_day') THEN '/ends_at'
         ELSE '/starts_at' END AS _pointer,
    CASE WHEN a.id IS NULL AND j.breach LIKE 'local_time%'
        THEN jsonb_build_object('local_time', to_char(j.breach_at, 'YYYY-MM-DD"T"HH24:MI'), 'zone', 'Europe/Helsinki') END AS _members
FROM judged j
LEFT JOIN LATERAL (
    SELECT m.id, m.state, m.version, m.request_hash, false AS replayed,
        (SELECT jsonb_agg(jsonb_build_object('id', x.id, 'starts_at', utc_text(x.starts_at), 'ends_at', utc_text(x.ends_at), 'state', x.state)
                          ORDER BY x.starts_at) FROM made x) AS bookings
    FROM made m WHERE m.id = :new_id::uuid
    UNION ALL
    SELECT b.id, b.state, b.version, b.request_hash, true, booking_series(b.person_id) FROM booking b
    WHERE b.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true
WHERE a.id IS NOT NULL OR j.unknown IS NOT NULL OR j.breach IS NOT NULL;

-- name: booking_list
-- lane: read
-- cursor: starts_at timestamptz, id uuid
SELECT b.id, b.unit_id, b.task, b.area, b.language, b.is_remote, b.starts_at, b.ends_at, b.state, b.expert_id, b.series_id, b.unfilled_because, b.outcome
FROM booking_shown b
JOIN unit u ON u.id = b.unit_id
WHERE unit_is_visible(u.path, :caller_units::text)
    AND (b.starts_at, b.id) > (coalesce(:after_starts_at::timestamptz, :starts_from::timestamptz, '-infinity'),
                               coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000'))
    AND b.starts_at <= coalesce(:starts_to::timestamptz, 'infinity')
    AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid])
    AND (:state::text[] IS NULL OR b.state = ANY (:state::text[]))
    AND (:expert_id::uuid IS NULL OR b.expert_id = :expert_id::uuid)
    AND (:series_id::uuid IS NULL OR b.series_id = :series_id::uuid)
ORDER BY b.starts_at, b.id
LIMIT :limit_and_one::int;

-- name: booking_get
-- lane: read
SELECT b.id, b.unit_id, b.task, b.area, b.language, b.is_remote, b.place, b.online_url, b.about, b.starts_at, b.ends_at, b.state, b.expert_id, b.series_id,
    b.unfilled_because, b.outcome, b.sequence, b.ordered_at, b.confirmed_at, b.version AS _version
FROM booking_shown b
JOIN unit u ON u.id = b.unit_id
WHERE b.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: booking_patch
-- lane: own
-- lock:
SELECT lock_bookings(ARRAY[:id::uuid]) WHERE act_as(:caller_id::uuid);
-- run:
WITH wanted AS MATERIALIZED (
    SELECT b AS old, n AS new, e AS expert, (n.starts_at, n.ends_at, n.is_remote) <> (b.starts_at, b.ends_at, b.is_remote) AS is_moved,
        CASE WHEN n.task <> b.task AND NOT EXISTS (SELECT FROM experience_task t WHERE t.code = n.task AND is_open(t.closed_on)) THEN '/task'
             WHEN n.area <> coalesce(b.area, '') AND NOT EXISTS (SELECT FROM experience_area a WHERE a.code = n.area AND is_open(a.closed_on)) THEN '/area'
             WHEN n.lang <> b.lang AND NOT EXISTS (SELECT FROM spoken_language l WHERE l.code = n.lang AND is_open(l.closed_on)) THEN '/language' END AS unknown,
        CASE WHEN b.state = 'confirmed' THEN CASE WHEN n.task <> b.task THEN '/task' WHEN n.area IS DISTINCT FROM b.area THEN '/area' WHEN n.lang <> b.lang THEN '/language' END END AS taken
    FROM booking b
    JOIN unit u ON u.id = b.unit_id
    LEFT JOIN expert e ON e.id = b.expert_id
    CROSS JOIN LATERAL jsonb_populate_record(b, (:body::jsonb - 'language') || jsonb_build_object('lang', coalesce(:body::jsonb ->> 'language', b.lang))) n
    WHERE b.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), judged AS (
    SELECT w.*,
        CASE WHEN (w.old).version <> :if_match::bigint THEN 'stale_version'
             WHEN (w.old).state = 'offered' THEN 'booking_is_offered'
             WHEN (w.old).state NOT IN ('requested', 'unfilled', 'confirmed') OR (w.old).starts_at <= app_now() THEN 'booking_is_over'
             WHEN w.taken IS NOT NULL THEN 'booking_is_confirmed'
             WHEN w.unknown IS NOT NULL THEN 'unknown_reference'
             WHEN NOT (w.new).is_remote AND (w.new).place IS NULL THEN 'booking_has_place'
             WHEN w.is_moved THEN coalesce(booking_time_breach((w.new).starts_at, (w.new).ends_at),
                                           CASE WHEN (w.old).state = 'confirmed' THEN booking_time_change_breach(w.old, w.new, w.expert) END) END AS problem
    FROM wanted w
), changed AS (
    UPDATE booking b
    SET task = (j.new).task, area = (j.new).area, lang = (j.new).lang, is_remote = (j.new).is_remote, place = (j.new).place, online_url = (j.new).online_url,
        about = (j.new).about, starts_at = (j.new).starts_at, ends_at = (j.new).ends_at
    FROM judged j
    WHERE b.id = (j.old).id AND j.problem IS NULL
    RETURNING b.*
)
SELECT (j.old).id, c.unit_id, c.task, c.area, c.lang AS language, c.is_remote, c.place, c.online_url, c.about, c.starts_at, c.ends_at, c.state, c.expert_id,
    c.person_id AS series_id, c.unfilled_because, NULL::text AS outcome, c.sequence, c.ordered_at, c.confirmed_at, c.version AS _version, j.problem AS _problem,
    CASE WHEN j.problem = 'unknown_reference' THEN j.unknown WHEN j.problem = 'booking_is_confirmed' THEN j.taken WHEN j.problem = 'booking_has_place' THEN '/place'
         WHEN j.problem IN ('booking_ends_after_it_starts', 'booking_is_within_a_day') THEN '/ends_at'
         WHEN j.problem IN ('booking_is_to_come', 'booking_is_too_far', 'expert_is_booked', 'expert_is_not_available') THEN '/starts_at' END AS _pointer,
    CASE WHEN j.problem IN ('expert_is_booked', 'expert_is_not_available')
        THEN jsonb_build_object('free', booking_free_slots((j.old).expert_id, (j.new).starts_at, (j.new).ends_at, (j.old).id)) END AS _members
FROM judged j
LEFT JOIN changed c ON true;

-- name: booking_transition
-- lane: own
-- lock:
SELECT lock_bookings(ARRAY[:id::uuid]);
-- run:
WITH found AS MATERIALIZED (
    SELECT b.id, b.state, b.version, booking_breach(b, :body::jsonb ->> 'to') AS breach
    FROM booking b
    JOIN unit u ON u.id = b.unit_id
    WHERE b.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('booking', f.id, f.state, f.version, caller_roles('booking', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, :if_match::bigint, :caller_id::uuid, :body::jsonb)::move_wish, f.breach) m;

-- name: personal_booking_list
-- lane: read
-- units: the link names the one person
-- cursor: starts_at timestamptz, id uuid
WITH found AS (
    SELECT p.id, p.resource FROM person p WHERE p.token_hash = :link_hash::bytea AND p.resource IN ('booking', 'expert')
)
SELECT b.*, CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (1)) AS asked
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT x.id, x.unit_id, x.task, x.area, x.language, x.is_remote, x.place, x.online_url, x.about, x.starts_at, x.ends_at, x.state, x.outcome, x.sequence
    FROM booking_shown x
    WHERE CASE f.resource WHEN 'expert' THEN x.expert_id = f.id ELSE x.series_id = f.id END
        AND (x.starts_at, x.id) > (coalesce(:after_starts_at::timestamptz, '-infinity'), coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000'))
    ORDER BY x.starts_at, x.id
    LIMIT :limit_and_one::int
) b ON true
WHERE f.id IS NULL OR b.id IS NOT NULL
ORDER BY b.starts_at, b.id;

-- name: personal_booking_transition
-- lane: own
-- units: the link names the one person
-- lock:
SELECT lock_bookings(ARRAY[b.id])
FROM person p JOIN booking b ON p.id IN (b.person_id, b.expert_id) WHERE p.token_hash = :link_hash::bytea AND b.id = :id::uuid;
-- run:
WITH found AS MATERIALIZED (
    SELECT b.id, b.state, b.version, booking_breach(b, :body::jsonb ->> 'to') AS breach, CASE p.resource WHEN 'expert' THEN 'expert' ELSE 'orderer' END AS who
    FROM person p
    JOIN booking b ON p.id IN (b.person_id, b.expert_id)
    WHERE p.token_hash = :link_hash::bytea AND b.id = :id::uuid
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('booking', f.id, f.state, f.version, ARRAY[f.who],
    ROW(:new_id::uuid, :request_hash::bytea, NULL, NULL, :body::jsonb)::move_wish, f.breach) m;
