-- The page of an expert begins with what is to be done now: offers, the next booking, claims, feedback. What ends something comes last,
-- folded, and says what goes with it.

UPDATE personal_part SET place = x.place
FROM (VALUES ('offers', 20), ('bookings', 30), ('booking', 30), ('claims', 40), ('booking_reviews', 45)) x (part, place)
WHERE personal_part.part = x.part;
INSERT INTO personal_part (part, resource, place) VALUES ('expert_end', 'expert', 900);

-- As before, and named by its time, too, so that no two tasks have one name.
CREATE OR REPLACE FUNCTION booking_part(b booking, tag text, told jsonb, facts jsonb DEFAULT '[]') RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', w.name || jsonb_build_object('text', concat(w.name ->> 'text', ', ', page_span(b.starts_at, b.ends_at, tag))),
        'texts', page_list(told, to_jsonb(b.about)),
        'facts', page_facts(jsonb_build_array('session_when', page_span(b.starts_at, b.ends_at, tag)),
            jsonb_build_array('session_place', nullif(concat_ws(', ', nullif(text_in(coalesce(b.place -> 'room', '{}'), ARRAY[tag, 'fi']), ''), b.place ->> 'address'), '')),
            jsonb_build_array('session_access', page_words(coalesce(b.place -> 'accessibility', '{}'), tag)),
            jsonb_build_array('session_afar', CASE WHEN b.is_remote THEN coalesce(to_jsonb(b.online_url), personal_text('booking_is_remote')) ELSE to_jsonb(b.online_url) END),
            jsonb_build_array('open_unit', page_words(u.name, tag)), jsonb_build_array('booking_area', page_words(a.name, tag))) || facts)
    FROM unit u, experience_task t, (SELECT (SELECT x.name FROM experience_area x WHERE x.code = b.area) AS name) a, LATERAL (SELECT page_words(t.name, tag) AS name) w
    WHERE u.id = b.unit_id AND t.code = b.task
$$;

-- As before; what is agreed on comes first, the nearest at the top, then what has been, the latest first.
CREATE OR REPLACE FUNCTION personal_bookings(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('bookings_title'),
        'items', jsonb_agg(x.part || jsonb_build_object('texts', (x.part -> 'texts') || coalesce(booking_paid(b), '[]'), 'acts', booking_acts(b, 'expert'))
            ORDER BY b.state = 'confirmed' DESC, CASE b.state WHEN 'confirmed' THEN b.starts_at END, b.starts_at DESC, b.id))
    FROM booking b
    CROSS JOIN LATERAL (SELECT booking_part(b, tag, booking_told(b)) AS part) x
    WHERE b.expert_id = personal_bookings.person_id AND b.ends_at > app_now() - interval '60 days'
    HAVING count(*) > 0
$$;

CREATE OR REPLACE FUNCTION personal_expert(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('expert_part'), 'texts', page_list(personal_text('expert_' || c.state)),
        'facts', page_facts(
            jsonb_build_array('expert_agreement_from', page_day(c.agreement_from)), jsonb_build_array('expert_agreement_until', page_day(c.agreement_until)),
            jsonb_build_array('expert_shows_training', c.training), jsonb_build_array('open_unit', page_words(u.name, tag))),
        'acts', CASE WHEN legal_states('expert', c.state, '{expert}') ? 'active' THEN jsonb_build_array(jsonb_build_object('operation', 'own_expert_transition',
                'values', jsonb_build_object('to', 'active'), 'button', personal_text('expert_do_active'))) ELSE '[]' END
            || CASE WHEN c.ended_on IS NOT NULL THEN '[]' ELSE jsonb_build_array(
                jsonb_build_object('operation', 'own_expert_put', 'folded', personal_text('expert_edit'), 'button', personal_text('expert_save'),
                    'fields', expert_fields_form(c, tag)),
                jsonb_build_object('operation', 'own_expert_show', 'folded', personal_text('expert_show'), 'button', personal_text('expert_save'),
                    'texts', jsonb_build_array(personal_text('expert_show_help')),
                    'fields', jsonb_build_array(jsonb_build_object('name', 'shown', 'type', 'checks', 'label', personal_text('expert_show_label'), 'options', (
                        SELECT jsonb_agg(o || jsonb_build_object('chosen', c.shown ? (o ->> 'value')))
                        FROM jsonb_array_elements(page_options('expert_shows', expert_fields())) o))))) END)
    FROM expert_card c
    JOIN unit u ON u.id = c.unit_id
    WHERE c.id = person_id
