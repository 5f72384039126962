-- Panels as coordinators run them.

-- name: panel_create
-- lane: write
WITH wanted AS (
    SELECT b.*, u.id AS seen_unit, x.unknown, b.service_id IS NOT NULL AND s.id IS NULL AS lacks_service, x.beyond,
        CASE WHEN u.id IS NULL OR b.service_id IS NOT NULL AND s.id IS NULL OR x.unknown IS NOT NULL THEN 'unknown_reference'
             WHEN b.ends_on < b.starts_on THEN 'panel_ends_after_it_starts'
             WHEN b.recruits_until > b.ends_on THEN 'panel_recruits_before_it_ends'
             WHEN b.recruits_until < app_today() AND date_is_near(b.recruits_until) THEN 'day_is_past'
             WHEN quota_problems(b.quota) IS NOT NULL THEN 'contract_violation'
             WHEN x.beyond IS NOT NULL THEN 'quota_is_within_size'
             WHEN NOT panel_term_is_within_rule(b.kind, coalesce(b.rules, '{}'), b.starts_on, b.ends_on) THEN 'panel_term_is_within_rule' END AS problem
    FROM jsonb_to_record(:body::jsonb) AS b (unit_id uuid, service_id uuid, kind text, name jsonb, purpose jsonb, starts_on date, ends_on date,
        rules jsonb, quota jsonb, is_public boolean, recruits_until date, checks_by_hand boolean)
    CROSS JOIN LATERAL (SELECT quota_beyond_size(b.quota, panel_number(b.kind, coalesce(b.rules, '{}'), 'size')) AS beyond, quota_unknown(b.quota) AS unknown) x
    LEFT JOIN LATERAL (SELECT x.id FROM unit x
                       WHERE x.id = b.unit_id AND is_open(x.closed_on) AND unit_is_visible(x.path, :caller_units::text) OFFSET 0) u ON true
    LEFT JOIN LATERAL (SELECT x.id FROM service x JOIN unit y ON y.id = x.unit_id
                       WHERE x.id = b.service_id AND is_open(x.closed_on) AND unit_is_visible(y.path, :caller_units::text) OFFSET 0) s ON true
), made AS (
    INSERT INTO panel (id, unit_id, service_id, kind, name, purpose, starts_on, ends_on, rules, quota, is_public, recruits_until, checks_by_hand,
        request_hash)
    SELECT :new_id::uuid, w.unit_id, w.service_id, w.kind, w.name, coalesce(w.purpose, '{}'), w.starts_on, w.ends_on, coalesce(w.rules, '{}'),
        coalesce(w.quota, '[]'), coalesce(w.is_public, false), w.recruits_until, coalesce(w.checks_by_hand, true), :request_hash::bytea
    FROM wanted w WHERE w.problem IS NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING *
)
SELECT a.id, a.unit_id, a.service_id, a.kind, a.name, a.purpose, a.level, a.is_statutory, a.state, a.starts_on, a.ends_on, a.rules, a.quota, a.is_public, a.recruits_until,
    a.checks_by_hand,
    a.evaluation, a.made_on, a.version AS _version, a.replayed AS _replayed,
    CASE WHEN a.id IS NULL THEN w.problem
         WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NOT NULL OR w.problem = 'contract_violation' THEN NULL WHEN w.problem IN ('panel_recruits_before_it_ends', 'day_is_past') THEN '/recruits_until'
         WHEN w.problem = 'quota_is_within_size' THEN '/quota/' || (w.beyond ->> 'place') || '/least' WHEN w.problem <> 'unknown_reference' THEN '/ends_on' WHEN w.seen_unit IS NULL THEN '/unit_id' WHEN w.lacks_service THEN '/service_id' ELSE w.unknown END AS _pointer,
    CASE WHEN a.id IS NULL AND w.problem = 'contract_violation' THEN quota_problems(w.quota) END AS _errors,
    CASE WHEN a.id IS NULL AND w.problem = 'quota_is_within_size' THEN w.beyond - 'place' END AS _members
