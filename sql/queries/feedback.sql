-- name: feedback_create
-- lane: many
WITH input AS (
    SELECT i.*, row_number() OVER (PARTITION BY i.new_id ORDER BY i.n) = 1 AS is_first
    FROM unnest(:new_id::uuid[], :body::jsonb[], :request_hash::bytea[], :receipt_hash::bytea[], :contact_sealed::bytea[],
                :contact_index::bytea[], :contact_key::text[], :caller_units::text[])
         WITH ORDINALITY AS i (new_id, body, request_hash, receipt_hash, contact_sealed, contact_index, contact_key, caller_units, n)
), wanted AS (
    SELECT i.*, b.*,
           CASE WHEN u.id IS NULL THEN '/unit_id' WHEN b.service_id IS NOT NULL AND s.id IS NULL THEN '/service_id' END AS unknown,
           CASE WHEN b.wants_answer THEN coalesce(
               (SELECT l.days FROM answer_limit l WHERE l.kind = b.kind AND l.unit_id = ANY (u.path)
                ORDER BY array_position(u.path, l.unit_id) DESC LIMIT 1),
               (SELECT r.value FROM rule r WHERE r.name = 'answer_days')) END AS days,
           CASE WHEN is_blank(b.text) OR b.question_set_id IS NOT NULL OR b.answers IS NOT NULL
               THEN voice_problems(is_blank(b.text), b.question_set_id, b.answers, u.path) END AS refused
    FROM input i
    CROSS JOIN LATERAL jsonb_to_record(i.body) AS b (unit_id uuid, service_id uuid, kind text, text text, channel text, lang text,
        respondent_role text, age_band text, on_behalf_of text, support_needs text[], wants_answer boolean, wants_news boolean,
        wants_follow_up boolean, question_set_id uuid, answers jsonb)
    LEFT JOIN LATERAL (
        SELECT x.id, x.path FROM unit x
        WHERE x.id = b.unit_id AND is_open(x.closed_on) AND unit_is_visible(x.path, i.caller_units) OFFSET 0
    ) u ON true
    LEFT JOIN LATERAL (
        SELECT x.id FROM service x JOIN unit xu ON xu.id = x.unit_id
        WHERE x.id = b.service_id AND is_open(x.closed_on) AND unit_is_visible(xu.path, i.caller_units) OFFSET 0
    ) s ON true
), due AS MATERIALIZED ( -- the calendar is asked once for each length of time, not for each voice
    SELECT d.days, limit_day(app_today() + d.days) AS due_on FROM (SELECT DISTINCT w.days FROM wanted w WHERE w.days IS NOT NULL) d
), made AS (
    INSERT INTO feedback (id, unit_id, service_id, kind, channel, lang, respondent_role, age_band, on_behalf_of, support_needs,
        wants_answer, due_on, request_hash)
    SELECT w.new_id, w.unit_id, w.service_id, w.kind, w.channel, w.lang, coalesce(w.respondent_role, 'client'), w.age_band,
        coalesce(w.on_behalf_of, 'self'), coalesce(w.support_needs, '{}'), coalesce(w.wants_answer, false), d.due_on,
        w.request_hash
    FROM wanted w
    LEFT JOIN due d ON d.days = w.days
    WHERE w.unknown IS NULL AND w.refused IS NULL AND w.is_first
    ORDER BY w.new_id
    ON CONFLICT (id) DO NOTHING
    RETURNING id, kind, state, received_on, due_on, version, request_hash
), gave AS (
    INSERT INTO giver (feedback_id, receipt_hash)
    SELECT m.id, w.receipt_hash FROM made m JOIN wanted w ON w.new_id = m.id AND w.is_first
), said AS (
    INSERT INTO feedback_text (feedback_id, original, lang)
    SELECT m.id, w.text, w.lang FROM made m JOIN wanted w ON w.new_id = m.id AND w.is_first WHERE w.text IS NOT NULL
), answered AS ( -- its trigger puts the words of answers apart
    INSERT INTO answer_sheet (id, question_set_id, feedback_id, lang, answers)
    SELECT m.id, w.question_set_id, m.id, w.lang, w.answers
    FROM made m JOIN wanted w ON w.new_id = m.id AND w.is_first
    WHERE w.question_set_id IS NOT NULL
), reach AS (
    INSERT INTO contact (feedback_id, sealed, key_id, address_hash, lang, wants_news, wants_follow_up)
    SELECT m.id, w.contact_sealed, w.contact_key, w.contact_index, w.lang, coalesce(w.wants_news, false),
        coalesce(w.wants_follow_up, false)
    FROM made m JOIN wanted w ON w.new_id = m.id AND w.is_first
    WHERE w.contact_sealed IS NOT NULL
)
SELECT w.n AS _n, 201 AS _status, a.id, a.kind, a.state, a.received_on, a.due_on, a.version AS _version,
       a.receipt_reissue AS _reissue, m.id IS NULL OR NOT w.is_first AS _replayed,
       CASE WHEN a.id IS NOT NULL AND a.request_hash IS DISTINCT FROM w.request_hash THEN 'idempotency_key_reused'
            WHEN a.id IS NOT NULL THEN NULL
            WHEN w.unknown IS NOT NULL OR w.refused #>> '{0,code}' = 'unknown_reference' THEN 'unknown_reference'
            WHEN w.refused #>> '{0,code}' = 'voice_is_empty' THEN 'voice_is_empty'
            ELSE 'answers_refused' END AS _problem,
       CASE WHEN a.id IS NULL THEN w.unknown END AS _pointer,
       CASE WHEN a.id IS NULL AND w.unknown IS NULL THEN w.refused END AS _errors
