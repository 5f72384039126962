-- Bookings and offers on the pages of personal links, and in calendars.

-- ---- pages ----
CREATE FUNCTION booking_reason(booking uuid) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.reason FROM step s
    WHERE s.subject = booking AND s.resource = 'booking' AND s.to_state IN ('cancelled_early', 'cancelled_late') AND s.reason <> 'expert_has_ended'
$$;

-- A booking as a part of a page; `told` goes before what it is about, and `facts` before its own.
CREATE FUNCTION booking_part(b booking, tag text, told jsonb, facts jsonb DEFAULT '[]') RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', page_words(t.name, tag), 'texts', page_list(told, to_jsonb(b.about)),
        'facts', page_facts(jsonb_build_array('session_when', page_span(b.starts_at, b.ends_at, tag)),
            jsonb_build_array('session_place', nullif(concat_ws(', ', nullif(text_in(coalesce(b.place -> 'room', '{}'), ARRAY[tag, 'fi']), ''), b.place ->> 'address'), '')),
            jsonb_build_array('session_access', page_words(coalesce(b.place -> 'accessibility', '{}'), tag)),
            jsonb_build_array('session_afar', CASE WHEN b.is_remote THEN coalesce(to_jsonb(b.online_url), personal_text('booking_is_remote')) ELSE to_jsonb(b.online_url) END),
            jsonb_build_array('open_unit', page_words(u.name, tag)), jsonb_build_array('booking_area', page_words(a.name, tag))) || facts)
    FROM unit u, experience_task t, (SELECT (SELECT x.name FROM experience_area x WHERE x.code = b.area) AS name) a
    WHERE u.id = b.unit_id AND t.code = b.task
$$;

-- What somebody can do with a booking now. A cancellation is said once more; a late one wants a reason.
CREATE FUNCTION booking_acts(b booking, role_name text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('operation', 'personal_booking_transition', 'values', jsonb_build_object('id', b.id, 'to', t.to_state),
            'button', personal_text('booking_act_' || t.to_state), 'quiet', true)
        || CASE WHEN t.to_state NOT IN ('cancelled_early', 'cancelled_late') THEN '{}'
                ELSE jsonb_build_object('folded', personal_text('booking_cancel'), 'texts', jsonb_build_array(personal_text('booking_' || t.to_state || '_means')),
                    'fields', jsonb_build_array(jsonb_build_object('name', 'reason', 'type', 'area', 'most', 4000, 'required', t.reason,
                        'label', personal_text('booking_cancel_reason')))) END
        ORDER BY a.place), '[]')
    FROM (VALUES (1, 'done'), (2, 'client_absent'), (3, 'expert_absent'), (4, 'cancelled_early'), (5, 'cancelled_late')) a (place, wanted)
    JOIN transition t ON t.resource = 'booking' AND t.from_state = b.state AND t.to_state = a.wanted AND t.who = role_name
    WHERE booking_breach(b, a.wanted) IS NULL AND (a.wanted NOT LIKE 'cancelled%' OR b.starts_at > app_now())
$$;

CREATE FUNCTION booking_told(b booking) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT personal_text('booking_' || b.state, jsonb_build_object('reason', coalesce(booking_reason(b.id), '')))
$$;

