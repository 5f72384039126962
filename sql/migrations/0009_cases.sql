-- The whole case: duplicates that follow an original, referral to a remedy, what a rule does by itself, and erasure.

-- ---- what a case knows besides ----

INSERT INTO rule (name, value, least, most, help) VALUES
    ('thanks_hours', 32, 24, 720, 'Hours from the beginning of the day on which thanks came until they are passed on; fewer would tell the time of day.'),
    ('giver_days', 14, 1, 365, 'Days for which a case waits for its giver before it goes on without.'),
    ('close_days', 30, 1, 365, 'Days after the answer, if nobody comes back to it, until the case is closed.');

ALTER TABLE feedback
    ADD COLUMN on_behalf_of text NOT NULL DEFAULT 'self',
    ADD COLUMN support_needs text[] NOT NULL DEFAULT '{}',
    ADD COLUMN duplicate_of uuid CONSTRAINT feedback_original_exists REFERENCES feedback,
    ADD COLUMN remedy text CONSTRAINT feedback_remedy_exists REFERENCES remedy,
    ADD CONSTRAINT feedback_on_behalf_of CHECK (on_behalf_of IN ('self', 'relative', 'guardian', 'staff_wrote_down')),
    ADD CONSTRAINT feedback_support_needs CHECK (support_needs <@ ARRAY['easy_language', 'interpreter', 'sign_language',
        'large_print', 'phone_call', 'support_person']),
    ADD CONSTRAINT feedback_duplicate_has_original CHECK ((state = 'duplicate') = (duplicate_of IS NOT NULL)),
    ADD CONSTRAINT feedback_duplicate_of_another CHECK (duplicate_of <> id),
    ADD CONSTRAINT feedback_referral_names_remedy CHECK (state <> 'referred' OR remedy IS NOT NULL);

CREATE INDEX feedback_followers ON feedback (duplicate_of) WHERE duplicate_of IS NOT NULL;
-- What a rule will move.
CREATE INDEX feedback_thanks ON feedback (received_on, id) WHERE state = 'received' AND kind = 'thanks' AND NOT wants_answer;
CREATE INDEX feedback_to_close ON feedback (answered_on, id) WHERE state = 'answered';
CREATE INDEX feedback_waiting ON feedback (id) WHERE state = 'waiting_giver';

GRANT INSERT (on_behalf_of, support_needs) ON feedback TO osallisuus_api;

ALTER TABLE unit DROP CONSTRAINT unit_mailboxes_are_by_role;
ALTER TABLE unit ADD CONSTRAINT unit_mailboxes_are_by_role CHECK (jsonb_typeof(mailboxes) = 'object'
    AND mailboxes - ARRAY['handler', 'coordinator', 'management', 'duty'] = '{}');

-- No sample of what people wrote stays in the planner's statistics.
ALTER TABLE feedback_text ALTER COLUMN original SET STATISTICS 0;
ALTER TABLE message ALTER COLUMN text SET STATISTICS 0;
ALTER TABLE follow_up ALTER COLUMN text SET STATISTICS 0;
ALTER TABLE step ALTER COLUMN reason SET STATISTICS 0;

-- An answer to a concern always carries the remedies.
CREATE FUNCTION carries_remedies(kind text, answered_on date) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT kind IN ('concern', 'safety') AND answered_on IS NOT NULL
$$;

CREATE OR REPLACE VIEW feedback_item WITH (security_invoker = true) AS
SELECT f.id, f.unit_id, u.path AS unit_path, f.service_id, f.level, f.kind, f.channel, f.lang, f.respondent_role, f.age_band,
    f.state, f.outcome, f.severity, f.handler_ref, f.wants_answer, f.received_on, f.due_on, f.answered_on, f.closed_on,
    feedback_is_overdue(f) AS is_overdue, t.original AS text, f.version, f.on_behalf_of, to_jsonb(f.support_needs) AS support_needs,
    f.duplicate_of, f.remedy, CASE WHEN carries_remedies(f.kind, f.answered_on) THEN (SELECT jsonb_agg(r.code ORDER BY r.place) FROM remedy r)
        ELSE '[]' END AS remedies -- the catalogue is read once for all rows
FROM feedback f
JOIN unit u ON u.id = f.unit_id
LEFT JOIN feedback_text t ON t.feedback_id = f.id;

-- A case by its id, if the caller sees it.
CREATE FUNCTION visible_case(case_id uuid, caller_units text) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT f.id FROM feedback f JOIN unit u ON u.id = f.unit_id
    WHERE f.id = case_id AND unit_is_visible(u.path, caller_units)
$$;

