-- The kind reseal: contact data under old keys is sealed anew under the newest, while everything runs. The mailer alone may.

-- name: reseal_announce
-- columns: newest
-- The newest key of all, after these were made known, oldest first.
WITH made AS (
    INSERT INTO contact_key (id)
    SELECT w.id FROM unnest(:key_ids::text[]) WITH ORDINALITY AS w (id, n)
    WHERE NOT EXISTS (SELECT FROM contact_key k WHERE k.id = w.id)
    ORDER BY w.n
    ON CONFLICT (id) DO NOTHING
    RETURNING id, place
)
SELECT coalesce((SELECT m.id FROM made m ORDER BY m.place DESC LIMIT 1), contact_key_newest()) AS newest;

-- name: reseal_find
-- columns: source, id, sealed
-- Some of what is sealed to this key; what somebody works on at this moment is left for the next time.
WITH contacts AS (
    SELECT c.feedback_id, c.sealed FROM contact c WHERE c.key_id = :key_id::text ORDER BY c.feedback_id LIMIT 250 FOR UPDATE SKIP LOCKED
), links AS (
    SELECT l.id, l.sealed FROM survey_link l WHERE l.key_id = :key_id::text ORDER BY l.id LIMIT 250 FOR UPDATE SKIP LOCKED
), people AS (
    SELECT p.id, p.sealed FROM person p WHERE p.key_id = :key_id::text ORDER BY p.id LIMIT 250 FOR UPDATE SKIP LOCKED
)
SELECT 'contact' AS source, c.feedback_id AS id, c.sealed FROM contacts c
UNION ALL
SELECT 'survey_link', l.id, l.sealed FROM links l
UNION ALL
SELECT 'person', p.id, p.sealed FROM people p;

-- name: reseal_keep
-- What does not open with any key (sealed is NULL) is named so, and left as it is.
WITH input AS (
    SELECT i.* FROM unnest(:sources::text[], :ids::uuid[], :sealed::bytea[]) AS i (source, id, sealed)
), contacts AS (
    UPDATE contact c SET sealed = coalesce(i.sealed, c.sealed), key_id = CASE WHEN i.sealed IS NULL THEN '?' ELSE :key_id::text END
    FROM input i WHERE i.source = 'contact' AND c.feedback_id = i.id
), people AS (
    UPDATE person p SET sealed = coalesce(i.sealed, p.sealed), key_id = CASE WHEN i.sealed IS NULL THEN '?' ELSE :key_id::text END
    FROM input i WHERE i.source = 'person' AND p.id = i.id
)
UPDATE survey_link l SET sealed = coalesce(i.sealed, l.sealed), key_id = CASE WHEN i.sealed IS NULL THEN '?' ELSE :key_id::text END
FROM input i WHERE i.source = 'survey_link' AND l.id = i.id;

-- name: reseal_next
-- columns: run_at
-- Again in half a minute, or at once when there is more.
SELECT app_now() + CASE WHEN :more::boolean THEN interval '0' ELSE interval '30 seconds' END AS run_at;
