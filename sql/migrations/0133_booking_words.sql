-- Pages of bookings, offers and claims say what an act means before it is done; an offer says what the expert has not; claims have bounds.

-- ---- bookings ----
-- As before (0109), and whoever says that somebody did not come, or cancels late, is told first what follows.
CREATE OR REPLACE FUNCTION booking_acts(b booking, role_name text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('operation', 'personal_booking_transition', 'values', jsonb_build_object('id', b.id, 'to', t.to_state),
            'button', personal_text('booking_act_' || t.to_state), 'quiet', t.to_state <> 'done')
        || CASE WHEN t.to_state = 'done' THEN '{}'
                WHEN t.to_state IN ('client_absent', 'expert_absent') THEN jsonb_build_object('folded', personal_text('booking_ask_' || t.to_state),
                    'texts', jsonb_build_array(personal_text('booking_' || t.to_state || '_means')))
                ELSE jsonb_build_object('folded', personal_text('booking_cancel'),
                    'texts', page_list(CASE t.to_state WHEN 'cancelled_late' THEN personal_text('booking_late_' || role_name) END, personal_text('booking_' || t.to_state || '_means')),
                    'fields', jsonb_build_array(jsonb_build_object('name', 'reason', 'type', 'area', 'most', 4000, 'required', t.reason,
                        'label', personal_text('booking_cancel_reason')))) END
        ORDER BY a.place), '[]')
    FROM (VALUES (1, 'done'), (2, 'client_absent'), (3, 'expert_absent'), (4, 'cancelled_early'), (5, 'cancelled_late')) a (place, wanted)
    JOIN transition t ON t.resource = 'booking' AND t.from_state = b.state AND t.to_state = a.wanted AND t.who = role_name
    WHERE booking_breach(b, a.wanted) IS NULL AND (a.wanted NOT LIKE 'cancelled%' OR b.starts_at > app_now())
$$;

-- As before (0119), and says who tells that a task was done.
CREATE OR REPLACE FUNCTION personal_bookings(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('bookings_title'),
        'items', jsonb_agg(x.part || jsonb_build_object('acts', booking_acts(b, 'expert'), 'texts', (x.part -> 'texts') || coalesce(booking_paid(b), '[]')
                || page_list(CASE WHEN b.state = 'confirmed' AND b.starts_at <= app_now() THEN personal_text('booking_begun_expert') END))
            ORDER BY b.state = 'confirmed' DESC, CASE b.state WHEN 'confirmed' THEN b.starts_at END, b.starts_at DESC, b.id))
    FROM booking b
    CROSS JOIN LATERAL (SELECT booking_part(b, tag, booking_told(b)) AS part) x
    WHERE b.expert_id = personal_bookings.person_id AND b.ends_at > app_now() - interval '60 days'
    HAVING count(*) > 0
$$;

-- ---- offers ----
-- What the order asks for and the expert's card does not say that they have.
CREATE FUNCTION expert_lacks(b booking, of_expert uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(l.field ORDER BY l.field), '[]')
    FROM (VALUES ('area', b.area IS NULL OR EXISTS (SELECT FROM expert_area x WHERE x.expert_id = of_expert AND x.area = b.area)),
        ('task', EXISTS (SELECT FROM expert_task x WHERE x.expert_id = of_expert AND x.task = b.task)),
        ('language', EXISTS (SELECT FROM expert_language x WHERE x.expert_id = of_expert AND x.lang = b.lang))) l (field, has)
    WHERE NOT l.has
$$;