-- These cases and the duplicates that follow them.
CREATE FUNCTION with_followers(case_ids uuid[]) RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT case_ids || coalesce(array_agg(f.id), '{}') FROM feedback f WHERE f.duplicate_of = ANY (case_ids)
$$;

-- ---- who hears ----

-- A mail to a role's mailbox of the case's unit, or of the nearest unit above that has one. Where nobody is on duty
-- management is.
CREATE OR REPLACE FUNCTION mail_staff(case_id uuid, template_name text, role_name text, key text) RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO mail (template, mailbox, lang, link_id, unique_key)
    SELECT template_name, m.mailbox, 'fi', f.id, template_name || ':' || role_name || ':' || key
    FROM feedback f
    JOIN unit u ON u.id = f.unit_id
    CROSS JOIN LATERAL (
        SELECT coalesce(unit_mailbox(u.path, role_name), CASE role_name WHEN 'duty' THEN unit_mailbox(u.path, 'management') END) AS mailbox
    ) m
    WHERE f.id = case_id AND m.mailbox IS NOT NULL
    ON CONFLICT (unique_key) DO NOTHING
$$;

-- The reminder comes when its share of the time has passed, not before.
CREATE OR REPLACE FUNCTION feedback_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO event (at, type, resource, subject, unit_id, version)
    SELECT day_start(received_on), 'feedback.received', 'feedback', id, unit_id, version FROM new_feedback;
    INSERT INTO job (kind, run_at, subject, data)
    SELECT 'index', app_now(), id, '{}'::jsonb FROM new_feedback
    UNION ALL
    SELECT 'clock', day_start(day_of_percent(received_on, due_on, r.value)) + interval '8 hours', id, '{"phase": "reminder"}'
    FROM new_feedback CROSS JOIN (SELECT value FROM rule WHERE name = 'reminder_percent') r WHERE due_on IS NOT NULL;
    RETURN NULL;
END
$$;

-- What staff say of a case, when it changes; the state has its steps. Who it is given to is an assignment. Severity 4 and
-- 5 tell the duty role at once, once for each.
CREATE OR REPLACE FUNCTION feedback_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO event (at, type, resource, subject, unit_id, version, data)
    SELECT day_start(app_today()), c.type, 'feedback', n.id, n.unit_id, n.version, jsonb_build_object('members', c.members)
    FROM new_feedback n
    JOIN old_feedback o USING (id)
    CROSS JOIN LATERAL (
        SELECT m.type, array_agg(m.name ORDER BY m.name) AS members
        FROM (VALUES ('feedback.assigned', 'unit_id', n.unit_id <> o.unit_id),
            ('feedback.assigned', 'handler_ref', n.handler_ref IS DISTINCT FROM o.handler_ref),
            ('feedback.changed', 'service_id', n.service_id IS DISTINCT FROM o.service_id),
            ('feedback.changed', 'kind', n.kind <> o.kind),
            ('feedback.changed', 'severity', n.severity IS DISTINCT FROM o.severity),
            ('feedback.changed', 'duplicate_of', n.duplicate_of <> o.duplicate_of)) AS m (type, name, differs)
        WHERE m.differs
        GROUP BY m.type
    ) c
    ORDER BY n.id, c.type;
    IF EXISTS (SELECT FROM new_feedback WHERE severity >= 4) THEN
        PERFORM mail_staff(n.id, 'severity', 'duty', n.id || ':' || n.severity)
        FROM new_feedback n
        JOIN old_feedback o USING (id)
        WHERE n.severity >= 4 AND n.severity > coalesce(o.severity, 0);
    END IF;
    RETURN NULL;
END
$$;

-- A step of a case: the state, and what the state means for the dates, the original and the remedy.
CREATE OR REPLACE FUNCTION feedback_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wanted integer;
    moved integer;
    erased uuid[];
    duplicates boolean;
    news boolean;
