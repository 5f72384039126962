-- The kind clock: who is told when an answer is late, and what comes by the calendar.

-- name: clock_tell
-- columns: told
-- Whoever is to be told in this phase, of those cases that still have no answer.
SELECT mail_staff(f.id, w.phase,
    CASE w.phase WHEN 'reminder' THEN 'handler' WHEN 'overdue' THEN 'coordinator' WHEN 'escalation' THEN 'management' END,
    f.id || ':' || f.due_on) AS told
FROM unnest(:cases::uuid[], :phases::text[]) AS w (case_id, phase)
JOIN feedback f ON f.id = w.case_id
WHERE f.answered_on IS NULL AND f.closed_on IS NULL AND f.due_on IS NOT NULL
    AND w.phase IN ('reminder', 'overdue', 'escalation')
ORDER BY f.id;

-- name: clock_next
-- columns: n, run_at, data
-- When these jobs run again: the next phase, at eight in the morning. Answered cases too, for they may be reopened; a
-- case that is gone has no row. n: the place in the arrays, from 1.
SELECT w.n, day_start(CASE w.phase
        WHEN 'reminder' THEN f.due_on + 1
        ELSE day_of_percent(f.received_on, f.due_on, rule_value('escalation_percent')) END)
        + interval '8 hours' AS run_at,
    jsonb_build_object('phase', CASE w.phase WHEN 'reminder' THEN 'overdue' ELSE 'escalation' END) AS data
FROM unnest(:cases::uuid[], :phases::text[]) WITH ORDINALITY AS w (case_id, phase, n)
JOIN feedback f ON f.id = w.case_id
WHERE f.due_on IS NOT NULL AND f.state NOT IN ('removed', 'withdrawn') AND w.phase IN ('reminder', 'overdue');

-- name: clock_partitions
-- columns: run_at
-- Partitions of the months ahead, and counts of mails of past days are forgotten; again tomorrow at three in the morning.
WITH forgotten AS (
    DELETE FROM receipt_mail_count WHERE day < app_today()
)
SELECT day_start(app_today() + 1) + interval '3 hours' AS run_at FROM event_partitions_ahead(3);

-- name: clock_rules
-- columns: run_at
-- What rules move by themselves: again in a quarter of an hour, or at once when there is more.
SELECT app_now() + CASE WHEN r.moved < 500 THEN interval '15 minutes' ELSE interval '0' END AS run_at
FROM cases_by_rule(500) AS r (moved);
