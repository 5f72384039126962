-- The kind news: each contributor of a change hears once of each of its states.

-- name: news_chunk
-- columns: sources, last, told_at
-- So many sources behind the one that the last chunk ended with, and who spoke in them; who can be reached and wants it gets a
-- mail, the others find the news behind their receipt or their personal link. Those who brought something to a panel or a session, of
-- whom there are fewer, are told at once with the first chunk.
WITH source AS MATERIALIZED (
    SELECT s.feedback_id AS id
    FROM change_source s
    WHERE s.change_id = :change_id::uuid
        AND s.feedback_id > coalesce(:after_source::uuid, '00000000-0000-0000-0000-000000000000')
    ORDER BY s.feedback_id
    LIMIT :most::integer
), told AS (
    INSERT INTO notice (change_id, state, contributor, feedback_id, channel)
    SELECT :change_id::uuid, :state::text, c.contributor, c.feedback_id, CASE WHEN c.by_mail THEN 'mail' ELSE 'receipt' END
    FROM change_contributors(:change_id::uuid, (SELECT array_agg(s.id) FROM source s), 'news') c
    ORDER BY c.contributor
    ON CONFLICT ON CONSTRAINT notice_once DO NOTHING
    RETURNING id, feedback_id, channel
), told_people AS (
    INSERT INTO notice (change_id, state, contributor, person_id, channel)
    SELECT :change_id::uuid, :state::text, c.contributor, c.person_id, CASE WHEN c.by_mail THEN 'mail' ELSE 'link' END
    FROM change_people(:change_id::uuid) c
    WHERE :after_source::uuid IS NULL
    ORDER BY c.contributor
    ON CONFLICT ON CONSTRAINT notice_once DO NOTHING
    RETURNING id, person_id, channel
), mailed AS (
    INSERT INTO mail (template, feedback_id, link_id, capped, unique_key)
    SELECT 'change_news', feedback_id, id, true, 'news:' || id FROM told WHERE channel = 'mail'
    RETURNING id
), mailed_people AS (
    INSERT INTO mail (template, person_id, link_id, capped, unique_key)
    SELECT 'person_change', person_id, id, true, 'news:' || id FROM told_people WHERE channel = 'mail'
    RETURNING id
)
SELECT count(*) AS sources, (SELECT id FROM source ORDER BY id DESC LIMIT 1) AS last, app_now() AS told_at
FROM source;
