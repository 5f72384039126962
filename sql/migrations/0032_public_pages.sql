-- What everybody reads of a change, and how it is put for the public pages.

-- ---- a change as it was published ----

-- Its words are those of the moment in which somebody who may publish published it: what is written later is a draft until then.
ALTER TABLE change_publication
    ADD COLUMN n integer, -- 1 is the first of its change
    ADD COLUMN level text,
    ADD COLUMN theme text,
    ADD COLUMN title jsonb,
    ADD COLUMN said jsonb,
    ADD COLUMN done jsonb,
    ADD COLUMN owner_ref text,
    ADD COLUMN planned_for date,
    ADD COLUMN state text,
    ADD COLUMN state_reason text;

UPDATE change_publication p
SET n = x.n, level = c.level, theme = c.theme, title = c.title, said = c.said, done = c.done, owner_ref = c.owner_ref,
    planned_for = c.planned_for, state = c.state, state_reason = c.state_reason
FROM (SELECT q.id, row_number() OVER (PARTITION BY q.change_id ORDER BY q.published_on, q.id)::integer AS n FROM change_publication q) x,
    change c
WHERE x.id = p.id AND c.id = p.change_id;

ALTER TABLE change_publication
    ALTER COLUMN n SET NOT NULL,
    ALTER COLUMN title SET NOT NULL,
    ADD CONSTRAINT change_publication_n UNIQUE (change_id, n);

-- Whoever publishes holds the change's row, so that the numbers follow each other.
CREATE FUNCTION change_publication_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SELECT coalesce((SELECT max(p.n) FROM change_publication p WHERE p.change_id = NEW.change_id), 0) + 1,
        c.level, c.theme, c.title, c.said, c.done, c.owner_ref, c.planned_for, c.state, c.state_reason
    INTO NEW.n, NEW.level, NEW.theme, NEW.title, NEW.said, NEW.done, NEW.owner_ref, NEW.planned_for, NEW.state, NEW.state_reason
    FROM change c WHERE c.id = NEW.change_id;
    RETURN NEW;
END
$$;
CREATE TRIGGER change_publication_words BEFORE INSERT ON change_publication FOR EACH ROW EXECUTE FUNCTION change_publication_words();

CREATE INDEX change_published ON change (published_on DESC, id DESC) INCLUDE (version) WHERE published_on IS NOT NULL;

-- The state is that of now; its reason only where it was published. Too few answers to know whether it is better: it is made.
CREATE VIEW published_change AS
SELECT c.id, c.unit_id, u.path AS unit_path, u.name AS unit_name, CASE c.state WHEN 'inconclusive' THEN 'made' ELSE c.state END AS state,
    CASE WHEN p.state = c.state AND c.state IN ('rejected', 'delayed', 'abandoned') THEN p.state_reason END AS state_reason,
    c.made_on, coalesce(c.made_on, p.published_on) AS day, p.published_on, p.n, p.level, p.theme, p.title, p.said, p.done, p.owner_ref, p.planned_for
FROM change c
JOIN unit u ON u.id = c.unit_id
CROSS JOIN LATERAL (SELECT x.* FROM change_publication x WHERE x.change_id = c.id ORDER BY x.n DESC LIMIT 1) p
WHERE c.published_on IS NOT NULL;

-- The reports that are published; newest: no other version of this unit and period came after it.
CREATE VIEW published_report AS
SELECT p.id, p.unit_id, u.name AS unit_name, u.path AS unit_path, p.period, p.version, p.published_on, p.is_corrected, p.correction_note, p.body,
    NOT EXISTS (SELECT FROM report_publication x WHERE x.unit_id = p.unit_id AND x.period = p.period AND x.version > p.version) AS is_newest
FROM report_publication p
JOIN unit u ON u.id = p.unit_id
WHERE p.published_on IS NOT NULL;

-- The one of a unit whose time ended last: of a year and its last month the year.
CREATE FUNCTION last_report(of_unit uuid) RETURNS SETOF published_report LANGUAGE sql STABLE AS $$
    SELECT * FROM published_report r WHERE r.unit_id = of_unit AND r.is_newest ORDER BY period_next_day(r.period) DESC, r.period LIMIT 1
$$;

-- The county: the unit above all others.
CREATE FUNCTION whole_county() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT u.id FROM unit u WHERE u.parent_id IS NULL AND is_open(u.closed_on) ORDER BY u.id LIMIT 1
$$;

GRANT SELECT ON published_change, published_report TO osallisuus_api, osallisuus_reader;

-- ---- how it is put ----

