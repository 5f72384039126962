-- Surveys and their rounds: a question set asked of many, by single-use links. An answer is related to no link and no address.

INSERT INTO role_scope (resource, who, scope) VALUES
    ('survey', 'coordinator', 'feedback:coordinate'),
    ('survey_round', 'coordinator', 'feedback:coordinate');

CREATE TABLE survey (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL CONSTRAINT survey_unit_exists REFERENCES unit,
    question_set_id uuid NOT NULL CONSTRAINT survey_question_set_exists REFERENCES question_set,
    title jsonb NOT NULL,
    intro jsonb NOT NULL DEFAULT '{}',
    audience text NOT NULL,
    state text NOT NULL DEFAULT 'draft',
    made_on date NOT NULL DEFAULT app_today(),
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT survey_title_is_by_language CHECK (is_language_map(title) AND title <> '{}'),
    CONSTRAINT survey_intro_is_by_language CHECK (is_language_map(intro)),
    CONSTRAINT survey_audience CHECK (audience IN ('clients', 'staff', 'panel')),
    CONSTRAINT survey_state CHECK (state IN ('draft', 'open', 'closed', 'archived'))
);

CREATE INDEX survey_by_day ON survey (made_on DESC, id DESC);
CREATE TRIGGER survey_version BEFORE UPDATE ON survey FOR EACH ROW EXECUTE FUNCTION next_version();

CREATE TABLE survey_round (
    id uuid PRIMARY KEY,
    survey_id uuid NOT NULL CONSTRAINT survey_round_survey_exists REFERENCES survey,
    n integer NOT NULL,
    opens_at timestamptz NOT NULL,
    closes_at timestamptz NOT NULL,
    remind_at timestamptz, -- when links that are not used yet are reminded of; NULL: never
    state text NOT NULL DEFAULT 'planned',
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT survey_round_times CHECK (opens_at < closes_at AND remind_at > opens_at AND remind_at < closes_at),
    CONSTRAINT survey_round_state CHECK (state IN ('planned', 'open', 'closed', 'cancelled')),
    CONSTRAINT survey_round_place UNIQUE (survey_id, n)
);

CREATE TRIGGER survey_round_version BEFORE UPDATE ON survey_round FOR EACH ROW EXECUTE FUNCTION next_version();

-- Each time that links were made, and by which request.
CREATE TABLE survey_link_batch (
    id uuid PRIMARY KEY,
    round_id uuid NOT NULL CONSTRAINT survey_link_batch_round_exists REFERENCES survey_round,
    link_count integer NOT NULL,
    made_on date NOT NULL DEFAULT app_today(),
    request_hash bytea,
    CONSTRAINT survey_link_batch_size CHECK (link_count BETWEEN 1 AND 1000)
);

-- Good for one answer. That it was used is remembered while the round is open, and then forgotten with the address: the
-- rows of a round are written anew at once, so that not even their transactions say which link was used when.
CREATE TABLE survey_link (
    id uuid PRIMARY KEY,
    round_id uuid NOT NULL CONSTRAINT survey_link_round_exists REFERENCES survey_round,
    batch_id uuid NOT NULL CONSTRAINT survey_link_batch_exists REFERENCES survey_link_batch,
    token_hash bytea NOT NULL,
    used boolean DEFAULT false,
    used_key uuid, -- names the request that used it, for its repetition; made of the caller's key, never of the answers
    sealed bytea,  -- the address, for the mailer alone
    key_id text,
    address_hash bytea,
    lang text,
    has_address boolean GENERATED ALWAYS AS (sealed IS NOT NULL) STORED,
    CONSTRAINT survey_link_token_is_unique UNIQUE (token_hash),
    CONSTRAINT survey_link_address_is_whole CHECK (num_nonnulls(sealed, key_id) IN (0, 2) AND (sealed IS NULL OR address_hash IS NOT NULL)),
    CONSTRAINT survey_link_address_once UNIQUE (round_id, address_hash)
);
CREATE INDEX survey_link_of_batch ON survey_link (batch_id);

