-- The calendar of bookings is on the pages of experts and of who orders; whoever is offered no longer hears so, also of one offer alone.

-- As before, and of bookings.
CREATE OR REPLACE FUNCTION personal_calendar(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text(CASE WHEN p.resource IN ('expert', 'booking') THEN 'calendar_bookings' ELSE 'calendar_title' END),
        'texts', page_list(personal_text('calendar_how')),
        'links', jsonb_build_array(jsonb_build_object('path', '/v1/personal/', 'token', jsonb_build_object('purpose', 'person', 'id', coalesce(p.link_id, p.id)),
            'behind', '/calendar.ics', 'text', personal_text('calendar_get'), 'written', true)))
    FROM person p
    WHERE p.id = personal_calendar.person_id AND (p.resource IN ('registration', 'booking')
        OR EXISTS (SELECT FROM member m JOIN session_panel x ON x.panel_id = m.panel_id JOIN session s ON s.id = x.session_id
                   WHERE m.id = p.id AND m.state = 'active' AND was_published(s))
        OR EXISTS (SELECT FROM expert e WHERE e.id = p.id AND e.state IN ('active', 'on_break')))
$$;

-- As before, and whose offer is withdrawn is told so, whatever the reason.
CREATE OR REPLACE FUNCTION offer_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM mail_offers(array_agg(n.id), 'offer_over') FROM new_offer n JOIN old_offer o USING (id) WHERE n.state = 'withdrawn' AND o.state = 'sent' HAVING count(*) > 0;
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
