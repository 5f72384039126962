-- The index of searches: the words of a case, each by the base form that its language has for it, and beside them marks by
-- which the index is walked from the newest case on, within units, kinds and services.

DROP TABLE feedback_words;

CREATE TABLE feedback_words (
    feedback_id uuid PRIMARY KEY CONSTRAINT feedback_words_feedback_exists REFERENCES feedback ON DELETE CASCADE,
    received_on date NOT NULL,
    lang text NOT NULL,
    spots integer[] NOT NULL, -- by position: 64 * the characters before the word + its own
    text_length integer NOT NULL, -- of what the spots belong to
    words tsvector NOT NULL
);
-- Its list of pending entries is read by every search, so it is kept short.
CREATE INDEX feedback_words_index ON feedback_words USING gin (words) WITH (gin_pending_list_limit = 512);
ALTER TABLE feedback_words ALTER COLUMN words SET STATISTICS 0, ALTER COLUMN spots SET STATISTICS 0;

GRANT SELECT ON feedback_words TO osallisuus_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON feedback_words TO osallisuus_worker;

-- ---- what is indexed ----

-- A giver's words as staff read them, in an order in which new ones come last: text, answers, messages.
CREATE FUNCTION case_words(case_id uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(w.said, E'\n' ORDER BY w.part, w.n, w.key)
    FROM (
        SELECT 1 AS part, 0 AS n, '' AS key, t.text AS said FROM shown_text t WHERE t.feedback_id = case_id
        UNION ALL
        SELECT 2, 0, a.question_key, a.text FROM shown_answer a WHERE a.answer_sheet_id = case_id
        UNION ALL
        SELECT 3, m.n, '', m.text FROM shown_message m WHERE m.feedback_id = case_id AND m.author = 'giver'
    ) w
$$;

-- The texts of cases, of which none can go before the end of the transaction: who erases waits, and then erases the words, too.
CREATE FUNCTION texts_to_index(cases uuid[]) RETURNS TABLE (feedback_id uuid, lang text, said text) LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM feedback_text t WHERE t.feedback_id = ANY (cases) ORDER BY t.feedback_id FOR KEY SHARE;
    PERFORM FROM answer_text a WHERE a.answer_sheet_id = ANY (cases) ORDER BY a.id FOR KEY SHARE;
    PERFORM FROM message m WHERE m.feedback_id = ANY (cases) ORDER BY m.id FOR KEY SHARE;
    RETURN QUERY
    SELECT f.id, f.lang, w.said
    FROM feedback f
    CROSS JOIN LATERAL (SELECT case_words(f.id) AS said) w
    WHERE f.id = ANY (cases) AND w.said IS NOT NULL;
END
$$;

REVOKE ALL ON FUNCTION texts_to_index(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION texts_to_index(uuid[]) TO osallisuus_worker;

-- Of a language without a dictionary: its stem, of other languages the word itself. Stop words stay as they are, so that phrases
-- find them.
CREATE FUNCTION search_stem(word text, lang text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(CASE lang WHEN 'fi' THEN (ts_lexize('finnish_stem', word))[1] WHEN 'sv' THEN (ts_lexize('swedish_stem', word))[1]
        WHEN 'en' THEN (ts_lexize('english_stem', word))[1] END, word)
$$;

CREATE FUNCTION is_stop_word(word text, lang text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(CASE lang WHEN 'sv' THEN ts_lexize('swedish_stem', word) WHEN 'en' THEN ts_lexize('english_stem', word) END = '{}', false)
$$;

-- Words as they stand in a text, with their positions, stemmed as their language is.
CREATE FUNCTION stemmed(plain tsvector, lang text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(string_agg('''' || search_stem(w.lexeme, lang) || ''':' || array_to_string(w.positions, 'A,') || 'A', ' '), '')::tsvector
    FROM unnest(plain) w
$$;

CREATE FUNCTION id_mark(sort text, id uuid) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '@' || sort || left(translate(id::text, '-', ''), 12)
$$;

-- Marks of time: four widths of days (1, 8, 64, 512), each numbered, and 64 parts of a day by the id, for a day on which a
-- whole archive came. No word has the sign @.
CREATE FUNCTION day_mark(width integer, day integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '@d' || width || '.' || (day >> (3 * width))
$$;

CREATE FUNCTION day_of(day_number integer) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT DATE '2000-01-01' + day_number
$$;

CREATE FUNCTION day_part_mark(day integer, part integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '@p' || day || '.' || part
$$;

CREATE FUNCTION day_part(id uuid) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT get_byte(uuid_send(id), 0) >> 2
$$;

CREATE FUNCTION search_marks(f feedback, unit_path uuid[]) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(array_remove(ARRAY['@k' || f.kind, CASE WHEN f.closed_on IS NULL THEN '@o' END,
            CASE WHEN f.service_id IS NOT NULL THEN id_mark('s', f.service_id) END,
            day_mark(0, day_number(f.received_on)), day_mark(1, day_number(f.received_on)),
            day_mark(2, day_number(f.received_on)), day_mark(3, day_number(f.received_on)),
            day_part_mark(day_number(f.received_on), day_part(f.id))], NULL)
        || ARRAY(SELECT id_mark('u', u.id) FROM unnest(unit_path) AS u (id)))
$$;

-- ---- when something is indexed anew ----

CREATE FUNCTION index_again(cases uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO job (kind, run_at, subject, data) SELECT 'index', app_now(), c.id, '{}' FROM unnest(cases) AS c (id)
$$;

REVOKE ALL ON FUNCTION index_again(uuid[]) FROM PUBLIC;

-- What the marks tell has changed.
CREATE FUNCTION search_feedback_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM index_again(array_agg(n.id))
    FROM new_feedback n JOIN old_feedback o USING (id)
    WHERE (n.unit_id, n.kind, n.closed_on IS NULL) <> (o.unit_id, o.kind, o.closed_on IS NULL) OR n.service_id IS DISTINCT FROM o.service_id
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER search_feedback_changed AFTER UPDATE ON feedback REFERENCING OLD TABLE AS old_feedback NEW TABLE AS new_feedback
    FOR EACH STATEMENT EXECUTE FUNCTION search_feedback_changed();

CREATE FUNCTION search_unit_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM index_again(array_agg(f.id))
    FROM new_unit n JOIN old_unit o USING (id) JOIN feedback f ON f.unit_id = n.id
    WHERE n.path <> o.path
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER search_unit_moved AFTER UPDATE ON unit REFERENCING OLD TABLE AS old_unit NEW TABLE AS new_unit
    FOR EACH STATEMENT EXECUTE FUNCTION search_unit_moved();

CREATE FUNCTION search_message_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM index_again(array_agg(DISTINCT n.feedback_id)) FROM new_message n WHERE n.author = 'giver' HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER search_message_made AFTER INSERT ON message REFERENCING NEW TABLE AS new_message
    FOR EACH STATEMENT EXECUTE FUNCTION search_message_made();

-- When something of a case is deleted its words go at once; those of what is left come back.
CREATE FUNCTION forget_words(cases uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM feedback_words w WHERE w.feedback_id = ANY (cases);
    PERFORM index_again(array_agg(f.id)) FROM feedback f
    WHERE f.id = ANY (cases) AND f.state NOT IN ('removed', 'withdrawn') AND case_words(f.id) IS NOT NULL
    HAVING count(*) > 0;
END
$$;

REVOKE ALL ON FUNCTION forget_words(uuid[]) FROM PUBLIC;

CREATE FUNCTION search_text_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM forget_words(array_agg(o.feedback_id)) FROM old_text o HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER search_text_deleted AFTER DELETE ON feedback_text REFERENCING OLD TABLE AS old_text
    FOR EACH STATEMENT EXECUTE FUNCTION search_text_deleted();
CREATE TRIGGER search_message_deleted AFTER DELETE ON message REFERENCING OLD TABLE AS old_text
    FOR EACH STATEMENT EXECUTE FUNCTION search_text_deleted();

CREATE FUNCTION search_answer_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM forget_words(array_agg(DISTINCT o.answer_sheet_id)) FROM old_answer o HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER search_answer_deleted AFTER DELETE ON answer_text REFERENCING OLD TABLE AS old_answer
    FOR EACH STATEMENT EXECUTE FUNCTION search_answer_deleted();

-- What is there already is indexed in the new way.
INSERT INTO job (kind, run_at, subject, data)
SELECT 'index', app_now(), f.id, '{}' FROM feedback f WHERE f.state NOT IN ('removed', 'withdrawn') ORDER BY f.id;
