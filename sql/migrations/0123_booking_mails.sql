-- Mails of one thing overtake each other no more: the newest is sent. Both sides are asked how a booking went, and coordinators hear of new orders
-- and of those that nobody takes or came to.

-- What a mail is news of: of those that wait for one person the newest is sent, and the others are not needed any more. And until when what it
-- says is so: later it is not sent.
ALTER TABLE mail ADD COLUMN thing uuid, ADD COLUMN good_until timestamptz;

CREATE OR REPLACE FUNCTION mail_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- News to many has a kind of its own: an answer to one never waits behind it.
    INSERT INTO job (kind, run_at, subject) SELECT CASE WHEN capped THEN 'mail_bulk' ELSE 'mail' END, coalesce(send_at, app_now()), id FROM new_mail;
    IF EXISTS (SELECT FROM new_mail n WHERE n.thing IS NOT NULL) THEN
        UPDATE mail m SET state = 'not_needed'
        WHERE m.id IN (
            SELECT x.id FROM new_mail n
            JOIN mail x ON x.person_id = n.person_id AND x.thing = n.thing AND x.state = 'queued'
            WHERE NOT EXISTS (SELECT FROM new_mail y WHERE y.id = x.id)
            FOR UPDATE OF x SKIP LOCKED); -- what is locked is being sent
    END IF;
    RETURN NULL;
END
$$;

