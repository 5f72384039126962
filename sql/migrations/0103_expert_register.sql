-- The register of experts as coordinators, orderers and the experts themselves read and write it.

-- All that is known of an expert, for coordinators and for themselves.
CREATE VIEW expert_card AS
SELECT e.id, e.unit_id, e.state, w.name, w.title, w.story, w.not_today,
    to_jsonb(ARRAY(SELECT x.area FROM expert_area x WHERE x.expert_id = e.id ORDER BY x.area)) AS areas,
    to_jsonb(ARRAY(SELECT x.task FROM expert_task x WHERE x.expert_id = e.id ORDER BY x.task)) AS tasks,
    to_jsonb(ARRAY(SELECT x.lang FROM expert_language x WHERE x.expert_id = e.id ORDER BY x.lang)) AS languages,
    to_jsonb(ARRAY(SELECT x.municipality FROM expert_municipality x WHERE x.expert_id = e.id ORDER BY x.municipality)) AS municipalities,
    e.is_remote, e.training, e.trained_on, e.agreement_from, e.agreement_until, e.week_hours, e.notice_hours, e.travel_minutes,
    to_jsonb(e.shown) AS shown, e.applied_on, e.ended_on, e.version
FROM expert e
LEFT JOIN expert_words w ON w.expert_id = e.id;

-- What orderers see: of what there is, the fields that the expert shows.
CREATE FUNCTION expert_profile(of_expert uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_object_agg(f.key, f.value), '{}')
    FROM expert_card c
    CROSS JOIN LATERAL jsonb_each(jsonb_strip_nulls(to_jsonb(c))) f
    WHERE c.id = of_expert AND (c.shown ? f.key OR f.key = 'trained_on' AND c.shown ? 'training')
$$;

-- Whether orderers can find an expert now.
CREATE FUNCTION expert_can_be_ordered(e expert) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT e.state = 'active' AND e.agreement_from IS NOT NULL AND coalesce(e.agreement_until >= app_today(), true)
$$;

-- The first thing that is wrong with an expert as they would be with what the body says.
CREATE FUNCTION expert_fault(e expert, body jsonb) RETURNS TABLE (problem text, pointer text) LANGUAGE sql STABLE AS $$
    SELECT f.problem, f.pointer
    FROM (
        SELECT 'unknown_reference' AS problem, format('/%s/%s', l.name, c.n - 1) AS pointer
        FROM (VALUES ('areas'), ('tasks'), ('municipalities')) l (name)
        CROSS JOIN LATERAL jsonb_array_elements_text(body -> l.name) WITH ORDINALITY c (code, n)
        WHERE NOT CASE l.name
            WHEN 'areas' THEN EXISTS (SELECT FROM experience_area x WHERE x.code = c.code AND is_open(x.closed_on))
            WHEN 'tasks' THEN EXISTS (SELECT FROM experience_task x WHERE x.code = c.code AND is_open(x.closed_on))
            ELSE EXISTS (SELECT FROM municipality x WHERE x.code = c.code AND is_open(x.closed_on)) END
        UNION ALL
        SELECT 'expert_agreement_ends_after_it_starts', '/agreement_until' WHERE e.agreement_until < e.agreement_from
        UNION ALL
        SELECT 'expert_has_agreement', '/agreement_from' WHERE e.agreement_from IS NULL AND (e.agreement_until IS NOT NULL OR e.state = 'active')
    ) f
    LIMIT 1
$$;

-- Writes what the body says of an expert whose row the caller has locked, and gives what there is then.
CREATE FUNCTION expert_patched(old expert, body jsonb, if_match bigint, OUT card expert_card, OUT problem text, OUT pointer text) LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    wish CONSTANT expert := jsonb_populate_record(old, body);
BEGIN
    IF old.version <> if_match THEN
        problem := 'stale_version';
        RETURN;
    END IF;
    SELECT f.problem, f.pointer INTO problem, pointer FROM expert_fault(wish, body) f;
    IF problem IS NOT NULL THEN
        RETURN;
    END IF;
    UPDATE expert e
    SET is_remote = wish.is_remote, training = wish.training, trained_on = wish.trained_on, agreement_from = wish.agreement_from,
        agreement_until = wish.agreement_until, week_hours = wish.week_hours, notice_hours = wish.notice_hours,
        travel_minutes = wish.travel_minutes, shown = wish.shown
    WHERE e.id = old.id;
    UPDATE expert_words w SET name = x.name, title = x.title, story = x.story, not_today = x.not_today
    FROM jsonb_populate_record((SELECT o FROM expert_words o WHERE o.expert_id = old.id), body) x
    WHERE w.expert_id = old.id;
    PERFORM expert_lists_keep(old.id, body);
    SELECT c.* INTO card FROM expert_card c WHERE c.id = old.id;
END
$$;

GRANT SELECT ON expert_card TO osallisuus_api;

