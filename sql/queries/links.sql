-- What people do by the personal links in their mails, without logging in. A link's GET only shows; its POST acts.

-- name: follow_up_page
-- lane: read
-- units: the link names the one question
SELECT c.title, c.said, c.done, c.decided, c.state_on, f.answer, f.expires_on < app_today() AS is_expired, f.has_text,
    link_may_reopen(f.feedback_id, CASE WHEN f.has_text THEN f.answered_on END) AS can_reopen
FROM follow_up f
JOIN told_change c ON c.id = f.change_id
WHERE f.token_hash = :link_hash::bytea;

-- name: follow_up_answer
-- lane: own
-- units: the link names the one question
-- Who answered that it is no better may add words once, with the same answer; no answer is ever another. Who has a case may open it
-- again, with these words or those written before; the words of who has none stay with the change, where staff read them. The case is
-- locked first, as behind the receipt.
-- lock:
WITH spoken AS MATERIALIZED (
    SELECT v.id FROM feedback v WHERE v.id = (SELECT f.feedback_id FROM follow_up f WHERE f.token_hash = :link_hash::bytea) FOR NO KEY UPDATE
)
SELECT f.id FROM follow_up f WHERE f.token_hash = :link_hash::bytea AND (SELECT count(*) FROM spoken) < 2 FOR NO KEY UPDATE;
-- run:
WITH said AS (
    SELECT f.id, f.feedback_id, b.answer, w.text, f.answer IS NULL AS is_new, coalesce(v.lang, p.lang, 'fi') AS lang,
        b.reopen = 'yes' AND b.answer IN ('same', 'worse') AND w.text IS NOT NULL AS reopens
    FROM follow_up f
    LEFT JOIN feedback v ON v.id = f.feedback_id
    LEFT JOIN person p ON p.id = f.person_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (answer text, text text, reopen text)
    CROSS JOIN LATERAL (SELECT CASE WHEN f.has_text THEN own_follow_up_text(:link_hash::bytea) ELSE nullif(btrim(replace(b.text, E'\r\n', E'\n'), E' \t\n'), '') END AS text) w
    WHERE f.token_hash = :link_hash::bytea AND f.expires_on >= app_today()
        AND (f.answer IS NULL OR f.answer = b.answer AND f.answer IN ('same', 'worse') AND w.text IS NOT NULL
            AND (NOT f.has_text OR b.reopen = 'yes' AND link_may_reopen(f.feedback_id, f.answered_on)))
), given AS (
    UPDATE follow_up f
    SET answer = s.answer, answered_on = coalesce(f.answered_on, app_today()), text = s.text, lang = s.lang
    FROM said s
    WHERE f.id = s.id
    RETURNING f.id, f.answer, f.has_text, s.is_new
), reopened AS (
    SELECT s.id FROM said s WHERE CASE WHEN s.reopens THEN reopen_by_giver(s.feedback_id, s.text) END
)
SELECT c.title, c.said, c.done, c.decided, c.state_on, coalesce(g.answer, f.answer) AS answer, f.expires_on < app_today() AS is_expired,
    coalesce(g.has_text, f.has_text) AS has_text, coalesce(g.is_new, false) AS is_new, coalesce(NOT g.is_new, false) AS is_told,
    r.id IS NOT NULL AS is_reopened, r.id IS NULL AND link_may_reopen(f.feedback_id, CASE WHEN f.has_text THEN f.answered_on END) AS can_reopen
FROM follow_up f
JOIN told_change c ON c.id = f.change_id
LEFT JOIN given g ON g.id = f.id
LEFT JOIN reopened r ON r.id = f.id
WHERE f.token_hash = :link_hash::bytea;

-- name: unsubscribe_page
-- lane: read
-- units: the link names the one mail
SELECT true AS is_known FROM mail m WHERE m.unsubscribe_hash = :link_hash::bytea;

-- name: unsubscribe
-- lane: write
-- units: the link names the one mail
SELECT opt_out_by_link(:link_hash::bytea) AS is_known;
