-- Is it better now? Asked of everybody whom a change came of and who can be reached: givers, members, participants. A contributor is the
-- giver of a case or a person, as in the ledger of news.

ALTER TABLE follow_up ALTER COLUMN feedback_id DROP NOT NULL,
    ADD COLUMN person_id uuid CONSTRAINT follow_up_person_exists REFERENCES person ON DELETE SET NULL,
    ADD COLUMN by_staff boolean NOT NULL DEFAULT false, -- staff never count in the figures of clients
    ADD CONSTRAINT follow_up_is_of_one CHECK (num_nonnulls(feedback_id, person_id) <= 1);
CREATE INDEX follow_up_of_person ON follow_up (person_id) WHERE person_id IS NOT NULL;
UPDATE follow_up u SET by_staff = true FROM feedback f WHERE f.id = u.feedback_id AND f.respondent_role = 'staff';

-- Kept beside the answer, for who it was goes before the figures do.
CREATE FUNCTION follow_up_by_staff() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    NEW.by_staff := EXISTS (SELECT FROM feedback f WHERE f.id = NEW.feedback_id AND f.respondent_role = 'staff')
        OR EXISTS (SELECT FROM member m WHERE m.id = NEW.person_id AND (m.is_staff OR m.role = 'professional'));
    RETURN NEW;
END
$$;
CREATE TRIGGER follow_up_by_staff BEFORE INSERT ON follow_up FOR EACH ROW EXECUTE FUNCTION follow_up_by_staff();

-- That somebody was asked counts in the figures: such a mail stays, without its receiver.
ALTER TABLE mail DROP CONSTRAINT mail_has_one_receiver, ADD CONSTRAINT mail_has_one_receiver CHECK (
    num_nonnulls(feedback_id, mailbox, survey_link_id, person_id) = CASE WHEN template = 'follow_up' AND state <> 'queued' THEN
        least(1, num_nonnulls(feedback_id, mailbox, survey_link_id, person_id)) ELSE 1 END);

-- ---- who goes ----
-- The address of a case goes, and the ledgers forget whose it was; true: no other case has it. A case or a person of the same address
-- takes them over, so that who it is still hears of a change once; otherwise the key becomes one that is made of nothing.
CREATE OR REPLACE FUNCTION forget_contributor(case_id uuid, hash bytea) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    other uuid := (SELECT c.feedback_id FROM contact c WHERE c.address_hash = hash AND c.feedback_id <> case_id ORDER BY 1 LIMIT 1);
    heir uuid := (SELECT p.id FROM person p WHERE p.address_hash = hash AND other IS NULL ORDER BY 1 LIMIT 1);
    salt bytea := random_bytes();
BEGIN
    UPDATE follow_up SET token_hash = NULL, text = NULL, request_id = NULL, request_hash = NULL WHERE feedback_id = case_id;
    UPDATE notice SET feedback_id = other, person_id = heir WHERE feedback_id = case_id AND contributor = hash AND coalesce(other, heir) IS NOT NULL;
    UPDATE follow_up SET feedback_id = other, person_id = heir WHERE feedback_id = case_id AND contributor = hash AND coalesce(other, heir) IS NOT NULL;
    UPDATE notice SET contributor = sha256(salt || contributor) WHERE feedback_id = case_id;
    UPDATE follow_up SET contributor = sha256(salt || contributor) WHERE feedback_id = case_id;
    DELETE FROM contact WHERE feedback_id = case_id; -- at once: of two that go together, the first is no heir of the second
    RETURN other IS NULL;
END
$$;

-- A person goes as a case does: that somebody was told, asked and answered stays, and not who it was.
CREATE OR REPLACE FUNCTION notice_forget() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    other uuid := (SELECT c.feedback_id FROM contact c WHERE c.address_hash = OLD.address_hash ORDER BY 1 LIMIT 1);
    heir uuid := (SELECT p.id FROM person p WHERE p.address_hash = OLD.address_hash AND p.id <> OLD.id AND other IS NULL ORDER BY 1 LIMIT 1);
    salt bytea := random_bytes();
BEGIN
    UPDATE follow_up u SET token_hash = NULL, text = NULL, request_id = NULL, request_hash = NULL WHERE u.person_id = OLD.id;
    UPDATE notice n SET feedback_id = other, person_id = heir WHERE n.person_id = OLD.id AND n.contributor = OLD.address_hash AND coalesce(other, heir) IS NOT NULL;
    UPDATE follow_up u SET feedback_id = other, person_id = heir WHERE u.person_id = OLD.id AND u.contributor = OLD.address_hash AND coalesce(other, heir) IS NOT NULL;
    UPDATE notice n SET contributor = sha256(salt || n.contributor) WHERE n.person_id = OLD.id;
    UPDATE follow_up u SET contributor = sha256(salt || u.contributor) WHERE u.person_id = OLD.id;
    UPDATE mail m SET person_id = NULL, unsubscribe_hash = NULL WHERE m.person_id = OLD.id AND m.template = 'follow_up' AND m.state <> 'queued';
    RETURN OLD;
