-- Co-development: what a group of clients and professionals develops together, from the mandate to what is adopted; trials and tasks.

INSERT INTO role_scope (resource, who, scope) VALUES ('co_development', 'coordinator', 'panels:write');
INSERT INTO moving_resource (resource, unit_sql) VALUES ('co_development', '(SELECT p.unit_id FROM panel p WHERE p.id = x.panel_id)');

CREATE TABLE co_development (
    id uuid PRIMARY KEY,
    panel_id uuid NOT NULL CONSTRAINT co_development_panel_exists REFERENCES panel,
    title jsonb NOT NULL,
    goal jsonb NOT NULL DEFAULT '{}',
    service_id uuid CONSTRAINT co_development_service_exists REFERENCES service, -- the mandate: which service is developed,
    mandated_by text, -- in which office somebody named the group,
    convener text,    -- and who calls it together
    state text NOT NULL DEFAULT 'mapping',
    made_on date NOT NULL DEFAULT app_today(),
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT co_development_title_is_by_language CHECK (is_language_map(title) AND title <> '{}'),
    CONSTRAINT co_development_goal_is_by_language CHECK (is_language_map(goal)),
    CONSTRAINT co_development_state CHECK (state IN ('mapping', 'ideating', 'designing', 'trialling', 'evaluating', 'adopted', 'stopped')),
    CONSTRAINT co_development_has_mandate CHECK (state IN ('mapping', 'stopped') OR num_nonnulls(service_id, mandated_by, convener) = 3)
);
CREATE INDEX co_development_of_panel ON co_development (panel_id, id);
CREATE TRIGGER co_development_version BEFORE UPDATE ON co_development FOR EACH ROW EXECUTE FUNCTION next_version();

CREATE TABLE trial (
    id uuid PRIMARY KEY,
    co_development_id uuid NOT NULL CONSTRAINT trial_co_development_exists REFERENCES co_development,
    what text NOT NULL,
    starts_on date NOT NULL,
    ends_on date,
    result text,
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT trial_ends_after_it_starts CHECK (ends_on >= starts_on)
);
CREATE INDEX trial_of_co_development ON trial (co_development_id, id);
CREATE TRIGGER trial_version BEFORE UPDATE ON trial FOR EACH ROW EXECUTE FUNCTION next_version();

-- What is to be done before a session, or between sessions: by a role, never by a person.
CREATE TABLE task (
    id uuid PRIMARY KEY,
    co_development_id uuid NOT NULL CONSTRAINT task_co_development_exists REFERENCES co_development,
    session_id uuid CONSTRAINT task_session_exists REFERENCES session, -- that it is done before; NULL: between sessions
    what text NOT NULL,
    role text NOT NULL,
    due_on date NOT NULL,
    done_on date,
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT task_role CHECK (role IN ('client', 'relative', 'professional', 'chair', 'facilitator', 'representative', 'nominee'))
);
CREATE INDEX task_of_co_development ON task (co_development_id, due_on, id);
CREATE TRIGGER task_version BEFORE UPDATE ON task FOR EACH ROW EXECUTE FUNCTION next_version();

-- A trial that has begun; what came of it is what is evaluated.
CREATE FUNCTION co_development_has_trial(co_development uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM trial t WHERE t.co_development_id = co_development AND t.starts_on <= app_today())
$$;

