-- Published minutes are told of and keep what they were; first mails say what they are about; days that have passed; a discussion is one.

-- ---- minutes ----
-- As they were published, and after each correction. Everybody sees the last ones.
CREATE TABLE session_minutes (
    session_id uuid NOT NULL CONSTRAINT session_minutes_session_exists REFERENCES session,
    n integer NOT NULL,
    minutes jsonb NOT NULL,
    published_on date NOT NULL DEFAULT app_today(),
    CONSTRAINT session_minutes_pkey PRIMARY KEY (session_id, n)
);
INSERT INTO session_minutes (session_id, n, minutes) SELECT s.id, 1, s.minutes FROM session s WHERE s.state IN ('minutes_published', 'closed');
INSERT INTO mail_template (name, link, token_of) VALUES ('session_minutes', '/m/', 'person');

-- Members, and whoever had registered, are told once, when they are published.
CREATE FUNCTION session_minutes_published() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO session_minutes (session_id, n, minutes)
    SELECT n.id, 1 + (SELECT count(*) FROM session_minutes x WHERE x.session_id = n.id), n.minutes
    FROM new_session n JOIN old_session o USING (id)
    WHERE n.state = 'minutes_published' AND (o.state <> 'minutes_published' OR n.minutes <> o.minutes);
    PERFORM mail_person_with(session_people(n.id, '{registered,attended,absent}'), 'session_minutes', n.id::text, false,
        session_told_of(n.kind, ARRAY[n.starts_at, n.ends_at], NULL, NULL))
    FROM new_session n JOIN old_session o USING (id)
    WHERE n.state = 'minutes_published' AND o.state <> 'minutes_published';
    RETURN NULL;
END
$$;
CREATE TRIGGER session_minutes_published AFTER UPDATE ON session REFERENCING OLD TABLE AS old_session NEW TABLE AS new_session
    FOR EACH STATEMENT EXECUTE FUNCTION session_minutes_published();