ALTER TABLE answer_sheet ADD COLUMN round_id uuid CONSTRAINT answer_sheet_round_exists REFERENCES survey_round,
    ADD CONSTRAINT answer_sheet_has_one_source CHECK ((feedback_id IS NULL) <> (round_id IS NULL));
CREATE INDEX answer_sheet_of_round ON answer_sheet (round_id) WHERE round_id IS NOT NULL;

ALTER TABLE answer_text ALTER COLUMN original SET STATISTICS 0;

-- An erased case loses the words of its answers, whoever erases it.
CREATE FUNCTION answer_erase() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM answer_text t USING new_erasure n WHERE t.answer_sheet_id = n.feedback_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER answer_erase AFTER INSERT ON erasure REFERENCING NEW TABLE AS new_erasure FOR EACH STATEMENT EXECUTE FUNCTION answer_erase();

-- What is wrong with a voice that has no text, or answers: [{"pointer", "code"}]; NULL: nothing.
CREATE FUNCTION voice_problems(is_wordless boolean, set_id uuid, answers jsonb, unit_path uuid[]) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN answers IS NULL AND set_id IS NULL THEN CASE WHEN is_wordless THEN '[{"pointer": "/text", "code": "voice_is_empty"}]'::jsonb END
        WHEN answers IS NULL THEN '[{"pointer": "/answers", "code": "answer_missing"}]'
        WHEN NOT EXISTS (SELECT FROM question_set s WHERE s.id = set_id AND (s.unit_id IS NULL OR s.unit_id = ANY (unit_path)))
            THEN '[{"pointer": "/question_set_id", "code": "unknown_reference"}]'
        ELSE nullif(answer_problems(set_id, answers), '[]') END
$$;

