-- What people do by the link to a survey, without logging in: as a page, and as JSON for apps. A GET only shows.
-- A link is marked as used in the transaction that keeps the answers; nothing relates the two afterwards.

-- name: survey_page
-- lane: read
-- units: the link names the one survey
SELECT a.state, CASE a.state WHEN 'open' THEN survey_form(a, l.tags, '{}', NULL, NULL) ELSE survey_head(a, l.tags) END AS form
FROM survey_access a
CROSS JOIN (SELECT CASE WHEN :easy::boolean THEN ARRAY['fi-x-selko', 'fi'] ELSE ARRAY[:lang::text, 'fi'] END AS tags) l
WHERE a.token_hash = :link_hash::bytea;

-- name: survey_page_answer
-- lane: own
-- units: the link names the one survey
-- What is kept: good answers to all questions that were on the page and need one, when they open no further question.
-- lock:
SELECT l.id FROM survey_link l WHERE l.token_hash = :link_hash::bytea FOR UPDATE;
-- run:
WITH read AS (
    SELECT a.link_id, a.state, a.round_id, a.question_set_id, a AS access, g.answers, g.shown, s.seen,
        (SELECT jsonb_agg(p) FROM jsonb_array_elements(CASE a.state WHEN 'open' THEN question_problems(a.questions, g.answers) END) p
         WHERE substr(p ->> 'pointer', 10) = ANY (s.seen)) AS problems
    FROM survey_access a
    -- Nothing is read where nothing can be kept: many may come with one link at once.
    CROSS JOIN LATERAL form_answers(CASE a.state WHEN 'open' THEN a.questions ELSE '[]' END, :body::jsonb) g
    CROSS JOIN LATERAL (SELECT string_to_array(coalesce(:body::jsonb ->> 'seen', ''), ' ') AS seen) s
    WHERE a.token_hash = :link_hash::bytea
), judged AS (
    SELECT r.*, r.state = 'open' AND r.problems IS NULL AND r.shown <@ r.seen AND r.answers <> '{}' AS is_good FROM read r
), marked AS (
    UPDATE survey_link l SET used = true
    WHERE l.id = (SELECT j.link_id FROM judged j WHERE j.is_good) AND l.used IS false
    RETURNING l.id
), kept AS (
    INSERT INTO answer_sheet (question_set_id, round_id, lang, answers)
    SELECT j.question_set_id, j.round_id, :lang::text, j.answers FROM judged j JOIN marked m ON m.id = j.link_id
)
SELECT CASE WHEN m.id IS NOT NULL THEN 'thanks' WHEN j.is_good THEN 'answered' ELSE j.state END AS state,
    j.state = 'open' AND j.answers = '{}' AS is_empty,
    CASE WHEN j.state = 'open' AND m.id IS NULL THEN survey_form(j.access, l.tags, j.answers, j.problems, j.seen) ELSE survey_head(j.access, l.tags) END AS form
FROM judged j
CROSS JOIN (SELECT CASE WHEN :easy::boolean THEN ARRAY['fi-x-selko', 'fi'] ELSE ARRAY[:lang::text, 'fi'] END AS tags) l
LEFT JOIN marked m ON true;

-- name: survey_link_get
-- lane: read
-- units: the link names the one survey
SELECT a.state, a.title, a.intro, a.opens_at, a.closes_at, a.question_set_id, a.respondent_group AS "group", a.questions
FROM survey_access a
WHERE a.token_hash = :link_hash::bytea;

-- name: survey_link_answer
-- lane: own
-- units: the link names the one survey
-- lock:
SELECT l.id FROM survey_link l WHERE l.token_hash = :link_hash::bytea FOR UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT a.link_id FROM survey_access a WHERE a.token_hash = :link_hash::bytea
)
SELECT 'answered' AS state, s.*
FROM found f
CROSS JOIN LATERAL survey_answered(f.link_id, :body::jsonb, :new_id::uuid, :lang::text) s;