BEGIN
    SELECT count(*), array_agg(subject) FILTER (WHERE to_state IN ('removed', 'withdrawn')), bool_or(to_state = 'duplicate'),
        bool_or(who <> 'giver' AND to_state IN ('closed', 'referred', 'duplicate', 'removed'))
    INTO wanted, erased, duplicates, news FROM new_step WHERE resource = 'feedback';
    IF wanted = 0 THEN
        RETURN NULL;
    END IF;
    UPDATE feedback f
    SET state = n.to_state,
        outcome = CASE WHEN n.to_state IN ('answered', 'closed') THEN n.data ->> 'outcome' WHEN n.to_state = 'referred' THEN 'referred'
                       WHEN n.to_state = 'in_progress' THEN NULL ELSE f.outcome END,
        duplicate_of = CASE n.to_state WHEN 'duplicate' THEN (n.data ->> 'duplicate_of')::uuid END,
        remedy = CASE n.to_state WHEN 'referred' THEN n.data ->> 'remedy' ELSE f.remedy END,
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
    IF duplicates THEN
        -- No chains: what followed this one follows the same original, and hears what that one's givers have heard.
        UPDATE feedback f SET duplicate_of = (n.data ->> 'duplicate_of')::uuid FROM new_step n
        WHERE n.resource = 'feedback' AND n.to_state = 'duplicate' AND f.duplicate_of = n.subject;
        INSERT INTO job (kind, subject, data)
        SELECT DISTINCT 'news', c.id, jsonb_build_object('state', c.state)
        FROM new_step n
        JOIN change_source s ON s.feedback_id = (n.data ->> 'duplicate_of')::uuid
        JOIN change c ON c.id = s.change_id
        WHERE n.resource = 'feedback' AND n.to_state = 'duplicate'
            AND c.state IN ('planned', 'made', 'verified', 'rejected', 'delayed', 'abandoned');
    END IF;
    IF erased IS NOT NULL THEN
        -- What was removed or withdrawn is erased; the count stays. So are the words with which the giver explained an
        -- earlier step, and when the giver withdrew, the way to reach them.
        DELETE FROM feedback_text WHERE feedback_id = ANY (erased);
        DELETE FROM feedback_words WHERE feedback_id = ANY (erased);
        DELETE FROM message WHERE feedback_id = ANY (erased);
        UPDATE step s SET reason = NULL FROM new_step n
        WHERE n.resource = 'feedback' AND n.to_state IN ('removed', 'withdrawn') AND s.subject = n.subject AND s.id <> n.id
            AND s.who = 'giver' AND s.reason IS NOT NULL;
        UPDATE follow_up SET text = NULL WHERE feedback_id = ANY (erased) AND text IS NOT NULL;
        PERFORM forget_address(n.subject, c.address_hash)
        FROM new_step n LEFT JOIN contact c ON c.feedback_id = n.subject
        WHERE n.resource = 'feedback' AND n.to_state = 'withdrawn';
        DELETE FROM contact c USING new_step n
        WHERE n.resource = 'feedback' AND n.to_state = 'withdrawn' AND c.feedback_id = n.subject;
        -- Those who followed it follow nothing now: somebody must take them up.
        PERFORM mail_staff(f.id, 'original_gone', 'handler', f.id || ':' || f.duplicate_of)
        FROM feedback f WHERE f.duplicate_of = ANY (erased);
    END IF;
    IF news THEN
        -- The giver hears of what staff or a rule did, and so do those who follow; an answer is told by its message.
        PERFORM mail_giver(with_followers(array_agg(n.subject) FILTER (WHERE n.to_state IN ('closed', 'referred')))
            || array_agg(n.subject) FILTER (WHERE n.to_state IN ('duplicate', 'removed')), 'case_news', 'step')
        FROM new_step n
        WHERE n.resource = 'feedback' AND n.who <> 'giver';
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION message_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO event (at, type, resource, subject, unit_id, version, data)
    SELECT day_start(n.sent_on), 'feedback.message', 'feedback', n.feedback_id, f.unit_id, f.version,
        jsonb_build_object('author', n.author, 'kind', n.kind, 'n', n.n)
    FROM new_message n JOIN feedback f ON f.id = n.feedback_id;
    -- An answer is for those who follow too; what else staff write is for the giver alone.
    PERFORM mail_giver(with_followers(array_agg(n.feedback_id) FILTER (WHERE n.kind = 'answer'))
        || array_agg(n.feedback_id) FILTER (WHERE n.kind <> 'answer'), 'case_news', 'message')
    FROM new_message n WHERE n.author = 'staff' HAVING count(*) > 0;
    PERFORM mail_staff(n.feedback_id, 'giver_wrote', 'handler', n.id::text) FROM new_message n WHERE n.author = 'giver';
    RETURN NULL;
END
$$;