-- As before (0119). What cannot be taken is not offered as a button, what was taken says where one meets, and what became of it.
CREATE OR REPLACE FUNCTION offer_part(o offer, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT x.part || jsonb_build_object(
        'texts', (x.part -> 'texts') || CASE WHEN w.is_open AND w.breach IS NULL AND is_outside_hours(b, o.expert_id)
            AND EXISTS (SELECT FROM availability a WHERE a.expert_id = o.expert_id) THEN page_list(personal_text('offer_outside_hours')) ELSE '[]' END,
        'acts', CASE WHEN NOT w.is_open THEN '[]' ELSE (
            SELECT jsonb_agg(jsonb_build_object('operation', 'personal_offer_transition', 'values', jsonb_build_object('id', o.id, 'to', a.wanted),
                'quiet', a.wanted = 'declined', 'button', personal_text('offer_act_' || a.wanted)) ORDER BY a.wanted)
            FROM (VALUES ('accepted'), ('declined')) a (wanted) WHERE a.wanted = 'declined' OR w.breach IS NULL) END)
    FROM booking b
    JOIN expert e ON e.id = o.expert_id
    CROSS JOIN LATERAL (SELECT y.is_open, o.state = 'accepted' AND b.expert_id = o.expert_id AS is_theirs,
        CASE WHEN y.is_open THEN booking_expert_breach(b, e, false) END AS breach FROM (SELECT o.state = 'sent' AND o.expires_at > app_now() AS is_open) y) w
    CROSS JOIN LATERAL (SELECT booking_part(CASE WHEN w.is_theirs THEN b ELSE jsonb_populate_record(b, '{"online_url": null}') END, tag,
        CASE WHEN w.is_theirs AND b.state <> 'confirmed' THEN booking_told(b)
             WHEN w.breach IS NOT NULL THEN personal_text('offer_cannot_' || w.breach)
             WHEN o.state = 'accepted' AND NOT EXISTS (SELECT FROM person p WHERE p.id = o.expert_id AND p.has_address) THEN personal_text('offer_accepted_unmailed')
             ELSE personal_text('offer_' || CASE WHEN w.is_open OR o.state <> 'sent' THEN o.state ELSE 'expired' END) END,
        CASE WHEN w.is_open THEN page_facts(jsonb_build_array('offer_until', page_time(o.expires_at, tag))) ELSE '[]' END) AS part) x
    WHERE b.id = o.booking_id
$$;

-- ---- claims ----
INSERT INTO rule (name, value, least, most, help) VALUES
    ('claim_km_most', 1000, 1, 5000, 'Kilometres that one claim of an expert may have at most.'),
    ('claim_expenses_most', 2000, 1, 100000, 'Euros of other expenses that one claim of an expert may have at most.');

CREATE OR REPLACE FUNCTION claim_errors(body jsonb, is_fee_due boolean) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_agg(jsonb_build_object('pointer', w.pointer, 'code', w.code) ORDER BY w.place)
    FROM (VALUES
        (1, '/hours', 'claim_hours_are_told', is_fee_due AND body ->> 'hours' IS NULL),
        (2, '/km', 'claim_km_within_bounds', (body ->> 'km')::numeric > rule_value('claim_km_most')),
        (3, '/expenses', 'claim_expenses_within_bounds', (body ->> 'expenses')::numeric > rule_value('claim_expenses_most')),
        (4, '/expenses_for', 'claim_expenses_are_named', (body ->> 'expenses')::numeric > 0 AND body ->> 'expenses_for' IS NULL)
    ) w (place, pointer, code, is_so)
    WHERE w.is_so
$$;

-- As before (0112), and every part of what it comes to.
CREATE OR REPLACE FUNCTION personal_claims(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('claims_title'), 'items', jsonb_agg(jsonb_build_object('title', personal_task_title('claim_of', x.b, tag),
        'texts', page_list(CASE WHEN (x.c).is_fee_due OR (x.c).state <> 'open' THEN personal_text(concat('claim_is_', (x.c).state, CASE WHEN (x.c).state = 'open' AND (x.c).because <> 'done' THEN '_agreed' END)) END, to_jsonb((x.c).state_reason),
            CASE WHEN NOT (x.c).is_fee_due THEN personal_text('claim_no_fee') WHEN (x.c).because = 'client_absent' THEN personal_text('claim_client_absent')
                 WHEN (x.c).because = 'cancelled_late' THEN personal_text('claim_cancelled_late') END),
        'facts', page_facts(jsonb_build_array('claim_when', page_span((x.b).starts_at, (x.b).ends_at, tag)),
            jsonb_build_array('claim_per_hour', CASE WHEN (x.c).is_fee_due THEN page_euros(nullif(f.per_hour, 0), tag) END),
            jsonb_build_array('claim_per_task', CASE WHEN (x.c).is_fee_due THEN page_euros(nullif(f.per_task, 0), tag) END),
            jsonb_build_array('claim_per_km', page_euros(nullif(f.per_km, 0), tag)),
            jsonb_build_array('claim_per_meal', page_euros(nullif(f.per_meal, 0), tag)),
            jsonb_build_array('claim_fee', page_euros((x.c).fee, tag)),
            jsonb_build_array('claim_travel', page_euros(nullif((x.c).travel, 0), tag)),
            jsonb_build_array('claim_meal_money', page_euros(nullif((x.c).meal_money, 0), tag)),
            jsonb_build_array('claim_expense_sum', page_euros(nullif((x.c).expenses, 0), tag)),
            jsonb_build_array('claim_total', page_euros((x.c).total, tag))),
        'acts', personal_claim_acts(x.c, x.b, tag))
        ORDER BY (x.c).state IN ('open', 'returned') DESC, (x.b).starts_at DESC, (x.c).id))
    FROM (SELECT c, b FROM claim c JOIN booking b ON b.id = c.booking_id WHERE c.expert_id = personal_claims.person_id
          ORDER BY c.state IN ('open', 'returned') DESC, b.starts_at DESC, c.id LIMIT 20) x
    LEFT JOIN fee_class f ON f.id = (x.c).fee_class_id
    HAVING count(*) > 0
$$;