-- As before (0107), as news of the offer, which is made until it ends.
CREATE OR REPLACE FUNCTION mail_offers(offers uuid[], template_name text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO mail (template, person_id, link_id, about, thing, good_until, places, unique_key)
    SELECT template_name, p.id, o.id, b.id, o.id, CASE template_name WHEN 'offer_made' THEN o.expires_at END, booking_places(b), template_name || ':' || o.id
    FROM offer o JOIN booking b ON b.id = o.booking_id JOIN person p ON p.id = o.expert_id AND p.has_address
    WHERE o.id = ANY (offers)
    ORDER BY o.id
    ON CONFLICT (unique_key) DO NOTHING
$$;

-- As before (0107), as news of the booking, and the coordinators are told of one that nobody takes, or whose expert cancelled or did not come.
CREATE OR REPLACE FUNCTION booking_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    over uuid[] := ARRAY(SELECT x.id FROM new_booking n JOIN offer x ON x.booking_id = n.id AND x.state = 'sent' WHERE n.state <> 'offered' ORDER BY x.id);
BEGIN
    IF over <> '{}' THEN -- taken by another, or cancelled: the rest are told
        INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
        SELECT gen_random_uuid(), 'offer', x.id, 'sent', 'withdrawn', 'system', x.version + 1 FROM offer x WHERE x.id = ANY (over) ORDER BY x.id;
    END IF;
    INSERT INTO mail (template, person_id, about, thing, places, unique_key) -- both sides
    SELECT w.template, p.id, w.id, w.id, w.places || jsonb_build_object('is_expert', p.id = w.expert_id), w.template || ':' || p.id || ':' || w.id || ':' || w.version
    FROM (SELECT n.id, n.expert_id, n.person_id, n.version, booking_places(b) AS places,
              CASE WHEN n.state IN ('cancelled_early', 'cancelled_late') AND o.state <> n.state THEN 'booking_cancelled'
                   WHEN n.state IN ('unfilled', 'done') AND o.state <> n.state THEN 'booking_' || n.state
                   WHEN n.state = 'confirmed' AND o.state <> 'confirmed' THEN 'booking_confirmed'
                   WHEN n.state = 'confirmed' AND n.sequence > o.sequence THEN 'booking_moved' END AS template
          FROM new_booking n JOIN old_booking o USING (id) JOIN booking b USING (id)) w
    JOIN person p ON p.id IN (w.person_id, w.expert_id) AND p.has_address
    WHERE w.template IS NOT NULL
    ORDER BY p.id, w.id
    ON CONFLICT (unique_key) DO NOTHING;
    PERFORM mail_mailbox(n.unit_id, CASE n.state WHEN 'unfilled' THEN 'order_unfilled' ELSE 'expert_missing' END, 'coordinator', n.id, n.id || ':' || n.version)
    FROM new_booking n JOIN old_booking o USING (id)
    WHERE n.state <> o.state AND (n.state = 'unfilled' AND n.unfilled_because <> 'withdrawn' OR n.state IN ('expert_absent', 'cancelled_early', 'cancelled_late')
        AND EXISTS (SELECT FROM step s WHERE s.subject = n.id AND s.version = n.version AND s.who = CASE n.state WHEN 'expert_absent' THEN 'orderer' ELSE 'expert' END))
    ORDER BY n.id;
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'clock', booking_next(b), b.id, '{"phase": "booking"}', 'booking:' || b.id || ':' || extract(epoch FROM b.starts_at)
    FROM new_booking n JOIN old_booking o USING (id) JOIN booking b USING (id)
    WHERE o.starts_at <> n.starts_at AND booking_next(b) IS NOT NULL
    ON CONFLICT (unique_key) DO NOTHING;
    PERFORM booking_people_end(array_agg(n.id)) FROM new_booking n WHERE n.state = 'cancelled_early' HAVING count(*) > 0;
    RETURN NULL;
END
$$;

-- As before (0107); a reminder is one until it begins.
CREATE OR REPLACE FUNCTION clock_booking(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mail (template, person_id, about, thing, good_until, places, unique_key)
    SELECT 'booking_reminder', p.id, b.id, b.id, b.starts_at, booking_places(b), 'booking_reminder:' || p.id || ':' || b.id || ':' || extract(epoch FROM b.starts_at)
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

-- As before (0112); of what was done both sides hear by a mail of their own.
CREATE OR REPLACE FUNCTION booking_opens_claim() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO claim (id, booking_id, expert_id, because, is_fee_due, fee_class_id)
    SELECT gen_random_uuid(), n.id, n.expert_id, n.state,
        n.state <> 'cancelled_late' OR s.who <> 'expert',
        fee_class_of(n.unit_id, n.task, (n.starts_at AT TIME ZONE 'Europe/Helsinki')::date)
    FROM new_booking n
    JOIN old_booking o USING (id)
    JOIN step s ON s.subject = n.id AND s.version = n.version
    WHERE n.state <> o.state AND n.state IN ('done', 'cancelled_late', 'client_absent') AND n.expert_id IS NOT NULL
    ON CONFLICT ON CONSTRAINT claim_once DO NOTHING;
    PERFORM mail_person(array_agg(n.expert_id), 'person_news', NULL)
    FROM new_booking n JOIN old_booking o USING (id)
    WHERE n.state <> o.state AND n.state = 'client_absent'
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

-- ---- staff ----
CREATE FUNCTION booking_told_staff() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    n record;
BEGIN
    -- Once for those that were ordered together; mostly there is one, and often no mailbox.
    FOR n IN
        SELECT b.id, b.unit_id FROM new_booking b JOIN unit u ON u.id = b.unit_id
        WHERE b.id = b.person_id AND unit_mailbox(u.path, 'coordinator') IS NOT NULL
        ORDER BY b.id
    LOOP
        PERFORM mail_mailbox(n.unit_id, 'order_made', 'coordinator', n.id, n.id::text);
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER booking_told_staff AFTER INSERT ON booking REFERENCING NEW TABLE AS new_booking FOR EACH STATEMENT EXECUTE FUNCTION booking_told_staff();

INSERT INTO mail_template (name, link, token_of, wish) VALUES ('booking_done', '/m/', 'person', NULL), ('order_made', '/v1/bookings/{id}', NULL, NULL),
    ('order_unfilled', '/v1/bookings/{id}', NULL, NULL), ('expert_missing', '/v1/bookings/{id}', NULL, NULL);
