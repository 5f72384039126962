-- The kinds mail and mail_bulk.

-- name: mail_prepare
-- columns: mail_id, verdict, template, lang, mailbox, sealed, address_hash, link_id, capped, link, token_of, send_at, places, calendar, answers
-- In quiet hours, what can wait has the verdict 'wait', and is looked at again at send_at. What is not so any more is not needed.
WITH asked AS (
    SELECT w.id, w.hash, (m.capped OR m.survey_link_id IS NOT NULL) AND awake_at(app_now()) > app_now() AS must_wait,
        m.state = 'queued' AND coalesce(m.good_until <= app_now(), false) AS is_late
    FROM unnest(:mail_ids::uuid[], :unsubscribe_hashes::bytea[]) AS w (id, hash)
    JOIN mail m ON m.id = w.id
)
SELECT p.mail_id, p.verdict, p.template, p.lang, p.mailbox, p.sealed, p.address_hash, p.link_id, p.capped, p.link, p.token_of,
    NULL::timestamptz AS send_at, x.places, x.calendar, x.answers
FROM (SELECT array_agg(a.id ORDER BY a.id) AS ids, array_agg(a.hash ORDER BY a.id) AS hashes FROM asked a WHERE NOT (a.must_wait OR a.is_late)) n
CROSS JOIN LATERAL mail_prepare(n.ids, n.hashes) p
CROSS JOIN LATERAL (SELECT mail_places(m.places, p.lang) AS places, mail_calendar(m.id, p.lang) AS calendar, mail_answers(m.id) AS answers FROM mail m WHERE m.id = p.mail_id) x
UNION ALL
SELECT a.id, 'wait', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, awake_at(app_now()), NULL, NULL, NULL FROM asked a WHERE a.must_wait AND NOT a.is_late
UNION ALL
SELECT a.id, 'not_needed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM asked a WHERE a.is_late;

-- name: mail_settle
UPDATE mail m SET state = w.state
FROM unnest(:mail_ids::uuid[], :states::text[]) AS w (id, state)
WHERE m.id = w.id AND m.state = 'queued';

-- name: mail_dead_addresses
INSERT INTO dead_address (address_hash)
SELECT DISTINCT w.hash FROM unnest(:hashes::bytea[]) AS w (hash) ORDER BY w.hash
ON CONFLICT (address_hash) DO NOTHING;
