-- The kinds mail and mail_bulk.

-- name: mail_prepare
-- columns: mail_id, verdict, template, lang, mailbox, sealed, address_hash, link_id, capped
SELECT p.mail_id, p.verdict, p.template, p.lang, p.mailbox, p.sealed, p.address_hash, p.link_id, p.capped
FROM mail_prepare(:mail_ids::uuid[], :unsubscribe_hashes::bytea[]) p;

-- name: mail_settle
UPDATE mail m SET state = w.state
FROM unnest(:mail_ids::uuid[], :states::text[]) AS w (id, state)
WHERE m.id = w.id AND m.state = 'queued';

-- name: mail_dead_addresses
INSERT INTO dead_address (address_hash)
SELECT DISTINCT w.hash FROM unnest(:hashes::bytea[]) AS w (hash) ORDER BY w.hash
ON CONFLICT (address_hash) DO NOTHING;