-- What stands above them: that they are the minutes, and since when they are corrected.
CREATE FUNCTION session_minutes_title(of_session uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN count(*) > 1 THEN personal_text('session_minutes_corrected', jsonb_build_object('day', page_day(max(m.published_on)))) ELSE personal_text('session_minutes') END
    FROM session_minutes m WHERE m.session_id = of_session
$$;

CREATE OR REPLACE FUNCTION session_part(s session, tags text[], online text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', page_words(s.title, tags[1]),
        'texts', page_list(
            CASE WHEN s.state = 'cancelled' THEN personal_text('session_cancelled', jsonb_build_object('reason', coalesce(session_reason(s.id), ''))) END,
            page_words(s.description, tags[1]),
            CASE WHEN s.state <> 'cancelled' AND s.agenda <> '[]' THEN personal_text('session_agenda') END,
            CASE WHEN s.state <> 'cancelled' THEN session_agenda(s, tags[1]) END)
            || CASE WHEN s.state IN ('minutes_published', 'closed') THEN page_list(session_minutes_title(s.id), page_words(s.minutes, tags[1])) ELSE '[]' END,
        'facts', page_facts(jsonb_build_array('session_when', session_moment(s)),
            jsonb_build_array('session_place', nullif(concat_ws(', ', nullif(text_in(coalesce(s.place -> 'room', '{}'), tags), ''), s.place ->> 'address'), '')),
            jsonb_build_array('session_access', page_words(coalesce(s.place -> 'accessibility', '{}'), tags[1])),
            jsonb_build_array('session_online', online)))
$$;

-- As before; minutes that come late are there as long as others.
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
    WHERE m.id = person_id AND m.state = 'active' AND was_published(s) AND (s.starts_at > app_now() - interval '90 days'
        OR EXISTS (SELECT FROM session_minutes x WHERE x.session_id = s.id AND x.published_on > app_today() - 90))
    HAVING count(*) > 0
$$;

-- ---- what mails are about ----
-- For what somebody's link is: a session by kind and time, or that it is about a place in a panel, without telling which.
CREATE FUNCTION person_told_of(of_person uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT session_told_of(s.kind, ARRAY[s.starts_at, s.ends_at], NULL, NULL)
        || jsonb_build_object('is_session', true, 'is_membership', false, 'is_waiting', r.state = 'waitlisted', 'is_offered', r.state = 'offered')
    FROM registration r JOIN session s ON s.id = r.session_id
    WHERE r.id = of_person AND r.state IN ('waitlisted', 'offered', 'registered')
    UNION ALL
    SELECT jsonb_build_object('is_application', m.state IN ('applied', 'eligible', 'ineligible', 'reserve', 'not_selected'),
        'is_invitation', m.state IN ('nominated', 'selected'), 'is_membership', true, 'is_session', false)
    FROM member m WHERE m.id = of_person AND m.state NOT IN ('declined', 'withdrawn', 'ceased')
$$;

CREATE FUNCTION mail_link_is_about() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    NEW.places := person_told_of(NEW.person_id);
    RETURN NEW;
END
$$;
CREATE TRIGGER mail_link_is_about BEFORE INSERT ON mail FOR EACH ROW WHEN (NEW.template = 'person_link' AND NEW.places IS NULL) EXECUTE FUNCTION mail_link_is_about();

-- A vote is there to be answered.
CREATE OR REPLACE FUNCTION vote_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO job (kind, run_at, subject, data) SELECT 'clock', n.closes_at, n.id, '{"phase": "vote_close"}' FROM new_vote n;
    PERFORM mail_person(array_agg(m.id), 'member_selected', 'vote:' || n.id)
    FROM new_vote n JOIN member m ON m.panel_id = n.panel_id AND m.state = 'active'
    GROUP BY n.id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION personal_votes(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('votes_title'), 'items', jsonb_agg(jsonb_build_object('title', text_in(v.question, ARRAY[tag, 'fi']),
        'texts', page_list(CASE WHEN v.state = 'closed' THEN personal_text(CASE WHEN v.result IS NULL THEN 'vote_is_closed_few' ELSE 'vote_is_closed' END)
                                WHEN b.option IS NOT NULL THEN personal_text('vote_is_cast') END),
        'facts', page_facts(jsonb_build_array('open_round_until', CASE WHEN v.state = 'open' THEN page_time(v.closes_at, tag) END)) || vote_facts(v, tag),
        'acts', CASE WHEN v.state = 'closed' THEN '[]' ELSE jsonb_build_array(jsonb_build_object(
            'operation', 'own_vote_cast', 'values', jsonb_build_object('id', v.id), 'button', personal_text('vote_send'),
            'fields', jsonb_build_array(jsonb_build_object('name', 'option', 'label', personal_text('vote_option'), 'type', 'choice', 'required', true,
                'options', (SELECT jsonb_agg(jsonb_build_object('value', o ->> 'key', 'label', text_in(o -> 'text', ARRAY[tag, 'fi']),
                                'chosen', o ->> 'key' IS NOT DISTINCT FROM b.option) ORDER BY n)
                            FROM jsonb_array_elements(v.options) WITH ORDINALITY e (o, n)))))) END)
        ORDER BY v.state DESC, v.closes_at, v.id))
    FROM member m
    JOIN vote v ON v.panel_id = m.panel_id AND (v.state = 'open' AND v.closes_at > app_now() OR v.state = 'closed' AND v.closes_at > app_now() - interval '90 days')
    LEFT JOIN ballot b ON b.vote_id = v.id AND b.person_id = m.id
    WHERE m.id = personal_votes.person_id AND m.state = 'active'
    HAVING count(*) > 0
$$;

-- Places are offered in the order of arrival, also to who cannot be told; their page says for how long one is kept, so that they look in time.
CREATE OR REPLACE FUNCTION personal_registration(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT w.part || jsonb_build_object(
        'facts', jsonb_build_array(jsonb_build_object('name', personal_text('registration_state'), 'value', personal_text('registration_' || r.state || CASE WHEN r.state = 'waitlisted' AND NOT p.has_address THEN '_look' ELSE '' END,
                jsonb_build_object('until', coalesce(page_time(r.offered_until, tag), ''), 'hours', rule_value('offer_hours')))))
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

-- ---- the discussion of a round ----
-- What members said in it, the newest twenty, without a word of who said it and as staff read it: masked.
CREATE FUNCTION round_comments(of_round uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_array(personal_text('round_comments')) || jsonb_agg(jsonb_build_object('lang', c.lang, 'text', '”' || c.words || '”') ORDER BY c.brought_on DESC, c.id)
    FROM (SELECT i.id, i.lang, i.brought_on, coalesce(i.masked, i.text) AS words FROM input i
          WHERE i.round_id = of_round AND i.kind = 'comment' AND i.state <> 'withdrawn' AND i.text IS NOT NULL
          ORDER BY i.brought_on DESC, i.id LIMIT 20) c
    HAVING count(*) > 0
$$;

CREATE OR REPLACE FUNCTION personal_open_rounds(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('open_rounds_title'), 'items', jsonb_agg(jsonb_build_object('title', page_words(r.title, tag),
        'texts', page_list(page_words(r.intro, tag), CASE WHEN l.used THEN personal_text('open_round_answered') END)
            || CASE WHEN r.has_discussion THEN coalesce(round_comments(r.id), '[]') ELSE '[]' END,
        'facts', page_facts(jsonb_build_array('open_round_until', page_time(r.closes_at, tag))),
        'links', CASE WHEN l.used THEN '[]' ELSE jsonb_build_array(jsonb_build_object('path', '/s/', 'token', jsonb_build_object('purpose', 'survey', 'id', l.id),
            'text', personal_text('open_round_answer'))) END,
        'acts', CASE WHEN r.has_discussion THEN personal_input_act(l.person_id, jsonb_build_object('kind', 'comment', 'round_id', r.id), 'comment_round', 'comment_round_how') ELSE '[]' END)
        ORDER BY r.closes_at, r.id))
    FROM round_shown r
    JOIN survey_link l ON l.round_id = r.survey_round_id
    WHERE l.person_id = personal_open_rounds.person_id AND r.state = 'open' AND r.closes_at > app_now()
    HAVING count(*) > 0
$$;

-- ---- bounds ----
-- The first cell with which the cells demand more members than a panel has places; NULL: all have room.
CREATE FUNCTION quota_beyond_size(quota jsonb, size integer) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object('cell', c.name, 'least', c.least, 'size', size, 'place', c.place)
    FROM (SELECT q.one ->> 'name' AS name, q.place - 1 AS place, sum((q.one ->> 'least')::integer) OVER (ORDER BY q.place) AS least
          FROM jsonb_array_elements(quota) WITH ORDINALITY q (one, place)) c
    WHERE c.least > size AND size > 0
    ORDER BY c.place LIMIT 1
$$;

-- The first of its moments that the clocks skip or repeat.
CREATE FUNCTION series_clock_problem(s session_series) RETURNS TABLE (problem text, local_time text) LANGUAGE sql STABLE AS $$
    SELECT m.problem, to_char(d + s.begins_at, 'YYYY-MM-DD"T"HH24:MI')
    FROM monthly_days(s.first_on, s.times, array_position('{first,second,third,fourth,last}', s.week),
        array_position('{monday,tuesday,wednesday,thursday,friday,saturday,sunday}', s.weekday), s.month_day) d
    CROSS JOIN LATERAL local_moment(d, s.begins_at, 'Europe/Helsinki') m
    WHERE m.problem IS NOT NULL
    ORDER BY d LIMIT 1
$$;

REVOKE ALL ON FUNCTION round_comments(uuid), person_told_of(uuid) FROM PUBLIC;
GRANT SELECT ON session_minutes TO osallisuus_api, osallisuus_worker, osallisuus_reader;
