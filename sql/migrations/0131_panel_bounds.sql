-- Who can have been at a session, when a panel can have one, and cells of municipalities that there are.

-- Somebody was a member on a day of the session: is active or has ceased, and their time covers it.
CREATE FUNCTION was_member_at(m member, s session) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT m.state IN ('active', 'ceased') AND coalesce(m.from_on <= (s.ends_at AT TIME ZONE 'Europe/Helsinki')::date, true) AND coalesce(m.until_on >= (s.starts_at AT TIME ZONE 'Europe/Helsinki')::date, true)
$$;

CREATE OR REPLACE VIEW session_attendance WITH (security_invoker = true) AS
SELECT a.session_id, m.role, count(*) FILTER (WHERE a.attended) AS attended, count(*) FILTER (WHERE NOT a.attended) AS absent,
    count(*) FILTER (WHERE a.said_absent) AS said_absent
FROM attendance a
JOIN member m ON m.id = a.member_id
JOIN session s ON s.id = a.session_id
WHERE was_member_at(m, s)
GROUP BY a.session_id, m.role
UNION ALL
SELECT r.session_id, 'participant', count(*) FILTER (WHERE r.state = 'attended'), count(*) FILTER (WHERE r.state = 'absent'), 0
FROM registration r
WHERE r.state IN ('attended', 'absent')
GROUP BY r.session_id;

-- What keeps one of these panels from having a session that begins then.
CREATE FUNCTION session_panels_breach(panel_ids uuid[], begins_at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN bool_or(p.state IN ('ended', 'evaluated')) THEN 'panel_is_over'
                WHEN bool_or(p.ends_on < (begins_at AT TIME ZONE 'Europe/Helsinki')::date) THEN 'session_is_within_panel' END
    FROM panel p WHERE p.id = ANY (panel_ids)
$$;

-- The place in the quota of the first municipality that is unknown.
CREATE FUNCTION quota_unknown(quota jsonb) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT '/quota/' || c.place - 1 || '/is/municipality/' || m.place - 1
    FROM jsonb_array_elements(quota) WITH ORDINALITY c (one, place)
    CROSS JOIN LATERAL jsonb_array_elements_text(c.one #> '{is,municipality}') WITH ORDINALITY m (code, place)
    WHERE NOT EXISTS (SELECT FROM municipality x WHERE x.code = m.code)
    ORDER BY c.place, m.place LIMIT 1
$$;
