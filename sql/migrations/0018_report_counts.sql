-- Reports are added up from counts, and of the counts only those are made anew that something happened to.

-- Voices counted: those that came to a unit in one month (source_month), by the month in which they are counted (received,
-- answered or closed in it). Once for the whole unit, and once by service, level and theme: theme NULL: all voices; else those
-- that spoke for a change of it. A row holds all its counts, for counts by the row were as many as the voices and took five
-- times as long to write.
CREATE TABLE report_count (
    source_month date NOT NULL,
    month date NOT NULL,
    unit_id uuid NOT NULL,
    is_whole boolean NOT NULL,
    service_id uuid,
    level text,
    theme text,
    labels text[] COLLATE "C" NOT NULL, -- received: role:…, age_band:…, lang:…, channel:…, kind:…, answer_wanted:, led_to_change:; answered: days:…, time:…; closed: outcome:…, no_change:without_reason
    counts integer[] NOT NULL,
    CONSTRAINT report_count_has_labels CHECK (cardinality(labels) > 0 AND cardinality(labels) = cardinality(counts)),
    CONSTRAINT report_count_whole_or_part CHECK (is_whole = (level IS NULL) AND NOT (is_whole AND (service_id IS NOT NULL OR theme IS NOT NULL)))
);

CREATE INDEX report_count_by_source ON report_count (source_month, unit_id);
CREATE INDEX report_count_by_month ON report_count (month, is_whole);

-- What the report worker has to look at again, besides what events tell. Rows may repeat; the worker takes them away.
CREATE TABLE report_touched (
    what text NOT NULL,
    month date,   -- NULL: all
    subject uuid, -- cells: the unit, NULL: all; voices: the change
    CONSTRAINT report_touched_what CHECK (what IN ('cells', 'period', 'voices'))
);

CREATE INDEX report_touched_what ON report_touched (what, month);

-- What happened since the last look: see the order of events above.
CREATE INDEX event_by_transaction ON event (xid, id);
CREATE INDEX follow_up_by_day ON follow_up (asked_on);
CREATE INDEX follow_up_answered ON follow_up (answered_on) WHERE answered_on IS NOT NULL;

CREATE FUNCTION month_start(day date) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT date_trunc('month', day::timestamp)::date
$$;

-- ---- what events do not tell ----

-- A case that is given to another unit leaves a hole where it was: the event tells only where it went.
CREATE FUNCTION report_case_left() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO report_touched (what, month, subject) VALUES ('cells', month_start(OLD.received_on), OLD.unit_id);
    RETURN NULL;
END
$$;

CREATE TRIGGER report_case_moved AFTER UPDATE OF unit_id ON feedback FOR EACH ROW
    WHEN (OLD.unit_id <> NEW.unit_id) EXECUTE FUNCTION report_case_left();
CREATE TRIGGER report_case_gone AFTER DELETE ON feedback FOR EACH ROW EXECUTE FUNCTION report_case_left();

-- Where a change is listed: in the months in which it was suggested or moved.
CREATE FUNCTION report_change_touched() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO report_touched (what, month)
    SELECT 'period', month_start(NEW.suggested_on)
    UNION
    SELECT 'period', month_start(s.made_on) FROM step s WHERE s.subject = NEW.id;
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.theme, OLD.made_on IS NULL) IS DISTINCT FROM (NEW.theme, NEW.made_on IS NULL) THEN
            INSERT INTO report_touched (what, subject) VALUES ('voices', NEW.id);
        END IF;
        IF (OLD.unit_id, OLD.service_id, OLD.level, OLD.theme) IS DISTINCT FROM (NEW.unit_id, NEW.service_id, NEW.level, NEW.theme) THEN
            INSERT INTO report_touched (what, month)
            SELECT DISTINCT 'period', month_start(d.day)
            FROM follow_up f CROSS JOIN LATERAL (VALUES (f.asked_on), (f.answered_on)) AS d (day)
            WHERE f.change_id = NEW.id AND d.day IS NOT NULL;
        END IF;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER report_change_touched AFTER INSERT OR UPDATE ON change FOR EACH ROW EXECUTE FUNCTION report_change_touched();