FROM wanted w
LEFT JOIN LATERAL (
    SELECT m.*, false AS replayed FROM made m
    UNION ALL
    SELECT p.*, true FROM panel p WHERE p.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true
WHERE a.id IS NOT NULL OR w.problem IS NOT NULL;

-- name: panel_list
-- lane: read
-- cursor: made_on date, id uuid
SELECT p.id, p.unit_id, p.service_id, p.kind, p.name, p.purpose, p.level, p.is_statutory, p.state, p.starts_on, p.ends_on, p.rules, p.quota, p.is_public, p.recruits_until,
    p.checks_by_hand,
    p.evaluation, p.made_on
FROM panel p
JOIN unit u ON u.id = p.unit_id
WHERE unit_is_visible(u.path, :caller_units::text)
    AND (p.made_on, p.id) < (coalesce(:after_made_on::date, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid])
    AND (:kind::text[] IS NULL OR p.kind = ANY (:kind::text[]))
    AND (:state::text[] IS NULL OR p.state = ANY (:state::text[]))
ORDER BY p.made_on DESC, p.id DESC
LIMIT :limit_and_one::int;

-- name: panel_get
-- lane: read
SELECT p.id, p.unit_id, p.service_id, p.kind, p.name, p.purpose, p.level, p.is_statutory, p.state, p.starts_on, p.ends_on, p.rules, p.quota, p.is_public, p.recruits_until,
    p.checks_by_hand,
    p.evaluation, p.made_on, (SELECT x.reason FROM shown_step x WHERE x.resource = 'panel' AND x.subject = p.id ORDER BY x.version DESC LIMIT 1) AS state_reason,
    (SELECT x.seed_hash FROM panel_seed x WHERE x.panel_id = p.id ORDER BY x.n DESC LIMIT 1) AS next_seed_hash, p.version AS _version
FROM panel p
JOIN unit u ON u.id = p.unit_id
WHERE p.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: panel_patch
-- lane: own
-- What is over can be evaluated, and nothing else.
-- lock:
SELECT p.id FROM panel p WHERE p.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH wanted AS (
    SELECT p.id, p.kind, p.state, p.version, b.service_id IS NOT NULL AND s.id IS NULL AS lacks_service, quota_unknown(b.quota) AS unknown,
        CASE WHEN 'service_id' = ANY (:body_names::text[]) THEN b.service_id ELSE p.service_id END AS service_id,
        jsonb_strip_nulls(p.name || coalesce(b.name, '{}')) AS name, jsonb_strip_nulls(p.purpose || coalesce(b.purpose, '{}')) AS purpose,
        p.starts_on AS began_on, CASE WHEN 'starts_on' = ANY (:body_names::text[]) THEN b.starts_on ELSE p.starts_on END AS starts_on,
        CASE WHEN 'ends_on' = ANY (:body_names::text[]) THEN b.ends_on ELSE p.ends_on END AS ends_on,
        jsonb_strip_nulls(p.rules || coalesce(b.rules, '{}')) AS rules, coalesce(b.quota, p.quota) AS quota, coalesce(b.is_public, p.is_public) AS is_public,
        CASE WHEN 'recruits_until' = ANY (:body_names::text[]) THEN b.recruits_until ELSE p.recruits_until END AS recruits_until,
        coalesce(b.checks_by_hand, p.checks_by_hand) AS checks_by_hand,
        jsonb_strip_nulls(p.evaluation || coalesce(b.evaluation, '{}')) AS evaluation
    FROM panel p
    JOIN unit u ON u.id = p.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (service_id uuid, name jsonb, purpose jsonb, starts_on date, ends_on date, rules jsonb,
        quota jsonb, is_public boolean, recruits_until date, checks_by_hand boolean, evaluation jsonb)
    LEFT JOIN LATERAL (SELECT x.id FROM service x JOIN unit y ON y.id = x.unit_id
                       WHERE x.id = b.service_id AND is_open(x.closed_on) AND unit_is_visible(y.path, :caller_units::text) OFFSET 0) s ON true
    WHERE p.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), judged AS (
    SELECT w.*, x.beyond, CASE
        WHEN w.version <> :if_match::bigint THEN 'stale_version'
        WHEN w.state IN ('ended', 'evaluated') AND :body_names::text[] <> '{evaluation}' THEN 'panel_is_over'
        WHEN w.lacks_service OR w.unknown IS NOT NULL THEN 'unknown_reference'
        WHEN w.name = '{}' THEN 'name_required'
        WHEN w.ends_on < w.starts_on THEN 'panel_ends_after_it_starts'
        WHEN w.recruits_until > w.ends_on THEN 'panel_recruits_before_it_ends'
        WHEN panel_begins_again(w.state, w.began_on, w.starts_on) THEN 'panel_has_begun'
        WHEN w.recruits_until < app_today() AND date_is_near(w.recruits_until) AND 'recruits_until' = ANY (:body_names::text[]) THEN 'day_is_past'
        WHEN quota_problems(w.quota) IS NOT NULL THEN 'contract_violation'
        WHEN x.beyond IS NOT NULL AND :body_names::text[] && '{quota,rules}' THEN 'quota_is_within_size'
        WHEN NOT panel_term_is_within_rule(w.kind, w.rules, w.starts_on, w.ends_on) THEN 'panel_term_is_within_rule'
        WHEN panel_number(w.kind, w.rules, 'term_months') > 0 AND w.state <> 'draft' AND (w.starts_on IS NULL OR w.ends_on IS NULL) THEN 'panel_has_term'
        WHEN panel_number(w.kind, w.rules, 'size') BETWEEN 1 AND (SELECT count(*) FROM member m WHERE m.panel_id = w.id AND member_has_place(m)) - 1
            THEN 'panel_has_room'
        WHEN w.state = 'evaluated' AND w.evaluation = '{}' THEN 'panel_has_evaluation' END AS problem
    FROM wanted w
    CROSS JOIN LATERAL (SELECT quota_beyond_size(w.quota, panel_number(w.kind, w.rules, 'size')) AS beyond) x
), changed AS (
    UPDATE panel p
    SET service_id = j.service_id, name = j.name, purpose = j.purpose, starts_on = j.starts_on, ends_on = j.ends_on, rules = j.rules,
        quota = j.quota, is_public = j.is_public, recruits_until = j.recruits_until, checks_by_hand = j.checks_by_hand, evaluation = j.evaluation
    FROM judged j
    WHERE p.id = j.id AND j.problem IS NULL
    RETURNING p.*
)
SELECT j.id, c.unit_id, c.service_id, c.kind, c.name, c.purpose, c.level, c.is_statutory, c.state, c.starts_on, c.ends_on, c.rules, c.quota, c.is_public, c.recruits_until,
    c.checks_by_hand,
    c.evaluation, c.made_on, c.version AS _version, j.problem AS _problem,
    CASE j.problem WHEN 'unknown_reference' THEN CASE WHEN j.lacks_service THEN '/service_id' ELSE j.unknown END WHEN 'name_required' THEN '/name' WHEN 'panel_has_room' THEN '/rules/size'
                   WHEN 'panel_ends_after_it_starts' THEN '/ends_on' WHEN 'panel_term_is_within_rule' THEN '/ends_on' WHEN 'panel_has_term' THEN '/ends_on'
                   WHEN 'panel_has_evaluation' THEN '/evaluation' WHEN 'panel_has_begun' THEN '/starts_on' WHEN 'panel_recruits_before_it_ends' THEN '/recruits_until' WHEN 'day_is_past' THEN '/recruits_until'
                   WHEN 'quota_is_within_size' THEN CASE WHEN 'quota' = ANY (:body_names::text[]) THEN '/quota/' || (j.beyond ->> 'place') || '/least' ELSE '/rules/size' END END AS _pointer,
    CASE j.problem WHEN 'contract_violation' THEN quota_problems(j.quota) END AS _errors, CASE j.problem WHEN 'quota_is_within_size' THEN j.beyond - 'place' END AS _members
FROM judged j
LEFT JOIN changed c ON true;

-- name: panel_transition
-- lane: own
-- lock:
SELECT p.id FROM panel p WHERE p.id = :id::uuid FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT p.id, p.state, p.version, panel_breach(p, :body::jsonb ->> 'to') AS breach
    FROM panel p
    JOIN unit u ON u.id = p.unit_id
    WHERE p.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('panel', f.id, f.state, f.version, caller_roles('panel', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, :if_match::bigint, :caller_id::uuid, :body::jsonb)::move_wish, f.breach) m;

-- name: panel_rules
-- lane: read
SELECT p.id AS panel_id, p.kind, panel_rule_report(p) AS rules
FROM panel p
JOIN unit u ON u.id = p.unit_id
WHERE p.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);
