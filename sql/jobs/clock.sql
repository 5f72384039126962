-- The kind clock: what is due by now, and what comes by the calendar.

-- name: clock_do
-- columns: n, run_at, data
-- What these jobs are about, each in its phase. n: the place in the arrays, from 1, of a job that runs again.
SELECT d.n, d.run_at, d.data FROM clock_do(:subjects::uuid[], :phases::text[]) AS d;

-- name: clock_partitions
-- columns: run_at
-- Partitions of the months ahead, and counts of mails of past days are forgotten; again tomorrow at three in the morning.
WITH forgotten AS (
    DELETE FROM receipt_mail_count WHERE day < app_today()
)
SELECT day_start(app_today() + 1) + interval '3 hours' AS run_at FROM event_partitions_ahead(3);

-- name: clock_rules
-- columns: run_at
-- What rules move by themselves: again in a quarter of an hour, or at once when there is more.
SELECT app_now() + CASE WHEN r.moved < 500 THEN interval '15 minutes' ELSE interval '0' END AS run_at
FROM cases_by_rule(500) AS r (moved);
