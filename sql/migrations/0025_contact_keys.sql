-- The keys that contact data is sealed to, and what the mailer needs to seal it anew under the newest one.

-- By the first 8 bytes of the SHA-256 of the public key. A mailer makes itself known with the key that it was given as the newest.
CREATE TABLE contact_key (
    id text PRIMARY KEY,
    place bigint GENERATED ALWAYS AS IDENTITY, -- the newest has the highest
    announced_on date NOT NULL DEFAULT app_today(),
    retired_on date, -- from then on nothing is taken that is sealed to it
    CONSTRAINT contact_key_id CHECK (id ~ '^[0-9a-f]{16}$')
);

CREATE INDEX contact_by_key ON contact (key_id, feedback_id);
CREATE INDEX survey_link_by_key ON survey_link (key_id, id) WHERE key_id IS NOT NULL;

CREATE FUNCTION contact_key_newest() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT k.id FROM contact_key k ORDER BY k.place DESC LIMIT 1
$$;

-- Whoever still seals to a key that was retired is told so: what it brings could never be read.
CREATE FUNCTION contact_key_is_not_retired(key_ids text[]) RETURNS void LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM contact_key k WHERE k.id = ANY (key_ids) AND k.retired_on IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'contact_key_is_not_retired', MESSAGE = 'contact_key_is_not_retired';
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION contact_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    reached uuid[];
    keys text[];
BEGIN
    SELECT array_agg(n.feedback_id), array_agg(DISTINCT n.key_id) INTO reached, keys FROM new_contact n;
    IF reached IS NOT NULL THEN
        PERFORM contact_key_is_not_retired(keys);
        PERFORM mail_giver(reached, 'received', 'received');
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION survey_link_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM contact_key_is_not_retired(array_agg(DISTINCT key_id)) FROM new_link HAVING count(key_id) > 0;
    PERFORM survey_round_jobs(array_agg(DISTINCT round_id)) FROM new_link WHERE has_address HAVING count(*) > 0;
    RETURN NULL;
END
$$;

-- How much is sealed to each key, known or not; '?' is what no key of the mailer opens.
CREATE FUNCTION contact_key_use() RETURNS TABLE (key_id text, contacts bigint, links bigint) LANGUAGE sql STABLE AS $$
    SELECT u.key_id, sum(u.contacts)::bigint, sum(u.links)::bigint
    FROM (SELECT k.id AS key_id, 0 AS contacts, 0 AS links FROM contact_key k
          UNION ALL SELECT c.key_id, count(*), 0 FROM contact c GROUP BY c.key_id
          UNION ALL SELECT l.key_id, 0, count(*) FROM survey_link l WHERE l.key_id IS NOT NULL GROUP BY l.key_id) u
    GROUP BY u.key_id
$$;

-- Retires a key, and says why not when it must not be. Nothing is written to the tables between the look and the deed.
CREATE FUNCTION contact_key_retire(wanted text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE contact, survey_link IN SHARE MODE;
    IF NOT EXISTS (SELECT FROM contact_key k WHERE k.id = wanted) THEN
        RETURN 'unknown';
    ELSIF contact_key_newest() = wanted THEN
        RETURN 'newest';
    ELSIF EXISTS (SELECT FROM contact c WHERE c.key_id = wanted) OR EXISTS (SELECT FROM survey_link l WHERE l.key_id = wanted) THEN
        RETURN 'needed';
    END IF;
    UPDATE contact_key SET retired_on = app_today() WHERE id = wanted AND retired_on IS NULL;
    RETURN 'retired';
END
$$;

CREATE TRIGGER contact_key_audit_insert AFTER INSERT ON contact_key REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('contact_key', 'announced', '', 'id');
CREATE TRIGGER contact_key_audit_update AFTER UPDATE ON contact_key REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('contact_key', 'retired', '', 'id');

INSERT INTO job (kind, unique_key) VALUES ('reseal', 'reseal');

REVOKE ALL ON FUNCTION contact_key_is_not_retired(text[]), contact_key_retire(text) FROM PUBLIC;
GRANT SELECT ON contact_key TO osallisuus_api, osallisuus_worker, osallisuus_mailer, osallisuus_reader;
GRANT INSERT (id) ON contact_key TO osallisuus_mailer;
GRANT UPDATE (sealed, key_id) ON contact TO osallisuus_mailer;
GRANT UPDATE (sealed, key_id) ON survey_link TO osallisuus_mailer;
