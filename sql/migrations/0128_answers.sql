-- Both sides of a booking can answer each other's mails. An expert is answered only who shows their address; nothing else shows one.

ALTER TABLE mail ADD COLUMN answers_to uuid; -- the person to whom answers go

CREATE OR REPLACE FUNCTION expert_fields() RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '{name,title,story,not_today,areas,tasks,languages,municipalities,is_remote,training,contact}'::text[]
$$;

-- The sealed address to which answers to a mail go, as it is when it is sent; NULL: to nobody.
CREATE FUNCTION mail_answers(mail_id uuid) RETURNS bytea LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.sealed
    FROM mail m
    JOIN person p ON p.id = m.answers_to
    LEFT JOIN expert e ON e.id = p.id
    WHERE m.id = mail_id AND (e.id IS NULL OR 'contact' = ANY (e.shown))
$$;
REVOKE ALL ON FUNCTION mail_answers(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mail_answers(uuid) TO osallisuus_mailer;

-- As before (0123), and the other side can answer.
CREATE OR REPLACE FUNCTION booking_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    over uuid[] := ARRAY(SELECT x.id FROM new_booking n JOIN offer x ON x.booking_id = n.id AND x.state = 'sent' WHERE n.state <> 'offered' ORDER BY x.id);
BEGIN
    IF over <> '{}' THEN -- taken by another, or cancelled: the rest are told
        INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
        SELECT gen_random_uuid(), 'offer', x.id, 'sent', 'withdrawn', 'system', x.version + 1 FROM offer x WHERE x.id = ANY (over) ORDER BY x.id;
    END IF;
    INSERT INTO mail (template, person_id, about, thing, answers_to, places, unique_key) -- both sides
    SELECT x.template, p.id, w.id, w.id, CASE WHEN w.template <> 'booking_done' THEN CASE p.id WHEN w.expert_id THEN w.person_id ELSE w.expert_id END END,
        w.places || jsonb_build_object('is_expert', p.id = w.expert_id), x.template || ':' || p.id || ':' || w.id || ':' || w.version
    FROM (SELECT n.id, n.expert_id, n.person_id, n.version, booking_places(b) AS places,
              CASE WHEN n.state IN ('cancelled_early', 'cancelled_late') AND o.state <> n.state THEN 'booking_cancelled'
                   WHEN n.state IN ('unfilled', 'done') AND o.state <> n.state THEN 'booking_' || n.state
                   WHEN n.state = 'confirmed' AND o.state <> 'confirmed' THEN 'booking_confirmed'
                   WHEN n.state = 'confirmed' AND n.sequence > o.sequence THEN 'booking_moved' END AS template
          FROM new_booking n JOIN old_booking o USING (id) JOIN booking b USING (id)) w
    JOIN person p ON p.id IN (w.person_id, w.expert_id) AND p.has_address
    CROSS JOIN LATERAL (SELECT CASE WHEN w.template = 'booking_moved' AND EXISTS ( -- whoever does not know of it yet hears of it as it is now
        SELECT FROM mail y WHERE y.person_id = p.id AND y.thing = w.id AND y.template = 'booking_confirmed' AND y.state = 'queued') THEN 'booking_confirmed' ELSE w.template END AS template) x
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

CREATE OR REPLACE FUNCTION clock_booking(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mail (template, person_id, about, thing, answers_to, good_until, places, unique_key)
    SELECT 'booking_reminder', p.id, b.id, b.id, CASE p.id WHEN b.expert_id THEN b.person_id ELSE b.expert_id END, b.starts_at, booking_places(b), 'booking_reminder:' || p.id || ':' || b.id || ':' || extract(epoch FROM b.starts_at)
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

-- As before (0119); whoever has no address was sent no confirmation.
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
    CROSS JOIN LATERAL (SELECT booking_part(jsonb_populate_record(b, '{"online_url": null}'), tag, personal_text('offer_' || CASE WHEN o.state = 'accepted' AND NOT EXISTS (SELECT FROM person p WHERE p.id = o.expert_id AND p.has_address) THEN 'accepted_unmailed'
            WHEN w.is_open OR o.state <> 'sent' THEN o.state ELSE 'expired' END),
        CASE WHEN w.is_open THEN page_facts(jsonb_build_array('offer_until', page_time(o.expires_at, tag))) ELSE '[]' END) AS part) x
    WHERE b.id = o.booking_id
$$;
