-- The register of experts: coordinators keep it, orderers look through what experts show them, experts write their own card by their links.

-- ---- coordinators ----

-- name: expert_create
-- lane: write
WITH wanted AS (
    SELECT u.id AS unit_id, x.asked, f.*
    FROM (SELECT jsonb_populate_record(NULL::expert, :body::jsonb) AS asked) x
    LEFT JOIN unit u ON u.id = (x.asked).unit_id AND is_open(u.closed_on) AND unit_is_visible(u.path, :caller_units::text)
    LEFT JOIN LATERAL expert_fault(x.asked, :body::jsonb) f ON true
), faulted AS (
    SELECT w.unit_id, w.asked, CASE WHEN w.unit_id IS NULL THEN 'unknown_reference' ELSE w.problem END AS problem,
        CASE WHEN w.unit_id IS NULL THEN '/unit_id' ELSE w.pointer END AS pointer
    FROM wanted w
), judged AS MATERIALIZED (
    SELECT f.unit_id, f.asked, coalesce(f.problem, CASE WHEN k.id IS NOT NULL THEN 'expert_is_known' END) AS problem,
        CASE WHEN f.problem IS NULL THEN '/contact/email' ELSE f.pointer END AS pointer, k.id AS known_id
    FROM faulted f
    CROSS JOIN LATERAL (SELECT CASE WHEN f.problem IS NULL THEN expert_known(:contact_index::bytea, :new_id::uuid) END AS id) k
), made AS (
    INSERT INTO expert AS e (id, unit_id, is_remote, training, trained_on, agreement_from, agreement_until, week_hours, notice_hours, travel_minutes, request_hash)
    SELECT :new_id::uuid, j.unit_id, coalesce((j.asked).is_remote, false), (j.asked).training, (j.asked).trained_on, (j.asked).agreement_from,
        (j.asked).agreement_until, (j.asked).week_hours, coalesce((j.asked).notice_hours, rule_value('expert_notice_hours')),
        coalesce((j.asked).travel_minutes, rule_value('expert_travel_minutes')), :request_hash::bytea
    FROM judged j WHERE j.problem IS NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING e.*
), worded AS (
    INSERT INTO expert_words (expert_id, name, title, story, not_today)
    SELECT m.id, b.name, b.title, b.story, b.not_today FROM made m CROSS JOIN jsonb_populate_record(NULL::expert_words, :body::jsonb) b
), reached AS (
    INSERT INTO person (id, resource, token_hash, sealed, key_id, address_hash, lang)
    SELECT m.id, 'expert', :new_link_hash::bytea, :contact_sealed::bytea, :contact_key::text, :contact_index::bytea, coalesce(:body::jsonb ->> 'lang', 'fi')
    FROM made m
)
SELECT 201 AS _status, a.id, a.unit_id, a.state, a.applied_on, a.version AS _version, a.replayed AS _replayed, :contact_index::bytea IS NULL AS _link,
    CASE WHEN a.id IS NULL THEN j.problem
         WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NULL THEN j.pointer END AS _pointer,
    CASE WHEN a.id IS NULL THEN (SELECT jsonb_build_object('expert_id', e.id) FROM expert e JOIN unit u ON u.id = e.unit_id
                                 WHERE e.id = j.known_id AND unit_is_visible(u.path, :caller_units::text)) END AS _members
