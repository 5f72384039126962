-- Online rounds of a panel: questions to its members by single-use links, a summary, and what came of it told to them. The questions
-- are a survey with one round, which opens, invites, reminds, closes and forgets as any survey does.

INSERT INTO role_scope (resource, who, scope) VALUES ('round', 'coordinator', 'panels:write');
INSERT INTO moving_resource (resource, unit_sql) VALUES ('round', '(SELECT p.unit_id FROM panel p WHERE p.id = x.panel_id)');
INSERT INTO rule (name, value, least, most, help) VALUES
    ('round_archive_days', 90, 1, 3650, 'Days after which a round that was fed back goes to the archive.');

CREATE TABLE round (
    id uuid PRIMARY KEY,
    panel_id uuid NOT NULL CONSTRAINT round_panel_exists REFERENCES panel,
    survey_round_id uuid NOT NULL CONSTRAINT round_survey_round_exists REFERENCES survey_round, -- asks its questions
    has_discussion boolean NOT NULL DEFAULT false,
    summary jsonb NOT NULL DEFAULT '{}',  -- what the members said
    feedback jsonb NOT NULL DEFAULT '{}', -- what came of it
    state text NOT NULL DEFAULT 'draft',
    made_on date NOT NULL DEFAULT app_today(),
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT round_survey_round_is_its_own UNIQUE (survey_round_id),
    CONSTRAINT round_texts_are_by_language CHECK (is_language_map(summary) AND is_language_map(feedback)),
    CONSTRAINT round_state CHECK (state IN ('draft', 'open', 'closed', 'summarised', 'fed_back', 'archived', 'cancelled')),
    CONSTRAINT round_has_summary CHECK (state NOT IN ('summarised', 'fed_back', 'archived') OR summary <> '{}'),
    CONSTRAINT round_has_feedback CHECK (state NOT IN ('fed_back', 'archived') OR feedback <> '{}')
);

CREATE INDEX round_by_day ON round (made_on DESC, id DESC);
CREATE INDEX round_of_panel ON round (panel_id, made_on DESC, id DESC);
CREATE TRIGGER round_version BEFORE UPDATE ON round FOR EACH ROW EXECUTE FUNCTION next_version();

-- A round with its questions; the survey is open from the beginning, and its round opens at its time.
CREATE FUNCTION round_make(new_id uuid, of_panel uuid, wish jsonb, hash bytea) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    survey_id CONSTANT uuid := gen_random_uuid();
    asked_id CONSTANT uuid := gen_random_uuid();
BEGIN
    IF EXISTS (SELECT FROM round r WHERE r.id = new_id) THEN
        RETURN false;
    END IF;
    INSERT INTO survey (id, unit_id, question_set_id, title, intro, audience, state)
    SELECT survey_id, p.unit_id, b.question_set_id, b.title, coalesce(b.intro, '{}'), 'panel', 'open'
    FROM panel p CROSS JOIN jsonb_to_record(wish) AS b (question_set_id uuid, title jsonb, intro jsonb) WHERE p.id = of_panel;
    INSERT INTO survey_round (id, survey_id, n, opens_at, closes_at, remind_at)
    SELECT asked_id, survey_id, 1, b.opens_at, b.closes_at, b.remind_at
    FROM jsonb_to_record(wish) AS b (opens_at timestamptz, closes_at timestamptz, remind_at timestamptz);
    INSERT INTO round (id, panel_id, survey_round_id, has_discussion, request_hash)
    VALUES (new_id, of_panel, asked_id, coalesce((wish ->> 'has_discussion')::boolean, false), hash);
    RETURN true;
EXCEPTION WHEN unique_violation THEN
    RETURN false; -- the same request at the same time was first: its survey is the one
END
$$;

CREATE VIEW round_shown WITH (security_invoker = true) AS
SELECT r.id, r.panel_id, s.question_set_id, s.title, s.intro, x.opens_at, x.closes_at, x.remind_at, r.has_discussion, r.summary, r.feedback, r.state,
    r.made_on, r.version, r.request_hash, r.survey_round_id, x.survey_id
FROM round r
JOIN survey_round x ON x.id = r.survey_round_id
JOIN survey s ON s.id = x.survey_id;

