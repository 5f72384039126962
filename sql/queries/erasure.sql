-- Erasure: the row in `erasure` does it (see feedback_erase). What is erased once stays so; asking again changes nothing.

-- name: feedback_erase
-- lane: own
-- lock:
SELECT id FROM feedback WHERE id = :id::uuid FOR UPDATE;
-- run:
WITH found AS (
    SELECT f.id, f.state, f.version, e.id AS erasure_id
    FROM feedback f
    JOIN unit u ON u.id = f.unit_id
    LEFT JOIN erasure e ON e.feedback_id = f.id
    WHERE f.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
), made AS (
    INSERT INTO erasure (feedback_id, id, who, caller_id, reason)
    SELECT f.id, :new_id::uuid, 'coordinator', :caller_id::uuid, :body::jsonb ->> 'reason' FROM found f WHERE f.erasure_id IS NULL
    RETURNING feedback_id
)
SELECT f.id, CASE WHEN m.feedback_id IS NULL OR f.state = 'withdrawn' THEN f.state ELSE 'removed' END AS state,
       coalesce(f.erasure_id = :new_id::uuid, false) AS _replayed
FROM found f
LEFT JOIN made m ON true;

-- name: receipt_erase
-- lane: own
-- units: the receipt code erases its own case alone, and is gone with it
-- lock:
SELECT id FROM feedback WHERE id = giver_case(:giver_hash::bytea) FOR UPDATE;
-- run:
WITH found AS (
    SELECT f.id, f.state FROM feedback f WHERE f.id = giver_case(:giver_hash::bytea)
), made AS (
    INSERT INTO erasure (feedback_id, id, who) SELECT f.id, :new_id::uuid, 'giver' FROM found f
)
SELECT f.id, CASE f.state WHEN 'removed' THEN 'removed' ELSE 'withdrawn' END AS state FROM found f;
