-- What members and applicants are told: a decision on an application, a vote that opened, a vote that closed; and what their page says.
CREATE OR REPLACE FUNCTION member_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE person p SET ended_on = CASE WHEN NEW.state IN ('ineligible', 'not_selected', 'declined', 'withdrawn', 'ceased') THEN app_today() END
    WHERE p.id = NEW.id;
    IF NEW.state = 'selected' THEN
        PERFORM mail_person(ARRAY[NEW.id], 'member_selected', NEW.version::text);
    ELSIF NEW.state IN ('ineligible', 'not_selected', 'reserve') OR OLD.state = 'ineligible' THEN
        PERFORM mail_person(ARRAY[NEW.id], 'person_news', 'member:' || NEW.version);
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION vote_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO job (kind, run_at, subject, data) SELECT 'clock', n.closes_at, n.id, '{"phase": "vote_close"}' FROM new_vote n;
    PERFORM mail_person(array_agg(m.id), 'person_news', 'vote:' || n.id)
    FROM new_vote n JOIN member m ON m.panel_id = n.panel_id AND m.state = 'active'
    GROUP BY n.id;
    RETURN NULL;
END
$$;

-- How many chose each option, once that is counted.
CREATE FUNCTION vote_facts(v vote, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('name', text_in(o -> 'text', ARRAY[tag, 'fi']), 'value', page_number((v.result ->> (o ->> 'key'))::bigint, left(tag, 2)))
                              ORDER BY n), '[]')
    FROM jsonb_array_elements(v.options) WITH ORDINALITY e (o, n) WHERE v.result IS NOT NULL
$$;

-- Those that are open, and for 90 days what came of the others.
CREATE OR REPLACE FUNCTION personal_votes(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('votes_title'), 'items', jsonb_agg(jsonb_build_object('title', text_in(v.question, ARRAY[tag, 'fi']),
        'texts', page_list(CASE WHEN v.state = 'closed' THEN personal_text(CASE WHEN v.result IS NULL THEN 'vote_is_closed_few' ELSE 'vote_is_closed' END)
                                WHEN b.option IS NOT NULL THEN personal_text('vote_is_cast') END),
        'facts', vote_facts(v, tag),
        'acts', CASE WHEN v.state = 'closed' THEN '[]' ELSE jsonb_build_array(jsonb_build_object(
            'operation', 'own_vote_cast', 'values', jsonb_build_object('id', v.id), 'button', personal_text('vote_send'),
            'fields', jsonb_build_array(jsonb_build_object('name', 'option', 'label', personal_text('vote_option'), 'type', 'choice', 'required', true,
                'options', (SELECT jsonb_agg(jsonb_build_object('value', o ->> 'key', 'label', text_in(o -> 'text', ARRAY[tag, 'fi']),
                                'chosen', o ->> 'key' IS NOT DISTINCT FROM b.option) ORDER BY n)
                            FROM jsonb_array_elements(v.options) WITH ORDINALITY e (o, n)))))) END)
        ORDER BY v.state DESC, v.closes_at, v.id))
    FROM member m
    JOIN vote v ON v.panel_id = m.panel_id AND (v.state = 'open' AND v.closes_at > app_now() OR v.state = 'closed' AND v.closes_at > app_now() - interval '90 days')
    LEFT JOIN ballot b ON b.vote_id = v.id AND b.person_id = m.id
    WHERE m.id = personal_votes.person_id AND m.state = 'active'
    HAVING count(*) > 0
$$;

-- Whoever waits and gave no address cannot be told: they look at their page. The last day is for those who have a place, or are offered one.
CREATE OR REPLACE FUNCTION personal_membership(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', text_in(p.name, ARRAY[tag, 'fi']),
        'texts', jsonb_build_array(personal_text('member_' || m.state || CASE WHEN m.state IN ('applied', 'reserve') AND NOT w.has_address THEN '_look' ELSE '' END)) || CASE WHEN p.purpose = '{}' THEN '[]' ELSE jsonb_build_array(text_in(p.purpose, ARRAY[tag, 'fi'])) END,
        'facts', coalesce((
            SELECT jsonb_agg(jsonb_build_object('name', personal_text(f.name), 'value', page_day(f.day)) ORDER BY f.place)
            FROM (VALUES (1, 'member_answer_by', m.answer_by), (2, 'member_from', m.from_on), (3, 'member_until', coalesce(m.until_on, CASE WHEN m.state IN ('nominated', 'selected', 'active') THEN p.ends_on END))) f (place, name, day)
            WHERE f.day IS NOT NULL), '[]'),
        'acts', coalesce((
            SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('operation', 'membership_transition', 'values', jsonb_build_object('to', a.state),
                'button', personal_text('member_do_' || a.state), 'folded', CASE WHEN a.state <> 'active' THEN personal_text('member_ask_' || a.state) END,
                'fields', CASE a.state WHEN 'ceased' THEN jsonb_build_array(jsonb_build_object(
                    'name', 'reason', 'label', personal_text('member_reason'), 'type', 'area', 'most', 4000, 'required', true)) END)) ORDER BY a.state)
            FROM jsonb_array_elements_text(legal_states('member', m.state, '{member}')) a (state)), '[]'))
    FROM member m JOIN panel p ON p.id = m.panel_id JOIN person w ON w.id = m.id
    WHERE m.id = person_id
