-- The kind report: what changed because people spoke, by unit (with all below it) and month or year. Staff never counts.

-- name: report_begin
-- columns: locked, memory, jit
-- By itself among all, or what another is counting would be missing from what this one adds up. A statement of its own, so that
-- what follows sees what the one before has done.
SELECT pg_advisory_xact_lock(hashtext('report')) IS NULL AS locked,
    set_config('work_mem', '128MB', true) AS memory, set_config('jit', 'off', true) AS jit;

-- name: report_begin_count
-- columns: locked, memory, jit, merge
-- Beside others that count, for each has a month of its own. A merge join would sort what a hash join finds: a tenth of the time.
SELECT pg_advisory_xact_lock_shared(hashtext('report')) IS NULL AS locked,
    set_config('work_mem', '128MB', true) AS memory, set_config('jit', 'off', true) AS jit, set_config('enable_mergejoin', 'off', true) AS merge;

-- name: report_plan
-- columns: run_at, data
-- Makes a job for each month in which something is to be counted anew, and for each period that is to be added up anew, and
-- says when to look again. Counted: months of receipt of the voices that events since the last look tell of. The first time,
-- and when the transactions of the last look are not those of this cluster (a dump came back), everything is.
WITH look AS MATERIALIZED (
    SELECT last.xid AS since, now.xid AS upto, last.xid IS NULL OR last.xid > now.xid AS is_first
    FROM (SELECT (:data::jsonb ->> 'xid')::xid8 AS xid) last, (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xid) now
), touched AS MATERIALIZED (
    DELETE FROM report_touched WHERE what IN ('period', 'voices') RETURNING what, month, subject
), happened AS (
    SELECT DISTINCT e.subject FROM event e
    WHERE e.xid >= (SELECT since FROM look WHERE NOT is_first) AND e.xid < (SELECT upto FROM look) AND e.resource = 'feedback'
), voice AS (
    SELECT subject AS id FROM happened
    UNION
    SELECT s.feedback_id FROM change_source s WHERE s.feedback_id IS NOT NULL
        AND s.change_id IN (SELECT t.subject FROM touched t WHERE t.what = 'voices')
), cell AS MATERIALIZED (
    SELECT DISTINCT month_start(f.received_on) AS month, f.unit_id AS unit_id FROM voice v JOIN feedback f ON f.id = v.id
    WHERE NOT (SELECT is_first FROM look)
    UNION ALL
    SELECT m.month::date, NULL
    FROM (SELECT min(received_on) AS first_day, max(received_on) AS last_day FROM feedback WHERE (SELECT is_first FROM look)) f
    CROSS JOIN LATERAL generate_series(month_start(f.first_day)::timestamp, f.last_day::timestamp, interval '1 month') AS m (month)
    UNION ALL
    SELECT DISTINCT c.source_month, NULL::uuid FROM report_count c WHERE (SELECT is_first FROM look)
), kept AS (
    INSERT INTO report_touched (what, month, subject) SELECT 'cells', month, unit_id FROM cell
), source_month AS (
    SELECT month FROM cell
    UNION
    SELECT t.month FROM report_touched t WHERE t.what = 'cells'
), everywhere AS (
    SELECT (SELECT is_first FROM look) OR EXISTS (SELECT FROM touched t WHERE t.what = 'period' AND t.month IS NULL) AS is_all
), month AS (
    SELECT t.month FROM touched t WHERE t.what = 'period' AND t.month IS NOT NULL
    UNION -- mails with the question leave after it was asked
    SELECT month_start(f.asked_on) FROM follow_up f WHERE f.asked_on >= app_today() - 7
    UNION
    SELECT (r.period || '-01')::date FROM report r WHERE length(r.period) = 7 AND (SELECT is_all FROM everywhere)
    UNION
    SELECT month_start(d.day) FROM change c LEFT JOIN step s ON s.subject = c.id
    CROSS JOIN LATERAL (VALUES (c.suggested_on), (s.made_on)) AS d (day)
    WHERE d.day IS NOT NULL AND (SELECT is_all FROM everywhere)
    UNION
    SELECT month_start(d.day) FROM follow_up f CROSS JOIN LATERAL (VALUES (f.asked_on), (f.answered_on)) AS d (day)
    WHERE d.day IS NOT NULL AND (SELECT is_all FROM everywhere)
), planned AS (
    INSERT INTO job (kind, data, unique_key)
    SELECT 'report', data, unique_key
    FROM (
        SELECT 1 AS place, jsonb_build_object('count', to_char(month, 'YYYY-MM')) AS data, 'report:count:' || to_char(month, 'YYYY-MM') AS unique_key
        FROM source_month
        UNION
        SELECT 2, jsonb_build_object('period', p.period), 'report:' || p.period
        FROM month m CROSS JOIN LATERAL (VALUES (to_char(m.month, 'YYYY-MM')), (to_char(m.month, 'YYYY'))) AS p (period)
    ) j
    ORDER BY place, unique_key
    ON CONFLICT (unique_key) DO NOTHING
)
SELECT app_now() + make_interval(secs => :report_s::integer) AS run_at, jsonb_build_object('xid', l.upto::text) AS data FROM look l;

