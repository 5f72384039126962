-- Sessions as calendars (RFC 5545), all times in UTC. What was published once stays in them, cancelled.

CREATE FUNCTION calendar_escaped(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT replace(replace(replace(replace(replace(value, '\', '\\'), ';', '\;'), ',', '\,'), E'\r\n', '\n'), E'\n', '\n')
$$;

-- A content line, folded so that none has more than 75 octets, and ended; NULL: no value, no line.
CREATE FUNCTION calendar_line(name text, value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    line CONSTANT text := name || ':' || translate(value, E'\r\n\t', '   ');
    folded text := '';
    width integer := 0;
    letter text;
BEGIN
    FOREACH letter IN ARRAY regexp_split_to_array(line, '') LOOP
        IF width + octet_length(letter) > 75 THEN
            folded := folded || E'\r\n ';
            width := 1;
        END IF;
        folded := folded || letter;
        width := width + octet_length(letter);
    END LOOP;
    RETURN folded || E'\r\n';
END
$$;

CREATE FUNCTION calendar_time(moment timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS"Z"')
$$;

-- A session in the first of these languages that it has. status: RFC 5545; url: where those who are in take part from afar.
CREATE FUNCTION calendar_event(s session, tags text[], status text, moves integer, url text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat(E'BEGIN:VEVENT\r\n', calendar_line('UID', s.id || '@osallisuus'), calendar_line('DTSTAMP', calendar_time(s.changed_at)),
        calendar_line('LAST-MODIFIED', calendar_time(s.changed_at)), calendar_line('SEQUENCE', moves::text),
        calendar_line('DTSTART', calendar_time(s.starts_at)), calendar_line('DTEND', calendar_time(s.ends_at)),
        calendar_line('SUMMARY', calendar_escaped(text_in(s.title, tags))),
        calendar_line('DESCRIPTION', calendar_escaped(nullif(text_in(s.description, tags), ''))),
        calendar_line('LOCATION', calendar_escaped(concat_ws(', ', nullif(text_in(coalesce(s.place -> 'room', '{}'), tags), ''), s.place ->> 'address'))),
        calendar_line('URL', url), calendar_line('STATUS', status), E'END:VEVENT\r\n')
$$;

CREATE FUNCTION calendar_text(name text, events text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT concat(E'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//osallisuus//sessions//FI\r\nCALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n',
        calendar_line('X-WR-CALNAME', calendar_escaped(name)), events, E'END:VCALENDAR\r\n')
$$;

-- Whether a session was published at some time: one that is cancelled as a draft never moved.
CREATE FUNCTION was_published(s session) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT s.state <> 'draft' AND (s.state <> 'cancelled' OR s.sequence > 0)
$$;

CREATE FUNCTION session_status(s session) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE s.state WHEN 'cancelled' THEN 'CANCELLED' ELSE 'CONFIRMED' END
$$;

-- The sessions that everybody may know of: open ones, and those of public panels; from the last months on.
CREATE VIEW public_session WITH (security_invoker = true) AS
SELECT s.*
FROM session s
WHERE was_published(s) AND s.starts_at > app_now() - interval '180 days'
    AND (s.is_open OR EXISTS (SELECT FROM session_panel x JOIN panel p ON p.id = x.panel_id WHERE x.session_id = s.id AND p.is_public));

GRANT SELECT ON public_session TO osallisuus_api;