CREATE FUNCTION report_source_touched() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO report_touched (what, month, subject)
    SELECT DISTINCT 'cells', month_start(f.received_on), f.unit_id
    FROM touched_source n JOIN feedback f ON f.id = n.feedback_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER report_source_made AFTER INSERT ON change_source REFERENCING NEW TABLE AS touched_source
    FOR EACH STATEMENT EXECUTE FUNCTION report_source_touched();
CREATE TRIGGER report_source_gone AFTER DELETE ON change_source REFERENCING OLD TABLE AS touched_source
    FOR EACH STATEMENT EXECUTE FUNCTION report_source_touched();

CREATE FUNCTION report_follow_up_touched() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO report_touched (what, month)
    SELECT DISTINCT 'period', month_start(d.day)
    FROM touched_follow_up f CROSS JOIN LATERAL (VALUES (f.asked_on), (f.answered_on)) AS d (day)
    WHERE d.day IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER report_follow_up_asked AFTER INSERT ON follow_up REFERENCING NEW TABLE AS touched_follow_up
    FOR EACH STATEMENT EXECUTE FUNCTION report_follow_up_touched();
CREATE TRIGGER report_follow_up_changed AFTER UPDATE ON follow_up REFERENCING NEW TABLE AS touched_follow_up
    FOR EACH STATEMENT EXECUTE FUNCTION report_follow_up_touched();

-- A unit that moves takes its figures along, in every period.
CREATE FUNCTION report_unit_touched() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO report_touched (what) VALUES ('period');
    RETURN NULL;
END
$$;

CREATE TRIGGER report_unit_touched AFTER UPDATE ON unit FOR EACH ROW
    WHEN (OLD.path <> NEW.path) EXECUTE FUNCTION report_unit_touched();

-- ---- the body ----

-- What happened from first_day until before next_day, both first days of months, for one unit (NULL: each that has something to
-- say): figures of itself and all below it. service, level and theme narrow it down (NULL: all).
CREATE FUNCTION report_bodies(first_day date, next_day date, wanted_unit uuid, wanted_service uuid, wanted_level text, wanted_theme text)
    RETURNS TABLE (unit_id uuid, body jsonb) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
