-- What the public sees of a report: frozen, versioned, and nothing from fewer than five people.
--
-- The figures of a month are frozen when the first publication touches it. A publication shows tables over a set of (unit,
-- month): a unit with all below it, in a month or the months of a year. For each table the pairs that were ever published are
-- kept in groups: pairs of a group are in the same publications of this table. A table is shown only when every group, cut
-- by the new set, still has at least five people behind each figure, or no voice at all. Each table divides another one (within)
-- and is shown only where that one is, so that its groups are unions of that one's. Whatever can be worked out from all
-- publications together by adding and subtracting is then a sum of figures that each have five people behind them.

CREATE TABLE report_table (
    name text PRIMARY KEY,
    within text CONSTRAINT report_table_within_exists REFERENCES report_table,
    place integer NOT NULL CONSTRAINT report_table_place UNIQUE
);

INSERT INTO report_table (name, within, place) VALUES
    ('received', NULL, 1), ('role', 'received', 2), ('age_band', 'received', 3), ('lang', 'received', 4), ('channel', 'received', 5),
    ('kind', 'received', 6), ('led_to_change', 'kind', 7), ('answered', NULL, 8), ('answer_time', 'answered', 9),
    ('answer_days', 'answered', 10), ('closed', NULL, 11), ('outcome', 'closed', 12), ('explained', 'outcome', 13),
    ('follow_up', NULL, 14), ('is_better', 'follow_up', 15);

-- The figures of a table, each for one or several values. A value that is new goes to other.
CREATE TABLE report_block (
    table_name text NOT NULL CONSTRAINT report_block_table_exists REFERENCES report_table,
    value text NOT NULL,
    block text NOT NULL,
    CONSTRAINT report_block_pkey PRIMARY KEY (table_name, value)
);

INSERT INTO report_block (table_name, value, block)
SELECT x.table_name, v.value, x.block
FROM (VALUES ('received', 'all', 'all'), ('answered', 'all', 'all'), ('closed', 'all', 'all'), ('follow_up', 'all', 'all'),
    ('role', 'client', 'client'), ('role', 'close', 'relative guardian'), ('role', 'other', 'child youth resident'),
    ('age_band', 'under_30', 'under_13 13_17 18_29'), ('age_band', '30_64', '30_64'), ('age_band', '65_plus', '65_74 75_plus'),
    ('age_band', 'unknown', 'unknown'),
    ('lang', 'fi', 'fi'), ('lang', 'sv', 'sv'), ('lang', 'other', 'en se smn sms'),
    ('channel', 'digital', 'web mobile sms qr'), ('channel', 'other', 'kiosk phone paper in_person supported import'),
    ('kind', 'thanks', 'thanks'), ('kind', 'concern', 'concern'), ('kind', 'other', 'idea question safety'),
    ('led_to_change', 'yes', 'yes'), ('led_to_change', 'no', 'no'),
    ('answer_time', 'on_time', 'on_time'), ('answer_time', 'late', 'late'), ('answer_time', 'no_limit', 'no_limit'),
    ('answer_days', '0_3', '0_3'), ('answer_days', '4_7', '4_7'), ('answer_days', '8_14', '8_14'), ('answer_days', 'over_14', 'over_14'),
    ('outcome', 'change', 'change_made change_planned'), ('outcome', 'no_change', 'no_change'),
    ('outcome', 'other', 'information passed_on referred unfounded'),
    ('explained', 'yes', 'yes'), ('explained', 'no', 'no'),
    ('is_better', 'better', 'better'), ('is_better', 'not_better', 'same worse'), ('is_better', 'dont_know', 'dont_know'))
    AS x (table_name, block, vals)
CROSS JOIN LATERAL unnest(string_to_array(x.vals, ' ')) AS v (value);

-- The units of a month as they were when its figures were frozen; corrected_on: when these were replaced, which is done once.
CREATE TABLE report_frozen_unit (
    month date NOT NULL,
    unit_id uuid NOT NULL,
    path uuid[] NOT NULL,
    corrected_on date,
    CONSTRAINT report_frozen_unit_pkey PRIMARY KEY (month, unit_id)
);

