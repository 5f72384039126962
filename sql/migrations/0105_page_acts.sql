-- On the pages of sessions and of personal links: the agenda, the calendar, and what one has to say of a statement, a session or a round.

-- What is on, item by item, in the language that the first item is found in; NULL: nothing is said of it.
CREATE FUNCTION session_agenda(s session, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('lang', (array_agg(i.title ->> 'lang' ORDER BY i.n))[1], 'text', string_agg(
        concat(i.title ->> 'text', ' (' || nullif(concat_ws(', ', i.minutes || ' min', i.who), '') || ')'), E'\n' ORDER BY i.n))
    FROM (SELECT x.n, page_words(x.item -> 'title', tag) AS title, x.item ->> 'minutes' AS minutes, x.item ->> 'who' AS who
          FROM jsonb_array_elements(s.agenda) WITH ORDINALITY x (item, n)) i
    HAVING count(*) > 0
$$;

-- As before, with the agenda of what is to come or was.
CREATE OR REPLACE FUNCTION session_part(s session, tags text[], online text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', page_words(s.title, tags[1]),
        'texts', page_list(
            CASE WHEN s.state = 'cancelled' THEN personal_text('session_cancelled', jsonb_build_object('reason', coalesce(session_reason(s.id), ''))) END,
            page_words(s.description, tags[1]),
            CASE WHEN s.state <> 'cancelled' AND s.agenda <> '[]' THEN personal_text('session_agenda') END,
            CASE WHEN s.state <> 'cancelled' THEN session_agenda(s, tags[1]) END,
            CASE WHEN s.state IN ('minutes_published', 'closed') THEN page_words(s.minutes, tags[1]) END),
        'facts', page_facts(jsonb_build_array('session_when', session_moment(s)),
            jsonb_build_array('session_place', nullif(concat_ws(', ', nullif(text_in(coalesce(s.place -> 'room', '{}'), tags), ''), s.place ->> 'address'), '')),
            jsonb_build_array('session_access', page_words(coalesce(s.place -> 'accessibility', '{}'), tags[1])),
            jsonb_build_array('session_online', online)))
$$;

-- As before, with the organiser's calendar.
CREATE OR REPLACE FUNCTION open_session(row_id uuid, tag text, sent jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
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
        'links', jsonb_build_array(jsonb_build_object('path', '/v1/units/' || s.unit_id || '/calendar.ics?language=' || left(tag, 2), 'text', personal_text('calendar_unit'))),
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

CREATE FUNCTION personal_calendar(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('calendar_title'), 'texts', page_list(personal_text('calendar_how')),
        'links', jsonb_build_array(jsonb_build_object('path', '/v1/personal/', 'token', jsonb_build_object('purpose', 'person', 'id', coalesce(p.link_id, p.id)),
            'behind', '/calendar.ics', 'text', personal_text('calendar_get'), 'written', true)))
    FROM person p
    WHERE p.id = person_id AND (p.resource = 'registration'
        OR EXISTS (SELECT FROM member m JOIN session_panel x ON x.panel_id = m.panel_id JOIN session s ON s.id = x.session_id
                   WHERE m.id = p.id AND m.state = 'active' AND was_published(s)))
$$;
INSERT INTO personal_part (part, place) VALUES ('calendar', 60);

-- What somebody may bring here by a form of their own, hidden behind these words; nothing where they may not.
CREATE FUNCTION personal_input_act(person_id uuid, place jsonb, words text, how text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('operation', 'own_input_create', 'quiet', true, 'folded', personal_text(words), 'values', place,
        'texts', page_list(CASE WHEN how IS NOT NULL THEN personal_text(how) END), 'button', personal_text('input_send'),
        'fields', jsonb_build_array(jsonb_build_object('name', 'text', 'label', personal_text('input_text'), 'type', 'area', 'most', 10000, 'required', true)))), '[]')
    FROM input_judged(place || '{"text": "."}', NULL, person_id) j
    WHERE j.problem IS NULL
$$;

-- As before, and whoever is of another mind says so until the statement is published.
CREATE OR REPLACE FUNCTION personal_statements(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('statements_title'), 'items', jsonb_agg(jsonb_build_object('title', page_words(s.title, tag),
        'texts', page_list(personal_text('statement_is_' || s.state), page_words(s.question, tag), page_words(s.text, tag),
            CASE WHEN s.state IN ('considered', 'published') THEN page_words(s.effect, tag) END),
        'facts', page_facts(jsonb_build_array('statement_due', page_day(s.due_on)), jsonb_build_array('statement_decision', page_day(s.decision_on))),
        'acts', CASE WHEN legal_states('statement', s.state, '{member}') ? 'adopted' AND statement_adopter_breach(s, m.role) IS NULL
            THEN jsonb_build_array(jsonb_build_object('operation', 'own_statement_transition', 'folded', personal_text('statement_adopt_ask'),
                'texts', jsonb_build_array(personal_text('statement_adopt_how')), 'button', personal_text('statement_adopt'),
                'values', jsonb_build_object('id', s.id, 'to', 'adopted', 'version', s.version))) ELSE '[]' END
            || CASE WHEN s.state IN ('adopted', 'delivered', 'considered')
                THEN personal_input_act(m.id, jsonb_build_object('kind', 'dissent', 'statement_id', s.id), 'dissent_write', 'dissent_how') ELSE '[]' END)
        ORDER BY s.due_on DESC, s.id DESC))
    FROM member m
    JOIN LATERAL (SELECT x.* FROM statement x WHERE x.panel_id = m.panel_id ORDER BY x.due_on DESC, x.id DESC LIMIT 20) s ON true
    WHERE m.id = personal_statements.person_id AND m.state = 'active'
    HAVING count(*) > 0
$$;

-- As before, and members comment on it.
CREATE OR REPLACE FUNCTION personal_member_sessions(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('sessions_title'),
        'items', jsonb_agg(w.part || jsonb_build_object(
            'texts', CASE WHEN a.said_absent THEN jsonb_build_array(personal_text('absence_is_said')) ELSE '[]' END || (w.part -> 'texts'),
            'facts', (w.part -> 'facts') || CASE WHEN m.role = 'chair' AND s.state <> 'cancelled' THEN jsonb_build_array(jsonb_build_object(
                'name', personal_text('absences'), 'value', panel_absences(m.panel_id, s.id)::text)) ELSE '[]' END,
            'acts', CASE WHEN absence_breach(s) IS NULL THEN jsonb_build_array(jsonb_build_object('operation', 'own_attendance_say', 'quiet', true,
                'values', jsonb_build_object('id', s.id, 'comes', coalesce(a.said_absent, false)),
                'button', personal_text(CASE WHEN a.said_absent THEN 'absence_take_back' ELSE 'absence_say' END))) ELSE '[]' END
                || personal_input_act(m.id, jsonb_build_object('kind', 'comment', 'session_id', s.id), 'comment_session', NULL)) ORDER BY s.starts_at, s.id))
    FROM member m
    JOIN session_panel p ON p.panel_id = m.panel_id
    JOIN session s ON s.id = p.session_id
    CROSS JOIN LATERAL (SELECT session_part(s, ARRAY[tag, 'fi'], s.online_url) AS part) w
    LEFT JOIN attendance a ON a.session_id = s.id AND a.member_id = m.id
    WHERE m.id = person_id AND m.state = 'active' AND was_published(s) AND s.starts_at > app_now() - interval '90 days'
    HAVING count(*) > 0
$$;

CREATE OR REPLACE FUNCTION personal_open_rounds(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('open_rounds_title'), 'items', jsonb_agg(jsonb_build_object('title', page_words(r.title, tag),
        'texts', page_list(page_words(r.intro, tag), CASE WHEN l.used THEN personal_text('open_round_answered') END),
        'facts', page_facts(jsonb_build_array('open_round_until', page_time(r.closes_at, tag))),
        'links', CASE WHEN l.used THEN '[]' ELSE jsonb_build_array(jsonb_build_object('path', '/s/', 'token', jsonb_build_object('purpose', 'survey', 'id', l.id),
            'text', personal_text('open_round_answer'))) END,
        'acts', CASE WHEN r.has_discussion THEN personal_input_act(l.person_id, jsonb_build_object('kind', 'comment', 'round_id', r.id), 'comment_round', NULL) ELSE '[]' END)
        ORDER BY r.closes_at, r.id))
    FROM round_shown r
    JOIN survey_link l ON l.round_id = r.survey_round_id
    WHERE l.person_id = personal_open_rounds.person_id AND r.state = 'open' AND r.closes_at > app_now()
    HAVING count(*) > 0
$$;

REVOKE ALL ON FUNCTION personal_calendar(uuid, text), personal_input_act(uuid, jsonb, text, text) FROM PUBLIC;
