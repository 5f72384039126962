-- One voice, one case. What was said, who said it and how to reach them are three tables, for three roles.

CREATE FUNCTION day_number(day date) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT day - DATE '2000-01-01'
$$;

CREATE TABLE feedback (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL CONSTRAINT feedback_unit_exists REFERENCES unit,
    service_id uuid CONSTRAINT feedback_service_exists REFERENCES service,
    level text NOT NULL DEFAULT 'feedback',
    kind text NOT NULL,
    channel text NOT NULL,
    lang text NOT NULL,
    respondent_role text NOT NULL DEFAULT 'client',
    age_band text,
    state text NOT NULL DEFAULT 'received',
    outcome text,
    severity smallint, -- 0 … 5, for staff only
    handler_ref text,  -- who handles it, as the handlers' own system names them
    wants_answer boolean NOT NULL DEFAULT false,
    received_on date NOT NULL DEFAULT app_today(), -- the day; the moment is kept nowhere
    due_on date,
    answered_on date,
    closed_on date,
    version bigint NOT NULL DEFAULT 1,
    receipt_hash bytea NOT NULL,
    receipt_reissue integer NOT NULL DEFAULT 0,
    request_hash bytea,
    CONSTRAINT feedback_level CHECK (level IN ('own_service', 'feedback')),
    CONSTRAINT feedback_kind CHECK (kind IN ('thanks', 'concern', 'idea', 'question', 'safety')),
    CONSTRAINT feedback_channel CHECK (channel IN ('web', 'mobile', 'sms', 'qr', 'kiosk', 'phone', 'paper', 'in_person',
        'supported', 'import')),
    CONSTRAINT feedback_lang CHECK (lang IN ('fi', 'sv', 'en', 'se', 'smn', 'sms')),
    CONSTRAINT feedback_respondent_role CHECK (respondent_role IN ('client', 'relative', 'guardian', 'child', 'youth', 'resident', 'staff')),
    CONSTRAINT feedback_age_band CHECK (age_band IN ('under_13', '13_17', '18_29', '30_64', '65_74', '75_plus')),
    CONSTRAINT feedback_state CHECK (state IN ('received', 'in_progress', 'waiting_giver', 'answered', 'closed', 'referred',
        'duplicate', 'removed', 'withdrawn')),
    CONSTRAINT feedback_outcome CHECK (outcome IN ('change_made', 'change_planned', 'no_change', 'information', 'passed_on',
        'referred', 'unfounded')),
    CONSTRAINT feedback_closing_has_outcome CHECK (state <> 'closed' OR outcome IS NOT NULL),
    CONSTRAINT feedback_severity CHECK (severity BETWEEN 0 AND 5),
    CONSTRAINT feedback_handler_ref_length CHECK (length(handler_ref) BETWEEN 1 AND 200),
    CONSTRAINT feedback_receipt_is_unique UNIQUE (receipt_hash),
    CONSTRAINT feedback_due_when_wanted CHECK (wants_answer = (due_on IS NOT NULL))
);

CREATE INDEX feedback_by_day ON feedback (received_on DESC, id DESC);
-- By another expression than feedback_by_day, or a generic plan walks that one in vain for a unit without voices (314 ms
-- for a page over five units of which one has all 30,000 voices, against 0.6).
CREATE INDEX feedback_by_unit ON feedback (unit_id, day_number(received_on) DESC, id DESC);
CREATE INDEX feedback_open_by_day ON feedback (received_on DESC, id DESC) WHERE closed_on IS NULL;
CREATE INDEX feedback_open_due ON feedback (due_on, id) WHERE due_on IS NOT NULL AND answered_on IS NULL;
CREATE TRIGGER feedback_version BEFORE UPDATE ON feedback FOR EACH ROW EXECUTE FUNCTION next_version();

CREATE FUNCTION feedback_is_overdue(f feedback) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(f.due_on < app_today(), false) AND f.answered_on IS NULL AND f.closed_on IS NULL
$$;

-- The filters of lists; NULL: not asked for.
CREATE FUNCTION feedback_matches(f feedback, service uuid, kinds text[], states text[], overdue boolean) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (service IS NULL OR f.service_id = service) AND (kinds IS NULL OR f.kind = ANY (kinds))
        AND (states IS NULL OR f.state = ANY (states)) AND (overdue IS NULL OR overdue = feedback_is_overdue(f))
$$;

-- What was said, as it was said: no byte is changed, ever.
CREATE TABLE feedback_text (
    feedback_id uuid PRIMARY KEY CONSTRAINT feedback_text_feedback_exists REFERENCES feedback ON DELETE CASCADE,
    original text NOT NULL,
    CONSTRAINT feedback_text_is_not_empty CHECK (original <> '')
);

-- A case as staff read it.
CREATE VIEW feedback_item WITH (security_invoker = true) AS
SELECT f.id, f.unit_id, u.path AS unit_path, f.service_id, f.level, f.kind, f.channel, f.lang, f.respondent_role, f.age_band,
    f.state, f.outcome, f.severity, f.handler_ref, f.wants_answer, f.received_on, f.due_on, f.answered_on, f.closed_on,
    feedback_is_overdue(f) AS is_overdue, t.original AS text, f.version
