-- Panels of all kinds: for what, for how long, under which rules; and their members, of whom nothing here says who they are.

INSERT INTO role_scope (resource, who, scope) VALUES
    ('panel', 'coordinator', 'panels:write'),
    ('member', 'coordinator', 'panels:write');
INSERT INTO moving_resource (resource, unit_sql) VALUES
    ('panel', 'x.unit_id'),
    ('member', '(SELECT p.unit_id FROM panel p WHERE p.id = x.panel_id)');

-- The municipalities of the county, with the codes of the national register. The unit: whose area they are of, say the county's.
CREATE TABLE municipality (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL CONSTRAINT municipality_unit_exists REFERENCES unit,
    code text NOT NULL,
    name jsonb NOT NULL,
    closed_on date,
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT municipality_code_is_unique UNIQUE (code),
    CONSTRAINT municipality_code CHECK (code ~ '^[0-9]{3}$'),
    CONSTRAINT municipality_name_is_by_language CHECK (is_language_map(name) AND name <> '{}')
);
CREATE TRIGGER municipality_version BEFORE UPDATE ON municipality FOR EACH ROW EXECUTE FUNCTION next_version();

-- What holds for panels of a kind when they have no number of their own. 0: no limit, nothing demanded.
CREATE TABLE panel_rule (
    kind text NOT NULL,
    name text NOT NULL,
    value integer NOT NULL,
    CONSTRAINT panel_rule_pkey PRIMARY KEY (kind, name),
    CONSTRAINT panel_rule_name CHECK (name IN ('size', 'term_months', 'meetings_a_year', 'no_staff', 'no_statutory_members', 'per_municipality')),
    CONSTRAINT panel_rule_value CHECK (value BETWEEN 0 AND 10000)
);

INSERT INTO panel_rule (kind, name, value)
SELECT k.kind, r.name, r.value
FROM (VALUES
    ('client_panel', 20, 24, 4, 1, 1, 0),
    ('online_panel', 2000, 24, 0, 1, 0, 0),
    ('youth_council', 40, 24, 4, 1, 0, 1),
    ('elderly_council', 40, 48, 4, 1, 0, 1),
    ('disability_council', 40, 48, 4, 1, 0, 1),
    ('residents_meeting', 0, 0, 0, 0, 0, 0),
    ('steering_group', 20, 24, 4, 0, 0, 0),
    ('co_development', 20, 24, 4, 0, 0, 0)) k (kind, size, term, meetings, staff, statutory, municipality)
CROSS JOIN LATERAL (VALUES ('size', k.size), ('term_months', k.term), ('meetings_a_year', k.meetings), ('no_staff', k.staff),
    ('no_statutory_members', k.statutory), ('per_municipality', k.municipality)) r (name, value);

