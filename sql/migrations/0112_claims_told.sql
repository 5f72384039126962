-- Who cancelled late claims expenses and is not asked for hours; where nothing was done the hours are those that were agreed on. The
-- orderer's words have a name on the page of the expert.
DROP FUNCTION claim_errors(jsonb);
CREATE FUNCTION claim_errors(body jsonb, is_fee_due boolean) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_agg(jsonb_build_object('pointer', w.pointer, 'code', w.code) ORDER BY w.place)
    FROM (VALUES
        (1, '/hours', 'claim_hours_are_told', is_fee_due AND body ->> 'hours' IS NULL),
        (2, '/expenses_for', 'claim_expenses_are_named', (body ->> 'expenses')::numeric > 0 AND body ->> 'expenses_for' IS NULL)
    ) w (place, pointer, code, is_so)
    WHERE w.is_so
$$;

CREATE OR REPLACE FUNCTION claim_answered(c claim, wish move_wish, OUT state text, OUT _version bigint, OUT _replayed boolean, OUT _problem text, OUT _pointer text,
    OUT _members jsonb, OUT _errors jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    errors CONSTANT jsonb := CASE (wish).body ->> 'to' WHEN 'submitted' THEN claim_errors((wish).body, c.is_fee_due) END;
BEGIN
    SELECT m.* INTO state, _version, _replayed, _problem, _pointer, _members, _errors
    FROM state_moved('claim', c.id, c.state, c.version, '{expert}', wish, errors #>> '{0,code}', errors) m;
    IF _problem IS NULL AND NOT _replayed AND state = 'submitted' THEN
        UPDATE claim x
        SET hours = round(coalesce(b.hours, 0), 2), km = round(coalesce(b.km, 0), 1), meals = coalesce(b.meals, 0), expenses = round(coalesce(b.expenses, 0), 2),
            expenses_for = nullif(btrim(coalesce(masked_text(b.expenses_for, 'fi'), b.expenses_for)), ''), only_expenses = coalesce(b.only_expenses, false), claimed_by = (wish).caller_id
        FROM jsonb_to_record((wish).body) AS b (hours numeric, km numeric, meals integer, expenses numeric, expenses_for text, only_expenses boolean)
        WHERE x.id = c.id;
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION personal_claim_acts(c claim, b booking, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT page_list(
        CASE WHEN c.state IN ('open', 'returned') THEN jsonb_build_object('operation', 'own_claim_transition',
            'values', jsonb_build_object('id', c.id, 'to', 'submitted'), 'button', personal_text('claim_send'), 'fields', page_list(
                CASE WHEN c.is_fee_due THEN jsonb_build_object('name', 'hours', 'type', 'number', 'required', true, 'help', personal_text('claim_hours_help'),
                    'label', personal_text(CASE c.because WHEN 'done' THEN 'claim_hours' ELSE 'claim_hours_agreed' END),
                    'value', page_decimal(coalesce(c.hours, round(extract(epoch FROM b.ends_at - b.starts_at) / 3600, 2)), tag)) END,
                jsonb_build_object('name', 'km', 'type', 'number', 'label', personal_text('claim_km'), 'value', page_decimal(nullif(c.km, 0), tag)),
                jsonb_build_object('name', 'meals', 'type', 'number', 'label', personal_text('claim_meals'), 'value', nullif(c.meals, 0)::text),
                jsonb_build_object('name', 'expenses', 'type', 'number', 'label', personal_text('claim_expenses'), 'value', page_decimal(nullif(c.expenses, 0), tag)),
                jsonb_build_object('name', 'expenses_for', 'label', personal_text('claim_expenses_for'), 'most', 500, 'value', c.expenses_for),
                CASE WHEN c.is_fee_due THEN jsonb_build_object('name', 'only_expenses', 'type', 'check', 'label', personal_text('claim_only_expenses'),
                    'value', CASE WHEN c.only_expenses THEN 'true' END) END)) END,
        CASE WHEN c.state IN ('open', 'submitted', 'returned') THEN jsonb_build_object('operation', 'own_claim_transition', 'quiet', true,
            'values', jsonb_build_object('id', c.id, 'to', 'waived'), 'folded', personal_text('claim_waive'), 'button', personal_text('claim_waive'),
            'texts', jsonb_build_array(personal_text('claim_waive_what'))) END)
$$;

CREATE OR REPLACE FUNCTION personal_claims(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('claims_title'), 'items', jsonb_agg(jsonb_build_object('title', personal_task_title('claim_of', x.b, tag),
        'texts', page_list(CASE WHEN (x.c).is_fee_due OR (x.c).state <> 'open' THEN personal_text(concat('claim_is_', (x.c).state, CASE WHEN (x.c).state = 'open' AND (x.c).because <> 'done' THEN '_agreed' END)) END, to_jsonb((x.c).state_reason),
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
            jsonb_build_array('review_given', CASE WHEN o.id IS NOT NULL THEN personal_text('review_' || o.rating) END),
            jsonb_build_array('review_words', o.text)),
        'texts', page_list(CASE WHEN w.id IS NOT NULL THEN personal_text('review_thanks') END, CASE WHEN w.debrief IS NOT NULL THEN personal_text('debrief_is_' || w.debrief) END),
        'acts', personal_feedback_acts(x.b, w, x.side))
        ORDER BY (x.b).starts_at DESC, (x.b).id))
    FROM (SELECT b, booking_side(b, personal_booking_reviews.person_id) AS side
          FROM booking b
          WHERE personal_booking_reviews.person_id IN (b.expert_id, b.person_id) AND b.state IN ('done', 'settled') AND b.starts_at > app_now() - interval '60 days'
              AND EXISTS (SELECT FROM step s WHERE s.resource = 'booking' AND s.subject = b.id AND s.to_state = 'done')
          ORDER BY b.starts_at DESC, b.id LIMIT 10) x
    LEFT JOIN booking_feedback w ON w.booking_id = (x.b).id AND w.side = x.side
    LEFT JOIN shown_booking_feedback o ON o.booking_id = (x.b).id AND o.side = 'orderer' AND x.side = 'expert'
    HAVING count(*) > 0
$$;

-- Who ordered several bookings at once is one person, with one link.
CREATE OR REPLACE FUNCTION booking_side(b booking, person uuid) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE person WHEN b.expert_id THEN 'expert' WHEN b.person_id THEN 'orderer' END
$$;

CREATE OR REPLACE FUNCTION erase_expert_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE observation o SET text = NULL, request_hash = NULL FROM new_erasure n WHERE o.person_id = n.person_id;
    UPDATE booking_feedback f SET text = NULL, request_hash = NULL
    FROM new_erasure n JOIN booking b ON n.person_id IN (b.expert_id, b.person_id) WHERE f.booking_id = b.id AND f.side = booking_side(b, n.person_id);
    RETURN NULL;
END
$$;

-- A booking that is over opens its claim; once it was done both sides are asked how it went.
CREATE OR REPLACE FUNCTION booking_opens_claim() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO claim (id, booking_id, expert_id, because, is_fee_due, fee_class_id)
    SELECT gen_random_uuid(), n.id, n.expert_id, n.state,
        n.state <> 'cancelled_late' OR s.who <> 'expert',
        fee_class_of(n.unit_id, n.task, (n.starts_at AT TIME ZONE 'Europe/Helsinki')::date)
    FROM new_booking n
    JOIN old_booking o USING (id)
    JOIN step s ON s.subject = n.id AND s.version = n.version
    WHERE n.state <> o.state AND n.state IN ('done', 'cancelled_late', 'client_absent') AND n.expert_id IS NOT NULL
    ON CONFLICT ON CONSTRAINT claim_once DO NOTHING;
    PERFORM mail_person(array_agg(n.expert_id) || coalesce(array_agg(n.person_id) FILTER (WHERE n.state = 'done'), '{}'), 'person_news', NULL)
    FROM new_booking n JOIN old_booking o USING (id)
    WHERE n.state <> o.state AND n.state IN ('done', 'client_absent')
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;
