-- Moments and spans of time as people of each language write them: 6.3.2026 klo 17.00, kl. 17.00, at 17.00.

CREATE FUNCTION page_time(moment timestamptz, tag text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT page_day(m.at::date) || CASE tag WHEN 'fi-x-selko' THEN ' kello ' WHEN 'sv' THEN ' kl. ' WHEN 'en' THEN ' at ' ELSE ' klo ' END || to_char(m.at, 'FMHH24.MI')
    FROM (VALUES (moment AT TIME ZONE 'Europe/Helsinki')) m (at)
$$;

CREATE FUNCTION page_span(starts_at timestamptz, ends_at timestamptz, tag text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT page_time(starts_at, tag) || CASE WHEN e.at::date = (starts_at AT TIME ZONE 'Europe/Helsinki')::date THEN '–' || to_char(e.at, 'FMHH24.MI')
                                             ELSE ' – ' || page_time(ends_at, tag) END
    FROM (VALUES (ends_at AT TIME ZONE 'Europe/Helsinki')) e (at)
$$;

CREATE OR REPLACE FUNCTION page_opportunity(o opportunity, lang text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', o.id, 'kind', page_text('opportunity_' || o.kind), 'title', page_words(o.title, lang), 'about', page_words(nullif(o.about, '{}'), lang),
        'unit', (SELECT page_words(u.name, lang) FROM unit u WHERE u.id = o.unit_id),
        'at', CASE WHEN o.starts_at IS NOT NULL THEN page_span(o.starts_at, o.ends_at, lang) END,
        'place', o.place ->> 'address', 'is_online', coalesce(o.is_online, false), 'is_full', o.has_room IS FALSE,
        'until', CASE WHEN o.kind <> 'session' THEN page_day(o.until_on) END, 'updated', page_instant(o.changed_at))
$$;

CREATE OR REPLACE FUNCTION personal_open_rounds(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('open_rounds_title'), 'items', jsonb_agg(jsonb_build_object('title', page_words(r.title, tag),
        'texts', page_list(page_words(r.intro, tag), CASE WHEN l.used THEN personal_text('open_round_answered') END),
        'facts', page_facts(jsonb_build_array('open_round_until', page_time(r.closes_at, tag))),
        'links', CASE WHEN l.used THEN '[]' ELSE jsonb_build_array(jsonb_build_object('path', '/s/', 'token', jsonb_build_object('purpose', 'survey', 'id', l.id),
            'text', personal_text('open_round_answer'))) END) ORDER BY r.closes_at, r.id))
    FROM round_shown r
    JOIN survey_link l ON l.round_id = r.survey_round_id
    WHERE l.person_id = personal_open_rounds.person_id AND r.state = 'open' AND r.closes_at > app_now()
    HAVING count(*) > 0
$$;

CREATE OR REPLACE FUNCTION personal_registration(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT w.part || jsonb_build_object(
        'facts', jsonb_build_array(jsonb_build_object('name', personal_text('registration_state'), 'value', personal_text('registration_' || r.state || CASE WHEN r.state = 'waitlisted' AND NOT p.has_address THEN '_look' ELSE '' END,
                jsonb_build_object('until', coalesce(page_time(r.offered_until, tag), '')))))
            || (w.part -> 'facts'),
        'acts', (SELECT coalesce(jsonb_agg(jsonb_build_object('operation', 'personal_registration_transition', 'values', jsonb_build_object('to', a.wanted),
                'quiet', a.wanted = 'cancelled', 'button', personal_text(a.button)) ORDER BY a.n), '[]')
            FROM (VALUES (1, 'registered', 'registration_take'),
                (2, 'cancelled', CASE r.state WHEN 'offered' THEN 'registration_decline' ELSE 'registration_cancel' END)) a (n, wanted, button)
            JOIN transition t ON t.resource = 'registration' AND t.from_state = r.state AND t.to_state = a.wanted AND t.who = 'participant'
            WHERE s.state = 'published' AND registration_move_breach(r, s, a.wanted) IS NULL))
    FROM registration r JOIN session s ON s.id = r.session_id JOIN person p ON p.id = r.id
    CROSS JOIN LATERAL (SELECT session_part(s, ARRAY[tag, 'fi'], CASE r.state WHEN 'registered' THEN s.online_url END) AS part) w
    WHERE r.id = person_id
$$;

DROP FUNCTION page_time(timestamptz);