-- {"size": 12}: numbers of a panel's own.
CREATE FUNCTION are_panel_rules(rules jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_typeof(rules) = 'object' AND NOT EXISTS (
        SELECT FROM jsonb_each(rules) r
        WHERE r.key NOT IN ('size', 'term_months', 'meetings_a_year', 'no_staff', 'no_statutory_members', 'per_municipality')
            OR CASE jsonb_typeof(r.value) WHEN 'number' THEN (r.value #>> '{}')::numeric NOT BETWEEN 0 AND 10000 ELSE true END)
$$;

CREATE TABLE panel (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL CONSTRAINT panel_unit_exists REFERENCES unit,
    service_id uuid CONSTRAINT panel_service_exists REFERENCES service,
    kind text NOT NULL,
    name jsonb NOT NULL,
    purpose jsonb NOT NULL DEFAULT '{}',
    level text NOT NULL GENERATED ALWAYS AS (CASE kind WHEN 'co_development' THEN 'development' ELSE 'dialogue' END) STORED,
    is_statutory boolean NOT NULL GENERATED ALWAYS AS (kind IN ('youth_council', 'elderly_council', 'disability_council')) STORED,
    state text NOT NULL DEFAULT 'draft',
    starts_on date,
    ends_on date, -- the last day
    rules jsonb NOT NULL DEFAULT '{}',
    is_public boolean NOT NULL DEFAULT false,
    evaluation jsonb NOT NULL DEFAULT '{}',
    made_on date NOT NULL DEFAULT app_today(),
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT panel_kind CHECK (kind IN ('client_panel', 'online_panel', 'youth_council', 'elderly_council', 'disability_council',
        'residents_meeting', 'steering_group', 'co_development')),
    CONSTRAINT panel_state CHECK (state IN ('draft', 'recruiting', 'active', 'paused', 'ended', 'evaluated')),
    CONSTRAINT panel_name_is_by_language CHECK (is_language_map(name) AND name <> '{}'),
    CONSTRAINT panel_purpose_is_by_language CHECK (is_language_map(purpose)),
    CONSTRAINT panel_ends_after_it_starts CHECK (ends_on >= starts_on),
    CONSTRAINT panel_rules_are_known CHECK (are_panel_rules(rules)),
    CONSTRAINT panel_evaluation_is_by_language CHECK (is_language_map(evaluation)),
    CONSTRAINT panel_has_evaluation CHECK (state <> 'evaluated' OR evaluation <> '{}')
);
CREATE INDEX panel_by_day ON panel (made_on DESC, id DESC);
CREATE INDEX panel_to_end ON panel (ends_on, id) WHERE state IN ('active', 'paused');
CREATE TRIGGER panel_version BEFORE UPDATE ON panel FOR EACH ROW EXECUTE FUNCTION next_version();

-- Somebody's place in a panel. Who they are stands elsewhere; the attributes are those that quotas and rules ask for.
CREATE TABLE member (
    id uuid PRIMARY KEY,
    panel_id uuid NOT NULL CONSTRAINT member_panel_exists REFERENCES panel,
    role text NOT NULL,
    state text NOT NULL DEFAULT 'applied',
    municipality text CONSTRAINT member_municipality_exists REFERENCES municipality (code),
    age_band text,
    gender text,
    lang text,
    is_staff boolean NOT NULL DEFAULT false,
    in_statutory_body boolean NOT NULL DEFAULT false,
    applied_on date NOT NULL DEFAULT app_today(),
    from_on date,
    until_on date, -- the last day
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT member_role CHECK (role IN ('client', 'relative', 'professional', 'chair', 'facilitator', 'representative', 'nominee')),
    CONSTRAINT member_state CHECK (state IN ('applied', 'eligible', 'ineligible', 'nominated', 'selected', 'reserve', 'not_selected', 'active',
        'declined', 'withdrawn', 'ceased')),
    CONSTRAINT member_age_band CHECK (age_band IN ('under_13', '13_17', '18_29', '30_64', '65_74', '75_plus')),
    CONSTRAINT member_gender CHECK (gender IN ('woman', 'man', 'other')),
    CONSTRAINT member_ends_after_it_starts CHECK (until_on >= from_on)
);
CREATE INDEX member_of_panel ON member (panel_id, id);
CREATE TRIGGER member_version BEFORE UPDATE ON member FOR EACH ROW EXECUTE FUNCTION next_version();

-- Whoever has a place, or is asked to take one. Facilitators run the meetings and have no place.
CREATE FUNCTION member_has_place(m member) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT m.state IN ('selected', 'active') AND m.role <> 'facilitator'
$$;

CREATE FUNCTION panel_number(of_kind text, rules jsonb, rule_name text) RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce((rules ->> rule_name)::integer, (SELECT r.value FROM panel_rule r WHERE r.kind = of_kind AND r.name = rule_name))
$$;

-- How many more have room.
CREATE FUNCTION panel_room(of_panel uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(panel_number(p.kind, p.rules, 'size'), 0), 1000000) - (SELECT count(*) FROM member m WHERE m.panel_id = p.id AND member_has_place(m))
    FROM panel p WHERE p.id = of_panel
$$;

-- Whether these dates fit the rule of the kind.
CREATE FUNCTION panel_term_is_within_rule(of_kind text, rules jsonb, starts_on date, ends_on date) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(ends_on < starts_on + make_interval(months => nullif(panel_number(of_kind, rules, 'term_months'), 0)), true)
$$;

-- Municipalities that lack a member, for a panel that must have some of each.
CREATE FUNCTION panel_unheard(p panel) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(c.code ORDER BY c.code), '{}')
    FROM municipality c
    WHERE is_open(c.closed_on) AND (SELECT count(*) FROM member m WHERE m.panel_id = p.id AND m.municipality = c.code AND member_has_place(m))
        < panel_number(p.kind, p.rules, 'per_municipality')
$$;

-- What speaks against a move of a panel. Rules that a panel must keep all the time have guards of their own.
CREATE FUNCTION panel_breach(p panel, wanted text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN wanted IN ('recruiting', 'active') AND panel_number(p.kind, p.rules, 'term_months') > 0
            AND (p.starts_on IS NULL OR p.ends_on IS NULL OR p.ends_on < app_today()) THEN 'panel_has_term'
        WHEN wanted = 'active' AND p.state <> 'paused' AND panel_unheard(p) <> '{}' THEN 'panel_hears_every_municipality'
        WHEN wanted = 'evaluated' AND p.evaluation = '{}' THEN 'panel_has_evaluation' END
$$;

-- Months that have begun between two days, the last one included; NULL: no term.
CREATE FUNCTION months_of_term(starts_on date, ends_on date) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (extract(year FROM a) * 12 + extract(month FROM a))::bigint + (extract(day FROM a) > 0)::int
    FROM age(ends_on + 1, starts_on) a
$$;

-- Each rule of a panel: its number, whether it is the panel's own, what there is, whether it holds.
CREATE FUNCTION panel_rule_report(p panel) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_agg(jsonb_build_object('rule', r.name, 'value', r.value, 'is_own', p.rules ? r.name, 'found', r.found, 'holds',
        CASE r.name WHEN 'size' THEN r.value = 0 OR r.found <= r.value
                    WHEN 'term_months' THEN r.value = 0 OR coalesce(panel_term_is_within_rule(p.kind, p.rules, p.starts_on, p.ends_on) AND r.found > 0, false)
                    WHEN 'per_municipality' THEN panel_unheard(p) = '{}'
                    ELSE r.value = 0 OR r.found = 0 END,
        'missing', CASE r.name WHEN 'per_municipality' THEN to_jsonb(panel_unheard(p)) ELSE '[]' END) ORDER BY r.place)
    FROM (
        SELECT x.name, x.place, panel_number(p.kind, p.rules, x.name) AS value, x.found
        FROM (SELECT count(*) AS places, count(*) FILTER (WHERE m.is_staff) AS staff, count(*) FILTER (WHERE m.in_statutory_body) AS statutory,
                  count(DISTINCT m.municipality) AS municipalities
              FROM member m WHERE m.panel_id = p.id AND member_has_place(m)) m
        CROSS JOIN LATERAL (VALUES ('size', 1, m.places), ('term_months', 2, months_of_term(p.starts_on, p.ends_on)), ('no_staff', 4, m.staff),
            ('no_statutory_members', 5, m.statutory), ('per_municipality', 6, m.municipalities)) x (name, place, found)
    ) r
$$;

-- What would be wrong with somebody's having a place in a panel of these rules.
CREATE FUNCTION place_breach(of_kind text, rules jsonb, m member) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN m.role = 'facilitator' THEN NULL
                WHEN m.is_staff AND panel_number(of_kind, rules, 'no_staff') > 0 THEN 'member_is_not_staff'
                WHEN m.in_statutory_body AND panel_number(of_kind, rules, 'no_statutory_members') > 0 THEN 'member_is_not_in_statutory_body' END
$$;

-- ---- guards: the last word, also where a statement forgets to look ----
CREATE FUNCTION panel_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT panel_term_is_within_rule(NEW.kind, NEW.rules, NEW.starts_on, NEW.ends_on) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'panel_term_is_within_rule', MESSAGE = 'panel_term_is_within_rule';
    ELSIF panel_room(NEW.id) < 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'panel_has_room', MESSAGE = 'panel_has_room';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER panel_keeps_its_rules AFTER INSERT OR UPDATE OF starts_on, ends_on, rules ON panel FOR EACH ROW EXECUTE FUNCTION panel_guard();

-- Whoever gets a place. The panel is locked first, so that the count sees who came at the same time.
CREATE FUNCTION member_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    seated uuid[];
    breach text;
    is_full boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(n.id) INTO seated FROM new_member n WHERE n.state IN ('selected', 'active');
    ELSE
        SELECT array_agg(n.id) INTO seated FROM new_member n JOIN old_member o USING (id)
        WHERE n.state IN ('selected', 'active') AND (o.state NOT IN ('selected', 'active') OR o.role <> n.role);
    END IF;
    IF seated IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM FROM panel p WHERE p.id IN (SELECT m.panel_id FROM member m WHERE m.id = ANY (seated)) ORDER BY p.id FOR NO KEY UPDATE;
    SELECT min(place_breach(p.kind, p.rules, m)), bool_or(panel_room(p.id) < 0) INTO breach, is_full
    FROM member m JOIN panel p ON p.id = m.panel_id WHERE m.id = ANY (seated) AND m.role <> 'facilitator';
    IF breach = 'member_is_not_staff' THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'member_is_not_staff', MESSAGE = 'member_is_not_staff';
    ELSIF breach = 'member_is_not_in_statutory_body' THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'member_is_not_in_statutory_body', MESSAGE = 'member_is_not_in_statutory_body';
    ELSIF is_full THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'panel_has_room', MESSAGE = 'panel_has_room';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER member_keeps_the_rules AFTER INSERT ON member REFERENCING NEW TABLE AS new_member FOR EACH STATEMENT EXECUTE FUNCTION member_guard();
CREATE TRIGGER member_keeps_the_rules_after AFTER UPDATE ON member REFERENCING OLD TABLE AS old_member NEW TABLE AS new_member
    FOR EACH STATEMENT EXECUTE FUNCTION member_guard();

-- ---- the audit, and rights ----
CREATE TRIGGER municipality_audit_insert AFTER INSERT ON municipality REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('municipality', 'created', 'id', 'code');
CREATE TRIGGER municipality_audit_update AFTER UPDATE ON municipality REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('municipality', 'changed', 'id', 'code');
CREATE TRIGGER panel_rule_audit_update AFTER UPDATE ON panel_rule REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('panel_rule', 'set', '', 'kind name value');
CREATE TRIGGER panel_audit_insert AFTER INSERT ON panel REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('panel', 'created', 'id');
CREATE TRIGGER panel_audit_update AFTER UPDATE ON panel REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit_rows('panel', 'changed', 'id');

GRANT SELECT ON municipality, panel_rule, panel, member TO osallisuus_api, osallisuus_worker, osallisuus_mailer, osallisuus_reader;
GRANT INSERT (id, unit_id, code, name, closed_on, request_hash), UPDATE (name, closed_on) ON municipality TO osallisuus_api;
GRANT INSERT (id, unit_id, service_id, kind, name, purpose, starts_on, ends_on, rules, is_public, request_hash),
    UPDATE (service_id, name, purpose, starts_on, ends_on, rules, is_public, evaluation) ON panel TO osallisuus_api;
