-- What experts are paid, and what participation costs otherwise.

-- name: fee_class_create
-- lane: write
WITH wanted AS (
    SELECT b.*, round(coalesce(b.per_hour, 0), 2) AS hour, round(coalesce(b.per_task, 0), 2) AS task, round(coalesce(b.per_km, 0), 2) AS km,
        round(coalesce(b.per_meal, 0), 2) AS meal, ARRAY(SELECT jsonb_array_elements_text(coalesce(b.tasks, '[]'))) AS task_codes, u.id AS seen_unit
    FROM jsonb_to_record(:body::jsonb) AS b (unit_id uuid, code text, name jsonb, form text, tasks jsonb, per_hour numeric, per_task numeric, per_km numeric,
        per_meal numeric, valid_from date, valid_until date)
    LEFT JOIN LATERAL (SELECT x.id FROM unit x WHERE x.id = b.unit_id AND is_open(x.closed_on) AND unit_is_visible(x.path, :caller_units::text) OFFSET 0) u ON true
), judged AS (
    SELECT w.*, p.problem, p.pointer
    FROM wanted w
    LEFT JOIN LATERAL (
        SELECT x.problem, x.pointer
        FROM (VALUES
            (1, 'unknown_reference', '/unit_id', w.seen_unit IS NULL),
            (2, 'unknown_reference', '/tasks', EXISTS (SELECT FROM unnest(w.task_codes) t (code) WHERE NOT EXISTS (SELECT FROM experience_task e WHERE e.code = t.code))),
            (3, 'fee_class_pays_by_its_form', '/form', w.form = 'expense_only' AND w.hour + w.task > 0),
            (4, 'fee_class_days', '/valid_until', w.valid_until < w.valid_from),
            (5, 'fee_class_once', '/valid_from', EXISTS (
                SELECT FROM fee_class f WHERE f.unit_id = w.unit_id AND f.code = w.code AND f.valid_from = w.valid_from AND f.id <> :new_id::uuid))
        ) x (place, problem, pointer, is_so)
        WHERE x.is_so ORDER BY x.place LIMIT 1
    ) p ON true
), made AS (
    INSERT INTO fee_class (id, unit_id, code, name, form, tasks, per_hour, per_task, per_km, per_meal, valid_from, valid_until, request_hash)
    SELECT :new_id::uuid, j.unit_id, j.code, j.name, j.form, j.task_codes, j.hour, j.task, j.km, j.meal, j.valid_from, j.valid_until, :request_hash::bytea
    FROM judged j WHERE j.problem IS NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING *
)
SELECT 201 AS _status, a.id, a.unit_id, a.code, a.name, a.form, to_jsonb(a.tasks) AS tasks, a.per_hour, a.per_task, a.per_km, a.per_meal, a.valid_from, a.valid_until,
    a.version AS _version, a.replayed AS _replayed,
    CASE WHEN a.id IS NULL THEN j.problem
         WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NULL THEN j.pointer END AS _pointer
