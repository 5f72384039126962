-- osallisuus-admin audit: whether the audit is what was written into it.

-- name: audit_begin
-- columns: n, xid, place, hash
-- The newest anchor: what the chain begins after.
SELECT x.n, x.xid, x.place, encode(x.hash, 'hex') AS hash FROM audit_anchor x ORDER BY x.n DESC LIMIT 1;

-- name: audit_anchor_hash
-- columns: hash
SELECT encode(x.hash, 'hex') AS hash FROM audit_anchor x WHERE x.n = :n::bigint;

-- name: audit_head
-- columns: n, hash, waiting
SELECT h.n, encode(h.hash, 'hex') AS hash, audit_waiting(1000000) AS waiting FROM audit_head() h;

-- name: audit_part
-- columns: n, hash, xid, place, row_text, fits
-- The next part of the chain, and of the audit what lies in it; without n: a row of the audit that is not in the chain, without
-- row_text: one of the chain whose row is gone. row_text is written out here, so that no function of the database has a say
-- in whether the database is right.
WITH chained AS MATERIALIZED (
    SELECT c.n, c.xid, c.place, c.hash, c.at, c.subject FROM audit_chain c WHERE c.n > :after_n::bigint ORDER BY c.n LIMIT 10000
), last AS (
    SELECT c.xid, c.place FROM chained c ORDER BY c.n DESC LIMIT 1
), found AS MATERIALIZED (
    SELECT a.xid, a.place, a.at, a.subject,
        ROW(a.xid, a.place, (extract(epoch FROM a.at) * 1000000)::bigint, a.actor, a.caller_id, a.action, a.resource, a.subject,
            a.code, a.version, encode(a.digest, 'hex'))::text AS row_text
    FROM audit a
    WHERE (a.xid, a.place) > (:after_xid::xid8, :after_place::bigint)
        AND (a.xid, a.place) <= ((SELECT l.xid FROM last l), (SELECT l.place FROM last l))
)
SELECT c.n, encode(c.hash, 'hex') AS hash, coalesce(c.xid, a.xid) AS xid, coalesce(c.place, a.place) AS place, a.row_text,
    c.at = a.at AND c.subject IS NOT DISTINCT FROM a.subject AS fits
FROM chained c
FULL JOIN found a ON a.xid = c.xid AND a.place = c.place
ORDER BY coalesce(c.xid, a.xid), coalesce(c.place, a.place), c.n;

-- name: audit_before
-- columns: found
-- Rows of the audit that an anchor covers, and that were never in the chain.
SELECT count(*) AS found
FROM audit a
WHERE (a.xid, a.place) <= (:xid::xid8, :place::bigint)
    AND NOT EXISTS (SELECT FROM audit_chain c WHERE c.n <= :n::bigint AND c.xid = a.xid AND c.place = a.place);
