-- A published report has the words of its changes as they were published, and their state as everybody reads it.

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