-- A text of ours: the pages put the one of this name here, in the reader's language.
CREATE FUNCTION page_text(name text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object('$text', name)
$$;

-- The same, or these words where there is none of this name.
CREATE FUNCTION page_text_or(name text, words text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object('$text', name, '$or', words)
$$;

-- In the reader's language, else in one that there is; without characters that HTML and XML do not know. NULL: in none.
CREATE FUNCTION page_words(texts jsonb, lang text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object('lang', t.tag, 'text', regexp_replace(texts ->> t.tag, '[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]', '', 'g'))
    FROM (SELECT text_tag(texts, ARRAY[lang, 'fi', 'sv', 'en']) AS tag) t
    WHERE t.tag IS NOT NULL
$$;

CREATE FUNCTION page_day(day date) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT extract(day FROM day) || '.' || extract(month FROM day) || '.' || extract(year FROM day)
$$;

-- 12 345 with a space that does not break, in English 12,345.
CREATE FUNCTION page_number(n bigint, lang text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(n::text, '(\d)(?=(\d{3})+$)', '\1' || CASE lang WHEN 'en' THEN ',' ELSE U&'\00a0' END, 'g')
$$;

CREATE FUNCTION page_percent(part bigint, rest bigint, lang text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT round(100.0 * part / nullif(part + rest, 0)) || CASE lang WHEN 'en' THEN '%' ELSE U&'\00a0%' END
$$;

CREATE FUNCTION page_period(period text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object('code', period, 'year', left(period, 4), 'month', CASE WHEN length(period) > 4 THEN page_text('month_' || right(period, 2)) END)
$$;

-- A change in a list.
CREATE FUNCTION page_change(c published_change, lang text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object('id', c.id, 'title', page_words(c.title, lang), 'said', page_words(c.said, lang), 'done', page_words(c.done, lang),
        'state', page_text('change_is_' || c.state), 'state_code', c.state, 'day', page_day(c.day), 'date', c.day, 'unit', page_words(c.unit_name, lang),
        'unit_id', c.unit_id, 'theme', CASE WHEN c.theme IS NOT NULL THEN page_text_or('theme_' || c.theme, c.theme) END)
$$;

-- ---- figures ----

-- The figures of a table of a publication, in the order in which they are shown; NULL: left out.
CREATE FUNCTION page_figures(body jsonb, table_name text) RETURNS TABLE (block text, place bigint, voices bigint) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT o.block, o.place, (t.one -> 'figures' ->> o.block)::bigint
    FROM jsonb_array_elements(body -> 'tables') t (one)
    CROSS JOIN LATERAL unnest(CASE table_name
        WHEN 'kind' THEN ARRAY['concern', 'thanks', 'other'] WHEN 'role' THEN ARRAY['client', 'close', 'other']
        WHEN 'age_band' THEN ARRAY['under_30', '30_64', '65_plus', 'unknown'] WHEN 'lang' THEN ARRAY['fi', 'sv', 'other']
        WHEN 'channel' THEN ARRAY['digital', 'other'] WHEN 'led_to_change' THEN ARRAY['yes', 'no']
        WHEN 'answer_time' THEN ARRAY['on_time', 'late', 'no_limit'] WHEN 'answer_days' THEN ARRAY['0_3', '4_7', '8_14', 'over_14']
        WHEN 'outcome' THEN ARRAY['change', 'no_change', 'other'] WHEN 'explained' THEN ARRAY['yes', 'no']
        WHEN 'is_better' THEN ARRAY['better', 'not_better', 'dont_know'] ELSE ARRAY['all'] END) WITH ORDINALITY o (block, place)
    WHERE t.one ->> 'name' = table_name AND jsonb_typeof(t.one -> 'figures') = 'object' AND t.one -> 'figures' ? o.block
$$;

-- What is said in one number each; without a value: left out, or there is nothing to be said of.
CREATE FUNCTION page_tiles(body jsonb, lang text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH figure AS MATERIALIZED (
        SELECT n.name, f.block, f.voices
        FROM unnest(ARRAY['received', 'answered', 'answer_time', 'led_to_change', 'is_better']) n (name)
        CROSS JOIN LATERAL page_figures(body, n.name) f
    ), sum AS (
        SELECT max(voices) FILTER (WHERE name = 'received') AS received, max(voices) FILTER (WHERE name = 'answered') AS answered,
            max(voices) FILTER (WHERE name = 'answer_time' AND block = 'on_time') AS on_time, max(voices) FILTER (WHERE name = 'answer_time' AND block = 'late') AS late,
            max(voices) FILTER (WHERE name = 'led_to_change' AND block = 'yes') AS led, max(voices) FILTER (WHERE name = 'led_to_change' AND block = 'no') AS not_led,
            max(voices) FILTER (WHERE name = 'is_better' AND block = 'better') AS better, max(voices) FILTER (WHERE name = 'is_better' AND block = 'not_better') AS not_better
        FROM figure
    )
    SELECT jsonb_agg(jsonb_build_object('name', page_text('tile_' || t.name), 'value', t.value) ORDER BY t.place)
    FROM sum s
    CROSS JOIN LATERAL (VALUES
        (1, 'received', page_number(s.received, lang)),
        (2, 'answered', page_number(s.answered, lang)),
        (3, 'median', body -> 'answer_days' ->> 'median'),
        (4, 'p90', body -> 'answer_days' ->> 'p90'),
        (5, 'on_time', page_percent(s.on_time, s.late, lang)),
        (6, 'led_to_change', page_percent(s.led, s.not_led, lang)),
        (7, 'is_better', page_percent(s.better, s.not_better, lang))) AS t (place, name, value)
$$;

-- A table as bars: `y`, `width` and `value_x` are in the units of a picture that is 320 wide.
CREATE FUNCTION page_chart(body jsonb, table_name text, lang text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object('name', table_name, 'title', page_text('table_' || table_name), 'height', 48 * count(f.block) + 4,
        'is_empty', coalesce(sum(f.voices), 0) = 0 AND count(f.block) > 0, 'is_left_out', count(f.block) = 0,
        'figures', coalesce(jsonb_agg(jsonb_build_object('name', page_text('figure_' || table_name || '_' || f.block), 'value', page_number(f.voices, lang),
            'share', coalesce(page_percent(f.voices, f.whole - f.voices, lang), '–'), 'label_y', 48 * f.place - 30, 'bar_y', 48 * f.place - 22,
            'value_y', 48 * f.place - 6, 'width', f.width, 'value_x', f.width + 6) ORDER BY f.place), '[]'))
    FROM (
        SELECT x.block, x.place, x.voices, sum(x.voices) OVER ()::bigint AS whole, 1 + coalesce(round(229.0 * x.voices / nullif(max(x.voices) OVER (), 0)), 0) AS width
        FROM page_figures(body, table_name) x
    ) f
$$;

CREATE FUNCTION page_charts(body jsonb, table_names text[], lang text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_agg(page_chart(body, t.name, lang) ORDER BY t.place) FROM unnest(table_names) WITH ORDINALITY t (name, place)
$$;

-- A published report, whole or only its head and its numbers.
CREATE FUNCTION page_report(r published_report, lang text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object('id', r.id, 'unit_id', r.unit_id, 'unit', page_words(r.unit_name, lang), 'period', page_period(r.period),
        'version', r.version, 'is_newest', r.is_newest, 'published_on', page_day(r.published_on), 'is_corrected', coalesce(r.is_corrected, false),
        'note', page_words(r.correction_note, lang), 'tiles', page_tiles(r.body, lang))
    WHERE r.id IS NOT NULL
$$;

-- The house of client participation (THL) from the attic to the foundation, with what is published on each of its floors. x, y and
-- width are those of a picture that is 320 wide; a floor has twelve windows, the attic six. of_year: NULL for all.
CREATE FUNCTION page_house(of_year integer) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_agg(jsonb_build_object('level', f.level, 'name', page_text('level_' || f.level), 'about', page_text('level_' || f.level || '_about'),
        'is_attic', f.level = 'strategy', 'total', n.made + n.going, 'made', n.made, 'going', n.going,
        'x', CASE WHEN f.level = 'own_service' THEN 4 ELSE 14 END, 'width', CASE WHEN f.level = 'own_service' THEN 312 ELSE 292 END, 'y', f.y,
        'name_x', CASE WHEN f.level = 'strategy' THEN 160 ELSE 24 END, 'name_y', f.y + 18,
        'windows', (
            SELECT jsonb_agg(jsonb_build_object('x', CASE WHEN f.level = 'strategy' THEN 94 ELSE 24 END + 22 * (w.n - 1), 'y', CASE WHEN f.level = 'strategy' THEN 66 ELSE f.y + 25 END,
                'lit', w.n <= n.made + n.going) ORDER BY w.n)
            FROM generate_series(1, CASE WHEN f.level = 'strategy' THEN 6 ELSE 12 END) w (n))) ORDER BY f.y)
    FROM (VALUES ('strategy', 40), ('production', 86), ('development', 132), ('dialogue', 178), ('feedback', 224), ('own_service', 270)) AS f (level, y)
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE c.state IN ('made', 'verified', 'not_effective')) AS made, count(*) FILTER (WHERE c.state IN ('planned', 'in_progress', 'delayed')) AS going
        FROM published_change c WHERE c.level = f.level AND (of_year IS NULL OR extract(year FROM c.day) = of_year)
    ) n
$$;

-- Changes for a feed reader, newest first. of_unit: this unit and all below it; NULL: all.
CREATE FUNCTION page_feed(of_unit uuid, lang text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', page_text('changes_title'), 'county', (SELECT page_words(u.name, lang) FROM unit u WHERE u.id = whole_county()),
        'updated', coalesce(max(f.updated), app_today()), 'entries', coalesce(jsonb_agg(page_change(f.change, lang) || jsonb_build_object('updated', f.updated,
            'better', page_text('better_' || (f.change).state)) ORDER BY f.updated DESC, (f.change).id DESC), '[]'))
    FROM (
        SELECT c AS change, greatest(c.published_on, (SELECT max(s.made_on) FROM shown_step s WHERE s.subject = c.id)) AS updated
        FROM published_change c
        WHERE of_unit IS NULL OR c.unit_path @> ARRAY[of_unit]
        ORDER BY c.published_on DESC, c.id DESC
        LIMIT 50
    ) f
$$;
