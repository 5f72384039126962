-- Voices that speak of the same as a change does, so that it is known of whom it speaks before it is told.

INSERT INTO rule (name, value, least, most, help) VALUES
    ('similar_months', 18, 1, 120, 'Months back in which voices are looked for that are similar to those of a change.');

CREATE FUNCTION is_telling_word(word text, lang integer) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT length(word) > 2 AND word !~ '^[@0-9]'
        AND coalesce(CASE lang WHEN 1 THEN ts_lexize('finnish_stem', word) WHEN 2 THEN ts_lexize('swedish_stem', word)
                               WHEN 3 THEN ts_lexize('english_stem', word) END <> '{}', true)
$$;

-- What a change is about, the most telling words first: those of its own texts (`asked`, see asked_query) and of its sources that few
-- other voices have. How many have a word is counted in a sample of 400 cases, and taken with a grain of salt: a county's first
-- voices say little of how common a word is. `lang` is a language_place, `sources` in how many of up to 100 sources it stands.
CREATE FUNCTION similar_words(wanted_change uuid, asked jsonb) RETURNS TABLE (lang integer, word text, weight integer, sources integer)
    LANGUAGE sql STABLE AS $$
    WITH own AS (
        SELECT q.place::integer AS lang, m.found[1] AS word, true AS is_asked, 0 AS sources
        FROM unnest(asked_queries(asked, true)) WITH ORDINALITY AS q (query, place)
        CROSS JOIN LATERAL regexp_matches(q.query::text, '''(\w+)''', 'g') AS m (found)
        UNION ALL
        SELECT language_place(w.lang), x.lexeme, false, 1
        FROM (SELECT s.feedback_id FROM change_source s WHERE s.change_id = wanted_change AND s.feedback_id IS NOT NULL
              ORDER BY s.feedback_id LIMIT 100) s
        JOIN feedback_words w ON w.feedback_id = s.feedback_id
        CROSS JOIN LATERAL unnest(w.words) AS x
    ), candidate AS MATERIALIZED (
        SELECT o.lang, o.word, 2 * bool_or(o.is_asked)::integer + least(sum(o.sources), 2) AS times, sum(o.sources) AS sources
        FROM own o
        GROUP BY o.lang, o.word
        HAVING is_telling_word(o.word, o.lang)
    ), sample AS MATERIALIZED (
        SELECT language_place(w.lang) AS lang, tsvector_to_array(w.words) AS words
        FROM feedback_words w
            TABLESAMPLE SYSTEM ((SELECT least(100, 40000 / greatest(c.reltuples, 1)) FROM pg_class c WHERE c.oid = 'feedback_words'::regclass))
            REPEATABLE (1)
        LIMIT 2000
    ), size AS (
        SELECT s.lang, count(*) AS cases FROM sample s GROUP BY s.lang
    ), common AS (
        SELECT s.lang, x.word, count(*) AS cases FROM sample s CROSS JOIN LATERAL unnest(s.words) AS x (word) GROUP BY s.lang, x.word
    )
    SELECT c.lang, c.word, floor(r.rarity * c.times)::integer, c.sources::integer
    FROM candidate c
    JOIN size z ON z.lang = c.lang -- in other languages there is nothing to find
    LEFT JOIN common k ON k.lang = c.lang AND k.word = c.word
    CROSS JOIN LATERAL (SELECT log(2.0, (z.cases + 100.0) / (coalesce(k.cases, 0) + 5)) AS rarity) r
    WHERE r.rarity >= 3 -- about one case in seven
    ORDER BY 3 DESC, c.word
    LIMIT 60
$$;

-- One page of them: the newest 200 or so of each of twelve words; who has more and rarer ones comes first. `words` are queries that
-- show what was found. The work is the same for any number of cases: see search_newest.
CREATE FUNCTION similar_cases(wanted_change uuid, asked jsonb, marks tsquery, after search_hit, page integer)
    RETURNS TABLE (place bigint, id uuid, rank integer, received_on date, words tsquery[])
    LANGUAGE plpgsql STABLE SET enable_seqscan = off SET work_mem = '16MB' AS $$
DECLARE
    words_at_most CONSTANT integer := 12;
    cases_of_word CONSTANT integer := 200;
    nothing CONSTANT tsquery[] := array_fill(NULL::tsquery, ARRAY[4]);
    first_day CONSTANT integer := day_number((app_today() - make_interval(months => rule_value('similar_months')))::date);
    last_day CONSTANT integer := day_number((SELECT max(f.received_on) FROM feedback f));
    queries tsquery[] := nothing;
    query tsquery;
    w record;
    hits search_hit[];
    found search_hit[] := '{}'; -- the weight of a word as the rank
    taken integer := 0;
BEGIN
    IF wanted_change IS NULL THEN
        RETURN;
    END IF;
    FOR w IN SELECT s.* FROM similar_words(wanted_change, asked) s LOOP
        query := quote_literal(w.word)::tsquery;
        hits := search_newest(query && marks, nothing[:w.lang - 1] || query || nothing[w.lang + 1:], first_day, last_day, NULL, NULL, NULL,
            cases_of_word, 2);
        CONTINUE WHEN cardinality(hits) <= w.sources AND NOT EXISTS ( -- nobody else has it
            SELECT FROM unnest(hits) h
            WHERE NOT EXISTS (SELECT FROM change_source s WHERE s.change_id = wanted_change AND s.feedback_id = h.id));
        queries[w.lang] := CASE WHEN queries[w.lang] IS NULL THEN query ELSE queries[w.lang] || query END;
        found := found || ARRAY(SELECT ROW(w.weight, h.received_on, h.id)::search_hit FROM unnest(hits) h
                                ORDER BY h.received_on DESC, h.id DESC LIMIT cases_of_word);
        taken := taken + 1;
        EXIT WHEN taken = words_at_most;
    END LOOP;
    RETURN QUERY
    SELECT row_number() OVER (ORDER BY h.rank DESC, h.received_on DESC, h.id DESC), h.id, h.rank, h.received_on, queries
    FROM (
        SELECT x.id, sum(x.rank)::integer AS rank, x.received_on
        FROM unnest(found) x
        GROUP BY x.id, x.received_on
        ORDER BY 2 DESC, x.received_on DESC, x.id DESC
    ) h
    CROSS JOIN LATERAL ( -- neither a source, nor what follows one
        SELECT FROM feedback f
        WHERE f.id = h.id AND NOT EXISTS (
            SELECT FROM change_source s WHERE s.change_id = wanted_change AND s.feedback_id = ANY (ARRAY[f.id, f.duplicate_of]) OFFSET 0)
        OFFSET 0
    ) f
    WHERE after.id IS NULL OR (h.rank, h.received_on, h.id) < (after.rank, after.received_on, after.id)
    ORDER BY h.rank DESC, h.received_on DESC, h.id DESC
    LIMIT page;
END
$$;
