-- People who act by a personal link of their own: members of panels, those who registered for a session. What they are is a row of their
-- resource, with the same id; how to reach them and the hash of their link are here, and neither stands in that row.

-- The unit of a resource's row, by what its table says of it.
CREATE FUNCTION resource_unit(resource_name text, row_id uuid) RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    unit uuid;
BEGIN
    EXECUTE format('SELECT %s FROM %I x WHERE x.id = $1', (SELECT r.unit_sql FROM moving_resource r WHERE r.resource = resource_name), resource_name)
        INTO unit USING row_id;
    RETURN unit;
END
$$;

CREATE TABLE person (
    id uuid PRIMARY KEY,
    resource text NOT NULL CONSTRAINT person_resource_is_known REFERENCES moving_resource,
    token_hash bytea NOT NULL,
    link_id uuid,       -- what the token is made of; NULL: the id
    sealed bytea,       -- the address, for the mailer alone
    key_id text,
    address_hash bytea,
    lang text NOT NULL,
    wants_news boolean NOT NULL DEFAULT false,
    ended_on date,      -- from when on nothing is to be told or asked: its resource says so
    has_address boolean GENERATED ALWAYS AS (sealed IS NOT NULL) STORED,
    CONSTRAINT person_token_is_unique UNIQUE (token_hash),
    CONSTRAINT person_address_is_whole CHECK (num_nonnulls(sealed, key_id, address_hash) IN (0, 3)),
    CONSTRAINT person_lang CHECK (lang IN ('fi', 'sv', 'en', 'se', 'smn', 'sms'))
);

CREATE INDEX person_by_key ON person (key_id, id) WHERE key_id IS NOT NULL;
CREATE INDEX person_by_address ON person (address_hash) WHERE address_hash IS NOT NULL;
CREATE INDEX person_ended ON person (ended_on, id) WHERE ended_on IS NOT NULL;

-- A new link in place of a lost one: the old one opens nothing any more.
CREATE TABLE person_link (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT person_link_person_exists REFERENCES person ON DELETE CASCADE,
    token_hash bytea NOT NULL,
    made_on date NOT NULL DEFAULT app_today()
);
CREATE INDEX person_link_of_person ON person_link (person_id);

-- ---- mail ----
ALTER TABLE mail ADD COLUMN person_id uuid CONSTRAINT mail_person_exists REFERENCES person ON DELETE CASCADE,
    DROP CONSTRAINT mail_has_one_receiver,
    ADD CONSTRAINT mail_has_one_receiver CHECK (num_nonnulls(feedback_id, mailbox, survey_link_id, person_id) = 1);
CREATE INDEX mail_of_person ON mail (person_id) WHERE person_id IS NOT NULL;

-- A mail to each of these people who can be reached, with a link to their page: once for each occasion (`why`; NULL: whatever this
-- transaction tells). `counts`: it can wait for the morning, counts towards the contact cap, and only who wants news gets it.
CREATE FUNCTION mail_person(ids uuid[], template_name text, why text, counts boolean DEFAULT false) RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    INSERT INTO mail (template, person_id, capped, unique_key)
    SELECT template_name, p.id, counts, template_name || ':' || p.id || ':' || coalesce(why, pg_current_xact_id()::text)
    FROM person p
    WHERE p.id = ANY (ids) AND p.has_address
    ORDER BY p.id
    ON CONFLICT (unique_key) DO NOTHING
$$;

CREATE FUNCTION person_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    reached uuid[];
    keys text[];
BEGIN
    SELECT array_agg(n.id), array_agg(DISTINCT n.key_id) INTO reached, keys FROM new_person n WHERE n.has_address;
    IF reached IS NOT NULL THEN
        PERFORM contact_key_is_not_retired(keys);
        PERFORM mail_person(reached, 'person_link', 'made');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER person_made AFTER INSERT ON person REFERENCING NEW TABLE AS new_person FOR EACH STATEMENT EXECUTE FUNCTION person_made();

CREATE FUNCTION person_link_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE person p SET link_id = n.id, token_hash = n.token_hash FROM new_link n WHERE p.id = n.person_id;
    PERFORM mail_person(ARRAY[n.person_id], 'person_link', n.id::text) FROM new_link n;
    RETURN NULL;
END
$$;
CREATE TRIGGER person_link_made AFTER INSERT ON person_link REFERENCING NEW TABLE AS new_link FOR EACH STATEMENT EXECUTE FUNCTION person_link_made();

