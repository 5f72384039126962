-- Searching the index of words: what is asked, what is read for a page of it, what is shown of a case.

INSERT INTO rule (name, value, least, most, help) VALUES
    ('search_ranked', 10000, 1, 100000, 'Matches of a search up to which the best come first; of more, the newest do.');

-- A search as the API has read it (common/words_query.h), in one language; NULL where it has nothing to go by there. A stop
-- word that stands alone ('@n') is not asked for, unless nothing else is.
CREATE FUNCTION asked_query(asked jsonb, lang text, is_any boolean) RETURNS tsquery LANGUAGE plpgsql STABLE AS $$
DECLARE
    query text := asked ->> (CASE lang WHEN 'fi' THEN 'finnish' ELSE 'plain' END || CASE WHEN is_any THEN '_any' ELSE '' END);
    words jsonb := asked -> CASE lang WHEN 'fi' THEN 'unknown' ELSE 'words' END;
    needed text := query;
    stem text;
    answer tsquery;
BEGIN
    IF query = '' THEN
        RETURN NULL;
    END IF;
    FOR i IN 1 .. jsonb_array_length(words) LOOP
        stem := '''' || search_stem(words ->> i - 1, lang) || '''';
        query := replace(replace(query, '''@' || i || '''', stem), '''#' || i || '''', stem);
        needed := replace(replace(needed, '''@' || i || '''', CASE WHEN is_stop_word(words ->> i - 1, lang) THEN '''@''' ELSE stem END),
            '''#' || i || '''', stem);
    END LOOP;
    answer := ts_rewrite(needed::tsquery, '''@''', '');
    answer := CASE WHEN numnode(answer) > 0 THEN answer ELSE query::tsquery END;
    RETURN CASE WHEN querytree(answer) NOT IN ('', 'T') OR asked ->> 'plain_any' = '' THEN answer END;
END
$$;

CREATE FUNCTION asked_queries(asked jsonb, is_any boolean) RETURNS tsquery[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY[asked_query(asked, 'fi', is_any), asked_query(asked, 'sv', is_any), asked_query(asked, 'en', is_any), asked_query(asked, '', is_any)]
$$;

-- The place of a language among them.
CREATE FUNCTION language_place(lang text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE lang WHEN 'fi' THEN 1 WHEN 'sv' THEN 2 WHEN 'en' THEN 3 ELSE 4 END
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
                SELECT langs[language_place(w.lang)] AS own
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

-- Block by block from the newest day on: wider blocks where little is found, narrower ones where there is too much to sort.
CREATE FUNCTION search_newest(query tsquery, langs tsquery[], first_day integer, last_day integer, before search_hit, states text[],
    overdue boolean, page integer, first_width integer) RETURNS search_hit[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    sortable CONSTANT integer := 2000;
    unbounded CONSTANT integer := 1000000000;
    width integer := first_width;
    full_from integer[] := array_fill(2147483647, ARRAY[3]); -- by width: where the block begins that had too much
    start_day integer;
    hits search_hit[];
    found search_hit[] := '{}';
BEGIN
    WHILE last_day >= first_day AND cardinality(found) < page LOOP
        start_day := greatest((last_day >> 3 * width) << 3 * width, first_day);
        hits := search_block(query && quote_literal(day_mark(width, last_day))::tsquery, langs, day_of(start_day), day_of(last_day),
            before, states, overdue, false, sortable);
        IF cardinality(hits) > sortable AND width > 0 THEN
            full_from[width] := start_day;
            width := width - 1;
            CONTINUE;
        ELSIF cardinality(hits) > sortable THEN
            hits := '{}';
            FOR part IN REVERSE 63 .. 0 LOOP
                hits := hits || search_block(query && quote_literal(day_part_mark(last_day, part))::tsquery, langs, day_of(last_day),
                    day_of(last_day), before, states, overdue, false, unbounded);
                EXIT WHEN cardinality(found) + cardinality(hits) >= page;
            END LOOP;
        END IF;
        found := found || hits;
        last_day := start_day - 1;
        width := width + (width < 3 AND cardinality(hits) < sortable / 8 AND last_day < full_from[width + 1])::integer;
    END LOOP;
    RETURN found;
END
$$;

-- One page of a search. Up to a number (the rule search_ranked) matches are put in the order of their rank; are there more, the
-- newest come first, and no more is read than the page needs. Whether there are more is asked of the newest 64 to 128 days
-- first, for a common word has that many there. A later page (`after`) goes on in the order of the first one.
-- 1,000,000 cases: tests/bench/search.py.
CREATE FUNCTION search_cases(asked jsonb, marks tsquery, states text[], overdue boolean, from_day date, to_day date,
    after search_hit, page integer) RETURNS TABLE (place bigint, id uuid, rank integer, received_on date, matches bigint)
    LANGUAGE plpgsql STABLE SET enable_seqscan = off SET work_mem = '16MB' AS $$
DECLARE
    rankable CONSTANT integer := (SELECT r.value FROM rule r WHERE r.name = 'search_ranked');
    unbounded CONSTANT integer := 1000000000;
    langs CONSTANT tsquery[] := asked_queries(asked, false);
    is_first CONSTANT boolean := after.id IS NULL;
    before CONSTANT search_hit := CASE WHEN after.rank IS NULL THEN after END; -- newest first
    is_ranked boolean := after.id IS NULL OR after.rank IS NOT NULL;
    query tsquery;
    width integer := 0; -- where a common word is likely
    first_day integer;
    last_day integer;
    start_day integer;
    hits search_hit[];
    found search_hit[] := '{}';
BEGIN
    FOR i IN 1 .. 4 LOOP -- most words are the same in languages that they do not belong to
        CONTINUE WHEN langs[i] IS NULL OR langs[i] = ANY (langs[:i - 1]);
        query := CASE WHEN query IS NULL THEN langs[i] ELSE query || langs[i] END;
    END LOOP;
    IF query IS NULL THEN
        RETURN;
    END IF;
    query := query && marks;
    first_day := day_number(greatest(from_day, (SELECT min(f.received_on) FROM feedback f)));
    last_day := day_number(least(to_day, (SELECT max(f.received_on) FROM feedback f), before.received_on));
    IF is_first THEN
        start_day := greatest(((last_day >> 6) - 1) << 6, first_day);
        found := search_block(query && marks_query(ARRAY[day_mark(2, last_day), day_mark(2, last_day - 64)]), langs, day_of(start_day),
            day_of(last_day), before, states, overdue, true, rankable);
        is_ranked := cardinality(found) <= rankable;
        IF is_ranked THEN
            hits := search_block(query, langs, day_of(first_day), day_of(start_day - 1), before, states, overdue, true,
                rankable - cardinality(found));
            is_ranked := cardinality(found) + cardinality(hits) <= rankable;
            found := found || CASE WHEN is_ranked THEN hits END;
            last_day := start_day - 1;
            width := 3;
        ELSE
            found := '{}';
        END IF;
    ELSIF is_ranked THEN
        found := search_block(query, langs, day_of(first_day), day_of(last_day), NULL, states, overdue, true, unbounded);
    END IF;
    IF NOT is_ranked AND cardinality(found) < page THEN
        found := found || search_newest(query, langs, first_day, last_day, before, states, overdue, page - cardinality(found), width);
    END IF;
    RETURN QUERY
    SELECT row_number() OVER (ORDER BY h.rank DESC, h.received_on DESC, h.id DESC), h.id, h.rank, h.received_on,
        CASE WHEN is_ranked THEN cardinality(found)::bigint END
    FROM (
        SELECT x.id, r.rank, x.received_on
        FROM unnest(found) x
        CROSS JOIN LATERAL (SELECT CASE WHEN is_ranked THEN x.rank END AS rank) r
        WHERE is_first OR NOT is_ranked OR (x.rank, x.received_on, x.id) < (after.rank, after.received_on, after.id)
        ORDER BY r.rank DESC, x.received_on DESC, x.id DESC
        LIMIT page
    ) h
    ORDER BY 1;
END
$$;

CREATE FUNCTION snippet_piece(said text, from_character integer, to_character integer, is_hit boolean) RETURNS jsonb
    LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN to_character > from_character
        THEN jsonb_build_array(jsonb_build_object('text', substr(said, from_character + 1, to_character - from_character), 'hit', is_hit))
        ELSE '[]' END
$$;

-- What was found, with the words around it, for who reads a list: pieces of text that are hits or not. `langs`: any of these.
CREATE FUNCTION search_snippet(case_id uuid, langs tsquery[]) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
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
    WHERE array_to_tsvector(ARRAY[w.lexeme]) @@ langs[language_place(indexed.lang)];
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
