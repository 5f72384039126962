-- A reason that was given in one language is written in others afterwards: its step is made, and not made again for a language.

UPDATE change SET state_reasons = words_by_language(state_reason, NULL) WHERE state_reason IS NOT NULL AND state_reasons = '{}';
ALTER TABLE change ADD CONSTRAINT change_reason_stays CHECK ((state_reason IS NULL) = (state_reasons = '{}'));

GRANT UPDATE (state_reasons) ON change TO osallisuus_api;

-- As before; the reason with its language, as the other texts of an entry have it.
CREATE OR REPLACE FUNCTION page_feed(of_unit uuid, lang text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', page_text('changes_title'), 'county', (SELECT page_words(u.name, lang) FROM unit u WHERE u.id = whole_county()),
        'updated', page_instant(coalesce(max((f.change).updated_at), day_start(app_today()))),
        'entries', coalesce(jsonb_agg(page_change(f.change, lang) || jsonb_build_object('updated', page_instant((f.change).updated_at),
            'reason', page_words((f.change).reasons, lang), 'better', page_text('better_' || (f.change).state))
            ORDER BY (f.change).updated_at DESC, (f.change).id DESC), '[]'))
    FROM (
        SELECT c AS change
        FROM published_change c
        WHERE of_unit IS NULL OR c.unit_path @> ARRAY[of_unit]
        ORDER BY c.published_on DESC, c.id DESC
        LIMIT 50
    ) f
$$;