-- Figures of a unit without what is below it. people: at least so many. Table day: answers by days, for the median.
CREATE TABLE report_frozen (
    month date NOT NULL,
    unit_id uuid NOT NULL,
    table_name text NOT NULL,
    block text NOT NULL,
    voices integer NOT NULL,
    people integer NOT NULL,
    CONSTRAINT report_frozen_pkey PRIMARY KEY (month, unit_id, table_name, block),
    CONSTRAINT report_frozen_unit_exists FOREIGN KEY (month, unit_id) REFERENCES report_frozen_unit
);

CREATE TABLE report_group (
    table_name text NOT NULL,
    month date NOT NULL,
    unit_id uuid NOT NULL,
    group_id bigint NOT NULL,
    CONSTRAINT report_group_pkey PRIMARY KEY (table_name, month, unit_id)
);
CREATE INDEX report_group_pairs ON report_group (table_name, group_id);
CREATE SEQUENCE report_group_seq;

CREATE TABLE report_publication (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL CONSTRAINT report_publication_unit_exists REFERENCES unit,
    period text NOT NULL,
    correction_note jsonb,
    caller_id uuid,
    version integer,    -- NULL, as the rest: a worker has not made it yet
    published_on date,
    is_corrected boolean, -- whether its figures are others than those of the version before
    body jsonb,
    request_hash bytea,
    CONSTRAINT report_publication_period CHECK (period ~ '^[0-9]{4}(-(0[1-9]|1[0-2]))?$'),
    CONSTRAINT report_publication_note_is_by_language CHECK (is_language_map(correction_note) AND correction_note <> '{}'),
    CONSTRAINT report_publication_is_whole CHECK ((body IS NULL) = (version IS NULL) AND (body IS NULL) = (published_on IS NULL)),
    CONSTRAINT report_publication_version UNIQUE (unit_id, period, version)
);
CREATE INDEX report_publication_by_day ON report_publication (published_on DESC, id DESC);

CREATE FUNCTION report_publication_asked() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO job (kind, subject, data, unique_key)
    SELECT 'report', n.id, jsonb_build_object('publication', n.id), 'report:publication:' || n.id FROM new_publication n;
    RETURN NULL;
END
$$;
CREATE TRIGGER report_publication_asked AFTER INSERT ON report_publication REFERENCING NEW TABLE AS new_publication
    FOR EACH STATEMENT EXECUTE FUNCTION report_publication_asked();
CREATE TRIGGER report_publication_audit_insert AFTER INSERT ON report_publication REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('report_publication', 'asked', 'id', 'period');

CREATE FUNCTION period_first_day(period text) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (period || CASE WHEN length(period) = 4 THEN '-01-01' ELSE '-01' END)::date
$$;
CREATE FUNCTION period_next_day(period text) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (period_first_day(period) + CASE WHEN length(period) = 4 THEN interval '1 year' ELSE interval '1 month' END)::date
$$;

-- ---- frozen figures ----

-- The figures of a month as they are now. A voice of an address that has spoken before, whenever and wherever, is not a person
-- more: so the sum over any set of voices is at most the number of people behind it. Without an address each voice is a person.
CREATE FUNCTION report_fresh(of_month date) RETURNS TABLE (unit_id uuid, table_name text, value text, voices integer, people integer)
    LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
