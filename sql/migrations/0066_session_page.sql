-- What participants and members see of their sessions on their page, and do there.

-- A session as a part of a page; online: where those who are in take part from afar.
CREATE FUNCTION session_part(s session, tags text[], online text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', text_in(s.title, tags),
        'texts', (SELECT coalesce(jsonb_agg(x.line), '[]') FROM (
            SELECT CASE WHEN s.state = 'cancelled' THEN personal_text('session_cancelled', jsonb_build_object('reason', coalesce(session_reason(s.id), ''))) END
            UNION ALL SELECT to_jsonb(nullif(text_in(s.description, tags), ''))
            UNION ALL SELECT CASE WHEN s.state IN ('minutes_published', 'closed') THEN to_jsonb(nullif(text_in(s.minutes, tags), '')) END) x (line)
            WHERE x.line IS NOT NULL),
        'facts', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', personal_text(f.name), 'value', f.value) ORDER BY f.n), '[]') FROM (VALUES
            (1, 'session_starts', page_time(s.starts_at)), (2, 'session_ends', page_time(s.ends_at)),
            (3, 'session_place', nullif(concat_ws(', ', nullif(text_in(coalesce(s.place -> 'room', '{}'), tags), ''), s.place ->> 'address'), '')),
            (4, 'session_access', nullif(text_in(coalesce(s.place -> 'accessibility', '{}'), tags), '')),
            (5, 'session_online', online)) f (n, name, value) WHERE f.value IS NOT NULL))
$$;

CREATE FUNCTION personal_registration(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT session_part(s, ARRAY[tag, 'fi'], CASE r.state WHEN 'registered' THEN s.online_url END) || jsonb_build_object(
        'facts', jsonb_build_array(jsonb_build_object('name', personal_text('registration_state'), 'value', personal_text('registration_' || r.state,
                jsonb_build_object('until', coalesce(page_time(r.offered_until), '')))))
            || (session_part(s, ARRAY[tag, 'fi'], CASE r.state WHEN 'registered' THEN s.online_url END) -> 'facts'),
        'acts', (SELECT coalesce(jsonb_agg(jsonb_build_object('operation', 'personal_registration_transition', 'values', jsonb_build_object('to', a.wanted),
                'quiet', a.wanted = 'cancelled', 'button', personal_text(a.button)) ORDER BY a.n), '[]')
            FROM (VALUES (1, 'registered', 'registration_take'),
                (2, 'cancelled', CASE r.state WHEN 'offered' THEN 'registration_decline' ELSE 'registration_cancel' END)) a (n, wanted, button)
            JOIN transition t ON t.resource = 'registration' AND t.from_state = r.state AND t.to_state = a.wanted AND t.who = 'participant'
            WHERE s.state = 'published' AND registration_move_breach(r, s, a.wanted) IS NULL))
    FROM registration r JOIN session s ON s.id = r.session_id
    WHERE r.id = person_id
$$;

CREATE FUNCTION personal_member_sessions(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('sessions_title'),
        'items', jsonb_agg(session_part(s, ARRAY[tag, 'fi'], s.online_url) ORDER BY s.starts_at, s.id))
    FROM member m
    JOIN session_panel p ON p.panel_id = m.panel_id
    JOIN session s ON s.id = p.session_id
    WHERE m.id = person_id AND m.state = 'active' AND was_published(s) AND s.starts_at > app_now() - interval '90 days'
    HAVING count(*) > 0
$$;

INSERT INTO personal_part (part, resource, place) VALUES ('registration', 'registration', 10), ('member_sessions', 'member', 50);

REVOKE ALL ON FUNCTION session_part(session, text[], text), personal_registration(uuid, text), personal_member_sessions(uuid, text) FROM PUBLIC;
