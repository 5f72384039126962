-- How offers are made, answered, and end; what a booking's move brings with it.

-- Who ordered, as a person (0045): with the id of the booking, or, of bookings that were ordered together, of the first of them.
ALTER TABLE booking ADD COLUMN person_id uuid NOT NULL;
CREATE INDEX booking_of_person ON booking (person_id, starts_at, id);
CREATE FUNCTION booking_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.person_id := NEW.id;
    RETURN NEW;
END
$$;
CREATE TRIGGER booking_person BEFORE INSERT ON booking FOR EACH ROW WHEN (NEW.person_id IS NULL) EXECUTE FUNCTION booking_person();

-- The moments at which bookings begin that come again at the same time of the day by the clocks of Finland: each week, each second week, or each
-- month on the same weekday of it (the fifth is the last). The first is the moment that is given; of another one that is none, why.
CREATE FUNCTION booking_moments(starts_at timestamptz, every text, times integer) RETURNS TABLE (at timestamptz, local_time timestamp, problem text)
    LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN d.day = l.local::date THEN starts_at ELSE m.moment END, d.day + l.local::time, CASE WHEN d.day <> l.local::date THEN m.problem END
    FROM (SELECT starts_at AT TIME ZONE 'Europe/Helsinki' AS local) l
    CROSS JOIN LATERAL (
        SELECT l.local::date + 7 * k * CASE every WHEN 'two_weeks' THEN 2 ELSE 1 END AS day
        FROM generate_series(0, times - 1) k WHERE every IN ('week', 'two_weeks')
        UNION ALL
        SELECT x FROM monthly_days(l.local::date, times, (extract(day FROM l.local)::integer + 6) / 7, extract(isodow FROM l.local)::integer, NULL) x
        WHERE every = 'month'
    ) d
    CROSS JOIN LATERAL local_moment(d.day, l.local::time, 'Europe/Helsinki') m
$$;

-- The bookings that were ordered together, as a reply has them.
CREATE FUNCTION booking_series(person uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_agg(jsonb_build_object('id', b.id, 'starts_at', utc_text(b.starts_at), 'ends_at', utc_text(b.ends_at), 'state', b.state) ORDER BY b.starts_at, b.id)
    FROM booking b WHERE b.person_id = person
$$;

-- The columns of a reply about a booking.
CREATE VIEW booking_shown WITH (security_invoker = true) AS
SELECT b.id, b.unit_id, b.task, b.area, b.lang AS language, b.is_remote, b.place, b.online_url, b.about, b.starts_at, b.ends_at, b.state, b.expert_id,
    b.person_id AS series_id, b.unfilled_because, b.sequence, b.ordered_at, b.confirmed_at, b.version
FROM booking b;

-- ---- free slots near a time ----
-- The slots of this length that the expert has free nearest to a time, within a week of it: at most five, one from each free window.
CREATE FUNCTION booking_free_slots(of_expert uuid, starts_at timestamptz, ends_at timestamptz) RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
#variable_conflict use_variable
BEGIN
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_build_object('starts_at', utc_text(x.at), 'ends_at', utc_text(x.at + (ends_at - starts_at))) ORDER BY x.far, x.at), '[]')
        FROM (
            SELECT a.at, abs(extract(epoch FROM a.at - starts_at)) AS far
            FROM expert_free(ARRAY[of_expert], greatest(starts_at - interval '7 days', app_now()), greatest(ends_at + interval '7 days', app_now() + interval '1 hour'),
                ceil(extract(epoch FROM ends_at - starts_at) / 60)::integer) f
            CROSS JOIN LATERAL (SELECT least(greatest(f.starts_at, starts_at), f.ends_at - (ends_at - starts_at)) AS at) a
            ORDER BY far, a.at
            LIMIT 5
        ) x);
END
$$;

-- ---- what speaks against ----
CREATE FUNCTION booking_is_soon(b booking) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT b.starts_at < app_now() + make_interval(hours => rule_value('booking_cancel_hours'))
$$;

