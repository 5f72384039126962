-- Decisions that are prepared, heard or not, and the consultations (hearings before a decision, act 611/2021, section 29): who was asked by which
-- method, until when, and what it changed. A budget consultation has options with costs, and each who takes part divides its sum.

INSERT INTO role_scope (resource, who, scope) VALUES ('consultation', 'coordinator', 'panels:write');
INSERT INTO rule (name, value, least, most, help) VALUES
    ('budget_answers_most', 10000, 1, 1000000, 'Answers that a budget consultation that is open to all takes.');

CREATE TABLE decision (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL CONSTRAINT decision_unit_exists REFERENCES unit,
    item jsonb NOT NULL,                 -- what is decided, by language
    decided_by text NOT NULL,            -- the body or office
    decides_on date NOT NULL,
    outcome jsonb NOT NULL DEFAULT '{}', -- what was decided
    unheard_reason text,                 -- why nobody was heard
    made_on date NOT NULL DEFAULT app_today(),
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT decision_item_is_by_language CHECK (is_language_map(item) AND item <> '{}'),
    CONSTRAINT decision_outcome_is_by_language CHECK (is_language_map(outcome))
);
CREATE INDEX decision_by_day ON decision (decides_on DESC, id DESC);
CREATE TRIGGER decision_version BEFORE UPDATE ON decision FOR EACH ROW EXECUTE FUNCTION next_version();

-- {"sum": 1000, "options": [{"key", "name": {…}, "cost"}]}: NULL when it is one, else the problem.
CREATE FUNCTION budget_problem(budget jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN budget IS NULL THEN NULL
                WHEN count(*) < 2 OR count(*) <> count(DISTINCT o ->> 'key') THEN 'budget_has_options'
                WHEN sum((o ->> 'cost')::bigint) < (budget ->> 'sum')::bigint THEN 'budget_can_be_spent' END
    FROM jsonb_array_elements(budget -> 'options') o
$$;

CREATE TABLE consultation (
    id uuid PRIMARY KEY,
    decision_id uuid NOT NULL CONSTRAINT consultation_decision_exists REFERENCES decision,
    kind text NOT NULL,
    title jsonb NOT NULL,
    description jsonb NOT NULL DEFAULT '{}',
    asked jsonb NOT NULL DEFAULT '[]',         -- [{"who": {…}, "method": "panel"}]
    heard_through jsonb NOT NULL DEFAULT '[]', -- [{"resource": "session", "id": "…"}]
    opens_on date NOT NULL,
    due_on date NOT NULL,                      -- the last day
    is_open boolean NOT NULL DEFAULT false,    -- anybody may take part
    budget jsonb,
    effect text,
    effect_reason jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'draft',
    made_on date NOT NULL DEFAULT app_today(),
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT consultation_kind CHECK (kind IN ('hearing', 'budget')),
    CONSTRAINT consultation_state CHECK (state IN ('draft', 'open', 'closed', 'considered', 'published', 'cancelled')),
    CONSTRAINT consultation_title_is_by_language CHECK (is_language_map(title) AND title <> '{}'),
    CONSTRAINT consultation_description_is_by_language CHECK (is_language_map(description)),
    CONSTRAINT consultation_days CHECK (opens_on <= due_on),
    CONSTRAINT consultation_has_a_budget CHECK ((kind = 'budget') = (budget IS NOT NULL)),
    CONSTRAINT consultation_budget_is_good CHECK (budget IS NULL OR budget_problem(budget) IS NULL),
    CONSTRAINT consultation_effect CHECK (effect IN ('taken', 'partly', 'not')),
    CONSTRAINT consultation_effect_has_reason CHECK (effect IS NULL OR effect = 'taken' OR effect_reason <> '{}'),
    CONSTRAINT consultation_effect_reason_is_by_language CHECK (is_language_map(effect_reason)),
    CONSTRAINT consultation_has_effect CHECK (state NOT IN ('considered', 'published') OR effect IS NOT NULL),
    CONSTRAINT consultation_asks_somebody CHECK (state IN ('draft', 'cancelled') OR asked <> '[]')
);
CREATE INDEX consultation_of_decision ON consultation (decision_id, id);
CREATE INDEX consultation_by_day ON consultation (due_on DESC, id DESC);
CREATE TRIGGER consultation_version BEFORE UPDATE ON consultation FOR EACH ROW EXECUTE FUNCTION next_version();

INSERT INTO moving_resource (resource, unit_sql) VALUES ('consultation', '(SELECT d.unit_id FROM decision d WHERE d.id = x.decision_id)');

-- Who is asked answers before it is decided.
CREATE FUNCTION consultation_is_before_decision() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM consultation c JOIN decision d ON d.id = c.decision_id
               WHERE NEW.id IN (c.id, d.id) AND c.state <> 'cancelled' AND c.due_on >= d.decides_on) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'consultation_is_before_decision', MESSAGE = 'consultation_is_before_decision';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER consultation_is_before_decision AFTER INSERT OR UPDATE OF due_on, decision_id ON consultation FOR EACH ROW
    EXECUTE FUNCTION consultation_is_before_decision();