CREATE FUNCTION co_development_breach(c co_development, wanted text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN wanted NOT IN ('mapping', 'stopped') AND num_nonnulls(c.service_id, c.mandated_by, c.convener) < 3 THEN 'co_development_has_mandate'
                WHEN wanted = 'evaluating' AND NOT co_development_has_trial(c.id) THEN 'co_development_has_trial' END
$$;

CREATE FUNCTION co_development_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.state = 'evaluating' AND NOT co_development_has_trial(NEW.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'co_development_has_trial', MESSAGE = 'co_development_has_trial';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER co_development_has_trial AFTER UPDATE ON co_development FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION co_development_guard();

CREATE FUNCTION co_development_is_of_its_kind() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM panel p WHERE p.id = NEW.panel_id AND p.kind = 'co_development') THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'co_development_is_of_its_kind', MESSAGE = 'co_development_is_of_its_kind';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER co_development_is_of_its_kind AFTER INSERT ON co_development FOR EACH ROW EXECUTE FUNCTION co_development_is_of_its_kind();

-- Clients and professionals differ by no more than a third of those who are more.
CREATE FUNCTION is_balanced(clients bigint, professionals bigint) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT abs(clients - professionals) * 3 <= greatest(clients, professionals)
$$;

-- ---- meetings, beside the other rules of a panel ----
-- Sessions of the year of its term in which we are, those that are still to come included.
CREATE FUNCTION panel_meetings(p panel) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(*)
    FROM (SELECT coalesce(p.starts_on, p.made_on) AS day) f
    CROSS JOIN LATERAL (SELECT (f.day + make_interval(years => greatest(extract(year FROM age(app_today(), f.day))::integer, 0)))::date AS first_day) y
    JOIN session_panel x ON x.panel_id = p.id
    JOIN session s ON s.id = x.session_id
    WHERE s.state NOT IN ('draft', 'cancelled') AND s.starts_at >= day_start(y.first_day) AND s.starts_at < day_start((y.first_day + interval '1 year')::date)
$$;

CREATE OR REPLACE FUNCTION panel_rule_report(p panel) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_agg(jsonb_build_object('rule', r.name, 'value', r.value, 'is_own', p.rules ? r.name, 'found', r.found, 'holds',
        CASE r.name WHEN 'size' THEN r.value = 0 OR r.found <= r.value
                    WHEN 'term_months' THEN r.value = 0 OR coalesce(panel_term_is_within_rule(p.kind, p.rules, p.starts_on, p.ends_on) AND r.found > 0, false)
                    WHEN 'meetings_a_year' THEN r.found >= r.value
                    WHEN 'per_municipality' THEN panel_unheard(p) = '{}'
                    ELSE r.value = 0 OR r.found = 0 END,
        'missing', CASE r.name WHEN 'per_municipality' THEN to_jsonb(panel_unheard(p)) ELSE '[]' END) ORDER BY r.place)
    FROM (
        SELECT x.name, x.place, panel_number(p.kind, p.rules, x.name) AS value, x.found
        FROM (SELECT count(*) AS places, count(*) FILTER (WHERE m.is_staff) AS staff, count(*) FILTER (WHERE m.in_statutory_body) AS statutory,
                  count(DISTINCT m.municipality) AS municipalities
              FROM member m WHERE m.panel_id = p.id AND member_has_place(m)) m
        CROSS JOIN LATERAL (VALUES ('size', 1, m.places), ('term_months', 2, months_of_term(p.starts_on, p.ends_on)), ('meetings_a_year', 3, panel_meetings(p)),
            ('no_staff', 4, m.staff), ('no_statutory_members', 5, m.statutory), ('per_municipality', 6, m.municipalities)) x (name, place, found)
    ) r
$$;

-- ---- the audit, and rights ----
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['co_development', 'trial', 'task'] LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit_rows(%L, ''created'', ''id'')',
            t || '_audit_insert', t, t);
        EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
            EXECUTE FUNCTION audit_rows(%L, ''changed'', ''id'')', t || '_audit_update', t, t);
    END LOOP;
END
$$;

GRANT SELECT ON co_development, trial, task TO osallisuus_api, osallisuus_worker, osallisuus_reader;
GRANT INSERT (id, panel_id, title, goal, service_id, mandated_by, convener, request_hash), UPDATE (title, goal, service_id, mandated_by, convener)
    ON co_development TO osallisuus_api;
GRANT INSERT (id, co_development_id, what, starts_on, ends_on, result, request_hash), UPDATE (what, starts_on, ends_on, result) ON trial TO osallisuus_api;
GRANT INSERT (id, co_development_id, session_id, what, role, due_on, done_on, request_hash), UPDATE (session_id, what, role, due_on, done_on) ON task TO osallisuus_api;