FROM judged j
LEFT JOIN LATERAL (
    SELECT m.*, false AS replayed FROM made m
    UNION ALL
    SELECT x.*, true FROM fee_class x WHERE x.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true
WHERE a.id IS NOT NULL OR j.problem IS NOT NULL;

-- name: fee_class_list
-- lane: read
-- cursor: id uuid
SELECT f.id, f.unit_id, f.code, f.name, f.form, to_jsonb(f.tasks) AS tasks, f.per_hour, f.per_task, f.per_km, f.per_meal, f.valid_from, f.valid_until
FROM fee_class f
JOIN unit u ON u.id = f.unit_id
WHERE unit_is_visible(u.path, :caller_units::text) AND f.id < coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY f.id DESC
LIMIT :limit_and_one::int;

-- name: fee_class_get
-- lane: read
SELECT f.id, f.unit_id, f.code, f.name, f.form, to_jsonb(f.tasks) AS tasks, f.per_hour, f.per_task, f.per_km, f.per_meal, f.valid_from, f.valid_until, f.version AS _version
FROM fee_class f
JOIN unit u ON u.id = f.unit_id
WHERE f.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: fee_class_patch
-- lane: own
-- lock:
SELECT f.id FROM fee_class f WHERE f.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH wanted AS (
    SELECT f.id, f.version, f.form, f.valid_from, jsonb_strip_nulls(f.name || coalesce(b.name, '{}')) AS name,
        round(coalesce(b.per_hour, f.per_hour), 2) AS per_hour, round(coalesce(b.per_task, f.per_task), 2) AS per_task,
        round(coalesce(b.per_km, f.per_km), 2) AS per_km, round(coalesce(b.per_meal, f.per_meal), 2) AS per_meal,
        CASE WHEN 'valid_until' = ANY (:body_names::text[]) THEN b.valid_until ELSE f.valid_until END AS valid_until
    FROM fee_class f
    JOIN unit u ON u.id = f.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (name jsonb, per_hour numeric, per_task numeric, per_km numeric, per_meal numeric, valid_until date)
    WHERE f.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), judged AS (
    SELECT w.*, CASE WHEN w.version <> :if_match::bigint THEN 'stale_version'
                     WHEN w.name = '{}' THEN 'name_required'
                     WHEN w.form = 'expense_only' AND w.per_hour + w.per_task > 0 THEN 'fee_class_pays_by_its_form'
                     WHEN w.valid_until < w.valid_from THEN 'fee_class_days' END AS problem
    FROM wanted w
), changed AS (
    UPDATE fee_class f
    SET name = j.name, per_hour = j.per_hour, per_task = j.per_task, per_km = j.per_km, per_meal = j.per_meal, valid_until = j.valid_until
    FROM judged j
    WHERE f.id = j.id AND j.problem IS NULL
    RETURNING f.*
)
SELECT j.id, c.unit_id, c.code, c.name, c.form, to_jsonb(c.tasks) AS tasks, c.per_hour, c.per_task, c.per_km, c.per_meal, c.valid_from, c.valid_until, c.version AS _version,
    j.problem AS _problem,
    CASE j.problem WHEN 'name_required' THEN '/name' WHEN 'fee_class_pays_by_its_form' THEN CASE WHEN j.per_hour > 0 THEN '/per_hour' ELSE '/per_task' END
        WHEN 'fee_class_days' THEN '/valid_until' END AS _pointer
FROM judged j
LEFT JOIN changed c ON true;

-- name: participation_cost_create
-- lane: write
WITH wanted AS (
    SELECT b.*, (b.month || '-01')::date AS first_day, round(b.amount, 2) AS euros,
        CASE WHEN u.id IS NULL THEN 'unknown_reference' WHEN round(b.amount, 2) = 0 THEN 'participation_cost_amount' END AS problem
    FROM jsonb_to_record(:body::jsonb) AS b (unit_id uuid, line text, month text, amount numeric, note text)
    LEFT JOIN LATERAL (SELECT x.id FROM unit x WHERE x.id = b.unit_id AND unit_is_visible(x.path, :caller_units::text) OFFSET 0) u ON true
), made AS (
    INSERT INTO participation_cost (id, unit_id, line, month, amount, note, request_hash)
    SELECT :new_id::uuid, w.unit_id, w.line, w.first_day, w.euros, w.note, :request_hash::bytea
    FROM wanted w WHERE w.problem IS NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING *
)
SELECT 201 AS _status, a.id, a.unit_id, a.line, to_char(a.month, 'YYYY-MM') AS month, a.amount, a.note, a.noted_on, 1 AS _version, a.replayed AS _replayed,
    CASE WHEN a.id IS NULL THEN w.problem
         WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NULL THEN CASE w.problem WHEN 'unknown_reference' THEN '/unit_id' ELSE '/amount' END END AS _pointer
FROM wanted w
LEFT JOIN LATERAL (
    SELECT m.*, false AS replayed FROM made m
    UNION ALL
    SELECT x.*, true FROM participation_cost x WHERE x.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true
WHERE a.id IS NOT NULL OR w.problem IS NOT NULL;

-- name: participation_cost_list
-- lane: search
-- cursor: id uuid
SELECT c.id, c.unit_id, c.line, to_char(c.month, 'YYYY-MM') AS month, c.amount, c.note, c.noted_on
FROM participation_cost c
JOIN unit u ON u.id = c.unit_id
WHERE unit_is_visible(u.path, :caller_units::text)
    AND c.id < coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid])
ORDER BY c.id DESC
LIMIT :limit_and_one::int;
