-- As before, and when the task of a claim was is told as a span of time.
CREATE OR REPLACE FUNCTION personal_claims(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('claims_title'), 'items', jsonb_agg(jsonb_build_object('title', page_words(t.name, tag),
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
    JOIN experience_task t ON t.code = (x.b).task
    LEFT JOIN fee_class f ON f.id = (x.c).fee_class_id
    HAVING count(*) > 0
$$;