-- Who spoke for a change, each once: by address where there is one, else by case. Who follows a voice spoke for it too.
CREATE OR REPLACE FUNCTION change_contributors(wanted_change uuid) RETURNS TABLE (contributor bytea, feedback_id uuid, reachable boolean,
    wants_news boolean, wants_follow_up boolean) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT ON (coalesce(c.address_hash, uuid_send(f.id)))
        coalesce(c.address_hash, uuid_send(f.id)), f.id, c.feedback_id IS NOT NULL,
        coalesce(c.wants_news, false), coalesce(c.wants_follow_up, false)
    FROM change_source s
    CROSS JOIN LATERAL (
        SELECT s.feedback_id AS id
        UNION ALL
        SELECT x.id FROM feedback x WHERE x.duplicate_of = s.feedback_id
    ) v
    JOIN feedback f ON f.id = v.id
    LEFT JOIN contact c ON c.feedback_id = f.id
    WHERE s.change_id = wanted_change AND f.state NOT IN ('removed', 'withdrawn')
    ORDER BY coalesce(c.address_hash, uuid_send(f.id)), c.wants_news DESC NULLS LAST, f.id
$$;

-- ---- what a rule does by itself ----

-- Passes thanks on to their units, goes on with cases whose giver is silent, and closes answered ones: at most so many of
-- each; how many there were. Cases that somebody works on at this moment are left for the next time.
CREATE FUNCTION cases_by_rule(most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moved integer;
    total integer;
BEGIN
    WITH thanks AS MATERIALIZED (
        SELECT f.id, f.unit_id, f.version FROM feedback f
        WHERE f.state = 'received' AND f.kind = 'thanks' AND NOT f.wants_answer
            AND f.received_on <= ((app_now() - make_interval(hours => rule_value('thanks_hours'))) AT TIME ZONE 'Europe/Helsinki')::date
        ORDER BY f.received_on, f.id
        LIMIT most
        FOR NO KEY UPDATE SKIP LOCKED
    ), passed AS (
        INSERT INTO step (id, resource, subject, from_state, to_state, who, data, version)
        SELECT gen_random_uuid(), 'feedback', t.id, 'received', 'closed', 'system', '{"outcome": "passed_on"}', t.version + 1
        FROM thanks t
    ), told AS ( -- one mail per unit and day, which says that there are thanks and not what they say
        INSERT INTO mail (template, mailbox, lang, link_id, unique_key)
        SELECT 'thanks', m.mailbox, 'fi', t.unit_id, 'thanks:handler:' || t.unit_id || ':' || app_today()
        FROM (SELECT DISTINCT x.unit_id FROM thanks x) t
        JOIN unit u ON u.id = t.unit_id
        CROSS JOIN LATERAL (SELECT unit_mailbox(u.path, 'handler') AS mailbox) m
        WHERE m.mailbox IS NOT NULL
        ORDER BY t.unit_id
        ON CONFLICT (unique_key) DO NOTHING
    )
    SELECT count(*) INTO total FROM thanks;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'feedback', f.id, 'waiting_giver', 'in_progress', 'system', f.version + 1
    FROM (
        SELECT x.id, x.version FROM feedback x
        CROSS JOIN LATERAL (SELECT s.made_on FROM step s WHERE s.subject = x.id ORDER BY s.version DESC LIMIT 1) s
        WHERE x.state = 'waiting_giver' AND s.made_on + rule_value('giver_days') < app_today()
        ORDER BY x.id
        LIMIT most
        FOR NO KEY UPDATE OF x SKIP LOCKED
    ) f;
    GET DIAGNOSTICS moved = ROW_COUNT;
    total := greatest(total, moved);
    -- With the outcome that the answer proposed, and its reason.
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, data, version)
    SELECT gen_random_uuid(), 'feedback', f.id, 'answered', 'closed', 'system',
        (SELECT s.reason FROM step s WHERE s.subject = f.id AND s.to_state = 'answered' ORDER BY s.version DESC LIMIT 1),
        jsonb_build_object('outcome', coalesce(f.outcome, 'information')), f.version + 1
    FROM (
        SELECT x.id, x.version, x.outcome FROM feedback x
        WHERE x.state = 'answered' AND x.answered_on < app_today() - rule_value('close_days')
        ORDER BY x.answered_on, x.id
        LIMIT most
        FOR NO KEY UPDATE SKIP LOCKED
    ) f;
    GET DIAGNOSTICS moved = ROW_COUNT;
    RETURN greatest(total, moved);
END
$$;

