-- What became of the orders of experts, and what participation cost.

-- name: booking_report
-- lane: search
-- cursor: unit_id uuid, task text
-- Added up for all units at once: a page is cut from it.
WITH asked AS (
    SELECT CASE WHEN :unit_id::uuid IS NOT NULL AND NOT EXISTS (SELECT FROM unit u WHERE u.id = :unit_id::uuid AND unit_is_visible(u.path, :caller_units::text))
                    THEN 'not_found'
                WHEN :to::date - :from::date NOT BETWEEN 0 AND 366 THEN 'period_too_long' END AS problem
), booked AS (
    SELECT b.unit_id, b.task, count(*) AS orders, count(b.hours_to_acceptance) AS confirmed, count(*) FILTER (WHERE 'done' = ANY (b.was)) AS done,
        count(*) FILTER (WHERE b.state = 'unfilled') AS unfilled,
        count(*) FILTER (WHERE b.state = 'unfilled' AND b.unfilled_because = 'declined') AS unfilled_declined,
        count(*) FILTER (WHERE b.state = 'unfilled' AND b.unfilled_because = 'expired') AS unfilled_expired,
        count(*) FILTER (WHERE b.state = 'unfilled' AND b.unfilled_because = 'withdrawn') AS unfilled_withdrawn,
        count(*) FILTER (WHERE b.state IN ('requested', 'offered') AND b.is_over) AS never_filled,
        count(*) FILTER (WHERE b.state = 'cancelled_early') AS cancelled_early, count(*) FILTER (WHERE 'cancelled_late' = ANY (b.was)) AS cancelled_late,
        count(*) FILTER (WHERE 'client_absent' = ANY (b.was)) AS client_absent, count(*) FILTER (WHERE 'expert_absent' = ANY (b.was)) AS expert_absent,
        round((percentile_cont(0.5) WITHIN GROUP (ORDER BY b.hours_to_acceptance))::numeric, 1) AS median_hours_to_acceptance,
        coalesce(round(sum(b.hours) FILTER (WHERE 'done' = ANY (b.was)), 2), 0) AS hours_booked
    FROM asked a
    CROSS JOIN LATERAL report_bookings(:from::date, :to::date, :unit_id::uuid, :caller_units::text) b
    WHERE a.problem IS NULL
    GROUP BY b.unit_id, b.task
), paid AS (
    SELECT c.unit_id, c.task, sum(c.hours) AS hours, sum(c.total) AS total
    FROM report_claims(:from::date, :to::date, :unit_id::uuid, :caller_units::text) c
    GROUP BY c.unit_id, c.task
)
SELECT b.unit_id, b.task, b.orders, b.confirmed, b.done, b.unfilled, b.unfilled_declined, b.unfilled_expired, b.unfilled_withdrawn, b.never_filled,
    b.cancelled_early, b.cancelled_late, b.client_absent, b.expert_absent, b.median_hours_to_acceptance, b.hours_booked,
    coalesce(p.hours, 0) AS hours_paid, coalesce(p.total, 0) AS paid,
    a.problem AS _problem
FROM asked a
LEFT JOIN LATERAL (
    SELECT x.* FROM booked x
    WHERE (x.unit_id, x.task) > (coalesce(:after_unit_id::uuid, '00000000-0000-0000-0000-000000000000'), coalesce(:after_task::text, ''))
    ORDER BY x.unit_id, x.task
    LIMIT :limit_and_one::int
) b ON true
LEFT JOIN paid p ON (p.unit_id, p.task) = (b.unit_id, b.task)
WHERE b.unit_id IS NOT NULL OR a.problem IS NOT NULL
ORDER BY b.unit_id, b.task;

-- name: cost_report
-- lane: search
-- cursor: unit_id uuid, line text
WITH asked AS (
    SELECT CASE WHEN :unit_id::uuid IS NOT NULL AND NOT EXISTS (SELECT FROM unit u WHERE u.id = :unit_id::uuid AND unit_is_visible(u.path, :caller_units::text))
                    THEN 'not_found'
                WHEN :to::date - :from::date NOT BETWEEN 0 AND 366 THEN 'period_too_long' END AS problem
)
SELECT c.unit_id, c.line, c.written, c.claimed, c.written + c.claimed AS amount, a.problem AS _problem
FROM asked a
LEFT JOIN LATERAL (
    SELECT x.* FROM report_costs(:from::date, :to::date, :unit_id::uuid, :caller_units::text) x
    WHERE a.problem IS NULL AND (x.unit_id, x.line) > (coalesce(:after_unit_id::uuid, '00000000-0000-0000-0000-000000000000'), coalesce(:after_line::text, ''))
    ORDER BY x.unit_id, x.line
    LIMIT :limit_and_one::int
) c ON true
WHERE c.unit_id IS NOT NULL OR a.problem IS NOT NULL
ORDER BY c.unit_id, c.line;
