-- What a giver does with the receipt code. An unknown code is no row, and so 404 like a case that is not there.

-- name: receipt_get
-- lane: read
-- units: the receipt code shows its own case alone
SELECT f.id, f.kind, f.state, f.outcome, f.wants_answer, f.received_on, f.due_on, f.answered_on, f.closed_on, u.name AS unit,
       v.name AS service, giver_text(:giver_hash::bytea) AS text, a.question_set_id,
       CASE WHEN a.id IS NOT NULL THEN giver_answers(:giver_hash::bytea) END AS answers,
       (SELECT s.reason FROM shown_step s
        WHERE s.subject = f.id AND s.who <> 'giver' AND s.reason IS NOT NULL
        ORDER BY s.version DESC LIMIT 1) AS reason,
       CASE WHEN o.id IS NOT NULL THEN jsonb_build_object('state', o.state, 'outcome', o.outcome, 'answered_on', o.answered_on,
           'closed_on', o.closed_on,
           'reason', (SELECT s.reason FROM shown_step s
                      WHERE s.subject = o.id AND s.who <> 'giver' AND s.reason IS NOT NULL
                      ORDER BY s.version DESC LIMIT 1),
           'answers', (SELECT coalesce(jsonb_agg(jsonb_build_object('n', m.n, 'author', m.author, 'kind', m.kind, 'text', m.text,
                                                                    'sent_on', m.sent_on) ORDER BY m.n), '[]')
                       FROM shown_message m WHERE m.feedback_id = o.id AND m.author = 'staff' AND m.kind = 'answer')) END AS original,
       f.remedy,
       CASE WHEN carries_remedies(f.kind, coalesce(f.answered_on, o.answered_on)) OR f.remedy IS NOT NULL
            THEN (SELECT jsonb_agg(jsonb_build_object('code', r.code, 'name', r.name, 'text', r.text, 'legal_source', r.legal_source,
                                                      'link', r.link, 'answer_within', r.answer_within,
                                                      'answer_at_most', r.answer_at_most) ORDER BY r.place) FROM remedy r)
            ELSE '[]' END AS remedies,
       legal_states('feedback', f.state, ARRAY['giver']) AS next_states,
       giver_messages(:giver_hash::bytea) AS messages,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'id', c.id, 'follow_up', jsonb_build_object('answer', q.answer, 'is_open',
                       q.answer IS NULL AND follow_up_can_come(c, q.expires_on)),
                   'state', CASE c.state WHEN 'inconclusive' THEN 'made' ELSE c.state END, 'title', w.title, 'said', w.said,
                   'done', CASE WHEN c.made_on IS NOT NULL THEN w.done ELSE '{}' END, 'planned_for', c.planned_for,
                   'made_on', c.made_on, 'is_published', c.published_on IS NOT NULL,
                   'reason', CASE WHEN c.state IN ('rejected', 'delayed', 'abandoned') THEN c.state_reason END, 'reasons', w.reasons)
               ORDER BY c.suggested_on, c.id), '[]')
        FROM change_source s
        JOIN change c ON c.id = s.change_id
        JOIN told_change w ON w.id = c.id
        LEFT JOIN follow_up q ON q.change_id = c.id AND q.contributor = giver_contributor(:giver_hash::bytea)
        WHERE s.feedback_id IN (f.id, f.duplicate_of) AND c.state NOT IN ('suggested', 'under_review')) AS news
FROM feedback f
JOIN unit u ON u.id = f.unit_id
LEFT JOIN service v ON v.id = f.service_id
LEFT JOIN answer_sheet a ON a.feedback_id = f.id
LEFT JOIN feedback o ON o.id = f.duplicate_of AND o.state NOT IN ('removed', 'withdrawn')
WHERE f.id = giver_case(:giver_hash::bytea);

-- name: receipt_message_create
-- lane: own
-- units: the receipt code writes to its own case alone
-- lock:
SELECT id FROM feedback WHERE id = giver_case(:giver_hash::bytea) FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT f.id, f.state, f.version, f.lang, s.id IS NOT NULL AS replayed, s.n, s.author, s.kind, s.sent_on,
           CASE WHEN s.id IS NOT NULL AND s.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused'
                WHEN s.id IS NULL AND f.state IN ('removed', 'withdrawn') THEN 'feedback_is_erased' END AS problem
    FROM feedback f
    LEFT JOIN LATERAL (
        SELECT x.id, x.n, x.author, x.kind, x.sent_on, x.request_hash FROM message x WHERE x.id = :new_id::uuid OFFSET 0
    ) s ON true
    WHERE f.id = giver_case(:giver_hash::bytea)
), made AS (
    INSERT INTO message (id, feedback_id, n, author, kind, text, lang, request_hash)
    SELECT :new_id::uuid, j.id, (SELECT coalesce(max(x.n), 0) + 1 FROM message x WHERE x.feedback_id = j.id), 'giver',
        'message', :body::jsonb ->> 'text', j.lang, :request_hash::bytea
    FROM judged j
    WHERE j.problem IS NULL AND NOT j.replayed
    RETURNING n, author, kind, sent_on
), resumed AS ( -- the giver has written: nobody waits for them any more
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'feedback', j.id, 'waiting_giver', 'in_progress', 'giver', j.version + 1
    FROM judged j
    WHERE j.problem IS NULL AND NOT j.replayed AND j.state = 'waiting_giver'
)
SELECT 201 AS _status, '/v1/receipt' AS _location, coalesce(m.n, j.n) AS n, coalesce(m.author, j.author) AS author,
       coalesce(m.kind, j.kind) AS kind, :body::jsonb ->> 'text' AS text, coalesce(m.sent_on, j.sent_on) AS sent_on,
       j.replayed AS _replayed, j.problem AS _problem
