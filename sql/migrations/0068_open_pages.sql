-- The pages of what is open to everybody: a session to register for, a panel to apply for, a budget to divide. A kind adds its own by a row here and
-- the function open_<kind>(row_id uuid, tag text, sent jsonb) RETURNS jsonb (NULL: nothing of this kind), which openapi/README.md describes.
CREATE TABLE open_kind (
    kind text PRIMARY KEY
);

CREATE FUNCTION open_page(row_id uuid, tag text, sent jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    kind_name text;
    found jsonb;
BEGIN
    FOR kind_name IN SELECT k.kind FROM open_kind k ORDER BY k.kind LOOP
        EXECUTE format('SELECT open_%s($1, $2, $3)', kind_name) INTO found USING row_id, tag, sent;
        EXIT WHEN found IS NOT NULL;
    END LOOP;
    RETURN found;
END
$$;

-- Some of these texts are in easy Finnish.
CREATE FUNCTION is_in_easy_finnish(VARIADIC texts jsonb[]) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT bool_or(t ? 'fi-x-selko') FROM unnest(texts) t
$$;

-- [{"name": text by name, "value"}] without those that have no value.
CREATE FUNCTION page_facts(VARIADIC pairs jsonb[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('name', personal_text(p ->> 0), 'value', p -> 1) ORDER BY n), '[]')
    FROM unnest(pairs) WITH ORDINALITY x (p, n) WHERE p ->> 1 IS NOT NULL
$$;

-- A list without its nulls.
CREATE FUNCTION page_list(VARIADIC items jsonb[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_agg(i ORDER BY n), '[]') FROM unnest(items) WITH ORDINALITY x (i, n) WHERE i IS NOT NULL
$$;

-- Options whose labels are the texts <prefix>_<value>.
CREATE FUNCTION page_options(prefix text, option_values text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_agg(jsonb_build_object('value', v, 'label', personal_text(prefix || '_' || v)) ORDER BY n)
    FROM unnest(option_values) WITH ORDINALITY x (v, n)
$$;

CREATE FUNCTION email_field(why text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('name', 'contact.email', 'type', 'email', 'label', personal_text('open_email'), 'help', personal_text(why), 'most', 254, 'complete', 'email')
$$;

-- The wish to hear what came of it, and how.
CREATE FUNCTION news_fields(names text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_agg(jsonb_build_object('name', v, 'type', 'check', 'label', personal_text('open_' || v)) ORDER BY n) FROM unnest(names) WITH ORDINALITY x (v, n)
$$;

-- What is kept of who sends the form: these texts, then what holds for all who act by a link.
CREATE FUNCTION open_privacy(VARIADIC names text[]) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('open_privacy'), 'texts',
        (SELECT jsonb_agg(personal_text(x.name) ORDER BY x.n) FROM unnest(names) WITH ORDINALITY x (name, n))
            || page_list(personal_text('open_privacy_address'), personal_text('open_privacy_end', jsonb_build_object('days', r.days)), personal_text('open_privacy_erase')))
    FROM retention r WHERE r.class = 'people'
$$;

-- Where one finds one's own page: shown here, or mailed.
CREATE FUNCTION open_link(reply jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('title', personal_text('open_link'),
        'texts', page_list(personal_text(CASE WHEN reply ? 'link' THEN 'open_link_keep' ELSE 'open_link_mailed' END)),
        'links', CASE WHEN reply ? 'link' THEN jsonb_build_array(jsonb_build_object('path', reply -> 'link', 'text', personal_text('open_link_open'), 'written', true))
                      ELSE '[]' END)
$$;

CREATE FUNCTION open_more(tag text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_array(jsonb_build_object('path', '/opportunities?language=' || left(tag, 2), 'text', personal_text('open_more')))
$$;

-- ---- sessions ----
-- When, with the day of the week and whose time it is.
CREATE FUNCTION session_moment(s session) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT personal_text(CASE WHEN b.at::date = e.at::date THEN 'moment_hours' ELSE 'moment_days' END, jsonb_build_object(
        'weekday', personal_text('weekday_' || extract(isodow FROM b.at)), 'day', page_day(b.at::date), 'from', to_char(b.at, 'FMHH24.MI'),
        'last_weekday', personal_text('weekday_' || extract(isodow FROM e.at)), 'last_day', page_day(e.at::date), 'to', to_char(e.at, 'FMHH24.MI')))
    FROM (VALUES (s.starts_at AT TIME ZONE 'Europe/Helsinki')) b (at), (VALUES (s.ends_at AT TIME ZONE 'Europe/Helsinki')) e (at)
$$;

CREATE OR REPLACE FUNCTION session_part(s session, tags text[], online text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', page_words(s.title, tags[1]),
        'texts', page_list(
            CASE WHEN s.state = 'cancelled' THEN personal_text('session_cancelled', jsonb_build_object('reason', coalesce(session_reason(s.id), ''))) END,
            page_words(s.description, tags[1]), CASE WHEN s.state IN ('minutes_published', 'closed') THEN page_words(s.minutes, tags[1]) END),
        'facts', page_facts(jsonb_build_array('session_when', session_moment(s)),
            jsonb_build_array('session_place', nullif(concat_ws(', ', nullif(text_in(coalesce(s.place -> 'room', '{}'), tags), ''), s.place ->> 'address'), '')),
            jsonb_build_array('session_access', page_words(coalesce(s.place -> 'accessibility', '{}'), tags[1])),
            jsonb_build_array('session_online', online)))
$$;

-- The support that a session has, in one line.
CREATE FUNCTION session_supports(s session) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT personal_text('session_supports', jsonb_build_object('all', jsonb_agg(jsonb_build_object(
        'text', personal_text('support_' || v), 'comma', CASE WHEN n < cardinality(s.support) THEN ', ' ELSE '' END) ORDER BY n)))
    FROM unnest(s.support) WITH ORDINALITY x (v, n) HAVING count(*) > 0
$$;

CREATE FUNCTION session_form(s session, tag text, is_full boolean) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('operation', 'registration_create', 'values', jsonb_build_object('lang', left(tag, 2)),
        'title', personal_text('register_title'), 'button', personal_text(CASE WHEN is_full THEN 'register_to_wait' ELSE 'register' END),
        'texts', page_list(personal_text('register_how')),
        'fields', jsonb_build_array(
            jsonb_build_object('name', 'support_needs', 'type', 'checks', 'label', personal_text('register_needs'), 'options', page_options('support',
                '{sign_language,interpretation,hearing_loop,easy_language,large_print,assistant,transport}')),
            email_field('register_email')) || news_fields('{wants_news}'))
$$;

-- One that is open to everybody, from its publication on. How many places are left is told in words: from a number that stays as it is when an
-- address registers once more, a stranger would learn that the address is registered.
CREATE FUNCTION open_session(row_id uuid, tag text, sent jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN sent ? 'reply' THEN jsonb_build_object('title', personal_text(came.title), 'texts', page_list(personal_text(came.words)),
        'facts', page_facts(jsonb_build_array('open_session', part -> 'title')) || (part -> 'facts'),
        'items', jsonb_build_array(open_link(sent -> 'reply')), 'more', open_more(tag))
    ELSE part || jsonb_build_object('has_easy', is_in_easy_finnish(s.title, s.description),
        'texts', (part -> 'texts') || page_list(CASE WHEN s.state <> 'cancelled' AND breach IS NOT NULL THEN personal_text('register_over') END,
            CASE WHEN breach IS NULL AND is_full THEN personal_text('register_full') END),
        'facts', (part -> 'facts') || page_facts(
            jsonb_build_array('session_afar', CASE WHEN s.is_online AND breach IS NULL THEN personal_text('session_afar_yes') END),
            jsonb_build_array('session_support', session_supports(s)),
            jsonb_build_array('register_left', CASE WHEN breach IS NULL AND p.capacity IS NOT NULL THEN
                personal_text('register_left_' || CASE WHEN is_full THEN 'none' WHEN p.capacity - p.taken <= 5 THEN 'few' ELSE 'some' END) END),
            jsonb_build_array('open_unit', page_words(u.name, tag))),
        'acts', CASE WHEN breach IS NULL THEN jsonb_build_array(session_form(s, tag, is_full)) ELSE '[]' END,
        'items', CASE WHEN breach IS NULL THEN jsonb_build_array(open_privacy('register_privacy')) ELSE '[]' END, 'more', open_more(tag)) END
    FROM session s
    JOIN session_place p ON p.session_id = s.id
    JOIN unit u ON u.id = s.unit_id
    CROSS JOIN LATERAL (SELECT registration_breach(s) AS breach, coalesce(p.taken >= p.capacity, false) AS is_full, session_part(s, ARRAY[tag, 'fi'], NULL) AS part) x
    CROSS JOIN LATERAL (SELECT CASE sent #>> '{reply,state}' WHEN 'registered' THEN 'registered' ELSE 'waitlisted' END || '_title' AS title,
        CASE sent #>> '{reply,state}' WHEN 'registered' THEN 'registered' ELSE 'waitlisted' END || '_words' AS words) came
    WHERE s.id = row_id AND s.is_open AND s.state <> 'draft'
$$;

-- ---- panels ----
CREATE FUNCTION panel_form(p panel, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('operation', 'member_apply', 'title', personal_text('apply_title'), 'button', personal_text('apply'), 'texts', page_list(personal_text('apply_how'), personal_text('apply_why')),
        'fields', page_list(
            jsonb_build_object('name', 'role', 'type', 'choice', 'label', personal_text('apply_role'), 'required', true,
                'options', page_options('apply_role', '{client,relative,representative}')),
            jsonb_build_object('name', 'name', 'label', personal_text('apply_name'), 'help', personal_text('apply_name_why'), 'most', 200, 'required', true, 'complete', 'name'),
            email_field('apply_email'),
            jsonb_build_object('name', 'lang', 'type', 'select', 'label', personal_text('apply_lang'), 'value', left(tag, 2), 'required', true,
                'options', page_options('apply_lang', '{fi,sv,en,se,smn,sms}')),
            (SELECT jsonb_build_object('name', 'municipality', 'type', 'select', 'label', personal_text('apply_municipality'), 'options',
                jsonb_agg(jsonb_build_object('value', c.code, 'label', page_words(c.name, tag) -> 'text') ORDER BY page_words(c.name, tag) ->> 'text'))
             FROM municipality c WHERE c.closed_on IS NULL HAVING count(*) > 0),
            jsonb_build_object('name', 'age_band', 'type', 'select', 'label', personal_text('apply_age'),
                'options', page_options('age', '{under_13,13_17,18_29,30_64,65_74,75_plus}')),
            jsonb_build_object('name', 'gender', 'type', 'select', 'label', personal_text('apply_gender'), 'options', page_options('gender', '{woman,man,other}')),
            jsonb_build_object('name', 'is_staff', 'type', 'check', 'label', personal_text('apply_staff')),
            jsonb_build_object('name', 'in_statutory_body', 'type', 'check', 'label', personal_text('apply_statutory'))) || news_fields('{wants_news,wants_digest}'))
$$;

CREATE FUNCTION open_panel(row_id uuid, tag text, sent jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN sent ? 'reply' THEN jsonb_build_object('title', personal_text('applied_title'), 'texts', page_list(personal_text('applied_words')),
        'facts', page_facts(jsonb_build_array('open_panel', page_words(p.name, tag))), 'items', jsonb_build_array(open_link(sent -> 'reply')), 'more', open_more(tag))
    ELSE jsonb_build_object('title', page_words(p.name, tag), 'has_easy', is_in_easy_finnish(p.name, p.purpose),
        'texts', page_list(page_words(p.purpose, tag), CASE WHEN NOT takes THEN personal_text('apply_over') END),
        'facts', page_facts(jsonb_build_array('apply_until', CASE WHEN takes THEN page_day(p.recruits_until) END),
            jsonb_build_array('panel_starts', page_day(p.starts_on)), jsonb_build_array('panel_ends', page_day(p.ends_on)),
            jsonb_build_array('panel_size', nullif(panel_number(p.kind, p.rules, 'size'), 0)::text),
            jsonb_build_array('panel_meetings', nullif(panel_number(p.kind, p.rules, 'meetings_a_year'), 0)::text),
            jsonb_build_array('panel_not', CASE WHEN panel_number(p.kind, p.rules, 'no_staff') > 0 THEN personal_text('panel_no_staff') END),
            jsonb_build_array('panel_not', CASE WHEN panel_number(p.kind, p.rules, 'no_statutory_members') > 0 THEN personal_text('panel_no_statutory') END),
            jsonb_build_array('open_unit', page_words(u.name, tag))),
        'acts', CASE WHEN takes THEN jsonb_build_array(panel_form(p, tag)) ELSE '[]' END,
        'items', CASE WHEN takes THEN jsonb_build_array(open_privacy('apply_privacy')) ELSE '[]' END, 'more', open_more(tag)) END
    FROM panel p
    JOIN unit u ON u.id = p.unit_id
    CROSS JOIN LATERAL (SELECT p.state = 'recruiting' AND coalesce(p.recruits_until >= app_today(), true) AS takes) x
    WHERE p.id = row_id AND p.is_public AND p.state <> 'draft'
$$;

-- ---- budgets and hearings ----
CREATE FUNCTION budget_fields(budget jsonb, tag text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_agg(jsonb_build_object('name', 'shares.' || (o.option ->> 'key'), 'type', 'number', 'label', page_words(o.option -> 'name', tag) -> 'text',
        'help', personal_text('ballot_most', jsonb_build_object('cost', page_number((o.option ->> 'cost')::bigint, left(tag, 2))))) ORDER BY o.n)
    FROM jsonb_array_elements(budget -> 'options') WITH ORDINALITY o (option, n)
$$;

-- What was divided until now, of a form that comes again.
CREATE FUNCTION budget_given(budget jsonb, posted jsonb, tag text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT personal_text('ballot_given', jsonb_build_object('given', page_number(sum(x.share::bigint)::bigint, tag), 'sum', page_number((budget ->> 'sum')::bigint, tag)))
    FROM (SELECT regexp_replace(f.value, '[ ' || chr(160) || chr(8239) || ']', '', 'g') AS share FROM jsonb_each_text(posted) f WHERE f.key LIKE 'shares.%') x
    WHERE x.share ~ '^[0-9]{1,12}$' HAVING count(*) > 0
$$;

CREATE FUNCTION open_consultation(row_id uuid, tag text, sent jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN sent ? 'reply' THEN jsonb_build_object('title', personal_text('divided_title'), 'texts', page_list(personal_text('divided_words')),
        'facts', page_facts(jsonb_build_array('open_consultation', page_words(c.title, tag))), 'more', open_more(tag))
    ELSE jsonb_build_object('title', page_words(c.title, tag), 'has_easy', is_in_easy_finnish(c.title, c.description),
        'texts', page_list(page_words(c.description, tag), CASE WHEN NOT takes THEN personal_text('hearing_over') WHEN c.kind <> 'budget' THEN personal_text('hearing_how') END),
        'facts', page_facts(jsonb_build_array('hearing_item', page_words(d.item, tag)), jsonb_build_array('hearing_by', d.decided_by),
            jsonb_build_array('hearing_on', page_day(d.decides_on)), jsonb_build_array('ballot_due', page_day(c.due_on)),
            jsonb_build_array('ballot_sum', CASE WHEN takes AND c.kind = 'budget' THEN personal_text('ballot_euros', jsonb_build_object('sum', page_number((c.budget ->> 'sum')::bigint, left(tag, 2)))) END),
            jsonb_build_array('open_unit', page_words(u.name, tag))),
        'acts', CASE WHEN takes AND c.kind = 'budget' THEN jsonb_build_array(jsonb_build_object('operation', 'budget_answer_create', 'title', personal_text('ballot_title'),
            'button', personal_text('ballot_send'),
            'texts', page_list(personal_text('ballot_how', jsonb_build_object('sum', page_number((c.budget ->> 'sum')::bigint, left(tag, 2)))),
                personal_text('ballot_open'), budget_given(c.budget, sent -> 'posted', left(tag, 2))),
            'fields', budget_fields(c.budget, tag))) ELSE '[]' END,
        'links', coalesce((SELECT jsonb_agg(jsonb_build_object('path', concat('/opportunities/', s.id, '?language=', tag), 'text', page_words(s.title, tag) -> 'text') ORDER BY s.starts_at, s.id)
            FROM session s WHERE takes AND registration_breach(s) IS NULL
                AND s.id IN (SELECT (h ->> 'id')::uuid FROM jsonb_array_elements(c.heard_through) h WHERE h ->> 'resource' = 'session')), '[]'),
        'more', open_more(tag)) END
    FROM consultation c
    JOIN decision d ON d.id = c.decision_id
    JOIN unit u ON u.id = d.unit_id
    CROSS JOIN LATERAL (SELECT consultation_takes_answers(c) AS takes) x
    WHERE c.id = row_id AND c.is_open AND c.state NOT IN ('draft', 'cancelled')
$$;

INSERT INTO open_kind (kind) VALUES ('panel'), ('session'), ('consultation');
GRANT SELECT ON open_kind TO osallisuus_api;
GRANT EXECUTE ON FUNCTION session_part(session, text[], text) TO osallisuus_api;

CREATE OR REPLACE FUNCTION personal_budget_ballot(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', page_words(c.title, tag),
        'texts', page_list(page_words(c.description, tag)) || CASE WHEN b.is_used THEN page_list(personal_text('ballot_used'))
            WHEN NOT consultation_takes_answers(c) THEN page_list(personal_text(CASE c.state WHEN 'draft' THEN 'ballot_early' ELSE 'ballot_over' END))
            ELSE page_list(personal_text('ballot_how', jsonb_build_object('sum', page_number((c.budget ->> 'sum')::bigint, tag))), personal_text('ballot_anonymous')) END,
        'facts', page_facts(jsonb_build_array('ballot_due', page_day(c.due_on))),
        'acts', CASE WHEN NOT b.is_used AND consultation_takes_answers(c) THEN jsonb_build_array(jsonb_build_object(
            'operation', 'personal_budget_answer', 'button', personal_text('ballot_send'), 'fields', budget_fields(c.budget, tag))) ELSE '[]' END)
    FROM budget_ballot b JOIN consultation c ON c.id = b.consultation_id
    WHERE b.id = person_id
$$;

-- Of a panel the last day to apply, after which it is none any more.
CREATE OR REPLACE VIEW opportunity WITH (security_invoker = true) AS
SELECT 'panel' AS kind, p.id, p.unit_id, p.name AS title, p.purpose AS about, NULL::timestamptz AS starts_at, NULL::timestamptz AS ends_at,
    NULL::jsonb AS place, NULL::boolean AS is_online, p.recruits_until AS until_on, NULL::boolean AS has_room, p.version, p.made_on
FROM panel p
WHERE p.state = 'recruiting' AND p.is_public AND coalesce(p.recruits_until >= app_today(), true)
UNION ALL
SELECT 'session', s.id, s.unit_id, s.title, s.description, s.starts_at, s.ends_at, s.place, s.is_online, (s.starts_at AT TIME ZONE 'Europe/Helsinki')::date,
    p.capacity IS NULL OR p.taken < p.capacity, s.version, s.made_on
FROM session s
JOIN session_place p ON p.session_id = s.id
WHERE s.is_open AND s.state = 'published' AND s.starts_at > app_now()
UNION ALL
SELECT 'consultation', c.id, d.unit_id, c.title, c.description, NULL, NULL, NULL, NULL, c.due_on, NULL, c.version, c.made_on
FROM consultation c
JOIN decision d ON d.id = c.decision_id
WHERE c.is_open AND c.state = 'open' AND c.due_on >= app_today();

-- An opportunity as a page shows it.
CREATE OR REPLACE FUNCTION page_opportunity(o opportunity, lang text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', o.id, 'kind', page_text('opportunity_' || o.kind), 'title', page_words(o.title, lang), 'about', page_words(nullif(o.about, '{}'), lang),
        'unit', (SELECT page_words(u.name, lang) FROM unit u WHERE u.id = o.unit_id),
        'at', CASE WHEN o.starts_at IS NOT NULL THEN page_time(o.starts_at) || '–' || to_char(o.ends_at AT TIME ZONE 'Europe/Helsinki', 'FMHH24.MI') END,
        'place', o.place ->> 'address', 'is_online', coalesce(o.is_online, false), 'is_full', o.has_room IS FALSE,
        'until', CASE WHEN o.kind <> 'session' THEN page_day(o.until_on) END,
        'updated', greatest(o.made_on, (SELECT max(s.made_on) FROM shown_step s WHERE s.subject = o.id)))
$$;

-- A member's open rounds, answered on the page of their single-use link; who has no address finds it here.
CREATE FUNCTION personal_open_rounds(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('open_rounds_title'), 'items', jsonb_agg(jsonb_build_object('title', page_words(r.title, tag),
        'texts', page_list(page_words(r.intro, tag), CASE WHEN l.used THEN personal_text('open_round_answered') END),
        'facts', page_facts(jsonb_build_array('open_round_until', page_time(r.closes_at))),
        'links', CASE WHEN l.used THEN '[]' ELSE jsonb_build_array(jsonb_build_object('path', '/s/', 'token', jsonb_build_object('purpose', 'survey', 'id', l.id),
            'text', personal_text('open_round_answer'))) END) ORDER BY r.closes_at, r.id))
    FROM round_shown r
    JOIN survey_link l ON l.round_id = r.survey_round_id
    WHERE l.person_id = personal_open_rounds.person_id AND r.state = 'open' AND r.closes_at > app_now()
    HAVING count(*) > 0
$$;
INSERT INTO personal_part (part, resource, place) VALUES ('open_rounds', 'member', 290);
REVOKE ALL ON FUNCTION personal_open_rounds(uuid, text) FROM PUBLIC;
