-- What a booking is and was stays true: it moves only to times that its expert gave, keeps the way between two places whatever their
-- order, and says what became of it also once it is settled.

-- ---- the way ----
-- What a booking holds of the expert's time (expert_held, 0088) has the way after it: of two at places one way lies between them, whichever
-- was put first, and none before the first of a day. What is done from afar holds no way, so what is before or after it elsewhere is looked at here.
-- As before (0108) else.
CREATE OR REPLACE FUNCTION booking_expert_breach(b booking, e expert, is_asked boolean) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    wanted CONSTANT tstzrange := expert_held(e, b.starts_at, b.ends_at, b.is_remote);
    with_ways CONSTANT tstzrange := tstzrange(b.starts_at - make_interval(mins => e.travel_minutes), b.ends_at + make_interval(mins => e.travel_minutes));
BEGIN
    IF e.state <> 'active' THEN
        RETURN 'expert_is_not_active';
    ELSIF NOT expert_is_under_agreement(e, b.starts_at, b.ends_at) THEN
        RETURN 'expert_is_out_of_agreement';
    ELSIF EXISTS (SELECT FROM booking x WHERE x.expert_id = e.id AND x.id <> b.id AND x.held && with_ways
                  AND (x.held && wanted OR x.is_remote <> b.is_remote AND tstzrange(x.starts_at, x.ends_at) && with_ways)) THEN
        RETURN 'expert_is_booked';
    ELSIF e.week_hours IS NOT NULL AND expert_week_minutes(e.id, b.starts_at, b.id) + extract(epoch FROM b.ends_at - b.starts_at) / 60 > 60 * e.week_hours THEN
        RETURN 'expert_week_is_full';
    END IF;
    RETURN CASE WHEN is_asked AND b.starts_at < app_now() + make_interval(hours => e.notice_hours) THEN 'expert_needs_notice' END;
END
$$;

-- What these experts have in this time, with the way after it: what is free is free for a task at a place, too. expert_free keeps the way before it.
CREATE OR REPLACE FUNCTION expert_busy(experts uuid[], during tstzrange) RETURNS TABLE (expert_id uuid, held tstzrange) LANGUAGE sql STABLE AS $$
    SELECT b.expert_id, CASE WHEN b.is_remote THEN tstzrange(b.starts_at, b.ends_at + make_interval(mins => e.travel_minutes)) ELSE b.held END
    FROM booking b
    JOIN expert e ON e.id = b.expert_id
    WHERE b.expert_id = ANY (experts) AND b.held && tstzrange(lower(during) - interval '8 hours', upper(during))
$$;

-- ---- moves of a confirmed booking ----
-- What this expert has said of the days of a time: when they can be booked, whatever is booked.
CREATE FUNCTION expert_said(of_expert uuid, during tstzrange) RETURNS tstzmultirange LANGUAGE sql STABLE AS $$
    SELECT coalesce(range_agg(CASE a.kind WHEN 'single' THEN a.during ELSE day_times(d.day, d.ahead, d.lasts, a.begins_at, a.ends_at) END), '{}')
    FROM local_days((lower(during) AT TIME ZONE 'Europe/Helsinki')::date, (upper(during) AT TIME ZONE 'Europe/Helsinki')::date) d
    JOIN availability a ON a.expert_id = of_expert AND CASE a.kind
        WHEN 'weekly' THEN a.weekday = extract(isodow FROM d.day) AND d.day >= a.first_on AND d.day <= coalesce(a.last_on, d.day)
            AND NOT EXISTS (SELECT FROM availability x WHERE x.expert_id = of_expert AND x.kind = 'exception' AND d.day BETWEEN x.first_on AND x.last_on)
        WHEN 'exception' THEN a.begins_at IS NOT NULL AND d.day BETWEEN a.first_on AND a.last_on
        ELSE true END
$$;

