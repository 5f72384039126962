-- What pages say of a change that is not made is not "what we did"; a figure of nothing is not one that is left out.

CREATE OR REPLACE FUNCTION page_change(c published_change, lang text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT jsonb_build_object('id', c.id, 'title', page_words(c.title, lang), 'said', page_words(c.said, lang), 'done', page_words(c.done, lang),
        'state', page_text('change_is_' || c.state), 'state_code', c.state,
        'did', page_text(CASE WHEN c.state IN ('rejected', 'abandoned') THEN 'change_decided' WHEN c.state IN ('planned', 'in_progress', 'delayed') THEN 'change_doing'
            ELSE 'change_did' END), 'day', page_day(c.day), 'date', c.day, 'unit', page_words(c.unit_name, lang),
        'unit_id', c.unit_id, 'theme', CASE WHEN c.theme IS NOT NULL THEN page_text_or('theme_' || c.theme, c.theme) END)
$$;

-- As before, and `is_empty`: there was nothing to count.
CREATE OR REPLACE FUNCTION page_tiles(body jsonb, lang text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
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
    SELECT jsonb_agg(jsonb_build_object('name', page_text('tile_' || t.name), 'value', t.value, 'is_empty', coalesce(t.counted = 0, false)) ORDER BY t.place)
    FROM sum s
    CROSS JOIN LATERAL (VALUES
        (1, 'received', page_number(s.received, lang), NULL),
        (2, 'answered', page_number(s.answered, lang), NULL),
        (3, 'median', body -> 'answer_days' ->> 'median', s.answered),
        (4, 'p90', body -> 'answer_days' ->> 'p90', s.answered),
        (5, 'on_time', page_percent(s.on_time, s.late, lang), s.on_time + s.late),
        (6, 'led_to_change', page_percent(s.led, s.not_led, lang), s.led + s.not_led),
        (7, 'is_better', page_percent(s.better, s.not_better, lang), s.better + s.not_better)) AS t (place, name, value, counted)
$$;