$$;

CREATE OR REPLACE FUNCTION personal_registration(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT w.part || jsonb_build_object(
        'facts', jsonb_build_array(jsonb_build_object('name', personal_text('registration_state'), 'value', personal_text('registration_' || r.state || CASE WHEN r.state = 'waitlisted' AND NOT p.has_address THEN '_look' ELSE '' END,
                jsonb_build_object('until', coalesce(page_time(r.offered_until), '')))))
            || (w.part -> 'facts'),
        'acts', (SELECT coalesce(jsonb_agg(jsonb_build_object('operation', 'personal_registration_transition', 'values', jsonb_build_object('to', a.wanted),
                'quiet', a.wanted = 'cancelled', 'button', personal_text(a.button)) ORDER BY a.n), '[]')
            FROM (VALUES (1, 'registered', 'registration_take'),
                (2, 'cancelled', CASE r.state WHEN 'offered' THEN 'registration_decline' ELSE 'registration_cancel' END)) a (n, wanted, button)
            JOIN transition t ON t.resource = 'registration' AND t.from_state = r.state AND t.to_state = a.wanted AND t.who = 'participant'
            WHERE s.state = 'published' AND registration_move_breach(r, s, a.wanted) IS NULL))
    FROM registration r JOIN session s ON s.id = r.session_id JOIN person p ON p.id = r.id
    CROSS JOIN LATERAL (SELECT session_part(s, ARRAY[tag, 'fi'], CASE r.state WHEN 'registered' THEN s.online_url END) AS part) w
    WHERE r.id = person_id
$$;

-- Nothing, where one brought up nothing and cannot.
CREATE OR REPLACE FUNCTION personal_inputs(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('inputs_title'),
        'items', coalesce((
            SELECT jsonb_agg(jsonb_build_object('title', personal_text(concat('input_', i.kind)),
                'texts', CASE WHEN i.text IS NULL THEN '[]' ELSE jsonb_build_array(i.text) END || jsonb_build_array(personal_text(concat('input_is_', i.state)))
                    || CASE WHEN i.state_reason IS NULL THEN '[]' ELSE jsonb_build_array(i.state_reason) END,
                'acts', CASE WHEN i.state = 'submitted' THEN jsonb_build_array(jsonb_build_object('operation', 'own_input_transition', 'quiet', true,
                    'values', jsonb_build_object('id', i.id, 'to', 'withdrawn'), 'folded', personal_text('input_withdraw'),
                    'button', personal_text('input_withdraw'))) ELSE '[]' END) ORDER BY i.brought_on DESC, i.id DESC)
            FROM (SELECT x.* FROM input x WHERE x.person_id = personal_inputs.person_id ORDER BY x.brought_on DESC, x.id DESC LIMIT 50) i), '[]'),
        'acts', CASE WHEN b.problem IS NULL THEN jsonb_build_array(jsonb_build_object('operation', 'own_input_create', 'button', personal_text('input_send'),
            'fields', jsonb_build_array(
                jsonb_build_object('name', 'kind', 'label', personal_text('input_kind'), 'type', 'choice', 'required', true, 'options', (
                    SELECT jsonb_agg(jsonb_build_object('value', k.kind, 'label', personal_text(concat('input_', k.kind))) ORDER BY k.n)
                    FROM unnest(ARRAY['idea', 'initiative', 'statement', 'comment']) WITH ORDINALITY k (kind, n))),
                jsonb_build_object('name', 'text', 'label', personal_text('input_text'), 'type', 'area', 'most', 10000, 'required', true)))) ELSE '[]' END)
    FROM input_bringer(person_id) b
    WHERE b.problem IS NULL OR EXISTS (SELECT FROM input i WHERE i.person_id = personal_inputs.person_id)
$$;
