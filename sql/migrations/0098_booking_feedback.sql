-- What both sides say of a booking that was done, the talk that is offered after a hard task, and what experts observe, which changes
-- may come of.

CREATE TABLE booking_feedback (
    id uuid PRIMARY KEY,
    booking_id uuid NOT NULL CONSTRAINT booking_feedback_booking_exists REFERENCES booking,
    side text NOT NULL,
    rating integer NOT NULL,
    lang text NOT NULL DEFAULT 'fi',
    text text, -- as it was said
    masked text GENERATED ALWAYS AS (CASE WHEN mask_is_thinkable(text) THEN masked_text(text, lang) END) STORED,
    is_hard boolean NOT NULL DEFAULT false,
    debrief text, -- a talk with the coordinator: after a hard task
    given_on date NOT NULL DEFAULT app_today(),
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT booking_feedback_once UNIQUE (booking_id, side),
    CONSTRAINT booking_feedback_side CHECK (side IN ('expert', 'orderer')),
    CONSTRAINT booking_feedback_rating CHECK (rating BETWEEN 1 AND 5),
    CONSTRAINT booking_feedback_lang CHECK (lang IN ('fi', 'sv', 'en', 'se', 'smn', 'sms')),
    CONSTRAINT booking_feedback_text_is_not_blank CHECK (text IS NULL OR NOT is_blank(text)),
    CONSTRAINT booking_feedback_is_hard_for_experts CHECK (side = 'expert' OR NOT is_hard),
    CONSTRAINT booking_feedback_offers_debrief CHECK (is_hard = (debrief IS NOT NULL)),
    CONSTRAINT booking_feedback_debrief CHECK (debrief IN ('offered', 'wanted', 'declined', 'held'))
);
CREATE INDEX booking_feedback_by_day ON booking_feedback (given_on, id);
CREATE TRIGGER booking_feedback_version BEFORE UPDATE ON booking_feedback FOR EACH ROW EXECUTE FUNCTION next_version();

-- What an expert noticed in the services, of their own accord or at a booking.
CREATE TABLE observation (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL CONSTRAINT observation_unit_exists REFERENCES unit,
    booking_id uuid CONSTRAINT observation_booking_exists REFERENCES booking,
    person_id uuid CONSTRAINT observation_person_exists REFERENCES person ON DELETE SET NULL,
    lang text NOT NULL DEFAULT 'fi',
    text text, -- as it was said; NULL: kept long enough
    masked text GENERATED ALWAYS AS (CASE WHEN mask_is_thinkable(text) THEN masked_text(text, lang) END) STORED,
    noted_on date NOT NULL DEFAULT app_today(),
    request_hash bytea,
    CONSTRAINT observation_lang CHECK (lang IN ('fi', 'sv', 'en', 'se', 'smn', 'sms')),
    CONSTRAINT observation_text_is_not_blank CHECK (text IS NULL OR NOT is_blank(text))
);
CREATE INDEX observation_by_day ON observation (noted_on DESC, id DESC);
CREATE INDEX observation_of_person ON observation (person_id, id) WHERE person_id IS NOT NULL;

-- ---- what is said ----
-- As which side of a booking somebody with a personal link speaks.
CREATE FUNCTION booking_side(b booking, person uuid) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE person WHEN b.expert_id THEN 'expert' WHEN b.id THEN 'orderer' END
$$;

