-- Beside each text of a giver the text as staff read it, where the two differ; and the views through which they are read.
-- `lang` is the language of the marks: a generated column sees its own row alone.

ALTER TABLE feedback_text ADD COLUMN lang text NOT NULL DEFAULT 'fi';
UPDATE feedback_text t SET lang = f.lang FROM feedback f WHERE f.id = t.feedback_id AND f.lang <> 'fi';
ALTER TABLE feedback_text ADD COLUMN masked text
    GENERATED ALWAYS AS (CASE WHEN mask_is_thinkable(original) THEN masked_text(original, lang) END) STORED;

ALTER TABLE answer_text ADD COLUMN lang text NOT NULL DEFAULT 'fi';
UPDATE answer_text t SET lang = s.lang FROM answer_sheet s WHERE s.id = t.answer_sheet_id AND s.lang <> 'fi';
ALTER TABLE answer_text ADD COLUMN masked text
    GENERATED ALWAYS AS (CASE WHEN mask_is_thinkable(original) THEN masked_text(original, lang) END) STORED;

-- What staff write is shown as they wrote it: a number that the giver is to call, say.
ALTER TABLE message ADD COLUMN lang text NOT NULL DEFAULT 'fi';
UPDATE message m SET lang = f.lang FROM feedback f WHERE f.id = m.feedback_id AND f.lang <> 'fi' AND m.author = 'giver';
ALTER TABLE message ADD COLUMN masked text
    GENERATED ALWAYS AS (CASE WHEN author = 'giver' AND mask_is_thinkable(text) THEN masked_text(text, lang) END) STORED;

ALTER TABLE step ADD COLUMN lang text NOT NULL DEFAULT 'fi';
UPDATE step s SET lang = f.lang FROM feedback f WHERE f.id = s.subject AND f.lang <> 'fi' AND s.who = 'giver';
ALTER TABLE step ADD COLUMN masked text
    GENERATED ALWAYS AS (CASE WHEN who = 'giver' AND mask_is_thinkable(reason) THEN masked_text(reason, lang) END) STORED;

ALTER TABLE feedback_text ALTER COLUMN masked SET STATISTICS 0;
ALTER TABLE answer_text ALTER COLUMN masked SET STATISTICS 0;
ALTER TABLE message ALTER COLUMN masked SET STATISTICS 0;
ALTER TABLE step ALTER COLUMN masked SET STATISTICS 0;

-- ---- what is shown ----
-- They run with the rights of their owner: who may read one of them needs none to the text as it was said.
CREATE VIEW shown_text AS
SELECT t.feedback_id, coalesce(t.masked, t.original) AS text, t.masked IS NOT NULL AS is_masked FROM feedback_text t;

CREATE VIEW shown_answer AS
SELECT t.id, t.answer_sheet_id, t.question_key, coalesce(t.masked, t.original) AS text, t.masked IS NOT NULL AS is_masked FROM answer_text t;

CREATE VIEW shown_message AS
SELECT m.id, m.feedback_id, m.n, m.author, m.kind, coalesce(m.masked, m.text) AS text, m.masked IS NOT NULL AS is_masked, m.sent_on
FROM message m;

CREATE VIEW shown_step AS
SELECT s.id, s.resource, s.subject, s.from_state, s.to_state, s.who, s.version, s.made_on, coalesce(s.masked, s.reason) AS reason,
    s.masked IS NOT NULL AS is_masked
FROM step s;

CREATE OR REPLACE VIEW feedback_item WITH (security_invoker = true) AS
SELECT f.id, f.unit_id, u.path AS unit_path, f.service_id, f.level, f.kind, f.channel, f.lang, f.respondent_role, f.age_band,
    f.state, f.outcome, f.severity, f.handler_ref, f.wants_answer, f.received_on, f.due_on, f.answered_on, f.closed_on,
    feedback_is_overdue(f) AS is_overdue, t.text, f.version, f.on_behalf_of, to_jsonb(f.support_needs) AS support_needs,
    f.duplicate_of, f.remedy, CASE WHEN carries_remedies(f.kind, f.answered_on) THEN (SELECT jsonb_agg(r.code ORDER BY r.place) FROM remedy r)
        ELSE '[]' END AS remedies, -- the catalogue is read once for all rows
    coalesce(t.is_masked, false) AS is_masked
FROM feedback f
JOIN unit u ON u.id = f.unit_id
LEFT JOIN shown_text t ON t.feedback_id = f.id;

-- The answers of a case as staff read them: with the words.
CREATE OR REPLACE FUNCTION case_answers(case_id uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT s.answers || coalesce((SELECT jsonb_object_agg(t.question_key, t.text) FROM shown_answer t WHERE t.answer_sheet_id = s.id), '{}')
    FROM answer_sheet s WHERE s.id = case_id
$$;

CREATE FUNCTION case_answers_are_masked(case_id uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM shown_answer t WHERE t.answer_sheet_id = case_id AND t.is_masked)
$$;

-- The words of a sheet get its language.
CREATE OR REPLACE FUNCTION answer_sheet_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    words jsonb;
BEGIN
    IF answer_problems(NEW.question_set_id, NEW.answers) <> '[]' THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'answer_sheet_fits_questions', MESSAGE = 'answer_sheet_fits_questions';
    END IF;
    SELECT jsonb_object_agg(q ->> 'key', NEW.answers -> (q ->> 'key')) INTO words
    FROM question_set s CROSS JOIN LATERAL jsonb_array_elements(s.questions) q
    WHERE s.id = NEW.question_set_id AND q ->> 'type' = 'text' AND NEW.answers ? (q ->> 'key');
    IF words IS NOT NULL THEN
        INSERT INTO answer_text (answer_sheet_id, question_key, original, lang)
        SELECT NEW.id, w.key, w.value, NEW.lang FROM jsonb_each_text(words) w ORDER BY w.key;
        NEW.answers := NEW.answers || (SELECT jsonb_object_agg(w.key, true) FROM jsonb_object_keys(words) w (key));
    END IF;
    RETURN NEW;
END
$$;

-- ---- what givers read of their own: as they said it ----
-- Whoever has the receipt code; each function looks the case up by itself, so that none opens another's.
CREATE FUNCTION giver_text(hash bytea) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.original FROM feedback_text t WHERE t.feedback_id = (SELECT f.id FROM feedback f WHERE f.receipt_hash = hash)
$$;

CREATE FUNCTION giver_answers(hash bytea) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.answers || coalesce((SELECT jsonb_object_agg(t.question_key, t.original) FROM answer_text t WHERE t.answer_sheet_id = s.id), '{}')
    FROM answer_sheet s WHERE s.id = (SELECT f.id FROM feedback f WHERE f.receipt_hash = hash)
$$;

CREATE FUNCTION giver_messages(hash bytea) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('n', m.n, 'author', m.author, 'kind', m.kind, 'text', m.text, 'sent_on', m.sent_on)
                              ORDER BY m.n), '[]')
    FROM message m WHERE m.feedback_id = (SELECT f.id FROM feedback f WHERE f.receipt_hash = hash)
$$;

REVOKE ALL ON FUNCTION giver_text(bytea), giver_answers(bytea), giver_messages(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION giver_text(bytea), giver_answers(bytea), giver_messages(bytea) TO osallisuus_api;
GRANT SELECT ON shown_text TO osallisuus_api, osallisuus_worker;
GRANT SELECT ON shown_answer TO osallisuus_api, osallisuus_worker;
GRANT SELECT ON shown_message TO osallisuus_api;
GRANT SELECT ON shown_step TO osallisuus_api, osallisuus_worker, osallisuus_reader;
