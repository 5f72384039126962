-- What a panel brought and what became of it, as a report; pages of many inputs.

-- How many of each role got which fate, of what was brought on these days; NULL: no bound.
CREATE FUNCTION panel_fates(panel uuid, first_day date, last_day date) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('speaker_role', r.speaker_role, 'count', r.count, 'fates', r.fates) ORDER BY r.speaker_role), '[]')
    FROM (SELECT x.speaker_role, sum(x.count)::bigint AS count, jsonb_object_agg(x.state, x.count) AS fates
          FROM (SELECT i.speaker_role, i.state, count(*) AS count
                FROM input i
                WHERE i.panel_id = panel AND i.brought_on >= coalesce(first_day, '-infinity') AND i.brought_on <= coalesce(last_day, 'infinity')
                GROUP BY i.speaker_role, i.state) x
          GROUP BY x.speaker_role) r
$$;

-- A page of a panel's inputs in one state, also where that is rare; fates are counted by role from it alone.
CREATE INDEX input_of_panel_by_state ON input (panel_id, state, brought_on DESC, id DESC) INCLUDE (speaker_role);
