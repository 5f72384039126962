-- Sessions: a meeting, workshop, evening or hearing, of one or more panels, or open to all.

INSERT INTO role_scope (resource, who, scope) VALUES ('session', 'coordinator', 'panels:write'), ('registration', 'coordinator', 'panels:write');

INSERT INTO rule (name, value, least, most, help) VALUES
    ('session_reminder_hours', 48, 1, 336, 'Hours before a session at which those who are to come are reminded.'),
    ('session_close_days', 30, 1, 365, 'Days after its end at which a session with published minutes is closed.');

-- {"address": "…", "room": {…}, "accessibility": {…}}: where it is, and how one gets in, by language.
CREATE FUNCTION is_place(place jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT jsonb_typeof(place) = 'object' AND coalesce(jsonb_typeof(place -> 'address') = 'string', false)
        AND is_language_map(coalesce(place -> 'room', '{}')) AND is_language_map(coalesce(place -> 'accessibility', '{}'))
$$;

CREATE TABLE session (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL CONSTRAINT session_unit_exists REFERENCES unit,
    kind text NOT NULL,
    title jsonb NOT NULL,
    description jsonb NOT NULL DEFAULT '{}',
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    place jsonb,
    online_url text, -- for those who take part
    is_online boolean GENERATED ALWAYS AS (online_url IS NOT NULL) STORED,
    agenda jsonb NOT NULL DEFAULT '[]', -- [{"title": {…}, "minutes": 15, "who": "…"}, …]
    support text[] NOT NULL DEFAULT '{}', -- what is there for those who need it
    is_open boolean NOT NULL DEFAULT false, -- anybody may register
    capacity integer, -- of places for those who register; members of its panels have theirs beside these. NULL: no bound
    minutes jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'draft',
    sequence integer NOT NULL DEFAULT 0, -- how often it moved after it was published (RFC 5545)
    changed_at timestamptz NOT NULL DEFAULT app_now(),
    made_on date NOT NULL DEFAULT app_today(),
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT session_kind CHECK (kind IN ('meeting', 'workshop', 'evening', 'hearing')),
    CONSTRAINT session_state CHECK (state IN ('draft', 'published', 'held', 'minutes_published', 'closed', 'cancelled')),
    CONSTRAINT session_title_is_by_language CHECK (is_language_map(title) AND title <> '{}'),
    CONSTRAINT session_description_is_by_language CHECK (is_language_map(description)),
    CONSTRAINT session_minutes_are_by_language CHECK (is_language_map(minutes)),
    CONSTRAINT session_ends_after_it_starts CHECK (starts_at < ends_at),
    CONSTRAINT session_place_is_told CHECK (is_place(place)),
    CONSTRAINT session_agenda_is_a_list CHECK (jsonb_typeof(agenda) = 'array'),
    CONSTRAINT session_support_is_known CHECK (support <@ ARRAY['sign_language', 'interpretation', 'hearing_loop', 'easy_language',
        'large_print', 'assistant', 'transport']),
    CONSTRAINT session_capacity_counts CHECK (capacity >= 1),
    CONSTRAINT session_has_place CHECK (state IN ('draft', 'cancelled') OR place IS NOT NULL OR online_url IS NOT NULL),
    CONSTRAINT session_has_minutes CHECK (state NOT IN ('minutes_published', 'closed') OR minutes <> '{}')
);

CREATE INDEX session_by_start ON session (starts_at, id);
CREATE TRIGGER session_version BEFORE UPDATE ON session FOR EACH ROW EXECUTE FUNCTION next_version();

-- What those who are told to come must know: a change of it after publication is told, and is the next in their calendars.
CREATE FUNCTION session_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_at := app_now();
    IF OLD.state = 'published' AND (NEW.state = 'cancelled'
            OR (NEW.starts_at, NEW.ends_at, NEW.place, NEW.online_url) IS DISTINCT FROM (OLD.starts_at, OLD.ends_at, OLD.place, OLD.online_url)) THEN
        NEW.sequence := OLD.sequence + 1;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER session_changes BEFORE UPDATE ON session FOR EACH ROW EXECUTE FUNCTION session_changes();

CREATE TABLE session_panel (
    session_id uuid NOT NULL CONSTRAINT session_panel_session_exists REFERENCES session,
    panel_id uuid NOT NULL,
    CONSTRAINT session_panel_pkey PRIMARY KEY (session_id, panel_id)
);

CREATE INDEX session_of_panel ON session_panel (panel_id);

INSERT INTO moving_resource (resource, unit_sql) VALUES ('session', 'x.unit_id');

-- The columns of a reply about a session.
CREATE VIEW session_shown WITH (security_invoker = true) AS
SELECT s.id, s.unit_id, s.kind, s.title, s.description, s.starts_at, s.ends_at, s.place, s.online_url, s.is_online, s.agenda, to_jsonb(s.support) AS support,
    s.is_open, s.capacity, s.minutes, s.state, s.sequence, s.made_on, s.version, s.request_hash,
    (SELECT coalesce(jsonb_agg(p.panel_id ORDER BY p.panel_id), '[]') FROM session_panel p WHERE p.session_id = s.id) AS panel_ids
FROM session s;

CREATE TRIGGER session_audit_insert AFTER INSERT ON session REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('session', 'created', 'id');
CREATE TRIGGER session_audit_update AFTER UPDATE ON session REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit_rows('session', 'changed', 'id');

GRANT SELECT ON session, session_panel TO osallisuus_api, osallisuus_worker, osallisuus_mailer, osallisuus_reader;
GRANT SELECT ON session_shown TO osallisuus_api;
GRANT INSERT (id, unit_id, kind, title, description, starts_at, ends_at, place, online_url, agenda, support, is_open, capacity, request_hash),
    UPDATE (title, description, starts_at, ends_at, place, online_url, agenda, support, is_open, capacity, minutes) ON session TO osallisuus_api;
GRANT INSERT, DELETE ON session_panel TO osallisuus_api;
