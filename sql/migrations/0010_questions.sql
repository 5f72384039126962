-- Question sets: what is asked beside a text, in versions that never change, and the answers to them.

INSERT INTO rule (name, value, least, most, help) VALUES
    ('figures_least', 5, 1, 100, 'Answers to a question from which on their distribution is shown.');

CREATE TABLE question_set (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    edition integer NOT NULL, -- the version of the set, as its file says; `version` is that of the row, for its state
    respondent_group text NOT NULL,
    unit_id uuid CONSTRAINT question_set_unit_exists REFERENCES unit, -- for this unit and what is below it; NULL: for all
    title jsonb NOT NULL,
    intro jsonb NOT NULL DEFAULT '{}',
    source text, -- whose wordings these are
    questions jsonb NOT NULL, -- as in the file: sql/demo/README.md
    state text NOT NULL DEFAULT 'draft',
    loaded_on date NOT NULL DEFAULT app_today(),
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT question_set_name CHECK (name ~ '^[a-z][a-z0-9_-]{0,59}$'),
    CONSTRAINT question_set_edition CHECK (edition >= 1),
    CONSTRAINT question_set_group CHECK (respondent_group IN ('13_plus', '7_12', 'relative')),
    CONSTRAINT question_set_title_is_by_language CHECK (is_language_map(title) AND title <> '{}'),
    CONSTRAINT question_set_intro_is_by_language CHECK (is_language_map(intro)),
    CONSTRAINT question_set_has_questions CHECK (jsonb_typeof(questions) = 'array' AND questions <> '[]'),
    CONSTRAINT question_set_state CHECK (state IN ('draft', 'active', 'retired')),
    CONSTRAINT question_set_once UNIQUE (name, edition)
);

CREATE UNIQUE INDEX question_set_one_is_active ON question_set (name) WHERE state = 'active';
CREATE TRIGGER question_set_version BEFORE UPDATE ON question_set FOR EACH ROW EXECUTE FUNCTION next_version();

-- Answers are understood by what was asked: only the state of a loaded set ever changes.
CREATE FUNCTION question_set_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'question_set_never_changes', MESSAGE = 'question_set_never_changes';
END
$$;

CREATE TRIGGER question_set_never_changes
    BEFORE UPDATE OF id, name, edition, respondent_group, unit_id, title, intro, source, questions ON question_set
    FOR EACH ROW EXECUTE FUNCTION question_set_never_changes();

CREATE FUNCTION question_set_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wanted integer; moved integer;
BEGIN
    SELECT count(*) INTO wanted FROM new_step WHERE resource = 'question_set';
    IF wanted = 0 THEN
        RETURN NULL;
    END IF;
    UPDATE question_set q SET state = n.to_state
    FROM new_step n
    WHERE n.resource = 'question_set' AND q.id = n.subject AND q.state = n.from_state AND q.version + 1 = n.version;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> wanted THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'step_follows_state', MESSAGE = 'step_follows_state';
    END IF;
    INSERT INTO event (type, resource, subject, unit_id, version, data)
    SELECT 'question_set.' || n.to_state, 'question_set', n.subject, q.unit_id, n.version,
        jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
    FROM new_step n JOIN question_set q ON q.id = n.subject
    WHERE n.resource = 'question_set';
    RETURN NULL;
END
$$;

CREATE TRIGGER step_question_set AFTER INSERT ON step REFERENCING NEW TABLE AS new_step
    FOR EACH STATEMENT EXECUTE FUNCTION question_set_step();

