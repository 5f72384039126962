-- Decisions, heard or not: the ledger.

-- name: decision_create
-- lane: write
WITH wanted AS (
    SELECT b.*, u.id AS seen
    FROM jsonb_to_record(:body::jsonb) AS b (unit_id uuid, item jsonb, decided_by text, decides_on date, outcome jsonb, unheard_reason text)
    LEFT JOIN LATERAL (SELECT x.id FROM unit x WHERE x.id = b.unit_id AND is_open(x.closed_on) AND unit_is_visible(x.path, :caller_units::text) OFFSET 0) u ON true
), made AS (
    INSERT INTO decision (id, unit_id, item, decided_by, decides_on, outcome, unheard_reason, request_hash)
    SELECT :new_id::uuid, w.unit_id, w.item, w.decided_by, w.decides_on, coalesce(w.outcome, '{}'), w.unheard_reason, :request_hash::bytea
    FROM wanted w WHERE w.seen IS NOT NULL AND act_as(:caller_id::uuid)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, made_on, version, request_hash
)
SELECT a.id, a.made_on, a.version AS _version, a.replayed AS _replayed,
    CASE WHEN a.id IS NULL THEN 'unknown_reference' WHEN a.request_hash IS DISTINCT FROM :request_hash::bytea THEN 'idempotency_key_reused' END AS _problem,
    CASE WHEN a.id IS NULL THEN '/unit_id' END AS _pointer
FROM wanted w
LEFT JOIN LATERAL (
    SELECT m.*, false AS replayed FROM made m
    UNION ALL
    SELECT d.id, d.made_on, d.version, d.request_hash, true FROM decision d WHERE d.id = :new_id::uuid AND NOT EXISTS (SELECT FROM made) OFFSET 0
) a ON true
WHERE a.id IS NOT NULL OR w.seen IS NULL;

-- name: decision_list
-- lane: read
-- cursor: decides_on date, id uuid
SELECT d.id, d.unit_id, d.item, d.decided_by, d.decides_on, d.outcome, h.hearings <> '[]' AS is_heard, CASE WHEN h.hearings = '[]' THEN d.unheard_reason END AS unheard_reason, h.hearings
FROM decision d
JOIN unit u ON u.id = d.unit_id
CROSS JOIN LATERAL (SELECT decision_hearings(d.id) AS hearings) h
WHERE unit_is_visible(u.path, :caller_units::text)
    AND (d.decides_on, d.id) < (coalesce(:after_decides_on::date, 'infinity'), coalesce(:after_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid])
    AND d.decides_on BETWEEN coalesce(:decided_from::date, '-infinity') AND coalesce(:decided_to::date, 'infinity')
    AND (:heard::boolean IS NULL OR (h.hearings <> '[]') = :heard::boolean)
ORDER BY d.decides_on DESC, d.id DESC
LIMIT :limit_and_one::int;

-- name: decision_get
-- lane: read
SELECT d.id, d.unit_id, d.item, d.decided_by, d.decides_on, d.outcome, h.hearings <> '[]' AS is_heard, CASE WHEN h.hearings = '[]' THEN d.unheard_reason END AS unheard_reason, h.hearings, d.made_on, d.version AS _version
FROM decision d
JOIN unit u ON u.id = d.unit_id
CROSS JOIN LATERAL (SELECT decision_hearings(d.id) AS hearings) h
WHERE d.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text);

-- name: decision_patch
-- lane: own
-- lock:
SELECT d.id FROM decision d WHERE d.id = :id::uuid AND act_as(:caller_id::uuid) FOR NO KEY UPDATE;
-- run:
WITH wanted AS (
    SELECT d.id, d.version, jsonb_strip_nulls(d.item || coalesce(b.item, '{}')) AS item, coalesce(b.decided_by, d.decided_by) AS decided_by,
        coalesce(b.decides_on, d.decides_on) AS decides_on, jsonb_strip_nulls(d.outcome || coalesce(b.outcome, '{}')) AS outcome,
        CASE WHEN 'unheard_reason' = ANY (:body_names::text[]) THEN b.unheard_reason ELSE d.unheard_reason END AS unheard_reason
    FROM decision d
    JOIN unit u ON u.id = d.unit_id
    CROSS JOIN jsonb_to_record(:body::jsonb) AS b (item jsonb, decided_by text, decides_on date, outcome jsonb, unheard_reason text)
    WHERE d.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), judged AS (
    SELECT w.*, CASE WHEN w.version <> :if_match::bigint THEN 'stale_version'
                     WHEN w.item = '{}' THEN 'decision_has_item'
                     WHEN :body::jsonb ->> 'unheard_reason' IS NOT NULL AND decision_hearings(w.id) <> '[]' THEN 'decision_is_heard'
                     WHEN EXISTS (SELECT FROM consultation c WHERE c.decision_id = w.id AND c.state <> 'cancelled' AND c.due_on >= w.decides_on)
                         THEN 'consultation_is_before_decision' END AS problem
    FROM wanted w
), changed AS (
    UPDATE decision d SET item = j.item, decided_by = j.decided_by, decides_on = j.decides_on, outcome = j.outcome, unheard_reason = j.unheard_reason
    FROM judged j WHERE d.id = j.id AND j.problem IS NULL
    RETURNING d.*
)
SELECT j.id, c.unit_id, c.item, c.decided_by, c.decides_on, c.outcome, h.hearings <> '[]' AS is_heard, CASE WHEN h.hearings = '[]' THEN c.unheard_reason END AS unheard_reason, h.hearings, c.made_on, c.version AS _version,
    j.problem AS _problem, CASE j.problem WHEN 'consultation_is_before_decision' THEN '/decides_on' WHEN 'decision_has_item' THEN '/item' WHEN 'decision_is_heard' THEN '/unheard_reason' END AS _pointer
FROM judged j
LEFT JOIN changed c ON true
CROSS JOIN LATERAL (SELECT decision_hearings(j.id) AS hearings) h;
