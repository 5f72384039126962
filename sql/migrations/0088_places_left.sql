-- How many places a session has left is told in words: from a number that stays as it is when an address registers once more, a stranger
-- would learn that the address is registered.

CREATE OR REPLACE FUNCTION open_session(row_id uuid, tag text, sent jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN sent ? 'reply' THEN jsonb_build_object('title', personal_text(came.title), 'texts', page_list(personal_text(came.words)),
        'facts', page_facts(jsonb_build_array('open_session', part -> 'title')) || (part -> 'facts'),
        'items', jsonb_build_array(open_link(sent -> 'reply')), 'more', open_more(tag))
    ELSE part || jsonb_build_object('has_easy', is_in_easy_finnish(s.title, s.description),
        'texts', (part -> 'texts') || page_list(CASE WHEN s.state <> 'cancelled' AND breach IS NOT NULL THEN personal_text('register_over') END,
            CASE WHEN breach IS NULL AND is_full THEN personal_text('register_full') END),
        'facts', (part -> 'facts') || page_facts(
            jsonb_build_array('session_afar', CASE WHEN s.is_online AND breach IS NULL THEN personal_text('session_afar_yes') END),
            jsonb_build_array('session_support', session_supports(s)),
            jsonb_build_array('register_left', CASE WHEN breach IS NULL AND p.capacity IS NOT NULL THEN
                personal_text('register_left_' || CASE WHEN is_full THEN 'none' WHEN p.capacity - p.taken <= 5 THEN 'few' ELSE 'some' END) END),
            jsonb_build_array('open_unit', page_words(u.name, tag))),
        'acts', CASE WHEN breach IS NULL THEN jsonb_build_array(session_form(s, tag, is_full)) ELSE '[]' END,
        'items', CASE WHEN breach IS NULL THEN jsonb_build_array(open_privacy('register_privacy')) ELSE '[]' END, 'more', open_more(tag)) END
    FROM session s
    JOIN session_place p ON p.session_id = s.id
    JOIN unit u ON u.id = s.unit_id
    CROSS JOIN LATERAL (SELECT registration_breach(s) AS breach, coalesce(p.taken >= p.capacity, false) AS is_full, session_part(s, ARRAY[tag, 'fi'], NULL) AS part) x
    CROSS JOIN LATERAL (SELECT CASE sent #>> '{reply,state}' WHEN 'registered' THEN 'registered' ELSE 'waitlisted' END || '_title' AS title,
        CASE sent #>> '{reply,state}' WHEN 'registered' THEN 'registered' ELSE 'waitlisted' END || '_words' AS words) came
    WHERE s.id = row_id AND s.is_open AND s.state <> 'draft'
$$;
