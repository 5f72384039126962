-- The calendar of a person has an address of its own, which shows the calendar and opens nothing else. It is made anew when somebody else
-- has got it, and together with the personal link, whose page shows it.

ALTER TABLE person ADD COLUMN feed_id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT person_feed_is_unique UNIQUE; -- what its token is made of

CREATE TABLE person_feed (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT person_feed_person_exists REFERENCES person ON DELETE CASCADE,
    made_on date NOT NULL DEFAULT app_today()
);
CREATE INDEX person_feed_of_person ON person_feed (person_id);

-- Whose calendar stops because somebody else wished it hears so.
CREATE FUNCTION person_feed_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE person p SET feed_id = n.id FROM new_feed n WHERE p.id = n.person_id;
    IF acting_caller() IS NOT NULL THEN
        PERFORM mail_person(array_agg(n.person_id), 'person_news', min(n.id::text)) FROM new_feed n;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER person_feed_made AFTER INSERT ON person_feed REFERENCING NEW TABLE AS new_feed FOR EACH STATEMENT EXECUTE FUNCTION person_feed_made();
CREATE TRIGGER person_feed_audit_insert AFTER INSERT ON person_feed REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION audit_rows('person', 'feed_renewed', 'person_id');

-- As before, and the calendar with it.
CREATE OR REPLACE FUNCTION person_link_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE person p SET link_id = n.id, token_hash = n.token_hash, feed_id = gen_random_uuid() FROM new_link n WHERE p.id = n.person_id;
    PERFORM mail_person(ARRAY[n.person_id], 'person_link', n.id::text) FROM new_link n;
    RETURN NULL;
END
$$;

-- A new address for the calendar of a person whose row the caller has locked. NULL: nobody.
CREATE FUNCTION feed_renewed(new_id uuid, of_person uuid, OUT feed_id uuid, OUT replayed boolean, OUT problem text) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO person_feed (id, person_id) SELECT feed_renewed.new_id, of_person WHERE of_person IS NOT NULL
    ON CONFLICT (id) DO NOTHING;
    replayed := NOT FOUND;
    problem := CASE WHEN NOT EXISTS (SELECT FROM person_feed f WHERE f.id = feed_renewed.new_id AND f.person_id = of_person) THEN 'idempotency_key_reused' END;
    SELECT p.feed_id INTO feed_id FROM person p WHERE p.id = of_person;
END
$$;

CREATE OR REPLACE FUNCTION personal_calendar(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text(CASE WHEN p.resource IN ('expert', 'booking') THEN 'calendar_bookings' ELSE 'calendar_title' END),
        'texts', page_list(personal_text('calendar_how')),
        'links', jsonb_build_array(jsonb_build_object('path', '/v1/feeds/', 'token', jsonb_build_object('purpose', 'feed', 'id', p.feed_id),
            'behind', '/calendar.ics', 'text', personal_text('calendar_get'), 'written', true)),
        'acts', jsonb_build_array(jsonb_build_object('operation', 'personal_feed_renew', 'quiet', true, 'folded', personal_text('calendar_renew'),
            'texts', jsonb_build_array(personal_text('calendar_renew_means')), 'button', personal_text('calendar_renew_do'))))
    FROM person p
    WHERE p.id = personal_calendar.person_id AND (p.resource IN ('registration', 'booking')
        OR EXISTS (SELECT FROM member m JOIN session_panel x ON x.panel_id = m.panel_id JOIN session s ON s.id = x.session_id
                   WHERE m.id = p.id AND m.state = 'active' AND was_published(s))
        OR EXISTS (SELECT FROM expert e WHERE e.id = p.id AND e.state IN ('active', 'on_break')))
$$;

GRANT SELECT (feed_id) ON person TO osallisuus_api;
GRANT SELECT, INSERT (id, person_id) ON person_feed TO osallisuus_api;
