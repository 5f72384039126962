-- Registrations: who comes to an open session. Capacity is never exceeded; who finds no room waits in the order of arrival, and a place
-- that becomes free is offered to the first who wait.

INSERT INTO moving_resource (resource, unit_sql) VALUES ('registration', '(SELECT s.unit_id FROM session s WHERE s.id = x.session_id)');
INSERT INTO rule (name, value, least, most, help) VALUES
    ('offer_hours', 24, 1, 168, 'Hours for which a place that became free is kept for the one it is offered to.');

-- What registering locks and counts; nothing else of a session is locked by it.
CREATE TABLE session_place (
    session_id uuid NOT NULL CONSTRAINT session_place_session_exists REFERENCES session,
    capacity integer, -- as the session says
    taken integer NOT NULL DEFAULT 0, -- registered, or offered
    arrived bigint NOT NULL DEFAULT 0,
    CONSTRAINT session_place_pkey PRIMARY KEY (session_id),
    CONSTRAINT session_has_room CHECK (taken <= capacity)
) WITH (fillfactor = 50);

CREATE TABLE registration (
    id uuid PRIMARY KEY,
    session_id uuid NOT NULL CONSTRAINT registration_session_exists REFERENCES session,
    n bigint NOT NULL, -- the order of arrival
    state text NOT NULL,
    came_as text NOT NULL, -- as what; the answer to whoever registers, and to the repeat of it
    support_needs text[] NOT NULL DEFAULT '{}',
    offered_until timestamptz,
    made_on date NOT NULL DEFAULT app_today(),
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT registration_state CHECK (state IN ('waitlisted', 'offered', 'registered', 'expired', 'cancelled', 'attended', 'absent')),
    CONSTRAINT registration_offer_ends CHECK (state <> 'offered' OR offered_until IS NOT NULL),
    CONSTRAINT registration_arrival UNIQUE (session_id, n),
    CONSTRAINT registration_needs_are_known CHECK (support_needs <@ ARRAY['sign_language', 'interpretation', 'hearing_loop', 'easy_language',
        'large_print', 'assistant', 'transport'])
);

CREATE INDEX registration_waiting ON registration (session_id, n) WHERE state = 'waitlisted';
CREATE TRIGGER registration_version BEFORE UPDATE ON registration FOR EACH ROW EXECUTE FUNCTION next_version();

-- An address that registers again: who asks is answered as for the first time, so that nobody learns who comes.
CREATE TABLE registration_repeat (
    id uuid PRIMARY KEY,
    registration_id uuid NOT NULL CONSTRAINT registration_repeat_registration_exists REFERENCES registration,
    came_as text NOT NULL,
    request_hash bytea
);
CREATE INDEX registration_repeat_of ON registration_repeat (registration_id);

