-- Public pages of reports, and what other sites and readers of feeds get.

-- name: public_reports
-- lane: read
-- units: public
WITH listed AS (
    SELECT r.id, r.unit_id = whole_county() AND length(r.period) = 4 AS is_yearly, period_next_day(r.period) AS ended_on, cardinality(r.unit_path) AS depth,
        jsonb_build_object('id', r.id, 'period', page_period(r.period), 'unit', page_words(r.unit_name, :lang::text), 'version', r.version,
            'published_on', page_day(r.published_on)) AS item
    FROM published_report r
    WHERE r.is_newest
    ORDER BY ended_on DESC, depth, r.id
    LIMIT 500
)
SELECT jsonb_build_object('title', page_text('reports_title'), 'has_reports', count(*) > 0, 'yearly', coalesce(jsonb_agg(l.item ORDER BY l.ended_on DESC) FILTER (WHERE l.is_yearly), '[]'),
    'reports', coalesce(jsonb_agg(l.item ORDER BY l.ended_on DESC, l.depth, l.id), '[]')) AS page
FROM listed l;

-- name: public_publication
-- lane: read
-- units: public
SELECT page_report(r, l.lang) || jsonb_build_object('title', jsonb_build_array(page_text('report_title'), ': ',
        page_text(CASE WHEN length(r.period) = 4 THEN 'year_word' ELSE 'month_' || right(r.period, 2) END), ' ', left(r.period, 4)),
    'newest_id', (SELECT x.id FROM published_report x WHERE x.unit_id = r.unit_id AND x.period = r.period AND x.is_newest),
    'who', page_charts(r.body, ARRAY['role', 'age_band', 'lang', 'channel'], l.lang),
    'charts', page_charts(r.body, ARRAY['kind', 'answer_time', 'answer_days', 'outcome', 'led_to_change', 'is_better'], l.lang),
    'changes', (
        SELECT coalesce(jsonb_agg(page_change(c, l.lang) ORDER BY x.place), '[]')
        FROM jsonb_array_elements(r.body -> 'changes') WITH ORDINALITY x (one, place)
        JOIN published_change c ON c.id = (x.one ->> 'id')::uuid)) AS page
FROM (SELECT :lang::text AS lang) l
JOIN published_report r ON r.id = :id::uuid;

-- name: public_year
-- lane: read
-- units: public
-- The report to the council: of the whole county, in its newest version, with the changes of that year and the year before beside.
SELECT page_report(r, l.lang) || jsonb_build_object('title', jsonb_build_array(page_text('yearly_title'), ' ', r.period), 'year', r.period, 'house', page_house(r.period::integer),
    'who', page_charts(r.body, ARRAY['role', 'age_band', 'lang', 'channel'], l.lang),
    'times', page_charts(r.body, ARRAY['answer_time', 'answer_days'], l.lang),
    'outcomes', page_charts(r.body, ARRAY['kind', 'outcome', 'led_to_change', 'is_better'], l.lang),
    'before', b.year, 'years', (
        SELECT jsonb_agg(t.tile || jsonb_build_object('before', b.tiles -> (t.place - 1)::integer -> 'value') ORDER BY t.place)
        FROM jsonb_array_elements(page_tiles(r.body, l.lang)) WITH ORDINALITY t (tile, place)),
    'changes', (
        SELECT coalesce(jsonb_agg(page_change(c, l.lang) ORDER BY c.day, c.id), '[]')
        FROM published_change c WHERE extract(year FROM c.day) = r.period::integer), 'hearings', page_hearings(r.period::integer, l.lang)) AS page
FROM (SELECT :lang::text AS lang) l
JOIN published_report r ON r.unit_id = whole_county() AND r.period = :year::text AND r.is_newest
LEFT JOIN LATERAL (
    SELECT x.period AS year, page_tiles(x.body, l.lang) AS tiles FROM published_report x
    WHERE x.unit_id = r.unit_id AND x.period = (r.period::integer - 1)::text AND x.is_newest
) b ON true;

-- name: public_feed
-- lane: read
-- units: public
SELECT page_feed(NULL, :lang::text) AS page;

-- name: public_unit_feed
-- lane: read
-- units: public
SELECT page_feed(u.id, :lang::text) || jsonb_build_object('title', page_words(u.name, :lang::text) ->> 'text') AS page
FROM unit u WHERE u.id = :id::uuid;

-- name: public_embedded
-- lane: read
-- units: public
SELECT jsonb_build_object('title', page_text('changes_title'), 'changes', (
    SELECT coalesce(jsonb_agg(page_change(c, l.lang) ORDER BY c.published_on DESC, c.id DESC), '[]')
    FROM (
        SELECT x.* FROM published_change x
        WHERE nullif(:unit::text, '') IS NULL OR x.unit_path @> ARRAY[nullif(:unit::text, '')::uuid]
        ORDER BY x.published_on DESC, x.id DESC LIMIT 5
    ) c)) AS page
FROM (SELECT :lang::text AS lang) l;

-- name: public_embedding
-- lane: read
-- units: public
SELECT jsonb_build_object('title', page_text('embed_title')) AS page;

-- name: public_accessibility
-- lane: read
-- units: public
SELECT jsonb_build_object('title', page_text('accessibility_title')) AS page;
