-- A function in SQL is planned each time that it is called: for a day of 500 experts that took twice as long as to run it. These keep
-- their plan for the session, also where statements are planned for their values (searches).
CREATE OR REPLACE FUNCTION expert_free(experts uuid[], from_at timestamptz, until_at timestamptz, minutes integer)
RETURNS TABLE (expert_id uuid, starts_at timestamptz, ends_at timestamptz) LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH days AS MATERIALIZED (
        SELECT d.*, extract(isodow FROM d.day)::integer AS weekday
        FROM local_days((from_at AT TIME ZONE 'Europe/Helsinki')::date, (until_at AT TIME ZONE 'Europe/Helsinki')::date) d
    ), offered AS (
        SELECT a.expert_id, day_times(d.day, d.ahead, d.lasts, a.begins_at, a.ends_at) AS during
        FROM availability a
        JOIN days d ON d.weekday = a.weekday AND d.day >= a.first_on AND d.day <= coalesce(a.last_on, d.day)
        WHERE a.expert_id = ANY (experts) AND a.kind = 'weekly' AND NOT EXISTS (
            SELECT FROM availability x WHERE x.expert_id = a.expert_id AND x.kind = 'exception' AND d.day BETWEEN x.first_on AND x.last_on)
        UNION ALL
        SELECT a.expert_id, day_times(d.day, d.ahead, d.lasts, a.begins_at, a.ends_at)
        FROM availability a
        JOIN days d ON d.day BETWEEN a.first_on AND a.last_on
        WHERE a.expert_id = ANY (experts) AND a.kind = 'exception' AND a.begins_at IS NOT NULL
        UNION ALL
        SELECT a.expert_id, a.during FROM availability a WHERE a.expert_id = ANY (experts) AND a.kind = 'single'
    ), promised AS (
        SELECT e.id, range_agg(tstzrange(lower(b.held) - make_interval(mins => e.travel_minutes), upper(b.held))) AS during
        FROM expert_busy(experts, tstzrange(from_at, until_at + interval '8 hours')) b JOIN expert e ON e.id = b.expert_id
        GROUP BY e.id
    )
    SELECT e.id, lower(f.during), upper(f.during)
    FROM expert e
    JOIN (SELECT o.expert_id, range_agg(o.during) AS during FROM offered o GROUP BY o.expert_id) o ON o.expert_id = e.id
    LEFT JOIN promised p ON p.id = e.id
    CROSS JOIN LATERAL unnest(o.during * tstzmultirange(tstzrange(from_at, until_at) * expert_agreement(e)
        * tstzrange(app_now() + make_interval(hours => e.notice_hours), NULL)) - coalesce(p.during, '{}')) f (during)
    WHERE e.id = ANY (experts) AND e.state = 'active' AND upper(f.during) - lower(f.during) >= make_interval(mins => minutes)
    ORDER BY e.id, lower(f.during);
END
$$;

CREATE OR REPLACE FUNCTION expert_worked(experts uuid[], since timestamptz)
RETURNS TABLE (expert_id uuid, minutes bigint) LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT b.expert_id, (sum(extract(epoch FROM b.ends_at - b.starts_at)) / 60)::bigint
    FROM booking b
    WHERE b.expert_id = ANY (experts) AND b.starts_at >= since AND b.held IS NOT NULL
    GROUP BY b.expert_id;
END
$$;
