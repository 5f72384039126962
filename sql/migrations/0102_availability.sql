-- When experts can be booked: hours of each week, days that are different, and single times; and what of it is free. A rule speaks of
-- the clocks of Finland, so an hour that a change of the clocks skips is in no rule, and one that it repeats is in it twice.

CREATE TABLE availability (
    id uuid PRIMARY KEY,
    expert_id uuid NOT NULL CONSTRAINT availability_expert_exists REFERENCES expert ON DELETE CASCADE,
    kind text NOT NULL,
    weekday integer,    -- of a rule of each week: 1 is Monday
    first_on date,      -- from when a rule holds; the first day of an exception
    last_on date,       -- NULL in a rule: until further notice
    begins_at time,     -- NULL in an exception: not at all
    ends_at time,
    during tstzrange,   -- of a single time
    made_on date NOT NULL DEFAULT app_today(),
    request_hash bytea,
    CONSTRAINT availability_kind CHECK (kind IN ('weekly', 'exception', 'single')),
    CONSTRAINT availability_ends_after_it_begins CHECK (ends_at > begins_at AND last_on >= first_on),
    CONSTRAINT availability_is_whole CHECK (CASE kind
        WHEN 'weekly' THEN weekday BETWEEN 1 AND 7 AND num_nonnulls(first_on, begins_at, ends_at) = 3 AND during IS NULL
        WHEN 'exception' THEN num_nonnulls(first_on, last_on) = 2 AND num_nonnulls(begins_at, ends_at) IN (0, 2) AND num_nonnulls(weekday, during) = 0
        ELSE during IS NOT NULL AND NOT isempty(during) AND num_nonnulls(weekday, first_on, last_on, begins_at, ends_at) = 0 END)
);
CREATE INDEX availability_of_expert ON availability (expert_id, id);

-- ---- clocks ----
-- A time by the clocks of a place: the moment, or why it is none.
CREATE FUNCTION local_moment(day date, at time, zone text, OUT moment timestamptz, OUT problem text) LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF zone !~ '^(UTC|[A-Z][A-Za-z]+(/[A-Z][A-Za-z_-]+)+)$' THEN -- PostgreSQL takes much else for a zone
        problem := 'zone_is_unknown';
        RETURN;
    END IF;
    moment := (day + at) AT TIME ZONE zone;
    problem := CASE
        WHEN moment AT TIME ZONE zone <> day + at THEN 'local_time_is_skipped'
        WHEN EXISTS (SELECT FROM unnest('{-60,-30,30,60}'::integer[]) m WHERE (moment + make_interval(mins => m)) AT TIME ZONE zone = day + at)
            THEN 'local_time_is_repeated' END;
EXCEPTION WHEN invalid_parameter_value THEN
    problem := 'zone_is_unknown';
END
$$;

-- The days from one to another as they are here: how far the clocks are ahead of UTC, and while they are. A day on which they change has two rows.
CREATE FUNCTION local_days(first_on date, last_on date) RETURNS TABLE (day date, ahead interval, lasts tstzrange) LANGUAGE sql STABLE AS $$
    SELECT d.day, p.ahead, p.lasts
    FROM (SELECT g::date AS day, day_start(g::date) AS begins, day_start(g::date + 1) AS ends
          FROM generate_series(first_on::timestamp, last_on::timestamp, interval '1 day') g) d
    CROSS JOIN LATERAL (SELECT (d.begins AT TIME ZONE 'Europe/Helsinki') - (d.begins AT TIME ZONE 'UTC') AS early,
                            (d.ends AT TIME ZONE 'Europe/Helsinki') - (d.ends AT TIME ZONE 'UTC') AS late) o
    CROSS JOIN LATERAL (SELECT CASE WHEN o.early = o.late THEN d.ends ELSE (
        SELECT min(t) FROM generate_series(d.begins, d.ends, interval '15 minutes') t
        WHERE (t AT TIME ZONE 'Europe/Helsinki') - (t AT TIME ZONE 'UTC') = o.late) END AS at) c
    CROSS JOIN LATERAL (SELECT o.early AS ahead, tstzrange(d.begins, c.at) AS lasts UNION ALL SELECT o.late, tstzrange(c.at, d.ends)) p
    WHERE NOT isempty(p.lasts)
$$;