-- Keeps what one side says of a booking, once. The columns are those of a reply.
CREATE FUNCTION booking_feedback_given(b booking, of_side text, new_id uuid, hash bytea, body jsonb, page_lang text,
    OUT id uuid, OUT side text, OUT rating integer, OUT is_hard boolean, OUT debrief text, OUT given_on date, OUT _version bigint, OUT _replayed boolean,
    OUT _problem text, OUT _pointer text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    kept_hash bytea;
BEGIN
    SELECT f.id, f.side, f.rating, f.is_hard, f.debrief, f.given_on, f.version, f.request_hash
    INTO id, side, rating, is_hard, debrief, given_on, _version, kept_hash
    FROM booking_feedback f WHERE f.id = new_id;
    _replayed := FOUND;
    _problem := CASE WHEN _replayed THEN CASE WHEN kept_hash IS DISTINCT FROM hash THEN 'idempotency_key_reused' END
                     WHEN NOT EXISTS (SELECT FROM step s WHERE s.resource = 'booking' AND s.subject = b.id AND s.to_state = 'done') THEN 'booking_is_not_done'
                     WHEN of_side = 'orderer' AND (body ->> 'is_hard')::boolean THEN 'booking_feedback_is_hard_for_experts' END;
    _pointer := CASE _problem WHEN 'booking_feedback_is_hard_for_experts' THEN '/is_hard' END;
    IF _replayed OR _problem IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO booking_feedback AS f (id, booking_id, side, rating, lang, text, is_hard, debrief, request_hash)
    SELECT new_id, b.id, of_side, (body ->> 'rating')::integer, coalesce(body ->> 'lang', page_lang), body ->> 'text', w.is_hard,
        CASE WHEN w.is_hard THEN 'offered' END, hash
    FROM (SELECT coalesce((body ->> 'is_hard')::boolean, false) AS is_hard) w
    ON CONFLICT ON CONSTRAINT booking_feedback_once DO NOTHING
    RETURNING f.id, f.side, f.rating, f.is_hard, f.debrief, f.given_on, f.version INTO id, side, rating, is_hard, debrief, given_on, _version;
    IF NOT FOUND THEN
        _problem := 'booking_feedback_once';
    END IF;
END
$$;

CREATE FUNCTION booking_feedback_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO event (at, type, resource, subject, unit_id, version, data)
    SELECT day_start(n.given_on), 'booking_feedback.given', 'booking_feedback', n.id, b.unit_id, n.version, jsonb_build_object('who', n.side)
    FROM new_row n JOIN booking b ON b.id = n.booking_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER booking_feedback_made AFTER INSERT ON booking_feedback REFERENCING NEW TABLE AS new_row FOR EACH STATEMENT EXECUTE FUNCTION booking_feedback_made();

CREATE FUNCTION observation_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO event (at, type, resource, subject, unit_id, version, data)
    SELECT day_start(n.noted_on), 'observation.noted', 'observation', n.id, n.unit_id, 1, '{"who": "expert"}' FROM new_row n;
    RETURN NULL;
END
$$;
CREATE TRIGGER observation_made AFTER INSERT ON observation REFERENCING NEW TABLE AS new_row FOR EACH STATEMENT EXECUTE FUNCTION observation_made();

-- Whoever wants to talk is told to the coordinators who look after them.
INSERT INTO mail_template (name, link, token_of, wish) VALUES ('debrief_wanted', '/v1/booking-feedback/{id}', NULL, NULL);

CREATE FUNCTION booking_feedback_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM mail_mailbox(e.unit_id, 'debrief_wanted', 'coordinator', n.id, n.id::text)
    FROM new_row n JOIN old_row o USING (id) JOIN booking b ON b.id = n.booking_id JOIN expert e ON e.id = b.expert_id
    WHERE n.debrief = 'wanted' AND o.debrief <> 'wanted';
    INSERT INTO event (type, resource, subject, unit_id, version)
    SELECT 'booking_feedback.debrief_' || n.debrief, 'booking_feedback', n.id, b.unit_id, n.version
    FROM new_row n JOIN old_row o USING (id) JOIN booking b ON b.id = n.booking_id
    WHERE n.debrief <> o.debrief;
    RETURN NULL;
END
$$;
CREATE TRIGGER booking_feedback_changed AFTER UPDATE ON booking_feedback REFERENCING OLD TABLE AS old_row NEW TABLE AS new_row
    FOR EACH STATEMENT EXECUTE FUNCTION booking_feedback_changed();

-- Who is erased takes the words along.
CREATE FUNCTION erase_expert_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE observation o SET text = NULL, request_hash = NULL FROM new_erasure n WHERE o.person_id = n.person_id;
    UPDATE booking_feedback f SET text = NULL, request_hash = NULL
    FROM new_erasure n JOIN booking b ON n.person_id IN (b.expert_id, b.id) WHERE f.booking_id = b.id AND f.side = booking_side(b, n.person_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER erase_expert_words AFTER INSERT ON person_erasure REFERENCING NEW TABLE AS new_erasure FOR EACH STATEMENT EXECUTE FUNCTION erase_expert_words();

-- ---- as sources of changes ----
ALTER TABLE change_source
    DROP COLUMN source_id, -- what stands on it is made anew
    ADD COLUMN observation_id uuid CONSTRAINT change_source_observation_exists REFERENCES observation;
ALTER TABLE change_source
    ADD COLUMN source_id uuid GENERATED ALWAYS AS (coalesce(feedback_id, input_id, statement_id, vote_id, session_id, observation_id)) STORED,
    DROP CONSTRAINT change_source_names_one,
    ADD CONSTRAINT change_source_names_one CHECK (num_nonnulls(feedback_id, input_id, statement_id, vote_id, session_id, observation_id, reference) = 1
        AND (kind = 'feedback') = (feedback_id IS NOT NULL) AND (kind = 'statement') = (statement_id IS NOT NULL)
        AND (kind = 'vote') = (vote_id IS NOT NULL) AND (kind = 'session') = (session_id IS NOT NULL)
        AND (input_id IS NULL OR kind IN ('input', 'idea')) AND (observation_id IS NULL OR kind = 'observation')),
    ADD CONSTRAINT change_source_once UNIQUE (change_id, source_id);
CREATE INDEX change_source_of_people ON change_source (source_id) WHERE feedback_id IS NULL AND source_id IS NOT NULL;

CREATE OR REPLACE VIEW source_person AS
SELECT i.id AS source_id, i.person_id FROM input i WHERE i.person_id IS NOT NULL AND i.state <> 'withdrawn'
UNION ALL
SELECT s.id, m.id FROM statement s JOIN member m ON m.panel_id = s.panel_id
    AND m.from_on <= s.adopted_on AND (m.until_on IS NULL OR m.until_on >= s.adopted_on)
UNION ALL
SELECT v.id, m.id FROM vote v JOIN member m ON m.panel_id = v.panel_id
    AND day_start(m.from_on) <= v.closes_at AND (m.until_on IS NULL OR m.until_on >= v.opened_on)
WHERE v.state = 'closed'
UNION ALL
SELECT a.session_id, a.member_id FROM attendance a WHERE a.attended
UNION ALL
SELECT r.session_id, r.id FROM registration r JOIN session x ON x.id = r.session_id
WHERE r.state = 'attended' OR r.state = 'registered' AND x.state IN ('held', 'minutes_published', 'closed')
UNION ALL
SELECT o.id, o.person_id FROM observation o WHERE o.person_id IS NOT NULL;

-- ---- what is read ----
CREATE VIEW shown_booking_feedback AS
SELECT f.id, f.booking_id, f.side, f.rating, f.lang, coalesce(f.masked, f.text) AS text, f.masked IS NOT NULL AS is_masked, f.is_hard, f.debrief,
    f.given_on, f.version
FROM booking_feedback f;

CREATE VIEW shown_observation AS
SELECT o.id, o.unit_id, o.booking_id, o.lang, coalesce(o.masked, o.text) AS text, o.masked IS NOT NULL AS is_masked, o.noted_on FROM observation o;

-- ---- how long it is kept ----
CREATE FUNCTION retention_due_expert_feedback(last_day date, most integer) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    (SELECT f.id::text FROM booking_feedback f WHERE f.given_on <= last_day AND f.text IS NOT NULL ORDER BY f.given_on, f.id LIMIT most)
    UNION ALL
    (SELECT o.id::text FROM observation o WHERE o.noted_on <= last_day AND o.text IS NOT NULL ORDER BY o.noted_on, o.id LIMIT most)
    LIMIT most
$$;

CREATE FUNCTION retention_purge_expert_feedback(keys text[], last_day date) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    UPDATE booking_feedback f SET text = NULL, request_hash = NULL WHERE f.id = ANY (keys::uuid[]);
    UPDATE observation o SET text = NULL, person_id = NULL, request_hash = NULL WHERE o.id = ANY (keys::uuid[]);
    RETURN cardinality(keys);
END
$$;

INSERT INTO retention (class, place, days, least, most, what, kept, ground)
SELECT 'expert_feedback', (SELECT max(x.place) + 1 FROM retention x), 730, 365, 3650,
    jsonb_build_object(
        'fi', 'Kokemusasiantuntijoiden ja tilaajien palautteen sanat sekä kokemusasiantuntijoiden havainnot: antamisen päivästä.',
        'sv', 'Orden i erfarenhetsexperternas och beställarnas respons och experternas iakttagelser: från dagen då de lämnades.',
        'en', 'The words of feedback between experts and those who order them, and what experts observed: from the day they were given.'),
    jsonb_build_object(
        'fi', 'Arvosana ja päivä lukuja varten.',
        'sv', 'Vitsord och dag för statistiken.',
        'en', 'The rating and the day, for the figures.'),
    r.ground
FROM retention r WHERE r.class = 'inputs';

-- The hashes by which a repetition is known, of these as of inputs.
CREATE OR REPLACE FUNCTION retention_due_input_hashes(last_day date, most integer) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    (SELECT i.id::text FROM input i WHERE i.brought_on <= last_day AND i.request_hash IS NOT NULL ORDER BY i.brought_on, i.id LIMIT most)
    UNION ALL
    (SELECT f.id::text FROM booking_feedback f WHERE f.given_on <= last_day AND f.request_hash IS NOT NULL ORDER BY f.given_on, f.id LIMIT most)
    UNION ALL
    (SELECT o.id::text FROM observation o WHERE o.noted_on <= last_day AND o.request_hash IS NOT NULL ORDER BY o.noted_on, o.id LIMIT most)
    LIMIT most
$$;

CREATE OR REPLACE FUNCTION retention_purge_input_hashes(keys text[], last_day date) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    UPDATE input i SET request_hash = NULL WHERE i.id = ANY (keys::uuid[]);
    UPDATE booking_feedback f SET request_hash = NULL WHERE f.id = ANY (keys::uuid[]);
    UPDATE observation o SET request_hash = NULL WHERE o.id = ANY (keys::uuid[]);
    RETURN cardinality(keys);
END
$$;

-- ---- on the page of a personal link ----
-- The form of what one side says of a booking; when it was said, the talk that is offered.
CREATE FUNCTION personal_feedback_acts(b booking, own booking_feedback, of_side text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN own.id IS NULL THEN jsonb_build_array(jsonb_build_object('operation', 'own_booking_feedback', 'values', jsonb_build_object('id', b.id),
                    'button', personal_text('review_send'), 'fields', page_list(
                        jsonb_build_object('name', 'rating', 'label', personal_text('review_rating'), 'type', 'choice', 'required', true, 'options',
                            page_options('review', '{5,4,3,2,1}')),
                        jsonb_build_object('name', 'text', 'label', personal_text('review_text'), 'type', 'area', 'most', 4000),
                        CASE of_side WHEN 'expert' THEN jsonb_build_object('name', 'is_hard', 'type', 'check', 'label', personal_text('review_is_hard')) END)))
                WHEN own.debrief = 'offered' THEN jsonb_build_array(
                    jsonb_build_object('operation', 'own_debrief', 'values', jsonb_build_object('id', b.id, 'wants', true), 'button', personal_text('debrief_want')),
                    jsonb_build_object('operation', 'own_debrief', 'values', jsonb_build_object('id', b.id, 'wants', false), 'quiet', true,
                        'button', personal_text('debrief_decline')))
                ELSE '[]' END
$$;

-- The expert reads what the orderer said, masked; what experts say coordinators alone read.
CREATE FUNCTION personal_booking_reviews(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('reviews_title'), 'items', jsonb_agg(jsonb_build_object('title', page_words(t.name, tag),
        'facts', page_facts(jsonb_build_array('claim_when', page_span((x.b).starts_at, (x.b).ends_at, tag)),
            jsonb_build_array('review_given', CASE WHEN o.id IS NOT NULL THEN personal_text('review_' || o.rating) END)),
        'texts', page_list(CASE WHEN w.id IS NOT NULL THEN personal_text('review_thanks') END, CASE WHEN w.debrief IS NOT NULL THEN personal_text('debrief_is_' || w.debrief) END,
            to_jsonb(o.text)),
        'acts', personal_feedback_acts(x.b, w, x.side))
        ORDER BY (x.b).starts_at DESC, (x.b).id))
    FROM (SELECT b, booking_side(b, personal_booking_reviews.person_id) AS side
          FROM booking b
          WHERE personal_booking_reviews.person_id IN (b.expert_id, b.id) AND b.state IN ('done', 'settled') AND b.starts_at > app_now() - interval '60 days'
              AND EXISTS (SELECT FROM step s WHERE s.resource = 'booking' AND s.subject = b.id AND s.to_state = 'done')
          ORDER BY b.starts_at DESC, b.id LIMIT 10) x
    JOIN experience_task t ON t.code = (x.b).task
    LEFT JOIN booking_feedback w ON w.booking_id = (x.b).id AND w.side = x.side
    LEFT JOIN shown_booking_feedback o ON o.booking_id = (x.b).id AND o.side = 'orderer' AND x.side = 'expert'
    HAVING count(*) > 0
$$;

CREATE FUNCTION personal_observations(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('observations_title'), 'texts', jsonb_build_array(personal_text('observations_what')),
        'acts', jsonb_build_array(jsonb_build_object('operation', 'own_observation_create', 'folded', personal_text('observation_write'), 'button', personal_text('input_send'),
            'fields', jsonb_build_array(jsonb_build_object('name', 'text', 'label', personal_text('observation_text'), 'type', 'area', 'most', 10000, 'required', true)))),
        'items', coalesce((SELECT jsonb_agg(jsonb_build_object('title', page_day(o.noted_on), 'texts', page_list(to_jsonb(o.text))) ORDER BY o.noted_on DESC, o.id)
                           FROM (SELECT y.* FROM observation y WHERE y.person_id = personal_observations.person_id ORDER BY y.noted_on DESC, y.id LIMIT 20) o), '[]'))
    FROM expert e WHERE e.id = personal_observations.person_id AND e.state IN ('active', 'on_break')
$$;

INSERT INTO personal_part (part, resource, place) VALUES ('booking_reviews', NULL, 240), ('observations', 'expert', 250);

-- ---- rights ----
GRANT CREATE ON SCHEMA public TO osallisuus_text; -- or it could own nothing there
ALTER VIEW shown_booking_feedback OWNER TO osallisuus_text;
ALTER VIEW shown_observation OWNER TO osallisuus_text;
REVOKE CREATE ON SCHEMA public FROM osallisuus_text;
REVOKE ALL ON FUNCTION personal_feedback_acts(booking, booking_feedback, text), personal_booking_reviews(uuid, text), personal_observations(uuid, text),
    retention_due_expert_feedback(date, integer), retention_purge_expert_feedback(text[], date) FROM PUBLIC;
GRANT SELECT ON booking_feedback, observation TO osallisuus_text;
GRANT SELECT ON shown_booking_feedback, shown_observation TO osallisuus_api;
GRANT SELECT (id, booking_id, side, rating, is_hard, debrief, given_on, version, request_hash),
    INSERT (id, booking_id, side, rating, lang, text, is_hard, debrief, request_hash), UPDATE (debrief) ON booking_feedback TO osallisuus_api;
GRANT SELECT (id, unit_id, booking_id, person_id, noted_on, request_hash), INSERT (id, unit_id, booking_id, person_id, lang, text, request_hash)
    ON observation TO osallisuus_api;
