-- What somebody brings to a panel or a session, and what became of it.

INSERT INTO role_scope (resource, who, scope) VALUES ('input', 'coordinator', 'panels:write');
INSERT INTO moving_resource (resource, unit_sql) VALUES ('input', 'input_unit(x)');
INSERT INTO rule (name, value, least, most, help) VALUES
    ('initiative_months', 1, 1, 6, 'Months in which an initiative gets its first word.');

-- id is random and there is no moment: neither tells who of those present spoke.
CREATE TABLE input (
    id uuid PRIMARY KEY,
    panel_id uuid CONSTRAINT input_panel_exists REFERENCES panel,
    session_id uuid CONSTRAINT input_session_exists REFERENCES session,
    person_id uuid CONSTRAINT input_person_exists REFERENCES person ON DELETE SET NULL, -- who brought it by the personal link
    speaker_role text NOT NULL,
    kind text NOT NULL,
    lang text NOT NULL DEFAULT 'fi',
    text text, -- as it was said; NULL: withdrawn, or kept long enough
    masked text GENERATED ALWAYS AS (CASE WHEN mask_is_thinkable(text) THEN masked_text(text, lang) END) STORED,
    dissents_from uuid CONSTRAINT input_dissents_from_input REFERENCES input,
    statement_id uuid CONSTRAINT input_statement_exists REFERENCES statement,
    state text NOT NULL DEFAULT 'submitted',
    state_reason text,
    brought_on date NOT NULL DEFAULT app_today(),
    due_on date,      -- of an initiative: for the first word
    answered_on date, -- when its fate was first spoken of
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT input_has_place CHECK (num_nonnulls(panel_id, session_id) > 0),
    CONSTRAINT input_speaker_role CHECK (speaker_role IN ('client', 'relative', 'guardian', 'child', 'youth', 'resident', 'professional', 'chair',
        'facilitator', 'representative', 'nominee', 'staff')),
    CONSTRAINT input_kind CHECK (kind IN ('statement', 'initiative', 'idea', 'dissent', 'comment')),
    CONSTRAINT input_lang CHECK (lang IN ('fi', 'sv', 'en', 'se', 'smn', 'sms')),
    CONSTRAINT input_text_is_not_blank CHECK (text IS NULL OR NOT is_blank(text)),
    CONSTRAINT input_dissent_names_statement CHECK ((kind = 'dissent')::integer = num_nonnulls(dissents_from, statement_id)),
    CONSTRAINT input_state CHECK (state IN ('submitted', 'discussed', 'taken', 'partly', 'parked', 'not_taken', 'withdrawn')),
    CONSTRAINT input_initiative_is_due CHECK ((kind = 'initiative') = (due_on IS NOT NULL))
);

ALTER TABLE input ALTER COLUMN text SET STATISTICS 0, ALTER COLUMN masked SET STATISTICS 0;
CREATE INDEX input_by_day ON input (brought_on DESC, id DESC);
CREATE INDEX input_of_panel ON input (panel_id, brought_on DESC, id DESC);
CREATE INDEX input_of_session ON input (session_id, brought_on DESC, id DESC) WHERE session_id IS NOT NULL;
CREATE INDEX input_of_person ON input (person_id, brought_on DESC, id DESC) WHERE person_id IS NOT NULL;
CREATE INDEX input_initiative ON input (brought_on) WHERE kind = 'initiative';

-- An input is of the panel's unit; one of an open session of the session's.
CREATE FUNCTION input_unit(i input) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT p.unit_id FROM panel p WHERE p.id = i.panel_id), (SELECT s.unit_id FROM session s WHERE s.id = i.session_id))
$$;