-- Times of a day by our clocks, as moments of that part of it.
CREATE FUNCTION day_times(day date, ahead interval, lasts tstzrange, begins_at time, ends_at time) RETURNS tstzrange LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT tstzrange((day + begins_at - ahead) AT TIME ZONE 'UTC', (day + ends_at - ahead) AT TIME ZONE 'UTC') * lasts
$$;

-- ---- what is free ----
-- When these experts can be booked from one moment to another for so many minutes: what they offered, within their agreement and after
-- their notice, without what is booked and the way to and from it.
CREATE FUNCTION expert_free(experts uuid[], from_at timestamptz, until_at timestamptz, minutes integer)
    RETURNS TABLE (expert_id uuid, starts_at timestamptz, ends_at timestamptz) LANGUAGE sql STABLE ROWS 1000 AS $$
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
    ORDER BY e.id, lower(f.during)
$$;

-- What experts worked or have promised since a moment, in minutes: work is offered first to whom had least of it.
CREATE FUNCTION expert_worked(experts uuid[], since timestamptz) RETURNS TABLE (expert_id uuid, minutes bigint) LANGUAGE sql STABLE AS $$
    SELECT b.expert_id, (sum(extract(epoch FROM b.ends_at - b.starts_at)) / 60)::bigint
    FROM booking b
    WHERE b.expert_id = ANY (experts) AND b.starts_at >= since AND b.held IS NOT NULL
    GROUP BY b.expert_id
$$;

