-- The audit: who did what to what, written in the transaction that did it, and a chain of hashes over it that a worker makes.
-- It holds ids, codes and hashes; never a text, never a person.

-- Who acts in the statement that calls this, where no row of it says so. In the lanes that share a transaction every statement
-- that acts for a key calls it, so that nothing is laid at the door of the one before.
CREATE FUNCTION act_as(caller uuid) RETURNS boolean LANGUAGE sql VOLATILE AS $$
    SELECT set_config('osallisuus.caller', coalesce(caller::text, ''), true) IS NOT NULL
$$;

CREATE FUNCTION acting_caller() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('osallisuus.caller', true), '')::uuid
$$;

-- By whom a statement is run when no row says so: a key, a worker, or somebody at the database with the admin command.
CREATE FUNCTION acting_kind() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN acting_caller() IS NOT NULL OR session_user = 'osallisuus_api' THEN 'caller'
                WHEN session_user IN ('osallisuus_worker', 'osallisuus_mailer', 'osallisuus_all') THEN 'system'
                ELSE 'administrator' END
$$;

CREATE SEQUENCE audit_place_seq;

CREATE TABLE audit (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    place bigint NOT NULL DEFAULT nextval('audit_place_seq'), -- in the order of (xid, place): shown to nobody, it tells when a voice came
    at timestamptz NOT NULL DEFAULT app_now(), -- of what concerns a voice: the day's beginning
    actor text NOT NULL,
    caller_id uuid, -- the API key
    action text NOT NULL,
    resource text NOT NULL,
    subject uuid,
    code text,      -- of what has no id: a rule and its number, the kind of an answer limit, a migration
    version bigint, -- of the subject, afterwards
    digest bytea,   -- SHA-256 of the row afterwards; none of what people wrote
    CONSTRAINT audit_pkey PRIMARY KEY (xid, place),
    CONSTRAINT audit_actor CHECK (actor IN ('giver', 'caller', 'system', 'administrator'))
);

-- ---- the chain ----

-- One row for each row of the audit, in the order of (xid, place): hash = SHA-256 of the hash before and audit_text. What the
-- audit is found by stands here, and not there: it cost a voice a twentieth of its time.
CREATE TABLE audit_chain (
    n bigint PRIMARY KEY,
    xid xid8 NOT NULL,
    place bigint NOT NULL,
    hash bytea NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(), -- random, for the order of rows tells when a voice came
    at timestamptz NOT NULL,
    subject uuid,
    CONSTRAINT audit_chain_hash CHECK (length(hash) = 32)
);

CREATE INDEX audit_by_time ON audit_chain (at, id);
CREATE INDEX audit_of_subject ON audit_chain (subject, at, id);

-- Where the chain begins: its first row is the one after the newest anchor. Rows up to an anchor may go.
CREATE TABLE audit_anchor (
    n bigint PRIMARY KEY,
    xid xid8 NOT NULL,
    place bigint NOT NULL,
    hash bytea NOT NULL,
    made_on date NOT NULL DEFAULT app_today(),
    CONSTRAINT audit_anchor_hash CHECK (length(hash) = 32)
);

INSERT INTO audit_anchor (n, xid, place, hash) VALUES (0, '0', 0, sha256('osallisuus'));

-- Nothing is ever changed, by whomever; what an anchor covers may be deleted.
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = 'the audit is append-only';
END
$$;

CREATE FUNCTION audit_keeps_what_is_after_its_anchor() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM gone g WHERE (g.xid, g.place) > (SELECT x.xid, x.place FROM audit_anchor x ORDER BY x.n DESC LIMIT 1)) THEN
        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = 'the audit is append-only';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_chain_is_append_only BEFORE UPDATE OR TRUNCATE ON audit_chain FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_anchor_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_anchor
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_is_kept AFTER DELETE ON audit REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION audit_keeps_what_is_after_its_anchor();
CREATE TRIGGER audit_chain_is_kept AFTER DELETE ON audit_chain REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION audit_keeps_what_is_after_its_anchor();

-- A row as it is hashed. osallisuus-admin audit verify has the same words of its own: who changes them breaks every chain.
CREATE FUNCTION audit_text(a audit) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ROW(a.xid, a.place, (extract(epoch FROM a.at) * 1000000)::bigint, a.actor, a.caller_id, a.action, a.resource, a.subject,
        a.code, a.version, encode(a.digest, 'hex'))::text
$$;

