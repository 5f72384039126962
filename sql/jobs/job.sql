-- The queue: claim, run, settle. What a worker was given it holds by a lease, a random token: who has lost it settles nothing.

-- name: job_claim
-- columns: id, subject, data, attempts, trace_id, run_at_us
-- Those behind a position (run_at in µs since 1970, id), oldest first: what was claimed before is not walked over again.
-- Jobs that were running when a worker was lost are left to job_claim_suspect.
WITH picked AS MATERIALIZED (
    SELECT id FROM job
    WHERE kind = :kind::text AND state = 'waiting' AND run_at <= app_now()
        AND (run_at, id) > (coalesce('epoch'::timestamptz + :after_us::bigint * interval '1 microsecond', '-infinity'), :after_id::bigint)
        AND last_error IS DISTINCT FROM 'worker_lost'
    ORDER BY run_at, id
    LIMIT :most::integer
    FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE job SET state = 'running', attempts = attempts + 1, lease = :lease::uuid, slot = :slot::text,
        leased_until = app_now() + make_interval(secs => :lease_s::integer)
    WHERE id = ANY (ARRAY(SELECT id FROM picked))
    RETURNING id, subject, data, attempts, trace_id, run_at
)
SELECT id, subject, data, attempts, trace_id, (extract(epoch FROM run_at) * 1000000)::bigint AS run_at_us
FROM claimed
ORDER BY run_at, id;

-- name: job_claim_suspect
-- columns: id, subject, data, attempts, trace_id
-- One job that was running when its worker was lost: it may be what ended the worker, so it runs alone.
UPDATE job SET state = 'running', attempts = attempts + 1, lease = :lease::uuid, slot = :slot::text,
    leased_until = app_now() + make_interval(secs => :lease_s::integer)
WHERE id = (
    SELECT id FROM job
    WHERE kind = :kind::text AND state = 'waiting' AND last_error = 'worker_lost' AND run_at <= app_now()
    ORDER BY run_at, id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING id, subject, data, attempts, trace_id;

-- name: job_finish
-- columns: settled
WITH finished AS (
    DELETE FROM job WHERE id = ANY (:ids::bigint[]) AND lease = :lease::uuid RETURNING id
)
SELECT count(*) AS settled FROM finished;

-- name: job_settle
-- columns: settled
-- Everything but finished: what each job is from now on. attempts_back is 1 when this try does not count; delay_s is the
-- first delay of a retry, doubled with every attempt, at most 6 hours, give or take a fifth.
WITH outcome AS (
    SELECT o.* FROM unnest(:ids::bigint[], :states::text[], :errors::text[], :delays::integer[], :attempts_back::integer[],
        :run_ats::timestamptz[], :datas::jsonb[]) AS o (id, state, error, delay_s, attempts_back, run_at, data)
), moved AS (
    UPDATE job j SET state = o.state, last_error = o.error, data = coalesce(o.data, j.data),
        attempts = CASE WHEN o.run_at IS NULL THEN greatest(j.attempts - o.attempts_back, 0) ELSE 0 END,
        run_at = CASE WHEN o.run_at IS NOT NULL THEN o.run_at
                      WHEN o.delay_s > 0 THEN app_now() + make_interval(
                          secs => least(o.delay_s * 2.0 ^ least(j.attempts - 1, 20), 21600) * (0.8 + 0.4 * random()))
                      ELSE j.run_at END,
        lease = NULL, leased_until = NULL, slot = NULL
    FROM outcome o
    WHERE j.id = o.id AND j.lease = :lease::uuid
    RETURNING j.id
)
SELECT count(*) AS settled FROM moved;

-- name: job_give_back
-- Whatever is left of these leases; the try does not count.
UPDATE job SET state = 'waiting', attempts = greatest(attempts - 1, 0), lease = NULL, leased_until = NULL, slot = NULL
WHERE state = 'running' AND lease = ANY (:leases::uuid[]);

-- name: job_extend
UPDATE job SET leased_until = app_now() + make_interval(secs => :lease_s::integer)
WHERE state = 'running' AND lease = ANY (:leases::uuid[]);

-- name: job_take_back
-- columns: id, kind, state, attempts
-- Expired leases, whoever held them, and those of a slot whose process is gone. The try counts: a job that ends its
-- worker is dead after its last attempt.
UPDATE job j SET state = CASE WHEN j.attempts >= coalesce(k.attempts, 10) THEN 'dead' ELSE 'waiting' END,
    last_error = 'worker_lost', lease = NULL, leased_until = NULL, slot = NULL
FROM (
    SELECT id, kind FROM job WHERE state = 'running' AND (leased_until < app_now() OR slot = :gone_slot::text)
    ORDER BY id
    FOR UPDATE SKIP LOCKED
) lost
LEFT JOIN unnest(:kinds::text[], :attempts::integer[]) AS k (kind, attempts) ON k.kind = lost.kind
WHERE j.id = lost.id
RETURNING j.id, j.kind, j.state, j.attempts;

-- name: worker_slot_lock
-- columns: locked
-- A slot belongs to one process as long as it holds this lock, which ends with its connection.
SELECT pg_try_advisory_lock(hashtext('osallisuus worker'), hashtext(:slot::text)) AS locked;

-- name: worker_alive
WITH forgotten AS (
    DELETE FROM worker_process WHERE seen_at < app_now() - interval '1 day' AND slot <> :slot::text
)
INSERT INTO worker_process (slot, kinds, seen_at) VALUES (:slot::text, :kinds::text[], app_now())
ON CONFLICT (slot) DO UPDATE SET kinds = excluded.kinds, seen_at = excluded.seen_at;

-- name: worker_gone
DELETE FROM worker_process WHERE slot = :slot::text;

-- name: worker_session
-- What every connection of a worker starts with: plans that fit the values (those of an empty queue would live on), none
-- compiled (that took a second where the work took less), and no wait without an end. A quick session does not wait for
-- the disk at a commit, for what may be lost is lost together with the end of its job, which is then done again.
-- columns: plans, jit, statements, idle, quick
SELECT set_config('plan_cache_mode', 'force_custom_plan', false) AS plans,
    set_config('jit', 'off', false) AS jit,
    set_config('statement_timeout', '600s', false) AS statements,
    set_config('idle_in_transaction_session_timeout', '60s', false) AS idle,
    CASE WHEN :is_quick::boolean THEN set_config('synchronous_commit', 'off', false) END AS quick;
