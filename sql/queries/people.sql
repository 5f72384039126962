-- People who act by a personal link: what a coordinator does for them, and what they do themselves. Parts of their page that belong
-- to a resource are with that resource.

-- name: person_link_renew
-- lane: own
-- lock:
SELECT p.id FROM person p WHERE p.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH found AS (
    SELECT p.id, p.resource, p.lang, p.has_address, l.person_id AS link_of
    FROM person p
    JOIN unit u ON u.id = resource_unit(p.resource, p.id)
    LEFT JOIN person_link l ON l.id = :new_id::uuid
    WHERE p.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text) AND person_is_of_panels(p.resource)
), made AS ( -- its trigger changes the person
    INSERT INTO person_link (id, person_id, token_hash)
    SELECT :new_id::uuid, f.id, :new_link_hash::bytea FROM found f WHERE f.link_of IS NULL
    ON CONFLICT (id) DO NOTHING -- the same key for another person at the same time
    RETURNING person_id
)
SELECT f.id, f.resource, f.lang, f.has_address, f.link_of IS NOT NULL AS _replayed,
    CASE WHEN coalesce(f.link_of, m.person_id) IS DISTINCT FROM f.id THEN 'idempotency_key_reused' END AS _problem
FROM found f
LEFT JOIN made m ON true;

-- name: person_erase
-- lane: own
-- lock:
SELECT p.id FROM person p WHERE p.id = :id::uuid FOR UPDATE;
-- run:
WITH found AS (
    SELECT w.id, w.resource, w.erasure_id
    FROM (SELECT p.id, p.resource, NULL::uuid AS erasure_id FROM person p WHERE p.id = :id::uuid
          UNION ALL
          SELECT e.person_id, e.resource, e.id FROM person_erasure e WHERE e.person_id = :id::uuid) w
    JOIN unit u ON u.id = resource_unit(w.resource, w.id)
    WHERE unit_is_visible(u.path, :caller_units::text) AND person_is_of_panels(w.resource)
), made AS (
    INSERT INTO person_erasure (person_id, resource, id, who, caller_id)
    SELECT f.id, f.resource, :new_id::uuid, 'coordinator', :caller_id::uuid FROM found f WHERE f.erasure_id IS NULL
)
SELECT f.id, true AS is_erased, coalesce(f.erasure_id = :new_id::uuid, false) AS _replayed FROM found f;

-- name: personal_get
-- lane: read
-- units: the link names the one person
SELECT p.id, p.resource, p.lang, p.wants_news, p.wants_digest, p.has_address, p.ended_on, p.feed_id AS _feed FROM person p WHERE p.token_hash = :link_hash::bytea;

-- name: personal_patch
-- lane: own
-- units: the link names the one person
UPDATE person p SET lang = coalesce(b.lang, p.lang), wants_news = coalesce(b.wants_news, p.wants_news),
    wants_digest = coalesce(b.wants_digest, p.wants_digest)
FROM jsonb_to_record(:body::jsonb) AS b (lang text, wants_news boolean, wants_digest boolean)
WHERE p.token_hash = :link_hash::bytea
RETURNING p.id, p.resource, p.lang, p.wants_news, p.wants_digest, p.has_address, p.ended_on, p.feed_id AS _feed;

-- name: personal_erase
-- lane: own
-- units: the link erases its own person alone, and is gone with them
-- lock:
SELECT p.id FROM person p WHERE p.token_hash = :link_hash::bytea FOR UPDATE;
-- run:
WITH made AS (
    INSERT INTO person_erasure (person_id, resource, id, who)
    SELECT p.id, p.resource, :new_id::uuid, 'person' FROM person p WHERE p.token_hash = :link_hash::bytea
    RETURNING person_id
)
SELECT m.person_id AS id, true AS is_erased, true AS _gone FROM made m;

-- name: personal_page
-- lane: read
-- units: the link names the one person
SELECT personal_page(p.id, coalesce(nullif(:language::text, ''), :lang::text)) AS page FROM person p WHERE p.token_hash = :link_hash::bytea;
