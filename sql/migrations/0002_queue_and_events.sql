-- What happened (event) and what is to be done about it (job), both written in the transaction that caused them.

-- Sequence order is not commit order: readers go by (xid, id), bound by pg_snapshot_xmin.
CREATE SEQUENCE event_id_seq;

CREATE TABLE event (
    id bigint NOT NULL DEFAULT nextval('event_id_seq'),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT app_now(), -- for what givers do: the day's beginning
    type text NOT NULL,
    resource text NOT NULL,
    subject uuid NOT NULL,
    unit_id uuid,
    version bigint NOT NULL,
    data jsonb NOT NULL DEFAULT '{}', -- states and roles; never a text, never a person
    CONSTRAINT event_pkey PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);

CREATE INDEX event_of_subject ON event (subject, at, id);
CREATE TABLE event_default PARTITION OF event DEFAULT;

-- Makes the partitions of this month and of so many months ahead.
CREATE FUNCTION event_partitions_ahead(months integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first_day date := date_trunc('month', app_today())::date;
    month_start date;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('event_partitions_ahead'));
    FOR month_start IN SELECT (first_day + make_interval(months => n))::date FROM generate_series(0, months) n LOOP
        IF to_regclass(format('event_%s', to_char(month_start, 'YYYYMM'))) IS NULL
            AND NOT EXISTS (SELECT FROM event_default
                            WHERE at >= day_start(month_start) AND at < day_start((month_start + interval '1 month')::date)) THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF event FOR VALUES FROM (%L) TO (%L)',
                'event_' || to_char(month_start, 'YYYYMM'), day_start(month_start),
                day_start((month_start + interval '1 month')::date));
        END IF;
    END LOOP;
END
$$;

SELECT event_partitions_ahead(3);

REVOKE ALL ON FUNCTION event_partitions_ahead(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION event_partitions_ahead(integer) TO osallisuus_worker;
GRANT SELECT ON event TO osallisuus_api, osallisuus_worker, osallisuus_reader;

-- Waiting and running jobs only, and dead ones until somebody has looked; finished ones are deleted.
CREATE TABLE job (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    run_at timestamptz NOT NULL DEFAULT app_now(),
    subject uuid,
    data jsonb NOT NULL DEFAULT '{}',
    attempts integer NOT NULL DEFAULT 0,
    lease uuid,
    leased_until timestamptz,
    slot text,
    trace_id text,
    unique_key text, -- at most one waiting or running job of this name
    last_error text, -- a code, never a text
    CONSTRAINT job_state CHECK (state IN ('waiting', 'running', 'dead')),
    CONSTRAINT job_running_is_leased CHECK ((state = 'running') = (lease IS NOT NULL)
        AND (lease IS NULL) = (leased_until IS NULL)),
    CONSTRAINT job_unique_key UNIQUE (unique_key)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000);

CREATE INDEX job_waiting ON job (kind, run_at, id) WHERE state = 'waiting';
CREATE INDEX job_running ON job (leased_until) WHERE state = 'running';
-- A job that was running when its worker was lost may be what ended it: it runs alone, not in a batch with others.
CREATE INDEX job_suspect ON job (kind, run_at, id) WHERE state = 'waiting' AND last_error = 'worker_lost';

GRANT SELECT, INSERT, UPDATE, DELETE ON job TO osallisuus_worker, osallisuus_mailer;
GRANT SELECT ON job TO osallisuus_reader;

-- A sign of life from each worker process, for /readyz and doctor.
CREATE TABLE worker_process (
    slot text PRIMARY KEY,
    kinds text[] NOT NULL,
    seen_at timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON worker_process TO osallisuus_worker, osallisuus_mailer;
GRANT SELECT ON worker_process TO osallisuus_api, osallisuus_reader;
