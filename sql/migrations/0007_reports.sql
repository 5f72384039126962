-- What changed because people spoke, by period and unit, as the worker built it.

CREATE TABLE report (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    period text NOT NULL, -- a month, YYYY-MM, or a year, YYYY
    unit_id uuid NOT NULL CONSTRAINT report_unit_exists REFERENCES unit,
    body jsonb NOT NULL,
    built_at timestamptz NOT NULL DEFAULT app_now(),
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT report_period CHECK (period ~ '^[0-9]{4}(-(0[1-9]|1[0-2]))?$'),
    CONSTRAINT report_once UNIQUE (unit_id, period)
);

CREATE TRIGGER report_version BEFORE UPDATE ON report FOR EACH ROW EXECUTE FUNCTION next_version();

-- The report worker looks at it all; it makes itself the next job of the same name.
INSERT INTO job (kind, unique_key) VALUES ('report', 'report'), ('clock', 'partitions');

GRANT SELECT ON report TO osallisuus_api, osallisuus_reader;
GRANT SELECT, INSERT, UPDATE ON report TO osallisuus_worker;