FROM judged j
LEFT JOIN LATERAL (
    SELECT m.*, false AS replayed FROM made m CROSS JOIN LATERAL expert_lists_keep(m.id, :body::jsonb)
    UNION ALL
    SELECT e.*, true FROM expert e WHERE e.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true
WHERE a.id IS NOT NULL OR j.problem IS NOT NULL;

-- name: expert_register
-- lane: read
-- cursor: id uuid
SELECT e.id, e.unit_id, e.state, w.name, e.is_remote, e.agreement_from, e.agreement_until, e.applied_on, e.ended_on
FROM expert e
JOIN unit u ON u.id = e.unit_id
LEFT JOIN expert_words w ON w.expert_id = e.id
WHERE unit_is_visible(u.path, :caller_units::text) AND e.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
    AND (:state::text[] IS NULL OR e.state = ANY (:state::text[]))
ORDER BY e.id
LIMIT :limit_and_one::int;

-- name: expert_get
-- lane: read
SELECT c.id, c.unit_id, c.state, c.name, c.title, c.story, c.not_today, c.areas, c.tasks, c.languages, c.municipalities, c.is_remote, c.training, c.trained_on,
    c.agreement_from, c.agreement_until, c.week_hours, c.notice_hours, c.travel_minutes, c.shown, c.applied_on, c.ended_on, p.lang, p.has_address,
    c.version AS _version
FROM expert_card c
JOIN unit u ON u.id = c.unit_id
LEFT JOIN person p ON p.id = c.id
WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: expert_patch
-- lane: own
-- lock:
SELECT e.id FROM expert e WHERE e.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT e AS old, e.id, p.lang, p.has_address
    FROM expert e
    JOIN unit u ON u.id = e.unit_id
    LEFT JOIN person p ON p.id = e.id
    WHERE e.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), changed AS MATERIALIZED (
    SELECT f.id, f.old, f.lang, f.has_address, x.card, x.problem, x.pointer FROM found f CROSS JOIN LATERAL expert_patched(f.old, :body::jsonb, :if_match::bigint) x
)
SELECT c.id, (c.card).unit_id, (c.card).state, (c.card).name, (c.card).title, (c.card).story, (c.card).not_today, (c.card).areas, (c.card).tasks,
    (c.card).languages, (c.card).municipalities, (c.card).is_remote, (c.card).training, (c.card).trained_on, (c.card).agreement_from,
    (c.card).agreement_until, (c.card).week_hours, (c.card).notice_hours, (c.card).travel_minutes, (c.card).shown, (c.card).applied_on,
    (c.card).ended_on, c.lang, c.has_address, (c.card).version AS _version, c.problem AS _problem, c.pointer AS _pointer,
    CASE c.problem WHEN 'agreement_covers_bookings' THEN jsonb_build_object('bookings', expert_uncovered(c.old, jsonb_populate_record(c.old, :body::jsonb))) END AS _members
FROM changed c;

-- name: expert_transition
-- lane: own
-- lock:
SELECT e.id FROM expert e WHERE e.id = :id::uuid FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT e.id, e.state, e.version, expert_breach(e, :body::jsonb ->> 'to') AS breach
    FROM expert e
    JOIN unit u ON u.id = e.unit_id
    WHERE e.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('expert', f.id, f.state, f.version, caller_roles('expert', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, :if_match::bigint, :caller_id::uuid, :body::jsonb)::move_wish, f.breach) m;

-- name: expert_link_renew
-- lane: own
-- lock:
SELECT p.id FROM person p WHERE p.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH found AS (
    SELECT p.id, p.lang, p.has_address, l.person_id AS link_of
    FROM person p
    JOIN expert e ON e.id = p.id
    JOIN unit u ON u.id = e.unit_id
    LEFT JOIN person_link l ON l.id = :new_id::uuid
    WHERE p.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), made AS ( -- its trigger changes the person
    INSERT INTO person_link (id, person_id, token_hash)
    SELECT :new_id::uuid, f.id, :new_link_hash::bytea FROM found f WHERE f.link_of IS NULL
    ON CONFLICT (id) DO NOTHING -- the same key for another expert at the same time
    RETURNING person_id
)
SELECT f.id, 'expert' AS resource, f.lang, f.has_address, f.link_of IS NOT NULL AS _replayed, NOT f.has_address AS _link,
    CASE WHEN coalesce(f.link_of, m.person_id) IS DISTINCT FROM f.id THEN 'idempotency_key_reused' END AS _problem
FROM found f
LEFT JOIN made m ON true;

-- name: expert_erase
-- lane: own
-- lock:
SELECT p.id FROM person p WHERE p.id = :id::uuid FOR UPDATE;
-- run:
WITH found AS (
    SELECT e.id, x.id AS erasure_id, p.id IS NOT NULL AS is_there
    FROM expert e
    JOIN unit u ON u.id = e.unit_id
    LEFT JOIN person p ON p.id = e.id
    LEFT JOIN person_erasure x ON x.person_id = e.id
    WHERE e.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), made AS (
    INSERT INTO person_erasure (person_id, resource, id, who, caller_id)
    SELECT f.id, 'expert', :new_id::uuid, 'coordinator', :caller_id::uuid FROM found f WHERE f.erasure_id IS NULL AND f.is_there
)
SELECT f.id, true AS is_erased, coalesce(f.erasure_id = :new_id::uuid, false) AS _replayed FROM found f WHERE f.is_there OR f.erasure_id IS NOT NULL;