END
$$;

GRANT SELECT (person_id) ON follow_up TO osallisuus_api, osallisuus_worker, osallisuus_mailer, osallisuus_reader;
GRANT SELECT (by_staff) ON follow_up TO osallisuus_worker, osallisuus_reader;

-- ---- the figures, as before, and of people ----
CREATE OR REPLACE FUNCTION report_bodies(first_day date, next_day date, wanted_unit uuid, wanted_service uuid, wanted_level text, wanted_theme text)
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
    JOIN change c ON c.id = f.change_id
    WHERE NOT f.by_staff AND (f.asked_on >= first_day AND f.asked_on < next_day OR f.answered_on >= first_day AND f.answered_on < next_day)
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

CREATE OR REPLACE FUNCTION report_fresh(of_month date) RETURNS TABLE (unit_id uuid, table_name text, value text, voices integer, people integer)
    LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
WITH span AS (
    SELECT of_month AS first_day, (of_month + interval '1 month')::date AS next_day
), voice AS MATERIALIZED (
    SELECT f.id, f.unit_id, f.respondent_role, f.age_band, f.lang, f.channel, f.kind, f.outcome, f.answered_on - f.received_on AS days,
        CASE WHEN f.due_on IS NULL THEN 'no_limit' WHEN f.answered_on <= f.due_on THEN 'on_time' ELSE 'late' END AS time,
        f.received_on >= s.first_day AND f.received_on < s.next_day AS is_received,
        coalesce(f.answered_on >= s.first_day AND f.answered_on < s.next_day, false) AS is_answered,
        coalesce(f.closed_on >= s.first_day AND f.closed_on < s.next_day AND f.state = 'closed', false) AS is_closed,
        (NOT EXISTS (SELECT FROM spoken_before b WHERE b.feedback_id = f.id) AND (c.address_hash IS NULL OR NOT EXISTS (
            SELECT FROM contact o JOIN feedback e ON e.id = o.feedback_id
            WHERE o.address_hash = c.address_hash AND (e.received_on, e.id) < (f.received_on, f.id))))::integer AS person
    FROM span s
    JOIN feedback f ON f.respondent_role <> 'staff' AND (f.received_on >= s.first_day AND f.received_on < s.next_day
        OR f.answered_on >= s.first_day AND f.answered_on < s.next_day OR f.closed_on >= s.first_day AND f.closed_on < s.next_day)
    LEFT JOIN contact c ON c.feedback_id = f.id
), answer AS (
    SELECT c.unit_id, f.answer, f.answered_on, (row_number() OVER (PARTITION BY f.contributor ORDER BY f.answered_on, f.id) = 1)::integer AS person
    FROM follow_up f
    JOIN change c ON c.id = f.change_id
    WHERE f.answered_on IS NOT NULL AND NOT f.by_staff
)
SELECT v.unit_id, d.table_name, d.value, count(*)::integer, sum(v.person)::integer
FROM voice v
CROSS JOIN LATERAL (VALUES ('received', 'all', v.is_received), ('role', v.respondent_role, v.is_received),
    ('age_band', coalesce(v.age_band, 'unknown'), v.is_received), ('lang', v.lang, v.is_received), ('channel', v.channel, v.is_received),
    ('kind', v.kind, v.is_received),
    ('led_to_change', CASE WHEN EXISTS (SELECT FROM change_source s JOIN change c ON c.id = s.change_id
        WHERE s.feedback_id = v.id AND c.made_on IS NOT NULL) THEN 'yes' ELSE 'no' END, v.is_received AND v.kind = 'concern'),
    ('answered', 'all', v.is_answered), ('answer_time', v.time, v.is_answered), ('day', v.days::text, v.is_answered),
    ('answer_days', CASE WHEN v.days <= 3 THEN '0_3' WHEN v.days <= 7 THEN '4_7' WHEN v.days <= 14 THEN '8_14' ELSE 'over_14' END, v.is_answered),
    ('closed', 'all', v.is_closed), ('outcome', v.outcome, v.is_closed),
    ('explained', CASE WHEN EXISTS (SELECT FROM shown_step s WHERE s.subject = v.id AND s.to_state = 'closed' AND s.reason IS NOT NULL)
        THEN 'yes' ELSE 'no' END, v.is_closed AND v.outcome = 'no_change')) AS d (table_name, value, counts)
WHERE d.counts
GROUP BY v.unit_id, d.table_name, d.value
UNION ALL
SELECT a.unit_id, d.table_name, d.value, count(*)::integer, sum(a.person)::integer
FROM span s
JOIN answer a ON a.answered_on >= s.first_day AND a.answered_on < s.next_day
CROSS JOIN LATERAL (VALUES ('follow_up', 'all'), ('is_better', a.answer)) AS d (table_name, value)
GROUP BY a.unit_id, d.table_name, d.value
$$;