FROM feedback f
JOIN unit u ON u.id = f.unit_id
LEFT JOIN feedback_text t ON t.feedback_id = f.id;

-- The words of a text for searching, computed by the worker of kind index.
CREATE TABLE feedback_words (
    -- Of the text, not of the case: a worker that indexes while the text is erased leaves no words behind.
    feedback_id uuid PRIMARY KEY CONSTRAINT feedback_words_text_exists REFERENCES feedback_text ON DELETE CASCADE,
    words tsvector NOT NULL
);
CREATE INDEX feedback_words_index ON feedback_words USING gin (words);

-- How to reach the giver, sealed to the mailer's public key: the API can write it and can never read it.
CREATE TABLE contact (
    feedback_id uuid PRIMARY KEY CONSTRAINT contact_feedback_exists REFERENCES feedback ON DELETE CASCADE,
    sealed bytea NOT NULL,
    key_id text NOT NULL,
    address_hash bytea NOT NULL,
    lang text NOT NULL,
    wants_news boolean NOT NULL,
    wants_follow_up boolean NOT NULL,
    CONSTRAINT contact_address_is_hashed CHECK (length(address_hash) = 32),
    CONSTRAINT contact_is_sealed CHECK (length(sealed) > 48)
);
CREATE INDEX contact_address ON contact (address_hash);

CREATE TABLE message (
    id uuid PRIMARY KEY,
    feedback_id uuid NOT NULL CONSTRAINT message_feedback_exists REFERENCES feedback ON DELETE CASCADE,
    n integer NOT NULL, -- its place in the case; no running number over cases
    author text NOT NULL,
    kind text NOT NULL,
    text text NOT NULL,
    sent_on date NOT NULL DEFAULT app_today(),
    caller_id uuid,
    request_hash bytea,
    CONSTRAINT message_author CHECK (author IN ('giver', 'staff')),
    CONSTRAINT message_kind CHECK (kind IN ('message', 'question', 'answer', 'reopening')),
    CONSTRAINT message_text_is_not_empty CHECK (text <> ''),
    CONSTRAINT message_place UNIQUE (feedback_id, n)
);

CREATE FUNCTION feedback_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO event (at, type, resource, subject, unit_id, version)
    SELECT day_start(received_on), 'feedback.received', 'feedback', id, unit_id, version FROM new_feedback;
    INSERT INTO job (kind, run_at, subject, data)
    SELECT 'index', app_now(), id, '{}'::jsonb FROM new_feedback
    UNION ALL
    SELECT 'clock', day_start(received_on + (due_on - received_on) * r.value / 100) + interval '8 hours', id, '{"phase": "reminder"}'
    FROM new_feedback CROSS JOIN (SELECT value FROM rule WHERE name = 'reminder_percent') r WHERE due_on IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER feedback_made AFTER INSERT ON feedback REFERENCING NEW TABLE AS new_feedback
    FOR EACH STATEMENT EXECUTE FUNCTION feedback_made();

-- What staff say of a case, when it changes; the state has its steps.
CREATE FUNCTION feedback_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO event (at, type, resource, subject, unit_id, version, data)
    SELECT day_start(app_today()), 'feedback.changed', 'feedback', n.id, n.unit_id, n.version, jsonb_build_object('members', c.members)
    FROM new_feedback n
    JOIN old_feedback o USING (id)
    CROSS JOIN LATERAL (
        SELECT array_agg(m.name ORDER BY m.name) AS members
        FROM (VALUES ('unit_id', n.unit_id IS DISTINCT FROM o.unit_id), ('service_id', n.service_id IS DISTINCT FROM o.service_id),
            ('kind', n.kind <> o.kind), ('severity', n.severity IS DISTINCT FROM o.severity),
            ('handler_ref', n.handler_ref IS DISTINCT FROM o.handler_ref)) AS m (name, differs)
        WHERE m.differs
    ) c
    WHERE c.members IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER feedback_changed AFTER UPDATE ON feedback REFERENCING OLD TABLE AS old_feedback NEW TABLE AS new_feedback
    FOR EACH STATEMENT EXECUTE FUNCTION feedback_changed();

-- A step of a case: the state, and what the state means for the dates.
CREATE FUNCTION feedback_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wanted integer;
    moved integer;
