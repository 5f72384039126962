-- osallisuus-admin contact-key: how far a rotation is, and its end.

-- name: contact_key_list
-- columns: id, state, contacts, links
SELECT u.key_id AS id,
    CASE WHEN k.retired_on IS NOT NULL THEN 'retired' WHEN k.id = contact_key_newest() THEN 'newest' WHEN k.id IS NOT NULL THEN 'old'
         WHEN u.key_id = '?' THEN 'unreadable' ELSE 'unknown' END AS state,
    u.contacts, u.links
FROM contact_key_use() u
LEFT JOIN contact_key k ON k.id = u.key_id
ORDER BY k.place NULLS FIRST, u.key_id;

-- name: contact_key_retire
-- columns: verdict
SELECT contact_key_retire(:id::text) AS verdict;

-- name: doctor_contact_keys
-- columns: old, lost, unknown, no_mailer
-- Rows under keys that are not the newest; rows that no mailer can read: under a retired key, or that did not open; rows under keys
-- that no mailer has had; and whether none has been there at all.
SELECT coalesce(sum(u.contacts + u.links) FILTER (WHERE k.retired_on IS NULL AND k.id <> contact_key_newest()), 0) AS old,
    coalesce(sum(u.contacts + u.links) FILTER (WHERE k.retired_on IS NOT NULL OR u.key_id = '?'), 0) AS lost,
    coalesce(sum(u.contacts + u.links) FILTER (WHERE k.id IS NULL AND u.key_id <> '?'), 0) AS unknown,
    NOT EXISTS (SELECT FROM contact_key) AS no_mailer
FROM contact_key_use() u
LEFT JOIN contact_key k ON k.id = u.key_id;
