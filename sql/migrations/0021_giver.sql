-- Who gave a voice is apart from the voice: the hash of the receipt code, all that ties a person to a case without an address, in a
-- table for a role of its own, as which nobody logs in. A case is found by the whole hash; nobody can list or read one.

-- Roles are shared by all databases of a cluster: another migration may be making them right now.
DO $$
BEGIN
    BEGIN
        CREATE ROLE osallisuus_giver NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END;
    IF NOT pg_has_role('osallisuus_giver', 'MEMBER') THEN
        BEGIN
            GRANT osallisuus_giver TO CURRENT_USER;
        EXCEPTION WHEN internal_error OR unique_violation THEN
            NULL; -- another migration grants the same at this moment
        END;
    END IF;
END
$$;

CREATE TABLE giver (
    feedback_id uuid PRIMARY KEY CONSTRAINT giver_feedback_exists REFERENCES feedback ON DELETE CASCADE,
    receipt_hash bytea NOT NULL,
    receipt_reissue integer NOT NULL DEFAULT 0,
    CONSTRAINT giver_receipt_is_unique UNIQUE (receipt_hash)
);

-- Of those who were erased nothing is known.
INSERT INTO giver (feedback_id, receipt_hash, receipt_reissue)
SELECT f.id, f.receipt_hash, f.receipt_reissue FROM feedback f WHERE NOT EXISTS (SELECT FROM erasure e WHERE e.feedback_id = f.id);

-- The case of a receipt code.
CREATE FUNCTION giver_case(hash bytea) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT g.feedback_id FROM giver g WHERE g.receipt_hash = hash
$$;

CREATE OR REPLACE FUNCTION giver_text(hash bytea) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.original FROM feedback_text t WHERE t.feedback_id = giver_case(hash)
$$;

CREATE OR REPLACE FUNCTION giver_answers(hash bytea) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.answers || coalesce((SELECT jsonb_object_agg(t.question_key, t.original) FROM answer_text t WHERE t.answer_sheet_id = s.id), '{}')
    FROM answer_sheet s WHERE s.id = giver_case(hash)
$$;

CREATE OR REPLACE FUNCTION giver_messages(hash bytea) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('n', m.n, 'author', m.author, 'kind', m.kind, 'text', m.text, 'sent_on', m.sent_on)
                              ORDER BY m.n), '[]')
    FROM message m WHERE m.feedback_id = giver_case(hash)
$$;

-- As before, but for the receipt code, which is gone with its row.
CREATE OR REPLACE FUNCTION feedback_erase() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM forget_address(n.feedback_id, c.address_hash)
    FROM new_erasure n LEFT JOIN contact c USING (feedback_id);
    INSERT INTO step (id, resource, subject, from_state, to_state, who, caller_id, reason, version)
    SELECT n.id, 'feedback', f.id, f.state, CASE n.who WHEN 'giver' THEN 'withdrawn' ELSE 'removed' END, n.who, n.caller_id, n.reason,
        f.version + 1
    FROM new_erasure n JOIN feedback f ON f.id = n.feedback_id
    WHERE n.who <> 'retention' AND f.state NOT IN ('removed', 'withdrawn');
    DELETE FROM giver g USING new_erasure n WHERE g.feedback_id = n.feedback_id;
    DELETE FROM contact c USING new_erasure n WHERE c.feedback_id = n.feedback_id;
    DELETE FROM feedback_text t USING new_erasure n WHERE t.feedback_id = n.feedback_id;
    DELETE FROM message m USING new_erasure n WHERE m.feedback_id = n.feedback_id;
    -- Reasons may repeat the giver's words, so only this last one stays; that there was one still counts.
    UPDATE step s SET request_hash = NULL, reason = CASE WHEN s.who <> 'giver' AND s.reason IS NOT NULL THEN '–' END
    FROM new_erasure n WHERE s.subject = n.feedback_id AND s.id <> n.id;
    UPDATE mail m SET unsubscribe_hash = NULL, state = CASE m.state WHEN 'queued' THEN 'no_address' ELSE m.state END
    FROM new_erasure n WHERE m.feedback_id = n.feedback_id;
    UPDATE feedback f SET request_hash = NULL, support_needs = '{}'
    FROM new_erasure n WHERE f.id = n.feedback_id;
    INSERT INTO event (at, type, resource, subject, unit_id, version)
    SELECT day_start(n.erased_on), 'feedback.erased', 'feedback', f.id, f.unit_id, f.version
    FROM new_erasure n JOIN feedback f ON f.id = n.feedback_id;
    RETURN NULL;
END
$$;

ALTER TABLE feedback DROP COLUMN receipt_hash, DROP COLUMN receipt_reissue;

GRANT CREATE ON SCHEMA public TO osallisuus_giver; -- or it could own nothing there
REVOKE ALL ON FUNCTION giver_case(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION giver_case(bytea) TO osallisuus_api, osallisuus_text;
ALTER FUNCTION giver_case(bytea) OWNER TO osallisuus_giver;
REVOKE CREATE ON SCHEMA public FROM osallisuus_giver;

REVOKE SELECT (id) ON feedback FROM osallisuus_text;
GRANT SELECT ON giver TO osallisuus_giver;
GRANT INSERT (feedback_id, receipt_hash), SELECT (feedback_id, receipt_reissue) ON giver TO osallisuus_api;
