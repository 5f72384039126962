-- Members of panels, as coordinators see them. Names are for who runs the panel. Whoever moves a member locks the panel first.

-- name: member_nominate
-- lane: own
-- lock:
SELECT p.id FROM panel p WHERE p.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT p.id AS panel_id, b.*, :body::jsonb ->> 'name' AS name, o.id AS old_id,
        CASE WHEN o.id IS NOT NULL THEN CASE WHEN o.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END
             WHEN p.state IN ('ended', 'evaluated') THEN 'panel_is_over'
             WHEN b.municipality IS NOT NULL AND NOT EXISTS (SELECT FROM municipality c WHERE c.code = b.municipality) THEN 'unknown_reference'
             WHEN address_in_panel(p.id, :contact_index::bytea) THEN 'member_is_once_in_panel'
             ELSE place_breach(p.kind, p.rules, b.asked) END AS problem
    FROM panel p
    JOIN unit u ON u.id = p.unit_id
    CROSS JOIN (SELECT x AS asked, x.role, x.municipality, x.age_band, x.gender, x.lang, coalesce(x.is_staff, false) AS is_staff,
                    coalesce(x.in_statutory_body, false) AS in_statutory_body
                FROM jsonb_populate_record(NULL::member, :body::jsonb) x) b
    LEFT JOIN member o ON o.id = :new_id::uuid
    WHERE p.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), made AS (
    INSERT INTO member (id, panel_id, role, came_by, municipality, age_band, gender, lang, is_staff, in_statutory_body, request_hash)
    SELECT :new_id::uuid, j.panel_id, j.role, 'nomination', j.municipality, j.age_band, j.gender, j.lang, j.is_staff, j.in_statutory_body, :request_hash::bytea
    FROM judged j WHERE j.problem IS NULL AND j.old_id IS NULL
    ON CONFLICT (id) DO NOTHING -- the same key for another panel at the same time
    RETURNING *
), named AS (
    INSERT INTO member_name (member_id, name) SELECT m.id, j.name FROM made m CROSS JOIN judged j
), reached AS (
    INSERT INTO person (id, resource, token_hash, sealed, key_id, address_hash, lang)
    SELECT m.id, 'member', :new_link_hash::bytea, :contact_sealed::bytea, :contact_key::text, :contact_index::bytea, coalesce(m.lang, 'fi') FROM made m
)
SELECT 201 AS _status, a.id, a.panel_id, a.role, a.state, a.came_by, coalesce(n.name, j.name) AS name, a.municipality, a.age_band, a.gender, a.lang,
    a.is_staff, a.in_statutory_body, a.applied_on, a.answer_by, a.from_on, a.until_on, a.version AS _version, '/v1/members/' || a.id AS _location,
    j.old_id IS NOT NULL AS _replayed, CASE WHEN j.problem IS NULL AND a.id IS NULL THEN 'idempotency_key_reused' ELSE j.problem END AS _problem,
    CASE j.problem WHEN 'unknown_reference' THEN '/municipality' END AS _pointer
FROM judged j
LEFT JOIN LATERAL (SELECT * FROM made UNION ALL SELECT x.* FROM member x WHERE x.id = j.old_id) a ON true
LEFT JOIN member_name n ON n.member_id = a.id;