CREATE TRIGGER consultation_is_before_decision AFTER UPDATE OF decides_on ON decision FOR EACH ROW EXECUTE FUNCTION consultation_is_before_decision();

-- The place in heard_through of what there is not, or not for this caller; NULL: all is there.
CREATE FUNCTION unseen_source(heard_through jsonb, caller_units text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT '/heard_through/' || (h.n - 1) || '/id'
    FROM jsonb_array_elements(heard_through) WITH ORDINALITY h (source, n)
    WHERE NOT EXISTS (SELECT FROM moving_resource r JOIN unit u ON u.id = resource_unit(r.resource, (h.source ->> 'id')::uuid)
                      WHERE r.resource = h.source ->> 'resource' AND unit_is_visible(u.path, caller_units))
    ORDER BY h.n LIMIT 1
$$;

-- ---- what the clock does ----
CREATE FUNCTION consultation_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'clock', greatest(w.at, app_now()), n.id, jsonb_build_object('phase', w.phase), w.phase || ':' || n.id || ':' || extract(epoch FROM w.at)
    FROM new_consultation n
    CROSS JOIN LATERAL (VALUES ('consultation_open', day_start(n.opens_on), n.state = 'draft'),
        ('consultation_close', day_start(n.due_on + 1), n.state = 'open')) w (phase, at, is_wanted)
    WHERE w.is_wanted
    ON CONFLICT (unique_key) DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER consultation_made AFTER INSERT ON consultation REFERENCING NEW TABLE AS new_consultation FOR EACH STATEMENT EXECUTE FUNCTION consultation_changed();
CREATE TRIGGER consultation_changed AFTER UPDATE ON consultation REFERENCING NEW TABLE AS new_consultation FOR EACH STATEMENT EXECUTE FUNCTION consultation_changed();

-- A draft that asks nobody yet stays one until somebody opens it.
CREATE FUNCTION clock_consultation(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE sql AS $$
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'consultation', c.id, c.state, CASE phase WHEN 'consultation_open' THEN 'open' ELSE 'closed' END, 'system', c.version + 1
    FROM consultation c
    WHERE c.id = ANY (subjects) AND (
        (phase = 'consultation_open' AND c.state = 'draft' AND c.asked <> '[]' AND c.opens_on <= app_today() AND c.due_on >= app_today())
        OR (phase = 'consultation_close' AND c.state = 'open' AND c.due_on < app_today()))
    ORDER BY c.id;
    SELECT NULL::clock_again WHERE false
$$;
INSERT INTO clock_phase (phase, does) VALUES ('consultation_open', 'clock_consultation'), ('consultation_close', 'clock_consultation');

-- ---- dividing a budget ----
-- One who may divide it once; a person with a link of their own. That they did is kept here, what they said is not related to it.
CREATE TABLE budget_ballot (
    id uuid PRIMARY KEY,
    consultation_id uuid NOT NULL CONSTRAINT budget_ballot_consultation_exists REFERENCES consultation,
    is_used boolean NOT NULL DEFAULT false,
    used_key uuid, -- names the request that used it, for its repetition; made of the caller's key, never of the answer
    made_on date NOT NULL DEFAULT app_today(),
    request_hash bytea
);
CREATE INDEX budget_ballot_of_consultation ON budget_ballot (consultation_id);
INSERT INTO moving_resource (resource, unit_sql) VALUES
    ('budget_ballot', '(SELECT d.unit_id FROM consultation c JOIN decision d ON d.id = c.decision_id WHERE c.id = x.consultation_id)');

CREATE TABLE budget_answer (
    id uuid PRIMARY KEY,
    consultation_id uuid NOT NULL CONSTRAINT budget_answer_consultation_exists REFERENCES consultation,
    shares jsonb NOT NULL, -- by the key of an option; what is not named gets nothing
    answered_on date NOT NULL DEFAULT app_today(),
    request_hash bytea -- of an answer without a link
);
CREATE INDEX budget_answer_of_consultation ON budget_answer (consultation_id);

-- What is wrong with a division: [{"pointer", "code"}]; NULL: nothing.
CREATE FUNCTION budget_share_problems(budget jsonb, shares jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    WITH share AS (
        SELECT s.key, s.value::bigint AS share, (o.option ->> 'cost')::bigint AS cost
        FROM jsonb_each_text(shares) s
        LEFT JOIN LATERAL (SELECT x AS option FROM jsonb_array_elements(budget -> 'options') x WHERE x ->> 'key' = s.key) o ON true
    ), wrong AS (
        SELECT '/shares/' || s.key AS pointer, CASE WHEN s.cost IS NULL THEN 'budget_option_is_known' ELSE 'budget_share_is_within_cost' END AS code
        FROM share s WHERE s.cost IS NULL OR s.share > s.cost OR s.share < 0
        UNION ALL
        SELECT '/shares', 'budget_sum_is_divided' WHERE coalesce((SELECT sum(s.share) FROM share s), 0) <> (budget ->> 'sum')::bigint
    )
    SELECT jsonb_agg(jsonb_build_object('pointer', w.pointer, 'code', w.code) ORDER BY w.pointer DESC) FROM wrong w
$$;

CREATE FUNCTION budget_sum_is_divided() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF budget_share_problems((SELECT c.budget FROM consultation c WHERE c.id = NEW.consultation_id), NEW.shares) IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'budget_sum_is_divided', MESSAGE = 'budget_sum_is_divided';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER budget_sum_is_divided BEFORE INSERT ON budget_answer FOR EACH ROW EXECUTE FUNCTION budget_sum_is_divided();

-- Whether somebody can take part now.
CREATE FUNCTION consultation_takes_answers(c consultation) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT c.state = 'open' AND c.due_on >= app_today()
$$;

-- The end of a consultation is the end of its ballots' people: nothing relates them to what was said, and their addresses go in time.
CREATE FUNCTION budget_ballot_ends() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE person p SET ended_on = app_today() FROM budget_ballot b WHERE b.consultation_id = NEW.id AND p.id = b.id AND p.ended_on IS NULL;
    UPDATE budget_ballot b SET used_key = NULL, request_hash = NULL WHERE b.consultation_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER budget_ballot_ends AFTER UPDATE OF state ON consultation FOR EACH ROW
    WHEN (NEW.state IN ('closed', 'cancelled') AND OLD.state <> NEW.state) EXECUTE FUNCTION budget_ballot_ends();

-- On the page of who has one: an amount for each option.
CREATE FUNCTION personal_budget_ballot(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', text_in(c.title, ARRAY[tag, 'fi']),
        'texts', CASE WHEN c.description = '{}' THEN '[]' ELSE jsonb_build_array(text_in(c.description, ARRAY[tag, 'fi'])) END
            || CASE WHEN b.is_used THEN jsonb_build_array(personal_text('ballot_used'))
                    WHEN NOT consultation_takes_answers(c) THEN jsonb_build_array(personal_text(CASE c.state WHEN 'draft' THEN 'ballot_early' ELSE 'ballot_over' END))
                    ELSE jsonb_build_array(personal_text('ballot_how', jsonb_build_object('sum', page_number((c.budget ->> 'sum')::bigint, tag))), personal_text('ballot_anonymous')) END,
        'facts', jsonb_build_array(jsonb_build_object('name', personal_text('ballot_due'), 'value', page_day(c.due_on))),
        'acts', CASE WHEN NOT b.is_used AND consultation_takes_answers(c) THEN jsonb_build_array(jsonb_build_object(
            'operation', 'personal_budget_answer', 'button', personal_text('ballot_send'), 'fields', (
                SELECT jsonb_agg(jsonb_build_object('name', 'shares.' || (o.option ->> 'key'), 'type', 'number', 'label', text_in(o.option -> 'name', ARRAY[tag, 'fi']),
                    'help', personal_text('ballot_most', jsonb_build_object('cost', page_number((o.option ->> 'cost')::bigint, tag)))) ORDER BY o.n)
                FROM jsonb_array_elements(c.budget -> 'options') WITH ORDINALITY o (option, n)))) ELSE '[]' END)
    FROM budget_ballot b JOIN consultation c ON c.id = b.consultation_id
    WHERE b.id = person_id
$$;
INSERT INTO personal_part (part, resource, place) VALUES ('budget_ballot', 'budget_ballot', 10);

-- ---- the ledger ----
-- Each decision, and how it was heard. One with no hearing is heard by nobody, and is there all the same.
CREATE FUNCTION decision_hearings(decision_id uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('consultation_id', c.id, 'kind', c.kind, 'title', c.title, 'asked', c.asked, 'heard_through', c.heard_through,
        'opens_on', c.opens_on, 'due_on', c.due_on, 'state', c.state, 'effect', c.effect, 'effect_reason', c.effect_reason) ORDER BY c.due_on, c.id), '[]')
    FROM consultation c
    WHERE c.decision_id = decision_hearings.decision_id AND c.state NOT IN ('draft', 'cancelled')
$$;

CREATE TRIGGER decision_audit_insert AFTER INSERT ON decision REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('decision', 'created', 'id');
CREATE TRIGGER decision_audit_update AFTER UPDATE ON decision REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit_rows('decision', 'changed', 'id');
CREATE TRIGGER consultation_audit_insert AFTER INSERT ON consultation REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION audit_rows('consultation', 'created', 'id');
CREATE TRIGGER consultation_audit_update AFTER UPDATE ON consultation REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit_rows('consultation', 'changed', 'id');
CREATE TRIGGER budget_ballot_audit_insert AFTER INSERT ON budget_ballot REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION audit_rows('consultation', 'ballot_made', 'consultation_id');

REVOKE ALL ON FUNCTION unseen_source(jsonb, text), personal_budget_ballot(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION unseen_source(jsonb, text) TO osallisuus_api;
GRANT SELECT ON decision, consultation TO osallisuus_api, osallisuus_worker, osallisuus_reader;
GRANT INSERT (id, unit_id, item, decided_by, decides_on, outcome, unheard_reason, request_hash),
    UPDATE (item, decided_by, decides_on, outcome, unheard_reason) ON decision TO osallisuus_api;
GRANT INSERT (id, decision_id, kind, title, description, asked, heard_through, opens_on, due_on, is_open, budget, request_hash),
    UPDATE (title, description, asked, heard_through, opens_on, due_on, is_open, budget, effect, effect_reason) ON consultation TO osallisuus_api;
GRANT SELECT, INSERT (id, consultation_id, request_hash), UPDATE (is_used, used_key) ON budget_ballot TO osallisuus_api;
GRANT SELECT (id, consultation_id, shares, request_hash), INSERT (id, consultation_id, shares, request_hash) ON budget_answer TO osallisuus_api;
