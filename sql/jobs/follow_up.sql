-- The kind follow_up: is it better now? Asked once, and what the answers say of the change.

-- name: follow_up_people
-- columns: next, asked_at, contributor, feedback_id, person_id
-- Who is to be asked of a change that is still made: of the next so many voices, who can be reached, wants it, and was not asked. One
-- row without a contributor when there is nobody. next: what goes on from here, if there is more.
WITH asked AS (
    SELECT x.id AS change_id, j.data
    FROM (SELECT :data::jsonb AS data) j
    LEFT JOIN change x ON x.id = :change_id::uuid AND x.state IN ('made', 'inconclusive')
), page AS MATERIALIZED (
    SELECT v.*
    FROM asked a CROSS JOIN LATERAL change_voices(a.change_id, (a.data ->> 'after')::uuid, (a.data ->> 'after_person')::uuid, :most::integer) v
), wanted AS MATERIALIZED (
    SELECT c.contributor, c.feedback_id, c.person_id
    FROM asked a
    CROSS JOIN LATERAL change_contributors(a.change_id, (SELECT array_agg(p.feedback_id) FROM page p), (SELECT array_agg(p.person_id) FROM page p), 'follow_up') c
    WHERE c.by_mail
        AND NOT EXISTS (SELECT FROM opt_out o WHERE o.address_hash = c.contributor)
        AND NOT EXISTS (SELECT FROM follow_up f WHERE f.change_id = a.change_id AND f.contributor = c.contributor)
)
SELECT a.data || l.place AS next, app_now() AS asked_at, w.contributor, w.feedback_id, w.person_id
FROM asked a
LEFT JOIN LATERAL (
    SELECT jsonb_build_object('after', p.source_id, 'after_person', p.person_id) AS place FROM page p
    WHERE (SELECT count(*) FROM page) = :most::integer
    ORDER BY p.source_id DESC, p.person_id DESC LIMIT 1
) l ON true
LEFT JOIN wanted w ON true
ORDER BY w.contributor;

-- name: follow_up_ask
-- columns: asked
-- The ids are made by the worker, for the links are made from them. Of several questions the second tells that it is the second, and each
-- the day on which its change was made: what it is about is in no mail.
WITH asked AS (
    INSERT INTO follow_up (id, change_id, contributor, feedback_id, person_id, token_hash, expires_on)
    SELECT w.id, :change_id::uuid, w.contributor, w.feedback_id, w.person_id, w.token_hash, app_today() + rule_value('link_days')
    FROM unnest(:ids::uuid[], :contributors::bytea[], :feedback_ids::uuid[], :person_ids::uuid[], :token_hashes::bytea[])
        AS w (id, contributor, feedback_id, person_id, token_hash)
    ORDER BY w.contributor
    ON CONFLICT ON CONSTRAINT follow_up_once DO NOTHING
    RETURNING id, contributor, feedback_id, person_id
), mailed AS (
    INSERT INTO mail (template, feedback_id, person_id, link_id, capped, unique_key, places)
    SELECT 'follow_up', a.feedback_id, a.person_id, a.id, true, 'follow_up:' || a.id,
        jsonb_build_object('made_on', (SELECT page_day(c.made_on) FROM change c WHERE c.id = :change_id::uuid), 'number', CASE WHEN n.asked > 0 THEN (n.asked + 1)::text END)
    FROM asked a
    CROSS JOIN LATERAL (SELECT count(*) AS asked FROM follow_up f WHERE f.contributor = a.contributor) n -- before this one
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
