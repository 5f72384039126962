-- What an expert is paid for a booking: opened when the booking is over, sent or waived by the expert, approved by somebody else, handed
-- to payroll once.

INSERT INTO role_scope (resource, who, scope) VALUES ('claim', 'coordinator', 'bookings:manage');
INSERT INTO moving_resource (resource, unit_sql) VALUES ('claim', '(SELECT b.unit_id FROM booking b WHERE b.id = x.booking_id)');

-- What was handed to payroll together. Its claims stay as they were, and are in no other one.
CREATE TABLE claim_export (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL CONSTRAINT claim_export_unit_exists REFERENCES unit, -- the claims of this unit and of all below it
    claim_count integer NOT NULL,
    total numeric(11, 2) NOT NULL,
    caller_id uuid,
    made_on date NOT NULL DEFAULT app_today(),
    request_hash bytea,
    CONSTRAINT claim_export_has_claims CHECK (claim_count > 0)
);

CREATE TABLE claim (
    id uuid PRIMARY KEY,
    booking_id uuid NOT NULL CONSTRAINT claim_booking_exists REFERENCES booking,
    expert_id uuid NOT NULL CONSTRAINT claim_expert_exists REFERENCES expert,
    because text NOT NULL,
    is_fee_due boolean NOT NULL,    -- not to an expert who cancelled late: expenses alone
    fee_class_id uuid CONSTRAINT claim_fee_class_exists REFERENCES fee_class,
    only_expenses boolean NOT NULL DEFAULT false, -- the expert wants no fee
    hours numeric(5, 2),
    km numeric(6, 1),
    meals integer,
    expenses numeric(9, 2),
    expenses_for text,
    form text,                      -- from here on what it comes to, by its class when it was sent
    fee numeric(9, 2),
    travel numeric(9, 2),
    meal_money numeric(9, 2),
    total numeric(9, 2) GENERATED ALWAYS AS (fee + travel + meal_money + expenses) STORED,
    state text NOT NULL DEFAULT 'open',
    state_reason text,
    claimed_by uuid,                -- the key that wrote it down for the expert; NULL: the expert by their link
    approved_by uuid,
    export_id uuid CONSTRAINT claim_export_exists REFERENCES claim_export,
    opened_on date NOT NULL DEFAULT app_today(),
    moved_on date NOT NULL DEFAULT app_today(),
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT claim_once UNIQUE (booking_id, expert_id),
    CONSTRAINT claim_because CHECK (because IN ('done', 'cancelled_late', 'client_absent')),
    CONSTRAINT claim_state CHECK (state IN ('open', 'submitted', 'returned', 'waived', 'approved', 'exported', 'paid')),
    CONSTRAINT claim_form CHECK (form IN ('wage', 'non_wage', 'expense_only')),
    CONSTRAINT claim_numbers CHECK (least(hours, km, meals, expenses) >= 0 AND hours <= 24),
    CONSTRAINT claim_expenses_are_named CHECK (coalesce(expenses, 0) = 0 OR expenses_for IS NOT NULL),
    CONSTRAINT claim_expenses_for_length CHECK (length(expenses_for) BETWEEN 1 AND 500),
    CONSTRAINT claim_has_fee_class CHECK (state NOT IN ('approved', 'exported', 'paid') OR total IS NOT NULL),
    CONSTRAINT claim_is_approved_by_another CHECK (approved_by <> claimed_by),
    CONSTRAINT claim_is_exported_once CHECK ((state IN ('exported', 'paid')) = (export_id IS NOT NULL))
);
CREATE INDEX claim_of_expert ON claim (expert_id, id);
CREATE INDEX claim_of_export ON claim (export_id, id) WHERE export_id IS NOT NULL;
CREATE INDEX claim_approved ON claim (id) WHERE state = 'approved';
CREATE INDEX claim_over ON claim (moved_on, id) WHERE state IN ('waived', 'paid');

