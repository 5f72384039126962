-- The tree of units, the services, and the API keys of the systems that call.

CREATE FUNCTION is_language_map(texts jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_typeof(texts) = 'object' AND NOT EXISTS (
        SELECT FROM jsonb_each(texts) t
        WHERE t.key NOT IN ('fi', 'sv', 'en', 'se', 'smn', 'sms', 'fi-x-selko') OR jsonb_typeof(t.value) <> 'string')
$$;

CREATE TABLE unit (
    id uuid PRIMARY KEY,
    parent_id uuid CONSTRAINT unit_parent_exists REFERENCES unit,
    path uuid[] NOT NULL, -- its ancestors from the root, and itself
    oid text,
    ptv_id uuid,
    name jsonb NOT NULL,
    mailboxes jsonb NOT NULL DEFAULT '{}', -- {"handler": "…", "coordinator": "…", "management": "…"}: function mailboxes, of no person
    closed_on date,
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT unit_oid_is_unique UNIQUE (oid),
    CONSTRAINT unit_oid_is_an_oid CHECK (oid ~ '^[0-2](\.(0|[1-9][0-9]*))+$'),
    CONSTRAINT unit_name_is_by_language CHECK (is_language_map(name) AND name <> '{}'),
    CONSTRAINT unit_mailboxes_are_by_role CHECK (jsonb_typeof(mailboxes) = 'object'
        AND mailboxes - ARRAY['handler', 'coordinator', 'management'] = '{}'),
    CONSTRAINT unit_is_not_under_itself CHECK (path[cardinality(path)] = id AND cardinality(path) <= 12
        AND NOT id = ANY (path[:cardinality(path) - 1]))
);

CREATE INDEX unit_path ON unit USING gin (path);
CREATE INDEX unit_parent ON unit (parent_id);
CREATE TRIGGER unit_version BEFORE UPDATE ON unit FOR EACH ROW EXECUTE FUNCTION next_version();

-- What was closed is read and counted, and takes nothing new.
CREATE FUNCTION is_open(closed_on date) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT closed_on IS NULL OR closed_on > app_today()
$$;

-- caller_units: an array literal of unit ids; NULL: all units. Stable like the cast from text, or it would not be inlined.
CREATE FUNCTION unit_is_visible(path uuid[], caller_units text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT caller_units IS NULL OR path && caller_units::uuid[]
$$;

-- Whether a caller sees all of these units; NULL stands for all that there are.
CREATE FUNCTION units_are_visible(unit_ids uuid[], caller_units text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT caller_units IS NULL OR unit_ids IS NOT NULL AND NOT EXISTS (
        SELECT FROM unnest(unit_ids) AS x (id)
        LEFT JOIN unit u ON u.id = x.id
        WHERE u.id IS NULL OR NOT unit_is_visible(u.path, caller_units))
$$;

CREATE FUNCTION unit_set_path() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.parent_id IS DISTINCT FROM OLD.parent_id THEN
        NEW.path := coalesce((SELECT p.path FROM unit p WHERE p.id = NEW.parent_id), '{}') || NEW.id;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER unit_path BEFORE INSERT OR UPDATE OF parent_id ON unit FOR EACH ROW EXECUTE FUNCTION unit_set_path();

-- A unit that moves takes everything below it along.
CREATE FUNCTION unit_move_children() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE unit c
    SET path = n.path || c.path[array_position(c.path, n.id) + 1:]
    FROM old_unit o
    JOIN new_unit n USING (id)
    WHERE n.path <> o.path AND c.path @> ARRAY[n.id] AND c.id <> n.id;
    RETURN NULL;
END
$$;

CREATE TRIGGER unit_move AFTER UPDATE ON unit REFERENCING OLD TABLE AS old_unit NEW TABLE AS new_unit
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION unit_move_children();

-- The mailbox of a role: the unit's own, else that of the nearest unit above it that has one.
CREATE FUNCTION unit_mailbox(unit_path uuid[], role_name text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT u.mailboxes ->> role_name
    FROM unit u
    WHERE u.id = ANY (unit_path) AND u.mailboxes ? role_name
    ORDER BY cardinality(u.path) DESC
    LIMIT 1
$$;

CREATE TABLE service (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL CONSTRAINT service_unit_exists REFERENCES unit,
    ptv_id uuid,
    name jsonb NOT NULL,
    closed_on date,
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT service_name_is_by_language CHECK (is_language_map(name) AND name <> '{}')
);

CREATE INDEX service_unit ON service (unit_id);
CREATE TRIGGER service_version BEFORE UPDATE ON service FOR EACH ROW EXECUTE FUNCTION next_version();

CREATE TABLE api_key (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    unit_ids uuid[], -- NULL: all units; else these and what is below them
    created_on date NOT NULL DEFAULT app_today(),
    expires_on date, -- the last day on which it is good
    revoked_on date,
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT api_key_name_length CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT api_key_has_scopes CHECK (cardinality(scopes) BETWEEN 1 AND 30),
    CONSTRAINT api_key_scopes_are_known CHECK (scopes <@ ARRAY['feedback:submit', 'feedback:read', 'feedback:handle',
        'feedback:coordinate', 'changes:write', 'changes:publish', 'panels:read', 'panels:write', 'experts:read',
        'experts:write', 'bookings:order', 'bookings:manage', 'reports:read', 'webhooks:manage', 'admin']),
    CONSTRAINT api_key_units_are_named CHECK (cardinality(unit_ids) > 0),
    CONSTRAINT api_key_secret_is_a_hash CHECK (length(secret_hash) = 32)
);

CREATE TRIGGER api_key_version BEFORE UPDATE ON api_key FOR EACH ROW EXECUTE FUNCTION next_version();

-- Moves with every change of the keys: the API looks at it every second.
CREATE TABLE api_key_generation (
    generation bigint NOT NULL
);
INSERT INTO api_key_generation VALUES (1);

CREATE FUNCTION api_key_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE api_key_generation SET generation = generation + 1;
    RETURN NULL;
END
$$;

CREATE TRIGGER api_key_changed AFTER INSERT OR UPDATE OR DELETE ON api_key
    FOR EACH STATEMENT EXECUTE FUNCTION api_key_changed();

GRANT SELECT, INSERT ON unit, service, api_key TO osallisuus_api;
GRANT UPDATE (parent_id, oid, ptv_id, name, mailboxes, closed_on) ON unit TO osallisuus_api;
GRANT UPDATE (unit_id, ptv_id, name, closed_on) ON service TO osallisuus_api;
GRANT UPDATE (name, expires_on, revoked_on) ON api_key TO osallisuus_api;
GRANT SELECT ON api_key_generation TO osallisuus_api;
GRANT SELECT ON unit, service TO osallisuus_worker, osallisuus_mailer, osallisuus_reader;