BEGIN
    SELECT count(*) INTO wanted FROM new_step WHERE resource = 'feedback';
    IF wanted = 0 THEN
        RETURN NULL;
    END IF;
    UPDATE feedback f
    SET state = n.to_state,
        outcome = CASE n.to_state WHEN 'closed' THEN n.data ->> 'outcome' WHEN 'referred' THEN 'referred'
                                  WHEN 'in_progress' THEN NULL ELSE f.outcome END,
        answered_on = CASE WHEN n.to_state IN ('answered', 'closed', 'referred') THEN coalesce(f.answered_on, n.made_on)
                           WHEN n.from_state IN ('answered', 'closed') AND n.to_state = 'in_progress' THEN NULL
                           ELSE f.answered_on END,
        closed_on = CASE WHEN n.to_state IN ('closed', 'duplicate', 'removed', 'withdrawn', 'referred') THEN n.made_on END
    FROM new_step n
    WHERE n.resource = 'feedback' AND f.id = n.subject AND f.state = n.from_state AND f.version + 1 = n.version;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> wanted THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'step_follows_state', MESSAGE = 'step_follows_state';
    END IF;
    INSERT INTO event (at, type, resource, subject, unit_id, version, data)
    SELECT day_start(n.made_on), 'feedback.' || n.to_state, 'feedback', n.subject, f.unit_id, n.version,
        jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
    FROM new_step n JOIN feedback f ON f.id = n.subject
    WHERE n.resource = 'feedback';
    -- What was removed or withdrawn is erased; the count stays.
    DELETE FROM feedback_text t USING new_step n
    WHERE n.resource = 'feedback' AND n.to_state IN ('removed', 'withdrawn') AND t.feedback_id = n.subject;
    DELETE FROM feedback_words w USING new_step n
    WHERE n.resource = 'feedback' AND n.to_state IN ('removed', 'withdrawn') AND w.feedback_id = n.subject;
    DELETE FROM message m USING new_step n
    WHERE n.resource = 'feedback' AND n.to_state IN ('removed', 'withdrawn') AND m.feedback_id = n.subject;
    -- So are the words with which the giver explained an earlier step.
    UPDATE step s SET reason = NULL FROM new_step n
    WHERE n.resource = 'feedback' AND n.to_state IN ('removed', 'withdrawn') AND s.subject = n.subject AND s.id <> n.id
        AND s.who = 'giver' AND s.reason IS NOT NULL;
    DELETE FROM contact c USING new_step n
    WHERE n.resource = 'feedback' AND n.to_state = 'withdrawn' AND c.feedback_id = n.subject;
    -- The giver hears of what staff or a rule did; an answer is told by its message.
    PERFORM mail_giver(array_agg(n.subject), 'case_news', 'step')
    FROM new_step n
    WHERE n.resource = 'feedback' AND n.who <> 'giver' AND n.to_state IN ('closed', 'referred', 'duplicate', 'removed')
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER step_feedback AFTER INSERT ON step REFERENCING NEW TABLE AS new_step
    FOR EACH STATEMENT EXECUTE FUNCTION feedback_step();

CREATE FUNCTION message_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO event (at, type, resource, subject, unit_id, version, data)
    SELECT day_start(n.sent_on), 'feedback.message', 'feedback', n.feedback_id, f.unit_id, f.version,
        jsonb_build_object('author', n.author, 'kind', n.kind, 'n', n.n)
    FROM new_message n JOIN feedback f ON f.id = n.feedback_id;
    PERFORM mail_giver(array_agg(n.feedback_id), 'case_news', 'message')
    FROM new_message n WHERE n.author = 'staff' HAVING count(*) > 0;
    PERFORM mail_staff(n.feedback_id, 'giver_wrote', 'handler', n.id::text) FROM new_message n WHERE n.author = 'giver';
    RETURN NULL;
END
$$;

CREATE TRIGGER message_made AFTER INSERT ON message REFERENCING NEW TABLE AS new_message
    FOR EACH STATEMENT EXECUTE FUNCTION message_made();

-- The receipt by mail, when there is an address: a confirmation that does not count towards the cap.
CREATE FUNCTION contact_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM mail_giver(array_agg(n.feedback_id), 'received', 'received') FROM new_contact n HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER contact_made AFTER INSERT ON contact REFERENCING NEW TABLE AS new_contact
    FOR EACH STATEMENT EXECUTE FUNCTION contact_made();

GRANT SELECT ON feedback TO osallisuus_api, osallisuus_worker, osallisuus_mailer, osallisuus_reader;
GRANT INSERT (id, unit_id, service_id, level, kind, channel, lang, respondent_role, age_band, severity, handler_ref,
    wants_answer, due_on, receipt_hash, request_hash) ON feedback TO osallisuus_api;
GRANT UPDATE (unit_id, service_id, kind, severity, handler_ref) ON feedback TO osallisuus_api;
GRANT SELECT ON feedback_item TO osallisuus_api;
GRANT SELECT, INSERT ON feedback_text TO osallisuus_api;
GRANT SELECT ON feedback_text TO osallisuus_worker;
GRANT SELECT ON feedback_words TO osallisuus_api;
GRANT SELECT, INSERT, UPDATE ON feedback_words TO osallisuus_worker;
GRANT INSERT ON contact TO osallisuus_api;
GRANT SELECT, DELETE ON contact TO osallisuus_mailer;
GRANT SELECT (feedback_id, address_hash, lang, wants_news, wants_follow_up) ON contact TO osallisuus_worker;
GRANT SELECT, INSERT ON message TO osallisuus_api;
