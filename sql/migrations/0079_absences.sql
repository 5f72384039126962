-- Members who say beforehand that they will not come to a session: until it begins, on the page of their personal link.

ALTER TABLE attendance ALTER COLUMN attended DROP NOT NULL, -- NULL: not noted yet
    ADD COLUMN said_absent boolean NOT NULL DEFAULT false,  -- said so beforehand
    ADD CONSTRAINT attendance_says_something CHECK (said_absent OR attended IS NOT NULL);

-- What a member says is the member's in the audit, and what is noted the caller's.
CREATE FUNCTION audit_attendance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit (actor, caller_id, action, resource, subject, code, digest)
    SELECT CASE WHEN c.attended IS NULL THEN 'giver' ELSE acting_kind() END, CASE WHEN c.attended IS NOT NULL THEN acting_caller() END,
        'session.' || CASE WHEN c.attended IS NOT NULL THEN 'attendance_set' WHEN TG_OP = 'INSERT' THEN 'absence_said' ELSE 'absence_taken_back' END,
        'session', c.session_id, concat_ws('=', c.member_id, c.attended), sha256(convert_to(to_jsonb(c)::text, 'UTF8'))
    FROM changed c;
    RETURN NULL;
END
$$;
DROP TRIGGER attendance_audit_insert ON attendance;
CREATE TRIGGER attendance_audit_insert AFTER INSERT ON attendance REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit_attendance();
CREATE TRIGGER attendance_audit_delete AFTER DELETE ON attendance REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit_attendance();
GRANT INSERT (said_absent), DELETE ON attendance TO osallisuus_api;

CREATE OR REPLACE VIEW session_attendance WITH (security_invoker = true) AS
SELECT a.session_id, m.role, count(*) FILTER (WHERE a.attended) AS attended, count(*) FILTER (WHERE NOT a.attended) AS absent,
    count(*) FILTER (WHERE a.said_absent) AS said_absent
FROM attendance a JOIN member m ON m.id = a.member_id
GROUP BY a.session_id, m.role
UNION ALL
SELECT r.session_id, 'participant', count(*) FILTER (WHERE r.state = 'attended'), count(*) FILTER (WHERE r.state = 'absent'), 0
FROM registration r WHERE r.state IN ('attended', 'absent')
GROUP BY r.session_id;

-- What speaks against saying so, or taking it back.
CREATE FUNCTION absence_breach(s session) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN s.state = 'cancelled' THEN 'session_is_over' WHEN s.state <> 'published' OR s.starts_at <= app_now() THEN 'session_has_begun' END
$$;

-- How many members of a panel said that they will not come to a session; for its chair.
CREATE FUNCTION panel_absences(panel uuid, session uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM attendance a JOIN member m ON m.id = a.member_id WHERE a.session_id = session AND a.said_absent AND m.panel_id = panel AND m.state = 'active'
$$;

-- As before, and whoever said that they will not come is not reminded.
CREATE OR REPLACE FUNCTION clock_session_remind(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE sql AS $$
    SELECT mail_person(ARRAY(SELECT p.id FROM unnest(session_people(s.id, '{offered,registered}')) p (id)
                             WHERE NOT EXISTS (SELECT FROM attendance a WHERE a.session_id = s.id AND a.member_id = p.id AND a.said_absent)),
        'session_reminder', s.id || ':' || extract(epoch FROM s.starts_at))
    FROM session s
    WHERE s.id = ANY (subjects) AND s.state = 'published' AND s.starts_at > app_now()
        AND s.starts_at - make_interval(hours => rule_value('session_reminder_hours')) <= app_now()
    ORDER BY s.id;
    SELECT NULL::clock_again WHERE false
$$;

-- As before, with what one said about coming, and for the chair how many do not come.
CREATE OR REPLACE FUNCTION personal_member_sessions(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('sessions_title'),
        'items', jsonb_agg(w.part || jsonb_build_object(
            'texts', CASE WHEN a.said_absent THEN jsonb_build_array(personal_text('absence_is_said')) ELSE '[]' END || (w.part -> 'texts'),
            'facts', (w.part -> 'facts') || CASE WHEN m.role = 'chair' AND s.state <> 'cancelled' THEN jsonb_build_array(jsonb_build_object(
                'name', personal_text('absences'), 'value', panel_absences(m.panel_id, s.id)::text)) ELSE '[]' END,
            'acts', CASE WHEN absence_breach(s) IS NULL THEN jsonb_build_array(jsonb_build_object('operation', 'own_attendance_say', 'quiet', true,
                'values', jsonb_build_object('id', s.id, 'comes', coalesce(a.said_absent, false)),
                'button', personal_text(CASE WHEN a.said_absent THEN 'absence_take_back' ELSE 'absence_say' END))) ELSE '[]' END) ORDER BY s.starts_at, s.id))
    FROM member m
    JOIN session_panel p ON p.panel_id = m.panel_id
    JOIN session s ON s.id = p.session_id
    CROSS JOIN LATERAL (SELECT session_part(s, ARRAY[tag, 'fi'], s.online_url) AS part) w
    LEFT JOIN attendance a ON a.session_id = s.id AND a.member_id = m.id
    WHERE m.id = person_id AND m.state = 'active' AND was_published(s) AND s.starts_at > app_now() - interval '90 days'
    HAVING count(*) > 0
$$;
