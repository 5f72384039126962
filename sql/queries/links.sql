-- What people do by the personal links in their mails, without logging in. A link's GET only shows; its POST acts.

-- name: follow_up_page
-- lane: read
-- units: the link names the one question
SELECT c.title, c.said, c.done, f.answer, f.expires_on < app_today() AS is_expired
FROM follow_up f
JOIN change c ON c.id = f.change_id
WHERE f.token_hash = :link_hash::bytea;

-- name: follow_up_answer
-- lane: own
-- units: the link names the one question
-- lock:
SELECT f.id FROM follow_up f WHERE f.token_hash = :link_hash::bytea ORDER BY f.id FOR UPDATE;
-- run:
WITH given AS (
    UPDATE follow_up f
    SET answer = b.answer, answered_on = app_today(), text = nullif(b.text, '')
    FROM jsonb_to_record(:body::jsonb) AS b (answer text, text text)
    WHERE f.token_hash = :link_hash::bytea AND f.answer IS NULL AND f.expires_on >= app_today()
    RETURNING f.id, f.answer
)
SELECT c.title, c.said, c.done, coalesce(g.answer, f.answer) AS answer,
    f.expires_on < app_today() AS is_expired, g.id IS NOT NULL AS is_new
FROM follow_up f
JOIN change c ON c.id = f.change_id
LEFT JOIN given g ON g.id = f.id
WHERE f.token_hash = :link_hash::bytea;

-- name: unsubscribe_page
-- lane: read
-- units: the link names the one mail
SELECT true AS is_known FROM mail m WHERE m.unsubscribe_hash = :link_hash::bytea;

-- name: unsubscribe
-- lane: write
-- units: the link names the one mail
SELECT opt_out_by_link(:link_hash::bytea) AS is_known;
