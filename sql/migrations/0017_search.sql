-- Search: the words of a case, each found by the base form that its language has for it, and beside them marks by which the
-- index is walked from the newest case on, within units, kinds and services.

INSERT INTO rule (name, value, least, most, help) VALUES
    ('search_ranked', 10000, 1, 100000, 'Matches of a search up to which the best come first; of more, the newest do.');

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

CREATE FUNCTION search_config(lang text) RETURNS regconfig LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE lang WHEN 'fi' THEN 'finnish' WHEN 'sv' THEN 'swedish' WHEN 'en' THEN 'english' ELSE 'simple' END::regconfig
$$;

-- A word that the Finnish dictionary does not know.
CREATE FUNCTION finnish_stem(word text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce((ts_lexize('finnish_stem', word))[1], word)
$$;

-- Words as they stand in a text, with their positions, stemmed as their language is. Stop words of Swedish and English go.
CREATE FUNCTION stemmed(plain tsvector, lang text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(string_agg('''' || s.stem || ''':' || array_to_string(w.positions, 'A,') || 'A', ' '), '')::tsvector
    FROM unnest(plain) w
    CROSS JOIN LATERAL (
        SELECT CASE lang WHEN 'fi' THEN finnish_stem(w.lexeme) WHEN 'sv' THEN (ts_lexize('swedish_stem', w.lexeme))[1]
                         WHEN 'en' THEN (ts_lexize('english_stem', w.lexeme))[1] ELSE w.lexeme END AS stem
    ) s
    WHERE s.stem <> ''
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

-- ---- what is asked ----

-- A search as the API has read it (common/words_query.h), in one language; NULL where it has no words to go by.
CREATE FUNCTION asked_query(asked jsonb, lang text, is_any boolean) RETURNS tsquery LANGUAGE plpgsql STABLE AS $$
DECLARE
    query text := asked ->> (CASE lang WHEN 'fi' THEN 'finnish' ELSE 'plain' END || CASE WHEN is_any THEN '_any' ELSE '' END);
    answer tsquery;
BEGIN
    IF query = '' THEN
        RETURN NULL;
    ELSIF lang <> 'fi' THEN
        answer := to_tsquery(search_config(lang), query);
    ELSE
        FOR i IN 1 .. jsonb_array_length(asked -> 'unknown') LOOP
            query := replace(query, '''@' || i || '''', '''' || finnish_stem(asked -> 'unknown' ->> i - 1) || '''');
        END LOOP;
        answer := query::tsquery;
    END IF;
    -- Stop words alone leave nothing, or only what must not be there.
    RETURN CASE WHEN numnode(answer) > 0 AND (querytree(answer) NOT IN ('', 'T') OR asked ->> 'plain_any' = '') THEN answer END;
END
$$;

CREATE FUNCTION marks_query(marks text[]) RETURNS tsquery LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg('''' || m.mark || '''', ' | ')::tsquery FROM unnest(marks) AS m (mark)
$$;

-- The filters of a search that have marks; NULL: not asked for.
CREATE FUNCTION search_filter(unit_id uuid, service_id uuid, kinds text[], states text[], overdue boolean, caller_units text)
    RETURNS tsquery LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN unit_id IS NULL THEN '' ELSE marks_query(ARRAY[id_mark('u', unit_id)]) END
        && CASE WHEN caller_units IS NULL THEN '' ELSE marks_query(ARRAY(SELECT id_mark('u', u.id) FROM unnest(caller_units::uuid[]) AS u (id))) END
        && CASE WHEN service_id IS NULL THEN '' ELSE marks_query(ARRAY[id_mark('s', service_id)]) END
        && CASE WHEN kinds IS NULL THEN '' ELSE marks_query(ARRAY(SELECT '@k' || k.kind FROM unnest(kinds) AS k (kind))) END
        && CASE WHEN overdue OR states <@ ARRAY['received', 'in_progress', 'waiting_giver', 'answered'] THEN '@o' ELSE '' END::tsquery
$$;

CREATE TYPE search_hit AS (rank integer, received_on date, id uuid);

-- The matches of one mark, at most so many and one, in no order. `langs` are the queries in fi, sv, en and other languages.
CREATE FUNCTION search_block(query tsquery, langs tsquery[], first_day date, last_day date, before search_hit, states text[],
    overdue boolean, is_ranked boolean, most integer) RETURNS search_hit[] LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((
        SELECT array_agg(ROW(CASE WHEN is_ranked THEN round(1000000 * ts_rank(x.words, x.own))::integer END, x.received_on,
            x.feedback_id)::search_hit)
        FROM (
            SELECT w.feedback_id, w.received_on, w.words, l.own
            FROM feedback_words w
            CROSS JOIN LATERAL (
                SELECT langs[CASE w.lang WHEN 'fi' THEN 1 WHEN 'sv' THEN 2 WHEN 'en' THEN 3 ELSE 4 END] AS own
            ) l
            WHERE w.words @@ query AND w.words @@ l.own AND w.received_on BETWEEN first_day AND last_day
                AND (before IS NULL OR (w.received_on, w.feedback_id) < (before.received_on, before.id))
                AND (states IS NULL AND overdue IS NULL OR EXISTS (
                    SELECT FROM feedback f WHERE f.id = w.feedback_id AND feedback_matches(f, NULL, NULL, states, overdue)))
            LIMIT most + 1
        ) x
    ), '{}');
END
$$;

-- One page of a search. Up to a number (the rule search_ranked) matches are put in the order of their rank; are there more, the newest come first, and
-- no more is read than the page needs: blocks of days from the newest on, wider where little is found, narrower where there
-- are too many to be sorted. A later page (`after`) goes on in the order of the first one.
CREATE FUNCTION search_cases(asked jsonb, marks tsquery, states text[], overdue boolean, from_day date, to_day date,
    after search_hit, page integer) RETURNS TABLE (place bigint, id uuid, rank integer, received_on date, matches bigint)
    LANGUAGE plpgsql STABLE SET enable_seqscan = off SET work_mem = '16MB' AS $$
DECLARE
    rankable CONSTANT integer := (SELECT r.value FROM rule r WHERE r.name = 'search_ranked');
    sortable CONSTANT integer := 2000;
    unbounded CONSTANT integer := 1000000000;
    langs CONSTANT tsquery[] := ARRAY[asked_query(asked, 'fi', false), asked_query(asked, 'sv', false),
        asked_query(asked, 'en', false), asked_query(asked, '', false)];
    query tsquery;
    is_ranked boolean := after.id IS NULL OR after.rank IS NOT NULL;
    is_first CONSTANT boolean := after.id IS NULL;
    before CONSTANT search_hit := CASE WHEN after.rank IS NULL THEN after END; -- newest first
    first_day integer;
    last_day integer;
    start_day integer;
    width integer := 1;
    most integer;
    hits search_hit[];
    found search_hit[] := '{}';
    total integer := 0;
BEGIN
    FOR i IN 1 .. 4 LOOP
        query := CASE WHEN langs[i] IS NULL THEN query WHEN query IS NULL THEN langs[i] ELSE query || langs[i] END;
    END LOOP;
    IF query IS NULL THEN
        RETURN;
    END IF;
    first_day := day_number(greatest(from_day, (SELECT min(f.received_on) FROM feedback f)));
    last_day := day_number(least(to_day, (SELECT max(f.received_on) FROM feedback f), CASE WHEN NOT is_ranked THEN after.received_on END));
    WHILE last_day >= first_day LOOP
        start_day := greatest((last_day >> 3 * width) << 3 * width, first_day);
        most := CASE WHEN NOT is_ranked THEN sortable WHEN is_first THEN rankable - total ELSE unbounded END;
        hits := search_block(query && marks && quote_literal(day_mark(width, last_day))::tsquery, langs, day_of(start_day),
            day_of(last_day), before, states, overdue, is_ranked, most);
        IF cardinality(hits) > most AND is_ranked AND is_first THEN
            is_ranked := false; -- too many
            EXIT WHEN total >= page;
            CONTINUE;
        ELSIF cardinality(hits) > most AND width > 0 THEN
            width := width - 1;
            CONTINUE;
        ELSIF cardinality(hits) > most THEN
            hits := '{}';
            FOR part IN REVERSE 63 .. 0 LOOP
                hits := hits || search_block(query && marks && quote_literal(day_part_mark(last_day, part))::tsquery, langs,
                    day_of(last_day), day_of(last_day), before, states, overdue, false, unbounded);
                EXIT WHEN total + cardinality(hits) >= page;
            END LOOP;
        END IF;
        found := found || hits;
        last_day := start_day - 1;
        width := least(3, width + (cardinality(hits) < sortable / 8)::integer);
        total := total + cardinality(hits);
        EXIT WHEN NOT is_ranked AND total >= page;
    END LOOP;
    RETURN QUERY
    SELECT row_number() OVER (ORDER BY h.rank DESC, h.received_on DESC, h.id DESC), h.id, h.rank, h.received_on,
        CASE WHEN is_ranked THEN total::bigint END
    FROM (SELECT x.id, CASE WHEN is_ranked THEN x.rank END AS rank, x.received_on FROM unnest(found) x) h
    WHERE is_first OR NOT is_ranked OR (h.rank, h.received_on, h.id) < (after.rank, after.received_on, after.id)
    ORDER BY 1
    LIMIT page;
END
$$;

CREATE FUNCTION snippet_piece(said text, from_character integer, to_character integer, is_hit boolean) RETURNS jsonb
    LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN to_character > from_character
        THEN jsonb_build_array(jsonb_build_object('text', substr(said, from_character + 1, to_character - from_character), 'hit', is_hit))
        ELSE '[]' END
$$;

-- What was found, with the words around it, for who reads a list: pieces of text that are hits or not.
CREATE FUNCTION search_snippet(case_id uuid, wanted jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    around CONSTANT integer := 6;
    shown CONSTANT integer := 30;
    characters CONSTANT integer := 400;
    said text := case_words(case_id);
    indexed feedback_words;
    hits integer[];
    first_word integer;
    last_word integer;
    at integer;
    stop integer;
    pieces jsonb := '[]';
BEGIN
    SELECT w.* INTO indexed FROM feedback_words w WHERE w.feedback_id = case_id;
    IF said IS NULL OR indexed IS NULL OR length(said) < indexed.text_length THEN
        RETURN '[]';
    END IF;
    SELECT coalesce(array_agg(DISTINCT p.n ORDER BY p.n), '{}') INTO hits
    FROM unnest(indexed.words) w
    CROSS JOIN LATERAL unnest(w.positions) AS p (n)
    WHERE array_to_tsvector(ARRAY[w.lexeme]) @@ asked_query(wanted, indexed.lang, true);
    first_word := greatest(1, coalesce(hits[1], 1) - around);
    last_word := least(cardinality(indexed.spots), first_word + shown - 1);
    at := CASE WHEN first_word > 1 THEN indexed.spots[first_word] / 64 ELSE 0 END;
    stop := least(at + characters, CASE WHEN last_word < cardinality(indexed.spots)
        THEN indexed.spots[last_word] / 64 + indexed.spots[last_word] % 64 ELSE indexed.text_length END);
    IF at > 0 THEN
        pieces := '[{"text": "… ", "hit": false}]';
    END IF;
    FOR i IN 1 .. cardinality(hits) LOOP
        EXIT WHEN hits[i] > last_word OR indexed.spots[hits[i]] / 64 + indexed.spots[hits[i]] % 64 > stop;
        pieces := pieces || snippet_piece(said, at, indexed.spots[hits[i]] / 64, false)
            || snippet_piece(said, indexed.spots[hits[i]] / 64, indexed.spots[hits[i]] / 64 + indexed.spots[hits[i]] % 64, true);
        at := indexed.spots[hits[i]] / 64 + indexed.spots[hits[i]] % 64;
    END LOOP;
    pieces := pieces || snippet_piece(said, at, stop, false);
    RETURN pieces || CASE WHEN stop < indexed.text_length THEN '[{"text": " …", "hit": false}]' ELSE '[]' END::jsonb;
END
$$;
