-- How long an answer may take, by unit and kind. Setting it makes the next version of the unit.

-- name: unit_answer_limits_get
-- lane: read
SELECT u.id AS unit_id, u.version AS _version,
       (SELECT jsonb_agg(jsonb_build_object('kind', l.kind, 'days', l.days, 'from_unit_id', l.unit_id)) FROM answer_limits(u.path) l) AS limits
FROM unit u
WHERE u.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: unit_answer_limits_put
-- lane: own
-- lock:
SELECT id FROM unit WHERE id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH judged AS (
    SELECT u.id, u.path, CASE WHEN u.version <> :if_match::bigint THEN 'stale_version' END AS problem
    FROM unit u
    WHERE u.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), gone AS (
    DELETE FROM answer_limit l USING judged j WHERE l.unit_id = j.id AND j.problem IS NULL AND NOT :body::jsonb ? l.kind
), put AS (
    INSERT INTO answer_limit (unit_id, kind, days)
    SELECT j.id, b.kind, b.days::integer FROM judged j CROSS JOIN jsonb_each_text(:body::jsonb) AS b (kind, days)
    WHERE j.problem IS NULL
    ON CONFLICT ON CONSTRAINT answer_limit_pkey DO UPDATE SET days = excluded.days
), changed AS (
    UPDATE unit u SET closed_on = u.closed_on FROM judged j WHERE u.id = j.id AND j.problem IS NULL RETURNING u.version
)
SELECT j.id AS unit_id, c.version AS _version, j.problem AS _problem,
       (SELECT jsonb_agg(jsonb_build_object('kind', l.kind, 'days', coalesce((:body::jsonb ->> l.kind)::integer, l.days),
                                            'from_unit_id', CASE WHEN :body::jsonb ? l.kind THEN j.id ELSE l.unit_id END))
        FROM answer_limits(trim_array(j.path, 1)) l) AS limits
FROM judged j
LEFT JOIN changed c ON true;
