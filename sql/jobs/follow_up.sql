-- The kind follow_up: is it better now? Asked once, and what the answers say of the change.

-- name: follow_up_sources
-- columns: sources, last, asked_at, contributor, feedback_id
-- Who is to be asked of a change that is still made: of the next so many sources, who can be reached, wants it, and was not
-- asked. One row without a contributor when there is nobody.
WITH source AS MATERIALIZED (
    SELECT s.feedback_id AS id
    FROM change_source s
    JOIN change x ON x.id = s.change_id AND x.state IN ('made', 'inconclusive')
    WHERE s.change_id = :change_id::uuid
        AND s.feedback_id > coalesce(:after_source::uuid, '00000000-0000-0000-0000-000000000000')
    ORDER BY s.feedback_id
    LIMIT :most::integer
), asked AS MATERIALIZED (
    SELECT c.contributor, c.feedback_id
    FROM change_contributors(:change_id::uuid, (SELECT array_agg(s.id) FROM source s), 'follow_up') c
    WHERE c.by_mail
        AND NOT EXISTS (SELECT FROM opt_out o WHERE o.address_hash = c.contributor)
        AND NOT EXISTS (SELECT FROM follow_up f WHERE f.change_id = :change_id::uuid AND f.contributor = c.contributor)
)
SELECT p.sources, p.last, app_now() AS asked_at, a.contributor, a.feedback_id
FROM (SELECT count(*) AS sources, (SELECT s.id FROM source s ORDER BY s.id DESC LIMIT 1) AS last FROM source) p
LEFT JOIN asked a ON true
ORDER BY a.contributor;

-- name: follow_up_ask
-- columns: asked
-- The ids are made by the worker, for the links are made from them.
WITH asked AS (
    INSERT INTO follow_up (id, change_id, contributor, feedback_id, token_hash, expires_on)
    SELECT w.id, :change_id::uuid, w.contributor, w.feedback_id, w.token_hash, app_today() + rule_value('link_days')
    FROM unnest(:ids::uuid[], :contributors::bytea[], :feedback_ids::uuid[], :token_hashes::bytea[])
        AS w (id, contributor, feedback_id, token_hash)
    ORDER BY w.contributor
    ON CONFLICT ON CONSTRAINT follow_up_once DO NOTHING
    RETURNING id, feedback_id
), mailed AS (
    INSERT INTO mail (template, feedback_id, link_id, capped, unique_key)
    SELECT 'follow_up', feedback_id, id, true, 'follow_up:' || id FROM asked
    RETURNING id
)
SELECT count(*) AS asked FROM asked;

-- name: follow_up_schedule_decision
INSERT INTO job (kind, run_at, subject, data, unique_key)
SELECT 'follow_up', app_now() + make_interval(days => rule_value('decide_days')), c.id, '{"phase": "decide"}',
    'follow_up:' || c.id || ':decide'
FROM change c
WHERE c.id = :change_id::uuid AND c.state IN ('made', 'inconclusive')
ON CONFLICT (unique_key) DO NOTHING;

-- name: follow_up_decide
-- columns: id
-- The step follows from the answers to this making of the change. No lock is needed: a step fits one version of the
-- change only, so whoever moves it at the same moment makes this fail, and it is looked at anew.
INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
SELECT gen_random_uuid(), 'change', c.id, c.state, decision.state, 'system', c.version + 1
FROM change c
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE f.answer <> 'dont_know') AS answers, count(*) FILTER (WHERE f.answer = 'better') AS better
    FROM follow_up f
    WHERE f.change_id = c.id AND f.asked_on >= c.made_on
) said
CROSS JOIN LATERAL (
    SELECT CASE WHEN said.answers < rule_value('follow_up_least') THEN 'inconclusive'
                WHEN said.better * 2 > said.answers THEN 'verified'
                ELSE 'not_effective' END AS state
) decision
WHERE c.id = :change_id::uuid AND c.state IN ('made', 'inconclusive') AND c.state <> decision.state
RETURNING id;

-- name: round_people
-- columns: person_id
-- The next so many members of a round's panel who have no link in it.
SELECT p.id AS person_id FROM round_people(:round_id::uuid, :most::integer) AS p (id);

-- name: round_links_make
-- columns: made
-- The ids are made by the worker, for the links are made from them.
SELECT round_links_make(:round_id::uuid, :ids::uuid[], :hashes::bytea[], :people::uuid[]) AS made;
