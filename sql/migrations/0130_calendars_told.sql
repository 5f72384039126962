-- SQL tells what is in a calendar, libical writes it (common/calendar.h).
DROP FUNCTION calendar_escaped(text);
DROP FUNCTION calendar_line(text, text);
DROP FUNCTION calendar_text(text, text);
DROP FUNCTION calendar_event(session, text[], text, integer, text);
DROP FUNCTION booking_event(booking, text[], text, integer);
DROP FUNCTION calendar_entry_text(calendar_entry);
DROP FUNCTION mail_calendar(uuid, text);

-- Words as a calendar has them: lines end with \n, and there are no other control characters.
CREATE FUNCTION calendar_words(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT nullif(regexp_replace(replace(value, E'\r\n', E'\n'), '[\x01-\x09\x0b-\x1f\x7f]', ' ', 'g'), '')
$$;

CREATE FUNCTION calendar_entry_told(e calendar_entry) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object('uid', e.uid || '@osallisuus', 'changed_at', calendar_time(e.changed_at), 'sequence', e.sequence, 'starts_at', calendar_time(e.starts_at),
        'ends_at', calendar_time(e.ends_at), 'summary', calendar_words(e.summary), 'description', calendar_words(e.description),
        'location', calendar_words(e.location), 'url', e.url, 'status', e.status)
$$;

-- A session in the first of these languages that it has. status: RFC 5545; url: where those who are in take part from afar.
CREATE FUNCTION calendar_event(s session, tags text[], status text, moves integer, url text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT calendar_entry_told(ROW(s.id, s.changed_at, moves, s.starts_at, s.ends_at, text_in(s.title, tags), text_in(s.description, tags),
        place_line(s.place, tags), url, status)::calendar_entry)
$$;

CREATE FUNCTION booking_event(b booking, tags text[], status text, moves integer) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT calendar_entry_told(ROW(b.id, b.changed_at, moves, b.starts_at, b.ends_at, text_in(t.name, tags), b.about, place_line(b.place, tags), b.online_url, status)::calendar_entry)
    FROM experience_task t WHERE t.code = b.task
$$;

-- The column `calendar` of a statement; events: an array, NULL: none.
CREATE FUNCTION calendar_told(name text, events jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object('name', calendar_words(name), 'events', coalesce(events, '[]'))
$$;

CREATE FUNCTION mail_calendar(mail_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT calendar_told(NULL, jsonb_build_array(booking_event(w.booking, ARRAY[tag, 'fi'], w.status, w.moves)))
    FROM mail m
    CROSS JOIN LATERAL person_bookings(m.person_id) w
    WHERE m.id = mail_id AND (w.booking).id = m.about AND m.template IN ('booking_confirmed', 'booking_moved', 'booking_cancelled', 'booking_reminder')
$$;
REVOKE ALL ON FUNCTION mail_calendar(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mail_calendar(uuid, text) TO osallisuus_mailer;
