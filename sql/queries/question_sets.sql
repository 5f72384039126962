-- Question sets as clients ask them, and what was answered.

-- name: question_set_list
-- lane: read
-- cursor: name text, edition int
SELECT s.id, s.name, s.edition, s.edition AS "version", s.respondent_group AS "group", s.unit_id, s.title, s.source, s.state,
       jsonb_array_length(s.questions) AS question_count
FROM question_set s
LEFT JOIN unit u ON u.id = s.unit_id
WHERE (u.id IS NULL OR unit_is_visible(u.path, :caller_units::text))
    AND (s.name, s.edition) > (coalesce(:after_name::text, ''), coalesce(:after_edition::int, 0))
    AND s.state = :state::text
    AND (:group::text IS NULL OR s.respondent_group = :group::text)
    AND (:unit_id::uuid IS NULL OR s.unit_id IS NULL OR EXISTS (SELECT FROM unit x WHERE x.id = :unit_id::uuid AND s.unit_id = ANY (x.path)))
ORDER BY s.name, s.edition
LIMIT :limit_and_one::int;

-- name: question_set_get
-- lane: read
SELECT s.id, s.name, s.edition AS "version", s.respondent_group AS "group", s.unit_id, s.title, s.intro, s.source, s.state, s.questions,
       s.version AS _version
FROM question_set s
LEFT JOIN unit u ON u.id = s.unit_id
WHERE s.id = :id::uuid AND (u.id IS NULL OR unit_is_visible(u.path, :caller_units::text));

-- name: question_set_results
-- lane: search
SELECT s.id AS question_set_id, r.sheets AS n, r.questions
FROM question_set s
LEFT JOIN unit u ON u.id = s.unit_id
CROSS JOIN LATERAL question_results(s.id, NULL, :unit_id::uuid, :caller_units::text, :from::date, :to::date, :audience::text) r
WHERE s.id = :id::uuid AND (u.id IS NULL OR unit_is_visible(u.path, :caller_units::text));