REVOKE ALL ON FUNCTION cases_by_rule(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cases_by_rule(integer) TO osallisuus_worker;

INSERT INTO job (kind, data, unique_key) VALUES ('clock', '{"phase": "rules"}', 'rules');

-- ---- erasure: the person goes, the count stays ----

-- One row per erased case. Inserting it erases; a table that knows more of a giver has a trigger of its own on this one.
CREATE TABLE erasure (
    feedback_id uuid PRIMARY KEY CONSTRAINT erasure_feedback_exists REFERENCES feedback,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    who text NOT NULL, -- giver and coordinator leave the case withdrawn and removed; retention leaves its state
    caller_id uuid,
    reason text, -- a coordinator's, which becomes that of the step
    erased_on date NOT NULL DEFAULT app_today(),
    CONSTRAINT erasure_who CHECK (who IN ('giver', 'coordinator', 'retention')),
    CONSTRAINT erasure_has_reason CHECK (who <> 'coordinator' OR reason <> '')
);

GRANT SELECT (feedback_id, id, erased_on) ON erasure TO osallisuus_api, osallisuus_worker, osallisuus_reader;
GRANT INSERT (feedback_id, id, who, caller_id, reason) ON erasure TO osallisuus_api;
GRANT INSERT (feedback_id, who) ON erasure TO osallisuus_worker;

CREATE FUNCTION random_bytes() RETURNS bytea LANGUAGE sql VOLATILE AS $$
    SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
$$;

-- What is known of a person by address is forgotten with the last case that has it. A case of the same address takes over
-- the ledger, so that the person still hears of a change once; otherwise its key becomes a random one.
CREATE FUNCTION forget_address(case_id uuid, hash bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    other uuid := (SELECT c.feedback_id FROM contact c WHERE c.address_hash = hash AND c.feedback_id <> case_id ORDER BY 1 LIMIT 1);
BEGIN
    UPDATE follow_up SET token_hash = random_bytes(), text = NULL WHERE feedback_id = case_id;
    UPDATE notice SET feedback_id = other WHERE feedback_id = case_id AND contributor = hash AND other IS NOT NULL;
    UPDATE follow_up SET feedback_id = other WHERE feedback_id = case_id AND contributor = hash AND other IS NOT NULL;
    UPDATE notice SET contributor = random_bytes() WHERE feedback_id = case_id;
    UPDATE follow_up SET contributor = random_bytes() WHERE feedback_id = case_id;
    IF hash IS NOT NULL AND other IS NULL THEN
        DELETE FROM opt_out WHERE address_hash = hash;
        DELETE FROM contact_count WHERE address_hash = hash;
        DELETE FROM dead_address WHERE address_hash = hash;
        -- How far a worker came, when that was this person; what was done is done once anyway.
        UPDATE job SET data = data - 'after' WHERE kind IN ('news', 'follow_up') AND data ->> 'after' = hash::text;
    END IF;
END
$$;

REVOKE ALL ON FUNCTION forget_address(uuid, bytea) FROM PUBLIC;

CREATE FUNCTION feedback_erase() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM forget_address(n.feedback_id, c.address_hash)
    FROM new_erasure n LEFT JOIN contact c USING (feedback_id);
    INSERT INTO step (id, resource, subject, from_state, to_state, who, caller_id, reason, version)
    SELECT n.id, 'feedback', f.id, f.state, CASE n.who WHEN 'giver' THEN 'withdrawn' ELSE 'removed' END, n.who, n.caller_id, n.reason,
        f.version + 1
    FROM new_erasure n JOIN feedback f ON f.id = n.feedback_id
    WHERE n.who <> 'retention' AND f.state NOT IN ('removed', 'withdrawn');
    DELETE FROM contact c USING new_erasure n WHERE c.feedback_id = n.feedback_id;
    DELETE FROM feedback_text t USING new_erasure n WHERE t.feedback_id = n.feedback_id;
    DELETE FROM message m USING new_erasure n WHERE m.feedback_id = n.feedback_id;
    -- Reasons may repeat the giver's words, so only this last one stays; that there was one still counts.
    UPDATE step s SET request_hash = NULL, reason = CASE WHEN s.who <> 'giver' AND s.reason IS NOT NULL THEN '–' END
    FROM new_erasure n WHERE s.subject = n.feedback_id AND s.id <> n.id;
    UPDATE mail m SET unsubscribe_hash = NULL, state = CASE m.state WHEN 'queued' THEN 'no_address' ELSE m.state END
    FROM new_erasure n WHERE m.feedback_id = n.feedback_id;
    UPDATE feedback f SET receipt_hash = random_bytes(), request_hash = NULL, support_needs = '{}'
    FROM new_erasure n WHERE f.id = n.feedback_id;
    INSERT INTO event (at, type, resource, subject, unit_id, version)
    SELECT day_start(n.erased_on), 'feedback.erased', 'feedback', f.id, f.unit_id, f.version
    FROM new_erasure n JOIN feedback f ON f.id = n.feedback_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER feedback_erase AFTER INSERT ON erasure REFERENCING NEW TABLE AS new_erasure
    FOR EACH STATEMENT EXECUTE FUNCTION feedback_erase();