-- An offer behind its own link, or among those of the expert.
CREATE FUNCTION offer_part(o offer, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT booking_part(b, tag, personal_text('offer_' || CASE WHEN w.is_open OR o.state <> 'sent' THEN o.state ELSE 'expired' END),
            CASE WHEN w.is_open THEN page_facts(jsonb_build_array('offer_until', page_time(o.expires_at, tag))) ELSE '[]' END)
        || jsonb_build_object('acts', CASE WHEN NOT w.is_open THEN '[]' ELSE (
            SELECT jsonb_agg(jsonb_build_object('operation', 'personal_offer_transition', 'values', jsonb_build_object('id', o.id, 'to', a.wanted),
                'quiet', a.wanted = 'declined', 'button', personal_text('offer_act_' || a.wanted)) ORDER BY a.wanted)
            FROM (VALUES ('accepted'), ('declined')) a (wanted)) END)
    FROM booking b, (SELECT o.state = 'sent' AND o.expires_at > app_now() AS is_open) w
    WHERE b.id = o.booking_id
$$;

CREATE FUNCTION personal_offer(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT offer_part(o, tag) FROM offer o WHERE o.id = person_id
$$;

CREATE FUNCTION personal_offers(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('offers_title'), 'items', jsonb_agg(offer_part(o, tag) ORDER BY o.expires_at, o.id))
    FROM offer o
    WHERE o.expert_id = person_id AND o.state = 'sent' AND o.expires_at > app_now()
    HAVING count(*) > 0
$$;

CREATE FUNCTION personal_bookings(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('bookings_title'),
        'items', jsonb_agg(booking_part(b, tag, booking_told(b)) || jsonb_build_object('acts', booking_acts(b, 'expert')) ORDER BY b.starts_at, b.id))
    FROM booking b
    WHERE b.expert_id = personal_bookings.person_id AND b.ends_at > app_now() - interval '60 days'
    HAVING count(*) > 0
$$;

-- Of who ordered: all that they ordered, and who comes, as far as the expert shows it.
CREATE FUNCTION personal_booking(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_agg(booking_part(b, tag, booking_told(b), page_facts(jsonb_build_array('booking_expert', e.card ->> 'name'), jsonb_build_array('booking_expert_title', e.card ->> 'title')))
        || jsonb_build_object('acts', booking_acts(b, 'orderer')) ORDER BY b.starts_at, b.id)
    FROM booking b
    CROSS JOIN LATERAL (SELECT CASE WHEN b.expert_id IS NOT NULL AND b.state NOT LIKE 'cancelled%' THEN expert_profile(b.expert_id) ELSE '{}' END AS card) e
    WHERE b.person_id = personal_booking.person_id
$$;

-- An offer's link is no person's: nothing is set or erased there.
ALTER TABLE personal_part ADD COLUMN but text[] NOT NULL DEFAULT '{}'; -- resources that do not have it
UPDATE personal_part SET but = '{offer}' WHERE part = 'settings';
CREATE OR REPLACE FUNCTION personal_page(row_id uuid, tag text) RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    part_name text;
    found jsonb;
    parts jsonb := '[]';
BEGIN
    FOR part_name IN
        SELECT x.part FROM personal_part x JOIN person p ON p.id = row_id
        WHERE (x.resource IS NULL OR x.resource = p.resource) AND NOT p.resource = ANY (x.but) ORDER BY x.place, x.part
    LOOP
        EXECUTE format('SELECT personal_%s($1, $2)', part_name) INTO found USING row_id, tag;
        parts := parts || coalesce(found, '[]'); -- a part, or several
    END LOOP;
    RETURN jsonb_build_object('parts', parts, 'has_easy', tag = 'fi-x-selko' OR parts @@ '$[*].has_easy == true');
END
$$;
INSERT INTO personal_part (part, resource, place) VALUES
    ('offer', 'offer', 10), ('offers', 'expert', 200), ('bookings', 'expert', 210), ('booking', 'booking', 200);

-- ---- calendars ----
-- What a calendar has an event of (RFC 5545).
CREATE TYPE calendar_entry AS (uid uuid, changed_at timestamptz, sequence integer, starts_at timestamptz, ends_at timestamptz, summary text,
    description text, location text, url text, status text);

CREATE FUNCTION calendar_entry_text(e calendar_entry) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat(E'BEGIN:VEVENT\r\n', calendar_line('UID', e.uid || '@osallisuus'), calendar_line('DTSTAMP', calendar_time(e.changed_at)),
        calendar_line('LAST-MODIFIED', calendar_time(e.changed_at)), calendar_line('SEQUENCE', e.sequence::text),
        calendar_line('DTSTART', calendar_time(e.starts_at)), calendar_line('DTEND', calendar_time(e.ends_at)),
        calendar_line('SUMMARY', calendar_escaped(e.summary)), calendar_line('DESCRIPTION', calendar_escaped(nullif(e.description, ''))),
        calendar_line('LOCATION', calendar_escaped(e.location)), calendar_line('URL', e.url), calendar_line('STATUS', e.status), E'END:VEVENT\r\n')
$$;

CREATE FUNCTION place_line(place jsonb, tags text[]) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(', ', nullif(text_in(coalesce(place -> 'room', '{}'), tags), ''), place ->> 'address')
$$;

-- As before, of a session.
CREATE OR REPLACE FUNCTION calendar_event(s session, tags text[], status text, moves integer, url text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT calendar_entry_text(ROW(s.id, s.changed_at, moves, s.starts_at, s.ends_at, text_in(s.title, tags), text_in(s.description, tags),
        place_line(s.place, tags), url, status)::calendar_entry)
$$;

-- The bookings of these people: of an expert all that they have accepted, of who ordered all orders of theirs, and of the address that
-- the link was mailed to. What was taken from somebody, or cancelled, stays in the calendar as cancelled.
CREATE FUNCTION person_bookings(of_person uuid) RETURNS TABLE (booking booking, status text, moves integer) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    SELECT b, CASE WHEN b.state IN ('cancelled_early', 'cancelled_late') OR w.is_lost THEN 'CANCELLED'
                   WHEN b.state IN ('requested', 'offered', 'unfilled') THEN 'TENTATIVE' ELSE 'CONFIRMED' END, b.sequence + w.is_lost::integer
    FROM (
        SELECT DISTINCT o.booking_id AS id, o.expert_id FROM offer o WHERE o.expert_id = of_person AND o.state = 'accepted'
        UNION
        SELECT x.id, NULL FROM person p
        JOIN person q ON q.id = p.id OR q.address_hash = p.address_hash AND q.resource = 'booking'
        JOIN booking x ON x.person_id = q.id
        WHERE p.id = of_person AND p.resource = 'booking'
    ) m
    JOIN booking b ON b.id = m.id
    CROSS JOIN LATERAL (SELECT m.expert_id IS NOT NULL AND m.expert_id IS DISTINCT FROM b.expert_id AS is_lost) w
    WHERE b.ends_at > app_now() - interval '180 days'
$$;

-- A booking as an event.
CREATE FUNCTION booking_event(b booking, tags text[], status text, moves integer) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT calendar_entry_text(ROW(b.id, b.changed_at, moves, b.starts_at, b.ends_at, text_in(t.name, tags), b.about, place_line(b.place, tags), b.online_url, status)::calendar_entry)
    FROM experience_task t WHERE t.code = b.task
$$;

-- The calendar that goes with a mail about a booking, as the receiver has it; NULL: none.
CREATE FUNCTION mail_calendar(mail_id uuid, tag text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT calendar_text(NULL, booking_event(w.booking, ARRAY[tag, 'fi'], w.status, w.moves))
    FROM mail m
    CROSS JOIN LATERAL person_bookings(m.person_id) w
    WHERE m.id = mail_id AND (w.booking).id = m.about AND m.template IN ('booking_confirmed', 'booking_moved', 'booking_cancelled', 'booking_reminder')
$$;

REVOKE ALL ON FUNCTION mail_calendar(uuid, text), booking_reason(uuid), booking_part(booking, text, jsonb, jsonb), booking_acts(booking, text), booking_told(booking), offer_part(offer, text),
    personal_offer(uuid, text), personal_offers(uuid, text), personal_bookings(uuid, text), personal_booking(uuid, text), person_bookings(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION person_bookings(uuid) TO osallisuus_api;
GRANT EXECUTE ON FUNCTION mail_calendar(uuid, text) TO osallisuus_mailer;
