-- The report of a period in one statement that reads everything: what the incremental one must be equal to.
WITH span AS MATERIALIZED (
    SELECT p.first_day, (p.first_day + CASE WHEN length(p.name) = 4 THEN interval '1 year' ELSE interval '1 month' END)::date AS next_day
    FROM (SELECT %(period)s AS name, (%(period)s || CASE WHEN length(%(period)s) = 4 THEN '-01-01' ELSE '-01' END)::date AS first_day) p
), voice AS MATERIALIZED (
    SELECT a.unit_id, f.id, f.kind, f.channel, f.lang, f.respondent_role, f.age_band, f.outcome, f.due_on, f.answered_on,
        f.answered_on - f.received_on AS days,
        f.received_on >= s.first_day AND f.received_on < s.next_day AS is_received,
        coalesce(f.answered_on >= s.first_day AND f.answered_on < s.next_day, false) AS is_answered,
        coalesce(f.closed_on >= s.first_day AND f.closed_on < s.next_day AND f.state = 'closed', false) AS is_closed
    FROM span s
    JOIN feedback f ON f.respondent_role <> 'staff' AND (f.received_on >= s.first_day AND f.received_on < s.next_day
        OR f.answered_on >= s.first_day AND f.answered_on < s.next_day OR f.closed_on >= s.first_day AND f.closed_on < s.next_day)
    JOIN unit u ON u.id = f.unit_id
    CROSS JOIN LATERAL unnest(u.path) AS a (unit_id)
), figure AS (
    SELECT v.unit_id,
        count(*) FILTER (WHERE v.is_received) AS received,
        count(*) FILTER (WHERE v.is_received AND v.due_on IS NOT NULL) AS answer_wanted,
        count(*) FILTER (WHERE v.is_answered) AS answered,
        round(percentile_cont(0.5) WITHIN GROUP (ORDER BY v.days) FILTER (WHERE v.is_answered)::numeric, 1) AS median_days,
        round(percentile_cont(0.9) WITHIN GROUP (ORDER BY v.days) FILTER (WHERE v.is_answered)::numeric, 1) AS p90_days,
        count(*) FILTER (WHERE v.is_answered AND v.due_on IS NOT NULL) AS answered_with_limit,
        count(*) FILTER (WHERE v.is_answered AND v.answered_on <= v.due_on) AS answered_on_time,
        count(*) FILTER (WHERE v.is_closed AND v.outcome = 'no_change') AS no_change,
        count(*) FILTER (WHERE v.is_closed AND v.outcome = 'no_change' AND NOT EXISTS (
            SELECT FROM step s WHERE s.subject = v.id AND s.to_state = 'closed' AND s.reason IS NOT NULL)) AS no_change_unexplained,
        count(*) FILTER (WHERE v.is_received AND v.kind = 'concern') AS concerns,
        count(*) FILTER (WHERE v.is_received AND v.kind = 'concern' AND EXISTS (
            SELECT FROM change_source cs JOIN change c ON c.id = cs.change_id WHERE cs.feedback_id = v.id AND c.made_on IS NOT NULL))
            AS concerns_with_change
    FROM voice v
    GROUP BY v.unit_id
), part AS (
    SELECT v.unit_id, d.dimension, d.value, count(*) AS voices
    FROM voice v
    CROSS JOIN LATERAL (VALUES ('role', v.respondent_role, v.is_received), ('age_band', coalesce(v.age_band, 'unknown'), v.is_received),
        ('lang', v.lang, v.is_received), ('channel', v.channel, v.is_received), ('kind', v.kind, v.is_received),
        ('outcome', v.outcome, v.is_closed)) AS d (dimension, value, counts)
    WHERE d.counts
    GROUP BY v.unit_id, d.dimension, d.value
), dimension AS (
    SELECT unit_id, dimension, jsonb_object_agg(value, voices) AS by_value FROM part GROUP BY unit_id, dimension
), heard AS (
    SELECT unit_id, jsonb_object_agg(dimension, by_value) AS by_dimension FROM dimension GROUP BY unit_id
), question AS (
    SELECT a.unit_id, f.answer,
        f.asked_on >= s.first_day AND f.asked_on < s.next_day AND EXISTS (
            SELECT FROM mail m WHERE m.unique_key = 'follow_up:' || f.id AND m.state = 'sent') AS is_asked,
        coalesce(f.answered_on >= s.first_day AND f.answered_on < s.next_day, false) AS is_answered
    FROM span s
    JOIN follow_up f ON f.asked_on >= s.first_day AND f.asked_on < s.next_day OR f.answered_on >= s.first_day AND f.answered_on < s.next_day
    LEFT JOIN feedback v ON v.id = f.feedback_id
    LEFT JOIN member m ON m.id = f.person_id
    JOIN change c ON c.id = f.change_id
    JOIN unit u ON u.id = c.unit_id
    CROSS JOIN LATERAL unnest(u.path) AS a (unit_id)
    WHERE coalesce(v.respondent_role <> 'staff', NOT (m.is_staff OR m.role = 'professional'), true)
), follow_up_figure AS (
    SELECT q.unit_id, count(*) FILTER (WHERE q.is_asked) AS asked,
        count(*) FILTER (WHERE q.is_answered) AS answered,
        count(*) FILTER (WHERE q.is_answered AND q.answer = 'better') AS better,
        count(*) FILTER (WHERE q.is_answered AND q.answer = 'same') AS same,
        count(*) FILTER (WHERE q.is_answered AND q.answer = 'worse') AS worse,
        count(*) FILTER (WHERE q.is_answered AND q.answer = 'dont_know') AS dont_know
    FROM question q
    GROUP BY q.unit_id
), moved AS MATERIALIZED (
    SELECT a.unit_id, c.id, c.title, c.said, c.done, c.state, c.level, c.theme, c.made_on, c.published_on,
        row_number() OVER (PARTITION BY a.unit_id ORDER BY c.made_on DESC NULLS LAST, c.suggested_on DESC, c.id) AS place
    FROM span s
    JOIN change c ON c.suggested_on >= s.first_day AND c.suggested_on < s.next_day OR EXISTS (
        SELECT FROM step t WHERE t.subject = c.id AND t.made_on >= s.first_day AND t.made_on < s.next_day)
    JOIN unit u ON u.id = c.unit_id
    CROSS JOIN LATERAL unnest(u.path) AS a (unit_id)
), change_state AS (
    SELECT unit_id, jsonb_object_agg(state, changes) AS by_state
    FROM (SELECT unit_id, state, count(*) AS changes FROM moved GROUP BY unit_id, state) n
    GROUP BY unit_id
), change_list AS (
    SELECT unit_id, jsonb_agg(jsonb_build_object('id', id, 'title', title, 'said', said, 'done', done, 'state', state,
        'level', level, 'theme', theme, 'made_on', made_on, 'published_on', published_on) ORDER BY place) AS changes
    FROM moved
    WHERE place <= 1000
    GROUP BY unit_id
), wanted AS (
    SELECT unit_id FROM figure
    UNION SELECT unit_id FROM follow_up_figure
    UNION SELECT unit_id FROM moved
)
SELECT w.unit_id, jsonb_build_object(
    'received', coalesce(f.received, 0),
    'answer_wanted', coalesce(f.answer_wanted, 0),
    'answered', coalesce(f.answered, 0),
    'answer_days', jsonb_build_object('median', f.median_days, 'p90', f.p90_days,
        'on_time_percent', round(100.0 * f.answered_on_time / nullif(f.answered_with_limit, 0), 1)),
    'outcomes', coalesce(h.by_dimension -> 'outcome', '{}'),
    'no_change', jsonb_build_object('closed', coalesce(f.no_change, 0), 'without_reason', coalesce(f.no_change_unexplained, 0),
        'without_reason_percent', round(100.0 * f.no_change_unexplained / nullif(f.no_change, 0), 1)),
    'concerns', jsonb_build_object('received', coalesce(f.concerns, 0), 'led_to_change', coalesce(f.concerns_with_change, 0),
        'led_to_change_percent', round(100.0 * f.concerns_with_change / nullif(f.concerns, 0), 1)),
    'follow_up', jsonb_build_object('asked', coalesce(q.asked, 0), 'answered', coalesce(q.answered, 0),
        'better', coalesce(q.better, 0), 'same', coalesce(q.same, 0), 'worse', coalesce(q.worse, 0),
        'dont_know', coalesce(q.dont_know, 0),
        'confirmation_percent', round(100.0 * q.better / nullif(q.better + q.same + q.worse, 0), 1)),
    'heard', jsonb_build_object('role', '{}'::jsonb, 'age_band', '{}'::jsonb, 'lang', '{}'::jsonb, 'channel', '{}'::jsonb,
        'kind', '{}'::jsonb) || coalesce(h.by_dimension - 'outcome', '{}'),
    'changes_by_state', coalesce(cs.by_state, '{}'),
    'changes', coalesce(cl.changes, '[]'))
FROM wanted w
LEFT JOIN figure f USING (unit_id)
LEFT JOIN heard h USING (unit_id)
LEFT JOIN follow_up_figure q USING (unit_id)
LEFT JOIN change_state cs USING (unit_id)
LEFT JOIN change_list cl USING (unit_id)