-- Whether a booking is at a time at which the expert has not said that they can be booked. They may take it all the same.
CREATE FUNCTION is_outside_hours(b booking, of_expert uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT expert_said(of_expert, tstzrange(b.starts_at, b.ends_at)) @> tstzrange(b.starts_at, b.ends_at)
$$;

-- What speaks against another time of a confirmed booking. The time that the expert took is theirs to give: within it nothing is asked but
-- whether the way fits.
CREATE FUNCTION booking_time_change_breach(old booking, new booking, e expert) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(booking_expert_breach(new, e, NOT w.taken @> w.wanted),
        CASE WHEN NOT expert_said(e.id, w.wanted) + tstzmultirange(w.taken) @> w.wanted THEN 'expert_is_not_available' END)
    FROM (SELECT tstzrange(old.starts_at, old.ends_at) AS taken, tstzrange(new.starts_at, new.ends_at) AS wanted) w
$$;

-- As before (0107); `but` is the booking that is to be moved: what it takes of the expert's time is free for it.
DROP FUNCTION booking_free_slots(uuid, timestamptz, timestamptz);
CREATE FUNCTION booking_free_slots(of_expert uuid, starts_at timestamptz, ends_at timestamptz, but uuid DEFAULT NULL) RETURNS jsonb LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    lasts CONSTANT interval := ends_at - starts_at;
    within CONSTANT tstzrange := tstzrange(greatest(starts_at - interval '7 days', app_now()), greatest(ends_at + interval '7 days', app_now() + interval '1 hour'));
    free tstzmultirange := (SELECT coalesce(range_agg(tstzrange(f.starts_at, f.ends_at)), '{}')
                            FROM expert_free(ARRAY[of_expert], lower(within), upper(within), CASE WHEN but IS NULL THEN ceil(extract(epoch FROM lasts) / 60)::integer ELSE 1 END) f);
BEGIN
    IF but IS NOT NULL THEN
        free := free + (
            SELECT (expert_said(e.id, o.during) * tstzmultirange(tstzrange(app_now() + make_interval(hours => e.notice_hours), NULL)) + tstzmultirange(tstzrange(b.starts_at, b.ends_at)))
                * tstzmultirange(o.during * within * expert_agreement(e)) - coalesce((
                SELECT range_agg(tstzrange(lower(x.held) - w.way, greatest(upper(x.held), x.ends_at + w.way)))
                FROM booking x WHERE x.expert_id = e.id AND x.id <> b.id AND x.held && tstzrange(lower(o.during) - interval '8 hours', upper(o.during) + w.way)), '{}')
            FROM booking b
            JOIN expert e ON e.id = of_expert
            CROSS JOIN LATERAL (SELECT make_interval(mins => e.travel_minutes) AS way) w
            CROSS JOIN LATERAL (SELECT tstzrange(b.starts_at - w.way, b.ends_at + w.way) AS during) o
            WHERE b.id = but);
    END IF;
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_build_object('starts_at', utc_text(x.at), 'ends_at', utc_text(x.at + lasts)) ORDER BY x.far, x.at), '[]')
        FROM (
            SELECT a.at, abs(extract(epoch FROM a.at - starts_at)) AS far
            FROM unnest(free) f (during)
            CROSS JOIN LATERAL (SELECT least(greatest(lower(f.during), starts_at), upper(f.during) - lasts) AS at) a
            WHERE upper(f.during) - lower(f.during) >= lasts
            ORDER BY far, a.at
            LIMIT 5
        ) x);
