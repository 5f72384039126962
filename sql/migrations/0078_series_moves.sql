-- The sessions of a series that are still to come, published together or cancelled together; each of those concerned is told once.

-- What a session lacks for a state, as the name of the rule; NULL: nothing.
CREATE FUNCTION session_breach(s session, wanted text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN wanted = 'published' AND s.place IS NULL AND s.online_url IS NULL THEN 'session_has_place'
                WHEN wanted = 'published' AND s.starts_at <= app_now() THEN 'session_has_begun'
                WHEN wanted = 'held' AND s.starts_at > app_now() THEN 'session_has_not_begun'
                WHEN wanted = 'minutes_published' AND s.minutes = '{}' THEN 'session_has_minutes' END
$$;

-- The sessions of a series as they are now, as a reply has them.
CREATE FUNCTION series_sessions(series uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'starts_at', utc_text(s.starts_at), 'ends_at', utc_text(s.ends_at), 'state', s.state)
                              ORDER BY s.starts_at), '[]')
    FROM session s WHERE s.series_id = series
$$;

-- Moves what is to come of a series, whose sessions the caller has locked: all, or none. The first step has the id of the request, which
-- is how a repetition is known.
CREATE FUNCTION series_moved(series uuid, wanted text, roles text[], wish move_wish,
    OUT sessions jsonb, OUT _replayed boolean, OUT _problem text, OUT _members jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    before record;
BEGIN
    SELECT x.request_hash, s.series_id INTO before FROM step x LEFT JOIN session s ON s.id = x.subject WHERE x.id = (wish).step_id;
    _replayed := FOUND;
    IF _replayed THEN
        _problem := CASE WHEN before.request_hash IS DISTINCT FROM (wish).request_hash OR before.series_id IS DISTINCT FROM series THEN 'idempotency_key_reused' END;
    ELSE
        SELECT min(w.breach), jsonb_build_object('sessions', jsonb_agg(w.id ORDER BY w.starts_at)) INTO _problem, _members
        FROM (SELECT s.id, s.starts_at, session_breach(s, wanted) AS breach FROM session s
              WHERE s.series_id = series AND s.starts_at > app_now() AND legal_states('session', s.state, roles) ? wanted) w
        WHERE w.breach IS NOT NULL;
        IF _problem IS NULL THEN
            PERFORM act_as((wish).caller_id);
            INSERT INTO step AS x (id, resource, subject, from_state, to_state, who, caller_id, reason, version, request_hash)
            SELECT CASE row_number() OVER (ORDER BY s.starts_at, s.id) WHEN 1 THEN (wish).step_id ELSE gen_random_uuid() END, 'session', s.id, s.state, wanted,
                roles[1], (wish).caller_id, (wish).body ->> 'reason', s.version + 1, (wish).request_hash
            FROM session s
            WHERE s.series_id = series AND s.starts_at > app_now() AND legal_states('session', s.state, roles) ? wanted;
            _problem := CASE WHEN NOT FOUND THEN 'session_series_is_over' END;
        END IF;
        _members := CASE WHEN _problem <> 'session_series_is_over' THEN _members END;
    END IF;
    sessions := series_sessions(series);
EXCEPTION WHEN unique_violation THEN
    _problem := 'idempotency_key_reused'; -- for another series at the same time
END
$$;

-- As before, and what happens to several sessions of a series at once is told once to each.
CREATE OR REPLACE FUNCTION session_told() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM mail_person(array_agg(DISTINCT p.id), t.template, min(t.id::text) || ':' || min(t.sequence))
    FROM (SELECT n.id, n.sequence, coalesce(n.series_id, n.id) AS occasion,
              CASE WHEN n.state = 'cancelled' THEN 'session_cancelled' WHEN o.state = 'draft' THEN 'session_published' ELSE 'session_moved' END AS template
          FROM new_session n JOIN old_session o USING (id)
          WHERE n.state = 'published' AND (o.state = 'draft' OR n.sequence > o.sequence) OR n.state = 'cancelled' AND o.state = 'published') t
    CROSS JOIN LATERAL unnest(session_people(t.id, '{waitlisted,offered,registered}')) p (id)
    GROUP BY t.occasion, t.template;
    PERFORM session_jobs(array_agg(n.id))
    FROM new_session n JOIN old_session o USING (id)
    WHERE (n.state, n.starts_at, n.ends_at) IS DISTINCT FROM (o.state, o.starts_at, o.ends_at) HAVING count(*) > 0;
    RETURN NULL;
END
$$;
