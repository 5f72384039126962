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
