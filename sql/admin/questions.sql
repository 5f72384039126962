-- osallisuus-admin questions: sets of questions from a file, and which of them is asked now.

-- name: questions_problems
-- columns: pointer, problem
SELECT p.pointer, p.problem FROM file_problems(:file::jsonb) p;

-- name: questions_load
-- columns: name, edition, is_new, missing
-- What is loaded already stays as it is. missing: languages that some text of the set does not have.
WITH wanted AS (
    SELECT w.* FROM jsonb_array_elements(:file::jsonb -> 'question_sets') e
    CROSS JOIN LATERAL jsonb_to_record(e) AS w (name text, "version" integer, "group" text, unit_oid text, title jsonb, intro jsonb, source text, questions jsonb)
), made AS (
    INSERT INTO question_set (id, name, edition, respondent_group, unit_id, title, intro, source, questions)
    SELECT gen_random_uuid(), w.name, w."version", w."group", (SELECT u.id FROM unit u WHERE u.oid = w.unit_oid), w.title, coalesce(w.intro, '{}'), w.source, w.questions
    FROM wanted w
    ON CONFLICT ON CONSTRAINT question_set_once DO NOTHING
    RETURNING name, edition
)
SELECT w.name, w."version" AS edition, m.name IS NOT NULL AS is_new,
    (SELECT string_agg(l.tag, ' ' ORDER BY l.n) FROM unnest(ARRAY['sv', 'en', 'fi-x-selko']) WITH ORDINALITY l (tag, n)
     WHERE NOT w.title ? l.tag OR EXISTS (SELECT FROM jsonb_array_elements(w.questions) q WHERE NOT (q -> 'text') ? l.tag)) AS missing
FROM wanted w
LEFT JOIN made m ON (m.name, m.edition) = (w.name, w."version")
ORDER BY w.name, w."version";

-- name: questions_list
-- columns: name, edition, respondent_group, state, questions, id
SELECT s.name, s.edition, s.respondent_group, s.state, jsonb_array_length(s.questions) AS questions, s.id
FROM question_set s
ORDER BY s.name, s.edition;

-- name: questions_state
-- columns: state
SELECT s.state FROM question_set s WHERE s.name = :name::text AND s.edition = :edition::integer FOR UPDATE;

-- name: questions_retire_others
-- One set of a name is active at a time.
INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
SELECT gen_random_uuid(), 'question_set', s.id, s.state, 'retired', 'administrator', s.version + 1
FROM question_set s
WHERE s.name = :name::text AND s.edition <> :edition::integer AND s.state = 'active';

-- name: questions_move
INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
SELECT gen_random_uuid(), 'question_set', s.id, s.state, :state::text, 'administrator', s.version + 1
FROM question_set s
WHERE s.name = :name::text AND s.edition = :edition::integer;