-- ---- orderers ----

-- name: expert_search
-- lane: search
-- cursor: _worked bigint, id uuid
-- What an expert does not show is not in the reply, and cannot be searched by.
WITH matching AS MATERIALIZED (
    SELECT e.id, e.unit_id, e.notice_hours
    FROM expert e
    JOIN unit u ON u.id = e.unit_id
    WHERE expert_can_be_ordered(e) AND unit_serves(u.id, u.path, :caller_units::text)
        AND (:area::text IS NULL OR 'areas' = ANY (e.shown) AND EXISTS (SELECT FROM expert_area x WHERE x.expert_id = e.id AND x.area = :area::text))
        AND (:task::text IS NULL OR 'tasks' = ANY (e.shown) AND EXISTS (SELECT FROM expert_task x WHERE x.expert_id = e.id AND x.task = :task::text))
        AND (:language::text IS NULL OR 'languages' = ANY (e.shown) AND EXISTS (
            SELECT FROM expert_language x WHERE x.expert_id = e.id AND x.lang = :language::text))
        AND (:municipality::text IS NULL AND :is_remote::boolean IS NOT TRUE
            OR 'municipalities' = ANY (e.shown) AND EXISTS (
                SELECT FROM expert_municipality x WHERE x.expert_id = e.id AND x.municipality = :municipality::text)
            OR 'is_remote' = ANY (e.shown) AND e.is_remote AND :is_remote::boolean)
), asked AS MATERIALIZED (
    SELECT w.*, time_range_fault(w.from_at, w.until_at) AS problem
    FROM (SELECT coalesce(:from::timestamptz, app_now()) AS from_at, num_nonnulls(:from::timestamptz, :until::timestamptz, :minutes::int) > 0 AS is_asked,
              coalesce(:until::timestamptz, coalesce(:from::timestamptz, app_now()) + interval '14 days') AS until_at) w
), free AS (
    SELECT f.expert_id, jsonb_agg(jsonb_build_object('starts_at', utc_text(f.starts_at), 'ends_at', utc_text(f.ends_at)) ORDER BY f.starts_at) AS slots
    FROM asked a
    CROSS JOIN LATERAL expert_free(ARRAY(SELECT m.id FROM matching m), a.from_at, a.until_at, coalesce(:minutes::int, 60)) f
    WHERE a.is_asked AND a.problem IS NULL
    GROUP BY f.expert_id
), found AS (
    SELECT m.*, coalesce(w.minutes, 0) AS worked, f.slots
    FROM matching m
    CROSS JOIN asked a
    LEFT JOIN expert_worked(ARRAY(SELECT x.id FROM matching x), app_now() - interval '90 days') w ON w.expert_id = m.id
    LEFT JOIN free f ON f.expert_id = m.id
    WHERE (NOT a.is_asked OR f.expert_id IS NOT NULL) AND (:after_id::uuid IS NULL OR (coalesce(w.minutes, 0), m.id) > (:after__worked::bigint, :after_id::uuid))
    ORDER BY worked, m.id
    LIMIT :limit_and_one::int
)
SELECT f.id, f.unit_id, expert_profile(f.id) AS profile, f.notice_hours, f.slots AS free, f.worked AS _worked, a.problem AS _problem, CASE WHEN a.problem IS NOT NULL THEN 'until' END AS _pointer
FROM asked a
LEFT JOIN found f ON a.problem IS NULL
WHERE a.problem IS NOT NULL OR f.id IS NOT NULL
ORDER BY f.worked, f.id;

-- name: expert_profile
-- lane: read
SELECT e.id, e.unit_id, expert_profile(e.id) AS profile, e.notice_hours
FROM expert e
JOIN unit u ON u.id = e.unit_id
WHERE e.id = :id::uuid AND expert_can_be_ordered(e) AND unit_serves(u.id, u.path, :caller_units::text);