-- ---- what may be answered ----
-- A condition of shown_if: equals and in look for a value, in one answer or among several; at_least and at_most at numbers.
CREATE FUNCTION question_condition_holds(condition jsonb, answer jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN answer IS NULL OR answer = 'null' THEN false
        WHEN condition ? 'equals' THEN answer @> (condition -> 'equals')
        WHEN condition ? 'in' THEN EXISTS (SELECT FROM jsonb_array_elements(condition -> 'in') v WHERE answer @> v)
        WHEN jsonb_typeof(answer) <> 'number' THEN false
        WHEN condition ? 'at_least' THEN (answer #>> '{}')::numeric >= (condition ->> 'at_least')::numeric
        ELSE (answer #>> '{}')::numeric <= (condition ->> 'at_most')::numeric END
$$;

-- Whether a question is asked of somebody who answered so; `shown`: the questions before it that are.
CREATE FUNCTION question_is_shown(question jsonb, shown text[], answers jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT NOT question ? 'shown_if' OR (question #>> '{shown_if,question}' = ANY (shown)
        AND question_condition_holds(question -> 'shown_if', answers -> (question #>> '{shown_if,question}')))
$$;

CREATE FUNCTION question_has_option(question jsonb, answer jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT EXISTS (SELECT FROM jsonb_array_elements(question -> 'options') o WHERE o -> 'value' = answer)
$$;

CREATE FUNCTION question_bound(question jsonb, bound text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE question ->> 'type' WHEN 'scale' THEN (question ->> bound)::integer WHEN 'recommend' THEN
        CASE bound WHEN 'min' THEN 0 ELSE 10 END END
$$;

-- The problem code of one answer; NULL: it is good. A null is "I do not know", where the question offers that.
CREATE FUNCTION answer_problem(question jsonb, answer jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN answer = 'null' THEN CASE WHEN NOT question ? 'dont_know' THEN 'answer_wrong_type' END
        WHEN jsonb_typeof(answer) <> CASE question ->> 'type' WHEN 'scale' THEN 'number' WHEN 'recommend' THEN 'number'
            WHEN 'yes_no' THEN 'boolean' WHEN 'multi_choice' THEN 'array' ELSE 'string' END THEN 'answer_wrong_type'
        ELSE CASE question ->> 'type'
            WHEN 'yes_no' THEN NULL
            WHEN 'text' THEN CASE WHEN answer = '""' THEN 'answer_missing'
                WHEN length(answer #>> '{}') > coalesce((question ->> 'max_length')::integer, 2000) THEN 'answer_too_long' END
            WHEN 'choice' THEN CASE WHEN NOT question_has_option(question, answer) THEN 'answer_not_an_option' END
            WHEN 'multi_choice' THEN CASE WHEN answer = '[]' THEN 'answer_missing'
                WHEN EXISTS (SELECT FROM jsonb_array_elements(answer) v GROUP BY v HAVING count(*) > 1 OR NOT question_has_option(question, v))
                    THEN 'answer_not_an_option' END
            ELSE CASE WHEN answer::text !~ '^-?[0-9]{1,9}$' THEN 'answer_wrong_type'
                WHEN answer::text::integer NOT BETWEEN question_bound(question, 'min') AND question_bound(question, 'max')
                    THEN 'answer_out_of_range' END
        END END
$$;

-- What is wrong with answers to these questions: [{"pointer", "code"}], at most 20 of them; NULL: nothing.
CREATE FUNCTION question_problems(questions jsonb, answers jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    question jsonb; answer jsonb; code text;
    known text[] := '{}'; shown text[] := '{}';
    found jsonb := '[]';
BEGIN
    FOR question IN SELECT q FROM jsonb_array_elements(questions) q LOOP
        answer := answers -> (question ->> 'key');
        known := known || (question ->> 'key');
        IF question_is_shown(question, shown, answers) THEN
            shown := shown || (question ->> 'key');
            code := CASE WHEN answer IS NOT NULL THEN answer_problem(question, answer)
                         WHEN (question -> 'required') = 'true' THEN 'answer_missing' END;
        ELSE
            code := CASE WHEN answer IS NOT NULL THEN 'answer_not_shown' END;
        END IF;
        IF code IS NOT NULL THEN
            found := found || jsonb_build_object('pointer', '/answers/' || (question ->> 'key'), 'code', code);
        END IF;
    END LOOP;
    found := found || (
        SELECT coalesce(jsonb_agg(jsonb_build_object('code', 'answer_unknown', 'pointer',
            '/answers/' || replace(replace(left(k, 40), '~', '~0'), '/', '~1'))), '[]')
        FROM (SELECT k FROM jsonb_object_keys(answers) k WHERE k <> ALL (known) ORDER BY k LIMIT 20) x);
    RETURN nullif(jsonb_path_query_array(found, '$[0 to 19]'), '[]');
END
$$;

-- The same for a loaded set. Answers to a draft are refused like those to a set that is not there.
CREATE FUNCTION answer_problems(set_id uuid, answers jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT coalesce(question_problems(s.questions, answers), '[]')
                     FROM question_set s WHERE s.id = set_id AND s.state <> 'draft'),
                    '[{"pointer": "/question_set_id", "code": "unknown_reference"}]')
$$;

-- ---- answers ----
-- What one person answered. In `answers` a text is only true: its words are in answer_text.
CREATE TABLE answer_sheet (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), -- with a case: the case's; else random, and related to nobody
    question_set_id uuid NOT NULL CONSTRAINT answer_sheet_question_set_exists REFERENCES question_set,
    feedback_id uuid CONSTRAINT answer_sheet_feedback_exists REFERENCES feedback ON DELETE CASCADE,
    lang text NOT NULL,
    answers jsonb NOT NULL,
    answered_on date NOT NULL DEFAULT app_today(),
    CONSTRAINT answer_sheet_is_an_object CHECK (jsonb_typeof(answers) = 'object' AND answers <> '{}'),
    CONSTRAINT answer_sheet_of_case CHECK (feedback_id = id),
    CONSTRAINT answer_sheet_once UNIQUE (feedback_id)
);

CREATE INDEX answer_sheet_of_set ON answer_sheet (question_set_id, answered_on);

-- Deferred, for the guard of answer_sheet writes the words before the row that they belong to is there.
CREATE TABLE answer_text (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), -- the order of reading: it tells nothing of the sheet
    answer_sheet_id uuid NOT NULL CONSTRAINT answer_text_sheet_exists REFERENCES answer_sheet ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    question_key text NOT NULL,
    original text NOT NULL,
    CONSTRAINT answer_text_once UNIQUE (answer_sheet_id, question_key)
);

-- The last guard: no answer is kept that its questions do not allow, and no words outside answer_text. By row, for most
-- batches of voices have no answers at all, and a statement-level trigger would run for each of those too.
CREATE FUNCTION answer_sheet_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    words jsonb;
BEGIN
    IF answer_problems(NEW.question_set_id, NEW.answers) <> '[]' THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'answer_sheet_fits_questions', MESSAGE = 'answer_sheet_fits_questions';
    END IF;
    SELECT jsonb_object_agg(q ->> 'key', NEW.answers -> (q ->> 'key')) INTO words
    FROM question_set s CROSS JOIN LATERAL jsonb_array_elements(s.questions) q
    WHERE s.id = NEW.question_set_id AND q ->> 'type' = 'text' AND NEW.answers ? (q ->> 'key');
    IF words IS NOT NULL THEN
        INSERT INTO answer_text (answer_sheet_id, question_key, original)
        SELECT NEW.id, w.key, w.value FROM jsonb_each_text(words) w ORDER BY w.key;
        NEW.answers := NEW.answers || (SELECT jsonb_object_agg(w.key, true) FROM jsonb_object_keys(words) w (key));
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER answer_sheet_guard BEFORE INSERT ON answer_sheet FOR EACH ROW EXECUTE FUNCTION answer_sheet_guard();

-- What was removed loses its words, as the text does; what its giver took back goes as a whole.
CREATE FUNCTION answer_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM answer_text t USING new_step n
    WHERE n.resource = 'feedback' AND n.to_state = 'removed' AND t.answer_sheet_id = n.subject;
    DELETE FROM answer_sheet s USING new_step n
    WHERE n.resource = 'feedback' AND n.to_state = 'withdrawn' AND s.id = n.subject;
    RETURN NULL;
END
$$;

CREATE TRIGGER step_answer AFTER INSERT ON step REFERENCING NEW TABLE AS new_step
    FOR EACH STATEMENT EXECUTE FUNCTION answer_step();

-- The answers of a case as staff and the giver read them: with the words.
CREATE FUNCTION case_answers(case_id uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT s.answers || coalesce((SELECT jsonb_object_agg(t.question_key, t.original) FROM answer_text t WHERE t.answer_sheet_id = s.id), '{}')
    FROM answer_sheet s WHERE s.id = case_id
$$;

GRANT SELECT ON question_set, answer_sheet TO osallisuus_api, osallisuus_worker, osallisuus_mailer, osallisuus_reader;
GRANT INSERT (id, question_set_id, feedback_id, lang, answers) ON answer_sheet TO osallisuus_api;
GRANT SELECT ON answer_text TO osallisuus_api, osallisuus_worker;

-- ---- the file that question sets are loaded from; what it looks like is in sql/demo/README.md ----

CREATE FUNCTION file_members(object jsonb, at text, known text[], needed text[]) RETURNS TABLE (pointer text, problem text) LANGUAGE sql IMMUTABLE AS $$
    SELECT at || '/' || replace(replace(k, '~', '~0'), '/', '~1'), 'is not known here' FROM jsonb_object_keys(object) k WHERE k <> ALL (known)
    UNION ALL
    SELECT at || '/' || k, 'is missing' FROM unnest(needed) k WHERE NOT object ? k
$$;

-- Texts by language, of at most so many characters; Finnish is demanded, other languages may come with a later version.
CREATE FUNCTION file_texts(texts jsonb, at text, most integer) RETURNS TABLE (pointer text, problem text) LANGUAGE sql IMMUTABLE AS $$
    SELECT at, 'must be texts by language: fi, sv, en, se, smn, sms, fi-x-selko' WHERE NOT is_language_map(texts)
    UNION ALL
    SELECT at || '/fi', 'is missing' WHERE is_language_map(texts) AND NOT texts ? 'fi'
    UNION ALL
    SELECT at || '/' || t.key, format('must have 1 to %s characters', most)
    FROM jsonb_each_text(CASE WHEN is_language_map(texts) THEN texts ELSE '{}' END) t
    WHERE length(btrim(t.value)) NOT BETWEEN 1 AND most
$$;
CREATE FUNCTION file_is_integer(value jsonb, low integer, high integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_typeof(value) = 'number' AND CASE WHEN value::text ~ '^-?[0-9]{1,9}$' THEN value::text::integer BETWEEN low AND high END, false)
$$;
CREATE FUNCTION file_is_text(value jsonb, pattern text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_typeof(value) = 'string' AND (value #>> '{}') ~ pattern, false)
$$;

CREATE FUNCTION file_options(options jsonb, at text) RETURNS TABLE (pointer text, problem text) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    one jsonb; seen jsonb := '[]'; here text;
BEGIN
    IF jsonb_typeof(options) <> 'array' OR jsonb_array_length(CASE jsonb_typeof(options) WHEN 'array' THEN options ELSE '[]' END) NOT BETWEEN 2 AND 40 THEN
        RETURN QUERY SELECT at, 'must be a list of 2 to 40 options';
        RETURN;
    END IF;
    FOR one, here IN SELECT o.one, at || '/' || o.n - 1 FROM jsonb_array_elements(options) WITH ORDINALITY o (one, n) LOOP
        IF jsonb_typeof(one) <> 'object' THEN
            RETURN QUERY SELECT here, 'must be an object with value and text';
            CONTINUE;
        END IF;
        RETURN QUERY SELECT * FROM file_members(one, here, ARRAY['value', 'text'], ARRAY['value', 'text']);
        RETURN QUERY SELECT * FROM file_texts(one -> 'text', here || '/text', 300) WHERE one ? 'text';
        IF one ? 'value' AND NOT file_is_text(one -> 'value', '^[a-z][a-z0-9_]{0,39}$') THEN
            RETURN QUERY SELECT here || '/value', 'must be lower case letters, digits and _, at most 40, a letter first';
        ELSIF seen @> jsonb_build_array(one -> 'value') THEN
            RETURN QUERY SELECT here || '/value', 'stands twice';
        END IF;
        seen := seen || jsonb_build_array(one -> 'value');
    END LOOP;
END
$$;
-- The condition of a question; `earlier`: the good questions before it, by key.
CREATE FUNCTION file_condition(condition jsonb, at text, earlier jsonb) RETURNS TABLE (pointer text, problem text) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    asked jsonb := earlier -> (condition ->> 'question'); operator text; wanted jsonb;
BEGIN
    IF jsonb_typeof(condition) <> 'object' THEN
        RETURN QUERY SELECT at, 'must be an object with question and one of equals, in, at_least, at_most';
        RETURN;
    END IF;
    RETURN QUERY SELECT * FROM file_members(condition, at, ARRAY['question', 'equals', 'in', 'at_least', 'at_most'], ARRAY['question']);
    SELECT min(k) INTO operator FROM unnest(ARRAY['equals', 'in', 'at_least', 'at_most']) k WHERE condition ? k HAVING count(*) = 1;
    IF operator IS NULL THEN
        RETURN QUERY SELECT at, 'must have one of equals, in, at_least, at_most';
    END IF;
    IF asked IS NULL THEN
        RETURN QUERY SELECT at || '/question', 'must be the key of an earlier question' WHERE condition ? 'question';
    ELSIF asked ->> 'type' = 'text' THEN
        RETURN QUERY SELECT at || '/question', 'must not be a question that is answered in words';
    ELSIF operator IN ('at_least', 'at_most') THEN
        RETURN QUERY SELECT at || '/' || operator, 'must be a number that the earlier question lets answer'
        WHERE question_bound(asked, 'min') IS NULL OR answer_problem(asked, condition -> operator) IS NOT NULL OR condition -> operator = 'null';
    ELSIF operator = 'in' AND (jsonb_typeof(condition -> 'in') <> 'array' OR condition -> 'in' = '[]') THEN
        RETURN QUERY SELECT at || '/in', 'must be a list of answers';
    ELSE
        FOR wanted IN SELECT w FROM jsonb_array_elements(CASE operator WHEN 'in' THEN condition -> 'in' WHEN 'equals' THEN jsonb_build_array(condition -> 'equals') ELSE '[]' END) w LOOP
            RETURN QUERY SELECT at || '/' || operator, 'must be an answer that the earlier question lets give'
            WHERE wanted = 'null' OR answer_problem(asked, CASE asked ->> 'type' WHEN 'multi_choice' THEN jsonb_build_array(wanted) ELSE wanted END) IS NOT NULL;
        END LOOP;
    END IF;
END
$$;

CREATE FUNCTION file_question(question jsonb, at text, earlier jsonb) RETURNS TABLE (pointer text, problem text) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    kind text := question ->> 'type';
    own text[] := CASE kind WHEN 'scale' THEN ARRAY['min', 'max', 'labels', 'dont_know'] WHEN 'recommend' THEN ARRAY['labels', 'dont_know']
        WHEN 'choice' THEN ARRAY['options', 'dont_know'] WHEN 'multi_choice' THEN ARRAY['options', 'dont_know']
        WHEN 'text' THEN ARRAY['max_length'] WHEN 'yes_no' THEN ARRAY['dont_know'] END;
    needed text[] := CASE kind WHEN 'scale' THEN ARRAY['min', 'max'] WHEN 'choice' THEN ARRAY['options'] WHEN 'multi_choice' THEN ARRAY['options'] ELSE '{}' END;
BEGIN
    IF own IS NULL THEN
        RETURN QUERY SELECT at || '/type', 'must be one of scale, recommend, choice, multi_choice, text, yes_no';
        RETURN;
    END IF;
    RETURN QUERY SELECT * FROM file_members(question, at, ARRAY['key', 'type', 'text', 'help', 'required', 'shown_if'] || own, ARRAY['key', 'text'] || needed);
    RETURN QUERY SELECT * FROM file_texts(question -> 'text', at || '/text', 1000) WHERE question ? 'text';
    RETURN QUERY SELECT * FROM file_texts(question -> 'help', at || '/help', 2000) WHERE question ? 'help';
    RETURN QUERY SELECT * FROM file_texts(question -> 'dont_know', at || '/dont_know', 300) WHERE question ? 'dont_know' AND 'dont_know' = ANY (own);
    IF question ? 'key' AND NOT file_is_text(question -> 'key', '^[a-z][a-z0-9_]{0,39}$') THEN
        RETURN QUERY SELECT at || '/key', 'must be lower case letters, digits and _, at most 40, a letter first';
    ELSIF earlier ? (question ->> 'key') THEN
        RETURN QUERY SELECT at || '/key', 'stands twice';
    END IF;
    RETURN QUERY SELECT at || '/required', 'must be true or false' WHERE jsonb_typeof(question -> 'required') <> 'boolean';
    RETURN QUERY SELECT at || '/max_length', 'must be a whole number from 1 to 4000'
        WHERE kind = 'text' AND question ? 'max_length' AND NOT file_is_integer(question -> 'max_length', 1, 4000);
    IF kind = 'scale' AND question ?& ARRAY['min', 'max'] AND NOT (file_is_integer(question -> 'min', 0, 99) AND file_is_integer(question -> 'max', 1, 100)
        AND coalesce((question -> 'max') > (question -> 'min'), false)) THEN
        RETURN QUERY SELECT at, 'min and max must be whole numbers from 0 to 100, max above min';
    ELSIF question ? 'labels' AND 'labels' = ANY (own) THEN
        IF jsonb_typeof(question -> 'labels') <> 'object' THEN
            RETURN QUERY SELECT at || '/labels', 'must be an object of texts by number';
        ELSE
            RETURN QUERY SELECT at || '/labels/' || replace(replace(l.key, '~', '~0'), '/', '~1'), 'must be a number of the scale'
                FROM jsonb_object_keys(question -> 'labels') l (key)
                WHERE l.key !~ '^(0|[1-9][0-9]?|100)$' OR l.key::numeric NOT BETWEEN question_bound(question, 'min') AND question_bound(question, 'max');
            RETURN QUERY SELECT t.* FROM jsonb_each(question -> 'labels') l CROSS JOIN LATERAL file_texts(l.value, at || '/labels/' || l.key, 300) t;
        END IF;
    END IF;
    RETURN QUERY SELECT * FROM file_options(question -> 'options', at || '/options') WHERE question ? 'options' AND 'options' = ANY (own);
    RETURN QUERY SELECT * FROM file_condition(question -> 'shown_if', at || '/shown_if', earlier) WHERE question ? 'shown_if';
END
$$;

-- What the file said of a set that is loaded.
CREATE FUNCTION file_of_set(q question_set) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('name', q.name, 'version', q.edition, 'group', q.respondent_group, 'title', q.title,
        'intro', nullif(q.intro, '{}'), 'source', q.source, 'unit_oid', (SELECT u.oid FROM unit u WHERE u.id = q.unit_id)))
        || jsonb_build_object('questions', q.questions)
$$;

-- Everything that is wrong with a file, by JSON pointer; after that, whether it fits what is loaded already.
CREATE FUNCTION file_problems(file jsonb) RETURNS TABLE (pointer text, problem text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    one jsonb; question jsonb; earlier jsonb;
    at text; here text;
BEGIN
    IF coalesce(jsonb_typeof(file -> 'question_sets'), '') <> 'array' OR file - 'question_sets' <> '{}' OR file -> 'question_sets' = '[]' THEN
        RETURN QUERY SELECT '', 'must be an object with question_sets, a list that is not empty, and nothing else';
        RETURN;
    END IF;
    FOR one, at IN SELECT s.one, '/question_sets/' || s.n - 1 FROM jsonb_array_elements(file -> 'question_sets') WITH ORDINALITY s (one, n) LOOP
        IF jsonb_typeof(one) <> 'object' THEN
            RETURN QUERY SELECT at, 'must be an object';
            CONTINUE;
        END IF;
        RETURN QUERY SELECT * FROM file_members(one, at, ARRAY['name', 'version', 'group', 'unit_oid', 'title', 'intro', 'source', 'questions'],
            ARRAY['name', 'version', 'group', 'title', 'questions']);
        RETURN QUERY SELECT at || '/' || w.member, w.problem FROM (VALUES
            ('name', file_is_text(one -> 'name', '^[a-z][a-z0-9_-]{0,59}$'), 'must be lower case letters, digits, - and _, at most 60, a letter first'),
            ('version', file_is_integer(one -> 'version', 1, 999999), 'must be a whole number from 1'),
            ('group', file_is_text(one -> 'group', '^(13_plus|7_12|relative)$'), 'must be one of 13_plus, 7_12, relative'),
            ('unit_oid', EXISTS (SELECT FROM unit u WHERE u.oid = one ->> 'unit_oid'), 'must be the OID of a unit that is here'),
            ('source', file_is_text(one -> 'source', '^.{1,200}$'), 'must be a text of 1 to 200 characters'),
            ('version', NOT EXISTS (SELECT FROM question_set q WHERE q.name = one ->> 'name' AND to_jsonb(q.edition) > one -> 'version'), 'is older than what is loaded'),
            ('version', NOT EXISTS (SELECT FROM question_set q WHERE q.name = one ->> 'name' AND to_jsonb(q.edition) = one -> 'version' AND file_of_set(q) <> one),
                'is loaded already and says something else: a version never changes, so give this one the next number'),
            ('version', 1 = (SELECT count(*) FROM jsonb_array_elements(file -> 'question_sets') o WHERE o -> 'name' = one -> 'name' AND o -> 'version' = one -> 'version'),
                'stands twice')) w (member, is_good, problem)
            WHERE one ? w.member AND NOT w.is_good;
        RETURN QUERY SELECT t.* FROM unnest(ARRAY['title', 'intro']) m CROSS JOIN LATERAL file_texts(one -> m, at || '/' || m, 2000) t WHERE one ? m;
        IF jsonb_typeof(one -> 'questions') <> 'array' OR one -> 'questions' = '[]' OR jsonb_array_length(jsonb_path_query_array(one, 'lax $.questions[*]')) > 100 THEN
            RETURN QUERY SELECT at || '/questions', 'must be a list of 1 to 100 questions';
            CONTINUE;
        END IF;
        earlier := '{}';
        FOR question, here IN SELECT q.one, at || '/questions/' || q.n - 1 FROM jsonb_array_elements(one -> 'questions') WITH ORDINALITY q (one, n) LOOP
            RETURN QUERY SELECT * FROM file_question(question, here, earlier);
            IF NOT FOUND THEN
                earlier := earlier || jsonb_build_object(question ->> 'key', question);
            END IF;
        END LOOP;
    END LOOP;
END
$$;
