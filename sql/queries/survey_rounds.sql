-- Rounds of a survey: when it can be answered, by which links, and what came of it.

-- name: survey_round_create
-- lane: own
-- lock:
SELECT s.id FROM survey s WHERE s.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT s.id, b.*, o.id AS old_id, o.request_hash,
        CASE WHEN o.id IS NOT NULL AND o.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused'
             WHEN o.id IS NOT NULL THEN NULL
             WHEN survey_is_of_round(s.id) THEN 'survey_is_of_round'
             WHEN s.state NOT IN ('draft', 'open') THEN 'survey_is_closed'
             WHEN b.closes_at <= b.opens_at OR b.closes_at <= app_now() OR b.remind_at <= b.opens_at OR b.remind_at >= b.closes_at
                 THEN 'survey_round_times' END AS problem
    FROM survey s
    JOIN unit u ON u.id = s.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (opens_at timestamptz, closes_at timestamptz, remind_at timestamptz)
    LEFT JOIN LATERAL (SELECT x.id, x.request_hash FROM survey_round x WHERE x.id = :new_id::uuid OFFSET 0) o ON true
    WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), made AS (
    INSERT INTO survey_round (id, survey_id, n, opens_at, closes_at, remind_at, request_hash)
    SELECT :new_id::uuid, j.id, (SELECT coalesce(max(x.n), 0) + 1 FROM survey_round x WHERE x.survey_id = j.id), j.opens_at, j.closes_at,
        j.remind_at, :request_hash::bytea
    FROM judged j WHERE j.problem IS NULL AND j.old_id IS NULL
    ON CONFLICT (id) DO NOTHING -- the same key for another survey at the same time
    RETURNING *
)
SELECT a.id, a.survey_id, a.n, a.opens_at, a.closes_at, a.remind_at, a.state, a.version AS _version, j.old_id IS NOT NULL AS _replayed,
    '/v1/surveys/' || j.id || '/rounds/' || a.id AS _location,
    CASE WHEN j.problem IS NULL AND a.id IS NULL THEN 'idempotency_key_reused' ELSE j.problem END AS _problem,
    CASE j.problem WHEN 'survey_round_times' THEN '/closes_at' END AS _pointer
FROM judged j
LEFT JOIN LATERAL (SELECT * FROM made UNION ALL SELECT x.* FROM survey_round x WHERE x.id = j.old_id) a ON true;

-- name: survey_round_list
-- lane: read
-- cursor: n int
WITH found AS (
    SELECT s.id FROM survey s JOIN unit u ON u.id = s.unit_id
    WHERE s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT r.id, r.survey_id, r.n, r.opens_at, r.closes_at, r.remind_at, r.state, CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT x.* FROM survey_round x WHERE x.survey_id = f.id AND x.n > coalesce(:after_n::int, 0) ORDER BY x.n LIMIT :limit_and_one::int
) r ON true
WHERE f.id IS NULL OR r.id IS NOT NULL
ORDER BY r.n;

-- name: survey_round_get
-- lane: read
SELECT r.id, r.survey_id, r.n, r.opens_at, r.closes_at, r.remind_at, r.state, r.version AS _version
FROM survey_round r
JOIN survey s ON s.id = r.survey_id
JOIN unit u ON u.id = s.unit_id
WHERE r.id = :round_id::uuid AND s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: survey_round_patch
-- lane: own
-- lock:
SELECT r.id FROM survey_round r WHERE r.id = :round_id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH wanted AS (
    SELECT r.id, r.version, r.state, survey_is_of_round(s.id) AS is_of_round, coalesce(b.opens_at, r.opens_at) AS opens_at, coalesce(b.closes_at, r.closes_at) AS closes_at,
        CASE WHEN 'remind_at' = ANY (:body_names::text[]) THEN b.remind_at ELSE r.remind_at END AS remind_at
    FROM survey_round r
    JOIN survey s ON s.id = r.survey_id
    JOIN unit u ON u.id = s.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (opens_at timestamptz, closes_at timestamptz, remind_at timestamptz)
    WHERE r.id = :round_id::uuid AND s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), judged AS (
    SELECT w.*, CASE WHEN w.version <> :if_match::bigint THEN 'stale_version'
                     WHEN w.is_of_round THEN 'survey_is_of_round'
                     WHEN w.state NOT IN ('planned', 'open') THEN 'survey_is_closed'
                     WHEN w.closes_at <= w.opens_at OR w.remind_at <= w.opens_at OR w.remind_at >= w.closes_at THEN 'survey_round_times' END AS problem
    FROM wanted w
), changed AS (
    UPDATE survey_round r SET opens_at = j.opens_at, closes_at = j.closes_at, remind_at = j.remind_at
    FROM judged j
    WHERE r.id = j.id AND j.problem IS NULL
    RETURNING r.*
)
SELECT j.id, c.survey_id, c.n, c.opens_at, c.closes_at, c.remind_at, c.state, c.version AS _version, j.problem AS _problem,
    CASE j.problem WHEN 'survey_round_times' THEN '/closes_at' END AS _pointer
FROM judged j
LEFT JOIN changed c ON true;

