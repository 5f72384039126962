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
-- says when to look again. Counted: months of receipt of the voices that events since the last look tell of, and units of the voices
-- of a change that was touched. The first time, and when the transactions of the last look are not those of this cluster (a dump came
-- back), everything is.
WITH look AS MATERIALIZED (
    SELECT last.xid AS since, now.xid AS upto, last.xid IS NULL OR last.xid > now.xid AS is_first
    FROM (SELECT (:data::jsonb ->> 'xid')::xid8 AS xid) last, (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xid) now
), touched AS MATERIALIZED (
    DELETE FROM report_touched WHERE what IN ('period', 'voices') RETURNING what, month, subject
), happened AS (
    SELECT DISTINCT e.subject FROM event e
    WHERE e.xid >= (SELECT since FROM look WHERE NOT is_first) AND e.xid < (SELECT upto FROM look) AND e.resource = 'feedback'
), cell AS MATERIALIZED (
    SELECT DISTINCT 'cases' AS what, month_start(f.received_on) AS month, NULL::uuid AS unit_id
    FROM happened h JOIN feedback f ON f.id = h.subject
    UNION ALL
    SELECT DISTINCT 'cells', month_start(f.received_on), f.unit_id
    FROM touched t JOIN change_source s ON s.change_id = t.subject JOIN feedback f ON f.id = s.feedback_id
    WHERE t.what = 'voices' AND NOT (SELECT is_first FROM look)
    UNION ALL
    SELECT 'cells', m.month::date, NULL
    FROM (SELECT min(received_on) AS first_day, max(received_on) AS last_day FROM feedback WHERE (SELECT is_first FROM look)) f
    CROSS JOIN LATERAL generate_series(month_start(f.first_day)::timestamp, f.last_day::timestamp, interval '1 month') AS m (month)
    UNION ALL
    SELECT DISTINCT 'cells', c.source_month, NULL::uuid FROM report_count c WHERE (SELECT is_first FROM look)
), forgotten AS (
    DELETE FROM report_counted WHERE (SELECT is_first FROM look)
), kept AS (
    INSERT INTO report_touched (what, month, subject) SELECT what, month, unit_id FROM cell
), source_month AS (
    SELECT month FROM cell
    UNION
    SELECT t.month FROM report_touched t WHERE t.what IN ('cells', 'cases')
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
-- Counts what came or changed among the voices of a month since it was counted last: a case that came is added, one that changed
-- is taken away as it was and added as it is. All voices of a unit are counted anew where it was touched otherwise, where a case
-- was closed without a change before (the reason that was given then may be gone), and the first time. Only what has changed is
-- written, and only periods in which something changed are added up anew.
WITH span AS MATERIALIZED (
    SELECT (:month::text || '-01')::date AS first_day, ((:month::text || '-01')::date + interval '1 month')::date AS next_day
), touched AS MATERIALIZED (
    DELETE FROM report_touched t USING span s WHERE t.what IN ('cells', 'cases') AND t.month = s.first_day RETURNING t.what, t.subject
), last AS MATERIALIZED (
    SELECT c.seen FROM span s JOIN report_counted c ON c.month = s.first_day
), before AS MATERIALIZED ( -- all of it changed since the last count, which has deleted what was there then
    DELETE FROM report_before b USING span s WHERE b.received_on >= s.first_day AND b.received_on < s.next_day RETURNING b.*
), came AS MATERIALIZED (
    SELECT e.subject AS id
    FROM span s CROSS JOIN last l
    JOIN event e ON e.xid >= pg_snapshot_xmin(l.seen) AND e.at >= day_start(s.first_day) AND e.at < day_start(s.next_day)
        AND e.resource = 'feedback' AND e.type = 'feedback.received' AND NOT pg_visible_in_snapshot(e.xid, l.seen)
), earlier AS MATERIALIZED ( -- as they were counted
    SELECT DISTINCT ON (b.feedback_id) b.* FROM before b
    WHERE NOT EXISTS (SELECT FROM came c WHERE c.id = b.feedback_id)
    ORDER BY b.feedback_id, b.version
), wanted AS MATERIALIZED (
    SELECT w.is_all, w.unit_ids, w.is_all OR w.unit_ids <> '{}' AS is_any
    FROM (
        SELECT NOT EXISTS (SELECT FROM last) OR EXISTS (SELECT FROM touched t WHERE t.what = 'cells' AND t.subject IS NULL) AS is_all,
            ARRAY(SELECT t.subject FROM touched t WHERE t.what = 'cells' AND t.subject IS NOT NULL
                  UNION SELECT e.unit_id FROM earlier e WHERE e.closed_on IS NOT NULL AND e.outcome = 'no_change') AS unit_ids
    ) w
), chosen AS (
    SELECT 1 AS sign, f.id, f.unit_id, f.service_id, f.level, f.kind, f.channel, f.lang, f.respondent_role, f.age_band,
        f.due_on, f.received_on, f.answered_on, CASE WHEN f.state = 'closed' THEN f.closed_on END AS closed_on, f.outcome
    FROM span s
    JOIN feedback f ON f.received_on >= s.first_day AND f.received_on < s.next_day
    WHERE (SELECT is_any FROM wanted) AND (SELECT is_all OR f.unit_id = ANY (unit_ids) FROM wanted)
    UNION ALL
    SELECT 1, f.id, f.unit_id, f.service_id, f.level, f.kind, f.channel, f.lang, f.respondent_role, f.age_band,
        f.due_on, f.received_on, f.answered_on, CASE WHEN f.state = 'closed' THEN f.closed_on END, f.outcome
    FROM (SELECT id FROM came UNION SELECT feedback_id FROM earlier) x
    JOIN feedback f ON f.id = x.id
    WHERE NOT (SELECT is_all OR f.unit_id = ANY (unit_ids) FROM wanted)
    UNION ALL
    SELECT -1, e.feedback_id, e.unit_id, e.service_id, e.level, e.kind, e.channel, e.lang, e.respondent_role, e.age_band,
        e.due_on, e.received_on, e.answered_on, e.closed_on, e.outcome
    FROM earlier e
    WHERE NOT (SELECT is_all OR e.unit_id = ANY (unit_ids) FROM wanted)
), base AS MATERIALIZED (
    SELECT c.sign, c.id, c.unit_id, coalesce(c.service_id, '00000000-0000-0000-0000-000000000000') AS service_key, c.level, c.kind, c.channel, c.lang,
        c.respondent_role AS role, coalesce(c.age_band, 'unknown') AS age_band, c.due_on IS NOT NULL AS is_answer_wanted,
        month_start(c.answered_on) AS answer_month, c.answered_on - c.received_on AS days,
        CASE WHEN c.due_on IS NULL THEN 'no_limit' WHEN c.answered_on <= c.due_on THEN 'on_time' ELSE 'late' END AS time,
        month_start(c.closed_on) AS close_month, c.outcome
    FROM chosen c
    WHERE c.respondent_role <> 'staff'
), source AS MATERIALIZED (
    SELECT b.id, c.theme, c.made_on IS NOT NULL AS is_made
    FROM base b JOIN change_source s ON s.feedback_id = b.id JOIN change c ON c.id = s.change_id
    WHERE (SELECT is_any FROM wanted)
    UNION ALL -- of few cases by their index
    SELECT b.id, c.theme, c.made_on IS NOT NULL
    FROM base b CROSS JOIN LATERAL (SELECT s.change_id FROM change_source s WHERE s.feedback_id = b.id OFFSET 0) s JOIN change c ON c.id = s.change_id
    WHERE NOT (SELECT is_any FROM wanted)
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
            WHEN 27 THEN 'lang:' || v.lang WHEN 29 THEN 'channel:' || v.channel ELSE 'kind:' || v.kind END AS label, sum(v.sign) AS voices
    FROM spoken v CROSS JOIN span s
    GROUP BY v.part, s.first_day, GROUPING SETS ((v.role), (v.age_band), (v.lang), (v.channel), (v.kind))
    UNION ALL
    SELECT v.part, s.first_day, 'answer_wanted:', sum(v.sign)
    FROM spoken v CROSS JOIN span s
    WHERE v.is_answer_wanted
    GROUP BY v.part, s.first_day
    UNION ALL
    SELECT v.part, s.first_day, 'led_to_change:', sum(v.sign)
    FROM spoken v CROSS JOIN span s
    WHERE v.kind = 'concern' AND v.is_changed
    GROUP BY v.part, s.first_day
    UNION ALL
    SELECT v.part, v.answer_month, CASE GROUPING(v.days) WHEN 0 THEN 'days:' || v.days ELSE 'time:' || v.time END, sum(v.sign)
    FROM spoken v
    WHERE v.answer_month IS NOT NULL
    GROUP BY v.part, v.answer_month, GROUPING SETS ((v.days), (v.time))
    UNION ALL
    SELECT v.part, v.close_month, 'outcome:' || v.outcome, sum(v.sign)
    FROM spoken v
    WHERE v.close_month IS NOT NULL
    GROUP BY v.part, v.close_month, v.outcome
    UNION ALL
    SELECT v.part, v.close_month, 'no_change:without_reason', sum(v.sign)
    FROM spoken v
    WHERE v.close_month IS NOT NULL AND v.outcome = 'no_change' AND NOT EXISTS (
        SELECT FROM shown_step t WHERE t.subject = v.id AND t.to_state = 'closed' AND t.reason IS NOT NULL OFFSET 0) -- by its case
    GROUP BY v.part, v.close_month
), fresh_label AS MATERIALIZED ( -- of units that are not counted anew only what is to be added or taken away
    SELECT c.month, p.unit_id, false AS is_whole, p.service_key, p.level, p.theme_key, c.label, c.voices
    FROM counted c JOIN part p USING (part)
    UNION ALL
    SELECT c.month, p.unit_id, true, '00000000-0000-0000-0000-000000000000', '', '', c.label, sum(c.voices)
    FROM counted c JOIN part p USING (part)
    WHERE p.theme_key = ''
    GROUP BY c.month, p.unit_id, c.label
), there AS MATERIALIZED ( -- of units that are not counted anew only what something is added to or taken away from, row by row
    SELECT c.ctid AS place, c.month, c.unit_id, c.is_whole, coalesce(c.service_id, '00000000-0000-0000-0000-000000000000') AS service_key,
        coalesce(c.level, '') AS level, coalesce(c.theme, '') AS theme_key, c.labels, c.counts, true AS is_anew
    FROM span s JOIN report_count c ON c.source_month = s.first_day
    WHERE (SELECT is_any FROM wanted) AND (SELECT is_all OR c.unit_id = ANY (unit_ids) FROM wanted)
    UNION ALL
    SELECT c.ctid, f.month, f.unit_id, f.is_whole, f.service_key, f.level, f.theme_key, c.labels, c.counts, false
    FROM (SELECT DISTINCT f.month, f.unit_id, f.is_whole, f.service_key, f.level, f.theme_key FROM fresh_label f) f
    CROSS JOIN span s
    CROSS JOIN LATERAL (
        SELECT c.ctid, c.labels, c.counts FROM report_count c
        WHERE c.source_month = s.first_day AND c.unit_id = f.unit_id AND c.month = f.month AND c.is_whole = f.is_whole
            AND coalesce(c.service_id, '00000000-0000-0000-0000-000000000000') = f.service_key
            AND coalesce(c.level, '') = f.level AND coalesce(c.theme, '') = f.theme_key OFFSET 0) c
    WHERE NOT (SELECT is_all OR f.unit_id = ANY (unit_ids) FROM wanted)
), fresh AS (
    SELECT t.month, t.unit_id, t.is_whole, t.service_key, t.level, t.theme_key,
        array_agg(t.label ORDER BY t.label COLLATE "C") AS labels, array_agg(t.voices::integer ORDER BY t.label COLLATE "C") AS counts
    FROM (
        SELECT f.month, f.unit_id, f.is_whole, f.service_key, f.level, f.theme_key, f.label, f.voices FROM fresh_label f
        WHERE (SELECT is_any FROM wanted) AND (SELECT is_all OR f.unit_id = ANY (unit_ids) FROM wanted)
        UNION ALL
        SELECT x.month, x.unit_id, x.is_whole, x.service_key, x.level, x.theme_key, x.label, sum(x.voices)
        FROM (
            SELECT f.month, f.unit_id, f.is_whole, f.service_key, f.level, f.theme_key, f.label, f.voices FROM fresh_label f
            WHERE NOT (SELECT is_all OR f.unit_id = ANY (unit_ids) FROM wanted)
            UNION ALL
            SELECT r.month, r.unit_id, r.is_whole, r.service_key, r.level, r.theme_key, l.label, l.voices
            FROM there r CROSS JOIN LATERAL unnest(r.labels, r.counts) AS l (label, voices)
            WHERE NOT r.is_anew
        ) x
        GROUP BY x.month, x.unit_id, x.is_whole, x.service_key, x.level, x.theme_key, x.label
        HAVING sum(x.voices) > 0
    ) t
    GROUP BY t.month, t.unit_id, t.is_whole, t.service_key, t.level, t.theme_key
), difference AS MATERIALIZED (
    SELECT x.month, x.unit_id, x.is_whole, x.service_key, x.level, x.theme_key, x.labels, x.counts, min(x.place) AS place
    FROM (
        SELECT f.month, f.unit_id, f.is_whole, f.service_key, f.level, f.theme_key, f.labels, f.counts, NULL::tid AS place FROM fresh f
        UNION ALL
        SELECT r.month, r.unit_id, r.is_whole, r.service_key, r.level, r.theme_key, r.labels, r.counts, r.place FROM there r
    ) x
    GROUP BY x.month, x.unit_id, x.is_whole, x.service_key, x.level, x.theme_key, x.labels, x.counts
    HAVING count(*) = 1 -- else it is as it was
), gone AS (
    DELETE FROM report_count WHERE ctid = ANY (ARRAY(SELECT d.place FROM difference d WHERE d.place IS NOT NULL))
), made AS (
    INSERT INTO report_count (source_month, month, unit_id, is_whole, service_id, level, theme, labels, counts)
    SELECT s.first_day, d.month, d.unit_id, d.is_whole, nullif(d.service_key, '00000000-0000-0000-0000-000000000000'), nullif(d.level, ''),
        nullif(d.theme_key, ''), d.labels, d.counts
    FROM difference d CROSS JOIN span s
    WHERE d.place IS NULL
), noted AS (
    INSERT INTO report_counted (month, seen) SELECT s.first_day, pg_current_snapshot() FROM span s
    ON CONFLICT ON CONSTRAINT report_counted_pkey DO UPDATE SET seen = excluded.seen
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
