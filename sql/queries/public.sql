-- The public pages: what is published, and nothing else. Each finds one object, `page`, that its template shows.

-- name: public_generation
-- use: engine
-- lane: read
-- Another text after each change of what is public, and on each new day.
SELECT concat_ws(' ', (SELECT concat(count(*), '.', sum(c.version)) FROM change c WHERE c.published_on IS NOT NULL),
    (SELECT count(*) FROM report_publication p WHERE p.published_on IS NOT NULL),
    (SELECT concat(count(*), '.', sum(u.version)) FROM unit u), (SELECT concat(count(*), '.', sum(d.version)) FROM decision d),
    (SELECT concat(count(*), '.', sum(c.version)) FROM consultation c), opportunities_now(), app_today()) AS generation;

-- name: public_front
-- lane: read
-- units: public
SELECT jsonb_build_object('title', page_text('front_title'), 'county', page_words(u.name, l.lang), 'report', page_report(r, l.lang), 'house', page_house(NULL), 'changes', (
    SELECT coalesce(jsonb_agg(page_change(c, l.lang) ORDER BY c.published_on DESC, c.id DESC), '[]')
    FROM (SELECT x.* FROM published_change x ORDER BY x.published_on DESC, x.id DESC LIMIT 6) c)) AS page
FROM (SELECT :lang::text AS lang) l
LEFT JOIN unit u ON u.id = whole_county()
LEFT JOIN LATERAL last_report(u.id) r ON true;

-- name: public_changes
-- lane: read
-- units: public
WITH asked AS (
    SELECT :lang::text AS lang, coalesce(nullif(:page::text, '')::integer, 1) AS page, nullif(:state::text, '') AS state, nullif(:level::text, '') AS level,
        nullif(:theme::text, '') AS theme, nullif(:unit::text, '')::uuid AS unit, nullif(:year::text, '')::integer AS year
), shown AS MATERIALIZED (
    SELECT c AS change, c.id, c.state, c.level, c.theme, c.unit_path, c.published_on, extract(year FROM c.day)::integer AS year FROM published_change c
), found AS MATERIALIZED (
    SELECT s.change, row_number() OVER (ORDER BY s.published_on DESC, s.id DESC) AS place, count(*) OVER () AS total
    FROM shown s
    CROSS JOIN asked a
    WHERE (a.state IS NULL OR s.state = a.state) AND (a.level IS NULL OR s.level = a.level) AND (a.theme IS NULL OR s.theme = a.theme)
        AND (a.unit IS NULL OR s.unit_path @> ARRAY[a.unit]) AND (a.year IS NULL OR s.year = a.year)
), choice AS (
    SELECT 'states' AS name, x.state AS value, page_text('change_is_' || x.state) AS text, x.state = a.state AS chosen, lpad(x.place::text, 3, '0') AS sorted
    FROM asked a CROSS JOIN unnest(ARRAY['planned', 'in_progress', 'made', 'verified', 'not_effective', 'delayed', 'rejected', 'abandoned']) WITH ORDINALITY x (state, place)
    UNION ALL
    SELECT 'levels', x.level, page_text('level_' || x.level), x.level = a.level, lpad(x.place::text, 3, '0')
    FROM asked a CROSS JOIN unnest(ARRAY['own_service', 'feedback', 'dialogue', 'development', 'production', 'strategy']) WITH ORDINALITY x (level, place)
    UNION ALL
    SELECT 'themes', t.theme, page_text_or('theme_' || t.theme, t.theme), t.theme = a.theme, t.theme
    FROM asked a CROSS JOIN LATERAL (SELECT s.theme FROM shown s UNION SELECT a.theme) t WHERE t.theme IS NOT NULL
    UNION ALL
    SELECT 'years', y.year::text, to_jsonb(y.year::text), y.year = a.year, (9999 - y.year)::text
    FROM asked a CROSS JOIN LATERAL (SELECT s.year FROM shown s UNION SELECT a.year) y WHERE y.year IS NOT NULL
    UNION ALL
    SELECT 'units', u.id::text, page_words(u.name, a.lang) -> 'text', u.id = a.unit, page_words(u.name, a.lang) ->> 'text'
    FROM asked a
    JOIN unit u ON u.id = a.unit OR EXISTS (SELECT FROM shown s WHERE s.unit_path @> ARRAY[u.id])
), choices AS (
    SELECT jsonb_object_agg(c.name, c.choices) AS all_choices
    FROM (SELECT x.name, jsonb_agg(jsonb_build_object('value', x.value, 'text', x.text, 'chosen', coalesce(x.chosen, false)) ORDER BY x.sorted) AS choices
          FROM choice x GROUP BY x.name) c
)
SELECT '{"themes": [], "years": [], "units": []}' || k.all_choices || jsonb_build_object('title', page_text('changes_title'),
    'total', page_number(coalesce(t.total, 0), a.lang), 'page', a.page, 'pages', greatest(1, (coalesce(t.total, 0) + 19) / 20), 'has_pages', coalesce(t.total, 0) > 20,
    'before', CASE WHEN a.page > 1 THEN a.page - 1 END, 'after', CASE WHEN a.page * 20 < t.total THEN a.page + 1 END,
    'is_filtered', coalesce(a.state, a.level, a.theme, a.unit::text, a.year::text) IS NOT NULL,
    'none', page_text(CASE WHEN t.total > 0 THEN 'changes_none_here'
        WHEN coalesce(a.state, a.level, a.theme, a.unit::text, a.year::text) IS NULL THEN 'front_none' ELSE 'changes_none' END),
    'changes', coalesce(t.changes, '[]')) AS page
