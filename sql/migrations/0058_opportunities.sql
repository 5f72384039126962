-- What one can take part in now, and how the decisions of a year were heard: for everybody.

CREATE INDEX panel_recruiting ON panel (id) WHERE state = 'recruiting' AND is_public;
CREATE INDEX consultation_open ON consultation (due_on, id) WHERE state = 'open' AND is_open;
CREATE INDEX session_open ON session (starts_at, id) WHERE state = 'published' AND is_open;

-- until_on: the last day on which one can; NULL: while it is there. has_room: of a session, whether there is a place, or one waits.
CREATE VIEW opportunity WITH (security_invoker = true) AS
SELECT 'panel' AS kind, p.id, p.unit_id, p.name AS title, p.purpose AS about, NULL::timestamptz AS starts_at, NULL::timestamptz AS ends_at,
    NULL::jsonb AS place, NULL::boolean AS is_online, NULL::date AS until_on, NULL::boolean AS has_room, p.version, p.made_on
FROM panel p
WHERE p.state = 'recruiting' AND p.is_public
UNION ALL
SELECT 'session', s.id, s.unit_id, s.title, s.description, s.starts_at, s.ends_at, s.place, s.is_online, (s.starts_at AT TIME ZONE 'Europe/Helsinki')::date,
    p.capacity IS NULL OR p.taken < p.capacity, s.version, s.made_on
FROM session s
JOIN session_place p ON p.session_id = s.id
WHERE s.is_open AND s.state = 'published' AND s.starts_at > app_now()
UNION ALL
SELECT 'consultation', c.id, d.unit_id, c.title, c.description, NULL, NULL, NULL, NULL, c.due_on, NULL, c.version, c.made_on
FROM consultation c
JOIN decision d ON d.id = c.decision_id
WHERE c.is_open AND c.state = 'open' AND c.due_on >= app_today();

-- An opportunity as a page shows it.
CREATE FUNCTION page_opportunity(o opportunity, lang text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', o.id, 'kind', page_text('opportunity_' || o.kind), 'title', page_words(o.title, lang), 'about', page_words(nullif(o.about, '{}'), lang),
        'unit', (SELECT page_words(u.name, lang) FROM unit u WHERE u.id = o.unit_id),
        'at', CASE WHEN o.starts_at IS NOT NULL THEN page_time(o.starts_at) || '–' || to_char(o.ends_at AT TIME ZONE 'Europe/Helsinki', 'FMHH24.MI') END,
        'place', o.place ->> 'address', 'is_online', coalesce(o.is_online, false), 'is_full', o.has_room IS FALSE,
        'until', CASE WHEN o.kind = 'consultation' THEN page_day(o.until_on) END,
        'updated', greatest(o.made_on, (SELECT max(s.made_on) FROM shown_step s WHERE s.subject = o.id)))
$$;

-- Of a unit and all below it; NULL: all.
CREATE FUNCTION page_opportunities(of_unit uuid, lang text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', page_text('opportunities_title'), 'county', (SELECT page_words(u.name, lang) FROM unit u WHERE u.id = whole_county()),
        'of_unit', (SELECT page_words(u.name, lang) FROM unit u WHERE u.id = of_unit), 'has_any', count(*) > 0,
        'updated', coalesce(max(f.item ->> 'updated'), app_today()::text), 'opportunities', coalesce(jsonb_agg(f.item ORDER BY f.until_on, f.id), '[]'))
    FROM (
        SELECT o.id, o.until_on, page_opportunity(o, lang) AS item
        FROM opportunity o JOIN unit u ON u.id = o.unit_id
        WHERE of_unit IS NULL OR u.path @> ARRAY[of_unit]
        ORDER BY o.until_on, o.id LIMIT 200) f
$$;

-- Another text whenever what one can take part in is another.
CREATE FUNCTION opportunities_now() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT md5(string_agg(o.id || ':' || o.version || coalesce(o.has_room::text, ''), ',' ORDER BY o.id)) FROM opportunity o
$$;

-- The decisions of a year until today, and how they were heard: who was asked, by which method; with what effect once that is public.
CREATE FUNCTION page_hearings(of_year integer, lang text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('decisions', page_number(count(*), lang), 'heard', page_number(count(*) FILTER (WHERE h.hearings <> '[]'), lang),
        'unheard', page_number(count(*) FILTER (WHERE h.hearings = '[]'), lang), 'items', coalesce(jsonb_agg(jsonb_build_object(
            'item', page_words(d.item, lang), 'day', page_day(d.decides_on), 'by', d.decided_by, 'reason', d.unheard_reason, 'is_heard', h.hearings <> '[]', 'hearings', (
                SELECT coalesce(jsonb_agg(jsonb_build_object('effect', CASE WHEN c ->> 'state' = 'published' THEN page_text('effect_' || (c ->> 'effect')) END,
                    'effect_reason', CASE WHEN c ->> 'state' = 'published' THEN page_words(nullif(c -> 'effect_reason', '{}'), lang) END, 'asked', (
                        SELECT coalesce(jsonb_agg(jsonb_build_object('who', page_words(a -> 'who', lang), 'method', page_text('method_' || (a ->> 'method'))) ORDER BY n), '[]')
                        FROM jsonb_array_elements(c -> 'asked') WITH ORDINALITY x (a, n))) ORDER BY k), '[]')
                FROM jsonb_array_elements(h.hearings) WITH ORDINALITY y (c, k))) ORDER BY d.decides_on, d.id), '[]'))
    FROM decision d
    CROSS JOIN LATERAL (SELECT decision_hearings(d.id) AS hearings) h
    WHERE d.decides_on >= make_date(of_year, 1, 1) AND d.decides_on <= least(make_date(of_year, 12, 31), app_today())
    HAVING count(*) > 0
$$;

GRANT SELECT ON opportunity TO osallisuus_api;