WITH span AS (
    SELECT of_month AS first_day, (of_month + interval '1 month')::date AS next_day
), voice AS MATERIALIZED (
    SELECT f.id, f.unit_id, f.respondent_role, f.age_band, f.lang, f.channel, f.kind, f.outcome, f.answered_on - f.received_on AS days,
        CASE WHEN f.due_on IS NULL THEN 'no_limit' WHEN f.answered_on <= f.due_on THEN 'on_time' ELSE 'late' END AS time,
        f.received_on >= s.first_day AND f.received_on < s.next_day AS is_received,
        coalesce(f.answered_on >= s.first_day AND f.answered_on < s.next_day, false) AS is_answered,
        coalesce(f.closed_on >= s.first_day AND f.closed_on < s.next_day AND f.state = 'closed', false) AS is_closed,
        (c.address_hash IS NULL OR NOT EXISTS (
            SELECT FROM contact o JOIN feedback e ON e.id = o.feedback_id
            WHERE o.address_hash = c.address_hash AND (e.received_on, e.id) < (f.received_on, f.id)))::integer AS person
    FROM span s
    JOIN feedback f ON f.respondent_role <> 'staff' AND (f.received_on >= s.first_day AND f.received_on < s.next_day
        OR f.answered_on >= s.first_day AND f.answered_on < s.next_day OR f.closed_on >= s.first_day AND f.closed_on < s.next_day)
    LEFT JOIN contact c ON c.feedback_id = f.id
), answer AS (
    SELECT c.unit_id, f.answer, f.answered_on, (row_number() OVER (PARTITION BY f.contributor ORDER BY f.answered_on, f.id) = 1)::integer AS person
    FROM follow_up f
    JOIN feedback v ON v.id = f.feedback_id AND v.respondent_role <> 'staff'
    JOIN change c ON c.id = f.change_id
    WHERE f.answered_on IS NOT NULL
)
SELECT v.unit_id, d.table_name, d.value, count(*)::integer, sum(v.person)::integer
FROM voice v
CROSS JOIN LATERAL (VALUES ('received', 'all', v.is_received), ('role', v.respondent_role, v.is_received),
    ('age_band', coalesce(v.age_band, 'unknown'), v.is_received), ('lang', v.lang, v.is_received), ('channel', v.channel, v.is_received),
    ('kind', v.kind, v.is_received),
    ('led_to_change', CASE WHEN EXISTS (SELECT FROM change_source s JOIN change c ON c.id = s.change_id
        WHERE s.feedback_id = v.id AND c.made_on IS NOT NULL) THEN 'yes' ELSE 'no' END, v.is_received AND v.kind = 'concern'),
    ('answered', 'all', v.is_answered), ('answer_time', v.time, v.is_answered), ('day', v.days::text, v.is_answered),
    ('answer_days', CASE WHEN v.days <= 3 THEN '0_3' WHEN v.days <= 7 THEN '4_7' WHEN v.days <= 14 THEN '8_14' ELSE 'over_14' END, v.is_answered),
    ('closed', 'all', v.is_closed), ('outcome', v.outcome, v.is_closed),
    ('explained', CASE WHEN EXISTS (SELECT FROM shown_step s WHERE s.subject = v.id AND s.to_state = 'closed' AND s.reason IS NOT NULL)
        THEN 'yes' ELSE 'no' END, v.is_closed AND v.outcome = 'no_change')) AS d (table_name, value, counts)
WHERE d.counts
GROUP BY v.unit_id, d.table_name, d.value
UNION ALL
SELECT a.unit_id, d.table_name, d.value, count(*)::integer, sum(a.person)::integer
FROM span s
JOIN answer a ON a.answered_on >= s.first_day AND a.answered_on < s.next_day
CROSS JOIN LATERAL (VALUES ('follow_up', 'all'), ('is_better', a.answer)) AS d (table_name, value)
GROUP BY a.unit_id, d.table_name, d.value
$$;

-- The same by the blocks of the tables.
CREATE FUNCTION report_fresh_blocks(of_month date) RETURNS TABLE (unit_id uuid, table_name text, block text, voices integer, people integer)
    LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT f.unit_id, f.table_name, CASE f.table_name WHEN 'day' THEN f.value ELSE coalesce(b.block, 'other') END,
        sum(f.voices)::integer, sum(f.people)::integer
    FROM report_fresh(of_month) f
    LEFT JOIN report_block b ON b.table_name = f.table_name AND b.value = f.value
    GROUP BY 1, 2, 3
$$;

