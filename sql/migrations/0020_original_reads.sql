-- What givers wrote, as they wrote it, is for a role of its own, as which nobody logs in. The roles of the service read what is
-- shown to staff; a giver the own words, by the receipt code; and staff an original, each time with a purpose that is kept.

-- Roles are shared by all databases of a cluster: another migration may be making them right now.
DO $$
BEGIN
    BEGIN
        CREATE ROLE osallisuus_text NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END;
    IF NOT pg_has_role('osallisuus_text', 'MEMBER') THEN
        BEGIN
            GRANT osallisuus_text TO CURRENT_USER; -- who gives something to a role must be of it
        EXCEPTION WHEN internal_error OR unique_violation THEN
            NULL; -- another migration grants the same at this moment
        END;
    END IF;
END
$$;

-- Every time that somebody of the staff read what a giver wrote as it was written. Rows are never changed.
CREATE TABLE original_read (
    id uuid PRIMARY KEY,
    feedback_id uuid NOT NULL CONSTRAINT original_read_feedback_exists REFERENCES feedback,
    caller_id uuid NOT NULL CONSTRAINT original_read_caller_exists REFERENCES api_key,
    purpose text NOT NULL,
    read_at timestamptz NOT NULL DEFAULT app_now(), -- it is about staff, so the moment is kept
    request_hash bytea,
    CONSTRAINT original_read_has_purpose CHECK (purpose <> '')
);

CREATE INDEX original_read_of_feedback ON original_read (feedback_id, read_at, id);
ALTER TABLE original_read ALTER COLUMN purpose SET STATISTICS 0;

-- The only way for staff to an original: it is noted in the transaction that shows it. No case: nothing is shown or noted.
CREATE FUNCTION read_original(read_id uuid, case_id uuid, reader uuid, why text, hash bytea)
    RETURNS TABLE (read_at timestamptz, text text, answers jsonb, messages jsonb, reasons jsonb)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH noted AS (
        INSERT INTO original_read (id, feedback_id, caller_id, purpose, request_hash)
        SELECT read_id, case_id, reader, why, hash WHERE case_id IS NOT NULL
        ON CONFLICT (id) DO NOTHING -- the same key for another case at the same time
        RETURNING read_at
    )
    SELECT n.read_at, (SELECT t.original FROM feedback_text t WHERE t.feedback_id = case_id),
        (SELECT jsonb_object_agg(t.question_key, t.original) FROM answer_text t WHERE t.answer_sheet_id = case_id),
        (SELECT coalesce(jsonb_agg(jsonb_build_object('n', m.n, 'kind', m.kind, 'text', m.text, 'sent_on', m.sent_on) ORDER BY m.n), '[]')
         FROM message m WHERE m.feedback_id = case_id AND m.author = 'giver'),
        (SELECT coalesce(jsonb_agg(jsonb_build_object('to', s.to_state, 'reason', s.reason, 'made_on', s.made_on) ORDER BY s.version), '[]')
         FROM step s WHERE s.subject = case_id AND s.who = 'giver' AND s.reason IS NOT NULL)
    FROM noted n
$$;

-- That somebody read stays; what they wrote of it may repeat the giver's words.
CREATE FUNCTION original_read_erase() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE original_read r SET purpose = '–', request_hash = NULL FROM new_erasure n WHERE r.feedback_id = n.feedback_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER original_read_erase AFTER INSERT ON erasure REFERENCING NEW TABLE AS new_erasure
    FOR EACH STATEMENT EXECUTE FUNCTION original_read_erase();

CREATE TRIGGER original_read_audit AFTER INSERT ON original_read REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('feedback', 'original_read', 'feedback_id');

-- ---- who reads what ----
-- The views and functions that read originals belong to the role that may; whoever uses them gets no more than they show.
GRANT CREATE ON SCHEMA public TO osallisuus_text; -- or it could own nothing there
ALTER VIEW shown_text OWNER TO osallisuus_text;
ALTER VIEW shown_answer OWNER TO osallisuus_text;
ALTER VIEW shown_message OWNER TO osallisuus_text;
ALTER VIEW shown_step OWNER TO osallisuus_text;
REVOKE ALL ON FUNCTION read_original(uuid, uuid, uuid, text, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read_original(uuid, uuid, uuid, text, bytea) TO osallisuus_api;
ALTER FUNCTION read_original(uuid, uuid, uuid, text, bytea) OWNER TO osallisuus_text;
ALTER FUNCTION giver_text(bytea) OWNER TO osallisuus_text;
ALTER FUNCTION giver_answers(bytea) OWNER TO osallisuus_text;
ALTER FUNCTION giver_messages(bytea) OWNER TO osallisuus_text;
REVOKE CREATE ON SCHEMA public FROM osallisuus_text;

GRANT SELECT ON feedback_text, answer_sheet, answer_text, message, step TO osallisuus_text;
GRANT SELECT (id, receipt_hash) ON feedback TO osallisuus_text;
GRANT INSERT (id, feedback_id, caller_id, purpose, request_hash), SELECT (id, read_at) ON original_read TO osallisuus_text;
GRANT SELECT ON original_read TO osallisuus_api, osallisuus_reader;

REVOKE ALL ON feedback_text, answer_text FROM osallisuus_api, osallisuus_worker, osallisuus_mailer, osallisuus_reader;
GRANT INSERT (feedback_id, original, lang) ON feedback_text TO osallisuus_api;

REVOKE SELECT ON message FROM osallisuus_api;
GRANT SELECT (id, feedback_id, n, author, kind, sent_on, caller_id, request_hash) ON message TO osallisuus_api;

REVOKE SELECT ON step FROM osallisuus_api, osallisuus_worker, osallisuus_reader;
GRANT SELECT (id, resource, subject, from_state, to_state, who, caller_id, data, version, made_on, request_hash) ON step
    TO osallisuus_api, osallisuus_worker, osallisuus_reader;

-- What somebody wrote behind the link of a follow-up is shown to nobody.
REVOKE SELECT ON follow_up FROM osallisuus_api, osallisuus_worker, osallisuus_mailer, osallisuus_reader;
GRANT SELECT (id, change_id, contributor, feedback_id, token_hash, expires_on, asked_on, answer, answered_on) ON follow_up
    TO osallisuus_api, osallisuus_worker, osallisuus_mailer, osallisuus_reader;
