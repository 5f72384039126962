-- The part of a personal page that tells of one's place in a panel, and lets one take it, decline it, withdraw or leave.

CREATE FUNCTION personal_membership(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', text_in(p.name, ARRAY[tag, 'fi']),
        'texts', jsonb_build_array(personal_text('member_' || m.state)) || CASE WHEN p.purpose = '{}' THEN '[]' ELSE jsonb_build_array(text_in(p.purpose, ARRAY[tag, 'fi'])) END,
        'facts', coalesce((
            SELECT jsonb_agg(jsonb_build_object('name', personal_text(f.name), 'value', page_day(f.day)) ORDER BY f.place)
            FROM (VALUES (1, 'member_answer_by', m.answer_by), (2, 'member_from', m.from_on), (3, 'member_until', coalesce(m.until_on, p.ends_on))) f (place, name, day)
            WHERE f.day IS NOT NULL), '[]'),
        'acts', coalesce((
            SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('operation', 'membership_transition', 'values', jsonb_build_object('to', a.state),
                'button', personal_text('member_do_' || a.state), 'folded', CASE WHEN a.state <> 'active' THEN personal_text('member_ask_' || a.state) END,
                'fields', CASE a.state WHEN 'ceased' THEN jsonb_build_array(jsonb_build_object(
                    'name', 'reason', 'label', personal_text('member_reason'), 'type', 'area', 'most', 4000, 'required', true)) END)) ORDER BY a.state)
            FROM jsonb_array_elements_text(legal_states('member', m.state, '{member}')) a (state)), '[]'))
    FROM member m JOIN panel p ON p.id = m.panel_id
    WHERE m.id = person_id
$$;
INSERT INTO personal_part (part, resource, place) VALUES ('membership', 'member', 10);

REVOKE ALL ON FUNCTION personal_membership(uuid, text) FROM PUBLIC;