FROM wanted w
LEFT JOIN made m ON m.id = w.new_id
LEFT JOIN LATERAL (
    SELECT m.id, m.kind, m.state, m.received_on, m.due_on, m.version, 0 AS receipt_reissue, m.request_hash
    WHERE m.id IS NOT NULL
    UNION ALL
    SELECT f.id, f.kind, f.state, f.received_on, f.due_on, f.version, coalesce(g.receipt_reissue, 0), f.request_hash
    FROM feedback f
    LEFT JOIN giver g ON g.feedback_id = f.id
    WHERE m.id IS NULL AND f.id = w.new_id OFFSET 0
) a ON true
WHERE w.unknown IS NOT NULL OR w.refused IS NOT NULL OR a.id IS NOT NULL; -- the loser of a race gets no row, and is run once more

-- name: feedback_list
-- lane: read
-- cursor: received_on date, id uuid
-- Three ways, of which one runs: over the open cases where no others are asked for, else by day over all units, else by day in
-- each unit that is asked for. CASE … IS NOT UNKNOWN lets the planner think that nearly every case matches, so that the generic
-- plan walks an index and stops at the limit; as a plain condition it sorted all cases of a unit (720 ms against 5 ms for 120
-- units with 200,000 cases).
WITH way AS (
    SELECT :overdue::boolean IS TRUE
               OR coalesce(:state::text[] <@ ARRAY['received', 'in_progress', 'waiting_giver', 'answered'], false) AS is_open,
           :unit_id::uuid IS NULL AND :caller_units::text IS NULL AS is_everywhere
), page AS (
    (SELECT f.id
     FROM feedback f
     WHERE (SELECT w.is_open FROM way w) AND f.closed_on IS NULL AND f.received_on >= coalesce(:received_from::date, '-infinity')
         AND (f.received_on, f.id) < (coalesce(:after_received_on::date, :received_to::date, 'infinity'),
                                      coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
         AND CASE WHEN feedback_matches(f, :service_id::uuid, :kind::text[], :state::text[], :overdue::boolean) AND EXISTS (
                 SELECT FROM unit u
                 WHERE u.id = f.unit_id AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid])
                     AND unit_is_visible(u.path, :caller_units::text)) THEN true END IS NOT UNKNOWN
     ORDER BY f.received_on DESC, f.id DESC
     LIMIT :limit_and_one::int)
    UNION ALL
    (SELECT f.id
     FROM feedback f
     WHERE (SELECT w.is_everywhere AND NOT w.is_open FROM way w) AND f.received_on >= coalesce(:received_from::date, '-infinity')
         AND (f.received_on, f.id) < (coalesce(:after_received_on::date, :received_to::date, 'infinity'),
                                      coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
         AND CASE WHEN feedback_matches(f, :service_id::uuid, :kind::text[], :state::text[], :overdue::boolean) THEN true END
             IS NOT UNKNOWN
     ORDER BY f.received_on DESC, f.id DESC
     LIMIT :limit_and_one::int)
    UNION ALL
    (SELECT f.id
     FROM unit u
     CROSS JOIN LATERAL (
         SELECT f.id, f.received_on
         FROM feedback f
         WHERE f.unit_id = u.id AND day_number(f.received_on) >= coalesce(day_number(:received_from::date), -2147483648)
             AND (day_number(f.received_on), f.id) < (
                 coalesce(day_number(:after_received_on::date), day_number(:received_to::date), 2147483647),
                 coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
             AND CASE WHEN feedback_matches(f, :service_id::uuid, :kind::text[], :state::text[], :overdue::boolean) THEN true END
                 IS NOT UNKNOWN
         ORDER BY day_number(f.received_on) DESC, f.id DESC
         LIMIT :limit_and_one::int
     ) f
     WHERE (SELECT NOT w.is_everywhere AND NOT w.is_open FROM way w)
         AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid]) AND unit_is_visible(u.path, :caller_units::text)
     ORDER BY f.received_on DESC, f.id DESC
     LIMIT :limit_and_one::int)
)
SELECT f.id, f.unit_id, f.service_id, f.level, f.kind, f.channel, f.lang, f.respondent_role, f.age_band, f.state, f.outcome,
       f.severity, f.handler_ref, f.wants_answer, f.received_on, f.due_on, f.answered_on, f.closed_on, f.is_overdue, f.text, f.is_masked,
       f.on_behalf_of, f.support_needs, f.remedy, f.remedies,
       CASE WHEN f.duplicate_of IS NOT NULL THEN visible_case(f.duplicate_of, :caller_units::text) END AS duplicate_of