-- What a round lacks for a state, as the name of the rule; NULL: nothing.
CREATE FUNCTION round_breach(r round, wanted text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN wanted = 'open' AND (SELECT p.state FROM panel p WHERE p.id = r.panel_id) <> 'active' THEN 'panel_is_not_active'
                WHEN wanted = 'summarised' AND r.summary = '{}' THEN 'round_has_summary'
                WHEN wanted = 'fed_back' AND r.feedback = '{}' THEN 'round_has_feedback' END
$$;

-- The round and what asks its questions go together, whichever was moved. Who opens has links made, who feeds back tells the members.
CREATE FUNCTION round_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM new_step n WHERE n.resource IN ('round', 'survey_round')) THEN
        RETURN NULL;
    END IF;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'survey_round', x.id, x.state, CASE n.to_state WHEN 'open' THEN 'open' ELSE 'closed' END, 'system', x.version + 1
    FROM new_step n JOIN round r ON r.id = n.subject JOIN survey_round x ON x.id = r.survey_round_id
    WHERE n.resource = 'round' AND (n.to_state = 'open' AND x.state = 'planned' OR n.to_state IN ('closed', 'cancelled') AND x.state = 'open');
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'round', r.id, r.state, n.to_state, 'system', r.version + 1
    FROM new_step n JOIN round r ON r.survey_round_id = n.subject
    WHERE n.resource = 'survey_round' AND (n.to_state = 'open' AND r.state = 'draft' OR n.to_state = 'closed' AND r.state = 'open');
    INSERT INTO job (kind, subject, data) SELECT 'follow_up', n.subject, '{"phase": "links"}' FROM new_step n WHERE n.resource = 'round' AND n.to_state = 'open';
    INSERT INTO job (kind, run_at, subject, data)
    SELECT 'clock', app_now() + make_interval(days => rule_value('round_archive_days')), n.subject, '{"phase": "panel_round_archive"}'
    FROM new_step n WHERE n.resource = 'round' AND n.to_state = 'fed_back';
    PERFORM mail_person(array_agg(m.id), 'person_news', 'round:' || r.id)
    FROM new_step n JOIN round r ON r.id = n.subject JOIN member m ON m.panel_id = r.panel_id AND m.state = 'active'
    WHERE n.resource = 'round' AND n.to_state = 'fed_back'
    GROUP BY r.id;
    RETURN NULL;
END
$$;

CREATE TRIGGER step_round AFTER INSERT ON step REFERENCING NEW TABLE AS new_step FOR EACH STATEMENT EXECUTE FUNCTION round_step();

