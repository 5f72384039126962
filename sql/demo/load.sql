-- Makes rows of the demo data (table demo_data: one row per file of this directory). The year is lived through day by
-- day: app_now() is set back, so that triggers, due dates and events come out as they would have.

SELECT set_config('osallisuus.now_offset', '-36 months', true);
SELECT event_partitions_ahead(36);
-- Whoever tries it at night sees the mails all the same.
UPDATE rule SET value = 0 WHERE name IN ('quiet_from', 'quiet_until');

-- ---- units and services: their ids follow from their keys ----

CREATE FUNCTION pg_temp.demo_id(kind text, key text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT md5('osallisuus demo ' || kind || ' ' || key)::uuid
$$;

INSERT INTO unit (id, parent_id, path, oid, name, mailboxes)
SELECT pg_temp.demo_id('unit', u.key), pg_temp.demo_id('unit', u.parent), '{}', u.oid, u.name, coalesce(u.mailboxes, '{}')
FROM demo_data d
CROSS JOIN LATERAL jsonb_array_elements(d.body) WITH ORDINALITY AS e (one, place)
CROSS JOIN LATERAL jsonb_to_record(e.one) AS u (key text, parent text, oid text, name jsonb, mailboxes jsonb)
WHERE d.name = 'units.json'
ORDER BY e.place;

INSERT INTO service (id, unit_id, ptv_id, name)
SELECT pg_temp.demo_id('service', s.key), pg_temp.demo_id('unit', s.unit), pg_temp.demo_id('ptv', s.key), s.name
FROM demo_data d
CROSS JOIN LATERAL jsonb_to_recordset(d.body) AS s (key text, unit text, name jsonb)
WHERE d.name = 'services.json';

-- ---- the year, as one list of what happened ----

CREATE TEMPORARY TABLE demo_voice ON COMMIT DROP AS
SELECT v.*
FROM demo_data d
CROSS JOIN LATERAL jsonb_to_recordset(d.body) AS v (n integer, id uuid, days_ago integer, unit text, service text, level text,
    kind text, lang text, channel text, role text, age text, text text, wants_answer boolean, severity smallint,
    wants_news boolean, wants_follow_up boolean, receipt_hash text, sealed text, address_hash text, key_id text, story jsonb)
WHERE d.name = 'voices.json';

CREATE TEMPORARY TABLE demo_change ON COMMIT DROP AS
SELECT pg_temp.demo_id('change', c.key) AS id, c.*
FROM demo_data d
CROSS JOIN LATERAL jsonb_to_recordset(d.body) AS c (key text, days_ago integer, unit text, service text, level text, theme text,
    title jsonb, said jsonb, done jsonb, owner text, owners jsonb, planned_in integer, evidence text, published_ago integer,
    sources jsonb, story jsonb, answers jsonb)
WHERE d.name = 'changes.json';

CREATE TEMPORARY TABLE demo_happening ON COMMIT DROP AS
SELECT days_ago, 0 AS rank, 0::bigint AS place, 'voice' AS what, id AS subject, '{}'::jsonb AS data FROM demo_voice
UNION ALL
SELECT (s.one ->> 'days_ago')::integer, 2, s.place, coalesce(s.one ->> 'what', 'step'), v.id, s.one
FROM demo_voice v CROSS JOIN LATERAL jsonb_array_elements(v.story) WITH ORDINALITY AS s (one, place)
UNION ALL
SELECT days_ago, 1, 0, 'change', id, '{}' FROM demo_change
UNION ALL
SELECT (s.one ->> 'days_ago')::integer, 2, s.place, 'change_step', c.id, s.one
FROM demo_change c CROSS JOIN LATERAL jsonb_array_elements(c.story) WITH ORDINALITY AS s (one, place)
UNION ALL
SELECT published_ago, 3, 0, 'publish', id, '{}' FROM demo_change WHERE published_ago IS NOT NULL
UNION ALL
SELECT (a.one ->> 'asked_ago')::integer, 4, a.place, 'follow_up', c.id, a.one
FROM demo_change c CROSS JOIN LATERAL jsonb_array_elements(c.answers) WITH ORDINALITY AS a (one, place);

CREATE FUNCTION pg_temp.demo_voice_comes(voice_id uuid) RETURNS void LANGUAGE sql AS $$
    INSERT INTO feedback (id, unit_id, service_id, level, kind, channel, lang, respondent_role, age_band, severity, wants_answer,
        due_on)
    SELECT v.id, pg_temp.demo_id('unit', v.unit), pg_temp.demo_id('service', v.service), coalesce(v.level, 'feedback'), v.kind,
        v.channel, v.lang, v.role, v.age, v.severity, coalesce(v.wants_answer, false),
        CASE WHEN v.wants_answer THEN limit_day(app_today() + rule_value('answer_days')) END
    FROM demo_voice v WHERE v.id = voice_id;
    INSERT INTO giver (feedback_id, receipt_hash) SELECT v.id, decode(v.receipt_hash, 'hex') FROM demo_voice v WHERE v.id = voice_id;
    INSERT INTO feedback_text (feedback_id, original, lang) SELECT v.id, v.text, v.lang FROM demo_voice v WHERE v.id = voice_id;
    INSERT INTO contact (feedback_id, sealed, key_id, address_hash, lang, wants_news, wants_follow_up)
    SELECT v.id, decode(v.sealed, 'hex'), v.key_id, decode(v.address_hash, 'hex'), v.lang, coalesce(v.wants_news, false), coalesce(v.wants_follow_up, false)
    FROM demo_voice v WHERE v.id = voice_id AND v.sealed IS NOT NULL
$$;

CREATE FUNCTION pg_temp.demo_message(voice_id uuid, data jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO message (id, feedback_id, n, author, kind, text)
    SELECT gen_random_uuid(), f.id, (SELECT coalesce(max(m.n), 0) + 1 FROM message m WHERE m.feedback_id = f.id),
        coalesce(data ->> 'author', 'staff'), coalesce(data ->> 'kind', 'message'), data ->> 'text'
    FROM feedback f WHERE f.id = voice_id
$$;

CREATE FUNCTION pg_temp.demo_voice_step(voice_id uuid, data jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, data, version)
    SELECT gen_random_uuid(), 'feedback', f.id, f.state, data ->> 'to', coalesce(data ->> 'who', 'handler'), data ->> 'reason',
        jsonb_strip_nulls(jsonb_build_object('outcome', data -> 'outcome', 'remedy', data -> 'remedy',
            'duplicate_of', (SELECT v.id FROM demo_voice v WHERE v.n = (data ->> 'duplicate_of')::integer))), f.version + 1
    FROM feedback f WHERE f.id = voice_id
$$;

CREATE FUNCTION pg_temp.demo_change_comes(change_id uuid) RETURNS void LANGUAGE sql AS $$
    INSERT INTO change (id, unit_id, service_id, level, theme, title, said, done, owner_ref, owner, planned_for, evidence)
    SELECT c.id, pg_temp.demo_id('unit', c.unit), pg_temp.demo_id('service', c.service), coalesce(c.level, 'feedback'), c.theme,
        c.title, coalesce(c.said, '{}'), coalesce(c.done, '{}'), c.owner, coalesce(c.owners, '{}'), app_today() + c.planned_in, c.evidence
    FROM demo_change c WHERE c.id = change_id;
    INSERT INTO change_source (id, change_id, kind, feedback_id)
    SELECT gen_random_uuid(), c.id, 'feedback', v.id
    FROM demo_change c CROSS JOIN LATERAL jsonb_array_elements_text(c.sources) AS s (n) JOIN demo_voice v ON v.n = s.n::integer
    WHERE c.id = change_id
$$;

-- Whoever was to hear of an old step has heard; that of the last days is told by the worker.
CREATE FUNCTION pg_temp.demo_change_step(moved_change uuid, data jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, data, version)
    SELECT gen_random_uuid(), 'change', c.id, c.state, data ->> 'to', coalesce(data ->> 'who', 'owner'), data ->> 'reason',
        CASE WHEN data ? 'reasons' THEN jsonb_build_object('reasons', words_by_language(data ->> 'reason', data -> 'reasons')) ELSE '{}' END, c.version + 1
    FROM change c WHERE c.id = moved_change;
    INSERT INTO notice (change_id, state, contributor, feedback_id, channel)
    SELECT moved_change, data ->> 'to', r.contributor, r.feedback_id, CASE WHEN r.by_mail THEN 'mail' ELSE 'receipt' END
    FROM change_contributors(moved_change,
        (SELECT array_agg(s.feedback_id) FROM change_source s WHERE s.change_id = moved_change), '{}', 'news') r
    WHERE data ->> 'to' IN ('planned', 'made', 'verified', 'rejected', 'delayed', 'abandoned') AND (data ->> 'days_ago')::integer > 1
$$;

CREATE FUNCTION pg_temp.demo_publish(told_change uuid) RETURNS void LANGUAGE sql AS $$
    INSERT INTO change_publication (id, change_id) VALUES (gen_random_uuid(), told_change);
    UPDATE change SET published_on = app_today() WHERE id = told_change
$$;

-- The next of those who can be asked is asked, and answers.
CREATE FUNCTION pg_temp.demo_follow_up(asked_change uuid, data jsonb) RETURNS void LANGUAGE sql AS $$
    WITH asked AS (
        SELECT gen_random_uuid() AS id, c.contributor, c.feedback_id
        FROM change_contributors(asked_change,
            (SELECT array_agg(s.feedback_id) FROM change_source s WHERE s.change_id = asked_change), '{}', 'follow_up') c
        WHERE c.by_mail
            AND NOT EXISTS (SELECT FROM follow_up f WHERE f.change_id = asked_change AND f.contributor = c.contributor)
        ORDER BY c.feedback_id
        LIMIT 1
    ), question AS (
        INSERT INTO follow_up (id, change_id, contributor, feedback_id, token_hash, expires_on, answer, answered_on, text)
        SELECT a.id, asked_change, a.contributor, a.feedback_id, sha256(uuid_send(a.id)), app_today() + rule_value('link_days'),
            data ->> 'answer', app_today() + (data ->> 'after_days')::integer, data ->> 'text'
        FROM asked a
    )
    INSERT INTO mail (template, feedback_id, link_id, capped, unique_key)
    SELECT 'follow_up', a.feedback_id, a.id, true, 'follow_up:' || a.id FROM asked a
$$;

DO $$
DECLARE
    h record;
BEGIN
    FOR h IN SELECT * FROM demo_happening ORDER BY days_ago DESC, rank, place, subject LOOP
        PERFORM set_config('osallisuus.now_offset', format('-%s days', h.days_ago), true);
        CASE h.what
            WHEN 'voice' THEN PERFORM pg_temp.demo_voice_comes(h.subject);
            WHEN 'message' THEN PERFORM pg_temp.demo_message(h.subject, h.data);
            WHEN 'step' THEN PERFORM pg_temp.demo_voice_step(h.subject, h.data);
            WHEN 'change' THEN PERFORM pg_temp.demo_change_comes(h.subject);
            WHEN 'change_step' THEN PERFORM pg_temp.demo_change_step(h.subject, h.data);
            WHEN 'publish' THEN PERFORM pg_temp.demo_publish(h.subject);
            WHEN 'follow_up' THEN PERFORM pg_temp.demo_follow_up(h.subject, h.data);
        END CASE;
    END LOOP;
END
$$;

-- ---- voices of the years before: only what is counted of them is left, as when their texts have been erased ----

CREATE FUNCTION pg_temp.demo_past(month date) RETURNS void LANGUAGE sql AS $$
    INSERT INTO feedback (id, unit_id, kind, channel, lang, respondent_role, age_band, state, wants_answer, received_on, due_on, answered_on)
    SELECT gen_random_uuid(), u.id, (ARRAY['thanks', 'concern', 'concern', 'concern', 'idea', 'question', 'safety'])[1 + r.x % 7],
        (ARRAY['web', 'web', 'web', 'mobile', 'qr', 'qr', 'kiosk', 'phone', 'paper'])[1 + r.x / 7 % 9],
        (ARRAY['fi', 'fi', 'fi', 'fi', 'fi', 'fi', 'sv', 'sv', 'en', 'en'])[1 + r.x / 63 % 10],
        (ARRAY['client', 'client', 'client', 'client', 'relative', 'guardian', 'youth', 'resident'])[1 + r.x / 630 % 8],
        (ARRAY['18_29', '30_64', '30_64', '30_64', '65_74', '75_plus', NULL])[1 + r.x / 5040 % 7], 'answered', r.x % 5 > 0, r.day,
        CASE WHEN r.x % 5 > 0 THEN r.day + 14 END, r.day + (ARRAY[1, 2, 2, 3, 4, 5, 6, 8, 9, 11, 12, 13, 17, 24])[1 + r.x / 35280 % 14]
    FROM (SELECT u.id, row_number() OVER (ORDER BY u.id) AS n, count(*) OVER () AS units FROM unit u
          WHERE NOT EXISTS (SELECT FROM unit b WHERE b.parent_id = u.id)) u
    CROSS JOIN LATERAL (
        SELECT x.x, month + (x.x / 11 % 28)::integer AS day
        FROM generate_series(1, 3 + (extract(year FROM month)::integer + u.n::integer * 5) % 5) k
        CROSS JOIN LATERAL (SELECT hashint8extended(u.n * 1000 + k, extract(epoch FROM month)::bigint) & 2147483647 AS x) x
    ) r
$$;

-- What was answered is closed in the month after, mostly with a reason where nothing changed.
CREATE FUNCTION pg_temp.demo_past_closes() RETURNS void LANGUAGE sql AS $$
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, data, version)
    SELECT gen_random_uuid(), 'feedback', f.id, 'answered', 'closed', 'handler', CASE WHEN o.outcome IN ('no_change', 'unfounded') THEN 'Perusteltiin vastauksessa.' END,
        jsonb_build_object('outcome', o.outcome), f.version + 1
    FROM feedback f
    CROSS JOIN LATERAL (SELECT (ARRAY['change_made', 'change_planned', 'no_change', 'information', 'information', 'passed_on'])[1 + (hashtext(f.id::text) & 1023) % 6] AS outcome) o
    WHERE f.state = 'answered' AND f.id NOT IN (SELECT v.id FROM demo_voice v)
$$;

-- Concerns for each change of those years, and what their givers said when they were asked whether it is better.
CREATE FUNCTION pg_temp.demo_past_contributes() RETURNS void LANGUAGE sql AS $$
    INSERT INTO change_source (id, change_id, kind, feedback_id)
    SELECT gen_random_uuid(), c.id, 'feedback', f.id
    FROM demo_change d
    JOIN change c ON c.id = d.id AND jsonb_array_length(d.sources) = 0
    JOIN unit u ON u.id = c.unit_id
    CROSS JOIN LATERAL (
        SELECT x.id FROM feedback x JOIN unit xu ON xu.id = x.unit_id
        WHERE x.kind = 'concern' AND x.respondent_role <> 'staff' AND x.received_on BETWEEN c.suggested_on - 200 AND c.suggested_on AND u.path[1:2] <@ xu.path
        ORDER BY x.unit_id <> c.unit_id, x.id LIMIT 30
    ) f;
    INSERT INTO follow_up (id, change_id, contributor, feedback_id, token_hash, asked_on, expires_on, answer, answered_on)
    SELECT gen_random_uuid(), s.change_id, uuid_send(s.feedback_id), s.feedback_id, sha256(uuid_send(s.id)), c.made_on + 28, c.made_on + 88, a.answer, c.made_on + 31
    FROM demo_change d
    JOIN change c ON c.id = d.id AND jsonb_array_length(d.sources) = 0
    JOIN change_source s ON s.change_id = c.id
    CROSS JOIN LATERAL (SELECT (ARRAY['better', 'better', 'better', 'better', 'better', 'same', 'same', 'worse', 'dont_know', 'dont_know'])[1 + (hashtext(s.feedback_id::text) & 1023) % 10] AS answer) a
$$;

-- What a county publishes: each year for itself and its divisions, each month for itself; one year once more, with what had been late.
CREATE FUNCTION pg_temp.demo_report(published_unit uuid, period text, note jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    made uuid := gen_random_uuid();
BEGIN
    INSERT INTO report_publication (id, unit_id, period, correction_note) VALUES (made, published_unit, period, note);
    PERFORM report_publish(made);
END
$$;

DO $$
DECLARE
    today date;
    month date;
    period record;
BEGIN
    PERFORM set_config('osallisuus.now_offset', '', true);
    today := app_today();
    month := (date_trunc('year', today) - interval '2 years')::date;
    WHILE month < date_trunc('month', today) LOOP
        PERFORM set_config('osallisuus.now_offset', format('-%s days', today - least(month + 47, today)), true);
        PERFORM pg_temp.demo_past(month), pg_temp.demo_past_closes();
        month := month + interval '1 month';
    END LOOP;
    PERFORM set_config('osallisuus.now_offset', '', true);
    PERFORM pg_temp.demo_past_contributes();
    ANALYZE;
    FOR period IN
        SELECT u.id, y.year::text AS name, make_date(y.year + 1, 1, 20) AS day, NULL::jsonb AS note, cardinality(u.path) AS depth
        FROM unit u CROSS JOIN (SELECT extract(year FROM today)::integer - n AS year FROM generate_series(1, 2) n) y
        WHERE u.parent_id IS NULL OR cardinality(u.path) = 2 AND y.year = extract(year FROM today)::integer - 1
        UNION ALL
        SELECT u.id, to_char(m, 'YYYY-MM'), least((m + interval '1 month')::date + 9, today), NULL, 1
        FROM unit u CROSS JOIN generate_series(date_trunc('year', today::timestamp), date_trunc('month', today::timestamp) - interval '1 month', '1 month') m
        WHERE u.parent_id IS NULL
        UNION ALL
        SELECT u.id, (extract(year FROM today) - 2)::integer::text, make_date(extract(year FROM today)::integer - 1, 2, 15),
            '{"fi": "Yhden yksikön paperilomakkeet puuttuivat.", "sv": "En enhets pappersblanketter saknades.", "en": "The paper forms of one unit were missing."}', 1
        FROM unit u WHERE u.parent_id IS NULL
        ORDER BY 3, 5, 1
    LOOP
        PERFORM set_config('osallisuus.now_offset', format('-%s days', today - period.day), true);
        PERFORM pg_temp.demo_report(period.id, period.name, period.note);
    END LOOP;
END
$$;

-- ---- the example question sets, asked from now on ----

SELECT set_config('osallisuus.now_offset', '', true);

INSERT INTO question_set (id, name, edition, respondent_group, title, intro, source, questions)
SELECT pg_temp.demo_id('question_set', w.name), w.name, w."version", w."group", w.title, w.intro, w.source, w.questions
FROM demo_data d
CROSS JOIN LATERAL jsonb_to_recordset(d.body -> 'question_sets')
    AS w (name text, "version" integer, "group" text, title jsonb, intro jsonb, source text, questions jsonb)
WHERE d.name = 'questions_example.json';

INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
SELECT gen_random_uuid(), 'question_set', q.id, 'draft', 'active', 'administrator', q.version + 1 FROM question_set q;

-- ---- panels, what they meet for, and a decision that is heard before it is made ----

CREATE TEMPORARY TABLE demo_floor ON COMMIT DROP AS
SELECT f.*, pg_temp.demo_id('unit', f.unit) AS unit_id, pg_temp.demo_id(f.what, f.key) AS id
FROM demo_data d
CROSS JOIN LATERAL jsonb_to_recordset(d.body) AS f (what text, key text, unit text, code text, name jsonb, kind text, purpose jsonb, "to" text,
    starts_in integer, ends_in integer, in_days integer, due_in integer, "from" time, title jsonb, description jsonb, capacity integer, support text[],
    panels text[], place jsonb, decided_by text, item jsonb, decision text, asked jsonb)
WHERE d.name = 'panels.json';

INSERT INTO municipality (id, unit_id, code, name)
SELECT pg_temp.demo_id('municipality', f.code), pg_temp.demo_id('unit', 'suviranta'), f.code, f.name FROM demo_floor f WHERE f.what = 'municipality';

INSERT INTO panel (id, unit_id, kind, name, purpose, starts_on, ends_on, is_public)
SELECT f.id, f.unit_id, f.kind, f.name, f.purpose, app_today() + f.starts_in, app_today() + f.ends_in, true FROM demo_floor f WHERE f.what = 'panel';

INSERT INTO session (id, unit_id, kind, title, description, starts_at, ends_at, place, support, is_open, capacity)
SELECT f.id, f.unit_id, f.kind, f.title, f.description, (app_today() + f.in_days + f."from") AT TIME ZONE 'Europe/Helsinki',
    (app_today() + f.in_days + f."to"::time) AT TIME ZONE 'Europe/Helsinki', f.place, f.support, true, f.capacity
FROM demo_floor f WHERE f.what = 'session';

INSERT INTO session_panel (session_id, panel_id)
SELECT f.id, pg_temp.demo_id('panel', p.key) FROM demo_floor f CROSS JOIN LATERAL unnest(f.panels) AS p (key) WHERE f.what = 'session';

INSERT INTO decision (id, unit_id, item, decided_by, decides_on)
SELECT f.id, f.unit_id, f.item, f.decided_by, app_today() + f.in_days FROM demo_floor f WHERE f.what = 'decision';

INSERT INTO consultation (id, decision_id, kind, title, description, asked, opens_on, due_on, is_open)
SELECT f.id, pg_temp.demo_id('decision', f.decision), 'hearing', f.title, f.description, f.asked, app_today(), app_today() + f.due_in, true
FROM demo_floor f WHERE f.what = 'consultation';

INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
SELECT gen_random_uuid(), f.what, f.id, 'draft', CASE f.what WHEN 'panel' THEN f."to" WHEN 'session' THEN 'published' ELSE 'open' END, 'coordinator', 2
FROM demo_floor f WHERE f.what IN ('panel', 'session', 'consultation');

-- ---- experts, what they did and what they are paid for it ----

CREATE TEMPORARY TABLE demo_expert ON COMMIT DROP AS
SELECT f.*, pg_temp.demo_id('unit', f.unit) AS unit_id, pg_temp.demo_id(f.what, f.key) AS id, pg_temp.demo_id('expert', f.expert) AS expert_id
FROM demo_data d
CROSS JOIN LATERAL jsonb_to_recordset(d.body) AS f (what text, key text, unit text, code text, name jsonb, form text, tasks text[], per_hour numeric, per_km numeric,
    per_meal numeric, line text, ago integer, amount numeric, title text, story text, not_today text, areas text[], languages text[], municipalities text[],
    about jsonb, is_remote boolean, training text, shown text[], "to" text, task text, area text, lang text, in_days integer, "from" time, hours integer, expert text, place jsonb,
    claim jsonb, "then" text, rating integer, said text, hard boolean, reason text, text text)
WHERE d.name = 'experts.json';

INSERT INTO fee_class (id, unit_id, code, name, form, tasks, per_hour, per_km, per_meal, valid_from)
SELECT f.id, f.unit_id, f.code, f.name, f.form, f.tasks, f.per_hour, f.per_km, f.per_meal, app_today() - 400 FROM demo_expert f WHERE f.what = 'fee_class';

INSERT INTO participation_cost (id, unit_id, line, month, amount)
SELECT gen_random_uuid(), f.unit_id, f.line, month_start((app_today() - make_interval(months => f.ago))::date), f.amount FROM demo_expert f WHERE f.what = 'cost';

INSERT INTO expert_call (id, unit_id, title, about) SELECT f.id, f.unit_id, f.name, f.about FROM demo_expert f WHERE f.what = 'call';

INSERT INTO expert (id, unit_id, state, is_remote, training, agreement_from, shown)
SELECT f.id, f.unit_id, 'active', f.is_remote, f.training, app_today() - 300, f.shown FROM demo_expert f WHERE f.what = 'expert';
INSERT INTO expert_words (expert_id, name, title, story, not_today) SELECT f.id, f.name #>> '{}', f.title, f.story, f.not_today FROM demo_expert f WHERE f.what = 'expert';
INSERT INTO expert_area (expert_id, area) SELECT f.id, unnest(f.areas) FROM demo_expert f WHERE f.what = 'expert';
INSERT INTO expert_task (expert_id, task) SELECT f.id, unnest(f.tasks) FROM demo_expert f WHERE f.what = 'expert';
INSERT INTO expert_language (expert_id, lang) SELECT f.id, unnest(f.languages) FROM demo_expert f WHERE f.what = 'expert';
INSERT INTO expert_municipality (expert_id, municipality) SELECT f.id, unnest(f.municipalities) FROM demo_expert f WHERE f.what = 'expert';
INSERT INTO availability (id, expert_id, kind, weekday, first_on, begins_at, ends_at)
SELECT gen_random_uuid(), f.id, 'weekly', w.day, app_today() - 30, '09:00', '16:00' FROM demo_expert f CROSS JOIN generate_series(1, 4) w (day) WHERE f.what = 'expert';
INSERT INTO person (id, resource, token_hash, lang)
SELECT f.id, 'expert', random_bytes(), CASE WHEN 'sv' = f.languages[1] THEN 'sv' ELSE 'fi' END FROM demo_expert f WHERE f.what = 'expert';

INSERT INTO booking (id, unit_id, task, area, lang, is_remote, place, starts_at, ends_at, state, expert_id, held, ordered_at, confirmed_at)
SELECT f.id, f.unit_id, f.task, f.area, f.lang, f.place IS NULL, f.place, w.at, w.at + make_interval(hours => f.hours), CASE WHEN e.id IS NULL THEN 'requested' ELSE 'confirmed' END,
    e.id, expert_held(e, w.at, w.at + make_interval(hours => f.hours), f.place IS NULL), least(w.at - interval '20 days', app_now()),
    CASE WHEN e.id IS NOT NULL THEN least(w.at - interval '19 days', app_now()) END
FROM demo_expert f
CROSS JOIN LATERAL (SELECT (app_today() + f.in_days + f."from") AT TIME ZONE 'Europe/Helsinki' AS at) w
LEFT JOIN expert e ON e.id = f.expert_id
WHERE f.what = 'booking';

INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version)
SELECT gen_random_uuid(), f.what, f.id, CASE f.what WHEN 'expert' THEN 'active' ELSE 'confirmed' END, f."to", 'coordinator', f.reason, 2
FROM demo_expert f WHERE f.what = 'expert' AND f."to" IS NOT NULL OR f.what = 'booking' AND f."to" NOT IN ('confirmed', 'requested');

DO $$
DECLARE
    x record;
BEGIN
    FOR x IN SELECT c, f.claim, f."then" AS wanted, f.unit_id FROM demo_expert f JOIN claim c ON c.booking_id = f.id WHERE f.claim IS NOT NULL LOOP
        PERFORM claim_answered(x.c, ROW(gen_random_uuid(), NULL, NULL, NULL, x.claim || '{"to": "submitted"}')::move_wish);
        IF x.wanted <> 'submitted' THEN
            PERFORM state_moved('claim', (x.c).id, 'submitted', (x.c).version + 1, '{coordinator}', ROW(gen_random_uuid(), NULL, NULL, NULL, '{"to": "approved"}')::move_wish);
        END IF;
        IF x.wanted = 'exported' THEN
            INSERT INTO claim_export (id, unit_id, claim_count, total) SELECT gen_random_uuid(), x.unit_id, 1, c.total FROM claim c WHERE c.id = (x.c).id;
        END IF;
    END LOOP;
END
$$;

INSERT INTO booking_feedback (id, booking_id, side, rating, lang, text, is_hard, debrief)
SELECT gen_random_uuid(), f.id, 'expert', f.rating, f.lang, f.said, f.hard IS true, CASE WHEN f.hard THEN 'offered' END FROM demo_expert f WHERE f.rating IS NOT NULL;
INSERT INTO observation (id, unit_id, person_id, text)
SELECT gen_random_uuid(), e.unit_id, e.id, f.text FROM demo_expert f JOIN expert e ON e.id = f.expert_id WHERE f.what = 'observation';

-- ---- what the workers did in that year ----

SELECT set_config('osallisuus.now_offset', '', true);

DELETE FROM job j USING mail m
WHERE j.kind IN ('mail', 'mail_bulk') AND m.id = j.subject AND m.queued_on < app_today() - 1;

UPDATE mail SET state = 'sent' WHERE queued_on < app_today() - 1;

DELETE FROM job j
WHERE (j.kind = 'news' AND j.run_at < app_now() - interval '36 hours')
    OR (j.kind = 'clock' AND EXISTS (SELECT FROM feedback f WHERE f.id = j.subject AND f.state <> 'received' AND f.state <> 'in_progress'))
    OR (j.kind = 'index' AND NOT EXISTS (SELECT FROM feedback_text t WHERE t.feedback_id = j.subject))
    OR (j.kind = 'report' AND j.data ? 'publication')
    OR (j.kind = 'follow_up' AND NOT EXISTS (SELECT FROM change c WHERE c.id = j.subject AND c.state = 'made'));

-- What is left to do is to be done now: a queue a year late would alarm.
UPDATE job SET run_at = app_now() WHERE run_at < app_now();
