-- What a council is asked to say before a decision: by when, what it said, and what the decision made of it.

INSERT INTO role_scope (resource, who, scope) VALUES ('statement', 'coordinator', 'panels:write');
INSERT INTO moving_resource (resource, unit_sql) VALUES ('statement', '(SELECT p.unit_id FROM panel p WHERE p.id = x.panel_id)');

CREATE TABLE statement (
    id uuid PRIMARY KEY,
    panel_id uuid NOT NULL CONSTRAINT statement_panel_exists REFERENCES panel,
    title jsonb NOT NULL,                 -- what is to be decided
    question jsonb NOT NULL DEFAULT '{}', -- what the council is asked
    due_on date NOT NULL,
    decision_on date NOT NULL,
    text jsonb NOT NULL DEFAULT '{}',   -- what the council says
    effect jsonb NOT NULL DEFAULT '{}', -- what the decision made of it
    state text NOT NULL DEFAULT 'requested',
    requested_on date NOT NULL DEFAULT app_today(),
    adopted_on date,
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT statement_title_is_by_language CHECK (is_language_map(title) AND title <> '{}'),
    CONSTRAINT statement_texts_are_by_language CHECK (is_language_map(question) AND is_language_map(text) AND is_language_map(effect)),
    CONSTRAINT statement_due_before_decision CHECK (due_on < decision_on),
    CONSTRAINT statement_state CHECK (state IN ('requested', 'adopted', 'missed', 'delivered', 'considered', 'published')),
    CONSTRAINT statement_has_text CHECK (state IN ('requested', 'missed') OR text <> '{}'),
    CONSTRAINT statement_has_effect CHECK (state NOT IN ('considered', 'published') OR effect <> '{}')
);

CREATE INDEX statement_by_due ON statement (due_on DESC, id DESC);
CREATE INDEX statement_of_panel ON statement (panel_id, due_on DESC, id DESC);
CREATE TRIGGER statement_version BEFORE UPDATE ON statement FOR EACH ROW EXECUTE FUNCTION next_version();

CREATE FUNCTION statement_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'adopted' AND OLD.state <> 'adopted' THEN
        NEW.adopted_on := app_today();
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER statement_follows BEFORE UPDATE ON statement FOR EACH ROW EXECUTE FUNCTION statement_follows();

-- What a statement lacks for a state, as the name of the rule; NULL: nothing.
CREATE FUNCTION statement_breach(s statement, wanted text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN wanted IN ('adopted', 'delivered') AND s.text = '{}' THEN 'statement_has_text'
                WHEN wanted IN ('considered', 'published') AND s.effect = '{}' THEN 'statement_has_effect' END
$$;

-- The day after it was due it is missed, if the council has not adopted it; another due day is another job.
CREATE FUNCTION statement_clock() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'clock', greatest(day_start(n.due_on + 1), app_now()), n.id, '{"phase": "statement_due"}', 'statement_due:' || n.id || ':' || n.due_on
    FROM new_statement n WHERE n.state = 'requested'
    ON CONFLICT (unique_key) DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER statement_made AFTER INSERT ON statement REFERENCING NEW TABLE AS new_statement
    FOR EACH STATEMENT EXECUTE FUNCTION statement_clock();
CREATE TRIGGER statement_changed AFTER UPDATE ON statement REFERENCING NEW TABLE AS new_statement
    FOR EACH STATEMENT EXECUTE FUNCTION statement_clock();

CREATE FUNCTION clock_statement(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE sql AS $$
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'statement', s.id, s.state, 'missed', 'system', s.version + 1
    FROM statement s
    WHERE s.id = ANY (subjects) AND s.state = 'requested' AND s.due_on < app_today()
    ORDER BY s.id;
    SELECT NULL::clock_again WHERE false
$$;

INSERT INTO clock_phase (phase, does) VALUES ('statement_due', 'clock_statement');

CREATE TRIGGER statement_audit_insert AFTER INSERT ON statement REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('statement', 'requested', 'id');
CREATE TRIGGER statement_audit_update AFTER UPDATE ON statement REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit_rows('statement', 'changed', 'id');

GRANT SELECT ON statement TO osallisuus_api, osallisuus_worker, osallisuus_reader;
GRANT INSERT (id, panel_id, title, question, due_on, decision_on, request_hash) ON statement TO osallisuus_api;
GRANT UPDATE (title, question, due_on, decision_on, text, effect) ON statement TO osallisuus_api;