-- Freezes a month, if it is not frozen yet.
CREATE FUNCTION report_freeze(of_month date) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM report_frozen_unit u WHERE u.month = of_month) THEN
        RETURN;
    END IF;
    INSERT INTO report_frozen_unit (month, unit_id, path) SELECT of_month, u.id, u.path FROM unit u;
    INSERT INTO report_frozen (month, unit_id, table_name, block, voices, people)
    SELECT of_month, f.unit_id, f.table_name, f.block, f.voices, f.people FROM report_fresh_blocks(of_month) f;
    -- A block that is there must be looked at in every group.
    INSERT INTO report_block (table_name, value, block)
    SELECT DISTINCT f.table_name, 'other', 'other' FROM report_frozen f
    WHERE f.month = of_month AND f.block = 'other' AND f.table_name <> 'day'
    ON CONFLICT ON CONSTRAINT report_block_pkey DO NOTHING;
END
$$;

-- The pairs of the groups that a set touches, and of the set; group_id 0: not published before.
CREATE FUNCTION report_pieces(of_table text, of_unit uuid, first_day date, next_day date)
    RETURNS TABLE (month date, unit_id uuid, group_id bigint, is_inside boolean) LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH asked AS MATERIALIZED (
        SELECT u.month, u.unit_id, coalesce(g.group_id, 0) AS group_id
        FROM report_frozen_unit u
        LEFT JOIN report_group g ON g.table_name = of_table AND g.month = u.month AND g.unit_id = u.unit_id
        WHERE u.month >= first_day AND u.month < next_day AND u.path @> ARRAY[of_unit]
    )
    SELECT a.month, a.unit_id, a.group_id, true FROM asked a
    UNION ALL
    SELECT g.month, g.unit_id, g.group_id, false
    FROM report_group g
    WHERE g.table_name = of_table AND g.group_id IN (SELECT a.group_id FROM asked a)
        AND NOT EXISTS (SELECT FROM asked a WHERE a.month = g.month AND a.unit_id = g.unit_id)
$$;

-- Whether the table may be shown for a set; then its groups are cut by it.
CREATE FUNCTION report_admit(of_table text, of_unit uuid, first_day date, next_day date) RETURNS boolean
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (
            SELECT p.group_id, p.is_inside, b.block, sum(f.voices) AS voices, coalesce(sum(f.people), 0) AS people
            FROM report_pieces(of_table, of_unit, first_day, next_day) p
            CROSS JOIN (SELECT DISTINCT x.block FROM report_block x WHERE x.table_name = of_table) b
            LEFT JOIN report_frozen f ON f.month = p.month AND f.unit_id = p.unit_id AND f.table_name = of_table AND f.block = b.block
            GROUP BY p.group_id, p.is_inside, b.block
        ) c
        GROUP BY c.group_id, c.is_inside
        HAVING sum(c.voices) > 0 AND min(c.people) < rule_value('publication_least')
    ) THEN
        RETURN false;
    END IF;
    WITH piece AS MATERIALIZED (
        SELECT * FROM report_pieces(of_table, of_unit, first_day, next_day)
    ), cut AS MATERIALIZED (
        SELECT c.group_id, nextval('report_group_seq') AS new_id
        FROM (SELECT p.group_id FROM piece p GROUP BY p.group_id HAVING bool_or(p.is_inside) AND (p.group_id = 0 OR NOT bool_and(p.is_inside))) c
    )
    INSERT INTO report_group AS g (table_name, month, unit_id, group_id)
    SELECT of_table, p.month, p.unit_id, c.new_id FROM piece p JOIN cut c USING (group_id) WHERE p.is_inside
    ON CONFLICT ON CONSTRAINT report_group_pkey DO UPDATE SET group_id = excluded.group_id;
    RETURN true;
END
$$;

-- Replaces the frozen figures of a set by those of now, and says whether they are others. Only once; only where the set holds
-- the groups that it touches wholly, or the earlier figures of a part could be worked out later; and only where each of them keeps
-- its figures, or moves by at least five people, or versions would tell of few by their difference.
CREATE FUNCTION report_correct(of_unit uuid, first_day date, next_day date) RETURNS boolean LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
DECLARE
    is_other boolean;
    is_safe boolean;