CREATE FUNCTION input_is_overdue(due_on date, answered_on date, state text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(due_on < app_today(), false) AND answered_on IS NULL AND state <> 'withdrawn'
$$;

-- ---- what is brought ----
-- Whether an input may be brought so: by a member or participant (bringer), or written down by a key with these units.
CREATE FUNCTION input_judged(wish jsonb, caller_units text, bringer uuid,
    OUT panel_id uuid, OUT session_id uuid, OUT speaker_role text, OUT problem text, OUT pointer text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_variable
DECLARE
    panel_state text;
    session_state text;
    is_known boolean;
BEGIN
    panel_id := (wish ->> 'panel_id')::uuid;
    session_id := (wish ->> 'session_id')::uuid;
    speaker_role := wish ->> 'speaker_role';
    IF bringer IS NOT NULL THEN
        SELECT w.panel_id, coalesce(session_id, w.session_id), w.speaker_role, w.problem INTO panel_id, session_id, speaker_role, problem
        FROM input_bringer(bringer) w;
    END IF;
    IF problem IS NULL AND is_blank(wish ->> 'text') THEN
        problem := 'text_is_blank'; pointer := '/text';
    END IF;
    IF problem IS NOT NULL THEN
        RETURN;
    ELSIF num_nonnulls(panel_id, session_id) = 0 THEN
        problem := 'input_has_place'; pointer := '/panel_id';
        RETURN;
    END IF;
    IF session_id IS NOT NULL THEN
        SELECT s.state, bringer IS NOT NULL OR unit_is_visible(u.path, caller_units) INTO session_state, is_known
        FROM session s JOIN unit u ON u.id = s.unit_id
        WHERE s.id = session_id AND (panel_id IS NULL OR EXISTS (
            SELECT FROM session_panel x WHERE x.session_id = s.id AND x.panel_id = input_judged.panel_id));
        IF is_known IS NOT TRUE THEN
            problem := 'unknown_reference'; pointer := '/session_id';
            RETURN;
        END IF;
        -- What is brought to a session of one panel is that panel's.
        IF panel_id IS NULL AND bringer IS NULL THEN
            SELECT min(x.panel_id::text)::uuid INTO panel_id FROM session_panel x WHERE x.session_id = input_judged.session_id HAVING count(*) = 1;
        END IF;
    END IF;
    IF panel_id IS NOT NULL THEN
        SELECT p.state, bringer IS NOT NULL OR unit_is_visible(u.path, caller_units) INTO panel_state, is_known
        FROM panel p JOIN unit u ON u.id = p.unit_id WHERE p.id = panel_id;
        IF is_known IS NOT TRUE THEN
            problem := 'unknown_reference'; pointer := CASE WHEN wish ? 'panel_id' THEN '/panel_id' ELSE '/session_id' END;
            RETURN;
        END IF;
    END IF;
    problem := CASE WHEN panel_state IN ('draft', 'recruiting', 'ended', 'evaluated') OR panel_state = 'paused' AND bringer IS NOT NULL
                        THEN 'panel_is_not_active'
                    WHEN session_state IN ('draft', 'cancelled') THEN 'session_takes_no_inputs' END;
    IF problem IS NULL THEN
        SELECT d.problem, d.pointer INTO problem, pointer FROM input_dissent_fault(wish, panel_id, session_id) d;
    END IF;
END
$$;

-- In which panel or session somebody with a personal link speaks, and as what.
CREATE FUNCTION input_bringer(person uuid) RETURNS TABLE (panel_id uuid, session_id uuid, speaker_role text, problem text) LANGUAGE sql STABLE AS $$
    SELECT m.panel_id, NULL::uuid, m.role, CASE WHEN m.state <> 'active' THEN 'member_is_not_active' END FROM member m WHERE m.id = person
    UNION ALL
    SELECT NULL, r.session_id, 'resident', CASE WHEN r.state NOT IN ('registered', 'attended') THEN 'member_is_not_active' END
    FROM registration r WHERE r.id = person
$$;

-- A dissent names one statement of the same panel or session: one that was brought, or one that the council adopted.
CREATE FUNCTION input_dissent_fault(wish jsonb, of_panel uuid, of_session uuid) RETURNS TABLE (problem text, pointer text) LANGUAGE sql STABLE AS $$
    SELECT f.problem, CASE WHEN f.problem IS NOT NULL THEN f.pointer END
    FROM (
        SELECT CASE WHEN (b.kind = 'dissent')::integer <> num_nonnulls(b.dissents_from, b.statement_id) THEN 'input_dissent_names_statement'
                    WHEN b.dissents_from IS NOT NULL AND NOT EXISTS (
                        SELECT FROM input i WHERE i.id = b.dissents_from AND i.kind = 'statement' AND i.state <> 'withdrawn'
                            AND (i.panel_id = of_panel OR i.session_id = of_session)) THEN 'unknown_reference'
                    WHEN b.statement_id IS NOT NULL AND NOT EXISTS (
                        SELECT FROM statement s WHERE s.id = b.statement_id AND s.panel_id = of_panel AND s.text <> '{}') THEN 'unknown_reference'
               END AS problem,
            CASE WHEN b.statement_id IS NULL THEN '/dissents_from' ELSE '/statement_id' END AS pointer
        FROM jsonb_to_record(wish) AS b (kind text, dissents_from uuid, statement_id uuid)
    ) f
$$;

-- The last day for the first word to what is brought today.
CREATE FUNCTION input_due_on(input_kind text) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN input_kind = 'initiative' THEN limit_day((app_today() + make_interval(months => rule_value('initiative_months')))::date) END
$$;

CREATE FUNCTION input_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO event (at, type, resource, subject, unit_id, version, data)
    SELECT day_start(n.brought_on), 'input.submitted', 'input', n.id, input_unit(i), n.version,
        jsonb_build_object('kind', n.kind) || CASE WHEN n.person_id IS NULL THEN '{}' ELSE '{"who": "member"}'::jsonb END
    FROM new_input n JOIN input i ON i.id = n.id;
    INSERT INTO job (kind, run_at, subject, data)
    SELECT 'clock', day_start(day_of_percent(n.brought_on, n.due_on, rule_value('reminder_percent'))) + interval '8 hours', n.id,
        '{"phase": "initiative_reminder"}'
    FROM new_input n WHERE n.due_on IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER input_made AFTER INSERT ON input REFERENCING NEW TABLE AS new_input FOR EACH STATEMENT EXECUTE FUNCTION input_made();

-- ---- what becomes of it ----
-- The step is there already. What was withdrawn is erased; the count stays.
CREATE FUNCTION input_follows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    NEW.version := OLD.version + 1;
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF NEW.state = 'withdrawn' THEN
        NEW.text := NULL;
        NEW.request_hash := NULL;
    ELSE
        NEW.answered_on := coalesce(OLD.answered_on, app_today());
        NEW.state_reason := (SELECT s.reason FROM step s WHERE s.subject = NEW.id AND s.version = NEW.version);
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER input_follows BEFORE UPDATE ON input FOR EACH ROW EXECUTE FUNCTION input_follows();

-- Whoever brought it by a personal link is told.
CREATE FUNCTION input_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM mail_person(array_agg(n.person_id), 'person_news', NULL)
    FROM new_input n JOIN old_input o USING (id)
    WHERE n.state <> o.state AND n.state <> 'withdrawn' AND n.person_id IS NOT NULL
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER input_moved AFTER UPDATE ON input REFERENCING OLD TABLE AS old_input NEW TABLE AS new_input
    FOR EACH STATEMENT EXECUTE FUNCTION input_moved();

-- Who is erased takes the words along; the count stays. Before person_erase.
CREATE FUNCTION erase_inputs() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE input i SET text = NULL, request_hash = NULL FROM new_erasure n WHERE i.person_id = n.person_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER erase_inputs AFTER INSERT ON person_erasure REFERENCING NEW TABLE AS new_erasure FOR EACH STATEMENT EXECUTE FUNCTION erase_inputs();

-- A mail to a role's mailbox of a unit, or of the nearest unit above that has one.
CREATE FUNCTION mail_mailbox(of_unit uuid, template_name text, role_name text, link uuid, key text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO mail (template, mailbox, lang, link_id, unique_key)
    SELECT template_name, m.mailbox, 'fi', link, template_name || ':' || role_name || ':' || key
    FROM unit u
    CROSS JOIN LATERAL (SELECT unit_mailbox(u.path, role_name) AS mailbox) m
    WHERE u.id = of_unit AND m.mailbox IS NOT NULL
    ON CONFLICT (unique_key) DO NOTHING
$$;

-- Of initiatives without a first word: the coordinator is reminded before the day, and told after it.
CREATE FUNCTION clock_initiative(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE sql AS $$
    SELECT mail_mailbox(input_unit(i), phase, 'coordinator', i.id, i.id::text)
    FROM input i WHERE i.id = ANY (subjects) AND i.answered_on IS NULL AND i.state = 'submitted' ORDER BY i.id;
    SELECT i.id, day_start(i.due_on + 1) + interval '8 hours', '{"phase": "initiative_overdue"}'::jsonb
    FROM input i WHERE i.id = ANY (subjects) AND phase = 'initiative_reminder' AND i.answered_on IS NULL AND i.state = 'submitted'
$$;

INSERT INTO clock_phase (phase, does) VALUES ('initiative_reminder', 'clock_initiative'), ('initiative_overdue', 'clock_initiative');

-- ---- what is read ----
CREATE VIEW shown_input AS
SELECT i.id, i.panel_id, i.session_id, i.speaker_role, i.kind, i.lang, coalesce(i.masked, i.text) AS text, i.masked IS NOT NULL AS is_masked,
    i.dissents_from, i.statement_id, i.state, i.state_reason, i.brought_on, i.due_on, i.answered_on,
    input_is_overdue(i.due_on, i.answered_on, i.state) AS is_overdue, i.version
FROM input i;

-- The words of one's own, as they were said; whoever has the personal link.
CREATE FUNCTION own_input_texts(link_hash bytea) RETURNS TABLE (input_id uuid, text text) LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT i.id, i.text FROM person p JOIN input i ON i.person_id = p.id WHERE p.token_hash = link_hash
$$;

-- ---- how long it is kept ----
CREATE FUNCTION retention_due_inputs(last_day date, most integer) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT i.id::text FROM input i WHERE i.brought_on <= last_day AND i.text IS NOT NULL ORDER BY i.brought_on, i.id LIMIT most
$$;

CREATE FUNCTION retention_purge_inputs(keys text[], last_day date) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    UPDATE input i SET text = NULL, person_id = NULL, request_hash = NULL, state_reason = CASE WHEN i.state_reason IS NOT NULL THEN '–' END
    WHERE i.id = ANY (keys::uuid[]);
    UPDATE step s SET reason = '–' WHERE s.subject = ANY (keys::uuid[]) AND s.reason IS NOT NULL;
    RETURN cardinality(keys);
END
$$;

INSERT INTO retention (class, place, days, least, most, what, kept, ground)
SELECT 'inputs', (SELECT max(x.place) + 1 FROM retention x), 730, 365, 7305,
    jsonb_build_object(
        'fi', 'Paneeleihin ja tilaisuuksiin tuotujen aloitteiden, ideoiden ja muiden sanat sekä perustelut: tuomisen päivästä.',
        'sv', 'Orden i initiativ, idéer och annat som har lämnats till paneler och tillfällen, och motiveringarna: från dagen då de lämnades.',
        'en', 'The words of initiatives, ideas and the like that were brought to panels and sessions, and reasons: from the day they were brought.'),
    jsonb_build_object(
        'fi', 'Laji, päivä, puhujan rooli ja lopputulos lukuja varten.',
        'sv', 'Slag, dag, talarens roll och utfall för statistiken.',
        'en', 'Kind, day, role of the speaker and fate, for the figures.'),
    r.ground
FROM retention r WHERE r.class = 'texts';

CREATE FUNCTION retention_due_input_hashes(last_day date, most integer) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT i.id::text FROM input i WHERE i.brought_on <= last_day AND i.request_hash IS NOT NULL ORDER BY i.brought_on, i.id LIMIT most
$$;

CREATE FUNCTION retention_purge_input_hashes(keys text[], last_day date) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    UPDATE input i SET request_hash = NULL WHERE i.id = ANY (keys::uuid[]);
    RETURN cardinality(keys);
END
$$;

INSERT INTO retention (class, place, days, least, most, what, kept, ground)
SELECT 'input_hashes', (SELECT max(x.place) + 1 FROM retention x), 30, 2, 365,
    jsonb_build_object(
        'fi', 'Tiivisteet, joista toistettu aloite, idea tai muu tunnistetaan samaksi: tuomisen päivästä.',
        'sv', 'Kontrollsummor som visar att ett upprepat initiativ, en idé eller annat är detsamma: från dagen då det lämnades.',
        'en', 'Hashes by which a repeated initiative, idea or the like is known to be the same: from the day it was brought.'),
    r.kept, r.ground
FROM retention r WHERE r.class = 'request_hashes';

REVOKE ALL ON FUNCTION retention_due_inputs(date, integer), retention_purge_inputs(text[], date), retention_due_input_hashes(date, integer),
    retention_purge_input_hashes(text[], date) FROM PUBLIC;

GRANT CREATE ON SCHEMA public TO osallisuus_text; -- or it could own nothing there
ALTER VIEW shown_input OWNER TO osallisuus_text;
ALTER FUNCTION own_input_texts(bytea) OWNER TO osallisuus_text;
REVOKE CREATE ON SCHEMA public FROM osallisuus_text;
GRANT SELECT ON input TO osallisuus_text;
GRANT SELECT (id, token_hash) ON person TO osallisuus_text;
REVOKE ALL ON FUNCTION own_input_texts(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION own_input_texts(bytea) TO osallisuus_api;
GRANT SELECT ON shown_input TO osallisuus_api, osallisuus_worker;
GRANT SELECT (id, panel_id, session_id, person_id, speaker_role, kind, lang, dissents_from, statement_id, state, state_reason, brought_on, due_on,
    answered_on, version, request_hash) ON input TO osallisuus_api;
GRANT SELECT (id, panel_id, session_id, speaker_role, kind, lang, dissents_from, statement_id, state, brought_on, due_on, answered_on, version)
    ON input TO osallisuus_worker, osallisuus_reader;
GRANT INSERT (id, panel_id, session_id, person_id, speaker_role, kind, lang, text, dissents_from, statement_id, due_on, request_hash)
    ON input TO osallisuus_api;
-- A row that may not be changed could not be locked either.
GRANT UPDATE (request_hash) ON input TO osallisuus_api;
