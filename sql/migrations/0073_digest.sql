-- News of changes collected in one mail: who takes part chooses so, at joining or on their page. The ledger has a row for each change and
-- state all the same; the mail is made with the first of them, and sent when its days are over.

INSERT INTO rule (name, value, least, most, help) VALUES
    ('digest_days', 7, 1, 31, 'Days over which news of changes are collected into one mail, for people who choose so. Seven: each Monday.');

ALTER TABLE person ADD COLUMN wants_digest boolean NOT NULL DEFAULT false; -- news collected; a meaning with wants_news only
ALTER TABLE mail ADD COLUMN send_at timestamptz; -- not before; NULL: at once
INSERT INTO mail_template (name, link, token_of, wish) VALUES ('person_digest', '/m/', 'person', 'news');

-- The first day on which what happens today is told in a digest: the same for everybody, counted from a Monday.
CREATE FUNCTION digest_day() RETURNS date LANGUAGE sql STABLE AS $$
    SELECT date '2024-01-01' + ((app_today() - date '2024-01-01') / d.days + 1) * d.days FROM (SELECT rule_value('digest_days') AS days) d
$$;

CREATE OR REPLACE FUNCTION mail_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- News to many has a kind of its own: an answer to one never waits behind it.
    INSERT INTO job (kind, run_at, subject) SELECT CASE WHEN capped THEN 'mail_bulk' ELSE 'mail' END, coalesce(send_at, app_now()), id FROM new_mail;
    RETURN NULL;
END
$$;

DROP TRIGGER person_chose ON person;
CREATE TRIGGER person_chose AFTER UPDATE ON person FOR EACH ROW
    WHEN ((OLD.lang, OLD.wants_news, OLD.wants_digest) IS DISTINCT FROM (NEW.lang, NEW.wants_news, NEW.wants_digest)) EXECUTE FUNCTION person_chose();

-- For everybody: whether to hear news, each by itself or collected, and the way out.
CREATE OR REPLACE FUNCTION personal_settings(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('settings_title'),
        'texts', CASE WHEN p.has_address THEN jsonb_build_array(personal_text(CASE WHEN NOT p.wants_news THEN 'news_off' WHEN p.wants_digest THEN 'news_digest' ELSE 'news_on' END,
            jsonb_build_object('days', rule_value('digest_days')))) ELSE '[]' END,
        'acts', coalesce((
            SELECT jsonb_agg(jsonb_build_object('operation', 'personal_patch', 'quiet', true, 'values', a.wish, 'button', personal_text(a.button)) ORDER BY a.place)
            FROM (VALUES
                (1, 'news_start', '{"wants_news": true, "wants_digest": false}'::jsonb, NOT p.wants_news),
                (2, 'news_stop', '{"wants_news": false}', p.wants_news),
                (3, 'news_each', '{"wants_digest": false}', p.wants_news AND p.wants_digest),
                (4, 'news_collect', '{"wants_news": true, "wants_digest": true}', NOT (p.wants_news AND p.wants_digest))) a (place, button, wish, is_on)
            WHERE p.has_address AND a.is_on), '[]')
            || jsonb_build_array(jsonb_build_object('operation', 'personal_erase', 'quiet', true, 'folded', personal_text('erase_title'),
                'texts', jsonb_build_array(personal_text('erase_goes'), personal_text('erase_stays')), 'button', personal_text('erase_button'))))
    FROM person p WHERE p.id = person_id
$$;

-- As before, and what whoever registers wants to hear.
CREATE OR REPLACE FUNCTION register(ids uuid[], sessions uuid[], bodies jsonb[], hashes bytea[], token_hashes bytea[], sealed bytea[], key_ids text[], address_hashes bytea[])
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
        SELECT i.*, b.lang, coalesce(b.support_needs, '{}') AS support_needs, coalesce(b.wants_news, false) AS wants_news,
            coalesce(b.wants_digest, false) AS wants_digest
        FROM unnest(ids, sessions, bodies, hashes, token_hashes, sealed, key_ids, address_hashes)
            WITH ORDINALITY i (id, session_id, body, hash, token_hash, sealed, key_id, address_hash, n)
        CROSS JOIN LATERAL jsonb_to_record(i.body) b (lang text, support_needs text[], wants_news boolean, wants_digest boolean)
        ORDER BY i.n
    LOOP
        n := w.n; id := w.id; has_link := w.sealed IS NULL;
        SELECT x.* INTO known FROM (
            SELECT r.session_id, r.came_as, r.request_hash FROM registration r WHERE r.id = w.id
            UNION ALL
            SELECT r.session_id, t.came_as, t.request_hash FROM person_repeat t JOIN registration r ON r.id = t.person_id WHERE t.id = w.id) x;
        is_replayed := FOUND;
        problem := CASE WHEN NOT is_replayed THEN (SELECT coalesce(max(registration_breach(s)), CASE WHEN count(*) = 0 THEN 'not_found' END) FROM session s WHERE s.id = w.session_id)
                        WHEN known.request_hash IS DISTINCT FROM w.hash OR known.session_id <> w.session_id THEN 'idempotency_key_reused' END;
        SELECT p.* INTO place FROM session_place p WHERE p.session_id = w.session_id;
        came_as := CASE WHEN is_replayed THEN known.came_as WHEN place.taken >= place.capacity THEN 'waitlisted' ELSE 'registered' END;
        earlier := registration_of(w.session_id, w.address_hash);
        IF NOT is_replayed AND problem IS NULL AND earlier IS NOT NULL THEN
            INSERT INTO person_repeat (id, person_id, came_as, request_hash) VALUES (w.id, earlier, came_as, w.hash);
            PERFORM mail_person(ARRAY[earlier], 'person_link', 'again:' || app_today());
        ELSIF NOT is_replayed AND problem IS NULL THEN
            UPDATE session_place p SET arrived = p.arrived + 1, taken = p.taken + holds_place(came_as)::integer WHERE p.session_id = w.session_id;
            INSERT INTO registration (id, session_id, n, state, came_as, support_needs, request_hash)
            VALUES (w.id, w.session_id, place.arrived + 1, came_as, came_as, w.support_needs, w.hash);
            INSERT INTO person (id, resource, token_hash, sealed, key_id, address_hash, lang, wants_news, wants_digest)
            VALUES (w.id, 'registration', w.token_hash, w.sealed, w.key_id, w.address_hash, w.lang, w.wants_news, w.wants_digest);
            INSERT INTO audit (actor, action, resource, subject) VALUES ('giver', 'registration.created', 'registration', w.id);
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;

GRANT SELECT (wants_digest), INSERT (wants_digest), UPDATE (wants_digest) ON person TO osallisuus_api;
GRANT SELECT (wants_digest) ON person TO osallisuus_worker;
