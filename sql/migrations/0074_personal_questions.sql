-- The question whether it is better, on the page of a personal link: for whoever takes part and is not reached by mail, as behind a receipt.
-- And at joining, on the pages of what is open, whether to hear what came of it.

-- As whom somebody with a personal link is told and asked: by address where there is one, else by who they are here.
CREATE FUNCTION person_contributor(person uuid) RETURNS bytea LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(p.address_hash, uuid_send(p.id)) FROM person p WHERE p.id = person
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
                    WHEN NOT CASE WHEN known.id IS NULL THEN follow_up_is_on(asked) ELSE known.expires_on >= app_today() END THEN 'follow_up_not_on' END;
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

-- As before, and the question where it can be answered now.
CREATE OR REPLACE FUNCTION personal_changes(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('changes_title'), 'items', jsonb_agg(jsonb_build_object('title', text_in(c.title, ARRAY[tag, 'fi']),
        'texts', jsonb_build_array(personal_text(concat('change_is_', CASE c.state WHEN 'inconclusive' THEN 'made' ELSE c.state END)))
            || CASE WHEN c.made_on IS NOT NULL THEN jsonb_build_array(text_in(c.done, ARRAY[tag, 'fi'])) ELSE '[]' END
            || CASE WHEN c.state IN ('rejected', 'delayed', 'abandoned') AND c.state_reason IS NOT NULL THEN jsonb_build_array(c.state_reason) ELSE '[]' END
            || CASE WHEN f.answer IS NOT NULL THEN jsonb_build_array(personal_text('follow_up_said'), personal_text(concat('follow_up_', f.answer))) ELSE '[]' END,
        'acts', CASE WHEN f.answer IS NULL AND CASE WHEN f.id IS NULL THEN follow_up_is_on(c) ELSE f.expires_on >= app_today() END THEN
            jsonb_build_array(jsonb_build_object('operation', 'own_follow_up', 'values', jsonb_build_object('change_id', c.id), 'button', personal_text('follow_up_send'),
                'fields', jsonb_build_array(
                    jsonb_build_object('name', 'answer', 'label', personal_text('follow_up_question'), 'type', 'choice', 'required', true, 'options', (
                        SELECT jsonb_agg(jsonb_build_object('value', o.answer, 'label', personal_text(concat('follow_up_', o.answer))) ORDER BY o.n)
                        FROM unnest(ARRAY['better', 'same', 'worse', 'dont_know']) WITH ORDINALITY o (answer, n))),
                    jsonb_build_object('name', 'text', 'label', personal_text('follow_up_text'), 'type', 'area', 'most', 4000)))) ELSE '[]' END)
        ORDER BY c.suggested_on DESC, c.id DESC))
    FROM change c
    LEFT JOIN follow_up f ON f.change_id = c.id AND f.contributor = person_contributor(personal_changes.person_id)
    WHERE c.id IN (SELECT person_changes(personal_changes.person_id)) AND c.state NOT IN ('suggested', 'under_review')
    HAVING count(*) > 0
$$;

-- ---- at joining ----
CREATE FUNCTION news_fields(names text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_agg(jsonb_build_object('name', v, 'type', 'check', 'label', personal_text('open_' || v)) ORDER BY n) FROM unnest(names) WITH ORDINALITY x (v, n)
$$;

-- As before, and the wish to hear of changes.
CREATE OR REPLACE FUNCTION session_form(s session, tag text, is_full boolean) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('operation', 'registration_create', 'values', jsonb_build_object('lang', left(tag, 2)),
        'title', personal_text('register_title'), 'button', personal_text(CASE WHEN is_full THEN 'register_to_wait' ELSE 'register' END),
        'texts', page_list(personal_text('register_how')),
        'fields', jsonb_build_array(
            jsonb_build_object('name', 'support_needs', 'type', 'checks', 'label', personal_text('register_needs'), 'options', page_options('support',
                '{sign_language,interpretation,hearing_loop,easy_language,large_print,assistant,transport}')),
            email_field('register_email')) || news_fields('{wants_news}'))
$$;

CREATE OR REPLACE FUNCTION panel_form(p panel, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('operation', 'member_apply', 'title', personal_text('apply_title'), 'button', personal_text('apply'), 'texts', page_list(personal_text('apply_how'), personal_text('apply_why')),
        'fields', page_list(
            jsonb_build_object('name', 'role', 'type', 'choice', 'label', personal_text('apply_role'), 'required', true,
                'options', page_options('apply_role', '{client,relative,representative}')),
            jsonb_build_object('name', 'name', 'label', personal_text('apply_name'), 'help', personal_text('apply_name_why'), 'most', 200, 'required', true, 'complete', 'name'),
            email_field('apply_email'),
            jsonb_build_object('name', 'lang', 'type', 'select', 'label', personal_text('apply_lang'), 'value', left(tag, 2), 'required', true,
                'options', page_options('apply_lang', '{fi,sv,en,se,smn,sms}')),
            (SELECT jsonb_build_object('name', 'municipality', 'type', 'select', 'label', personal_text('apply_municipality'), 'options',
                jsonb_agg(jsonb_build_object('value', c.code, 'label', page_words(c.name, tag) -> 'text') ORDER BY page_words(c.name, tag) ->> 'text'))
             FROM municipality c WHERE c.closed_on IS NULL HAVING count(*) > 0),
            jsonb_build_object('name', 'age_band', 'type', 'select', 'label', personal_text('apply_age'),
                'options', page_options('age', '{under_13,13_17,18_29,30_64,65_74,75_plus}')),
            jsonb_build_object('name', 'gender', 'type', 'select', 'label', personal_text('apply_gender'), 'options', page_options('gender', '{woman,man,other}')),
            jsonb_build_object('name', 'is_staff', 'type', 'check', 'label', personal_text('apply_staff')),
            jsonb_build_object('name', 'in_statutory_body', 'type', 'check', 'label', personal_text('apply_statutory'))) || news_fields('{wants_news,wants_digest}'))
$$;

REVOKE ALL ON FUNCTION person_contributor(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION person_contributor(uuid) TO osallisuus_api;
GRANT INSERT (person_id) ON follow_up TO osallisuus_api;