-- name: expert_free_slots
-- lane: read
-- cursor: starts_at timestamptz
WITH found AS (
    SELECT e.id, time_range_fault(:from::timestamptz, :until::timestamptz) AS problem
    FROM expert e
    JOIN unit u ON u.id = e.unit_id
    WHERE e.id = :id::uuid AND expert_can_be_ordered(e) AND unit_serves(u.id, u.path, :caller_units::text)
)
SELECT s.starts_at, s.ends_at, CASE WHEN f.id IS NULL THEN 'not_found' ELSE f.problem END AS _problem,
    CASE WHEN f.problem IS NOT NULL THEN 'until' END AS _pointer
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT x.* FROM expert_free(ARRAY[f.id], :from::timestamptz, :until::timestamptz, coalesce(:minutes::int, 60)) x
    WHERE f.problem IS NULL AND x.starts_at > coalesce(:after_starts_at::timestamptz, '-infinity')
    LIMIT :limit_and_one::int
) s ON true
WHERE f.id IS NULL OR f.problem IS NOT NULL OR s.starts_at IS NOT NULL
ORDER BY s.starts_at;

-- ---- experts, by their link ----

-- name: own_expert_get
-- lane: read
-- units: the link names the one expert
SELECT c.id, c.state, c.name, c.title, c.story, c.not_today, c.areas, c.tasks, c.languages, c.municipalities, c.is_remote, c.training, c.trained_on,
    c.agreement_from, c.agreement_until, c.week_hours, c.notice_hours, c.travel_minutes, c.shown, c.applied_on, c.ended_on,
    legal_states('expert', c.state, '{expert}') AS can_move_to
FROM person p
JOIN expert_card c ON c.id = p.id
WHERE p.token_hash = :link_hash::bytea AND p.resource = 'expert';

-- name: own_expert_put
-- lane: own
-- units: the link names the one expert
-- lock:
SELECT e.id FROM person p JOIN expert e ON e.id = p.id WHERE p.token_hash = :link_hash::bytea AND act_as(NULL) FOR NO KEY UPDATE OF e;
-- run:
WITH changed AS MATERIALIZED (
    SELECT x.*
    FROM person p
    JOIN expert e ON e.id = p.id
    CROSS JOIN LATERAL expert_patched(e, jsonb_build_object('title', NULL, 'story', NULL, 'not_today', NULL, 'areas', '{}'::text[], 'tasks', '{}'::text[],
        'languages', '{}'::text[], 'municipalities', '{}'::text[], 'is_remote', false, 'week_hours', NULL,
        'notice_hours', rule_value('expert_notice_hours'), 'travel_minutes', rule_value('expert_travel_minutes')) || :body::jsonb, e.version) x
    WHERE p.token_hash = :link_hash::bytea AND p.resource = 'expert' AND e.state IN ('applied', 'active', 'on_break')
)
SELECT (c.card).id, (c.card).state, (c.card).name, (c.card).title, (c.card).story, (c.card).not_today, (c.card).areas, (c.card).tasks,
    (c.card).languages, (c.card).municipalities, (c.card).is_remote, (c.card).training, (c.card).trained_on, (c.card).agreement_from,
    (c.card).agreement_until, (c.card).week_hours, (c.card).notice_hours, (c.card).travel_minutes, (c.card).shown, (c.card).applied_on,
    (c.card).ended_on, legal_states('expert', (c.card).state, '{expert}') AS can_move_to, c.problem AS _problem, c.pointer AS _pointer
FROM changed c;

-- name: own_expert_show
-- lane: own
-- units: the link names the one expert
UPDATE expert e SET shown = ARRAY(SELECT DISTINCT jsonb_array_elements_text(coalesce(:body::jsonb -> 'shown', '[]')) ORDER BY 1)
FROM person p
WHERE p.token_hash = :link_hash::bytea AND p.resource = 'expert' AND e.id = p.id AND e.state IN ('applied', 'active', 'on_break') AND act_as(NULL)
RETURNING e.id, to_jsonb(e.shown) AS shown;

-- name: own_expert_transition
-- lane: own
-- units: the link names the one expert
-- lock:
SELECT e.id FROM person p JOIN expert e ON e.id = p.id WHERE p.token_hash = :link_hash::bytea FOR NO KEY UPDATE OF e;
-- run:
WITH found AS MATERIALIZED (
    SELECT e.id, e.state, e.version, expert_breach(e, :body::jsonb ->> 'to') AS breach
    FROM person p
    JOIN expert e ON e.id = p.id
    WHERE p.token_hash = :link_hash::bytea AND p.resource = 'expert'
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('expert', f.id, f.state, f.version, '{expert}',
    ROW(:new_id::uuid, :request_hash::bytea, NULL, NULL, :body::jsonb)::move_wish, f.breach) m;