-- ---- what the clock does ----
-- A job of a time has the time in its name, and does nothing when the round has another by then. What is to be done at once has
-- no name: the running job of that name may have looked already.
CREATE FUNCTION survey_round_jobs(rounds uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'clock', greatest(w.at, app_now()), r.id, jsonb_build_object('phase', w.phase), w.phase || ':' || r.id || ':' || extract(epoch FROM w.at)
    FROM survey_round r JOIN survey s ON s.id = r.survey_id CROSS JOIN LATERAL (VALUES
        ('round_open', r.opens_at, r.state = 'planned' AND s.state = 'open'),
        ('round_invite', NULL, r.state = 'open'),
        ('round_remind', r.remind_at, r.state = 'open' AND r.remind_at >= app_now()),
        ('round_close', r.closes_at, r.state = 'open'),
        ('round_forget', NULL, r.state = 'closed')) w (phase, at, is_wanted)
    WHERE r.id = ANY (rounds) AND w.is_wanted
    ON CONFLICT (unique_key) DO NOTHING
$$;

CREATE FUNCTION survey_round_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM survey_round_jobs(array_agg(id)) FROM new_round HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER survey_round_made AFTER INSERT ON survey_round REFERENCING NEW TABLE AS new_round FOR EACH STATEMENT EXECUTE FUNCTION survey_round_changed();
CREATE TRIGGER survey_round_changed AFTER UPDATE ON survey_round REFERENCING NEW TABLE AS new_round FOR EACH STATEMENT EXECUTE FUNCTION survey_round_changed();

-- Links that are added to an open round are invited too.
CREATE FUNCTION survey_link_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM survey_round_jobs(array_agg(DISTINCT round_id)) FROM new_link WHERE has_address HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER survey_link_made AFTER INSERT ON survey_link REFERENCING NEW TABLE AS new_link FOR EACH STATEMENT EXECUTE FUNCTION survey_link_made();

-- After its round nobody is related to a link any more. The hash stays, for the unsubscribe link of the mail.
CREATE FUNCTION survey_rounds_forget(rounds uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE survey_link l SET used = NULL, used_key = NULL, sealed = NULL, key_id = NULL
    FROM survey_round r
    WHERE r.id = ANY (rounds) AND r.state = 'closed' AND l.round_id = r.id AND (l.used IS NOT NULL OR l.sealed IS NOT NULL)
$$;

-- ---- steps ----
CREATE FUNCTION survey_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wanted integer; moved integer;
BEGIN
    SELECT count(*) INTO wanted FROM new_step WHERE resource IN ('survey', 'survey_round');
    IF wanted = 0 THEN
        RETURN NULL;
    END IF;
    WITH surveys AS (
        UPDATE survey s SET state = n.to_state FROM new_step n
        WHERE n.resource = 'survey' AND s.id = n.subject AND s.state = n.from_state AND s.version + 1 = n.version RETURNING s.id
    ), rounds AS (
        UPDATE survey_round r SET state = n.to_state FROM new_step n
        WHERE n.resource = 'survey_round' AND r.id = n.subject AND r.state = n.from_state AND r.version + 1 = n.version RETURNING r.id
    )
    SELECT (SELECT count(*) FROM surveys) + (SELECT count(*) FROM rounds) INTO moved;
    IF moved <> wanted THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'step_follows_state', MESSAGE = 'step_follows_state';
    END IF;
    INSERT INTO event (type, resource, subject, unit_id, version, data)
    SELECT n.resource || '.' || n.to_state, n.resource, n.subject, s.unit_id, n.version,
        jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
    FROM new_step n
    LEFT JOIN survey_round r ON n.resource = 'survey_round' AND r.id = n.subject
    JOIN survey s ON s.id = coalesce(r.survey_id, n.subject)
    WHERE n.resource IN ('survey', 'survey_round');
    -- A survey that opens lets its rounds open at their time; one that ends ends them.
    PERFORM survey_round_jobs(array_agg(r.id)) FROM new_step n JOIN survey_round r ON r.survey_id = n.subject
    WHERE n.resource = 'survey' AND n.to_state = 'open' HAVING count(*) > 0;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'survey_round', r.id, r.state, CASE r.state WHEN 'open' THEN 'closed' ELSE 'cancelled' END, 'system', r.version + 1
    FROM new_step n JOIN survey_round r ON r.survey_id = n.subject
    WHERE n.resource = 'survey' AND n.to_state IN ('closed', 'archived') AND r.state IN ('planned', 'open');
    RETURN NULL;
END
$$;

CREATE TRIGGER step_survey AFTER INSERT ON step REFERENCING NEW TABLE AS new_step FOR EACH STATEMENT EXECUTE FUNCTION survey_step();

-- ---- mail ----
ALTER TABLE mail ADD COLUMN survey_link_id uuid CONSTRAINT mail_survey_link_exists REFERENCES survey_link ON DELETE CASCADE,
    DROP CONSTRAINT mail_has_one_receiver, ADD CONSTRAINT mail_has_one_receiver CHECK (num_nonnulls(feedback_id, mailbox, survey_link_id) = 1),
    DROP CONSTRAINT mail_state, ADD CONSTRAINT mail_state CHECK (state IN ('queued', 'sent', 'failed', 'no_address', 'opted_out', 'capped', 'not_needed'));
CREATE INDEX mail_of_survey_link ON mail (survey_link_id) WHERE survey_link_id IS NOT NULL;

-- As before, and mails to links: none to a link that was used meanwhile, and a reminder too stops at an opt-out.
CREATE OR REPLACE FUNCTION mail_prepare(mail_ids uuid[], unsubscribe_hashes bytea[]) RETURNS TABLE (mail_id uuid, verdict text,
    template text, lang text, mailbox text, sealed bytea, address_hash bytea, link_id uuid, capped boolean)
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    m record;
    this_month date := date_trunc('month', app_today()::timestamp)::date;
    cap integer := rule_value('contact_cap');
BEGIN
    -- By address, so that two processes never wait for each other crosswise.
    FOR m IN
        SELECT x.id, x.template, coalesce(x.lang, r.lang) AS lang, x.mailbox, r.sealed, r.address_hash, x.link_id, x.capped,
            x.counted, w.hash,
            CASE WHEN x.state <> 'queued' THEN 'over'
                 WHEN x.survey_link_id IS NOT NULL AND l.used IS NOT false THEN 'not_needed'
                 WHEN x.mailbox IS NULL AND r.sealed IS NULL THEN 'no_address'
                 WHEN d.address_hash IS NOT NULL THEN 'failed'
                 WHEN (x.capped OR l.id IS NOT NULL) AND o.address_hash IS NOT NULL THEN 'opted_out'
                 WHEN x.capped AND l.id IS NULL AND NOT CASE x.template WHEN 'follow_up' THEN c.wants_follow_up ELSE c.wants_news END THEN 'opted_out'
                 ELSE 'send' END AS verdict
        FROM unnest(mail_ids, unsubscribe_hashes) w (id, hash)
        JOIN mail x ON x.id = w.id
        LEFT JOIN contact c ON c.feedback_id = x.feedback_id
        LEFT JOIN survey_link l ON l.id = x.survey_link_id
        CROSS JOIN LATERAL (SELECT coalesce(c.sealed, l.sealed) AS sealed, coalesce(c.address_hash, l.address_hash) AS address_hash,
                                coalesce(c.lang, l.lang) AS lang) r
        LEFT JOIN dead_address d ON d.address_hash = r.address_hash
        LEFT JOIN opt_out o ON o.address_hash = r.address_hash
        ORDER BY r.address_hash, x.id
    LOOP
        IF m.verdict = 'send' AND m.capped AND NOT m.counted THEN
            INSERT INTO contact_count AS k (address_hash, month, sent) VALUES (m.address_hash, this_month, 1)
            ON CONFLICT (address_hash, month) DO UPDATE SET sent = k.sent + 1 WHERE k.sent < cap;
            IF FOUND THEN
                UPDATE mail SET counted = true, unsubscribe_hash = m.hash WHERE id = m.id;
            ELSE
                m.verdict := 'capped';
            END IF;
        END IF;
        RETURN QUERY SELECT m.id, m.verdict, m.template, m.lang, m.mailbox, m.sealed, m.address_hash, m.link_id, m.capped;
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION opt_out_by_link(link_hash bytea) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO opt_out (address_hash)
    SELECT coalesce(c.address_hash, l.address_hash)
    FROM mail m LEFT JOIN contact c ON c.feedback_id = m.feedback_id LEFT JOIN survey_link l ON l.id = m.survey_link_id
    WHERE m.unsubscribe_hash = link_hash AND coalesce(c.address_hash, l.address_hash) IS NOT NULL
    ON CONFLICT (address_hash) DO NOTHING;
    RETURN EXISTS (SELECT FROM mail WHERE unsubscribe_hash = link_hash);
END
$$;

-- ---- answering ----
-- What a link opens. state: open, early (its round will open), answered, closed.
CREATE VIEW survey_access WITH (security_invoker = true) AS
SELECT l.id AS link_id, l.token_hash, l.used_key, l.round_id, r.opens_at, r.closes_at, s.title, s.intro, s.audience, s.question_set_id,
    q.questions, q.respondent_group,
    CASE WHEN l.used THEN 'answered'
         WHEN r.state = 'open' AND s.state = 'open' AND app_now() < r.closes_at THEN 'open'
         WHEN r.state = 'planned' AND s.state IN ('draft', 'open') THEN 'early'
         ELSE 'closed' END AS state
FROM survey_link l
JOIN survey_round r ON r.id = l.round_id
JOIN survey s ON s.id = r.survey_id
JOIN question_set q ON q.id = s.question_set_id;

-- A text in the first of these languages that it has, else in any.
CREATE FUNCTION text_tag(texts jsonb, tags text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce((SELECT t.tag FROM unnest(tags) WITH ORDINALITY t (tag, n) WHERE texts ? t.tag ORDER BY t.n LIMIT 1),
        (SELECT min(k) FROM jsonb_object_keys(texts) k))
$$;

CREATE FUNCTION text_in(texts jsonb, tags text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(texts ->> text_tag(texts, tags), '')
$$;

-- The keys of those questions that are asked of somebody who answered so.
CREATE FUNCTION shown_questions(questions jsonb, answers jsonb) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    q jsonb; shown text[] := '{}';
BEGIN
    FOR q IN SELECT x FROM jsonb_array_elements(questions) x LOOP
        IF question_is_shown(q, shown, answers) THEN
            shown := shown || (q ->> 'key');
        END IF;
    END LOOP;
    RETURN shown;
END
$$;

-- The answers in a form's fields, q_<key> and q_<key>.<value>, to those questions that they let be asked. '-': do not know.
CREATE FUNCTION form_answers(questions jsonb, form jsonb) RETURNS TABLE (answers jsonb, shown text[]) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    q jsonb; given text; value jsonb;
BEGIN
    answers := '{}'; shown := '{}';
    FOR q IN SELECT x FROM jsonb_array_elements(questions) x LOOP
        CONTINUE WHEN NOT question_is_shown(q, shown, answers);
        shown := shown || (q ->> 'key');
        given := btrim(replace(form ->> ('q_' || (q ->> 'key')), E'\r\n', E'\n'), E' \n\t');
        value := CASE
            WHEN q ->> 'type' = 'multi_choice' THEN coalesce(
                (SELECT jsonb_agg(o -> 'value') FROM jsonb_array_elements(q -> 'options') o WHERE form ? ('q_' || (q ->> 'key') || '.' || (o ->> 'value'))),
                CASE WHEN form ? ('q_' || (q ->> 'key') || '.-') THEN 'null'::jsonb END)
            WHEN given = '' THEN NULL
            WHEN q ->> 'type' = 'text' THEN to_jsonb(given)
            WHEN given = '-' THEN 'null'
            WHEN q ->> 'type' IN ('scale', 'recommend') AND given ~ '^[0-9]{1,3}$' THEN to_jsonb(given::integer)
            WHEN q ->> 'type' = 'yes_no' AND given IN ('yes', 'no') THEN to_jsonb(given = 'yes')
            ELSE to_jsonb(given) END;
        IF value IS NOT NULL THEN
            answers := answers || jsonb_build_object(q ->> 'key', value);
        END IF;
    END LOOP;
    RETURN NEXT;
END
$$;

-- The choices of one question in a form.
CREATE FUNCTION form_options(q jsonb, answer jsonb, tags text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', 'q_' || (q ->> 'key') || '_' || o.n, 'text', o.text, 'checked', coalesce(answer @> o.value, false),
        'value', CASE WHEN q ->> 'type' = 'multi_choice' THEN '1' ELSE o.field END,
        'name', 'q_' || (q ->> 'key') || CASE WHEN q ->> 'type' = 'multi_choice' THEN '.' || o.field ELSE '' END) ORDER BY o.n), '[]')
    FROM (
        SELECT i.n, to_jsonb(i.n) AS value, i.n::text AS field, concat_ws(' – ', i.n, q #> ARRAY['labels', i.n::text] ->> text_tag(q #> ARRAY['labels', i.n::text], tags)) AS text
        FROM generate_series(question_bound(q, 'min'), question_bound(q, 'max')) i (n)
        UNION ALL
        SELECT e.n::integer, e.o -> 'value', e.o ->> 'value', text_in(e.o -> 'text', tags) FROM jsonb_array_elements(q -> 'options') WITH ORDINALITY e (o, n)
        UNION ALL
        SELECT y.n, y.value, y.field, text_in(y.texts, tags)
        FROM (VALUES (1, 'true'::jsonb, 'yes', '{"fi": "Kyllä", "sv": "Ja", "en": "Yes"}'::jsonb), (2, 'false', 'no', '{"fi": "Ei", "sv": "Nej", "en": "No"}')) y (n, value, field, texts)
        WHERE q ->> 'type' = 'yes_no'
        UNION ALL
        SELECT 1000, 'null', '-', text_in(q -> 'dont_know', tags) WHERE q ? 'dont_know'
    ) o
$$;

-- What every page of a survey shows.
CREATE FUNCTION survey_head(asked survey_access, tags text[]) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', text_in(asked.title, tags), 'intro', text_in(asked.intro, tags),
        'closes_on', to_char((asked.closes_at - interval '1 minute') AT TIME ZONE 'Europe/Helsinki', 'FMDD.FMMM.YYYY'),
        'opens_on', to_char(asked.opens_at AT TIME ZONE 'Europe/Helsinki', 'FMDD.FMMM.YYYY'))
$$;

-- What its form shows: the values of the template. `seen`: the questions that were on the page that was sent.
CREATE FUNCTION survey_form(asked survey_access, tags text[], answers jsonb, problems jsonb, seen text[]) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT survey_head(asked, tags) || jsonb_build_object('has_easy', asked.questions::text LIKE '%"fi-x-selko"%' AND tags[1] = 'fi', 'is_easy', tags[1] = 'fi-x-selko',
        'seen', array_to_string(f.shown, ' '), 'has_problems', problems IS NOT NULL,
        'has_new', seen IS NOT NULL AND NOT f.shown <@ seen,
        'questions', (
            SELECT jsonb_agg(jsonb_build_object('key', q ->> 'key', 'lang', text_tag(q -> 'text', tags), 'text', text_in(q -> 'text', tags),
                'help', coalesce(text_in(q -> 'help', tags), ''), 'required', coalesce((q -> 'required') = 'true', false),
                'is_text', q ->> 'type' = 'text', 'is_checkboxes', q ->> 'type' = 'multi_choice', 'is_radio', q ->> 'type' NOT IN ('text', 'multi_choice'),
                'max_length', coalesce((q ->> 'max_length')::integer, 2000), 'value', coalesce(answers ->> (q ->> 'key'), ''),
                'options', form_options(q, answers -> (q ->> 'key'), tags), 'is_new', seen IS NOT NULL AND NOT (q ->> 'key') = ANY (seen),
                'problem', coalesce((SELECT p ->> 'code' FROM jsonb_array_elements(problems) p WHERE p ->> 'pointer' = '/answers/' || (q ->> 'key') LIMIT 1), '')) ORDER BY e.n)
            FROM jsonb_array_elements(asked.questions) WITH ORDINALITY e (q, n)
            WHERE q ->> 'key' = ANY (f.shown)))
    FROM (SELECT shown_questions(asked.questions, answers) AS shown) f
$$;

-- ---- results ----
-- Of each question how many answered it, the distribution and the mean, of one round or of all; the last two from figures_least answers on.
CREATE FUNCTION question_results(asked_set uuid, asked_round uuid, in_unit uuid, units text, from_day date, to_day date, for_audience text)
    RETURNS TABLE (sheets bigint, questions jsonb) LANGUAGE sql STABLE AS $$
    WITH sheet AS MATERIALIZED (
        SELECT a.answers FROM answer_sheet a WHERE a.round_id = asked_round
        UNION ALL
        SELECT a.answers
        FROM answer_sheet a
        LEFT JOIN feedback f ON f.id = a.feedback_id
        LEFT JOIN survey_round r ON r.id = a.round_id
        LEFT JOIN survey s ON s.id = r.survey_id
        JOIN unit u ON u.id = coalesce(f.unit_id, s.unit_id)
        WHERE asked_round IS NULL AND a.question_set_id = asked_set
            AND a.answered_on >= coalesce(from_day, '-infinity') AND a.answered_on <= coalesce(to_day, 'infinity')
            AND CASE WHEN f.id IS NULL THEN s.audience WHEN f.respondent_role = 'staff' THEN 'staff' ELSE 'clients' END = for_audience
            AND (in_unit IS NULL OR u.path @> ARRAY[in_unit]) AND unit_is_visible(u.path, units)
    ), given AS (
        SELECT e.key, e.value, count(*) AS n FROM sheet CROSS JOIN LATERAL jsonb_each(answers) e GROUP BY e.key, e.value
    ), question AS (
        SELECT e.q, e.n AS place, (SELECT coalesce(sum(g.n), 0)::bigint FROM given g WHERE g.key = e.q ->> 'key' AND g.value <> 'null') AS n
        FROM question_set x CROSS JOIN LATERAL jsonb_array_elements(x.questions) WITH ORDINALITY e (q, n) WHERE x.id = asked_set
    )
    SELECT (SELECT count(*) FROM sheet), jsonb_agg(jsonb_build_object('key', t.q ->> 'key', 'type', t.q ->> 'type', 'text', t.q -> 'text', 'n', t.n,
        'dont_know', (SELECT coalesce(sum(g.n), 0)::bigint FROM given g WHERE g.key = t.q ->> 'key' AND g.value = 'null'),
        'mean', CASE WHEN question_bound(t.q, 'min') IS NOT NULL AND t.n >= rule_value('figures_least')
            THEN (SELECT round(sum((g.value #>> '{}')::numeric * g.n) / t.n, 2) FROM given g WHERE g.key = t.q ->> 'key' AND g.value <> 'null') END,
        'distribution', CASE WHEN t.q ->> 'type' <> 'text' AND t.n >= rule_value('figures_least') THEN (
            SELECT jsonb_object_agg(o.value #>> '{}', coalesce((SELECT sum(g.n) FROM given g WHERE g.key = t.q ->> 'key' AND g.value @> o.value), 0)::bigint)
            FROM (SELECT to_jsonb(i) AS value FROM generate_series(question_bound(t.q, 'min'), question_bound(t.q, 'max')) i
                  UNION ALL SELECT e -> 'value' FROM jsonb_array_elements(t.q -> 'options') e
                  UNION ALL SELECT b FROM unnest(ARRAY['true', 'false']::jsonb[]) b WHERE t.q ->> 'type' = 'yes_no') o) END) ORDER BY t.place)
    FROM question t
$$;

REVOKE ALL ON FUNCTION survey_round_jobs(uuid[]), survey_rounds_forget(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION survey_rounds_forget(uuid[]) TO osallisuus_worker;
GRANT SELECT ON survey, survey_round TO osallisuus_api, osallisuus_worker, osallisuus_mailer, osallisuus_reader;
GRANT INSERT (id, unit_id, question_set_id, title, intro, audience, request_hash), UPDATE (title, intro, audience, question_set_id) ON survey TO osallisuus_api;
GRANT INSERT (id, survey_id, n, opens_at, closes_at, remind_at, request_hash), UPDATE (opens_at, closes_at, remind_at) ON survey_round TO osallisuus_api;
GRANT SELECT, INSERT ON survey_link_batch TO osallisuus_api;
GRANT INSERT (id, round_id, batch_id, token_hash, sealed, key_id, address_hash, lang) ON survey_link TO osallisuus_api;
GRANT SELECT (id, round_id, batch_id, token_hash, used, used_key), UPDATE (used, used_key) ON survey_link TO osallisuus_api;
GRANT SELECT (id, round_id, used, has_address) ON survey_link TO osallisuus_worker;
GRANT SELECT ON survey_link TO osallisuus_mailer;
GRANT SELECT ON survey_access TO osallisuus_api;
GRANT INSERT (round_id) ON answer_sheet TO osallisuus_api;
