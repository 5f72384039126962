-- Selections by lot, and what anybody needs to repeat one.

-- name: selection_create
-- lane: own
-- lock:
SELECT p.id FROM panel p WHERE p.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH found AS MATERIALIZED (
    SELECT p.id, o.id AS old_id, CASE WHEN o.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS reused
    FROM panel p
    JOIN unit u ON u.id = p.unit_id
    LEFT JOIN panel_selection o ON o.id = :new_id::uuid
    WHERE p.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), made AS MATERIALIZED (
    SELECT d.problem, d.members, d.selection
    FROM found f
    CROSS JOIN LATERAL panel_select(f.id, :new_id::uuid, :request_hash::bytea, coalesce((:body::jsonb ->> 'reserve_most')::integer, 10000)) d
    WHERE f.old_id IS NULL
)
SELECT 201 AS _status, s.panel_id, s.n, s.made_on, s.places, selection_count(s, NULL) AS candidates, selection_count(s, 'selected') AS selected, selection_count(s, 'reserve') AS reserve,
    selection_count(s, 'not_selected') AS not_selected,
    '/v1/panels/' || f.id || '/selections/' || s.n AS _location, f.old_id IS NOT NULL AS _replayed,
    CASE WHEN f.old_id IS NULL THEN m.problem ELSE f.reused END AS _problem, m.members AS _members
FROM found f
LEFT JOIN made m ON true
LEFT JOIN LATERAL (SELECT (m.selection).* UNION ALL SELECT o.* FROM panel_selection o WHERE o.id = f.old_id) s ON s.id IS NOT NULL;

-- name: selection_list
-- lane: read
-- cursor: n int
WITH found AS (
    SELECT p.id FROM panel p JOIN unit u ON u.id = p.unit_id WHERE p.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT s.panel_id, s.n, s.made_on, s.places, s.candidates, s.selected, s.reserve, s.not_selected, CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN found f ON true
LEFT JOIN LATERAL (
    SELECT s.panel_id, s.n, s.made_on, s.places, selection_count(s, NULL) AS candidates, selection_count(s, 'selected') AS selected, selection_count(s, 'reserve') AS reserve,
    selection_count(s, 'not_selected') AS not_selected
    FROM panel_selection s
    WHERE s.panel_id = f.id AND s.n > coalesce(:after_n::int, 0)
    ORDER BY s.n
    LIMIT :limit_and_one::int
) s ON true
WHERE f.id IS NULL OR s.n IS NOT NULL
ORDER BY s.n;

-- name: selection_get
-- lane: read
SELECT s.panel_id, s.n, 'sha256-1' AS algorithm, s.seed, s.seed_hash, s.made_on, s.places, s.reserve_most, s.quota, s.candidates,
    (SELECT d.document_hash FROM draw_shown(s) d) AS document_hash
FROM panel_selection s
JOIN panel p ON p.id = s.panel_id
JOIN unit u ON u.id = p.unit_id
WHERE s.panel_id = :id::uuid AND s.n = :n::int AND unit_is_visible(u.path, :caller_units::text);

-- ---- for everybody ----

-- name: panel_draw_list
-- lane: read
-- units: draws of public panels are public
-- cursor: n int
SELECT d.n, d.algorithm, d.seed_hash, d.made_on, d.seed, d.places, d.reserve_most, d.candidate_count, d.is_shown, d.document_hash,
    CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (VALUES (:id::uuid)) AS asked (id)
LEFT JOIN LATERAL (SELECT p.id FROM panel p WHERE p.id = asked.id AND panel_is_shown(p)) f ON true
LEFT JOIN LATERAL (
    SELECT x.* FROM panel_draws(f.id) x WHERE x.n > coalesce(:after_n::int, 0) ORDER BY x.n LIMIT :limit_and_one::int
) d ON true
WHERE f.id IS NULL OR d.n IS NOT NULL
ORDER BY d.n;

-- name: panel_draw_get
-- lane: read
-- units: draws of public panels are public
SELECT d.n, d.algorithm, d.seed_hash, d.made_on, d.seed, d.places, d.reserve_most, d.candidate_count, d.is_shown, d.document_hash, d.cells, d.candidates
FROM panel_draws(:id::uuid) d
WHERE d.n = :n::int;
