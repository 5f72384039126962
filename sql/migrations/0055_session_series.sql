-- Sessions that come again each month: a series makes them, and then each goes its own way.

-- A moment inside of JSON, as the replies have it everywhere else.
CREATE FUNCTION utc_text(moment timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

-- So many days from a first one on, one a month: a weekday by its place in the month (5: the last one), or a day of the month, which
-- in a month that is too short is its last.
CREATE FUNCTION monthly_days(first_on date, times integer, week integer, weekday integer, month_day integer) RETURNS SETOF date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT d.day
    FROM generate_series(0, times) k
    CROSS JOIN LATERAL (SELECT (date_trunc('month', first_on::timestamp) + make_interval(months => k))::date AS begins) b
    CROSS JOIN LATERAL (SELECT (b.begins + interval '1 month')::date - 1 AS ends) e
    CROSS JOIN LATERAL (SELECT CASE
        WHEN month_day IS NOT NULL THEN least(b.begins + month_day - 1, e.ends)
        WHEN week = 5 THEN e.ends - (extract(isodow FROM e.ends)::integer - weekday + 7) % 7
        ELSE b.begins + (weekday - extract(isodow FROM b.begins)::integer + 7) % 7 + 7 * (week - 1) END AS day) d
    WHERE d.day >= first_on
    ORDER BY d.day
    LIMIT times
$$;

CREATE TABLE session_series (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL CONSTRAINT session_series_unit_exists REFERENCES unit,
    first_on date NOT NULL,
    begins_at time NOT NULL,  -- by the clocks of Finland, in summer and winter
    lasts_minutes integer NOT NULL,
    times integer NOT NULL,
    week text,
    weekday text,
    month_day integer,
    made_on date NOT NULL DEFAULT app_today(),
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT session_series_repeats CHECK (num_nonnulls(week, weekday) = CASE WHEN month_day IS NULL THEN 2 ELSE 0 END),
    CONSTRAINT session_series_week CHECK (week IN ('first', 'second', 'third', 'fourth', 'last')),
    CONSTRAINT session_series_weekday CHECK (weekday IN ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')),
    CONSTRAINT session_series_month_day CHECK (month_day BETWEEN 1 AND 31),
    CONSTRAINT session_series_times CHECK (times BETWEEN 1 AND 36),
    CONSTRAINT session_series_lasts CHECK (lasts_minutes BETWEEN 1 AND 1440)
);

ALTER TABLE session ADD COLUMN series_id uuid CONSTRAINT session_series_exists REFERENCES session_series;
CREATE INDEX session_of_series ON session (series_id, starts_at) WHERE series_id IS NOT NULL;
CREATE TRIGGER session_series_audit_insert AFTER INSERT ON session_series REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('session_series', 'created', 'id');

-- When its sessions begin.
CREATE FUNCTION series_moments(s session_series) RETURNS SETOF timestamptz LANGUAGE sql STABLE AS $$
    SELECT (d + s.begins_at) AT TIME ZONE 'Europe/Helsinki'
    FROM monthly_days(s.first_on, s.times, array_position('{first,second,third,fourth,last}', s.week),
        array_position('{monday,tuesday,wednesday,thursday,friday,saturday,sunday}', s.weekday), s.month_day) d
$$;

GRANT SELECT ON session_series TO osallisuus_api, osallisuus_worker, osallisuus_reader;
GRANT INSERT (id, unit_id, first_on, begins_at, lasts_minutes, times, week, weekday, month_day, request_hash) ON session_series TO osallisuus_api;
GRANT INSERT (series_id) ON session TO osallisuus_api;