-- As before, and mails to people: to their page, by the link that is good now.
DROP FUNCTION mail_prepare(uuid[], bytea[]);
CREATE FUNCTION mail_prepare(mail_ids uuid[], unsubscribe_hashes bytea[]) RETURNS TABLE (mail_id uuid, verdict text,
    template text, lang text, mailbox text, sealed bytea, address_hash bytea, link_id uuid, capped boolean, is_person boolean)
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
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
            CASE WHEN x.lang IS NULL AND r.lang = 'fi' AND f.support_needs @> '{easy_language}' THEN 'fi-x-selko'
                 ELSE coalesce(x.lang, r.lang) END AS lang, x.mailbox, r.sealed, r.address_hash, coalesce(p.link_id, p.id, x.link_id) AS link_id,
            x.capped, x.counted, w.hash, p.id IS NOT NULL AS is_person,
            CASE WHEN x.state <> 'queued' THEN 'over'
                 WHEN x.survey_link_id IS NOT NULL AND l.used IS NOT false THEN 'not_needed'
                 WHEN x.mailbox IS NULL AND r.sealed IS NULL THEN 'no_address'
                 WHEN d.address_hash IS NOT NULL THEN 'failed'
                 WHEN (x.capped OR l.id IS NOT NULL) AND o.address_hash IS NOT NULL THEN 'opted_out'
                 WHEN x.capped AND l.id IS NULL AND NOT CASE x.template WHEN 'follow_up' THEN c.wants_follow_up ELSE coalesce(c.wants_news, p.wants_news) END
                     THEN 'opted_out'
                 ELSE 'send' END AS verdict
        FROM unnest(mail_ids, unsubscribe_hashes) w (id, hash)
        JOIN mail x ON x.id = w.id
        LEFT JOIN contact c ON c.feedback_id = x.feedback_id
        LEFT JOIN feedback f ON f.id = x.feedback_id
        LEFT JOIN survey_link l ON l.id = x.survey_link_id
        LEFT JOIN person p ON p.id = x.person_id
        CROSS JOIN LATERAL (SELECT coalesce(c.sealed, l.sealed, p.sealed) AS sealed, coalesce(c.address_hash, l.address_hash, p.address_hash) AS address_hash,
                                coalesce(c.lang, l.lang, p.lang) AS lang) r
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
        RETURN QUERY SELECT m.id, m.verdict, m.template, m.lang, m.mailbox, m.sealed, m.address_hash, m.link_id, m.capped, m.is_person;
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION opt_out_by_link(link_hash bytea) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO opt_out (address_hash)
    SELECT a.hash
    FROM mail m
    LEFT JOIN contact c ON c.feedback_id = m.feedback_id
    LEFT JOIN survey_link l ON l.id = m.survey_link_id
    LEFT JOIN person p ON p.id = m.person_id
    CROSS JOIN LATERAL (SELECT coalesce(c.address_hash, l.address_hash, p.address_hash) AS hash) a
    WHERE m.unsubscribe_hash = link_hash AND a.hash IS NOT NULL
    ON CONFLICT (address_hash) DO NOTHING;
    RETURN EXISTS (SELECT FROM mail WHERE unsubscribe_hash = link_hash);
END
$$;

-- ---- keys ----
CREATE OR REPLACE FUNCTION contact_key_use() RETURNS TABLE (key_id text, contacts bigint, links bigint) LANGUAGE sql STABLE AS $$
    SELECT u.key_id, sum(u.contacts)::bigint, sum(u.links)::bigint
    FROM (SELECT k.id AS key_id, 0 AS contacts, 0 AS links FROM contact_key k
          UNION ALL SELECT c.key_id, count(*), 0 FROM contact c GROUP BY c.key_id
          UNION ALL SELECT l.key_id, 0, count(*) FROM survey_link l WHERE l.key_id IS NOT NULL GROUP BY l.key_id
          UNION ALL SELECT p.key_id, 0, count(*) FROM person p WHERE p.key_id IS NOT NULL GROUP BY p.key_id) u
    GROUP BY u.key_id
$$;

CREATE OR REPLACE FUNCTION contact_key_retire(wanted text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE contact, survey_link, person IN SHARE MODE;
    IF NOT EXISTS (SELECT FROM contact_key k WHERE k.id = wanted) THEN
        RETURN 'unknown';
    ELSIF contact_key_newest() = wanted THEN
        RETURN 'newest';
    ELSIF EXISTS (SELECT FROM contact c WHERE c.key_id = wanted) OR EXISTS (SELECT FROM survey_link l WHERE l.key_id = wanted)
        OR EXISTS (SELECT FROM person p WHERE p.key_id = wanted) THEN
        RETURN 'needed';
    END IF;
    UPDATE contact_key SET retired_on = app_today() WHERE id = wanted AND retired_on IS NULL;
    RETURN 'retired';
END
$$;

-- ---- who goes ----
-- What is known of an address goes with the last row that has it.
CREATE FUNCTION address_is_known(hash bytea) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM contact c WHERE c.address_hash = hash) OR EXISTS (SELECT FROM survey_link l WHERE l.address_hash = hash)
        OR EXISTS (SELECT FROM person p WHERE p.address_hash = hash)
