-- The kind news: each contributor of a change hears once of each of its states.

-- name: news_chunk
-- columns: contributors, last, told_at
-- So many contributors behind the one that the last chunk ended with; who can be reached and wants it gets a mail, the
-- others find the news behind their receipt.
WITH chunk AS MATERIALIZED (
    SELECT c.contributor, c.feedback_id, c.reachable AND c.wants_news AS by_mail
    FROM change_contributors(:change_id::uuid) c
    WHERE c.contributor > coalesce(:after_contributor::bytea, '')
    ORDER BY c.contributor
    LIMIT :most::integer
), told AS (
    INSERT INTO notice (change_id, state, contributor, feedback_id, channel)
    SELECT :change_id::uuid, :state::text, contributor, feedback_id, CASE WHEN by_mail THEN 'mail' ELSE 'receipt' END
    FROM chunk
    ORDER BY contributor
    ON CONFLICT ON CONSTRAINT notice_once DO NOTHING
    RETURNING id, feedback_id, channel
), mailed AS (
    INSERT INTO mail (template, feedback_id, link_id, capped, unique_key)
    SELECT 'change_news', feedback_id, id, true, 'news:' || id FROM told WHERE channel = 'mail'
    RETURNING id
)
SELECT count(*) AS contributors, (SELECT contributor FROM chunk ORDER BY contributor DESC LIMIT 1) AS last, app_now() AS told_at
FROM chunk;