CREATE FUNCTION clock_panel_round(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE sql AS $$
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'round', r.id, r.state, 'archived', 'system', r.version + 1
    FROM round r
    WHERE r.id = ANY (subjects) AND r.state = 'fed_back'
    ORDER BY r.id;
    SELECT NULL::clock_again WHERE false
$$;

INSERT INTO clock_phase (phase, does) VALUES ('panel_round_archive', 'clock_panel_round');

-- ---- links of members ----
ALTER TABLE survey_link ADD COLUMN person_id uuid CONSTRAINT survey_link_person_exists REFERENCES person ON DELETE SET NULL,
    ADD CONSTRAINT survey_link_person_once UNIQUE (round_id, person_id);
CREATE INDEX survey_link_of_person ON survey_link (person_id) WHERE person_id IS NOT NULL;

-- Members of an open round's panel who have no link in it yet; the worker makes the tokens.
CREATE FUNCTION round_people(of_round uuid, most integer) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT w.id
    FROM round r
    JOIN member m ON m.panel_id = r.panel_id AND m.state = 'active'
    JOIN person w ON w.id = m.id AND w.ended_on IS NULL
    WHERE r.id = of_round AND r.state = 'open' AND NOT EXISTS (SELECT FROM survey_link l WHERE l.round_id = r.survey_round_id AND l.person_id = w.id)
    ORDER BY w.id
    LIMIT most
$$;

CREATE FUNCTION round_links_make(of_round uuid, ids uuid[], hashes bytea[], people uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    batch CONSTANT uuid := gen_random_uuid();
    asked_id CONSTANT uuid := (SELECT r.survey_round_id FROM round r WHERE r.id = of_round);
BEGIN
    INSERT INTO survey_link_batch (id, round_id, link_count) VALUES (batch, asked_id, cardinality(ids));
    INSERT INTO survey_link (id, round_id, batch_id, token_hash, person_id, lang)
    SELECT w.id, asked_id, batch, w.hash, p.id, p.lang
    FROM unnest(ids, hashes, people) AS w (id, hash, person) JOIN person p ON p.id = w.person
    ORDER BY w.id
    ON CONFLICT ON CONSTRAINT survey_link_person_once DO NOTHING;
END
$$;

-- Whether the mailer has an address for a link: its own, or that of the person whose it is.
CREATE FUNCTION survey_link_is_mailed(l survey_link) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT l.has_address OR EXISTS (SELECT FROM person p WHERE p.id = l.person_id AND p.has_address)
$$;

CREATE OR REPLACE FUNCTION survey_link_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM survey_round_jobs(array_agg(DISTINCT round_id)) FROM new_link WHERE has_address OR person_id IS NOT NULL HAVING count(*) > 0;
    RETURN NULL;
END
$$;

-- As before, and to members.
CREATE OR REPLACE FUNCTION clock_round_mail(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE sql AS $$
    WITH wanted AS (
        SELECT CASE phase WHEN 'round_invite' THEN 'survey_invitation' ELSE 'survey_reminder' END AS template
    ), mailed AS (
        INSERT INTO mail (template, survey_link_id, link_id, capped, unique_key)
        SELECT w.template, l.id, l.id, phase = 'round_invite', w.template || ':' || l.id
        FROM wanted w
        JOIN survey_round r ON r.id = ANY (subjects) AND r.state = 'open' AND (phase = 'round_invite' OR r.remind_at <= app_now())
        CROSS JOIN LATERAL (
            SELECT x.id
            FROM survey_link x
            WHERE x.round_id = r.id AND x.used IS false AND survey_link_is_mailed(x)
                AND NOT EXISTS (SELECT FROM mail m WHERE m.survey_link_id = x.id AND m.template = w.template)
                AND (phase = 'round_invite' OR EXISTS (
                    SELECT FROM mail m WHERE m.survey_link_id = x.id AND m.template = 'survey_invitation' AND m.state = 'sent'))
            ORDER BY x.id
            LIMIT 2000
        ) l
        ON CONFLICT (unique_key) DO NOTHING
        RETURNING survey_link_id
    )
    SELECT l.round_id, app_now(), jsonb_build_object('phase', phase)
    FROM mailed m JOIN survey_link l ON l.id = m.survey_link_id
    GROUP BY l.round_id HAVING count(*) >= 2000
$$;

CREATE OR REPLACE FUNCTION survey_rounds_forget(rounds uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE survey_link l SET used = NULL, used_key = NULL, sealed = NULL, key_id = NULL, person_id = NULL
    FROM survey_round r
    WHERE r.id = ANY (rounds) AND r.state = 'closed' AND l.round_id = r.id AND (l.used IS NOT NULL OR l.sealed IS NOT NULL OR l.person_id IS NOT NULL)
$$;

-- One answer by one link: what became of it, as the columns of a reply. The link's row is locked by the caller. A repetition is known
-- by its key alone: a hash of the answers would relate the link to them.
CREATE FUNCTION survey_answered(of_link uuid, wish jsonb, request uuid, reply_lang text,
    OUT _replayed boolean, OUT _problem text, OUT _errors jsonb) LANGUAGE plpgsql AS $$
DECLARE
    a survey_access;
BEGIN
    SELECT x.* INTO a FROM survey_access x WHERE x.link_id = of_link;
    _replayed := a.state = 'answered' AND a.used_key IS NOT DISTINCT FROM request;
    IF _replayed THEN
        RETURN;
    END IF;
    _problem := CASE a.state WHEN 'early' THEN 'survey_is_not_open' WHEN 'closed' THEN 'survey_is_closed' WHEN 'answered' THEN 'survey_is_answered' END;
    IF _problem IS NULL THEN
        _errors := question_problems(a.questions, wish -> 'answers');
        _problem := CASE WHEN _errors IS NOT NULL THEN 'answers_refused' END;
    END IF;
    IF _problem IS NULL THEN
        UPDATE survey_link l SET used = true, used_key = request WHERE l.id = of_link AND l.used IS false;
        INSERT INTO answer_sheet (question_set_id, round_id, lang, answers)
        VALUES (a.question_set_id, a.round_id, coalesce(wish ->> 'lang', reply_lang), wish -> 'answers');
    END IF;
END
$$;

-- As before, and a member's link to a round goes to the member's address.
CREATE OR REPLACE FUNCTION mail_prepare(mail_ids uuid[], unsubscribe_hashes bytea[]) RETURNS TABLE (mail_id uuid, verdict text,
    template text, lang text, mailbox text, sealed bytea, address_hash bytea, link_id uuid, capped boolean, is_person boolean)
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    m record;
    this_month date := date_trunc('month', app_today()::timestamp)::date;
    cap integer := rule_value('contact_cap');
    day_cap integer := rule_value('receipt_mails');
BEGIN
    -- By address, so that two processes never wait for each other crosswise.
    FOR m IN
        SELECT x.id, x.template,
            CASE WHEN x.lang IS NULL AND r.lang = 'fi' AND f.support_needs @> '{easy_language}' THEN 'fi-x-selko'
                 ELSE coalesce(x.lang, r.lang) END AS lang, x.mailbox, r.sealed, r.address_hash, coalesce(p.link_id, p.id, x.link_id) AS link_id,
            x.capped, x.counted, w.hash, p.id IS NOT NULL AS is_person,
            CASE WHEN x.state <> 'queued' THEN 'over'
                 WHEN x.survey_link_id IS NOT NULL AND l.used IS NOT false THEN 'not_needed'
                 WHEN x.mailbox IS NULL AND r.sealed IS NULL THEN 'no_address'
                 WHEN d.address_hash IS NOT NULL THEN 'failed'
                 WHEN (x.capped OR l.id IS NOT NULL) AND o.address_hash IS NOT NULL THEN 'opted_out'
                 WHEN x.capped AND l.id IS NULL AND NOT CASE x.template WHEN 'follow_up' THEN c.wants_follow_up ELSE coalesce(c.wants_news, p.wants_news) END
                     THEN 'opted_out'
                 ELSE 'send' END AS verdict
        FROM unnest(mail_ids, unsubscribe_hashes) w (id, hash)
        JOIN mail x ON x.id = w.id
        LEFT JOIN contact c ON c.feedback_id = x.feedback_id
        LEFT JOIN feedback f ON f.id = x.feedback_id
        LEFT JOIN survey_link l ON l.id = x.survey_link_id
        LEFT JOIN person p ON p.id = x.person_id
        LEFT JOIN person q ON q.id = l.person_id
        CROSS JOIN LATERAL (SELECT coalesce(c.sealed, l.sealed, p.sealed, q.sealed) AS sealed, coalesce(c.address_hash, l.address_hash, p.address_hash, q.address_hash) AS address_hash,
                                coalesce(c.lang, l.lang, p.lang) AS lang) r
        LEFT JOIN dead_address d ON d.address_hash = r.address_hash
        LEFT JOIN opt_out o ON o.address_hash = r.address_hash
        ORDER BY r.address_hash, x.capped, x.id
    LOOP
        IF m.verdict = 'send' AND m.capped AND NOT m.counted THEN
            INSERT INTO contact_count AS k (address_hash, month, sent) VALUES (m.address_hash, this_month, 1)
            ON CONFLICT (address_hash, month) DO UPDATE SET sent = k.sent + 1 WHERE k.sent < cap;
            IF FOUND THEN
                UPDATE mail SET counted = true, unsubscribe_hash = m.hash WHERE id = m.id;
            ELSE
                m.verdict := 'capped';
            END IF;
        ELSIF m.verdict = 'send' AND m.template = 'received' AND NOT m.counted THEN
            INSERT INTO receipt_mail_count AS k (day, address_hash, sent) VALUES (app_today(), m.address_hash, 1)
            ON CONFLICT (day, address_hash) DO UPDATE SET sent = k.sent + 1 WHERE k.sent < day_cap;
            IF FOUND THEN
                UPDATE mail SET counted = true WHERE id = m.id;
            ELSE
                m.verdict := 'day_capped';
            END IF;
        END IF;
        RETURN QUERY SELECT m.id, m.verdict, m.template, m.lang, m.mailbox, m.sealed, m.address_hash, m.link_id, m.capped, m.is_person;
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION opt_out_by_link(link_hash bytea) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO opt_out (address_hash)
    SELECT a.hash
    FROM mail m
    LEFT JOIN contact c ON c.feedback_id = m.feedback_id
    LEFT JOIN survey_link l ON l.id = m.survey_link_id
    LEFT JOIN person p ON p.id = coalesce(m.person_id, l.person_id)
    CROSS JOIN LATERAL (SELECT coalesce(c.address_hash, l.address_hash, p.address_hash) AS hash) a
    WHERE m.unsubscribe_hash = link_hash AND a.hash IS NOT NULL
    ON CONFLICT (address_hash) DO NOTHING;
    RETURN EXISTS (SELECT FROM mail WHERE unsubscribe_hash = link_hash);
END
$$;

-- ---- discussion ----
ALTER TABLE input ADD COLUMN round_id uuid CONSTRAINT input_round_exists REFERENCES round;
CREATE INDEX input_of_round ON input (round_id, brought_on DESC, id DESC) WHERE round_id IS NOT NULL;

-- As before, and comments to a round that is open for them.
DROP FUNCTION input_judged(jsonb, text, uuid);
CREATE FUNCTION input_judged_in_place(wish jsonb, caller_units text, bringer uuid,
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
            SELECT FROM session_panel x WHERE x.session_id = s.id AND x.panel_id = input_judged_in_place.panel_id));
        IF is_known IS NOT TRUE THEN
            problem := 'unknown_reference'; pointer := '/session_id';
            RETURN;
        END IF;
        -- What is brought to a session of one panel is that panel's.
        IF panel_id IS NULL AND bringer IS NULL THEN
            SELECT min(x.panel_id::text)::uuid INTO panel_id FROM session_panel x WHERE x.session_id = input_judged_in_place.session_id HAVING count(*) = 1;
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

CREATE FUNCTION input_judged(wish jsonb, caller_units text, bringer uuid,
    OUT panel_id uuid, OUT session_id uuid, OUT round_id uuid, OUT speaker_role text, OUT problem text, OUT pointer text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_variable
DECLARE
    found record;
BEGIN
    round_id := (wish ->> 'round_id')::uuid;
    SELECT r.panel_id, r.state, r.has_discussion INTO found FROM round r WHERE r.id = round_id;
    IF round_id IS NOT NULL AND found.panel_id IS NOT NULL AND bringer IS NULL AND wish ->> 'panel_id' IS NULL THEN
        wish := wish || jsonb_build_object('panel_id', found.panel_id);
    END IF;
    SELECT j.panel_id, j.session_id, j.speaker_role, j.problem, j.pointer INTO panel_id, session_id, speaker_role, problem, pointer
    FROM input_judged_in_place(wish, caller_units, bringer) j;
    IF round_id IS NULL OR problem IS NOT NULL AND problem <> 'unknown_reference' THEN
        RETURN;
    END IF;
    IF problem IS NOT NULL OR found.panel_id IS DISTINCT FROM panel_id THEN
        problem := 'unknown_reference'; pointer := '/round_id';
    ELSIF NOT found.has_discussion OR found.state <> 'open' THEN
        problem := 'round_takes_no_comments';
    END IF;
END
$$;

CREATE OR REPLACE VIEW shown_input AS
SELECT i.id, i.panel_id, i.session_id, i.speaker_role, i.kind, i.lang, coalesce(i.masked, i.text) AS text, i.masked IS NOT NULL AS is_masked,
    i.dissents_from, i.statement_id, i.state, i.state_reason, i.brought_on, i.due_on, i.answered_on,
    input_is_overdue(i.due_on, i.answered_on, i.state) AS is_overdue, i.version, i.round_id
FROM input i;

CREATE TRIGGER round_audit_insert AFTER INSERT ON round REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('round', 'created', 'id');
CREATE TRIGGER round_audit_update AFTER UPDATE ON round REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit_rows('round', 'changed', 'id');

REVOKE ALL ON FUNCTION round_make(uuid, uuid, jsonb, bytea), round_people(uuid, integer), round_links_make(uuid, uuid[], bytea[], uuid[]),
    survey_link_is_mailed(survey_link) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION round_make(uuid, uuid, jsonb, bytea) TO osallisuus_api;
GRANT EXECUTE ON FUNCTION round_people(uuid, integer), round_links_make(uuid, uuid[], bytea[], uuid[]) TO osallisuus_worker;
GRANT SELECT ON round TO osallisuus_api, osallisuus_worker, osallisuus_reader;
GRANT SELECT ON round_shown TO osallisuus_api;
GRANT UPDATE (has_discussion, summary, feedback) ON round TO osallisuus_api;
GRANT SELECT (person_id) ON survey_link TO osallisuus_api;
GRANT SELECT (round_id), INSERT (round_id) ON input TO osallisuus_api;
GRANT SELECT (round_id) ON input TO osallisuus_worker, osallisuus_reader;
