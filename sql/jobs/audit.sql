-- The kind audit: the chain of hashes over the audit.

-- name: audit_chain
-- columns: chained, run_at
-- Again in two seconds, or at once when there is more.
SELECT c.chained, app_now() + CASE WHEN c.chained < :most::integer THEN interval '2 seconds' ELSE interval '0' END AS run_at
FROM audit_chain_more(:most::integer) AS c (chained);
