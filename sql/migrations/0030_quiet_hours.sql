-- At night nobody is disturbed by what can wait: mails that count towards the contact cap, and those of surveys.

INSERT INTO rule (name, value, least, most, help) VALUES
    ('quiet_from', 20, 0, 23, 'Hour in Finland from which news, follow-ups and surveys wait for the morning; as quiet_until: never.'),
    ('quiet_until', 8, 0, 23, 'Hour in Finland at which they go.');

-- The moment itself, or the end of the quiet hours that it is in, by the clocks of Finland.
CREATE FUNCTION awake_at(moment timestamptz) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN CASE WHEN q.from_hour < q.until_hour THEN q.hour >= q.from_hour AND q.hour < q.until_hour
                          WHEN q.from_hour > q.until_hour THEN q.hour >= q.from_hour OR q.hour < q.until_hour END
        THEN (date_trunc('day', q.local) + make_interval(days => (q.hour >= q.until_hour)::integer, hours => q.until_hour))
            AT TIME ZONE 'Europe/Helsinki'
        ELSE moment END
    FROM (
        SELECT l.local, extract(hour FROM l.local)::integer AS hour, rule_value('quiet_from') AS from_hour, rule_value('quiet_until') AS until_hour
        FROM (SELECT moment AT TIME ZONE 'Europe/Helsinki' AS local) l
    ) q
$$;
