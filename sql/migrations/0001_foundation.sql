-- Roles, time, rules and the state machine that all resources share.

-- Roles are shared by all databases of a cluster: another migration may be making them right now.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['osallisuus_api', 'osallisuus_worker', 'osallisuus_mailer', 'osallisuus_reader'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', role_name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
    -- For a worker process of all kinds: what the worker may and what the mailer may.
    BEGIN
        CREATE ROLE osallisuus_all LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END;
    IF NOT pg_has_role('osallisuus_all', 'osallisuus_worker', 'MEMBER')
        OR NOT pg_has_role('osallisuus_all', 'osallisuus_mailer', 'MEMBER') THEN
        BEGIN
            GRANT osallisuus_worker, osallisuus_mailer TO osallisuus_all;
        EXCEPTION WHEN internal_error OR unique_violation THEN
            NULL; -- another migration grants the same at this moment
        END;
    END IF;
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT SELECT ON schema_migration TO osallisuus_api, osallisuus_worker, osallisuus_mailer, osallisuus_reader;

-- The only clock of the rules. Only tests set the offset.
CREATE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT now() + coalesce(nullif(current_setting('osallisuus.now_offset', true), '')::interval, interval '0')
$$;

CREATE FUNCTION app_today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (app_now() AT TIME ZONE 'Europe/Helsinki')::date
$$;

-- The moment at which a day begins in Finland: what givers do is dated to the day, never to the moment.
CREATE FUNCTION day_start(day date) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT day::timestamp AT TIME ZONE 'Europe/Helsinki'
$$;

-- Numbers that a county may change. Each says what it means.
CREATE TABLE rule (
    name text PRIMARY KEY,
    value integer NOT NULL,
    least integer NOT NULL,
    most integer NOT NULL,
    help text NOT NULL,
    CONSTRAINT rule_in_range CHECK (value BETWEEN least AND most)
);

INSERT INTO rule (name, value, least, most, help) VALUES
    ('answer_days', 14, 1, 365, 'Days in which a voice that wants an answer gets one.'),
    ('reminder_percent', 70, 1, 99, 'Share of the time after which the owner is reminded.'),
    ('escalation_percent', 150, 101, 1000, 'Share of the time after which management is told.'),
    ('follow_up_days', 28, 1, 365, 'Days from made to the question whether it is better now.'),
    ('decide_days', 21, 1, 365, 'Days from the question to the decision.'),
    ('follow_up_least', 5, 1, 1000, 'Answers, don''t know left out, that a decision needs.'),
    ('contact_cap', 2, 1, 31, 'News, follow-ups, surveys and digests per person and month.'),
    ('link_days', 60, 1, 365, 'Days for which a personal link in a mail can be used.');

CREATE FUNCTION rule_value(rule_name text) RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT value FROM rule WHERE name = rule_name
$$;

GRANT SELECT ON rule TO osallisuus_api, osallisuus_worker, osallisuus_mailer, osallisuus_reader;

-- Who may move what from where to where: loaded from sql/states/*.csv by osallisuus-admin migrate.
CREATE TABLE transition (
    resource text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    who text NOT NULL,
    reason boolean NOT NULL,
    CONSTRAINT transition_pkey PRIMARY KEY (resource, from_state, to_state, who)
);

-- Which scope of an API key acts in which of these roles. Givers, members and experts act by their links, system is a worker.
CREATE TABLE role_scope (
    resource text NOT NULL,
    who text NOT NULL,
    scope text NOT NULL,
    CONSTRAINT role_scope_pkey PRIMARY KEY (resource, who, scope)
);

INSERT INTO role_scope (resource, who, scope) VALUES
    ('feedback', 'handler', 'feedback:handle'),
    ('feedback', 'coordinator', 'feedback:coordinate'),
    ('change', 'owner', 'changes:write'),
    ('change', 'coordinator', 'changes:publish');

GRANT SELECT ON transition, role_scope TO osallisuus_api, osallisuus_worker, osallisuus_reader;

-- One row for each state change that was ever made. The change itself follows from it, by the resource's trigger:
-- no role but the owner may write a state column.
CREATE TABLE step (
    id uuid PRIMARY KEY,
    resource text NOT NULL,
    subject uuid NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    who text NOT NULL,
    caller_id uuid,
    reason text,
    data jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL,
    made_on date NOT NULL DEFAULT app_today(),
    request_hash bytea,
    CONSTRAINT step_is_legal FOREIGN KEY (resource, from_state, to_state, who) REFERENCES transition
        DEFERRABLE INITIALLY IMMEDIATE,
    CONSTRAINT step_once_per_version UNIQUE (subject, version),
    CONSTRAINT step_reason_is_not_empty CHECK (reason <> '')
);

GRANT SELECT, INSERT ON step TO osallisuus_api, osallisuus_worker;
GRANT SELECT ON step TO osallisuus_reader;

-- A reason where the transition demands one: a statement-level trigger, for a CHECK cannot look at another table.
CREATE FUNCTION step_has_reason() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM new_step n JOIN transition t USING (resource, from_state, to_state, who) WHERE t.reason AND n.reason IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'step_has_reason', MESSAGE = 'step_has_reason';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER step_has_reason AFTER INSERT ON step REFERENCING NEW TABLE AS new_step
    FOR EACH STATEMENT EXECUTE FUNCTION step_has_reason();

-- The legal next states for one of these roles, for the problem document of an illegal move.
CREATE FUNCTION legal_states(resource_name text, state text, roles text[]) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(DISTINCT t.to_state ORDER BY t.to_state), '[]')
    FROM transition t
    WHERE t.resource = resource_name AND t.from_state = state AND t.who = ANY (roles)
$$;

-- The roles that a caller has towards a resource, from its scopes.
CREATE FUNCTION caller_roles(resource_name text, scopes text) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(r.who ORDER BY r.who), '{}')
    FROM role_scope r
    WHERE r.resource = resource_name AND r.scope = ANY (scopes::text[])
$$;

-- Every UPDATE makes the next version: strong ETags come from it.
CREATE FUNCTION next_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;
