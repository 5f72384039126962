-- Who is told of a session, and when; who came; and how it ends.

-- Those who registered for a session, in these states, and the members of its panels.
CREATE FUNCTION session_people(session uuid, states text[]) RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(x.id)
    FROM (SELECT r.id FROM registration r WHERE r.session_id = session AND r.state = ANY (states)
          UNION
          SELECT m.id FROM session_panel p JOIN member m ON m.panel_id = p.panel_id AND m.state = 'active' WHERE p.session_id = session) x
$$;

-- A job of a time has the time in its name, and does nothing when the session has another by then. Who is told of a session later than
-- the reminder is due is not reminded.
CREATE FUNCTION session_jobs(sessions uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'clock', w.at, s.id, jsonb_build_object('phase', w.phase), w.phase || ':' || s.id || ':' || s.state || ':' || extract(epoch FROM w.at)
    FROM session s CROSS JOIN LATERAL (VALUES
        ('session_remind', s.starts_at - make_interval(hours => rule_value('session_reminder_hours')), s.state = 'published'),
        ('session_end', s.ends_at + make_interval(days => rule_value('session_close_days')), s.state IN ('published', 'minutes_published', 'cancelled'))
        ) w (phase, at, is_wanted)
    WHERE s.id = ANY (sessions) AND w.is_wanted AND (w.at > app_now() OR w.phase = 'session_end')
    ON CONFLICT (unique_key) DO NOTHING
$$;

-- After session_places_changed: whoever registers meanwhile waits, and is told or sees it.
CREATE FUNCTION session_told() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM mail_person(session_people(n.id, '{waitlisted,offered,registered}'),
        CASE WHEN n.state = 'cancelled' THEN 'session_cancelled' WHEN o.state = 'draft' THEN 'session_published' ELSE 'session_moved' END,
        n.id || ':' || n.sequence)
    FROM new_session n JOIN old_session o USING (id)
    WHERE n.state = 'published' AND (o.state = 'draft' OR n.sequence > o.sequence) OR n.state = 'cancelled' AND o.state = 'published';
    PERFORM session_jobs(array_agg(n.id))
    FROM new_session n JOIN old_session o USING (id)
    WHERE (n.state, n.starts_at, n.ends_at) IS DISTINCT FROM (o.state, o.starts_at, o.ends_at) HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER session_told AFTER UPDATE ON session REFERENCING OLD TABLE AS old_session NEW TABLE AS new_session
    FOR EACH STATEMENT EXECUTE FUNCTION session_told();

CREATE FUNCTION clock_session_remind(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE sql AS $$
    SELECT mail_person(session_people(s.id, '{offered,registered}'), 'session_reminder', s.id || ':' || extract(epoch FROM s.starts_at))
    FROM session s
    WHERE s.id = ANY (subjects) AND s.state = 'published' AND s.starts_at > app_now()
        AND s.starts_at - make_interval(hours => rule_value('session_reminder_hours')) <= app_now()
    ORDER BY s.id;
    SELECT NULL::clock_again WHERE false
$$;

-- Some time after a session nothing is to be told of it any more, whether anybody said that it was held or not: the part of those who
-- registered has ended, and with published minutes it is closed.
CREATE FUNCTION clock_session_end(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE sql AS $$
    UPDATE person p SET ended_on = app_today()
    FROM session s JOIN registration r ON r.session_id = s.id
    WHERE s.id = ANY (subjects) AND s.ends_at + make_interval(days => rule_value('session_close_days')) <= app_now()
        AND p.id = r.id AND p.ended_on IS NULL;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'session', s.id, s.state, 'closed', 'system', s.version + 1
    FROM session s
    WHERE s.id = ANY (subjects) AND s.state = 'minutes_published' AND s.ends_at + make_interval(days => rule_value('session_close_days')) <= app_now()
    ORDER BY s.id;
    SELECT NULL::clock_again WHERE false
$$;

INSERT INTO clock_phase (phase, does) VALUES ('session_remind', 'clock_session_remind'), ('session_end', 'clock_session_end');

-- Why it was cancelled, for those who were to come.
CREATE FUNCTION session_reason(session uuid) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.reason FROM step s WHERE s.subject = session AND s.resource = 'session' AND s.to_state = 'cancelled'
$$;

-- ---- who came ----
-- Of the members of its panels; of those who registered it says their state.
CREATE TABLE attendance (
    session_id uuid NOT NULL CONSTRAINT attendance_session_exists REFERENCES session,
    member_id uuid NOT NULL CONSTRAINT attendance_member_exists REFERENCES member,
    attended boolean NOT NULL,
    CONSTRAINT attendance_pkey PRIMARY KEY (session_id, member_id)
);
CREATE INDEX attendance_of_member ON attendance (member_id);
CREATE TRIGGER attendance_audit_insert AFTER INSERT ON attendance REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('session', 'attendance_set', 'session_id', 'member_id attended');
CREATE TRIGGER attendance_audit_update AFTER UPDATE ON attendance REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('session', 'attendance_set', 'session_id', 'member_id attended');

-- How many of each role came to a session, and how many did not; 'participant': those who registered.
CREATE VIEW session_attendance WITH (security_invoker = true) AS
SELECT a.session_id, m.role, count(*) FILTER (WHERE a.attended) AS attended, count(*) FILTER (WHERE NOT a.attended) AS absent
FROM attendance a JOIN member m ON m.id = a.member_id
GROUP BY a.session_id, m.role
UNION ALL
SELECT r.session_id, 'participant', count(*) FILTER (WHERE r.state = 'attended'), count(*) FILTER (WHERE r.state = 'absent')
FROM registration r WHERE r.state IN ('attended', 'absent')
GROUP BY r.session_id;

REVOKE ALL ON FUNCTION session_jobs(uuid[]), session_reason(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION session_reason(uuid) TO osallisuus_api;
GRANT SELECT ON attendance, session_attendance TO osallisuus_api, osallisuus_worker, osallisuus_reader;
GRANT INSERT (session_id, member_id, attended), UPDATE (attended) ON attendance TO osallisuus_api;
