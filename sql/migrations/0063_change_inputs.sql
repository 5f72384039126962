-- What was brought to panels and sessions as the source of changes: whoever brought it by a personal link is told as givers are, once
-- for each change and state, by mail where they want it, and else on their page.

ALTER TABLE change_source ADD COLUMN input_id uuid CONSTRAINT change_source_input_exists REFERENCES input,
    DROP CONSTRAINT change_source_names_one,
    ADD CONSTRAINT change_source_names_one CHECK ((kind = 'feedback') = (feedback_id IS NOT NULL)
        AND num_nonnulls(feedback_id, input_id, reference) = 1 AND (input_id IS NULL OR kind IN ('input', 'idea'))),
    ADD CONSTRAINT change_source_input_once UNIQUE (change_id, input_id);
CREATE INDEX change_source_of_input ON change_source (input_id) WHERE input_id IS NOT NULL;

-- contributor: of a person, the keyed hash of the address, as of a giver, so that who is both hears once; else of the id.
ALTER TABLE notice ALTER COLUMN feedback_id DROP NOT NULL,
    ADD COLUMN person_id uuid CONSTRAINT notice_person_exists REFERENCES person ON DELETE SET NULL,
    ADD CONSTRAINT notice_is_of_one CHECK (num_nonnulls(feedback_id, person_id) <= 1),
    DROP CONSTRAINT notice_channel, ADD CONSTRAINT notice_channel CHECK (channel IN ('mail', 'receipt', 'link'));
CREATE INDEX notice_of_person ON notice (person_id) WHERE person_id IS NOT NULL;

-- Who brought something that a change came of, each once.
CREATE FUNCTION change_people(wanted_change uuid) RETURNS TABLE (contributor bytea, person_id uuid, by_mail boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT ON (w.contributor) w.contributor, w.id, w.by_mail
    FROM (
        SELECT coalesce(p.address_hash, uuid_send(p.id)) AS contributor, p.id, p.has_address AND p.wants_news AS by_mail
        FROM change_source s
        JOIN input i ON i.id = s.input_id AND i.state <> 'withdrawn'
        JOIN person p ON p.id = i.person_id
        WHERE s.change_id = wanted_change
    ) w
    ORDER BY w.contributor, w.by_mail DESC, w.id
$$;

-- That somebody was told stays, and not who it was.
CREATE FUNCTION notice_forget() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE notice n SET contributor = sha256(random_bytes() || n.contributor) WHERE n.person_id = OLD.id;
    RETURN OLD;
END
$$;

CREATE TRIGGER notice_forget BEFORE DELETE ON person FOR EACH ROW EXECUTE FUNCTION notice_forget();

REVOKE ALL ON FUNCTION change_people(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION change_people(uuid) TO osallisuus_worker;
