-- On the page of a personal link: what one brought and what became of it, changes that came of it, votes, and rounds that were fed back.

CREATE FUNCTION personal_inputs(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
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
$$;

CREATE FUNCTION personal_changes(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('changes_title'), 'items', jsonb_agg(jsonb_build_object('title', text_in(c.title, ARRAY[tag, 'fi']),
        'texts', jsonb_build_array(personal_text(concat('change_is_', CASE c.state WHEN 'inconclusive' THEN 'made' ELSE c.state END)))
            || CASE WHEN c.made_on IS NOT NULL THEN jsonb_build_array(text_in(c.done, ARRAY[tag, 'fi'])) ELSE '[]' END
            || CASE WHEN c.state IN ('rejected', 'delayed', 'abandoned') AND c.state_reason IS NOT NULL THEN jsonb_build_array(c.state_reason) ELSE '[]' END)
        ORDER BY c.suggested_on DESC, c.id DESC))
    FROM change c
    WHERE c.id IN (SELECT s.change_id FROM input i JOIN change_source s ON s.input_id = i.id WHERE i.person_id = personal_changes.person_id)
        AND c.state NOT IN ('suggested', 'under_review')
    HAVING count(*) > 0
$$;

CREATE FUNCTION personal_votes(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('votes_title'), 'items', jsonb_agg(jsonb_build_object('title', text_in(v.question, ARRAY[tag, 'fi']),
        'texts', CASE WHEN b.option IS NULL THEN '[]' ELSE jsonb_build_array(personal_text('vote_is_cast')) END,
        'acts', jsonb_build_array(jsonb_build_object('operation', 'own_vote_cast', 'values', jsonb_build_object('id', v.id), 'button', personal_text('vote_send'),
            'fields', jsonb_build_array(jsonb_build_object('name', 'option', 'label', personal_text('vote_option'), 'type', 'choice', 'required', true,
                'options', (SELECT jsonb_agg(jsonb_build_object('value', o ->> 'key', 'label', text_in(o -> 'text', ARRAY[tag, 'fi']),
                                'chosen', o ->> 'key' IS NOT DISTINCT FROM b.option) ORDER BY n)
                            FROM jsonb_array_elements(v.options) WITH ORDINALITY e (o, n)))))))
        ORDER BY v.closes_at, v.id))
    FROM member m
    JOIN vote v ON v.panel_id = m.panel_id AND v.state = 'open' AND v.closes_at > app_now()
    LEFT JOIN ballot b ON b.vote_id = v.id AND b.person_id = m.id
    WHERE m.id = personal_votes.person_id AND m.state = 'active'
    HAVING count(*) > 0
$$;

CREATE FUNCTION personal_rounds(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('rounds_title'), 'items', jsonb_agg(jsonb_build_object('title', text_in(r.title, ARRAY[tag, 'fi']),
        'texts', jsonb_build_array(text_in(r.summary, ARRAY[tag, 'fi']), text_in(r.feedback, ARRAY[tag, 'fi']))) ORDER BY r.made_on DESC, r.id DESC))
    FROM member m
    JOIN round_shown r ON r.panel_id = m.panel_id AND r.state = 'fed_back'
    WHERE m.id = personal_rounds.person_id AND m.state = 'active'
    HAVING count(*) > 0
$$;

INSERT INTO personal_part (part, resource, place) VALUES ('votes', 'member', 300), ('rounds', 'member', 310), ('changes', NULL, 400), ('inputs', NULL, 410);

REVOKE ALL ON FUNCTION personal_inputs(uuid, text), personal_changes(uuid, text), personal_votes(uuid, text), personal_rounds(uuid, text) FROM PUBLIC;