BEGIN
    CREATE TEMPORARY TABLE report_now ON COMMIT DROP AS
    SELECT u.month, f.unit_id, f.table_name, f.block, f.voices, f.people
    FROM (SELECT DISTINCT x.month FROM report_frozen_unit x WHERE x.month >= first_day AND x.month < next_day) m
    CROSS JOIN LATERAL report_fresh_blocks(m.month) f
    JOIN report_frozen_unit u ON u.month = m.month AND u.unit_id = f.unit_id AND u.path @> ARRAY[of_unit];
    WITH moved AS MATERIALIZED ( -- inside the set
        SELECT d.month, d.unit_id, d.table_name, d.block, sum(d.voices) AS voices, sum(d.people) AS people
        FROM (
            SELECT n.month, n.unit_id, n.table_name, n.block, n.voices, n.people FROM report_now n
            UNION ALL
            SELECT f.month, f.unit_id, f.table_name, f.block, -f.voices, -f.people
            FROM report_frozen f
            JOIN report_frozen_unit u ON u.month = f.month AND u.unit_id = f.unit_id
            WHERE u.month >= first_day AND u.month < next_day AND u.path @> ARRAY[of_unit]
        ) d
        GROUP BY d.month, d.unit_id, d.table_name, d.block
    ), cell AS (
        SELECT p.group_id, b.table_name, b.block, coalesce(sum(f.voices), 0) + coalesce(sum(m.voices), 0) AS voices,
            coalesce(sum(f.people), 0) + coalesce(sum(m.people), 0) AS people,
            coalesce(sum(m.voices), 0) AS voices_moved, coalesce(sum(m.people), 0) AS people_moved, bool_and(p.is_inside) AS is_inside
        FROM (SELECT DISTINCT x.table_name, x.block FROM report_block x) b
        CROSS JOIN LATERAL report_pieces(b.table_name, of_unit, first_day, next_day) p
        LEFT JOIN report_frozen f ON f.month = p.month AND f.unit_id = p.unit_id AND f.table_name = b.table_name AND f.block = b.block
        LEFT JOIN moved m ON m.month = p.month AND m.unit_id = p.unit_id AND m.table_name = b.table_name AND m.block = b.block
        WHERE p.group_id <> 0
        GROUP BY p.group_id, b.table_name, b.block
    ), judged AS (
        SELECT bool_and(c.is_inside) AND (sum(c.voices) = 0 OR min(c.people) >= rule_value('publication_least')) AS is_large,
            bool_and(c.voices_moved = 0 AND c.people_moved = 0 OR least(abs(c.voices_moved), abs(c.people_moved)) >= rule_value('publication_least'))
                AS is_still_or_far
        FROM cell c
        GROUP BY c.table_name, c.group_id
    )
    SELECT EXISTS (SELECT FROM moved m WHERE m.voices <> 0 OR m.people <> 0),
        (SELECT coalesce(bool_and(j.is_large AND j.is_still_or_far), true) FROM judged j)
        AND NOT EXISTS (SELECT FROM report_frozen_unit u
            WHERE u.month >= first_day AND u.month < next_day AND u.path @> ARRAY[of_unit] AND u.corrected_on IS NOT NULL)
    INTO is_other, is_safe;
    IF is_other AND is_safe THEN
        DELETE FROM report_frozen f USING report_frozen_unit u
        WHERE u.month = f.month AND u.unit_id = f.unit_id AND u.month >= first_day AND u.month < next_day AND u.path @> ARRAY[of_unit];
        INSERT INTO report_frozen (month, unit_id, table_name, block, voices, people)
        SELECT n.month, n.unit_id, n.table_name, n.block, n.voices, n.people FROM report_now n;
        UPDATE report_frozen_unit u SET corrected_on = app_today()
        WHERE u.month >= first_day AND u.month < next_day AND u.path @> ARRAY[of_unit];
    END IF;
    DROP TABLE report_now;
    RETURN is_other AND is_safe;
END
$$;

-- ---- the publication ----

