-- What changed because people spoke: as the worker built it.

-- name: report_list
-- lane: read
-- cursor: period text, id uuid
SELECT r.id, r.period, r.unit_id, r.built_at
FROM report r
JOIN unit u ON u.id = r.unit_id
WHERE unit_is_visible(u.path, :caller_units::text)
  AND (r.period, r.id) < (coalesce(:after_period::text, '~'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
  AND (:unit_id::uuid IS NULL OR r.unit_id = :unit_id::uuid)
ORDER BY r.period DESC, r.id DESC
LIMIT :limit_and_one::int;

-- name: report_what_changed
-- lane: read
SELECT r.id, r.period, r.unit_id, u.name AS unit_name, r.built_at, r.body AS figures, r.version AS _version
FROM report r
JOIN unit u ON u.id = r.unit_id
WHERE r.unit_id = :unit_id::uuid AND r.period = :period::text AND unit_is_visible(u.path, :caller_units::text);

-- name: report_part
-- lane: search
SELECT :period::text AS period, u.id AS unit_id, u.name AS unit_name, :service_id::uuid AS service_id, :level::text AS level,
    :theme::text AS theme, b.body AS figures
FROM unit u
CROSS JOIN LATERAL (
    SELECT (:period::text || CASE WHEN length(:period::text) = 4 THEN '-01-01' ELSE '-01' END)::date AS first_day,
        CASE WHEN length(:period::text) = 4 THEN interval '1 year' ELSE interval '1 month' END AS length
) p
CROSS JOIN LATERAL report_bodies(p.first_day, (p.first_day + p.length)::date, u.id, :service_id::uuid, :level::text, :theme::text) b
WHERE u.id = :unit_id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: report_answer_times
-- lane: search
-- cursor: unit_id uuid, kind text
-- Voices are counted once, by how many days they took, and then added up for every unit above: so that a year of a county is
-- one walk over its voices, and no sort of them.
WITH asked AS (
    SELECT u.id, :to::date - :from::date BETWEEN 0 AND 366 AS is_short FROM unit u
    WHERE u.id = :unit_id::uuid AND unit_is_visible(u.path, :caller_units::text)
), counted AS (
    SELECT u.path[array_position(u.path, a.id):] AS path, f.kind, f.days, count(*) AS wanted, count(f.days) AS answered,
        count(*) FILTER (WHERE f.answered_on <= f.due_on) AS on_time,
        count(*) FILTER (WHERE f.days IS NULL AND f.due_on < app_today()) AS open_overdue
    FROM asked a
    JOIN unit u ON u.path @> ARRAY[a.id]
    CROSS JOIN LATERAL (
        SELECT x.kind, x.due_on, x.answered_on, x.answered_on - x.received_on AS days
        FROM feedback x
        WHERE x.unit_id = u.id AND day_number(x.received_on) BETWEEN day_number(:from::date) AND day_number(:to::date)
            AND x.due_on IS NOT NULL AND x.respondent_role <> 'staff'
            AND (x.answered_on IS NOT NULL OR x.state NOT IN ('duplicate', 'removed', 'withdrawn'))
        OFFSET 0
    ) f
    WHERE a.is_short
    GROUP BY u.path, a.id, f.kind, f.days
), rolled AS (
    SELECT p.unit_id, k.kind, c.days, sum(c.wanted) AS wanted, sum(c.answered) AS answered, sum(c.on_time) AS on_time,
        sum(c.open_overdue) AS open_overdue
    FROM counted c
    CROSS JOIN LATERAL unnest(c.path) AS p (unit_id)
    CROSS JOIN LATERAL (VALUES (c.kind), ('all')) AS k (kind)
    GROUP BY p.unit_id, k.kind, c.days
), placed AS (
    SELECT r.*, sum(r.answered) OVER (PARTITION BY r.unit_id, r.kind ORDER BY r.days) AS upto,
        (sum(r.answered) OVER (PARTITION BY r.unit_id, r.kind) - 1) * 0.5 AS middle,
        (sum(r.answered) OVER (PARTITION BY r.unit_id, r.kind) - 1) * 0.9 AS ninth
    FROM rolled r
), figure AS (
    SELECT p.unit_id, p.kind, sum(p.wanted)::bigint AS wanted, sum(p.answered)::bigint AS answered, sum(p.on_time)::bigint AS on_time,
        sum(p.open_overdue)::bigint AS open_overdue,
        min(p.days) FILTER (WHERE p.upto > floor(p.middle)) * (1 - max(p.middle) % 1)
            + min(p.days) FILTER (WHERE p.upto > ceil(p.middle)) * (max(p.middle) % 1) AS median_days,
        min(p.days) FILTER (WHERE p.upto > floor(p.ninth)) * (1 - max(p.ninth) % 1)
            + min(p.days) FILTER (WHERE p.upto > ceil(p.ninth)) * (max(p.ninth) % 1) AS p90_days
    FROM placed p
    GROUP BY p.unit_id, p.kind
)
SELECT f.unit_id, u.name AS unit_name, f.kind, f.wanted, f.answered, f.on_time, f.answered - f.on_time AS late,
       f.wanted - f.answered AS open, f.open_overdue, round(f.median_days, 1) AS median_days, round(f.p90_days, 1) AS p90_days,
       round(100.0 * f.on_time / nullif(f.answered + f.open_overdue, 0), 1) AS on_time_percent,
       CASE WHEN a.id IS NULL THEN 'not_found' WHEN NOT a.is_short THEN 'period_too_long' END AS _problem
FROM (VALUES (1)) AS one (row)
LEFT JOIN asked a ON true
LEFT JOIN figure f ON (f.unit_id, f.kind) > (coalesce(:after_unit_id::uuid, '00000000-0000-0000-0000-000000000000'),
                                             coalesce(:after_kind::text, ''))
LEFT JOIN unit u ON u.id = f.unit_id
WHERE a.id IS NULL OR NOT a.is_short OR f.unit_id IS NOT NULL
ORDER BY f.unit_id, f.kind
LIMIT :limit_and_one::int;
