-- Dividing the sum of a budget consultation: by single-use links, or by anybody.

-- name: budget_ballot_create
-- lane: own
-- lock:
SELECT c.id FROM consultation c WHERE c.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT c.id, o.id AS old_id, b.lang,
        CASE WHEN o.id IS NOT NULL AND o.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused'
             WHEN o.id IS NOT NULL THEN NULL
             WHEN c.kind <> 'budget' THEN 'consultation_is_no_budget'
             WHEN c.state NOT IN ('draft', 'open') THEN 'consultation_is_over' END AS problem
    FROM consultation c
    JOIN decision d ON d.id = c.decision_id
    JOIN unit u ON u.id = d.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (lang text)
    LEFT JOIN LATERAL (SELECT x.id, x.request_hash FROM budget_ballot x WHERE x.id = :new_id::uuid OFFSET 0) o ON true
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), made AS (
    INSERT INTO budget_ballot (id, consultation_id, request_hash) SELECT :new_id::uuid, j.id, :request_hash::bytea FROM judged j WHERE j.problem IS NULL AND j.old_id IS NULL
    ON CONFLICT (id) DO NOTHING
    RETURNING id
), known AS (
    INSERT INTO person (id, resource, token_hash, sealed, key_id, address_hash, lang)
    SELECT m.id, 'budget_ballot', :new_link_hash::bytea, :contact_sealed::bytea, :contact_key::text, :contact_index::bytea, j.lang FROM made m CROSS JOIN judged j
)
SELECT coalesce(m.id, j.old_id) AS id, j.old_id IS NOT NULL AS _replayed, '/v1/consultations/' || j.id AS _location,
    CASE WHEN j.problem IS NULL AND m.id IS NULL AND j.old_id IS NULL THEN 'idempotency_key_reused' ELSE j.problem END AS _problem
FROM judged j
LEFT JOIN made m ON true;

-- name: personal_budget_get
-- lane: read
-- units: the link names the one ballot
SELECT c.title, c.description, c.due_on, c.budget, b.is_used, consultation_takes_answers(c) AS is_open
FROM person p
JOIN budget_ballot b ON b.id = p.id
JOIN consultation c ON c.id = b.consultation_id
WHERE p.token_hash = :link_hash::bytea;

-- name: personal_budget_answer
-- lane: own
-- units: the link names the one ballot
-- That it was used is kept, and the answer apart from it. A repetition is known by its key alone.
-- lock:
SELECT b.id FROM budget_ballot b WHERE b.id = (SELECT p.id FROM person p WHERE p.token_hash = :link_hash::bytea) FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT b.id, c.id AS consultation_id, coalesce(b.is_used AND b.used_key = :new_id::uuid, false) AS replayed,
        CASE WHEN b.is_used THEN 'budget_is_divided' WHEN NOT consultation_takes_answers(c) THEN 'consultation_is_over' END AS unready,
        budget_share_problems(c.budget, :body::jsonb -> 'shares') AS errors
    FROM person p
    JOIN budget_ballot b ON b.id = p.id
    JOIN consultation c ON c.id = b.consultation_id
    WHERE p.token_hash = :link_hash::bytea
), used AS (
    UPDATE budget_ballot b SET is_used = true, used_key = :new_id::uuid FROM judged j WHERE b.id = j.id AND j.unready IS NULL AND j.errors IS NULL
    RETURNING b.id
), kept AS (
    INSERT INTO budget_answer (id, consultation_id, shares)
    SELECT gen_random_uuid(), j.consultation_id, :body::jsonb -> 'shares' FROM judged j JOIN used u ON u.id = j.id
)
SELECT true AS is_used, j.replayed AS _replayed, CASE WHEN NOT j.replayed THEN coalesce(j.unready, j.errors #>> '{0,code}') END AS _problem,
    CASE WHEN NOT j.replayed AND j.unready IS NULL THEN j.errors END AS _errors
FROM judged j;

-- name: budget_answer_create
-- lane: own
-- units: open to all
-- lock:
SELECT c.id FROM consultation c WHERE c.id = :id::uuid FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT c.id, o.id AS old, o.request_hash,
        CASE WHEN NOT consultation_takes_answers(c) THEN 'consultation_is_over'
             WHEN (SELECT count(*) FROM budget_answer a WHERE a.consultation_id = c.id) >= rule_value('budget_answers_most') THEN 'budget_is_full' END AS unready,
        budget_share_problems(c.budget, :body::jsonb -> 'shares') AS errors
    FROM consultation c
    LEFT JOIN LATERAL (SELECT x.id, x.request_hash FROM budget_answer x WHERE x.id = :new_id::uuid OFFSET 0) o ON true
    WHERE c.id = :id::uuid AND c.is_open AND c.kind = 'budget' AND c.state NOT IN ('draft', 'cancelled')
), kept AS (
    INSERT INTO budget_answer (id, consultation_id, shares, request_hash)
    SELECT :new_id::uuid, j.id, :body::jsonb -> 'shares', :request_hash::bytea FROM judged j WHERE j.old IS NULL AND j.unready IS NULL AND j.errors IS NULL
    ON CONFLICT (id) DO NOTHING
    RETURNING id
)
SELECT :new_id::uuid AS id, j.old IS NOT NULL AS _replayed,
    CASE WHEN j.old IS NOT NULL THEN CASE WHEN j.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END
         WHEN j.unready IS NOT NULL OR j.errors IS NOT NULL THEN coalesce(j.unready, j.errors #>> '{0,code}')
         WHEN NOT EXISTS (SELECT FROM kept) THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN j.old IS NULL AND j.unready IS NULL THEN j.errors END AS _errors
FROM judged j;

-- name: budget_results
-- lane: read
-- Nothing but how many there are until there are as many as any figure needs, and nothing while it goes on: whoever looks twice would see one answer.
SELECT c.id AS consultation_id, n.answers, CASE WHEN c.state NOT IN ('draft', 'open') AND n.answers >= rule_value('figures_least') THEN (
    SELECT jsonb_agg(jsonb_build_object('key', o.option ->> 'key', 'name', o.option -> 'name', 'cost', o.option -> 'cost', 'sum', r.sum, 'mean', r.mean, 'median', r.median) ORDER BY o.n)
    FROM jsonb_array_elements(c.budget -> 'options') WITH ORDINALITY o (option, n)
    CROSS JOIN LATERAL (
        SELECT sum(s.share) AS sum, round(avg(s.share)) AS mean, percentile_disc(0.5) WITHIN GROUP (ORDER BY s.share) AS median
        FROM budget_answer a CROSS JOIN LATERAL (SELECT coalesce((a.shares ->> (o.option ->> 'key'))::bigint, 0) AS share) s
        WHERE a.consultation_id = c.id) r) END AS options
FROM consultation c
JOIN decision d ON d.id = c.decision_id
JOIN unit u ON u.id = d.unit_id
CROSS JOIN LATERAL (SELECT CASE WHEN x.n >= rule_value('figures_least') THEN x.n END AS answers FROM (SELECT count(*) AS n FROM budget_answer a WHERE a.consultation_id = c.id) x) n
WHERE c.id = :id::uuid AND c.kind = 'budget' AND unit_is_visible(u.path, :caller_units::text);
