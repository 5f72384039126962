-- Searching in fewer steps: a caller who sees the whole county costs no mark, a state in which cases end has one, and whether there
-- are more matches than are ranked is found out from the newest on, so that a common word does not pay for the list of all its cases.

-- All that are open have one mark: they are few, and one case goes through their states in days. What has ended has its state's.
CREATE FUNCTION state_mark(state text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN state IN ('received', 'in_progress', 'waiting_giver', 'answered') THEN '@o' ELSE '@e' || state END
$$;

-- The units that a search is bound to; none where one of them is the only root.
CREATE FUNCTION units_query(units uuid[]) RETURNS tsquery LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN units IS NULL OR ARRAY(SELECT u.id FROM unit u WHERE u.parent_id IS NULL) <@ units THEN ''
        ELSE marks_query(ARRAY(SELECT id_mark('u', u.id) FROM unnest(units) AS u (id))) END
$$;

CREATE OR REPLACE FUNCTION search_filter(unit_id uuid, service_id uuid, kinds text[], states text[], overdue boolean, caller_units text)
    RETURNS tsquery LANGUAGE sql STABLE AS $$
    SELECT units_query(CASE WHEN unit_id IS NOT NULL THEN ARRAY[unit_id] END) && units_query(caller_units::uuid[])
        && CASE WHEN service_id IS NULL THEN '' ELSE marks_query(ARRAY[id_mark('s', service_id)]) END
        && CASE WHEN kinds IS NULL THEN '' ELSE marks_query(ARRAY(SELECT '@k' || k.kind FROM unnest(kinds) AS k (kind))) END
        && CASE WHEN states IS NULL THEN '' ELSE marks_query(ARRAY(SELECT DISTINCT state_mark(s.state) FROM unnest(states) AS s (state))) END
        && CASE WHEN overdue THEN '@o' ELSE '' END::tsquery
$$;

CREATE OR REPLACE FUNCTION search_marks(f feedback, unit_path uuid[]) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(array_remove(ARRAY['@k' || f.kind, state_mark(f.state),
            CASE WHEN f.service_id IS NOT NULL THEN id_mark('s', f.service_id) END,
            day_mark(0, day_number(f.received_on)), day_mark(1, day_number(f.received_on)),
            day_mark(2, day_number(f.received_on)), day_mark(3, day_number(f.received_on)),
            day_part_mark(day_number(f.received_on), day_part(f.id))], NULL)
        || ARRAY(SELECT id_mark('u', u.id) FROM unnest(unit_path) AS u (id)))
$$;

INSERT INTO job (kind, run_at, subject, data)
SELECT 'index', app_now(), f.id, '{}' FROM feedback f WHERE f.closed_on IS NOT NULL AND f.state NOT IN ('removed', 'withdrawn') ORDER BY f.id;

-- All matches, while there are no more than can be ranked, from the newest on: first 64 to 128 days, then blocks of 64 days while
-- they would fill the rest, then all that is left at once (width 4), for the list of two common words is as long in 512 days as in
-- all. Is there a block with too many, `too_many_in` is its width and `matches` what is newer than it, down to `last_day`.
CREATE FUNCTION search_ranked(query tsquery, langs tsquery[], first_day integer, INOUT last_day integer, states text[], overdue boolean,
    rankable integer, OUT matches search_hit[], OUT too_many_in integer) LANGUAGE plpgsql STABLE AS $$
DECLARE
    is_narrow boolean := true;
    marks text[] := ARRAY[day_mark(2, last_day), day_mark(2, last_day - 64)];
    start_day integer := greatest(((last_day >> 6) - 1) << 6, first_day);
    hits search_hit[];
BEGIN
    matches := '{}';
    WHILE last_day >= first_day LOOP
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
    too_many_in integer := 1; -- a later page begins with days
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
        found := found || search_newest(query, langs, first_day, last_day, before, states, overdue, page - cardinality(found), too_many_in - 1);
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
