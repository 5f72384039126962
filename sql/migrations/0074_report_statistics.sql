-- What is published is planned for the sizes that its tables have: they grow in the transaction that reads them, before anybody else has
-- counted their rows. As before otherwise.

CREATE OR REPLACE FUNCTION report_correct(of_unit uuid, first_day date, next_day date) RETURNS boolean LANGUAGE plpgsql
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
    ANALYZE report_now;
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

CREATE OR REPLACE FUNCTION report_publish(publication_id uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
    ANALYZE report_frozen_unit, report_frozen, report_group; -- planned for what they hold now, and not for what they held before
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
                SELECT coalesce(jsonb_agg(c.change || jsonb_build_object('title', w.title, 'said', w.said, 'done', w.done, 'state', w.state,
                    'level', w.level, 'theme', w.theme) ORDER BY c.place), '[]')
                FROM report_bodies(first_day, next_day, p.unit_id, NULL, NULL, NULL) b
                CROSS JOIN LATERAL jsonb_array_elements(b.body -> 'changes') WITH ORDINALITY AS c (change, place)
                JOIN published_change w ON w.id = (c.change ->> 'id')::uuid))
    WHERE r.id = p.id;
END
$$;
