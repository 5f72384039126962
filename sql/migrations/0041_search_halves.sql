-- Searching by halves: where the matches of a word begin is found in a step for each halving instead of up to eight for each width,
-- and what is too much to be ranked is counted before it is ranked. A word that 50,000 old cases have: 115 ms before, 85 ms now; a
-- common one 60 and 50 (tests/bench/search.py, 1,000,000 cases). And one word without another is ranked, too.

-- What the rank of a match is counted from: what it must have, for ts_rank gives nothing to `a & !b`, and nothing to `a & a`.
CREATE FUNCTION rank_query(query tsquery) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN needed IN ('', 'T') THEN query
                WHEN (SELECT count(DISTINCT w[1]) FROM regexp_matches(needed, '(''(?:[^'']|'''')+'')', 'g') AS w) = 1
                    THEN substring(needed FROM '(''(?:[^'']|'''')+'')')::tsquery
                ELSE needed::tsquery END
    FROM querytree(query) AS needed
$$;

CREATE OR REPLACE FUNCTION search_block(query tsquery, langs tsquery[], first_day date, last_day date, before search_hit, states text[],
    overdue boolean, is_ranked boolean, most integer) RETURNS search_hit[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    ranked_by CONSTANT tsquery[] := ARRAY(SELECT rank_query(l.query) FROM unnest(langs) WITH ORDINALITY AS l (query, n) ORDER BY l.n);
BEGIN
    RETURN coalesce((
        SELECT array_agg(ROW(CASE WHEN is_ranked THEN round(1000000 * ts_rank(x.words, ranked_by[x.place]))::integer END, x.received_on,
            x.feedback_id)::search_hit)
        FROM (
            SELECT w.feedback_id, w.received_on, w.words, l.place
            FROM feedback_words w
            CROSS JOIN LATERAL (
                SELECT language_place(w.lang) AS place
            ) l
            WHERE w.words @@ query AND w.words @@ langs[l.place] AND w.received_on BETWEEN first_day AND last_day
                AND (before IS NULL OR (w.received_on, w.feedback_id) < (before.received_on, before.id))
                AND (states IS NULL AND overdue IS NULL OR EXISTS (
                    SELECT FROM feedback f WHERE f.id = w.feedback_id AND feedback_matches(f, NULL, NULL, states, overdue)))
            LIMIT most + 1
        ) x
    ), '{}');
END
$$;

-- How many matches there are, counted up to `most`: nothing of them is kept, so it costs half of finding them.
CREATE FUNCTION search_count(query tsquery, langs tsquery[], first_day date, last_day date, states text[], overdue boolean, most integer)
    RETURNS integer LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT count(*)
        FROM (
            SELECT FROM feedback_words w
            WHERE w.words @@ query AND w.words @@ langs[language_place(w.lang)] AND w.received_on BETWEEN first_day AND last_day
                AND (states IS NULL AND overdue IS NULL OR EXISTS (
                    SELECT FROM feedback f WHERE f.id = w.feedback_id AND feedback_matches(f, NULL, NULL, states, overdue)))
            LIMIT most
        ) x
    );
END
$$;

-- All matches, while there are no more than can be ranked, from the newest on: first 64 to 128 days, then blocks of 64 days while
-- they would fill the rest, then all that is left at once (width 4), for the list of two common words is as long in 512 days as in
-- all. Is there a block with too many, `too_many_in` is its width and `matches` what is newer than it, down to `last_day`. Where the
-- newest have next to nothing, the rest is counted before it is ranked.
CREATE OR REPLACE FUNCTION search_ranked(query tsquery, langs tsquery[], first_day integer, INOUT last_day integer, states text[], overdue boolean,
    rankable integer, OUT matches search_hit[], OUT too_many_in integer) LANGUAGE plpgsql STABLE AS $$
DECLARE
    is_narrow boolean := true;
    marks text[] := ARRAY[day_mark(2, last_day), day_mark(2, last_day - 64)];
    start_day integer := greatest(((last_day >> 6) - 1) << 6, first_day);
    hits search_hit[];
    left_over integer;
BEGIN
    matches := '{}';
    WHILE last_day >= first_day LOOP
        IF NOT is_narrow AND cardinality(matches) < rankable / 100 THEN
            left_over := search_count(query, langs, day_of(start_day), day_of(last_day), states, overdue, rankable - cardinality(matches) + 1);
            too_many_in := CASE WHEN left_over > rankable - cardinality(matches) THEN 4 END;
            EXIT WHEN left_over = 0 OR too_many_in IS NOT NULL;
        END IF;
        hits := search_block(CASE WHEN is_narrow THEN query && marks_query(marks) ELSE query END, langs, day_of(start_day), day_of(last_day),
            NULL, states, overdue, true, rankable - cardinality(matches));
        IF cardinality(matches) + cardinality(hits) > rankable THEN
            too_many_in := CASE WHEN is_narrow THEN 2 ELSE 4 END;
            RETURN;
        END IF;
        matches := matches || hits;
        last_day := start_day - 1;
        is_narrow := cardinality(hits) * 8 > rankable - cardinality(matches);
        marks := ARRAY[day_mark(2, last_day)];
        start_day := CASE WHEN is_narrow THEN greatest((last_day >> 6) << 6, first_day) ELSE first_day END;
    END LOOP;
END
$$;

-- The marks of the block of 2^size days that ends with `day`, from `first_day` on: one to four of one width.
CREATE FUNCTION block_query(size integer, first_day integer, last_day integer) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT marks_query(ARRAY(SELECT DISTINCT day_mark(size / 3, d) FROM generate_series(first_day, last_day, 1 << (size / 3 * 3)) AS d
                             UNION SELECT day_mark(size / 3, last_day)))
$$;

-- The newest matches, at least a page of them if there are so many, in blocks of 2^size days. A block with more than can be sorted
-- is halved; where its newer half has none, its older half has them all and is halved unseen, and so is all that is left when
-- there are known to be many (first_width 3). An empty block doubles the next one.
CREATE OR REPLACE FUNCTION search_newest(query tsquery, langs tsquery[], first_day integer, last_day integer, before search_hit, states text[],
    overdue boolean, page integer, first_width integer) RETURNS search_hit[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    sortable CONSTANT integer := 500;
    unbounded CONSTANT integer := 1000000000;
    is_full CONSTANT boolean := first_width = 3;
    size integer := 3 * first_width;
    full_from integer[] := array_fill(2147483647, ARRAY[10]); -- by size + 1: where the block begins that has too much
    start_day integer;
    hits search_hit[];
    found search_hit[] := '{}';
BEGIN
    WHILE last_day >= first_day AND cardinality(found) < page LOOP
        start_day := greatest((last_day >> size) << size, first_day);
        IF start_day = first_day AND is_full AND found = '{}' THEN
            full_from[size + 1] := start_day;
        END IF;
        IF full_from[size + 1] <> start_day THEN
            hits := search_block(query && block_query(size, start_day, last_day), langs, day_of(start_day), day_of(last_day),
                before, states, overdue, false, sortable);
        END IF;
        IF (full_from[size + 1] = start_day OR cardinality(hits) > sortable) AND size > 0 THEN
            full_from[size + 1] := start_day;
            size := size - 1;
            CONTINUE;
        ELSIF full_from[1] = start_day OR cardinality(hits) > sortable THEN
            hits := '{}';
            FOR part IN REVERSE 63 .. 0 LOOP
                hits := hits || search_block(query && quote_literal(day_part_mark(last_day, part))::tsquery, langs, day_of(last_day),
                    day_of(last_day), before, states, overdue, false, unbounded);
                EXIT WHEN cardinality(found) + cardinality(hits) >= page;
            END LOOP;
        ELSIF cardinality(hits) = 0 AND size < 9 AND full_from[size + 2] < start_day THEN
            full_from[size + 1] := full_from[size + 2]; -- what the newer half has not, the older one has
        END IF;
        found := found || hits;
        last_day := start_day - 1;
        WHILE size < 9 AND cardinality(hits) < sortable / 8 AND last_day < full_from[size + 2] LOOP
            size := size + 1;
            EXIT WHEN size % 3 = 0 OR cardinality(hits) > 0;
        END LOOP;
    END LOOP;
    RETURN found;
END
$$;

-- One page of a search. Up to a number (the rule search_ranked) matches are put in the order of their rank; are there more, the
-- newest come first, and no more is read than the page needs. A later page (`after`) goes on in the order of the first one.
-- 1,000,000 cases: tests/bench/search.py.
CREATE OR REPLACE FUNCTION search_cases(asked jsonb, marks tsquery, states text[], overdue boolean, from_day date, to_day date,
    after search_hit, page integer) RETURNS TABLE (place bigint, id uuid, rank integer, received_on date, matches bigint)
    LANGUAGE plpgsql STABLE SET enable_seqscan = off SET work_mem = '16MB' AS $$
DECLARE
    langs CONSTANT tsquery[] := asked_queries(asked, false);
    is_first CONSTANT boolean := after.id IS NULL;
    before CONSTANT search_hit := CASE WHEN after.rank IS NULL THEN after END; -- newest first
    is_ranked boolean := after.id IS NULL OR after.rank IS NOT NULL;
    query tsquery;
    first_day integer;
    last_day integer;
    too_many_in integer;
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
        SELECT r.last_day, r.matches, r.too_many_in INTO last_day, found, too_many_in
        FROM search_ranked(query, langs, first_day, last_day, states, overdue, (SELECT r.value FROM rule r WHERE r.name = 'search_ranked')) r;
        is_ranked := too_many_in IS NULL;
    ELSIF is_ranked THEN
        found := search_block(query, langs, day_of(first_day), day_of(last_day), NULL, states, overdue, true, 1000000000);
    END IF;
    IF NOT is_ranked AND cardinality(found) < page THEN
        found := found || search_newest(query, langs, first_day, last_day, before, states, overdue, page - cardinality(found),
            CASE too_many_in WHEN 4 THEN 3 ELSE 0 END);
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
