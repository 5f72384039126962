-- The kind retention: what is kept longer than the table says is purged, some of one class at a time.

-- name: retention_purge
-- columns: class, purged, run_at, data
-- The class whose turn it is: again while there is more of it, then the next one; after the last one tomorrow at two in the morning.
SELECT r.class, p.purged,
    CASE WHEN n.place IS NULL THEN day_start(app_today() + 1) + interval '2 hours' ELSE app_now() END AS run_at,
    CASE WHEN n.place IS NULL THEN '{}' ELSE jsonb_build_object('place', n.place) END AS data
FROM (
    SELECT x.class, x.place FROM retention x
    ORDER BY x.place < coalesce((:data::jsonb ->> 'place')::integer, 0), x.place
    LIMIT 1
) r
CROSS JOIN LATERAL retention_purge(r.class, :most::integer) AS p (purged)
CROSS JOIN LATERAL (
    SELECT CASE WHEN p.purged > 0 THEN r.place ELSE (SELECT min(x.place) FROM retention x WHERE x.place > r.place) END AS place
) n;