-- ---- what follows ----
-- What a claim comes to, by its class; and what its step says.
CREATE FUNCTION claim_follows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    class fee_class;
    moved step;
BEGIN
    IF (NEW.fee_class_id, NEW.only_expenses, NEW.hours, NEW.km, NEW.meals, NEW.expenses)
        IS DISTINCT FROM (OLD.fee_class_id, OLD.only_expenses, OLD.hours, OLD.km, OLD.meals, OLD.expenses) THEN
        IF OLD.state NOT IN ('open', 'submitted', 'returned') THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'claim_is_settled', MESSAGE = 'claim_is_settled';
        END IF;
        SELECT f.* INTO class FROM fee_class f WHERE f.id = NEW.fee_class_id;
        NEW.form := CASE WHEN class.id IS NULL THEN NULL WHEN NEW.only_expenses OR NOT NEW.is_fee_due THEN 'expense_only' ELSE class.form END;
        NEW.fee := CASE WHEN NEW.form = 'expense_only' THEN 0 ELSE class.per_task + round(class.per_hour * NEW.hours, 2) END;
        NEW.travel := round(class.per_km * NEW.km, 2);
        NEW.meal_money := class.per_meal * NEW.meals;
    END IF;
    IF NEW.state <> OLD.state THEN
        NEW.version := OLD.version + 1;
        NEW.moved_on := app_today();
        SELECT s.* INTO moved FROM step s WHERE s.subject = NEW.id AND s.version = NEW.version;
        NEW.state_reason := moved.reason;
        NEW.approved_by := CASE NEW.state WHEN 'approved' THEN moved.caller_id ELSE OLD.approved_by END;
        NEW.export_id := coalesce(OLD.export_id, (moved.data ->> 'export_id')::uuid);
    ELSIF NEW.fee_class_id IS DISTINCT FROM OLD.fee_class_id THEN
        NEW.version := OLD.version + 1; -- the numbers come with a step
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER claim_follows BEFORE UPDATE ON claim FOR EACH ROW EXECUTE FUNCTION claim_follows();

-- Whoever claimed hears of what became of it; a booking is settled with its claim.
CREATE FUNCTION claim_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM mail_person(array_agg(n.expert_id), 'person_news', NULL)
    FROM new_claim n JOIN old_claim o USING (id)
    WHERE n.state <> o.state AND n.state IN ('returned', 'approved')
    HAVING count(*) > 0;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'booking', b.id, b.state, 'settled', 'system', b.version + 1
    FROM new_claim n JOIN old_claim o USING (id) JOIN booking b ON b.id = n.booking_id
    WHERE n.state <> o.state AND n.state IN ('approved', 'waived') AND b.state IN ('done', 'cancelled_late', 'client_absent')
    ORDER BY b.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER claim_moved AFTER UPDATE ON claim REFERENCING OLD TABLE AS old_claim NEW TABLE AS new_claim
    FOR EACH STATEMENT EXECUTE FUNCTION claim_moved();

-- A booking that is over opens its claim.
CREATE FUNCTION booking_opens_claim() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
    PERFORM mail_person(array_agg(n.expert_id), 'person_news', NULL)
    FROM new_booking n JOIN old_booking o USING (id)
    WHERE n.state <> o.state AND n.state IN ('done', 'client_absent')
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER booking_opens_claim AFTER UPDATE ON booking REFERENCING OLD TABLE AS old_booking NEW TABLE AS new_booking
    FOR EACH STATEMENT EXECUTE FUNCTION booking_opens_claim();

-- An export takes its claims along. They are locked by then.
CREATE FUNCTION claim_export_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version, data)
    SELECT gen_random_uuid(), 'claim', c.id, 'approved', 'exported', 'system', c.version + 1, jsonb_build_object('export_id', n.id)
    FROM new_export n
    JOIN claim c ON c.state = 'approved'
    JOIN booking b ON b.id = c.booking_id
    JOIN unit u ON u.id = b.unit_id
    WHERE u.path @> ARRAY[n.unit_id]
    ORDER BY c.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER claim_export_made AFTER INSERT ON claim_export REFERENCING NEW TABLE AS new_export
    FOR EACH STATEMENT EXECUTE FUNCTION claim_export_made();