-- Whether a unit's experts are there for a caller: for those of the unit, of units above it, and of units below it, for whom a bank of
-- experts is kept higher up.
CREATE FUNCTION unit_serves(unit_id uuid, path uuid[], caller_units text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT unit_is_visible(path, caller_units) OR EXISTS (SELECT FROM unit u WHERE u.id = ANY (caller_units::uuid[]) AND unit_id = ANY (u.path))
$$;

-- Whether those who run panels look after such a person: not where the resource has coordinators with another scope, as experts and bookings have.
CREATE FUNCTION person_is_of_panels(of_resource text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (SELECT FROM role_scope r WHERE r.resource = of_resource AND r.who = 'coordinator' AND r.scope IN ('experts:write', 'bookings:manage'))
$$;

-- ---- the personal page ----
-- Ticks: [{"value", "label", "chosen"}] in the order of their labels.
CREATE FUNCTION expert_ticks(catalogue jsonb, chosen jsonb, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_agg(jsonb_build_object('value', o.key, 'label', w.label, 'chosen', chosen ? o.key) ORDER BY w.label)
    FROM jsonb_each(catalogue) o CROSS JOIN LATERAL (SELECT page_words(o.value, tag) ->> 'text' AS label) w
$$;

CREATE FUNCTION expert_fields_form(c expert_card, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT page_list(
        jsonb_build_object('name', 'name', 'label', personal_text('expert_shows_name'), 'value', c.name, 'most', 200, 'required', true, 'complete', 'name'),
        jsonb_build_object('name', 'title', 'label', personal_text('expert_shows_title'), 'help', personal_text('expert_title_help'), 'value', c.title, 'most', 100),
        jsonb_build_object('name', 'story', 'label', personal_text('expert_shows_story'), 'help', personal_text('expert_story_help'), 'value', c.story, 'type', 'area', 'most', 4000),
        jsonb_build_object('name', 'not_today', 'label', personal_text('expert_shows_not_today'), 'help', personal_text('expert_not_today_help'), 'value', c.not_today,
            'type', 'area', 'most', 1000),
        jsonb_build_object('name', 'areas', 'label', personal_text('expert_shows_areas'), 'type', 'checks', 'options', expert_ticks(
            (SELECT jsonb_object_agg(x.code, x.name) FROM experience_area x WHERE is_open(x.closed_on)), c.areas, tag)),
        jsonb_build_object('name', 'tasks', 'label', personal_text('expert_shows_tasks'), 'type', 'checks', 'options', expert_ticks(
            (SELECT jsonb_object_agg(x.code, x.name) FROM experience_task x WHERE is_open(x.closed_on)), c.tasks, tag)),
        jsonb_build_object('name', 'languages', 'label', personal_text('expert_shows_languages'), 'type', 'checks', 'options', (
            SELECT jsonb_agg(o || jsonb_build_object('chosen', c.languages ? (o ->> 'value')))
            FROM jsonb_array_elements(page_options('speaks', '{fi,sv,en,se,smn,sms,fse,ru,et,ar,so}')) o)),
        (SELECT jsonb_build_object('name', 'municipalities', 'label', personal_text('expert_shows_municipalities'), 'type', 'checks', 'options',
             expert_ticks(jsonb_object_agg(m.code, m.name), c.municipalities, tag))
         FROM municipality m WHERE is_open(m.closed_on) HAVING count(*) > 0),
        jsonb_build_object('name', 'is_remote', 'label', personal_text('expert_shows_is_remote'), 'type', 'check', 'value', CASE WHEN c.is_remote THEN 'true' END),
        jsonb_build_object('name', 'week_hours', 'label', personal_text('expert_week_hours'), 'type', 'number', 'value', c.week_hours::text),
        jsonb_build_object('name', 'notice_hours', 'label', personal_text('expert_notice_hours'), 'type', 'number', 'value', c.notice_hours::text, 'required', true),
        jsonb_build_object('name', 'travel_minutes', 'label', personal_text('expert_travel_minutes'), 'type', 'number', 'value', c.travel_minutes::text,
            'required', true))
$$;

CREATE FUNCTION personal_expert(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('expert_part'), 'texts', page_list(personal_text('expert_' || c.state)),
        'facts', page_facts(
            jsonb_build_array('expert_agreement_from', page_day(c.agreement_from)), jsonb_build_array('expert_agreement_until', page_day(c.agreement_until)),
            jsonb_build_array('expert_shows_training', c.training), jsonb_build_array('open_unit', page_words(u.name, tag))),
        'acts', coalesce((
            SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('operation', 'own_expert_transition', 'values', jsonb_build_object('to', a.state),
                'button', personal_text('expert_do_' || a.state), 'folded', CASE a.state WHEN 'ended' THEN personal_text('expert_ask_ended') END,
                'texts', CASE a.state WHEN 'ended' THEN jsonb_build_array(personal_text('expert_end_goes', jsonb_build_object('days', r.days))) END)) ORDER BY a.n)
            FROM unnest('{active,on_break,ended}'::text[]) WITH ORDINALITY a (state, n)
            WHERE legal_states('expert', c.state, '{expert}') ? a.state), '[]')
            || CASE WHEN c.ended_on IS NOT NULL THEN '[]' ELSE jsonb_build_array(
                jsonb_build_object('operation', 'own_expert_put', 'folded', personal_text('expert_edit'), 'button', personal_text('expert_save'),
                    'fields', expert_fields_form(c, tag)),
                jsonb_build_object('operation', 'own_expert_show', 'folded', personal_text('expert_show'), 'button', personal_text('expert_save'),
                    'texts', jsonb_build_array(personal_text('expert_show_help')),
                    'fields', jsonb_build_array(jsonb_build_object('name', 'shown', 'type', 'checks', 'label', personal_text('expert_show_label'), 'options', (
                        SELECT jsonb_agg(o || jsonb_build_object('chosen', c.shown ? (o ->> 'value')))
                        FROM jsonb_array_elements(page_options('expert_shows', expert_fields())) o))))) END)
    FROM expert_card c
    JOIN unit u ON u.id = c.unit_id
    JOIN retention r ON r.class = 'people'
    WHERE c.id = person_id
$$;

-- When it is, in words.
CREATE FUNCTION availability_words(a availability, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE a.kind
        WHEN 'weekly' THEN personal_text('available_weekly' || CASE WHEN a.last_on IS NOT NULL THEN '_until' ELSE '' END, jsonb_build_object('weekday',
            personal_text('weekday_' || a.weekday), 'from', t.from_words, 'until', t.until_words, 'last', page_day(a.last_on)))
        WHEN 'exception' THEN personal_text('available_' || CASE WHEN a.begins_at IS NULL THEN 'not' ELSE 'otherwise' END
            || CASE WHEN a.first_on < a.last_on THEN '_days' ELSE '' END,
            jsonb_build_object('first', page_day(a.first_on), 'last', page_day(a.last_on), 'from', t.from_words, 'until', t.until_words))
        ELSE personal_text('available_single', jsonb_build_object('time', page_span(lower(a.during), upper(a.during), tag))) END
    FROM (SELECT to_char(a.begins_at, 'FMHH24.MI') AS from_words, to_char(a.ends_at, 'FMHH24.MI') AS until_words) t
$$;

CREATE FUNCTION availability_form(kind text, fields jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('operation', 'own_availability_create', 'values', jsonb_build_object('kind', kind), 'folded', personal_text('available_add_' || kind),
        'button', personal_text('available_add'), 'fields', fields || jsonb_build_array(
            jsonb_build_object('name', 'from', 'type', 'time', 'label', personal_text('available_from'), 'required', kind <> 'exception',
                'help', CASE kind WHEN 'exception' THEN personal_text('available_none_help') END),
            jsonb_build_object('name', 'until', 'type', 'time', 'label', personal_text('available_until'), 'required', kind <> 'exception')))
$$;

CREATE FUNCTION personal_availability(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('available_part'), 'texts', page_list(personal_text('available_help'),
            CASE WHEN NOT EXISTS (SELECT FROM availability a WHERE a.expert_id = e.id) THEN personal_text('available_never') END),
        'acts', jsonb_build_array(
            availability_form('weekly', jsonb_build_array(jsonb_build_object('name', 'weekday', 'type', 'select', 'label', personal_text('available_weekday'),
                'required', true, 'options', (
                    SELECT jsonb_agg(jsonb_build_object('value', w.day, 'label', personal_text('weekday_' || w.n)) ORDER BY w.n)
                    FROM unnest('{monday,tuesday,wednesday,thursday,friday,saturday,sunday}'::text[]) WITH ORDINALITY w (day, n))))),
            availability_form('single', jsonb_build_array(jsonb_build_object('name', 'day', 'type', 'date', 'label', personal_text('available_day'), 'required', true))),
            availability_form('exception', jsonb_build_array(
                jsonb_build_object('name', 'first_on', 'type', 'date', 'label', personal_text('available_first'), 'required', true),
                jsonb_build_object('name', 'last_on', 'type', 'date', 'label', personal_text('available_last'), 'help', personal_text('available_last_help'))))),
        'items', coalesce((
            SELECT jsonb_agg(jsonb_build_object('title', availability_words(a, tag), 'acts', jsonb_build_array(jsonb_build_object('operation', 'own_availability_delete',
                'values', jsonb_build_object('availability_id', a.id), 'quiet', true, 'button', personal_text('available_remove'))))
                ORDER BY a.kind DESC, a.weekday, coalesce(a.first_on, lower(a.during)::date), a.begins_at)
            FROM availability a
            WHERE a.expert_id = e.id AND coalesce(a.last_on >= app_today(), upper(a.during) > app_now(), true)), '[]'))
    FROM expert e
    WHERE e.id = person_id AND e.ended_on IS NULL
$$;

INSERT INTO personal_part (part, resource, place) VALUES ('expert', 'expert', 100), ('availability', 'expert', 150);
REVOKE ALL ON FUNCTION personal_expert(uuid, text), personal_availability(uuid, text) FROM PUBLIC;