-- name: survey_round_transition
-- lane: own
-- lock:
SELECT r.id FROM survey_round r JOIN survey s ON s.id = r.survey_id WHERE r.id = :round_id::uuid FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT r.id, r.state, r.version, CASE WHEN survey_is_of_round(s.id) THEN 'survey_is_of_round' WHEN :body::jsonb ->> 'to' = 'open' AND s.state <> 'open' THEN 'survey_is_not_open' END AS breach
    FROM survey_round r
    JOIN survey s ON s.id = r.survey_id
    JOIN unit u ON u.id = s.unit_id
    WHERE r.id = :round_id::uuid AND s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT f.id, m.*
FROM found f
CROSS JOIN LATERAL state_moved('survey_round', f.id, f.state, f.version, caller_roles('survey_round', :caller_scopes::text),
    ROW(:new_id::uuid, :request_hash::bytea, :if_match::bigint, :caller_id::uuid, :body::jsonb)::move_wish, f.breach) m;

-- name: survey_round_results
-- lane: search
SELECT r.id AS round_id, s.question_set_id, (SELECT count(*) FROM survey_link l WHERE l.round_id = r.id) AS links, x.sheets AS n, x.questions
FROM survey_round r
JOIN survey s ON s.id = r.survey_id
JOIN unit u ON u.id = s.unit_id
CROSS JOIN LATERAL question_results(s.question_set_id, :round_id::uuid, NULL, NULL, NULL, NULL, NULL) x
WHERE r.id = :round_id::uuid AND s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: survey_round_texts
-- lane: read
-- cursor: id uuid
-- In an order that tells nothing, and not before the round is over: whoever reads while answers come in sees whose is new.
WITH found AS (
    SELECT r.id, r.state FROM survey_round r
    JOIN survey s ON s.id = r.survey_id
    JOIN unit u ON u.id = s.unit_id
    WHERE r.id = :round_id::uuid AND s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT t.id, t.question_key AS question, t.text, t.is_masked,
    CASE WHEN f.id IS NULL THEN 'not_found' WHEN f.state = 'open' THEN 'survey_round_is_open' END AS _problem
FROM (VALUES (:round_id::uuid)) AS asked (id)
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT x.id, x.question_key, x.text, x.is_masked
    FROM answer_sheet a
    CROSS JOIN LATERAL (SELECT y.* FROM shown_answer y WHERE y.answer_sheet_id = a.id OFFSET 0) x
    WHERE a.round_id = f.id AND f.state <> 'open' AND x.question_key = coalesce(:question::text, x.question_key)
        AND x.id > coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000')
        AND (SELECT count(*) FROM answer_sheet c WHERE c.round_id = asked.id) >= rule_value('figures_least')
    ORDER BY x.id
    LIMIT :limit_and_one::int
) t ON true
WHERE f.id IS NULL OR f.state = 'open' OR t.id IS NOT NULL
ORDER BY t.id;

-- name: survey_links_create
-- lane: own
-- The handler has added `links` to the body: id, token_hash and, with an address, what is sealed. A round's ON CONFLICT
-- names nothing, for the API may not read an address's hash; an address that has a link in the round keeps that one.
-- lock:
SELECT r.id FROM survey_round r WHERE r.id = :round_id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT r.id, s.unit_id, o.id IS NOT NULL AS replayed,
        CASE WHEN o.id IS NOT NULL AND o.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused'
             WHEN o.id IS NOT NULL THEN NULL
             WHEN survey_is_of_round(s.id) THEN 'survey_is_of_round'
             WHEN r.state NOT IN ('planned', 'open') OR app_now() >= r.closes_at THEN 'survey_is_closed' END AS problem
    FROM survey_round r
    JOIN survey s ON s.id = r.survey_id
    JOIN unit u ON u.id = s.unit_id
    LEFT JOIN LATERAL (SELECT x.id, x.request_hash FROM survey_link_batch x WHERE x.id = :new_id::uuid OFFSET 0) o ON true
    WHERE r.id = :round_id::uuid AND s.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), batch AS (
    INSERT INTO survey_link_batch (id, round_id, link_count, request_hash)
    SELECT :new_id::uuid, j.id, jsonb_array_length(:body::jsonb -> 'links'), :request_hash::bytea
    FROM judged j WHERE j.problem IS NULL AND NOT j.replayed
    ON CONFLICT (id) DO NOTHING -- the same key for another round at the same time
    RETURNING id, round_id
), made AS (
    INSERT INTO survey_link (id, round_id, batch_id, token_hash, sealed, key_id, address_hash, lang)
    SELECT l.id, b.round_id, b.id, decode(l.token_hash, 'hex'), decode(l.sealed, 'hex'), l.key_id, decode(l.address_hash, 'hex'), l.lang
    FROM batch b
    CROSS JOIN LATERAL jsonb_to_recordset(:body::jsonb -> 'links') AS l (id uuid, token_hash text, sealed text, key_id text, address_hash text, lang text)
    ON CONFLICT DO NOTHING -- the API may not name an address's hash
    RETURNING id
)
SELECT j.id AS round_id, jsonb_array_length(:body::jsonb -> 'links') AS asked,
    CASE WHEN j.replayed THEN (SELECT count(*) FROM survey_link x WHERE x.batch_id = :new_id::uuid) ELSE (SELECT count(*) FROM made) END AS made,
    j.replayed AS _replayed,
    CASE WHEN j.problem IS NULL AND NOT j.replayed AND NOT EXISTS (SELECT FROM batch) THEN 'idempotency_key_reused' ELSE j.problem END AS _problem
FROM judged j;