FROM page p
CROSS JOIN LATERAL (SELECT x.* FROM feedback_item x WHERE x.id = p.id OFFSET 0) f
ORDER BY f.received_on DESC, f.id DESC;

-- name: feedback_get
-- lane: read
SELECT f.id, f.unit_id, f.service_id, f.level, f.kind, f.channel, f.lang, f.respondent_role, f.age_band, f.state, f.outcome,
       f.severity, f.handler_ref, f.wants_answer, f.received_on, f.due_on, f.answered_on, f.closed_on, f.is_overdue, f.text,
       f.is_masked OR a.id IS NOT NULL AND case_answers_are_masked(f.id) AS is_masked,
       f.on_behalf_of, f.support_needs, f.remedy, f.remedies,
       CASE WHEN f.duplicate_of IS NOT NULL THEN visible_case(f.duplicate_of, :caller_units::text) END AS duplicate_of,
       a.question_set_id, CASE WHEN a.id IS NOT NULL THEN case_answers(f.id) END AS answers, f.version AS _version
FROM feedback_item f
LEFT JOIN answer_sheet a ON a.feedback_id = f.id
WHERE f.id = :id::uuid AND unit_is_visible(f.unit_path, :caller_units::text);

-- name: feedback_patch
-- lane: own
-- lock:
SELECT id FROM feedback WHERE id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH found AS (
    SELECT f.*, 'unit_id' = ANY (:body_names::text[]) AS moves, 'service_id' = ANY (:body_names::text[]) AS has_service
    FROM feedback f
    JOIN unit u ON u.id = f.unit_id
    WHERE f.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), judged AS (
    SELECT f.id, b.unit_id, b.service_id, b.kind, b.severity, b.handler_ref, f.moves, f.has_service,
           CASE WHEN f.version <> :if_match::bigint THEN 'stale_version'
                WHEN f.moves AND u.id IS NULL OR b.service_id IS NOT NULL AND s.id IS NULL THEN 'unknown_reference' END AS problem,
           CASE WHEN f.version <> :if_match::bigint THEN NULL
                WHEN f.moves AND u.id IS NULL THEN '/unit_id'
                WHEN b.service_id IS NOT NULL AND s.id IS NULL THEN '/service_id' END AS pointer
    FROM found f
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (unit_id uuid, service_id uuid, kind text, severity smallint, handler_ref text)
    LEFT JOIN unit u ON u.id = b.unit_id AND is_open(u.closed_on) AND unit_is_visible(u.path, :caller_units::text)
    LEFT JOIN LATERAL (
        SELECT x.id FROM service x JOIN unit xu ON xu.id = x.unit_id
        WHERE x.id = b.service_id AND is_open(x.closed_on) AND unit_is_visible(xu.path, :caller_units::text)
    ) s ON true
), changed AS (
    UPDATE feedback f
    SET unit_id = CASE WHEN j.moves THEN j.unit_id ELSE f.unit_id END,
        service_id = CASE WHEN j.has_service THEN j.service_id ELSE f.service_id END,
        kind = coalesce(j.kind, f.kind),
        severity = CASE WHEN 'severity' = ANY (:body_names::text[]) THEN j.severity ELSE f.severity END,
        handler_ref = CASE WHEN 'handler_ref' = ANY (:body_names::text[]) THEN j.handler_ref ELSE f.handler_ref END
    FROM judged j
    WHERE f.id = j.id AND j.problem IS NULL
    RETURNING f.*, feedback_is_overdue(f) AS is_overdue
)
SELECT f.id, f.unit_id, f.service_id, f.level, f.kind, f.channel, f.lang, f.respondent_role, f.age_band, f.state, f.outcome,
       f.severity, f.handler_ref, f.wants_answer, f.received_on, f.due_on, f.answered_on, f.closed_on, f.is_overdue,
       t.text, coalesce(t.is_masked, false) OR a.id IS NOT NULL AND case_answers_are_masked(j.id) AS is_masked, f.on_behalf_of, to_jsonb(f.support_needs) AS support_needs, f.remedy,
       CASE WHEN carries_remedies(f.kind, f.answered_on) THEN (SELECT jsonb_agg(r.code ORDER BY r.place) FROM remedy r)
            ELSE '[]' END AS remedies,
       CASE WHEN f.duplicate_of IS NOT NULL THEN visible_case(f.duplicate_of, :caller_units::text) END AS duplicate_of,
       a.question_set_id, CASE WHEN a.id IS NOT NULL THEN case_answers(j.id) END AS answers, f.version AS _version,
       j.problem AS _problem, j.pointer AS _pointer
