-- name: audit_list
-- lane: search
-- cursor: at timestamptz, id uuid
-- What is in the chain, newest first; what has the same time, as all that concerns voices on one day, in no order. It is of no
-- unit: a caller that is limited to units sees none of it.
WITH page AS (
    (SELECT a.*, c.id
     FROM audit_chain c
     JOIN audit a ON a.xid = c.xid AND a.place = c.place
     WHERE :caller_units::text IS NULL AND c.subject = :subject::uuid AND c.at >= coalesce(day_start(:from::date), '-infinity')
         AND c.at < coalesce(day_start(:to::date + 1), 'infinity')
         AND (c.at, c.id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
         AND CASE WHEN audit_matches(a, :by::uuid, :actor::text, :resource::text) THEN true END IS NOT UNKNOWN
     ORDER BY c.at DESC, c.id DESC
     LIMIT :limit_and_one::int)
    UNION ALL
    (SELECT a.*, c.id
     FROM audit_chain c
     JOIN audit a ON a.xid = c.xid AND a.place = c.place
     WHERE :caller_units::text IS NULL AND :subject::uuid IS NULL AND c.at >= coalesce(day_start(:from::date), '-infinity')
         AND c.at < coalesce(day_start(:to::date + 1), 'infinity')
         AND (c.at, c.id) < (coalesce(:after_at::timestamptz, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
         AND CASE WHEN audit_matches(a, :by::uuid, :actor::text, :resource::text) THEN true END IS NOT UNKNOWN
     ORDER BY c.at DESC, c.id DESC
     LIMIT :limit_and_one::int)
)
SELECT p.id, p.at, p.actor, p.caller_id, p.action, p.resource, p.subject, p.code, p.version, encode(p.digest, 'hex') AS digest
FROM page p
ORDER BY p.at DESC, p.id DESC;