END
$$;
REVOKE ALL ON FUNCTION booking_free_slots(uuid, timestamptz, timestamptz, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION booking_free_slots(uuid, timestamptz, timestamptz, uuid) TO osallisuus_api;

-- As before (0108), and it is news to both sides whether one comes or takes part from afar.
CREATE OR REPLACE FUNCTION booking_follows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whose expert;
BEGIN
    NEW.changed_at := app_now();
    IF NEW.state = 'confirmed' AND OLD.state <> 'confirmed' THEN
        NEW.confirmed_at := app_now();
        NEW.expert_id := (SELECT o.expert_id FROM offer o WHERE o.booking_id = NEW.id AND o.state = 'accepted' ORDER BY o.answered_at DESC, o.id DESC LIMIT 1);
    ELSIF NEW.state = 'offered' THEN
        NEW.expert_id := NULL;
    ELSIF NEW.state = 'unfilled' AND OLD.state <> 'unfilled' THEN
        NEW.unfilled_because := (SELECT CASE WHEN bool_or(o.state = 'declined') THEN 'declined' WHEN bool_or(o.state = 'expired') THEN 'expired' ELSE 'withdrawn' END
                                 FROM offer o WHERE o.booking_id = NEW.id);
    END IF;
    IF NEW.state IN ('confirmed', 'done', 'client_absent') THEN
        SELECT e.* INTO whose FROM expert e WHERE e.id = NEW.expert_id;
        NEW.held := expert_held(whose, NEW.starts_at, NEW.ends_at, NEW.is_remote);
    ELSIF NEW.state <> 'settled' THEN
        NEW.held := NULL;
    END IF;
    IF NEW.state <> 'unfilled' THEN
        NEW.unfilled_because := NULL;
    END IF;
    IF (NEW.starts_at, NEW.ends_at, NEW.is_remote, NEW.place, NEW.online_url, NEW.expert_id)
        IS DISTINCT FROM (OLD.starts_at, OLD.ends_at, OLD.is_remote, OLD.place, OLD.online_url, OLD.expert_id)
        OR NEW.state IN ('cancelled_early', 'cancelled_late') AND OLD.state <> NEW.state THEN
        NEW.sequence := OLD.sequence + 1;
    END IF;
    RETURN NEW;
END
$$;

-- ---- what became of it ----
-- NULL: nothing yet. A settled one was what its claim is for.
CREATE FUNCTION booking_outcome(b booking) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN b.state IN ('done', 'client_absent', 'expert_absent', 'cancelled_early', 'cancelled_late') THEN b.state
                WHEN b.state = 'settled' THEN (SELECT c.because FROM claim c WHERE c.booking_id = b.id AND c.expert_id = b.expert_id) END
$$;

CREATE OR REPLACE VIEW booking_shown WITH (security_invoker = true) AS
SELECT b.id, b.unit_id, b.task, b.area, b.lang AS language, b.is_remote, b.place, b.online_url, b.about, b.starts_at, b.ends_at, b.state, b.expert_id,
    b.person_id AS series_id, b.unfilled_because, b.sequence, b.ordered_at, b.confirmed_at, b.version, booking_outcome(b) AS outcome
FROM booking b;

-- As before (0109), and of a settled one what it was.
CREATE OR REPLACE FUNCTION booking_told(b booking) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT personal_text('booking_' || coalesce(booking_outcome(b), b.state), jsonb_build_object('reason', coalesce(booking_reason(b.id), '')))
$$;

-- What was to be paid, for the expert alone: whether they waived it is nobody else's.
CREATE FUNCTION booking_paid(b booking) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT page_list(personal_text('booking_is_' || CASE c.state WHEN 'waived' THEN 'waived' ELSE 'paid' END))
    FROM claim c WHERE b.state = 'settled' AND c.booking_id = b.id AND c.expert_id = b.expert_id
$$;

CREATE OR REPLACE FUNCTION personal_bookings(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('bookings_title'),
        'items', jsonb_agg(x.part || jsonb_build_object('texts', (x.part -> 'texts') || coalesce(booking_paid(b), '[]'), 'acts', booking_acts(b, 'expert')) ORDER BY b.starts_at, b.id))
    FROM booking b
    CROSS JOIN LATERAL (SELECT booking_part(b, tag, booking_told(b)) AS part) x
    WHERE b.expert_id = personal_bookings.person_id AND b.ends_at > app_now() - interval '60 days'
    HAVING count(*) > 0
$$;

CREATE OR REPLACE FUNCTION personal_booking(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_agg(booking_part(b, tag, booking_told(b), page_facts(jsonb_build_array('booking_expert', e.card ->> 'name'), jsonb_build_array('booking_expert_title', e.card ->> 'title')))
        || jsonb_build_object('acts', booking_acts(b, 'orderer')) ORDER BY b.starts_at, b.id)
    FROM booking b
    CROSS JOIN LATERAL (SELECT CASE WHEN b.expert_id IS NOT NULL AND coalesce(booking_outcome(b), '') NOT LIKE 'cancelled%' THEN expert_profile(b.expert_id) ELSE '{}' END AS card) e
    WHERE b.person_id = personal_booking.person_id
$$;

-- As before (0109), and what was cancelled stays so in calendars once it is settled.
CREATE OR REPLACE FUNCTION person_bookings(of_person uuid) RETURNS TABLE (booking booking, status text, moves integer) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    SELECT b, CASE WHEN booking_outcome(b) IN ('cancelled_early', 'cancelled_late') OR w.is_lost THEN 'CANCELLED'
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

-- As before (0116), and it says when it is outside the hours that the expert gave.
CREATE OR REPLACE FUNCTION offer_part(o offer, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT x.part || jsonb_build_object(
        'texts', (x.part -> 'texts') || CASE WHEN w.is_open AND is_outside_hours(b, o.expert_id) AND EXISTS (SELECT FROM availability a WHERE a.expert_id = o.expert_id)
            THEN page_list(personal_text('offer_outside_hours')) ELSE '[]' END,
        'acts', CASE WHEN NOT w.is_open THEN '[]' ELSE (
            SELECT jsonb_agg(jsonb_build_object('operation', 'personal_offer_transition', 'values', jsonb_build_object('id', o.id, 'to', a.wanted),
                'quiet', a.wanted = 'declined', 'button', personal_text('offer_act_' || a.wanted)) ORDER BY a.wanted)
            FROM (VALUES ('accepted'), ('declined')) a (wanted)) END)
    FROM booking b
    CROSS JOIN LATERAL (SELECT o.state = 'sent' AND o.expires_at > app_now() AS is_open) w
    CROSS JOIN LATERAL (SELECT booking_part(jsonb_populate_record(b, '{"online_url": null}'), tag, personal_text('offer_' || CASE WHEN w.is_open OR o.state <> 'sent' THEN o.state ELSE 'expired' END),
        CASE WHEN w.is_open THEN page_facts(jsonb_build_array('offer_until', page_time(o.expires_at, tag))) ELSE '[]' END) AS part) x
    WHERE b.id = o.booking_id
$$;

-- ---- claims ----
-- Hours that are claimed beyond those that were booked; NULL: none are told yet.
CREATE FUNCTION claim_over_hours(c claim, b booking) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN c.hours IS NOT NULL THEN greatest(c.hours - round(extract(epoch FROM b.ends_at - b.starts_at) / 3600, 2), 0) END
$$;

REVOKE ALL ON FUNCTION booking_paid(booking) FROM PUBLIC;
