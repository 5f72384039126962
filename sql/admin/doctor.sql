-- What osallisuus-admin doctor asks the database.

-- name: doctor_server
-- columns: version, standby, read_only
SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS standby,
    current_setting('transaction_read_only') = 'on' AS read_only;

-- name: doctor_roles
-- columns: missing, powerful
SELECT string_agg(wanted.name, ', ') FILTER (WHERE r.oid IS NULL) AS missing,
    string_agg(wanted.name, ', ') FILTER (WHERE r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolbypassrls
        OR r.rolcanlogin AND wanted.name IN ('osallisuus_text', 'osallisuus_giver')) AS powerful
FROM unnest(ARRAY['osallisuus_api', 'osallisuus_worker', 'osallisuus_mailer', 'osallisuus_all',
    'osallisuus_reader', 'osallisuus_text', 'osallisuus_giver']) AS wanted (name)
LEFT JOIN pg_roles r ON r.rolname = wanted.name;

-- name: doctor_rights
-- columns: api_reads_contact, others_read_contact, originals_are_read, service_owns
-- Contact data is for the mailer alone; what givers wrote, and who they are, is behind views and functions; a role that owns a
-- table could give itself every right.
SELECT has_any_column_privilege('osallisuus_api', 'contact', 'SELECT')
        OR has_column_privilege('osallisuus_api', 'survey_link', 'sealed', 'SELECT')
        OR has_column_privilege('osallisuus_api', 'person', 'sealed', 'SELECT') AS api_reads_contact,
    has_column_privilege('osallisuus_worker', 'contact', 'sealed', 'SELECT')
        OR has_column_privilege('osallisuus_worker', 'survey_link', 'sealed', 'SELECT')
        OR has_column_privilege('osallisuus_reader', 'survey_link', 'sealed', 'SELECT')
        OR has_column_privilege('osallisuus_worker', 'person', 'sealed', 'SELECT')
        OR has_column_privilege('osallisuus_reader', 'person', 'sealed', 'SELECT')
        OR has_column_privilege('osallisuus_reader', 'contact', 'sealed', 'SELECT') AS others_read_contact,
    EXISTS (SELECT FROM unnest(ARRAY['api', 'worker', 'mailer', 'all', 'reader']) AS who
            CROSS JOIN (VALUES ('feedback_text', 'original'), ('feedback_text', 'masked'), ('answer_text', 'original'), ('message', 'text'),
                ('step', 'reason'), ('follow_up', 'text'), ('giver', 'receipt_hash')) AS kept (place, what)
            WHERE has_column_privilege('osallisuus_' || who, place, what, 'SELECT')) AS originals_are_read,
    EXISTS (SELECT FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
            WHERE c.relkind <> 'v' AND r.rolname LIKE 'osallisuus\_%'
            AND r.rolname <> current_user) AS service_owns;

-- name: doctor_clock
-- columns: database_ms, now_offset
SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS database_ms, -- lint: the clock itself is looked at
    current_setting('osallisuus.now_offset', true) AS now_offset;

-- name: doctor_partitions
-- columns: months_ahead, in_default
-- Months from the present one on that have a partition of event, without a gap.
SELECT (SELECT coalesce(min(n), 13)
        FROM generate_series(1, 12) AS n
        WHERE to_regclass('event_' || to_char(app_today() + make_interval(months => n), 'YYYYMM')) IS NULL) - 1 AS months_ahead,
    EXISTS (SELECT FROM event_default) AS in_default;

-- name: doctor_future_xids
-- columns: found
-- After a dump is restored into a new cluster its old transaction ids may lie ahead, and readers would wait for them.
SELECT count(*) AS found
FROM (SELECT xid FROM event ORDER BY at DESC, id DESC LIMIT 1000) AS newest
WHERE xid >= pg_snapshot_xmax(pg_current_snapshot());

-- name: doctor_jobs
-- columns: dead, late_s
SELECT count(*) FILTER (WHERE state = 'dead') AS dead,
    coalesce(extract(epoch FROM app_now() - min(run_at) FILTER (WHERE state = 'waiting')), 0)::bigint AS late_s
FROM job;

-- name: doctor_workers
-- columns: alive, kinds
SELECT count(DISTINCT w.slot) AS alive, string_agg(DISTINCT k.kind, ' ' ORDER BY k.kind) AS kinds
FROM worker_process w
CROSS JOIN LATERAL unnest(w.kinds) AS k (kind)
WHERE w.seen_at > app_now() - interval '60 seconds';
