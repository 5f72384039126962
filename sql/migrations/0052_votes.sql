-- Votes in a panel: on an input or on a question, one for each member, and secret. Who chose what is deleted when the vote ends.

INSERT INTO role_scope (resource, who, scope) VALUES ('vote', 'coordinator', 'panels:write');
INSERT INTO moving_resource (resource, unit_sql) VALUES ('vote', '(SELECT p.unit_id FROM panel p WHERE p.id = x.panel_id)');

-- [{"key": "yes", "text": {"fi": "Kyllä"}}, …]
CREATE FUNCTION are_vote_options(options jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_typeof(options) = 'array' AND jsonb_array_length(options) BETWEEN 2 AND 20
        AND (SELECT count(DISTINCT o ->> 'key') = count(*) AND bool_and(o ->> 'key' <> '' AND is_language_map(o -> 'text') AND o -> 'text' <> '{}')
             FROM jsonb_array_elements(options) o)
$$;

CREATE TABLE vote (
    id uuid PRIMARY KEY,
    panel_id uuid NOT NULL CONSTRAINT vote_panel_exists REFERENCES panel,
    input_id uuid CONSTRAINT vote_input_exists REFERENCES input, -- what is voted on; NULL: the question alone
    question jsonb NOT NULL,
    options jsonb NOT NULL,
    closes_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'open',
    ballots integer, -- how many there were when it closed
    result jsonb,    -- {key: number}, from so many votes on as the rule figures_least says
    opened_on date NOT NULL DEFAULT app_today(),
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT vote_question_is_by_language CHECK (is_language_map(question) AND question <> '{}'),
    CONSTRAINT vote_options_differ CHECK (are_vote_options(options)),
    CONSTRAINT vote_state CHECK (state IN ('open', 'closed', 'cancelled')),
    CONSTRAINT vote_is_counted_when_closed CHECK ((state = 'closed') = (ballots IS NOT NULL))
);

CREATE INDEX vote_by_close ON vote (closes_at DESC, id DESC);
CREATE INDEX vote_of_panel ON vote (panel_id, closes_at DESC, id DESC);

CREATE TABLE ballot (
    vote_id uuid NOT NULL CONSTRAINT ballot_vote_exists REFERENCES vote,
    person_id uuid NOT NULL CONSTRAINT ballot_person_exists REFERENCES person ON DELETE CASCADE,
    option text NOT NULL,
    CONSTRAINT ballot_is_one PRIMARY KEY (vote_id, person_id)
);
CREATE INDEX ballot_of_person ON ballot (person_id);

-- The count is kept when a vote closes. Whoever casts a ballot holds the vote's row, so that none comes after the count.
CREATE FUNCTION vote_follows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    NEW.version := OLD.version + 1;
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF NEW.state = 'closed' THEN
        NEW.ballots := (SELECT count(*) FROM ballot b WHERE b.vote_id = NEW.id);
        IF NEW.ballots >= rule_value('figures_least') THEN
            NEW.result := (SELECT jsonb_object_agg(o ->> 'key', (SELECT count(*) FROM ballot b WHERE b.vote_id = NEW.id AND b.option = o ->> 'key'))
                           FROM jsonb_array_elements(NEW.options) o);
        END IF;
    END IF;
    DELETE FROM ballot b WHERE b.vote_id = NEW.id;
    RETURN NEW;
END
$$;

CREATE TRIGGER vote_follows BEFORE UPDATE ON vote FOR EACH ROW EXECUTE FUNCTION vote_follows();

CREATE FUNCTION vote_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO job (kind, run_at, subject, data) SELECT 'clock', n.closes_at, n.id, '{"phase": "vote_close"}' FROM new_vote n;
    RETURN NULL;
END
$$;

CREATE TRIGGER vote_made AFTER INSERT ON vote REFERENCING NEW TABLE AS new_vote FOR EACH STATEMENT EXECUTE FUNCTION vote_made();

CREATE FUNCTION clock_vote(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE sql AS $$
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'vote', v.id, v.state, 'closed', 'system', v.version + 1
    FROM vote v
    WHERE v.id = ANY (subjects) AND v.state = 'open' AND v.closes_at <= app_now()
    ORDER BY v.id;
    SELECT NULL::clock_again WHERE false
$$;

INSERT INTO clock_phase (phase, does) VALUES ('vote_close', 'clock_vote');

-- What one chose oneself; whoever has the personal link.
CREATE FUNCTION own_ballots(link_hash bytea) RETURNS TABLE (vote_id uuid, option text) LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT b.vote_id, b.option FROM person p JOIN ballot b ON b.person_id = p.id WHERE p.token_hash = link_hash
$$;

-- Ballots leave nothing in the audit: their order would tell whose they are.
CREATE TRIGGER vote_audit_insert AFTER INSERT ON vote REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('vote', 'opened', 'id');

GRANT CREATE ON SCHEMA public TO osallisuus_text; -- or it could own nothing there
ALTER FUNCTION own_ballots(bytea) OWNER TO osallisuus_text;
REVOKE CREATE ON SCHEMA public FROM osallisuus_text;
GRANT SELECT ON ballot TO osallisuus_text;
REVOKE ALL ON FUNCTION own_ballots(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION own_ballots(bytea) TO osallisuus_api;
GRANT SELECT ON vote TO osallisuus_api, osallisuus_worker, osallisuus_reader;
GRANT INSERT (id, panel_id, input_id, question, options, closes_at, request_hash), UPDATE (request_hash) ON vote TO osallisuus_api;
GRANT SELECT (vote_id, person_id), INSERT, UPDATE (option) ON ballot TO osallisuus_api;