-- What speaks against a move of a booking.
CREATE FUNCTION booking_breach(b booking, wanted text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN wanted IN ('done', 'client_absent', 'expert_absent') THEN CASE WHEN b.starts_at > app_now() THEN 'booking_has_not_begun' END
                WHEN wanted = 'cancelled_late' THEN CASE WHEN NOT booking_is_soon(b) THEN 'cancellation_is_early' END
                WHEN wanted = 'cancelled_early' AND b.state = 'confirmed' THEN CASE WHEN booking_is_soon(b) THEN 'cancellation_is_late' END
                WHEN wanted = 'offered' THEN 'booking_needs_offer' END
$$;

-- What speaks against the time of an order.
CREATE FUNCTION booking_time_breach(starts_at timestamptz, ends_at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN ends_at <= starts_at THEN 'booking_ends_after_it_starts'
                WHEN ends_at - starts_at > interval '24 hours' THEN 'booking_is_within_a_day'
                WHEN starts_at <= app_now() THEN 'booking_is_to_come'
                WHEN starts_at > app_now() + make_interval(days => rule_value('booking_days_ahead')) THEN 'booking_is_too_far' END
$$;

-- The expert of a booking, and those it is offered to, then the booking: whoever moves any of them locks in this order.
CREATE FUNCTION lock_bookings(bookings uuid[]) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM expert e WHERE e.id IN (SELECT b.expert_id FROM booking b WHERE b.id = ANY (bookings)) ORDER BY e.id FOR NO KEY UPDATE;
    PERFORM FROM booking b WHERE b.id = ANY (bookings) ORDER BY b.id FOR NO KEY UPDATE;
    RETURN true;
END
$$;

-- ---- the clock ----
-- What mails of a booking are about; each side has one of each news.
ALTER TABLE mail ADD COLUMN about uuid CONSTRAINT mail_is_about_booking REFERENCES booking;

-- When it is, for mails (0101); what it is about is on the page alone.
CREATE FUNCTION booking_places(b booking) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('is', jsonb_build_array(b.starts_at, b.ends_at))
$$;

-- When a booking is to be looked at next: a week before it, a day before it, and when nothing more is to be told.
CREATE FUNCTION booking_next(b booking) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT min(x.at)
    FROM unnest(ARRAY[b.starts_at - interval '7 days', b.starts_at - interval '24 hours', b.ends_at + make_interval(days => rule_value('booking_close_days'))]) x (at)
    WHERE x.at > app_now()
$$;

CREATE FUNCTION booking_clock() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'clock', booking_next(b), b.id, '{"phase": "booking"}', 'booking:' || b.id || ':' || extract(epoch FROM b.starts_at)
    FROM new_booking n JOIN booking b USING (id)
    WHERE booking_next(b) IS NOT NULL
    ON CONFLICT (unique_key) DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER booking_clock AFTER INSERT ON booking REFERENCING NEW TABLE AS new_booking FOR EACH STATEMENT EXECUTE FUNCTION booking_clock();

-- The part of who ordered these has ended when nothing is to be told of any booking of theirs.
CREATE FUNCTION booking_people_end(bookings uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE person p SET ended_on = app_today()
    FROM booking b
    WHERE b.id = ANY (bookings) AND p.id = b.person_id AND p.ended_on IS NULL
        AND NOT EXISTS (SELECT FROM booking x WHERE x.person_id = p.id AND x.state <> 'cancelled_early'
                        AND x.ends_at + make_interval(days => rule_value('booking_close_days')) > app_now())
$$;

-- Reminds both sides, and ends the part of who ordered some time after. Whoever is confirmed later than a reminder is due is not reminded by it.
CREATE FUNCTION clock_booking(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mail (template, person_id, about, places, unique_key)
    SELECT 'booking_reminder', p.id, b.id, booking_places(b), 'booking_reminder:' || p.id || ':' || b.id || ':' || extract(epoch FROM b.starts_at)
        || CASE WHEN b.starts_at <= app_now() + interval '24 hours' THEN ':day' ELSE ':week' END
    FROM booking b JOIN person p ON p.id IN (b.person_id, b.expert_id) AND p.has_address
    WHERE b.id = ANY (subjects) AND b.state = 'confirmed' AND b.starts_at > app_now() AND b.starts_at <= app_now() + interval '7 days'
    ORDER BY p.id, b.id
    ON CONFLICT (unique_key) DO NOTHING;
    PERFORM booking_people_end(subjects);
    RETURN QUERY
    SELECT b.id, booking_next(b), jsonb_build_object('phase', phase) FROM booking b WHERE b.id = ANY (subjects) AND booking_next(b) IS NOT NULL;
END
$$;

CREATE FUNCTION clock_offer_expires(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_bookings(ARRAY(SELECT o.booking_id FROM offer o WHERE o.id = ANY (subjects)));
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'offer', o.id, 'sent', 'expired', 'system', o.version + 1
    FROM offer o
    WHERE o.id = ANY (subjects) AND o.state = 'sent' AND o.expires_at <= app_now()
    ORDER BY o.id;
END
$$;

INSERT INTO clock_phase (phase, does) VALUES ('booking', 'clock_booking'), ('offer_expires', 'clock_offer_expires');

INSERT INTO mail_template (name, link, token_of, wish)
SELECT n, '/m/', 'person', NULL
FROM unnest('{offer_made,offer_over,booking_confirmed,booking_moved,booking_cancelled,booking_unfilled,booking_reminder}'::text[]) n;

-- ---- offers ----
-- A mail about offers, each with the link that is good for it alone.
CREATE FUNCTION mail_offers(offers uuid[], template_name text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO mail (template, person_id, link_id, about, places, unique_key)
    SELECT template_name, p.id, o.id, b.id, booking_places(b), template_name || ':' || o.id
    FROM offer o JOIN booking b ON b.id = o.booking_id JOIN person p ON p.id = o.expert_id AND p.has_address
    WHERE o.id = ANY (offers)
    ORDER BY o.id
    ON CONFLICT (unique_key) DO NOTHING
$$;

-- As before, and a mail to a person may have the link of something of theirs: an offer.
CREATE OR REPLACE FUNCTION mail_prepare(mail_ids uuid[], unsubscribe_hashes bytea[]) RETURNS TABLE (mail_id uuid, verdict text, template text, lang text, mailbox text, sealed bytea, address_hash bytea, link_id uuid, capped boolean, link text, token_of text)
    LANGUAGE plpgsql
    SET search_path = public, pg_temp
    AS $$
#variable_conflict use_column
DECLARE
    m record;
    this_month date := date_trunc('month', app_today()::timestamp)::date;
    cap integer := rule_value('contact_cap');
    day_cap integer := rule_value('receipt_mails');
BEGIN
    -- By address, so that two processes never wait for each other crosswise.
    FOR m IN
        SELECT x.id, x.template,
            CASE WHEN x.lang IS NULL AND r.lang = 'fi' AND coalesce(f.support_needs, g.support_needs) @> '{easy_language}' THEN 'fi-x-selko'
                 ELSE coalesce(x.lang, r.lang) END AS lang, x.mailbox, r.sealed, r.address_hash, i.link_id,
            x.capped, x.counted, w.hash, replace(t.link, '{id}', coalesce(i.link_id::text, '')) AS link, t.token_of,
            CASE WHEN x.state <> 'queued' THEN 'over'
                 WHEN x.survey_link_id IS NOT NULL AND l.used IS NOT false THEN 'not_needed'
                 WHEN x.mailbox IS NULL AND r.sealed IS NULL THEN 'no_address'
                 WHEN d.address_hash IS NOT NULL THEN 'failed'
                 WHEN (x.capped OR l.id IS NOT NULL) AND o.address_hash IS NOT NULL THEN 'opted_out'
                 WHEN x.capped AND NOT CASE t.wish WHEN 'follow_up' THEN coalesce(c.wants_follow_up, p.wants_news) WHEN 'news' THEN coalesce(c.wants_news, p.wants_news) ELSE true END
                     THEN 'opted_out'
                 ELSE 'send' END AS verdict
        FROM unnest(mail_ids, unsubscribe_hashes) w (id, hash)
        JOIN mail x ON x.id = w.id
        LEFT JOIN mail_template t ON t.name = x.template
        LEFT JOIN contact c ON c.feedback_id = x.feedback_id
        LEFT JOIN feedback f ON f.id = x.feedback_id
        LEFT JOIN survey_link l ON l.id = x.survey_link_id
        LEFT JOIN person p ON p.id = x.person_id
        LEFT JOIN registration g ON g.id = p.id
        LEFT JOIN person q ON q.id = l.person_id
        CROSS JOIN LATERAL (SELECT coalesce(c.sealed, l.sealed, p.sealed, q.sealed) AS sealed, coalesce(c.address_hash, l.address_hash, p.address_hash, q.address_hash) AS address_hash,
                                coalesce(c.lang, l.lang, p.lang) AS lang) r
        CROSS JOIN LATERAL (SELECT CASE t.token_of WHEN 'person' THEN coalesce(x.link_id, p.link_id, p.id) ELSE x.link_id END AS link_id) i
        LEFT JOIN dead_address d ON d.address_hash = r.address_hash
        LEFT JOIN opt_out o ON o.address_hash = r.address_hash
        ORDER BY r.address_hash, x.capped, x.id
    LOOP
        IF m.verdict = 'send' AND m.capped AND NOT m.counted THEN
            INSERT INTO contact_count AS k (address_hash, month, sent) VALUES (m.address_hash, this_month, 1)
            ON CONFLICT (address_hash, month) DO UPDATE SET sent = k.sent + 1 WHERE k.sent < cap;
            IF FOUND THEN
                UPDATE mail SET counted = true, unsubscribe_hash = m.hash WHERE id = m.id;
            ELSE
                m.verdict := 'capped';
            END IF;
        ELSIF m.verdict = 'send' AND m.template = 'received' AND NOT m.counted THEN
            INSERT INTO receipt_mail_count AS k (day, address_hash, sent) VALUES (app_today(), m.address_hash, 1)
            ON CONFLICT (day, address_hash) DO UPDATE SET sent = k.sent + 1 WHERE k.sent < day_cap;
            IF FOUND THEN
                UPDATE mail SET counted = true WHERE id = m.id;
            ELSE
                m.verdict := 'day_capped';
            END IF;
        END IF;
        RETURN QUERY SELECT m.id, m.verdict, m.template, m.lang, m.mailbox, m.sealed, m.address_hash, m.link_id, m.capped, m.link, m.token_of;
    END LOOP;
END
$$;

-- The first offer of an order moves it; each expert is told, and the offer ends by the clock.
CREATE FUNCTION offer_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO step (id, resource, subject, from_state, to_state, who, caller_id, version)
    SELECT gen_random_uuid(), 'booking', b.id, b.state, 'offered', 'coordinator', acting_caller(), b.version + 1
    FROM booking b WHERE b.id IN (SELECT n.booking_id FROM new_offer n) AND b.state <> 'offered'
    ORDER BY b.id;
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'clock', n.expires_at, n.id, '{"phase": "offer_expires"}', 'offer_expires:' || n.id FROM new_offer n;
    PERFORM mail_offers(ARRAY(SELECT n.id FROM new_offer n), 'offer_made');
    RETURN NULL;
END
$$;
CREATE TRIGGER offer_made AFTER INSERT ON offer REFERENCING NEW TABLE AS new_offer FOR EACH STATEMENT EXECUTE FUNCTION offer_made();

-- An offer that is accepted confirms its booking; the last one that is not leaves it unfilled. Its link is to be forgotten some day.
CREATE FUNCTION offer_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'booking', b.id, 'offered', w.wanted, 'system', b.version + 1
    FROM (SELECT n.booking_id, CASE WHEN bool_or(n.state = 'accepted') THEN 'confirmed' ELSE 'unfilled' END AS wanted
          FROM new_offer n JOIN old_offer o USING (id) WHERE o.state = 'sent' AND n.state <> 'sent' GROUP BY n.booking_id) w
    JOIN booking b ON b.id = w.booking_id AND b.state = 'offered'
    WHERE w.wanted = 'confirmed' OR NOT EXISTS (SELECT FROM offer x WHERE x.booking_id = b.id AND x.state = 'sent')
    ORDER BY b.id;
    UPDATE person p SET ended_on = app_today() FROM new_offer n WHERE p.id = n.id AND n.state <> 'sent' AND p.ended_on IS NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER offer_moved AFTER UPDATE ON offer REFERENCING OLD TABLE AS old_offer NEW TABLE AS new_offer FOR EACH STATEMENT EXECUTE FUNCTION offer_moved();

-- ---- what a booking's move brings with it ----
CREATE FUNCTION booking_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    over uuid[] := ARRAY(SELECT x.id FROM new_booking n JOIN offer x ON x.booking_id = n.id AND x.state = 'sent' WHERE n.state <> 'offered' ORDER BY x.id);
BEGIN
    IF over <> '{}' THEN -- taken by another, or cancelled: the rest are told
        INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
        SELECT gen_random_uuid(), 'offer', x.id, 'sent', 'withdrawn', 'system', x.version + 1 FROM offer x WHERE x.id = ANY (over) ORDER BY x.id;
        PERFORM mail_offers(over, 'offer_over');
    END IF;
    INSERT INTO mail (template, person_id, about, places, unique_key) -- both sides
    SELECT w.template, p.id, w.id, w.places, w.template || ':' || p.id || ':' || w.id || ':' || w.version
    FROM (SELECT n.id, n.expert_id, n.person_id, n.version, booking_places(b) AS places,
              CASE WHEN n.state IN ('cancelled_early', 'cancelled_late') AND o.state <> n.state THEN 'booking_cancelled'
                   WHEN n.state = 'unfilled' AND o.state <> 'unfilled' THEN 'booking_unfilled'
                   WHEN n.state = 'confirmed' AND o.state <> 'confirmed' THEN 'booking_confirmed'
                   WHEN n.state = 'confirmed' AND n.sequence > o.sequence THEN 'booking_moved' END AS template
          FROM new_booking n JOIN old_booking o USING (id) JOIN booking b USING (id)) w
    JOIN person p ON p.id IN (w.person_id, w.expert_id) AND p.has_address
    WHERE w.template IS NOT NULL
    ORDER BY p.id, w.id
    ON CONFLICT (unique_key) DO NOTHING;
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'clock', booking_next(b), b.id, '{"phase": "booking"}', 'booking:' || b.id || ':' || extract(epoch FROM b.starts_at)
    FROM new_booking n JOIN old_booking o USING (id) JOIN booking b USING (id)
    WHERE o.starts_at <> n.starts_at AND booking_next(b) IS NOT NULL
    ON CONFLICT (unique_key) DO NOTHING;
    PERFORM booking_people_end(array_agg(n.id)) FROM new_booking n WHERE n.state = 'cancelled_early' HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER booking_moved AFTER UPDATE ON booking REFERENCING OLD TABLE AS old_booking NEW TABLE AS new_booking
    FOR EACH STATEMENT EXECUTE FUNCTION booking_moved();

-- An expert whose work has ended takes nothing more, and does not come.
CREATE FUNCTION expert_leaves_bookings() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    of_expert uuid[] := ARRAY(SELECT n.id FROM new_expert n JOIN old_expert o USING (id) WHERE n.state = 'ended' AND o.state <> 'ended');
BEGIN
    IF of_expert = '{}' THEN
        RETURN NULL;
    END IF;
    PERFORM lock_bookings(ARRAY(SELECT b.id FROM booking b WHERE b.expert_id = ANY (of_expert) AND b.state = 'confirmed'
                                UNION SELECT o.booking_id FROM offer o WHERE o.expert_id = ANY (of_expert) AND o.state = 'sent'));
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'offer', o.id, 'sent', 'withdrawn', 'system', o.version + 1
    FROM offer o WHERE o.expert_id = ANY (of_expert) AND o.state = 'sent';
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version)
    SELECT gen_random_uuid(), 'booking', b.id, 'confirmed', CASE WHEN booking_is_soon(b) THEN 'cancelled_late' ELSE 'cancelled_early' END, 'expert',
        'expert_has_ended', b.version + 1
    FROM booking b WHERE b.expert_id = ANY (of_expert) AND b.state = 'confirmed' AND b.starts_at > app_now();
    RETURN NULL;
END
$$;
CREATE TRIGGER expert_leaves_bookings AFTER UPDATE ON expert REFERENCING OLD TABLE AS old_expert NEW TABLE AS new_expert
    FOR EACH STATEMENT EXECUTE FUNCTION expert_leaves_bookings();

REVOKE ALL ON FUNCTION booking_free_slots(uuid, timestamptz, timestamptz), booking_people_end(uuid[]), lock_bookings(uuid[]), mail_offers(uuid[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION booking_free_slots(uuid, timestamptz, timestamptz), lock_bookings(uuid[]) TO osallisuus_api;
GRANT INSERT (person_id) ON booking TO osallisuus_api;
GRANT SELECT ON booking_shown TO osallisuus_api;
