-- The kind news: each contributor of a change hears once of each of its states.

-- name: news_chunk
-- columns: next, told_at
-- So many voices behind the place that the last chunk ended at; who can be reached and wants it gets a mail, the others find the news
-- behind their receipt or their personal link. News of who collects them wait for the digest. What goes on from here, if there is more.
WITH asked AS (
    SELECT :change_id::uuid AS change_id, :data::jsonb AS data
), page AS MATERIALIZED (
    SELECT v.*
    FROM asked a CROSS JOIN LATERAL change_voices(a.change_id, (a.data ->> 'after')::uuid, (a.data ->> 'after_person')::uuid, :most::integer) v
), told AS (
    INSERT INTO notice (change_id, state, contributor, feedback_id, person_id, channel)
    SELECT a.change_id, a.data ->> 'state', c.contributor, c.feedback_id, c.person_id,
        CASE WHEN c.by_mail THEN 'mail' WHEN c.person_id IS NULL THEN 'receipt' ELSE 'link' END
    FROM asked a
    CROSS JOIN LATERAL change_contributors(a.change_id, (SELECT array_agg(p.feedback_id) FROM page p), (SELECT array_agg(p.person_id) FROM page p), 'news') c
    ORDER BY c.contributor
    ON CONFLICT ON CONSTRAINT notice_once DO NOTHING
    RETURNING id, contributor, feedback_id, person_id, channel
), mailed AS (
    INSERT INTO mail (template, feedback_id, person_id, link_id, capped, unique_key, send_at)
    SELECT CASE WHEN d.day IS NOT NULL THEN 'person_digest' WHEN t.person_id IS NOT NULL THEN 'person_change' ELSE 'change_news' END,
        t.feedback_id, t.person_id, CASE WHEN t.person_id IS NULL THEN t.id END, true,
        CASE WHEN d.day IS NULL THEN 'news:' || t.id ELSE digest_key(t.contributor, d.day) END, day_start(d.day)
    FROM told t
    LEFT JOIN person p ON p.id = t.person_id AND p.wants_digest
    CROSS JOIN LATERAL (SELECT CASE WHEN p.id IS NOT NULL THEN digest_day() END AS day) d
    WHERE t.channel = 'mail'
    ON CONFLICT ON CONSTRAINT mail_once DO NOTHING -- the digest that waits tells this too
)
SELECT a.data || l.place AS next, app_now() AS told_at
FROM asked a
LEFT JOIN LATERAL (
    SELECT jsonb_build_object('after', p.source_id, 'after_person', p.person_id) AS place FROM page p
    WHERE (SELECT count(*) FROM page) = :most::integer
    ORDER BY p.source_id DESC, p.person_id DESC LIMIT 1
) l ON true;
