-- The question whether it is better, on the page of a personal link: for whoever takes part and is not reached by mail, as behind a receipt.

-- As whom somebody with a personal link is told and asked: by address where there is one, else by who they are here.
CREATE FUNCTION person_contributor(person uuid) RETURNS bytea LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(p.address_hash, uuid_send(p.id)) FROM person p WHERE p.id = person
$$;

-- Whether an answer can come now: of who was asked, until the question expires (expires_on); of who was not, while it is on.
CREATE FUNCTION follow_up_can_come(asked change, expires_on date) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN expires_on IS NULL THEN follow_up_is_on(asked) ELSE expires_on >= app_today() END
$$;

-- What a contributor says of a change, once, whether the question came by mail or not; the same again is answered alike.
CREATE FUNCTION follow_up_say(asked change, who bytea, of_case uuid, of_person uuid, tag text, wish jsonb, request uuid, hash bytea,
    OUT is_replayed boolean, OUT problem text) LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    known record;
BEGIN
    SELECT f.id, f.answer, f.expires_on, f.request_id, f.request_hash INTO known FROM follow_up f WHERE f.change_id = asked.id AND f.contributor = who;
    is_replayed := known.answer IS NOT NULL;
    problem := CASE WHEN known.request_id = request AND known.request_hash IS DISTINCT FROM hash THEN 'idempotency_key_reused'
                    WHEN asked.id IS NULL THEN 'unknown_reference'
                    WHEN known.answer = wish ->> 'answer' THEN NULL
                    WHEN known.answer IS NOT NULL THEN 'follow_up_answered'
                    WHEN NOT follow_up_can_come(asked, known.expires_on) THEN 'follow_up_not_on' END;
    IF problem IS NOT NULL OR is_replayed THEN
        RETURN;
    ELSIF known.id IS NULL THEN
        INSERT INTO follow_up (id, change_id, contributor, feedback_id, person_id, expires_on, answer, answered_on, text, lang, request_id, request_hash)
        VALUES (request, asked.id, who, of_case, of_person, app_today(), wish ->> 'answer', app_today(), wish ->> 'text', tag, request, hash)
        ON CONFLICT ON CONSTRAINT follow_up_once DO NOTHING;
    ELSE
        UPDATE follow_up f SET answer = wish ->> 'answer', answered_on = app_today(), text = wish ->> 'text', lang = tag, request_id = request, request_hash = hash
        WHERE f.id = known.id AND f.answer IS NULL;
    END IF;
    IF NOT FOUND THEN
        problem := 'follow_up_answered';
    END IF;
END
$$;

REVOKE ALL ON FUNCTION person_contributor(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION person_contributor(uuid) TO osallisuus_api;
GRANT INSERT (person_id) ON follow_up TO osallisuus_api;