-- name: report_count
-- Counts the voices that came in a month anew: those of the units that were touched. Only what has changed is written, and
-- only periods in which something changed are added up anew.
WITH span AS MATERIALIZED (
    SELECT (:month::text || '-01')::date AS first_day, ((:month::text || '-01')::date + interval '1 month')::date AS next_day
), touched AS MATERIALIZED (
    DELETE FROM report_touched t USING span s WHERE t.what = 'cells' AND t.month = s.first_day RETURNING t.subject
), wanted AS MATERIALIZED (
    SELECT bool_or(subject IS NULL) AS is_all, array_agg(DISTINCT subject) AS unit_ids FROM touched
), base AS MATERIALIZED (
    SELECT f.id, f.unit_id, coalesce(f.service_id, '00000000-0000-0000-0000-000000000000') AS service_key, f.level, f.kind, f.channel, f.lang, f.respondent_role AS role,
        coalesce(f.age_band, 'unknown') AS age_band, f.due_on IS NOT NULL AS is_answer_wanted,
        month_start(f.answered_on) AS answer_month, f.answered_on - f.received_on AS days,
        CASE WHEN f.due_on IS NULL THEN 'no_limit' WHEN f.answered_on <= f.due_on THEN 'on_time' ELSE 'late' END AS time,
        CASE WHEN f.state = 'closed' THEN month_start(f.closed_on) END AS close_month, f.outcome
    FROM span s
    JOIN feedback f ON f.received_on >= s.first_day AND f.received_on < s.next_day AND f.respondent_role <> 'staff'
    WHERE (SELECT is_all OR f.unit_id = ANY (unit_ids) FROM wanted)
), source AS MATERIALIZED (
    SELECT b.id, c.theme, c.made_on IS NOT NULL AS is_made
    FROM base b JOIN change_source s ON s.feedback_id = b.id JOIN change c ON c.id = s.change_id
), changed AS (
    SELECT id, bool_or(is_made) AS is_made FROM source GROUP BY id
), voice AS MATERIALIZED (
    SELECT b.*, '' AS theme_key, coalesce(c.is_made, false) AS is_changed FROM base b LEFT JOIN changed c USING (id)
    UNION ALL
    SELECT b.*, t.theme, c.is_made FROM (SELECT DISTINCT id, theme FROM source WHERE theme IS NOT NULL) t
    JOIN base b USING (id) JOIN changed c USING (id)
), part AS MATERIALIZED ( -- a number stands for what the voices are told apart by: it is quicker to group by
    SELECT d.*, row_number() OVER () AS part
    FROM (SELECT DISTINCT unit_id, service_key, level, theme_key FROM voice) d
), spoken AS MATERIALIZED (
    SELECT v.*, p.part FROM voice v JOIN part p USING (unit_id, service_key, level, theme_key)
), counted AS MATERIALIZED (
    SELECT v.part, s.first_day AS month,
        CASE GROUPING(v.role, v.age_band, v.lang, v.channel, v.kind) WHEN 15 THEN 'role:' || v.role WHEN 23 THEN 'age_band:' || v.age_band
            WHEN 27 THEN 'lang:' || v.lang WHEN 29 THEN 'channel:' || v.channel ELSE 'kind:' || v.kind END AS label, count(*) AS voices
    FROM spoken v CROSS JOIN span s
    GROUP BY v.part, s.first_day, GROUPING SETS ((v.role), (v.age_band), (v.lang), (v.channel), (v.kind))
    UNION ALL
    SELECT v.part, s.first_day, 'answer_wanted:', count(*)
    FROM spoken v CROSS JOIN span s
    WHERE v.is_answer_wanted
    GROUP BY v.part, s.first_day
    UNION ALL
    SELECT v.part, s.first_day, 'led_to_change:', count(*)
    FROM spoken v CROSS JOIN span s
    WHERE v.kind = 'concern' AND v.is_changed
    GROUP BY v.part, s.first_day
    UNION ALL
    SELECT v.part, v.answer_month, CASE GROUPING(v.days) WHEN 0 THEN 'days:' || v.days ELSE 'time:' || v.time END, count(*)
    FROM spoken v
    WHERE v.answer_month IS NOT NULL
    GROUP BY v.part, v.answer_month, GROUPING SETS ((v.days), (v.time))
    UNION ALL
    SELECT v.part, v.close_month, 'outcome:' || v.outcome, count(*)
    FROM spoken v
    WHERE v.close_month IS NOT NULL
    GROUP BY v.part, v.close_month, v.outcome
    UNION ALL
    SELECT v.part, v.close_month, 'no_change:without_reason', count(*)
    FROM spoken v
    WHERE v.close_month IS NOT NULL AND v.outcome = 'no_change' AND NOT EXISTS (
        SELECT FROM shown_step t WHERE t.subject = v.id AND t.to_state = 'closed' AND t.reason IS NOT NULL OFFSET 0) -- by its case
    GROUP BY v.part, v.close_month
), fresh AS (
    SELECT c.month, p.unit_id, false AS is_whole, nullif(p.service_key, '00000000-0000-0000-0000-000000000000') AS service_id, p.level,
        nullif(p.theme_key, '') AS theme, c.labels, c.counts
    FROM (SELECT c.part, c.month, array_agg(c.label ORDER BY c.label COLLATE "C") AS labels,
              array_agg(c.voices::integer ORDER BY c.label COLLATE "C") AS counts
          FROM counted c GROUP BY c.part, c.month) c
    JOIN part p USING (part)
    UNION ALL
    SELECT w.month, w.unit_id, true, NULL, NULL, NULL,
        array_agg(w.label ORDER BY w.label COLLATE "C"), array_agg(w.voices ORDER BY w.label COLLATE "C")
    FROM (SELECT c.month, p.unit_id, c.label, sum(c.voices)::integer AS voices FROM counted c JOIN part p USING (part)
          WHERE p.theme_key = '' GROUP BY c.month, p.unit_id, c.label) w
    GROUP BY w.month, w.unit_id
), difference AS MATERIALIZED (
    SELECT x.month, x.unit_id, x.is_whole, x.service_id, x.level, x.theme, x.labels, x.counts, min(x.place) AS place
    FROM (
        SELECT f.month, f.unit_id, f.is_whole, f.service_id, f.level, f.theme, f.labels, f.counts, NULL::tid AS place FROM fresh f
        UNION ALL
        SELECT c.month, c.unit_id, c.is_whole, c.service_id, c.level, c.theme, c.labels, c.counts, c.ctid
        FROM span s JOIN report_count c ON c.source_month = s.first_day
        WHERE (SELECT is_all OR c.unit_id = ANY (unit_ids) FROM wanted)
    ) x
    GROUP BY x.month, x.unit_id, x.is_whole, x.service_id, x.level, x.theme, x.labels, x.counts
    HAVING count(*) = 1 -- else it is as it was
), gone AS (
    DELETE FROM report_count WHERE ctid = ANY (ARRAY(SELECT d.place FROM difference d WHERE d.place IS NOT NULL))
), made AS (
    INSERT INTO report_count (source_month, month, unit_id, is_whole, service_id, level, theme, labels, counts)
    SELECT s.first_day, d.month, d.unit_id, d.is_whole, d.service_id, d.level, d.theme, d.labels, d.counts
    FROM difference d CROSS JOIN span s
    WHERE d.place IS NULL
)
INSERT INTO job (kind, data, unique_key)
SELECT DISTINCT 'report', jsonb_build_object('period', p.period), 'report:' || p.period AS unique_key
FROM (SELECT DISTINCT month FROM difference) d
CROSS JOIN LATERAL (VALUES (to_char(d.month, 'YYYY-MM')), (to_char(d.month, 'YYYY'))) AS p (period)
ORDER BY unique_key -- others that count wait for the same keys
ON CONFLICT (unique_key) DO NOTHING;