-- Small figures to the nearest five.
CREATE FUNCTION published_figure(voices bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN voices < 50 THEN round(voices / 5.0)::bigint * 5 ELSE voices END
$$;

-- Makes a publication that was asked for: freezes, corrects, and shows the tables that may be shown. Once.
CREATE FUNCTION report_publish(publication_id uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    p report_publication;
    first_day date;
    next_day date;
    next_version integer;
    corrected boolean := false;
    admitted text[] := '{}';
    tables jsonb := '[]';
    t record;
BEGIN
    SELECT * INTO p FROM report_publication r WHERE r.id = publication_id AND r.body IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    first_day := period_first_day(p.period);
    next_day := period_next_day(p.period);
    next_version := coalesce((SELECT max(r.version) FROM report_publication r WHERE r.unit_id = p.unit_id AND r.period = p.period), 0) + 1;
    PERFORM report_freeze(m.month::date) FROM generate_series(first_day::timestamp, next_day - interval '1 day', interval '1 month') AS m (month);
    IF next_version > 1 THEN
        corrected := report_correct(p.unit_id, first_day, next_day);
    END IF;
    FOR t IN SELECT x.name, x.within FROM report_table x ORDER BY x.place LOOP
        IF (t.within IS NULL OR t.within = ANY (admitted)) AND report_admit(t.name, p.unit_id, first_day, next_day) THEN
            admitted := admitted || t.name;
        END IF;
        tables := tables || jsonb_build_object('name', t.name, 'within', t.within, 'figures', CASE WHEN t.name = ANY (admitted) THEN (
            SELECT jsonb_object_agg(b.block, published_figure(coalesce(n.voices, 0)))
            FROM (SELECT DISTINCT x.block FROM report_block x WHERE x.table_name = t.name) b
            LEFT JOIN (
                SELECT f.block, sum(f.voices)::bigint AS voices
                FROM report_frozen f JOIN report_frozen_unit u ON u.month = f.month AND u.unit_id = f.unit_id
                WHERE f.table_name = t.name AND u.month >= first_day AND u.month < next_day AND u.path @> ARRAY[p.unit_id]
                GROUP BY f.block) n ON n.block = b.block) END);
    END LOOP;
    UPDATE report_publication r
    SET version = next_version, published_on = app_today(), is_corrected = corrected,
        body = jsonb_build_object('tables', tables,
            'answer_days', CASE WHEN 'answered' = ANY (admitted) THEN (
                -- Of fifty answers or more, in whole days: of fewer they would tell of single ones.
                SELECT CASE WHEN sum(d.people) >= 50 THEN jsonb_build_object(
                    'median', min(d.days) FILTER (WHERE d.upto >= d.total * 0.5), 'p90', min(d.days) FILTER (WHERE d.upto >= d.total * 0.9)) END
                FROM (
                    SELECT f.block::integer AS days, sum(f.people) AS people, sum(sum(f.voices)) OVER (ORDER BY f.block::integer) AS upto,
                        sum(sum(f.voices)) OVER () AS total
                    FROM report_frozen f JOIN report_frozen_unit u ON u.month = f.month AND u.unit_id = f.unit_id
                    WHERE f.table_name = 'day' AND u.month >= first_day AND u.month < next_day AND u.path @> ARRAY[p.unit_id]
                    GROUP BY f.block::integer) d) END,
            'changes', (
                SELECT coalesce(jsonb_agg(c.change ORDER BY c.place), '[]')
                FROM report_bodies(first_day, next_day, p.unit_id, NULL, NULL, NULL) b
                CROSS JOIN LATERAL jsonb_array_elements(b.body -> 'changes') WITH ORDINALITY AS c (change, place)
                WHERE c.change ->> 'published_on' IS NOT NULL))
    WHERE r.id = p.id;
END
$$;

INSERT INTO rule (name, value, least, most, help) VALUES
    ('publication_least', 5, 5, 1000, 'People whom a public figure counts at least.');

-- The functions are the owner's: only report_publish is called, by the worker.
REVOKE ALL ON FUNCTION report_fresh(date), report_fresh_blocks(date), report_freeze(date), report_pieces(text, uuid, date, date),
    report_admit(text, uuid, date, date), report_correct(uuid, date, date), report_publish(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION report_publish(uuid) TO osallisuus_worker;
GRANT INSERT (id, unit_id, period, correction_note, caller_id, request_hash) ON report_publication TO osallisuus_api;
GRANT SELECT ON report_publication, report_table TO osallisuus_api, osallisuus_reader;