FROM judged j
LEFT JOIN made m ON true;

-- name: receipt_transition
-- lane: own
-- units: the receipt code moves its own case alone
-- lock:
SELECT id FROM feedback WHERE id = giver_case(:giver_hash::bytea) FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT f.id, f.state, f.version, f.lang, b."to" AS to_state, b.reason, s.id IS NOT NULL AS replayed,
           CASE WHEN s.id IS NOT NULL AND s.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused'
                WHEN s.id IS NOT NULL THEN NULL
                WHEN t.who IS NULL THEN 'illegal_transition'
                WHEN t.reason AND b.reason IS NULL THEN 'reason_required' END AS problem
    FROM feedback f
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b ("to" text, reason text)
    LEFT JOIN LATERAL (SELECT x.id, x.request_hash FROM step x WHERE x.id = :new_id::uuid OFFSET 0) s ON true
    LEFT JOIN transition t ON t.resource = 'feedback' AND t.from_state = f.state AND t.to_state = b."to" AND t.who = 'giver'
    WHERE f.id = giver_case(:giver_hash::bytea)
), made AS (
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, lang, version, request_hash)
    SELECT :new_id::uuid, 'feedback', j.id, j.state, j.to_state, 'giver', j.reason, j.lang, j.version + 1, :request_hash::bytea
    FROM judged j
    WHERE j.problem IS NULL AND NOT j.replayed
    RETURNING from_state, to_state
), wrote AS ( -- what is withdrawn is erased, so nothing is written to it
    INSERT INTO message (id, feedback_id, n, author, kind, text, lang)
    SELECT gen_random_uuid(), j.id, (SELECT coalesce(max(x.n), 0) + 1 FROM message x WHERE x.feedback_id = j.id), 'giver',
        CASE WHEN m.from_state IN ('answered', 'closed') THEN 'reopening' ELSE 'message' END, j.reason, j.lang
    FROM judged j CROSS JOIN made m
    WHERE j.reason IS NOT NULL AND m.to_state <> 'withdrawn'
)
SELECT j.id, coalesce(m.to_state, j.state) AS state, j.replayed AS _replayed, j.problem AS _problem,
       CASE j.problem WHEN 'illegal_transition' THEN '/to' WHEN 'reason_required' THEN '/reason' END AS _pointer,
       CASE j.problem WHEN 'illegal_transition'
            THEN jsonb_build_object('legal', legal_states('feedback', j.state, ARRAY['giver'])) END AS _members
FROM judged j
LEFT JOIN made m ON true;

-- name: receipt_follow_up
-- lane: own
-- units: the receipt code answers for its own case alone
-- Is it better now? Whoever was asked by mail has that question here, too: one answer, whichever way it came.
-- lock:
SELECT id FROM feedback WHERE id = giver_case(:giver_hash::bytea) FOR NO KEY UPDATE;
-- run:
SELECT b.change_id, b.answer, s.is_replayed AS _replayed, j.problem AS _problem, CASE WHEN j.problem = 'unknown_reference' THEN '/change_id' END AS _pointer
FROM feedback f
CROSS JOIN jsonb_to_record(:body::jsonb) AS b (change_id uuid, answer text)
LEFT JOIN LATERAL (
    SELECT x AS whole FROM change x
    WHERE x.id = b.change_id AND x.state NOT IN ('suggested', 'under_review') AND f.state NOT IN ('removed', 'withdrawn') AND EXISTS (
        SELECT FROM change_source s WHERE s.change_id = x.id AND s.feedback_id IN (f.id, f.duplicate_of))
    OFFSET 0
) c ON true
CROSS JOIN LATERAL follow_up_say(c.whole, giver_contributor(:giver_hash::bytea), f.id, NULL, f.lang, :body::jsonb, :new_id::uuid, :request_hash::bytea) s
CROSS JOIN LATERAL (SELECT CASE WHEN s.problem = 'unknown_reference' AND f.state IN ('removed', 'withdrawn') THEN 'feedback_is_erased' ELSE s.problem END AS problem) j
WHERE f.id = giver_case(:giver_hash::bytea);
