-- What is said of a booking on a personal page is named by its task and day, so that no two things there have one name.
CREATE FUNCTION personal_task_title(text_name text, b booking, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT personal_text(text_name, jsonb_build_object('task', text_in(t.name, ARRAY[tag, 'fi']), 'day', page_day((b.starts_at AT TIME ZONE 'Europe/Helsinki')::date)))
    FROM experience_task t WHERE t.code = b.task
$$;

CREATE OR REPLACE FUNCTION personal_claims(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('claims_title'), 'items', jsonb_agg(jsonb_build_object('title', personal_task_title('claim_of', x.b, tag),
        'texts', page_list(personal_text(concat('claim_is_', (x.c).state)), to_jsonb((x.c).state_reason),
            CASE WHEN NOT (x.c).is_fee_due THEN personal_text('claim_no_fee') WHEN (x.c).because = 'client_absent' THEN personal_text('claim_client_absent')
                 WHEN (x.c).because = 'cancelled_late' THEN personal_text('claim_cancelled_late') END),
        'facts', page_facts(jsonb_build_array('claim_when', page_span((x.b).starts_at, (x.b).ends_at, tag)),
            jsonb_build_array('claim_per_hour', CASE WHEN (x.c).is_fee_due THEN page_euros(nullif(f.per_hour, 0), tag) END),
            jsonb_build_array('claim_per_task', CASE WHEN (x.c).is_fee_due THEN page_euros(nullif(f.per_task, 0), tag) END),
            jsonb_build_array('claim_per_km', page_euros(nullif(f.per_km, 0), tag)),
            jsonb_build_array('claim_fee', page_euros((x.c).fee, tag)),
            jsonb_build_array('claim_total', page_euros((x.c).total, tag))),
        'acts', personal_claim_acts(x.c, x.b, tag))
        ORDER BY (x.c).state IN ('open', 'returned') DESC, (x.b).starts_at DESC, (x.c).id))
    FROM (SELECT c, b FROM claim c JOIN booking b ON b.id = c.booking_id WHERE c.expert_id = personal_claims.person_id
          ORDER BY c.state IN ('open', 'returned') DESC, b.starts_at DESC, c.id LIMIT 20) x
    LEFT JOIN fee_class f ON f.id = (x.c).fee_class_id
    HAVING count(*) > 0
$$;

CREATE OR REPLACE FUNCTION personal_booking_reviews(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('reviews_title'), 'items', jsonb_agg(jsonb_build_object('title', personal_task_title('review_of', x.b, tag),
        'facts', page_facts(jsonb_build_array('claim_when', page_span((x.b).starts_at, (x.b).ends_at, tag)),
            jsonb_build_array('review_given', CASE WHEN o.id IS NOT NULL THEN personal_text('review_' || o.rating) END)),
        'texts', page_list(CASE WHEN w.id IS NOT NULL THEN personal_text('review_thanks') END, CASE WHEN w.debrief IS NOT NULL THEN personal_text('debrief_is_' || w.debrief) END,
            to_jsonb(o.text)),
        'acts', personal_feedback_acts(x.b, w, x.side))
        ORDER BY (x.b).starts_at DESC, (x.b).id))
    FROM (SELECT b, booking_side(b, personal_booking_reviews.person_id) AS side
          FROM booking b
          WHERE personal_booking_reviews.person_id IN (b.expert_id, b.id) AND b.state IN ('done', 'settled') AND b.starts_at > app_now() - interval '60 days'
              AND EXISTS (SELECT FROM step s WHERE s.resource = 'booking' AND s.subject = b.id AND s.to_state = 'done')
          ORDER BY b.starts_at DESC, b.id LIMIT 10) x
    LEFT JOIN booking_feedback w ON w.booking_id = (x.b).id AND w.side = x.side
    LEFT JOIN shown_booking_feedback o ON o.booking_id = (x.b).id AND o.side = 'orderer' AND x.side = 'expert'
    HAVING count(*) > 0
$$;

CREATE OR REPLACE FUNCTION personal_observations(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('observations_title'), 'texts', jsonb_build_array(personal_text('observations_what')),
        'acts', jsonb_build_array(jsonb_build_object('operation', 'own_observation_create', 'folded', personal_text('observation_write'), 'button', personal_text('input_send'),
            'fields', jsonb_build_array(jsonb_build_object('name', 'text', 'label', personal_text('observation_text'), 'type', 'area', 'most', 10000, 'required', true)))),
        'items', coalesce((SELECT jsonb_agg(jsonb_build_object('title', page_day(d.noted_on), 'texts', d.texts) ORDER BY d.noted_on DESC)
                           FROM (SELECT o.noted_on, jsonb_agg(o.text ORDER BY o.id) AS texts
                                 FROM (SELECT y.* FROM observation y WHERE y.person_id = personal_observations.person_id AND y.text IS NOT NULL
                                       ORDER BY y.noted_on DESC, y.id LIMIT 20) o
                                 GROUP BY o.noted_on) d), '[]'))
    FROM expert e WHERE e.id = personal_observations.person_id AND e.state IN ('active', 'on_break')
$$;

-- Who is still to be paid keeps name and link until then; as before else.
CREATE OR REPLACE FUNCTION retention_due_people(last_day date, most integer) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT p.id::text
    FROM person p
    WHERE p.ended_on <= last_day AND NOT EXISTS (SELECT FROM mail m WHERE m.person_id = p.id AND m.state = 'queued')
        AND NOT (p.has_address AND p.wants_news AND EXISTS (
            SELECT FROM person_changes(p.id) x JOIN change h ON h.id = x AND NOT change_is_over(h, last_day)))
        AND NOT EXISTS (SELECT FROM claim c WHERE c.expert_id = p.id AND c.state IN ('submitted', 'returned', 'approved', 'exported'))
    ORDER BY p.ended_on, p.id
    LIMIT most
$$;