CREATE FUNCTION holds_place(state text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT state IN ('registered', 'offered', 'attended', 'absent')
$$;

-- ---- places ----
-- Offers what is free to the first who wait. The places are locked by then.
CREATE FUNCTION session_offer(sessions uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'registration', r.id, 'waitlisted', 'offered', 'system', r.version + 1
    FROM session_place p
    JOIN session s ON s.id = p.session_id AND s.state = 'published' AND s.starts_at > app_now()
    CROSS JOIN LATERAL (
        SELECT w.id, w.version FROM registration w
        WHERE w.session_id = p.session_id AND w.state = 'waitlisted'
        ORDER BY w.n
        LIMIT p.capacity - p.taken
    ) r
    WHERE p.session_id = ANY (sessions) AND (p.capacity IS NULL OR p.taken < p.capacity)
$$;

CREATE FUNCTION session_places() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO session_place (session_id, capacity) SELECT n.id, n.capacity FROM new_session n;
    ELSE -- locked whatever changes: who registers at this moment is told of it too, or sees it
        PERFORM FROM session_place p JOIN new_session n ON n.id = p.session_id ORDER BY p.session_id FOR UPDATE OF p;
        UPDATE session_place p SET capacity = n.capacity FROM new_session n WHERE p.session_id = n.id AND p.capacity IS DISTINCT FROM n.capacity;
        PERFORM session_offer(ARRAY(SELECT n.id FROM new_session n));
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER session_places_made AFTER INSERT ON session REFERENCING NEW TABLE AS new_session FOR EACH STATEMENT EXECUTE FUNCTION session_places();
CREATE TRIGGER session_places_changed AFTER UPDATE ON session REFERENCING NEW TABLE AS new_session FOR EACH STATEMENT EXECUTE FUNCTION session_places();
INSERT INTO session_place (session_id, capacity) SELECT s.id, s.capacity FROM session s;

-- An offer ends after its time, and when the session begins.
CREATE FUNCTION registration_offered() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    NEW.offered_until := least(app_now() + make_interval(hours => rule_value('offer_hours')),
        (SELECT s.starts_at FROM session s WHERE s.id = NEW.session_id));
    RETURN NEW;
END
$$;
CREATE TRIGGER registration_offered BEFORE UPDATE OF state ON registration FOR EACH ROW
    WHEN (NEW.state = 'offered' AND OLD.state <> 'offered') EXECUTE FUNCTION registration_offered();

-- What a move of a registration brings with it: places are counted and offered on, and whoever is offered one is told.
CREATE FUNCTION registration_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    freed uuid[];
BEGIN
    WITH change AS (
        SELECT n.session_id, sum(holds_place(n.state)::integer - holds_place(o.state)::integer)::integer AS taken
        FROM new_registration n JOIN old_registration o USING (id)
        WHERE holds_place(n.state) <> holds_place(o.state)
        GROUP BY n.session_id
    ), counted AS (
        UPDATE session_place p SET taken = p.taken + c.taken FROM change c WHERE p.session_id = c.session_id AND c.taken <> 0
        RETURNING p.session_id, c.taken
    )
    SELECT array_agg(c.session_id) FILTER (WHERE c.taken < 0) INTO freed FROM counted c;
    IF EXISTS (SELECT FROM new_registration n JOIN old_registration o USING (id) WHERE n.state = 'offered' AND o.state <> 'offered') THEN
        INSERT INTO job (kind, run_at, subject, data, unique_key)
        SELECT 'clock', n.offered_until, n.id, '{"phase": "offer_end"}', 'offer_end:' || n.id || ':' || n.version
        FROM new_registration n JOIN old_registration o USING (id) WHERE n.state = 'offered' AND o.state <> 'offered';
        PERFORM mail_person(array_agg(n.id), 'place_offered', NULL)
        FROM new_registration n JOIN old_registration o USING (id) WHERE n.state = 'offered' AND o.state <> 'offered';
    END IF;
    IF freed IS NOT NULL THEN
        PERFORM session_offer(freed);
    END IF;
    UPDATE person p SET ended_on = app_today() FROM new_registration n
    WHERE p.id = n.id AND n.state IN ('cancelled', 'expired') AND p.ended_on IS NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER registration_moved AFTER UPDATE ON registration REFERENCING OLD TABLE AS old_registration NEW TABLE AS new_registration
    FOR EACH STATEMENT EXECUTE FUNCTION registration_moved();

-- The places of these registrations are locked before any of them moves: so moves wait for each other, and count right.
CREATE FUNCTION lock_places(registrations uuid[]) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM session_place p WHERE p.session_id IN (SELECT r.session_id FROM registration r WHERE r.id = ANY (registrations))
    ORDER BY p.session_id FOR UPDATE;
    RETURN true;
END
$$;

-- The clock: offers whose time is over go to the next who wait.
CREATE FUNCTION clock_offer_end(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lock_places(subjects);
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'registration', r.id, 'offered', 'expired', 'system', r.version + 1
    FROM registration r
    WHERE r.id = ANY (subjects) AND r.state = 'offered' AND r.offered_until <= app_now();
END
$$;
INSERT INTO clock_phase (phase, does) VALUES ('offer_end', 'clock_offer_end');

-- ---- registering ----
-- What speaks against registering for a session; one that is not public is not there.
CREATE FUNCTION registration_breach(s session) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN s.id IS NULL OR s.state = 'draft' THEN 'not_found'
                WHEN s.state NOT IN ('published', 'cancelled') OR s.starts_at <= app_now() THEN 'session_has_begun'
                WHEN NOT s.is_open OR s.state = 'cancelled' THEN 'session_is_not_open' END
$$;

-- What speaks against a move of a registration.
CREATE FUNCTION registration_move_breach(r registration, s session, wanted text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN wanted IN ('attended', 'absent') THEN CASE WHEN s.starts_at > app_now() THEN 'session_has_not_begun' END
                WHEN s.starts_at <= app_now() THEN 'session_has_begun'
                WHEN wanted = 'registered' AND s.state <> 'published' THEN 'session_is_not_open'
                WHEN wanted = 'registered' AND r.offered_until <= app_now() THEN 'offer_is_over' END
$$;

-- The registration that an address has for a session, if any: the place of the session is locked by then.
CREATE FUNCTION registration_of(session uuid, hash bytea) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT r.id
    FROM person p JOIN registration r ON r.id = p.id
    WHERE p.address_hash = hash AND r.session_id = session AND r.state IN ('waitlisted', 'offered', 'registered')
$$;

-- Registers one after the other, in the order in which they came; n is the place in the arrays, from 1. Whoever has an address gets
-- the link by mail alone: one that is registered already gets that one's once more, and who asks sees no difference.
CREATE FUNCTION register(ids uuid[], sessions uuid[], bodies jsonb[], hashes bytea[], token_hashes bytea[], sealed bytea[], key_ids text[], address_hashes bytea[])
    RETURNS TABLE (n bigint, id uuid, came_as text, has_link boolean, is_replayed boolean, problem text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    w record;
    known record;
    place session_place;
    earlier uuid;
BEGIN
    PERFORM FROM session_place p WHERE p.session_id = ANY (sessions) ORDER BY p.session_id FOR UPDATE;
    FOR w IN
        SELECT i.*, b.lang, coalesce(b.support_needs, '{}') AS support_needs
        FROM unnest(ids, sessions, bodies, hashes, token_hashes, sealed, key_ids, address_hashes)
            WITH ORDINALITY i (id, session_id, body, hash, token_hash, sealed, key_id, address_hash, n)
        CROSS JOIN LATERAL jsonb_to_record(i.body) b (lang text, support_needs text[])
        ORDER BY i.n
    LOOP
        n := w.n; id := w.id; has_link := w.sealed IS NULL;
        SELECT x.* INTO known FROM (
            SELECT r.session_id, r.came_as, r.request_hash FROM registration r WHERE r.id = w.id
            UNION ALL
            SELECT r.session_id, t.came_as, t.request_hash FROM registration_repeat t JOIN registration r ON r.id = t.registration_id WHERE t.id = w.id) x;
        is_replayed := FOUND;
        problem := CASE WHEN NOT is_replayed THEN (SELECT coalesce(max(registration_breach(s)), CASE WHEN count(*) = 0 THEN 'not_found' END) FROM session s WHERE s.id = w.session_id)
                        WHEN known.request_hash IS DISTINCT FROM w.hash OR known.session_id <> w.session_id THEN 'idempotency_key_reused' END;
        SELECT p.* INTO place FROM session_place p WHERE p.session_id = w.session_id;
        came_as := CASE WHEN is_replayed THEN known.came_as WHEN place.taken >= place.capacity THEN 'waitlisted' ELSE 'registered' END;
        earlier := registration_of(w.session_id, w.address_hash);
        IF NOT is_replayed AND problem IS NULL AND earlier IS NOT NULL THEN
            INSERT INTO registration_repeat (id, registration_id, came_as, request_hash) VALUES (w.id, earlier, came_as, w.hash);
            PERFORM mail_person(ARRAY[earlier], 'person_link', 'again:' || app_today());
        ELSIF NOT is_replayed AND problem IS NULL THEN
            UPDATE session_place p SET arrived = p.arrived + 1, taken = p.taken + holds_place(came_as)::integer WHERE p.session_id = w.session_id;
            INSERT INTO registration (id, session_id, n, state, came_as, support_needs, request_hash)
            VALUES (w.id, w.session_id, place.arrived + 1, came_as, came_as, w.support_needs, w.hash);
            INSERT INTO person (id, resource, token_hash, sealed, key_id, address_hash, lang)
            VALUES (w.id, 'registration', w.token_hash, w.sealed, w.key_id, w.address_hash, w.lang);
            INSERT INTO audit (actor, action, resource, subject) VALUES ('giver', 'registration.created', 'registration', w.id);
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;

-- ---- who goes ----
-- Whoever is erased before the session does not come; what they need and asked is forgotten with them.
CREATE FUNCTION registration_forget() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone uuid[] := ARRAY(SELECT o.id FROM old_person o WHERE o.resource = 'registration');
BEGIN
    IF gone <> '{}' THEN
        PERFORM lock_places(gone);
        INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
        SELECT gen_random_uuid(), 'registration', r.id, r.state, 'cancelled', 'participant', r.version + 1
        FROM registration r JOIN session s ON s.id = r.session_id
        WHERE r.id = ANY (gone) AND r.state IN ('waitlisted', 'offered', 'registered') AND s.state = 'published' AND s.starts_at > app_now();
        UPDATE registration r SET support_needs = '{}', request_hash = NULL WHERE r.id = ANY (gone);
        UPDATE registration_repeat t SET request_hash = NULL WHERE t.registration_id = ANY (gone);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER registration_forget AFTER DELETE ON person REFERENCING OLD TABLE AS old_person FOR EACH STATEMENT EXECUTE FUNCTION registration_forget();

REVOKE ALL ON FUNCTION session_offer(uuid[]), lock_places(uuid[]), registration_of(uuid, bytea),
    register(uuid[], uuid[], jsonb[], bytea[], bytea[], bytea[], text[], bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lock_places(uuid[]), register(uuid[], uuid[], jsonb[], bytea[], bytea[], bytea[], text[], bytea[]) TO osallisuus_api;
GRANT SELECT ON registration TO osallisuus_api, osallisuus_worker, osallisuus_reader;
GRANT SELECT ON session_place TO osallisuus_api, osallisuus_worker;