BEGIN
-- Planned for its values each time: a plan for any values took ten times as long for a year.
RETURN QUERY
WITH counted AS MATERIALIZED (
    SELECT c.unit_id, x.label, sum(x.voices) AS voices
    FROM report_count c
    CROSS JOIN LATERAL unnest(c.labels, c.counts) AS x (label, voices)
    WHERE c.month >= first_day AND c.month < next_day
        AND c.is_whole = (coalesce(wanted_service::text, wanted_level, wanted_theme) IS NULL) AND (wanted_theme IS NULL AND c.theme IS NULL OR c.theme = wanted_theme)
        AND (wanted_service IS NULL OR c.service_id = wanted_service) AND (wanted_level IS NULL OR c.level = wanted_level)
        AND (wanted_unit IS NULL OR c.unit_id IN (SELECT u.id FROM unit u WHERE u.path @> ARRAY[wanted_unit]))
    GROUP BY c.unit_id, x.label
), rolled AS MATERIALIZED (
    SELECT a.unit_id, split_part(c.label, ':', 1) AS figure, split_part(c.label, ':', 2) AS value, sum(c.voices)::bigint AS voices
    FROM counted c
    JOIN unit u ON u.id = c.unit_id
    CROSS JOIN LATERAL unnest(u.path) AS a (unit_id)
    WHERE wanted_unit IS NULL OR a.unit_id = wanted_unit
    GROUP BY a.unit_id, c.label
), number AS (
    SELECT unit_id,
        coalesce(sum(voices) FILTER (WHERE figure = 'kind'), 0)::bigint AS received,
        coalesce(sum(voices) FILTER (WHERE figure = 'answer_wanted'), 0)::bigint AS answer_wanted,
        coalesce(sum(voices) FILTER (WHERE figure = 'days'), 0)::bigint AS answered,
        coalesce(sum(voices) FILTER (WHERE figure = 'time' AND value <> 'no_limit'), 0)::bigint AS with_limit,
        coalesce(sum(voices) FILTER (WHERE figure = 'time' AND value = 'on_time'), 0)::bigint AS on_time,
        coalesce(sum(voices) FILTER (WHERE figure = 'outcome' AND value = 'no_change'), 0)::bigint AS no_change,
        coalesce(sum(voices) FILTER (WHERE figure = 'no_change'), 0)::bigint AS unexplained,
        coalesce(sum(voices) FILTER (WHERE figure = 'kind' AND value = 'concern'), 0)::bigint AS concerns,
        coalesce(sum(voices) FILTER (WHERE figure = 'led_to_change'), 0)::bigint AS led_to_change
    FROM rolled
    GROUP BY unit_id
), placed AS ( -- the days of answers, counted: between which of them the median and the 90th percentile lie
    SELECT unit_id, value::integer AS days, sum(voices) OVER w AS upto,
        0.5::double precision * (sum(voices) OVER (PARTITION BY unit_id) - 1)::double precision AS middle,
        0.9::double precision * (sum(voices) OVER (PARTITION BY unit_id) - 1)::double precision AS ninth
    FROM rolled
    WHERE figure = 'days'
    WINDOW w AS (PARTITION BY unit_id ORDER BY value::integer)
), bound AS (
    SELECT unit_id, max(middle) AS middle, max(ninth) AS ninth,
        min(days) FILTER (WHERE upto > floor(middle))::double precision AS middle_low,
        min(days) FILTER (WHERE upto > ceil(middle))::double precision AS middle_high,
        min(days) FILTER (WHERE upto > floor(ninth))::double precision AS ninth_low,
        min(days) FILTER (WHERE upto > ceil(ninth))::double precision AS ninth_high
    FROM placed
    GROUP BY unit_id
), percentile AS (
    SELECT unit_id, round((middle_low + (middle - floor(middle)) * (middle_high - middle_low))::numeric, 1) AS median,
        round((ninth_low + (ninth - floor(ninth)) * (ninth_high - ninth_low))::numeric, 1) AS p90
    FROM bound
), heard AS (
    SELECT d.unit_id, jsonb_object_agg(d.figure, d.by_value) AS by_figure
    FROM (SELECT r.unit_id, r.figure, jsonb_object_agg(r.value, r.voices) AS by_value
          FROM rolled r
          WHERE r.figure IN ('role', 'age_band', 'lang', 'channel', 'kind', 'outcome')
          GROUP BY r.unit_id, r.figure) d
    GROUP BY d.unit_id
), question AS MATERIALIZED (
    SELECT c.unit_id, f.answer,
        f.asked_on >= first_day AND f.asked_on < next_day AND EXISTS (
            SELECT FROM mail m WHERE m.unique_key = 'follow_up:' || f.id AND m.state = 'sent' OFFSET 0) AS is_asked,
        coalesce(f.answered_on >= first_day AND f.answered_on < next_day, false) AS is_answered
    FROM follow_up f
    CROSS JOIN LATERAL ( -- by their ids, never all voices
        SELECT FROM feedback x WHERE x.id = f.feedback_id AND x.respondent_role <> 'staff' OFFSET 0
    ) v
    JOIN change c ON c.id = f.change_id
    WHERE (f.asked_on >= first_day AND f.asked_on < next_day OR f.answered_on >= first_day AND f.answered_on < next_day)
        AND (wanted_service IS NULL OR c.service_id = wanted_service)
        AND (wanted_level IS NULL OR c.level = wanted_level) AND (wanted_theme IS NULL OR c.theme = wanted_theme)
), asked_number AS MATERIALIZED (
    SELECT unit_id, count(*) FILTER (WHERE is_asked) AS asked,
        count(*) FILTER (WHERE is_answered) AS answered,
        count(*) FILTER (WHERE is_answered AND answer = 'better') AS better,
        count(*) FILTER (WHERE is_answered AND answer = 'same') AS same,
        count(*) FILTER (WHERE is_answered AND answer = 'worse') AS worse,
        count(*) FILTER (WHERE is_answered AND answer = 'dont_know') AS dont_know
    FROM question
    GROUP BY unit_id
), follow_up_number AS (
    SELECT a.unit_id, sum(n.asked)::bigint AS asked, sum(n.answered)::bigint AS answered, sum(n.better)::bigint AS better,
        sum(n.same)::bigint AS same, sum(n.worse)::bigint AS worse, sum(n.dont_know)::bigint AS dont_know
    FROM asked_number n
    JOIN unit u ON u.id = n.unit_id
    CROSS JOIN LATERAL unnest(u.path) AS a (unit_id)
    WHERE wanted_unit IS NULL OR a.unit_id = wanted_unit
    GROUP BY a.unit_id
), moved AS MATERIALIZED (
    SELECT a.unit_id, c.id, c.title, c.said, c.done, c.state, c.level, c.theme, c.made_on, c.published_on,
        row_number() OVER (PARTITION BY a.unit_id ORDER BY c.made_on DESC NULLS LAST, c.suggested_on DESC, c.id) AS place
    FROM change c
    JOIN unit u ON u.id = c.unit_id
    CROSS JOIN LATERAL unnest(u.path) AS a (unit_id)
    WHERE (c.suggested_on >= first_day AND c.suggested_on < next_day OR EXISTS (
            SELECT FROM step t WHERE t.subject = c.id AND t.made_on >= first_day AND t.made_on < next_day OFFSET 0))
        AND (wanted_unit IS NULL OR a.unit_id = wanted_unit) AND (wanted_service IS NULL OR c.service_id = wanted_service)
        AND (wanted_level IS NULL OR c.level = wanted_level) AND (wanted_theme IS NULL OR c.theme = wanted_theme)
), change_state AS (
    SELECT unit_id, jsonb_object_agg(state, changes) AS by_state
    FROM (SELECT unit_id, state, count(*) AS changes FROM moved GROUP BY unit_id, state) n
    GROUP BY unit_id
), change_list AS (
    SELECT unit_id, jsonb_agg(jsonb_build_object('id', id, 'title', title, 'said', said, 'done', done, 'state', state,
        'level', level, 'theme', theme, 'made_on', made_on, 'published_on', published_on) ORDER BY place) AS changes
    FROM moved
    WHERE place <= 1000
    GROUP BY unit_id
), wanted AS (
    SELECT unit_id FROM number
    UNION SELECT unit_id FROM follow_up_number
    UNION SELECT unit_id FROM moved
    UNION SELECT wanted_unit WHERE wanted_unit IS NOT NULL
)
SELECT w.unit_id, jsonb_build_object(
    'received', coalesce(n.received, 0),
    'answer_wanted', coalesce(n.answer_wanted, 0),
    'answered', coalesce(n.answered, 0),
    'answer_days', jsonb_build_object('median', p.median, 'p90', p.p90,
        'on_time_percent', round(100.0 * n.on_time / nullif(n.with_limit, 0), 1)),
    'outcomes', coalesce(h.by_figure -> 'outcome', '{}'),
    'no_change', jsonb_build_object('closed', coalesce(n.no_change, 0), 'without_reason', coalesce(n.unexplained, 0),
        'without_reason_percent', round(100.0 * n.unexplained / nullif(n.no_change, 0), 1)),
    'concerns', jsonb_build_object('received', coalesce(n.concerns, 0), 'led_to_change', coalesce(n.led_to_change, 0),
        'led_to_change_percent', round(100.0 * n.led_to_change / nullif(n.concerns, 0), 1)),
    'follow_up', jsonb_build_object('asked', coalesce(q.asked, 0), 'answered', coalesce(q.answered, 0),
        'better', coalesce(q.better, 0), 'same', coalesce(q.same, 0), 'worse', coalesce(q.worse, 0),
        'dont_know', coalesce(q.dont_know, 0),
        'confirmation_percent', round(100.0 * q.better / nullif(q.better + q.same + q.worse, 0), 1)),
    'heard', jsonb_build_object('role', '{}'::jsonb, 'age_band', '{}'::jsonb, 'lang', '{}'::jsonb, 'channel', '{}'::jsonb,
        'kind', '{}'::jsonb) || coalesce(h.by_figure - 'outcome', '{}'),
    'changes_by_state', coalesce(cs.by_state, '{}'),
    'changes', coalesce(cl.changes, '[]'))
FROM wanted w
LEFT JOIN number n USING (unit_id)
LEFT JOIN percentile p USING (unit_id)
LEFT JOIN heard h USING (unit_id)
LEFT JOIN follow_up_number q USING (unit_id)
LEFT JOIN change_state cs USING (unit_id)
LEFT JOIN change_list cl USING (unit_id);
END
$$;

REVOKE ALL ON FUNCTION report_bodies(date, date, uuid, uuid, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION report_bodies(date, date, uuid, uuid, text, text) TO osallisuus_api, osallisuus_worker;
GRANT SELECT, INSERT, DELETE ON report_count, report_touched TO osallisuus_worker;
GRANT SELECT ON report_count TO osallisuus_reader;
