-- How a resource goes from state to state, said once: what a caller asks for is judged by `transition`, kept as a step, and the
-- resource's row follows from its step. What a move brings with it hangs on triggers of the resource's own table.

-- What somebody asks for: the id of the step to be, the request's keyed hash, the version that they know of (NULL: any), who asks
-- (NULL: somebody with a personal link), and the body with `to` and perhaps `reason`.
CREATE TYPE move_wish AS (step_id uuid, request_hash bytea, if_match bigint, caller_id uuid, body jsonb);

-- Moves `subject`, whose row the caller has locked, as somebody in these roles. `breach` is the problem of a rule that the move would
-- break, looked at when nothing else speaks against it, and `errors` what is wrong one by one. The columns are those of a reply.
CREATE FUNCTION state_moved(resource text, subject uuid, INOUT state text, INOUT _version bigint, roles text[], wish move_wish,
    breach text DEFAULT NULL, errors jsonb DEFAULT NULL,
    OUT _replayed boolean, OUT _problem text, OUT _pointer text, OUT _members jsonb, OUT _errors jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    step_hash bytea;
    wanted CONSTANT text := (wish).body ->> 'to';
    why CONSTANT text := (wish).body ->> 'reason';
    legal transition;
BEGIN
    SELECT s.request_hash INTO step_hash FROM step s WHERE s.id = (wish).step_id;
    _replayed := FOUND;
    IF _replayed THEN
        _problem := CASE WHEN step_hash IS DISTINCT FROM (wish).request_hash THEN 'idempotency_key_reused' END;
        RETURN;
    END IF;
    SELECT t.* INTO legal FROM transition t
    WHERE t.resource = state_moved.resource AND t.from_state = state_moved.state AND t.to_state = wanted AND t.who = ANY (roles)
    ORDER BY t.reason, t.who LIMIT 1;
    _problem := CASE WHEN _version <> (wish).if_match THEN 'stale_version'
                     WHEN legal.who IS NULL THEN 'illegal_transition'
                     WHEN legal.reason AND why IS NULL THEN 'reason_required'
                     ELSE breach END;
    _pointer := CASE _problem WHEN 'illegal_transition' THEN '/to' WHEN 'reason_required' THEN '/reason' END;
    _members := CASE _problem WHEN 'illegal_transition' THEN jsonb_build_object('legal', legal_states(resource, state, roles)) END;
    _errors := CASE _problem WHEN breach THEN errors END;
    IF _problem IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM act_as((wish).caller_id);
    INSERT INTO step AS s (id, resource, subject, from_state, to_state, who, caller_id, reason, version, request_hash)
    VALUES ((wish).step_id, resource, subject, state, wanted, legal.who, (wish).caller_id, why, _version + 1, (wish).request_hash)
    ON CONFLICT (id) DO NOTHING; -- the same key for another subject at the same time
    IF NOT FOUND THEN
        _problem := 'idempotency_key_reused';
        RETURN;
    END IF;
    state := wanted;
    _version := _version + 1;
END
$$;

-- Resources whose row follows from their steps by the trigger below. The table is named as the resource; unit_sql tells the unit of
-- its row x, for events.
CREATE TABLE moving_resource (
    resource text NOT NULL,
    unit_sql text NOT NULL,
    CONSTRAINT moving_resource_pkey PRIMARY KEY (resource)
);

CREATE FUNCTION step_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    m moving_resource;
    moved bigint;
BEGIN
    FOR m IN SELECT r.* FROM moving_resource r WHERE r.resource IN (SELECT n.resource FROM new_step n) ORDER BY r.resource LOOP
        EXECUTE format(
            'WITH moved AS (
                UPDATE %1$I x SET state = n.to_state FROM new_step n
                WHERE n.resource = %1$L AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, %2$s AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || ''.'' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object(''from'', n.from_state, ''to'', n.to_state, ''who'', n.who)
                FROM moved m JOIN new_step n ON n.resource = %1$L AND n.subject = m.id
            )
            SELECT count(*) FROM moved', m.resource, m.unit_sql) INTO moved;
        IF moved <> (SELECT count(*) FROM new_step n WHERE n.resource = m.resource) THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'step_follows_state', MESSAGE = 'step_follows_state';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

CREATE TRIGGER step_moves AFTER INSERT ON step REFERENCING NEW TABLE AS new_step FOR EACH STATEMENT EXECUTE FUNCTION step_moves();

INSERT INTO moving_resource (resource, unit_sql) VALUES
    ('survey', 'x.unit_id'),
    ('survey_round', '(SELECT s.unit_id FROM survey s WHERE s.id = x.survey_id)');

-- A survey that opens lets its rounds open at their time; one that ends ends them.
CREATE OR REPLACE FUNCTION survey_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM new_step n WHERE n.resource = 'survey') THEN
        RETURN NULL; -- an insert of no steps would come here again and again
    END IF;
    PERFORM survey_round_jobs(array_agg(r.id)) FROM new_step n JOIN survey_round r ON r.survey_id = n.subject
    WHERE n.resource = 'survey' AND n.to_state = 'open' HAVING count(*) > 0;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'survey_round', r.id, r.state, CASE r.state WHEN 'open' THEN 'closed' ELSE 'cancelled' END, 'system', r.version + 1
    FROM new_step n JOIN survey_round r ON r.survey_id = n.subject
    WHERE n.resource = 'survey' AND n.to_state IN ('closed', 'archived') AND r.state IN ('planned', 'open');
    RETURN NULL;
END
$$;