-- ---- moves ----
-- What is wrong with the numbers of a claim: [{"pointer", "code"}]; NULL: nothing.
CREATE FUNCTION claim_errors(body jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_agg(jsonb_build_object('pointer', w.pointer, 'code', w.code) ORDER BY w.place)
    FROM (VALUES
        (1, '/hours', 'claim_hours_are_told', body ->> 'hours' IS NULL),
        (2, '/expenses_for', 'claim_expenses_are_named', (body ->> 'expenses')::numeric > 0 AND is_blank(coalesce(body ->> 'expenses_for', '')))
    ) w (place, pointer, code, is_so)
    WHERE w.is_so
$$;

-- The problem that speaks against a step of a claim that a key asks for.
CREATE FUNCTION claim_breach(c claim, wanted text, caller uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN wanted = 'approved' AND caller = c.claimed_by THEN 'claim_is_approved_by_another'
                WHEN wanted = 'approved' AND c.total IS NULL THEN 'claim_has_fee_class' END
$$;

-- The expert sends the claim or waives it, or a key writes it down for them.
CREATE FUNCTION claim_answered(c claim, wish move_wish, OUT state text, OUT _version bigint, OUT _replayed boolean, OUT _problem text, OUT _pointer text,
    OUT _members jsonb, OUT _errors jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    errors CONSTANT jsonb := CASE (wish).body ->> 'to' WHEN 'submitted' THEN claim_errors((wish).body) END;
BEGIN
    SELECT m.* INTO state, _version, _replayed, _problem, _pointer, _members, _errors
    FROM state_moved('claim', c.id, c.state, c.version, '{expert}', wish, errors #>> '{0,code}', errors) m;
    IF _problem IS NULL AND NOT _replayed AND state = 'submitted' THEN
        UPDATE claim x
        SET hours = round(b.hours, 2), km = round(coalesce(b.km, 0), 1), meals = coalesce(b.meals, 0), expenses = round(coalesce(b.expenses, 0), 2),
            expenses_for = nullif(btrim(coalesce(masked_text(b.expenses_for, 'fi'), b.expenses_for)), ''), only_expenses = coalesce(b.only_expenses, false), claimed_by = (wish).caller_id
        FROM jsonb_to_record((wish).body) AS b (hours numeric, km numeric, meals integer, expenses numeric, expenses_for text, only_expenses boolean)
        WHERE x.id = c.id;
    END IF;
END
$$;

-- ---- how long it is kept ----
CREATE FUNCTION retention_due_claims(last_day date, most integer) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT c.id::text FROM claim c
    WHERE c.state IN ('waived', 'paid') AND c.moved_on <= last_day
        AND (c.expenses_for IS DISTINCT FROM CASE WHEN c.expenses > 0 THEN '–' END OR c.state_reason IS NOT NULL)
    ORDER BY c.moved_on, c.id
    LIMIT most
$$;

CREATE FUNCTION retention_purge_claims(keys text[], last_day date) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    UPDATE claim c SET expenses_for = CASE WHEN c.expenses > 0 THEN '–' END, state_reason = NULL WHERE c.id = ANY (keys::uuid[]);
    UPDATE step s SET reason = '–' WHERE s.subject = ANY (keys::uuid[]) AND s.reason IS NOT NULL;
    RETURN cardinality(keys);
END
$$;

INSERT INTO retention (class, place, days, least, most, what, kept, ground)
SELECT 'claims', (SELECT max(x.place) + 1 FROM retention x), 2557, 2192, 4383,
    jsonb_build_object(
        'fi', 'Palkkioiden kulujen selitykset ja palautusten perustelut: siitä päivästä, jona palkkio maksettiin tai siitä luovuttiin.',
        'sv', 'Förklaringar till utgifter i arvoden och motiveringar till returer: från dagen då arvodet betalades eller expertens avstod.',
        'en', 'What expenses were for, and why claims were returned: from the day on which the claim was paid or waived.'),
    jsonb_build_object(
        'fi', 'Summat ja päivät kirjanpitoa ja lukuja varten.',
        'sv', 'Belopp och dagar för bokföringen och statistiken.',
        'en', 'Amounts and days, for the accounts and the figures.'),
    r.ground
FROM retention r WHERE r.class = 'inputs';

-- ---- rights ----
CREATE TRIGGER claim_audit_insert AFTER INSERT ON claim REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION audit_rows('claim', 'opened', 'id');
CREATE TRIGGER claim_audit_update AFTER UPDATE ON claim REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit_rows('claim', 'changed', 'id');
CREATE TRIGGER claim_export_audit_insert AFTER INSERT ON claim_export REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION audit_rows('claim_export', 'made', 'id');

REVOKE ALL ON FUNCTION retention_due_claims(date, integer), retention_purge_claims(text[], date) FROM PUBLIC;
GRANT SELECT ON claim, claim_export TO osallisuus_api, osallisuus_worker, osallisuus_reader;
GRANT UPDATE (fee_class_id, only_expenses, hours, km, meals, expenses, expenses_for, claimed_by) ON claim TO osallisuus_api;
GRANT INSERT (id, unit_id, claim_count, total, caller_id, request_hash) ON claim_export TO osallisuus_api;

-- ---- on the page of a personal link ----
CREATE FUNCTION page_decimal(amount numeric, tag text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN tag = 'en' THEN trim_scale(amount)::text ELSE replace(trim_scale(amount)::text, '.', ',') END
$$;

CREATE FUNCTION page_euros(amount numeric, tag text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT page_number(trunc(amount)::bigint, tag) || CASE WHEN tag = 'en' THEN '.' ELSE ',' END || to_char(100 * (amount - trunc(amount)), 'FM00') || U&'\00a0€'
$$;

-- The forms of a claim that is to be sent: as the expert sent it before, or with the hours that were booked.
CREATE FUNCTION personal_claim_acts(c claim, b booking, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT page_list(
        CASE WHEN c.state IN ('open', 'returned') THEN jsonb_build_object('operation', 'own_claim_transition',
            'values', jsonb_build_object('id', c.id, 'to', 'submitted'), 'button', personal_text('claim_send'), 'fields', page_list(
                jsonb_build_object('name', 'hours', 'type', 'number', 'required', true, 'label', personal_text('claim_hours'), 'help', personal_text('claim_hours_help'),
                    'value', page_decimal(coalesce(c.hours, CASE WHEN c.because = 'done' OR c.is_fee_due THEN round(extract(epoch FROM b.ends_at - b.starts_at) / 3600, 2) ELSE 0 END), tag)),
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

CREATE FUNCTION personal_claims(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('claims_title'), 'items', jsonb_agg(jsonb_build_object('title', page_words(t.name, tag),
        'texts', page_list(personal_text(concat('claim_is_', (x.c).state)), to_jsonb((x.c).state_reason),
            CASE WHEN NOT (x.c).is_fee_due THEN personal_text('claim_no_fee') WHEN (x.c).because = 'client_absent' THEN personal_text('claim_client_absent')
                 WHEN (x.c).because = 'cancelled_late' THEN personal_text('claim_cancelled_late') END),
        'facts', page_facts(jsonb_build_array('claim_when', page_time((x.b).starts_at)),
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

INSERT INTO personal_part (part, resource, place) VALUES ('claims', 'expert', 230);
REVOKE ALL ON FUNCTION personal_claims(uuid, text), personal_claim_acts(claim, booking, text) FROM PUBLIC;