FROM judged j
LEFT JOIN changed f ON true
LEFT JOIN shown_text t ON t.feedback_id = j.id
LEFT JOIN answer_sheet a ON a.feedback_id = j.id;

-- name: feedback_transition
-- lane: own
-- lock:
SELECT f.id FROM feedback f
WHERE f.id IN (:id::uuid, (:body::jsonb ->> 'duplicate_of')::uuid,
               (SELECT x.duplicate_of FROM feedback x WHERE x.id = (:body::jsonb ->> 'duplicate_of')::uuid))
ORDER BY f.id
FOR NO KEY UPDATE;
-- run:
WITH found AS (
    SELECT f.id, f.state, f.version, f.outcome AS proposed, caller_roles('feedback', :caller_scopes::text) AS roles
    FROM feedback f
    JOIN unit u ON u.id = f.unit_id
    WHERE f.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), asked AS (
    SELECT f.id, f.state, f.version, f.roles, f.proposed, b."to" AS to_state, b.reason, b.outcome, b.text, b.duplicate_of, b.remedy,
           CASE WHEN b.outcome IS NOT NULL AND b."to" NOT IN ('answered', 'closed') THEN '/outcome'
                WHEN b.duplicate_of IS NOT NULL AND b."to" <> 'duplicate' THEN '/duplicate_of'
                WHEN b.remedy IS NOT NULL AND b."to" <> 'referred' THEN '/remedy'
                WHEN b.text IS NOT NULL AND b."to" NOT IN ('answered', 'waiting_giver', 'in_progress', 'referred') THEN '/text'
           END AS misplaced
    FROM found f
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b ("to" text, reason text, outcome text, text text, duplicate_of uuid, remedy text)
), judged AS (
    SELECT a.*, t.who, s.id IS NOT NULL AS replayed, o.id AS original,
           CASE WHEN s.id IS NOT NULL AND s.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused'
                WHEN s.id IS NOT NULL THEN NULL
                WHEN a.version <> :if_match::bigint THEN 'stale_version'
                WHEN t.who IS NULL THEN 'illegal_transition'
                WHEN a.reason IS NULL AND (t.reason OR a.outcome IN ('no_change', 'unfounded')) THEN 'reason_required'
                WHEN a.to_state = 'closed' AND coalesce(a.outcome, a.proposed) IS NULL THEN 'outcome_required'
                WHEN a.to_state = 'answered' AND a.text IS NULL THEN 'answer_required'
                WHEN a.misplaced IS NOT NULL THEN 'not_with_this_state'
                WHEN a.to_state = 'referred' AND a.remedy IS NULL THEN 'remedy_required'
                WHEN a.to_state = 'duplicate' AND a.duplicate_of IS NULL THEN 'original_required'
                WHEN a.to_state = 'duplicate' AND o.id IS NULL THEN 'unknown_reference'
                WHEN o.id = a.id THEN 'original_is_itself'
                WHEN o.state IN ('removed', 'withdrawn') THEN 'original_is_erased'
           END AS problem
    FROM asked a
    LEFT JOIN LATERAL (SELECT x.id, x.request_hash FROM step x WHERE x.id = :new_id::uuid OFFSET 0) s ON true
    LEFT JOIN LATERAL (
        SELECT x.who, x.reason FROM transition x
        WHERE x.resource = 'feedback' AND x.from_state = a.state AND x.to_state = a.to_state AND x.who = ANY (a.roles)
        ORDER BY x.reason, x.who
        LIMIT 1
    ) t ON true
    LEFT JOIN LATERAL ( -- no chains: the original of a duplicate
        SELECT y.id, y.state FROM feedback x JOIN feedback y ON y.id = coalesce(x.duplicate_of, x.id)
        WHERE x.id = visible_case(a.duplicate_of, :caller_units::text) AND y.id = visible_case(y.id, :caller_units::text)
    ) o ON true
), made AS (
    INSERT INTO step (id, resource, subject, from_state, to_state, who, caller_id, reason, data, version, request_hash)
    SELECT :new_id::uuid, 'feedback', j.id, j.state, j.to_state, j.who, :caller_id::uuid, j.reason,
        jsonb_strip_nulls(jsonb_build_object('duplicate_of', j.original, 'remedy', j.remedy,
            'outcome', CASE j.to_state WHEN 'closed' THEN coalesce(j.outcome, j.proposed) ELSE j.outcome END)),
        j.version + 1, :request_hash::bytea
    FROM judged j
    WHERE j.problem IS NULL AND NOT j.replayed
    ON CONFLICT (id) DO NOTHING -- the same key for another case at the same time
    RETURNING to_state, version
), wrote AS (
    INSERT INTO message (id, feedback_id, n, author, kind, text, caller_id)
    SELECT gen_random_uuid(), j.id, (SELECT coalesce(max(x.n), 0) + 1 FROM message x WHERE x.feedback_id = j.id), 'staff',
        CASE WHEN m.to_state IN ('answered', 'referred') THEN 'answer' WHEN m.to_state = 'waiting_giver' THEN 'question'
             ELSE 'message' END, j.text, :caller_id::uuid
    FROM judged j CROSS JOIN made m
    WHERE j.text IS NOT NULL
)
SELECT j.id, coalesce(m.to_state, j.state) AS state, coalesce(m.version, j.version) AS _version, j.replayed AS _replayed,
       CASE WHEN j.problem IS NULL AND NOT j.replayed AND m.version IS NULL THEN 'idempotency_key_reused'
            ELSE j.problem END AS _problem,
       CASE j.problem WHEN 'illegal_transition' THEN '/to' WHEN 'reason_required' THEN '/reason'
                      WHEN 'outcome_required' THEN '/outcome' WHEN 'answer_required' THEN '/text'
                      WHEN 'remedy_required' THEN '/remedy' WHEN 'not_with_this_state' THEN j.misplaced
                      WHEN 'original_required' THEN '/duplicate_of' WHEN 'unknown_reference' THEN '/duplicate_of'
                      WHEN 'original_is_itself' THEN '/duplicate_of' WHEN 'original_is_erased' THEN '/duplicate_of' END AS _pointer,
       CASE j.problem WHEN 'illegal_transition' THEN jsonb_build_object('legal', legal_states('feedback', j.state, j.roles))
       END AS _members
