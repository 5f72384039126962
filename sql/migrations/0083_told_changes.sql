-- Whoever spoke up reads of a change what was published of it, as everybody does; what is written afterwards is a draft until the next
-- publication. Of a change that is not public they read what stands there: they are told first.

CREATE VIEW told_change AS
SELECT c.id, coalesce(p.title, c.title) AS title, coalesce(p.said, c.said) AS said, coalesce(p.done, c.done) AS done
FROM change c
LEFT JOIN published_change p ON p.id = c.id;
GRANT SELECT ON told_change TO osallisuus_api;

-- As before, in the words that people are told, with the question whether it is better where it can be answered now.
CREATE OR REPLACE FUNCTION personal_changes(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('changes_title'), 'items', jsonb_agg(jsonb_build_object('title', text_in(w.title, ARRAY[tag, 'fi']),
        'texts', jsonb_build_array(personal_text(concat('change_is_', CASE c.state WHEN 'inconclusive' THEN 'made' ELSE c.state END)))
            || CASE WHEN c.made_on IS NOT NULL THEN jsonb_build_array(text_in(w.done, ARRAY[tag, 'fi'])) ELSE '[]' END
            || CASE WHEN c.state IN ('rejected', 'delayed', 'abandoned') AND c.state_reason IS NOT NULL THEN jsonb_build_array(c.state_reason) ELSE '[]' END
            || CASE WHEN f.answer IS NOT NULL THEN jsonb_build_array(personal_text('follow_up_said'), personal_text(concat('follow_up_', f.answer))) ELSE '[]' END,
        'acts', CASE WHEN f.answer IS NULL AND follow_up_can_come(c, f.expires_on) THEN
            jsonb_build_array(jsonb_build_object('operation', 'own_follow_up', 'values', jsonb_build_object('change_id', c.id), 'button', personal_text('follow_up_send'),
                'fields', jsonb_build_array(
                    jsonb_build_object('name', 'answer', 'label', personal_text('follow_up_question'), 'type', 'choice', 'required', true, 'options', (
                        SELECT jsonb_agg(jsonb_build_object('value', o.answer, 'label', personal_text(concat('follow_up_', o.answer))) ORDER BY o.n)
                        FROM unnest(ARRAY['better', 'same', 'worse', 'dont_know']) WITH ORDINALITY o (answer, n))),
                    jsonb_build_object('name', 'text', 'label', personal_text('follow_up_text'), 'type', 'area', 'most', 4000)))) ELSE '[]' END)
        ORDER BY c.suggested_on DESC, c.id DESC))
    FROM change c
    JOIN told_change w ON w.id = c.id
    LEFT JOIN follow_up f ON f.change_id = c.id AND f.contributor = person_contributor(personal_changes.person_id)
    WHERE c.id IN (SELECT person_changes(personal_changes.person_id)) AND c.state NOT IN ('suggested', 'under_review')
    HAVING count(*) > 0
$$;
