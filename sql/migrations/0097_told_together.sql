-- One address is one contributor, whatever it takes part in: one digest in its days, and one page has all that it is told of.

-- The changes that came of what a person did, or another person with the same address.
CREATE FUNCTION address_changes(person uuid) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT person_changes(p.id) FROM person p WHERE p.id = person
    UNION
    SELECT person_changes(o.id) FROM person p JOIN person o ON o.address_hash = p.address_hash WHERE p.id = person
$$;
REVOKE ALL ON FUNCTION address_changes(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION address_changes(uuid) TO osallisuus_api;

-- The digest of a contributor for a day: its one key.
CREATE FUNCTION digest_key(contributor bytea, day date) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT concat('digest:', encode(sha256(contributor), 'hex'), ':', day)
$$;

-- As before, and a digest that waits goes to another person with the address.
CREATE OR REPLACE FUNCTION notice_forget() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    other uuid := (SELECT c.feedback_id FROM contact c WHERE c.address_hash = OLD.address_hash ORDER BY 1 LIMIT 1);
    same uuid := (SELECT p.id FROM person p WHERE p.address_hash = OLD.address_hash AND p.id <> OLD.id ORDER BY 1 LIMIT 1);
    heir uuid := CASE WHEN other IS NULL THEN same END;
    salt bytea := random_bytes();
BEGIN
    UPDATE follow_up u SET token_hash = NULL, text = NULL, request_id = NULL, request_hash = NULL WHERE u.person_id = OLD.id;
    UPDATE notice n SET feedback_id = other, person_id = heir WHERE n.person_id = OLD.id AND n.contributor = OLD.address_hash AND coalesce(other, heir) IS NOT NULL;
    UPDATE follow_up u SET feedback_id = other, person_id = heir WHERE u.person_id = OLD.id AND u.contributor = OLD.address_hash AND coalesce(other, heir) IS NOT NULL;
    UPDATE notice n SET contributor = sha256(salt || n.contributor) WHERE n.person_id = OLD.id;
    UPDATE follow_up u SET contributor = sha256(salt || u.contributor) WHERE u.person_id = OLD.id;
    UPDATE mail m SET person_id = NULL, unsubscribe_hash = NULL WHERE m.person_id = OLD.id AND m.template = 'follow_up' AND m.state <> 'queued';
    UPDATE mail m SET person_id = same WHERE m.person_id = OLD.id AND m.template = 'person_digest' AND m.state = 'queued' AND same IS NOT NULL;
    RETURN OLD;
END
$$;

-- Words as a part of a file's name, of small letters, digits and hyphens; NULL: nothing is left of them.
CREATE FUNCTION file_words(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT nullif(trim('-' FROM left(regexp_replace(lower(translate(words, 'ÄÅÁÖØÕÓÜÉŠŽäåáöøõóüéšž', 'aaaoooouesz' || 'aaaoooouesz')), '[^a-z0-9]+', '-', 'g'), 60)), '')
$$;

-- As before, of all who have the address.
CREATE OR REPLACE FUNCTION personal_changes(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('changes_title'), 'has_easy', bool_or(is_in_easy_finnish(w.title, w.said, w.done, w.reasons)),
        'items', jsonb_agg(jsonb_build_object('title', page_words(w.title, tag),
        'texts', page_list(personal_text(concat('change_is_', CASE c.state WHEN 'inconclusive' THEN 'made' ELSE c.state END)),
            CASE WHEN c.made_on IS NOT NULL THEN page_words(w.done, tag) END, page_words(w.reasons, tag),
            CASE WHEN f.answer IS NOT NULL THEN personal_text('follow_up_said') END,
            CASE WHEN f.answer IS NOT NULL THEN personal_text(concat('follow_up_', f.answer)) END),
        'acts', CASE WHEN f.answer IS NULL AND follow_up_can_come(c, f.expires_on) THEN
            jsonb_build_array(jsonb_build_object('operation', 'own_follow_up', 'values', jsonb_build_object('change_id', c.id), 'button', personal_text('follow_up_send'),
                'fields', jsonb_build_array(
                    jsonb_build_object('name', 'answer', 'label', personal_text('follow_up_question'), 'type', 'choice', 'required', true, 'options', (
                        SELECT jsonb_agg(jsonb_build_object('value', o.answer, 'label', personal_text(concat('follow_up_', o.answer))) ORDER BY o.n)
                        FROM unnest(ARRAY['better', 'same', 'worse', 'dont_know']) WITH ORDINALITY o (answer, n))),
                    jsonb_build_object('name', 'text', 'label', personal_text('follow_up_text'), 'type', 'area', 'most', 4000)))) ELSE '[]' END)
        ORDER BY c.suggested_on DESC, c.id DESC))
    FROM change c
    JOIN told_change w ON w.id = c.id
    LEFT JOIN follow_up f ON f.change_id = c.id AND f.contributor = person_contributor(personal_changes.person_id)
    WHERE c.id IN (SELECT address_changes(personal_changes.person_id)) AND c.state NOT IN ('suggested', 'under_review')
    HAVING count(*) > 0
$$;

-- As before, and the state, once it tells more than that the change is made: too few answers are no state for people.
CREATE OR REPLACE VIEW told_change AS
SELECT c.id, coalesce(p.title, c.title) AS title, coalesce(p.said, c.said) AS said, coalesce(p.done, c.done) AS done,
    CASE WHEN c.state IN ('rejected', 'delayed', 'abandoned') THEN c.state_reasons ELSE '{}' END AS reasons,
    (c.state_at AT TIME ZONE 'Europe/Helsinki')::date AS state_on,
    CASE WHEN c.state NOT IN ('suggested', 'under_review', 'made', 'inconclusive') THEN c.state END AS decided
FROM change c
LEFT JOIN published_change p ON p.id = c.id;