$$;

CREATE OR REPLACE FUNCTION forget_address(case_id uuid, hash bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF forget_contributor(case_id, hash) AND hash IS NOT NULL THEN
        IF NOT address_is_known(hash) THEN
            DELETE FROM opt_out WHERE address_hash = hash;
            DELETE FROM contact_count WHERE address_hash = hash;
            DELETE FROM dead_address WHERE address_hash = hash;
        END IF;
        -- How far a worker came, when that was this person; what was done is done once anyway.
        UPDATE job SET data = data - 'after' WHERE kind IN ('news', 'follow_up') AND data ->> 'after' = hash::text;
    END IF;
END
$$;

-- A person goes when the row is deleted: mails and links with it, and what is known of the address. A resource that knows more of a
-- person has a trigger of its own AFTER DELETE ON person.
CREATE FUNCTION person_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone bytea[] := ARRAY(SELECT o.address_hash FROM old_person o WHERE o.address_hash IS NOT NULL AND NOT address_is_known(o.address_hash));
BEGIN
    DELETE FROM opt_out WHERE address_hash = ANY (gone);
    DELETE FROM contact_count WHERE address_hash = ANY (gone);
    DELETE FROM dead_address WHERE address_hash = ANY (gone);
    RETURN NULL;
END
$$;
CREATE TRIGGER person_gone AFTER DELETE ON person REFERENCING OLD TABLE AS old_person FOR EACH STATEMENT EXECUTE FUNCTION person_gone();

-- Inserting the row erases, whoever asks for it; it stays, so that a dump that comes back can be erased again.
CREATE TABLE person_erasure (
    person_id uuid PRIMARY KEY,
    resource text NOT NULL,
    id uuid NOT NULL,
    who text NOT NULL,
    caller_id uuid,
    erased_on date NOT NULL DEFAULT app_today(),
    CONSTRAINT person_erasure_who CHECK (who IN ('person', 'coordinator'))
);

CREATE FUNCTION person_erase() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit (actor, caller_id, action, resource, subject)
    SELECT CASE n.who WHEN 'person' THEN 'giver' ELSE 'caller' END, n.caller_id, 'person.erased', 'person', n.person_id FROM new_erasure n;
    DELETE FROM person p USING new_erasure n WHERE p.id = n.person_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER person_erase AFTER INSERT ON person_erasure REFERENCING NEW TABLE AS new_erasure FOR EACH STATEMENT EXECUTE FUNCTION person_erase();

-- What people do by their link is theirs in the audit, as what givers do.
CREATE OR REPLACE FUNCTION audit_actor(role_name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN role_name IN ('giver', 'member', 'participant') THEN 'giver' WHEN role_name IN ('system', 'retention') THEN 'system'
                WHEN role_name = 'administrator' THEN 'administrator' ELSE 'caller' END
$$;

CREATE FUNCTION person_chose() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit (actor, action, resource, subject) VALUES ('giver', 'person.changed', 'person', NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER person_chose AFTER UPDATE ON person FOR EACH ROW
    WHEN ((OLD.lang, OLD.wants_news) IS DISTINCT FROM (NEW.lang, NEW.wants_news)) EXECUTE FUNCTION person_chose();
CREATE TRIGGER person_link_audit_insert AFTER INSERT ON person_link REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION audit_rows('person', 'link_renewed', 'person_id');

REVOKE ALL ON FUNCTION resource_unit(text, uuid), mail_person(uuid[], text, text, boolean), mail_prepare(uuid[], bytea[]), address_is_known(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION resource_unit(text, uuid) TO osallisuus_api;
GRANT EXECUTE ON FUNCTION mail_person(uuid[], text, text, boolean) TO osallisuus_worker;
GRANT EXECUTE ON FUNCTION mail_prepare(uuid[], bytea[]) TO osallisuus_mailer;
GRANT SELECT (id, resource, token_hash, lang, wants_news, ended_on, has_address) ON person TO osallisuus_api;
GRANT INSERT (id, resource, token_hash, sealed, key_id, address_hash, lang, wants_news), UPDATE (lang, wants_news) ON person TO osallisuus_api;
GRANT SELECT (id, resource, lang, wants_news, ended_on, has_address) ON person TO osallisuus_worker;
GRANT SELECT, UPDATE (sealed, key_id) ON person TO osallisuus_mailer;
GRANT SELECT, INSERT (id, person_id, token_hash) ON person_link TO osallisuus_api;
GRANT SELECT (person_id, resource, id, erased_on), INSERT (person_id, resource, id, who, caller_id) ON person_erasure TO osallisuus_api;
