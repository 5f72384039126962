-- What the public sees of reports.

-- name: publication_create
-- lane: write
WITH wanted AS (
    SELECT b.*, u.id AS seen_unit FROM jsonb_to_record(:body::jsonb) AS b (unit_id uuid, period text, correction_note jsonb)
    LEFT JOIN LATERAL (SELECT x.id FROM unit x WHERE x.id = b.unit_id AND unit_is_visible(x.path, :caller_units::text) OFFSET 0) u ON true
), judged AS (
    SELECT w.*,
        CASE WHEN w.seen_unit IS NULL THEN 'unknown_reference'
             WHEN period_next_day(w.period) > app_today() THEN 'period_not_over'
             WHEN w.correction_note IS NULL AND EXISTS (
                 SELECT FROM report_publication p WHERE p.unit_id = w.unit_id AND p.period = w.period AND p.id <> :new_id::uuid)
                 THEN 'correction_needs_note' END AS problem
    FROM wanted w
), made AS (
    INSERT INTO report_publication (id, unit_id, period, correction_note, caller_id, request_hash)
    SELECT :new_id::uuid, j.unit_id, j.period, nullif(j.correction_note, '{}'), :caller_id::uuid, :request_hash::bytea
    FROM judged j WHERE j.problem IS NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, unit_id, period, request_hash
)
SELECT a.id, a.unit_id, a.period, a.replayed AS _replayed,
    CASE WHEN j.problem IS NOT NULL THEN j.problem
         WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE j.problem WHEN 'unknown_reference' THEN '/unit_id' WHEN 'period_not_over' THEN '/period'
        WHEN 'correction_needs_note' THEN '/correction_note' END AS _pointer
FROM judged j
LEFT JOIN LATERAL (
    SELECT m.*, false AS replayed FROM made m
    UNION ALL
    SELECT p.id, p.unit_id, p.period, p.request_hash, true FROM report_publication p
    WHERE p.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true
WHERE j.problem IS NOT NULL OR a.id IS NOT NULL;

-- name: publication_list
-- lane: read
-- cursor: published_on date, id uuid
-- units: public
SELECT p.id, p.unit_id, u.name AS unit_name, p.period, p.version, p.published_on, p.is_corrected, p.correction_note
FROM report_publication p
JOIN unit u ON u.id = p.unit_id
WHERE p.body IS NOT NULL
  AND (p.published_on, p.id) < (coalesce(:after_published_on::date, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
  AND (:unit_id::uuid IS NULL OR p.unit_id = :unit_id::uuid) AND (:period::text IS NULL OR p.period = :period::text)
ORDER BY p.published_on DESC, p.id DESC
LIMIT :limit_and_one::int;

-- name: publication_get
-- lane: read
-- units: public
SELECT p.id, p.unit_id, u.name AS unit_name, p.period, p.version, p.published_on, p.is_corrected, p.correction_note,
    p.body -> 'tables' AS tables, p.body -> 'answer_days' AS answer_days, p.body -> 'changes' AS changes, 1::bigint AS _version
FROM report_publication p
JOIN unit u ON u.id = p.unit_id
WHERE p.id = :id::uuid AND p.body IS NOT NULL;

-- name: publication_figures
-- lane: read
-- cursor: place int, value text
-- units: public
SELECT f.place, f.name AS table, f.within, f.value, f.voices,
    concat_ws('-', p.period, file_words(text_in(u.name, ARRAY['fi', 'sv', 'en'])), CASE WHEN p.version > 1 THEN 'v' || p.version END) AS _file,
    CASE WHEN p.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN report_publication p ON p.id = asked.id AND p.body IS NOT NULL
LEFT JOIN unit u ON u.id = p.unit_id
LEFT JOIN LATERAL (
    SELECT t.place::integer AS place, t.one ->> 'name' AS name, t.one ->> 'within' AS within, coalesce(v.value, '') AS value,
        v.voices::integer AS voices
    FROM jsonb_array_elements(p.body -> 'tables') WITH ORDINALITY AS t (one, place)
    LEFT JOIN LATERAL jsonb_each_text(nullif(t.one -> 'figures', 'null')) AS v (value, voices) ON true
    WHERE (t.place, coalesce(v.value, '')) > (coalesce(:after_place::int, 0), coalesce(:after_value::text, ''))
    ORDER BY t.place, coalesce(v.value, '')
    LIMIT :limit_and_one::int
) f ON true
WHERE p.id IS NULL OR f.place IS NOT NULL
ORDER BY f.place, f.value;