-- What is wrong with a range of time that somebody looks through.
CREATE FUNCTION time_range_fault(from_at timestamptz, until_at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN until_at <= from_at THEN 'time_ends_before_it_begins' WHEN until_at > from_at + interval '92 days' THEN 'time_range_is_too_long' END
$$;

-- ---- how it is written ----
-- The row that a body wishes for, or what is wrong with it and where. A single time is given by the clocks of a zone, or as two moments.
CREATE FUNCTION availability_wish(body jsonb, OUT wish availability, OUT problem text, OUT pointer text, OUT members jsonb) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_variable
DECLARE
    zone CONSTANT text := coalesce(body ->> 'zone', 'Europe/Helsinki');
    is_by_clock CONSTANT boolean := body ->> 'kind' <> 'single' OR body ? 'day';
    needed CONSTANT text[] := CASE body ->> 'kind' WHEN 'weekly' THEN '{weekday,from,until}'::text[] WHEN 'exception' THEN '{first_on}'
        || CASE WHEN body ?| '{from,until}' THEN '{from,until}'::text[] ELSE '{}' END
        ELSE CASE WHEN is_by_clock THEN '{day,from,until}'::text[] ELSE '{starts_at,ends_at}' END END;
    known CONSTANT text[] := needed || '{kind}'::text[]
        || CASE body ->> 'kind' WHEN 'weekly' THEN '{first_on,last_on}'::text[] WHEN 'exception' THEN '{last_on}' ELSE CASE WHEN is_by_clock THEN '{zone}'::text[] ELSE '{}' END END;
    day date;
    t record;
BEGIN
    SELECT '/' || n INTO pointer FROM unnest(needed) n WHERE NOT body ? n ORDER BY n LIMIT 1;
    pointer := coalesce(pointer, (SELECT '/' || k FROM jsonb_object_keys(body) k WHERE k <> ALL (known) ORDER BY k LIMIT 1));
    IF pointer IS NOT NULL THEN
        problem := 'availability_is_whole';
        RETURN;
    END IF;
    wish.kind := body ->> 'kind';
    IF wish.kind = 'single' THEN
        day := (body ->> 'day')::date;
    ELSE
        wish.weekday := array_position('{monday,tuesday,wednesday,thursday,friday,saturday,sunday}', body ->> 'weekday');
        wish.first_on := coalesce((body ->> 'first_on')::date, app_today());
        wish.last_on := coalesce((body ->> 'last_on')::date, CASE wish.kind WHEN 'exception' THEN wish.first_on END);
        wish.begins_at := (body ->> 'from')::time;
        wish.ends_at := (body ->> 'until')::time;
        day := CASE WHEN wish.kind = 'exception' AND wish.first_on = wish.last_on THEN wish.first_on END;
    END IF;
    pointer := CASE WHEN is_by_clock AND (body ->> 'until')::time <= (body ->> 'from')::time THEN '/until'
                    WHEN NOT is_by_clock AND (body ->> 'ends_at')::timestamptz <= (body ->> 'starts_at')::timestamptz THEN '/ends_at'
                    WHEN wish.last_on < wish.first_on THEN '/last_on' END;
    problem := CASE WHEN pointer IS NOT NULL THEN 'availability_ends_after_it_begins' END;
    FOR t IN
        SELECT CASE m.problem WHEN 'zone_is_unknown' THEN 'zone' ELSE n.name END AS name, m.problem, n.at
        FROM (VALUES ('from', (body ->> 'from')::time), ('until', (body ->> 'until')::time)) n (name, at)
        CROSS JOIN LATERAL local_moment(day, n.at, zone) m
        WHERE problem IS NULL AND day IS NOT NULL AND n.at IS NOT NULL AND m.problem IS NOT NULL
        ORDER BY n.name LIMIT 1
    LOOP
        problem := t.problem;
        pointer := '/' || t.name;
        members := CASE WHEN t.problem <> 'zone_is_unknown' THEN jsonb_build_object('local_time', to_char(day + t.at, 'YYYY-MM-DD"T"HH24:MI'), 'zone', zone) END;
    END LOOP;
    IF problem IS NULL AND wish.kind = 'single' THEN
        wish.during := CASE WHEN is_by_clock THEN tstzrange((local_moment(day, (body ->> 'from')::time, zone)).moment, (local_moment(day, (body ->> 'until')::time, zone)).moment)
                            ELSE tstzrange((body ->> 'starts_at')::timestamptz, (body ->> 'ends_at')::timestamptz) END;
    END IF;
END
$$;

-- Adds to what an expert offers, whose row the caller has locked.
CREATE FUNCTION availability_made(of_expert uuid, new_id uuid, hash bytea, body jsonb,
    OUT kept availability, OUT replayed boolean, OUT problem text, OUT pointer text, OUT members jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    judged record;
    wish availability;
BEGIN
    SELECT a.* INTO kept FROM availability a WHERE a.id = new_id;
    replayed := kept.id IS NOT NULL;
    IF replayed THEN
        problem := CASE WHEN kept.request_hash IS DISTINCT FROM hash OR kept.expert_id <> of_expert THEN 'idempotency_key_reused' END;
        RETURN;
    END IF;
    SELECT * INTO judged FROM availability_wish(body);
    wish := judged.wish;
    problem := judged.problem;
    pointer := judged.pointer;
    members := judged.members;
    IF problem IS NULL AND (SELECT count(*) FROM availability a WHERE a.expert_id = of_expert) >= 500 THEN
        problem := 'availability_is_full';
    END IF;
    IF problem IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO availability (id, expert_id, kind, weekday, first_on, last_on, begins_at, ends_at, during, request_hash)
    VALUES (new_id, of_expert, wish.kind, wish.weekday, wish.first_on, wish.last_on, wish.begins_at, wish.ends_at, wish.during, hash)
    ON CONFLICT (id) DO NOTHING -- the same key for another expert at the same time
    RETURNING * INTO kept;
    problem := CASE WHEN kept.id IS NULL THEN 'idempotency_key_reused' END;
END
$$;

-- As replies have it.
CREATE FUNCTION availability_item(a availability) RETURNS TABLE (id uuid, kind text, weekday text, first_on date, last_on date, "from" text, until text,
    starts_at timestamptz, ends_at timestamptz) LANGUAGE sql STABLE AS $$
    SELECT a.id, a.kind, ('{monday,tuesday,wednesday,thursday,friday,saturday,sunday}'::text[])[a.weekday], a.first_on, a.last_on,
        to_char(a.begins_at, 'HH24:MI'), to_char(a.ends_at, 'HH24:MI'), lower(a.during), upper(a.during)
$$;

CREATE FUNCTION availability_person_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM availability a USING old_person o WHERE a.expert_id = o.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER availability_person_gone AFTER DELETE ON person REFERENCING OLD TABLE AS old_person FOR EACH STATEMENT
    EXECUTE FUNCTION availability_person_gone();

CREATE TRIGGER availability_audit_insert AFTER INSERT ON availability REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('availability', 'created', 'expert_id', 'kind');
CREATE TRIGGER availability_audit_delete AFTER DELETE ON availability REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('availability', 'removed', 'expert_id', 'kind');
GRANT SELECT, INSERT, DELETE ON availability TO osallisuus_api;