CREATE FUNCTION audit_hash_next(hash bytea, first_hash bytea, row_text text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(coalesce(hash, first_hash) || convert_to(row_text, 'UTF8'))
$$;

-- The hash after each row of a window, from the hash before its first.
CREATE AGGREGATE audit_hash(first_hash bytea, row_text text) (SFUNC = audit_hash_next, STYPE = bytea);

-- The end of the chain.
CREATE FUNCTION audit_head() RETURNS TABLE (n bigint, xid xid8, place bigint, hash bytea) LANGUAGE sql STABLE AS $$
    SELECT h.n, h.xid, h.place, h.hash
    FROM ((SELECT c.n, c.xid, c.place, c.hash FROM audit_chain c ORDER BY c.n DESC LIMIT 1)
          UNION ALL
          (SELECT x.n, x.xid, x.place, x.hash FROM audit_anchor x ORDER BY x.n DESC LIMIT 1)) h
    ORDER BY h.n DESC
    LIMIT 1
$$;

-- Chains at most so many rows more; how many there were. Rows of a transaction are chained once no older one is under way, so
-- that nothing comes late. Two at once wait for each other, and the second goes on where the first ended.
CREATE FUNCTION audit_chain_more(most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head record;
    chained integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('audit_chain'));
    SELECT h.n, h.xid, h.place, h.hash INTO head FROM audit_head() h;
    INSERT INTO audit_chain (n, xid, place, hash, at, subject)
    SELECT head.n + row_number() OVER w, a.xid, a.place, audit_hash(head.hash, audit_text(a)) OVER w, a.at, a.subject
    FROM (
        SELECT x.* FROM audit x
        WHERE (x.xid, x.place) > (head.xid, head.place) AND x.xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY x.xid, x.place
        LIMIT most
    ) a
    WINDOW w AS (ORDER BY a.xid, a.place ROWS UNBOUNDED PRECEDING);
    GET DIAGNOSTICS chained = ROW_COUNT;
    RETURN chained;
END
$$;

-- How many rows the chain does not have yet, at most so many.
CREATE FUNCTION audit_waiting(most integer) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(*)
    FROM (SELECT FROM audit a WHERE (a.xid, a.place) > ((SELECT h.xid FROM audit_head() h), (SELECT h.place FROM audit_head() h)) LIMIT most) w
$$;

INSERT INTO job (kind, unique_key) VALUES ('audit', 'audit');

-- ---- what is written into it ----

-- The actor by the role in which somebody made a step or wrote.
CREATE FUNCTION audit_actor(role_name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE role_name WHEN 'giver' THEN 'giver' WHEN 'system' THEN 'system' WHEN 'retention' THEN 'system'
                          WHEN 'administrator' THEN 'administrator' ELSE 'caller' END
$$;

-- Whatever has an event: each change of a case, and the states of everything. Who did it says the step, the message or the
-- erasure; where there is none, the statement. A voice is its giver's, whichever system brought it.
CREATE FUNCTION audit_events() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit (at, actor, caller_id, action, resource, subject, version)
    SELECT e.at,
        CASE WHEN e.type = 'feedback.received' THEN 'giver'
             WHEN e.data ? 'who' THEN audit_actor(e.data ->> 'who')
             WHEN e.data ? 'author' THEN audit_actor(e.data ->> 'author')
             WHEN e.type = 'feedback.erased' THEN audit_actor((SELECT x.who FROM erasure x WHERE x.feedback_id = e.subject))
             ELSE acting_kind() END,
        CASE WHEN e.type = 'feedback.received' THEN NULL
             WHEN e.data ? 'who' THEN (SELECT s.caller_id FROM step s WHERE s.subject = e.subject AND s.version = e.version)
             WHEN e.data ? 'author' THEN (SELECT m.caller_id FROM message m WHERE m.feedback_id = e.subject AND m.n = (e.data ->> 'n')::integer)
             WHEN e.type = 'feedback.erased' THEN (SELECT x.caller_id FROM erasure x WHERE x.feedback_id = e.subject)
             ELSE acting_caller() END,
        e.type, e.resource, e.subject, e.version
    FROM new_event e;
    RETURN NULL;
END
$$;

CREATE TRIGGER event_audit AFTER INSERT ON event REFERENCING NEW TABLE AS new_event FOR EACH STATEMENT EXECUTE FUNCTION audit_events();

-- Whatever has no event. Arguments: the resource, what was done, the column of the subject (or ''), the columns of the code.
-- A row that says who acts is believed.
CREATE FUNCTION audit_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit (actor, caller_id, action, resource, subject, code, version, digest)
    SELECT acting_kind(), coalesce((r.row ->> 'caller_id')::uuid, acting_caller()), TG_ARGV[0] || '.' || TG_ARGV[1], TG_ARGV[0],
        (r.row ->> TG_ARGV[2])::uuid,
        (SELECT string_agg(r.row ->> c, '=' ORDER BY n) FROM unnest(string_to_array(TG_ARGV[3], ' ')) WITH ORDINALITY x (c, n)),
        (r.row ->> 'version')::bigint, sha256(convert_to(r.row::text, 'UTF8'))
    FROM (SELECT to_jsonb(c) AS row FROM changed c) r;
    RETURN NULL;
END
$$;

-- Those of changes that other triggers make, each of which has a row of its own, are left out by their depth.
DO $$
DECLARE
    t record;
BEGIN
    FOR t IN
        SELECT * FROM (VALUES
            ('unit', 'INSERT', 'unit', 'created', 'id', NULL), ('unit', 'UPDATE', 'unit', 'changed', 'id', NULL),
            ('service', 'INSERT', 'service', 'created', 'id', NULL), ('service', 'UPDATE', 'service', 'changed', 'id', NULL),
            ('api_key', 'INSERT', 'api_key', 'created', 'id', NULL), ('api_key', 'UPDATE', 'api_key', 'changed', 'id', NULL),
            ('api_key', 'DELETE', 'api_key', 'deleted', 'id', NULL),
            ('answer_limit', 'INSERT', 'answer_limit', 'set', 'unit_id', 'kind'), ('answer_limit', 'UPDATE', 'answer_limit', 'set', 'unit_id', 'kind'),
            ('answer_limit', 'DELETE', 'answer_limit', 'removed', 'unit_id', 'kind'),
            ('rule', 'INSERT', 'rule', 'set', '', 'name value'), ('rule', 'UPDATE', 'rule', 'set', '', 'name value'),
            ('change', 'UPDATE', 'change', 'changed', 'id', NULL), ('change_publication', 'INSERT', 'change', 'published', 'change_id', NULL),
            ('change_source', 'DELETE', 'change', 'source_unlinked', 'change_id', 'kind'),
            ('question_set', 'INSERT', 'question_set', 'loaded', 'id', 'name edition'),
            ('survey', 'INSERT', 'survey', 'created', 'id', NULL), ('survey', 'UPDATE', 'survey', 'changed', 'id', NULL),
            ('survey_round', 'INSERT', 'survey_round', 'created', 'id', NULL), ('survey_round', 'UPDATE', 'survey_round', 'changed', 'id', NULL),
            ('survey_link_batch', 'INSERT', 'survey_round', 'links_made', 'round_id', NULL),
            ('import', 'INSERT', 'import', 'begun', 'id', NULL), ('schema_migration', 'INSERT', 'schema', 'migrated', '', 'name')
        ) x (table_name, event, resource, verb, subject, code)
    LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER %s ON %I REFERENCING %s TABLE AS changed FOR EACH STATEMENT %s EXECUTE FUNCTION audit_rows(%s)',
            t.table_name || '_audit_' || lower(t.event), t.event, t.table_name, CASE t.event WHEN 'DELETE' THEN 'OLD' ELSE 'NEW' END,
            CASE t.event WHEN 'UPDATE' THEN 'WHEN (pg_trigger_depth() = 0)' ELSE '' END,
            concat_ws(', ', quote_literal(t.resource), quote_literal(t.verb), quote_literal(t.subject), quote_literal(t.code)));
    END LOOP;
END
$$;

-- An import, when it has ended: its counts move with every batch of lines before.
CREATE FUNCTION audit_imports() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit (actor, caller_id, action, resource, subject, code)
    SELECT 'caller', n.caller_id, 'import.' || coalesce(n.outcome, 'begun'), 'import', n.id, n.problem
    FROM new_import n JOIN old_import o USING (id)
    WHERE n.outcome IS NOT NULL AND o.outcome IS NULL OR n.run > o.run;
    RETURN NULL;
END
$$;

CREATE TRIGGER import_audit_update AFTER UPDATE ON import REFERENCING OLD TABLE AS old_import NEW TABLE AS new_import
    FOR EACH STATEMENT EXECUTE FUNCTION audit_imports();

-- An answer to "is it better now?" is kept with the change that it is about, and its day.
CREATE FUNCTION audit_follow_ups() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit (at, actor, action, resource, subject)
    SELECT day_start(n.answered_on), 'giver', 'change.follow_up_answered', 'change', n.change_id
    FROM new_follow_up n JOIN old_follow_up o USING (id)
    WHERE n.answer IS NOT NULL AND o.answer IS NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER follow_up_audit AFTER UPDATE ON follow_up REFERENCING OLD TABLE AS old_follow_up NEW TABLE AS new_follow_up
    FOR EACH STATEMENT EXECUTE FUNCTION audit_follow_ups();

-- The filters of the list; NULL: not asked for.
CREATE FUNCTION audit_matches(a audit, by_caller uuid, by_actor text, of_resource text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (by_caller IS NULL OR a.caller_id = by_caller) AND (by_actor IS NULL OR a.actor = by_actor)
        AND (of_resource IS NULL OR a.resource = of_resource)
$$;

REVOKE ALL ON FUNCTION audit_chain_more(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_chain_more(integer) TO osallisuus_worker;
GRANT SELECT ON audit, audit_chain, audit_anchor TO osallisuus_api, osallisuus_worker, osallisuus_reader;