-- name: member_apply
-- lane: write
-- units: whoever knows of a public panel that recruits may apply
-- An address that is there already gets its link again, and the answer is the same: whether it is there is not told.
WITH judged AS (
    SELECT p.id AS panel_id, b.*, :body::jsonb ->> 'name' AS name,
        CASE WHEN p.state <> 'recruiting' OR p.recruits_until < app_today() THEN 'panel_does_not_recruit'
             WHEN b.municipality IS NOT NULL AND NOT EXISTS (SELECT FROM municipality c WHERE c.code = b.municipality) THEN 'unknown_reference' END AS problem
    FROM panel p
    CROSS JOIN (SELECT x.role, x.municipality, x.age_band, x.gender, x.lang, coalesce(x.is_staff, false) AS is_staff,
                    coalesce(x.in_statutory_body, false) AS in_statutory_body
                FROM jsonb_populate_record(NULL::member, :body::jsonb) x) b
    WHERE p.id = :id::uuid AND p.is_public AND p.state <> 'draft'
), again AS MATERIALIZED (
    SELECT r.*
    FROM (SELECT coalesce(bool_or(x.problem IS NULL), false) AS may_apply FROM judged x) j
    CROSS JOIN LATERAL member_again(:new_id::uuid, :id::uuid, :contact_index::bytea, :request_hash::bytea, j.may_apply) r
), made AS (
    INSERT INTO member (id, panel_id, role, municipality, age_band, gender, lang, is_staff, in_statutory_body, request_hash)
    SELECT :new_id::uuid, j.panel_id, j.role, j.municipality, j.age_band, j.gender, j.lang, j.is_staff, j.in_statutory_body, :request_hash::bytea
    FROM judged j WHERE j.problem IS NULL AND NOT EXISTS (SELECT FROM again) AND act_as(NULL)
    ON CONFLICT (id) DO NOTHING
    RETURNING *
), named AS (
    INSERT INTO member_name (member_id, name) SELECT m.id, j.name FROM made m CROSS JOIN judged j
), reached AS (
    INSERT INTO person (id, resource, token_hash, sealed, key_id, address_hash, lang, wants_news, wants_digest)
    SELECT m.id, 'member', :new_link_hash::bytea, :contact_sealed::bytea, :contact_key::text, :contact_index::bytea, m.lang,
        coalesce(b.wants_news, false), coalesce(b.wants_digest, false)
    FROM made m CROSS JOIN jsonb_to_record(:body::jsonb) AS b (wants_news boolean, wants_digest boolean)
)
SELECT 201 AS _status, coalesce(j.panel_id, a.panel_id) AS panel_id, a.id, a.applied_on, a.replayed AS _replayed, :contact_sealed::bytea IS NULL AS _link,
    CASE WHEN :body::jsonb ->> 'lang' IN ('fi', 'sv', 'en') THEN :body::jsonb ->> 'lang' END AS _link_language,
    CASE WHEN a.id IS NULL THEN coalesce(j.problem, 'not_found')
         WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NULL AND j.problem = 'unknown_reference' THEN '/municipality' END AS _pointer
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN judged j ON true
LEFT JOIN LATERAL (
    SELECT m.id, m.panel_id, m.applied_on, m.request_hash, false AS replayed FROM made m
    UNION ALL
    SELECT :new_id::uuid, r.panel_id, r.made_on, r.request_hash, r.is_replayed FROM again r
    UNION ALL
    SELECT x.id, x.panel_id, x.applied_on, x.request_hash, true FROM member x WHERE x.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true
WHERE a.id IS NOT NULL OR j.panel_id IS NULL OR j.problem IS NOT NULL;

-- name: member_list
-- lane: read
-- cursor: id uuid
WITH found AS (
    SELECT p.id FROM panel p JOIN unit u ON u.id = p.unit_id WHERE p.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT m.id, m.panel_id, m.role, m.state, m.came_by, m.name, m.municipality, m.age_band, m.gender, m.lang, m.is_staff, m.in_statutory_body,
    m.applied_on, m.answer_by, m.from_on, m.until_on, CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT x.*, CASE WHEN 'panels:write' = ANY (:caller_scopes::text[]) THEN n.name END AS name
    FROM member x
    LEFT JOIN member_name n ON n.member_id = x.id
    WHERE x.panel_id = f.id AND x.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
        AND (:state::text[] IS NULL OR x.state = ANY (:state::text[])) AND (:role::text[] IS NULL OR x.role = ANY (:role::text[]))
    ORDER BY x.id
    LIMIT :limit_and_one::int
) m ON true
WHERE f.id IS NULL OR m.id IS NOT NULL
ORDER BY m.id;

-- name: member_get
-- lane: read
SELECT m.id, m.panel_id, m.role, m.state, m.came_by, CASE WHEN 'panels:write' = ANY (:caller_scopes::text[]) THEN n.name END AS name,
    m.municipality, m.age_band, m.gender, m.lang, m.is_staff, m.in_statutory_body, m.applied_on, m.answer_by, m.from_on, m.until_on,
    (SELECT x.reason FROM shown_step x WHERE x.resource = 'member' AND x.subject = m.id ORDER BY x.version DESC LIMIT 1) AS state_reason,
    m.version AS _version
FROM member m
JOIN panel p ON p.id = m.panel_id
JOIN unit u ON u.id = p.unit_id
LEFT JOIN member_name n ON n.member_id = m.id
WHERE m.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: member_patch
-- lane: own
-- lock:
WITH held AS MATERIALIZED (
    SELECT p.id FROM panel p WHERE p.id = (SELECT m.panel_id FROM member m WHERE m.id = :id::uuid) AND act_as(:caller_id::uuid) FOR NO KEY UPDATE
)
SELECT m.id FROM member m WHERE m.id = :id::uuid AND m.panel_id = (SELECT h.id FROM held h) FOR NO KEY UPDATE;
-- run:
WITH wanted AS (
    SELECT m.id, m.version, m.state, m.from_on, m.role AS old_role, p.kind, p.rules, p.id AS panel_id, w AS asked, w.role, w.municipality, w.age_band, w.gender,
        w.lang, w.is_staff, w.in_statutory_body, w.until_on, :body::jsonb ->> 'name' AS name
    FROM member m
    JOIN panel p ON p.id = m.panel_id
    JOIN unit u ON u.id = p.unit_id
    CROSS JOIN LATERAL jsonb_populate_record(m, :body::jsonb) w
    WHERE m.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), judged AS (
    SELECT w.*, CASE
        WHEN w.version <> :if_match::bigint THEN 'stale_version'
        WHEN w.municipality IS NOT NULL AND NOT EXISTS (SELECT FROM municipality c WHERE c.code = w.municipality) THEN 'unknown_reference'
        WHEN 'until_on' = ANY (:body_names::text[]) AND w.state <> 'active' THEN 'membership_is_not_active'
        WHEN 'until_on' = ANY (:body_names::text[]) AND w.until_on < greatest(w.from_on, app_today()) THEN 'member_ends_after_it_starts'
        WHEN member_has_place(w.asked) AND place_breach(w.kind, w.rules, w.asked) IS NOT NULL THEN place_breach(w.kind, w.rules, w.asked)
        WHEN member_has_place(w.asked) AND w.old_role = 'facilitator' AND panel_room(w.panel_id) < 1 THEN 'panel_has_room' END AS problem
    FROM wanted w
), changed AS (
    UPDATE member m
    SET role = j.role, municipality = j.municipality, age_band = j.age_band, gender = j.gender, lang = j.lang, is_staff = j.is_staff,
        in_statutory_body = j.in_statutory_body, until_on = j.until_on
    FROM judged j
    WHERE m.id = j.id AND j.problem IS NULL
    RETURNING m.*
), named AS (
    INSERT INTO member_name AS n (member_id, name) SELECT c.id, j.name FROM changed c CROSS JOIN judged j WHERE j.name IS NOT NULL
    ON CONFLICT (member_id) DO UPDATE SET name = excluded.name
)
SELECT j.id, c.panel_id, c.role, c.state, c.came_by, coalesce(j.name, n.name) AS name, c.municipality, c.age_band, c.gender, c.lang, c.is_staff,
    c.in_statutory_body, c.applied_on, c.answer_by, c.from_on, c.until_on, c.version AS _version, j.problem AS _problem,
    CASE j.problem WHEN 'unknown_reference' THEN '/municipality' WHEN 'member_ends_after_it_starts' THEN '/until_on'
                   WHEN 'membership_is_not_active' THEN '/until_on' END AS _pointer
FROM judged j
LEFT JOIN changed c ON true
LEFT JOIN member_name n ON n.member_id = j.id;

-- name: member_transition
-- lane: own
-- lock:
WITH held AS MATERIALIZED (
    SELECT p.id FROM panel p WHERE p.id = (SELECT m.panel_id FROM member m WHERE m.id = :id::uuid) FOR NO KEY UPDATE
)
SELECT m.id FROM member m WHERE m.id = :id::uuid AND m.panel_id = (SELECT h.id FROM held h) FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT m.id, m.state, m.version, member_breach(m, :body::jsonb ->> 'to') AS breach
    FROM member m
    JOIN panel p ON p.id = m.panel_id
    JOIN unit u ON u.id = p.unit_id
    WHERE m.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('member', f.id, f.state, f.version, caller_roles('member', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, :if_match::bigint, :caller_id::uuid, :body::jsonb)::move_wish, f.breach) m;

-- ---- what members see and do themselves, by their link ----

-- name: membership_get
-- lane: read
-- units: the link names the one member
SELECT m.id, m.panel_id, p.kind AS panel_kind, p.name AS panel_name, p.purpose AS panel_purpose, p.starts_on, p.ends_on, p.state AS panel_state,
    n.name, m.role, m.state, m.applied_on, m.answer_by, m.from_on, m.until_on,
    legal_states('member', m.state, '{member}') AS can_move_to
FROM person x
JOIN member m ON m.id = x.id
JOIN panel p ON p.id = m.panel_id
LEFT JOIN member_name n ON n.member_id = m.id
WHERE x.token_hash = :link_hash::bytea AND x.resource = 'member';

-- name: membership_transition
-- lane: own
-- units: the link names the one member
-- lock:
WITH asked AS MATERIALIZED (
    SELECT m.id, m.panel_id FROM person x JOIN member m ON m.id = x.id WHERE x.token_hash = :link_hash::bytea
), held AS MATERIALIZED (
    SELECT p.id FROM panel p WHERE p.id = (SELECT a.panel_id FROM asked a) FOR NO KEY UPDATE
)
SELECT m.id FROM member m WHERE m.id = (SELECT a.id FROM asked a) AND m.panel_id = (SELECT h.id FROM held h) FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT m.id, m.state, m.version, member_breach(m, :body::jsonb ->> 'to') AS breach
    FROM person x
    JOIN member m ON m.id = x.id
    WHERE x.token_hash = :link_hash::bytea AND x.resource = 'member'
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('member', f.id, f.state, f.version, '{member}',
    ROW(:new_id::uuid, :request_hash::bytea, NULL, NULL, :body::jsonb)::move_wish, f.breach) m;
