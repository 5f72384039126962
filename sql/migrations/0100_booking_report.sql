-- What became of the orders of experts, and what participation cost.

-- Bookings of these days, in units that these callers see (NULL: all), of this unit and all below it (NULL: of all). `was`: each state
-- that a booking ever came to, for a settled one was done or cancelled before.
CREATE FUNCTION report_bookings(first_day date, last_day date, of_unit uuid, caller_units text)
    RETURNS TABLE (id uuid, unit_id uuid, task text, state text, was text[], unfilled_because text, is_over boolean, hours_to_acceptance numeric, hours numeric)
    LANGUAGE sql STABLE AS $$
    SELECT b.id, b.unit_id, b.task, b.state, s.was, b.unfilled_because, b.starts_at <= app_now(),
        round(extract(epoch FROM b.confirmed_at - b.ordered_at) / 3600, 1), extract(epoch FROM b.ends_at - b.starts_at) / 3600
    FROM unit u
    JOIN booking b ON b.unit_id = u.id AND b.starts_at >= day_start(first_day) AND b.starts_at < day_start(last_day + 1)
    CROSS JOIN LATERAL (SELECT coalesce(array_agg(x.to_state), '{}') AS was FROM step x WHERE x.subject = b.id) s
    WHERE unit_is_visible(u.path, caller_units) AND (of_unit IS NULL OR u.path @> ARRAY[of_unit])
$$;

-- What was claimed for such bookings and approved.
CREATE FUNCTION report_claims(first_day date, last_day date, of_unit uuid, caller_units text)
    RETURNS TABLE (unit_id uuid, task text, hours numeric, total numeric) LANGUAGE sql STABLE AS $$
    SELECT b.unit_id, b.task, c.hours, c.total
    FROM unit u
    JOIN booking b ON b.unit_id = u.id AND b.starts_at >= day_start(first_day) AND b.starts_at < day_start(last_day + 1)
    JOIN claim c ON c.booking_id = b.id
    WHERE c.state IN ('approved', 'exported', 'paid') AND unit_is_visible(u.path, caller_units) AND (of_unit IS NULL OR u.path @> ARRAY[of_unit])
$$;

-- What participation cost in these months, by unit and line: what was written down, and the claims of these days.
CREATE FUNCTION report_costs(first_day date, last_day date, of_unit uuid, caller_units text) RETURNS TABLE (unit_id uuid, line text, written numeric, claimed numeric)
    LANGUAGE sql STABLE AS $$
    SELECT x.unit_id, x.line, coalesce(sum(x.written), 0), coalesce(sum(x.claimed), 0)
    FROM (SELECT c.unit_id, c.line, c.amount AS written, NULL::numeric AS claimed
          FROM unit u
          JOIN participation_cost c ON c.unit_id = u.id AND c.month BETWEEN month_start(first_day) AND last_day
          WHERE unit_is_visible(u.path, caller_units) AND (of_unit IS NULL OR u.path @> ARRAY[of_unit])
          UNION ALL
          SELECT r.unit_id, 'fees', NULL, r.total FROM report_claims(first_day, last_day, of_unit, caller_units) r) x
    GROUP BY x.unit_id, x.line
$$;

CREATE INDEX participation_cost_of_unit ON participation_cost (unit_id, month);

REVOKE ALL ON FUNCTION report_bookings(date, date, uuid, text), report_claims(date, date, uuid, text), report_costs(date, date, uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION report_bookings(date, date, uuid, text), report_claims(date, date, uuid, text), report_costs(date, date, uuid, text) TO osallisuus_api;