FROM asked a
CROSS JOIN choices k
CROSS JOIN LATERAL (
    SELECT max(f.total) AS total, jsonb_agg(page_change(f.change, a.lang) ORDER BY f.place) FILTER (WHERE f.place > (a.page - 1) * 20 AND f.place <= a.page * 20) AS changes
    FROM found f
) t;

-- name: public_change
-- lane: read
-- units: public
SELECT page_change(c, l.lang) || jsonb_build_object('title', page_words(c.title, l.lang) ->> 'text', 'title_lang', page_words(c.title, l.lang) ->> 'lang',
    'reason', page_words(c.reasons, l.lang), 'better', page_text('better_' || c.state), 'level', page_text('level_' || c.level),
    'owner', page_words(c.owner, l.lang),
    'planned_for', CASE WHEN c.state IN ('planned', 'in_progress', 'delayed') THEN page_day(c.planned_for) END,
    'easy', CASE WHEN l.lang = 'fi' AND c.done ? 'fi-x-selko' THEN jsonb_build_object('said', page_words(c.said, 'fi-x-selko'), 'done', page_words(c.done, 'fi-x-selko'),
        'reason', page_words(c.reasons, 'fi-x-selko')) END,
    'steps', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('state', page_text('change_is_' || s.to_state), 'day', page_day(s.made_on), 'date', s.made_on) ORDER BY s.version), '[]')
        FROM shown_step s WHERE s.subject = c.id AND s.resource = 'change' AND s.to_state <> 'inconclusive'
            AND (s.from_state, s.to_state) <> ('suggested', 'under_review')),
    'publications', (
        SELECT jsonb_agg(jsonb_build_object('day', page_day(p.published_on), 'date', p.published_on, 'is_first', p.n = 1) ORDER BY p.n)
        FROM (SELECT x.n, x.published_on FROM change_publication x WHERE x.change_id = c.id ORDER BY x.n DESC LIMIT 20) p)) AS page
FROM (SELECT :lang::text AS lang) l
JOIN published_change c ON c.id = :id::uuid;

-- name: public_units
-- lane: read
-- units: public
WITH listed AS (
    SELECT u.id, u.path, page_words(u.name, l.lang) AS name, cardinality(u.path) AS depth, (
        SELECT count(*) FROM published_change c WHERE c.unit_path @> ARRAY[u.id]) AS changes
    FROM (SELECT :lang::text AS lang) l
    JOIN unit u ON is_open(u.closed_on)
)
SELECT jsonb_build_object('title', page_text('units_title'), 'divisions', coalesce(jsonb_agg(
    jsonb_build_object('id', d.id, 'name', d.name, 'changes', d.changes, 'units', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'name', u.name, 'changes', u.changes) ORDER BY u.name ->> 'text', u.id), '[]')
        FROM listed u WHERE u.path[2] = d.id AND u.depth > 2)) ORDER BY d.depth, d.name ->> 'text', d.id), '[]')) AS page
FROM listed d
WHERE d.depth <= 2;

-- name: public_unit
-- lane: read
-- units: public
SELECT jsonb_build_object('title', page_words(u.name, l.lang) ->> 'text', 'title_lang', page_words(u.name, l.lang) ->> 'lang', 'id', u.id,
    'form', CASE WHEN u.has_form AND is_open(u.closed_on) THEN '/p/' || u.form_code END, 'is_closed', NOT is_open(u.closed_on),
    'above', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'name', page_words(a.name, l.lang)) ORDER BY cardinality(a.path)), '[]')
        FROM unit a WHERE a.id = ANY (u.path) AND a.id <> u.id),
    'below', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'name', page_words(b.name, l.lang)) ORDER BY page_words(b.name, l.lang) ->> 'text', b.id), '[]')
        FROM unit b WHERE b.parent_id = u.id AND is_open(b.closed_on)),
    'has_below', EXISTS (SELECT FROM unit b WHERE b.parent_id = u.id AND is_open(b.closed_on)),
    'report', page_report(r, l.lang), 'has_report', r.id IS NOT NULL, 'charts', page_charts(r.body, ARRAY['kind', 'answer_days', 'outcome', 'is_better'], l.lang),
    'changes', (
        SELECT coalesce(jsonb_agg(page_change(c, l.lang) ORDER BY c.published_on DESC, c.id DESC), '[]')
        FROM (SELECT x.* FROM published_change x WHERE x.unit_path @> ARRAY[u.id] ORDER BY x.published_on DESC, x.id DESC LIMIT 10) c)) AS page
FROM (SELECT :lang::text AS lang) l
JOIN unit u ON u.id = :id::uuid
LEFT JOIN LATERAL last_report(u.id) r ON true;

-- name: public_house
-- lane: read
-- units: public
SELECT jsonb_build_object('title', page_text('house_title'), 'house', page_house(NULL), 'voices', (
    SELECT page_number(f.voices, :lang::text) FROM last_report(whole_county()) r CROSS JOIN LATERAL page_figures(r.body, 'received') f)) AS page;
