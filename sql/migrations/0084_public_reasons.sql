-- Why a published change is delayed, rejected or abandoned is public with its state. The reason of the step is written for people: those who
-- spoke up are told it at once. The other words stay as they were published, until the next publication.

CREATE OR REPLACE VIEW published_change AS
SELECT c.id, c.unit_id, u.path AS unit_path, u.name AS unit_name, CASE c.state WHEN 'inconclusive' THEN 'made' ELSE c.state END AS state,
    CASE WHEN c.state IN ('rejected', 'delayed', 'abandoned') THEN c.state_reason END AS state_reason,
    c.made_on, coalesce(c.made_on, p.published_on) AS day, p.published_on, p.n, p.level, p.theme, p.title, p.said, p.done, p.owner_ref, p.planned_for
FROM change c
JOIN unit u ON u.id = c.unit_id
CROSS JOIN LATERAL (SELECT x.* FROM change_publication x WHERE x.change_id = c.id ORDER BY x.n DESC LIMIT 1) p
WHERE c.published_on IS NOT NULL;

-- As it was (0032), with the reason.
CREATE OR REPLACE FUNCTION page_feed(of_unit uuid, lang text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', page_text('changes_title'), 'county', (SELECT page_words(u.name, lang) FROM unit u WHERE u.id = whole_county()),
        'updated', coalesce(max(f.updated), app_today()), 'entries', coalesce(jsonb_agg(page_change(f.change, lang) || jsonb_build_object('updated', f.updated,
            'reason', (f.change).state_reason, 'better', page_text('better_' || (f.change).state)) ORDER BY f.updated DESC, (f.change).id DESC), '[]'))
    FROM (
        SELECT c AS change, greatest(c.published_on, (SELECT max(s.made_on) FROM shown_step s WHERE s.subject = c.id)) AS updated
        FROM published_change c
        WHERE of_unit IS NULL OR c.unit_path @> ARRAY[of_unit]
        ORDER BY c.published_on DESC, c.id DESC
        LIMIT 50
    ) f
$$;