FROM judged j
LEFT JOIN made m ON true;

-- name: feedback_messages
-- lane: read
-- cursor: n int
WITH found AS (
    SELECT f.id FROM feedback f JOIN unit u ON u.id = f.unit_id
    WHERE f.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT m.n, m.author, m.kind, m.text, m.is_masked, m.sent_on, CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT x.n, x.author, x.kind, x.text, x.is_masked, x.sent_on
    FROM shown_message x
    WHERE x.feedback_id = f.id AND x.n > coalesce(:after_n::int, 0)
    ORDER BY x.n
    LIMIT :limit_and_one::int
) m ON true
WHERE f.id IS NULL OR m.n IS NOT NULL
ORDER BY m.n;

-- name: feedback_message_create
-- lane: own
-- lock:
SELECT id FROM feedback WHERE id = :id::uuid FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT f.id, s.id IS NOT NULL AS replayed, s.n, s.author, s.kind, s.sent_on,
           CASE WHEN s.id IS NOT NULL AND s.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused'
                WHEN s.id IS NULL AND f.state IN ('removed', 'withdrawn') THEN 'feedback_is_erased' END AS problem
    FROM feedback f
    JOIN unit u ON u.id = f.unit_id
    LEFT JOIN LATERAL (
        SELECT x.id, x.n, x.author, x.kind, x.sent_on, x.request_hash FROM message x WHERE x.id = :new_id::uuid OFFSET 0
    ) s ON true
    WHERE f.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), made AS (
    INSERT INTO message (id, feedback_id, n, author, kind, text, caller_id, request_hash)
    SELECT :new_id::uuid, j.id, (SELECT coalesce(max(x.n), 0) + 1 FROM message x WHERE x.feedback_id = j.id), 'staff',
        coalesce(b.kind, 'message'), b.text, :caller_id::uuid, :request_hash::bytea
    FROM judged j
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (kind text, text text)
    WHERE j.problem IS NULL AND NOT j.replayed
    ON CONFLICT (id) DO NOTHING -- the same key for another case at the same time
    RETURNING n, author, kind, sent_on
)
SELECT 201 AS _status, '/v1/feedback/' || j.id || '/messages' AS _location, coalesce(m.n, j.n) AS n,
       coalesce(m.author, j.author) AS author, coalesce(m.kind, j.kind) AS kind, :body::jsonb ->> 'text' AS text, false AS is_masked,
       coalesce(m.sent_on, j.sent_on) AS sent_on, j.replayed AS _replayed,
       CASE WHEN j.problem IS NULL AND NOT j.replayed AND m.n IS NULL THEN 'idempotency_key_reused'
            ELSE j.problem END AS _problem
FROM judged j
LEFT JOIN made m ON true;

-- name: feedback_events
-- lane: read
-- cursor: n bigint
WITH found AS (
    SELECT f.id FROM feedback f JOIN unit u ON u.id = f.unit_id
    WHERE f.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT e.n, e.type, e.happened_on, e.version, e.data ->> 'from' AS "from", e.data ->> 'to' AS "to", e.data ->> 'who' AS who,
       s.reason, s.is_masked AND s.reason IS NOT NULL AS is_masked, e.data ->> 'author' AS author, e.data ->> 'kind' AS kind, e.data -> 'members' AS members,
       CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT row_number() OVER (ORDER BY x.at, x.id) AS n, x.type, (x.at AT TIME ZONE 'Europe/Helsinki')::date AS happened_on,
        x.version, x.data
    FROM event x
    WHERE x.subject = f.id
) e ON e.n > coalesce(:after_n::bigint, 0)
LEFT JOIN LATERAL (
    SELECT x.reason, x.is_masked FROM shown_step x WHERE x.subject = f.id AND x.version = e.version AND e.data ? 'to' OFFSET 0
) s ON true
WHERE f.id IS NULL OR e.n IS NOT NULL
ORDER BY e.n
LIMIT :limit_and_one::int;