-- name: report_build
-- A row is written only when its body has changed, so that its version says something. A unit that has a report of the
-- period but nothing to report any more gets one of zeros.
WITH span AS MATERIALIZED (
    SELECT p.first_day, (p.first_day + CASE WHEN length(p.name) = 4 THEN interval '1 year' ELSE interval '1 month' END)::date AS next_day
    FROM (SELECT :period::text AS name, (:period::text || CASE WHEN length(:period::text) = 4 THEN '-01-01' ELSE '-01' END)::date AS first_day) p
), body AS MATERIALIZED (
    SELECT b.unit_id, b.body FROM span s CROSS JOIN LATERAL report_bodies(s.first_day, s.next_day, NULL, NULL, NULL, NULL) b
), empty AS (
    SELECT r.unit_id, z.body
    FROM report r
    CROSS JOIN LATERAL report_bodies('-infinity', '-infinity', r.unit_id, NULL, NULL, NULL) z
    WHERE r.period = :period::text AND NOT EXISTS (SELECT FROM body b WHERE b.unit_id = r.unit_id)
)
INSERT INTO report (period, unit_id, body)
SELECT :period::text, w.unit_id, w.body
FROM (SELECT unit_id, body FROM body UNION ALL SELECT unit_id, body FROM empty) w
ORDER BY w.unit_id
ON CONFLICT ON CONSTRAINT report_once DO UPDATE SET body = excluded.body, built_at = app_now()
WHERE report.body IS DISTINCT FROM excluded.body;

-- name: publication_make
-- columns: made
SELECT report_publish(:publication::uuid) IS NULL AS made;