$$;

-- What somebody would leave behind: bookings that are to come, and fees that are not with payroll yet. `how`: leave or erase.
CREATE FUNCTION expert_leaves(of_expert uuid, how text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT page_list(
        (SELECT personal_text('leave_bookings', jsonb_build_object('count', count(*))) FROM booking b
         WHERE b.expert_id = of_expert AND b.state = 'confirmed' AND b.starts_at > app_now() HAVING count(*) > 0),
        (SELECT personal_text(how || '_claims', jsonb_build_object('count', count(*))) FROM claim c
         WHERE c.expert_id = of_expert AND c.state IN ('open', 'submitted', 'returned', 'approved') HAVING count(*) > 0))
$$;

CREATE FUNCTION personal_expert_end(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('expert_end_part'), 'acts', jsonb_agg(jsonb_build_object('operation', 'own_expert_transition',
            'values', jsonb_build_object('to', a.state), 'quiet', true, 'button', personal_text('expert_do_' || a.state), 'folded', personal_text('expert_ask_' || a.state),
            'texts', CASE a.state WHEN 'ended' THEN expert_leaves(e.id, 'leave') || jsonb_build_array(personal_text('expert_end_goes', jsonb_build_object('days', r.days)))
                                  ELSE jsonb_build_array(personal_text('expert_break_means')) END) ORDER BY a.n))
    FROM expert e
    JOIN retention r ON r.class = 'people'
    CROSS JOIN unnest('{on_break,ended}'::text[]) WITH ORDINALITY a (state, n)
    WHERE e.id = person_id AND legal_states('expert', e.state, '{expert}') ? a.state
    HAVING count(*) > 0
$$;

-- As before, and an expert reads what would be lost.
CREATE OR REPLACE FUNCTION personal_settings(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('settings_title'),
        'texts', CASE WHEN p.has_address THEN jsonb_build_array(personal_text(CASE WHEN NOT p.wants_news THEN 'news_off' WHEN p.wants_digest THEN 'news_digest' ELSE 'news_on' END,
            jsonb_build_object('days', rule_value('digest_days')))) ELSE '[]' END,
        'acts', coalesce((
            SELECT jsonb_agg(jsonb_build_object('operation', 'personal_patch', 'quiet', true, 'values', a.wish, 'button', personal_text(a.button)) ORDER BY a.place)
            FROM (VALUES
                (1, 'news_start', '{"wants_news": true, "wants_digest": false}'::jsonb, NOT p.wants_news),
                (2, 'news_stop', '{"wants_news": false}', p.wants_news),
                (3, 'news_each', '{"wants_digest": false}', p.wants_news AND p.wants_digest),
                (4, 'news_collect', '{"wants_news": true, "wants_digest": true}', NOT (p.wants_news AND p.wants_digest))) a (place, button, wish, is_on)
            WHERE p.has_address AND a.is_on), '[]')
            || jsonb_build_array(jsonb_build_object('operation', 'personal_erase', 'quiet', true, 'folded', personal_text('erase_title'),
                'texts', expert_leaves(p.id, 'erase') || jsonb_build_array(personal_text('erase_goes'), personal_text('erase_stays')), 'button', personal_text('erase_button'))))
    FROM person p WHERE p.id = person_id
$$;

REVOKE ALL ON FUNCTION personal_expert_end(uuid, text), expert_leaves(uuid, text) FROM PUBLIC;
