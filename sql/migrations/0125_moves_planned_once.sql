-- Moves are planned once per session: a statement that is put together for each insert of steps is parsed and planned each time, which took
-- a seventh of the time that an accepted offer takes. The trigger's function is written from moving_resource, a branch for each resource.
CREATE FUNCTION moving_resource_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $written$
BEGIN
    EXECUTE (
        SELECT format($function$
CREATE OR REPLACE FUNCTION step_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $step_moves$
-- Written by moving_resource_written().
#variable_conflict use_column
DECLARE
    of_resource text;
    moved_rows bigint;
BEGIN
    FOR of_resource IN SELECT r.resource FROM moving_resource r WHERE r.resource IN (SELECT n.resource FROM new_step n) ORDER BY r.resource LOOP
        CASE of_resource
%s
        END CASE;
        IF moved_rows <> (SELECT count(*) FROM new_step n WHERE n.resource = of_resource) THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'step_follows_state', MESSAGE = 'step_follows_state';
        END IF;
    END LOOP;
    RETURN NULL;
END
$step_moves$
$function$, string_agg(format($branch$
        WHEN %1$L THEN
            WITH moved AS (
                UPDATE %1$I x SET state = n.to_state FROM new_step n
                WHERE n.resource = %1$L AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, %2$s AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = %1$L AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;$branch$, r.resource, r.unit_sql), '' ORDER BY r.resource))
        FROM moving_resource r);
    RETURN NULL;
END
$written$;
CREATE TRIGGER moving_resource_written AFTER INSERT OR UPDATE OR DELETE ON moving_resource FOR EACH STATEMENT EXECUTE FUNCTION moving_resource_written();
UPDATE moving_resource SET unit_sql = unit_sql;

-- Nothing is looked for when no voice moves.
CREATE OR REPLACE FUNCTION answer_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM new_step n WHERE n.resource = 'feedback' AND n.to_state IN ('removed', 'withdrawn')) THEN
        RETURN NULL;
    END IF;
    DELETE FROM answer_text t USING new_step n
    WHERE n.resource = 'feedback' AND n.to_state = 'removed' AND t.answer_sheet_id = n.subject;
    DELETE FROM answer_sheet s USING new_step n
    WHERE n.resource = 'feedback' AND n.to_state = 'withdrawn' AND s.id = n.subject;
    RETURN NULL;
END
$$;

-- Whoever takes the same expert for the same hours, with the way there and back, waits for each other, nobody else does (in the same week,
-- where the expert has a limit of hours a week): a lock of the whole expert made every third batch wait for another's commit. Who changes
-- or moves what an expert has takes the expert alone (lock_bookings), and so waits for those who answer.
CREATE FUNCTION lock_answers(offers uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    block CONSTANT integer := 4 * 3600; -- seconds: few locks for a day, and few that share one by chance
BEGIN
    PERFORM FROM expert e WHERE e.id IN (SELECT o.expert_id FROM offer o WHERE o.id = ANY (offers)) ORDER BY e.id FOR SHARE;
    PERFORM FROM booking b WHERE b.id IN (SELECT o.booking_id FROM offer o WHERE o.id = ANY (offers)) ORDER BY b.id FOR NO KEY UPDATE;
    PERFORM pg_advisory_xact_lock(l.key)
    FROM (SELECT DISTINCT hashtextextended(concat_ws(' ', e.id, part.name), 0) AS key
          FROM offer o JOIN booking b ON b.id = o.booking_id JOIN expert e ON e.id = o.expert_id
          CROSS JOIN LATERAL (SELECT make_interval(mins => e.travel_minutes) AS way) w
          CROSS JOIN LATERAL tstzrange(b.starts_at - w.way, b.ends_at + w.way) span
          CROSS JOIN LATERAL (
              SELECT n::text FROM generate_series(floor(extract(epoch FROM lower(span)) / block)::bigint, floor(extract(epoch FROM upper(span)) / block)::bigint) n
              WHERE e.week_hours IS NULL
              UNION ALL
              SELECT date_trunc('week', moment AT TIME ZONE 'Europe/Helsinki')::text FROM unnest(ARRAY[lower(span), upper(span)]) moment
              WHERE e.week_hours IS NOT NULL) part (name)
          WHERE o.id = ANY (offers) ORDER BY 1 OFFSET 0) l;
END
$$;

-- Judged when nobody else can change what they are judged by: the first of each expert and of each booking, then the first of those that
-- are left.
CREATE OR REPLACE FUNCTION offers_answered(step_ids uuid[], hashes bytea[], links bytea[], offers uuid[], bodies jsonb[])
RETURNS TABLE (n bigint, id uuid, state text, version bigint, is_replayed boolean, problem text, members jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    pending bigint[] := ARRAY(SELECT generate_subscripts(step_ids, 1));
    slots jsonb := '{}';
    slot text;
    r record;
BEGIN
    PERFORM act_as(NULL);
    PERFORM lock_answers(offers);
    WHILE pending <> '{}' LOOP
        FOR r IN
            WITH judged AS MATERIALIZED (
                SELECT i.n, i.step_id, i.hash, i.body ->> 'to' AS wanted, o AS offer, b.starts_at, b.ends_at, s.id IS NOT NULL AS is_replayed,
                    CASE WHEN o.id IS NULL THEN 'not_found'
                         WHEN s.id IS NOT NULL THEN CASE WHEN s.request_hash IS DISTINCT FROM i.hash OR s.subject <> o.id THEN 'idempotency_key_reused' END
                         WHEN o.state IN ('accepted', 'declined') THEN 'offer_is_answered'
                         WHEN o.state <> 'sent' OR o.expires_at <= app_now() THEN 'offer_has_ended'
                         WHEN i.body ->> 'to' = 'accepted' THEN booking_expert_breach(b, e, false) END AS problem
                FROM unnest(step_ids, hashes, links, offers, bodies) WITH ORDINALITY i (step_id, hash, link, offer_id, body, n)
                LEFT JOIN person p ON p.token_hash = i.link
                LEFT JOIN offer o ON o.id = i.offer_id AND p.id IN (o.id, o.expert_id)
                LEFT JOIN booking b ON b.id = o.booking_id
                LEFT JOIN expert e ON e.id = o.expert_id
                LEFT JOIN step s ON s.id = i.step_id
                WHERE i.n = ANY (pending)
            ), chosen AS (
                SELECT j.*, j.problem IS NOT NULL OR j.is_replayed AS is_known,
                    j.n = min(j.n) FILTER (WHERE j.problem IS NULL AND NOT j.is_replayed) OVER (PARTITION BY (j.offer).expert_id)
                        AND j.n = min(j.n) FILTER (WHERE j.problem IS NULL AND NOT j.is_replayed) OVER (PARTITION BY (j.offer).booking_id) AS is_first
                FROM judged j
            ), moved AS (
                INSERT INTO step (id, resource, subject, from_state, to_state, who, version, request_hash)
                SELECT c.step_id, 'offer', (c.offer).id, 'sent', c.wanted, 'expert', (c.offer).version + 1, c.hash
                FROM chosen c WHERE c.is_first AND NOT c.is_known ORDER BY c.n
            )
            SELECT c.n, c.offer, c.starts_at, c.ends_at, CASE WHEN c.is_known THEN (c.offer).state ELSE c.wanted END AS state,
                (c.offer).version + (NOT c.is_known)::integer AS version, c.is_replayed, c.problem
            FROM chosen c WHERE c.is_first OR c.is_known
        LOOP
            n := r.n; id := (r.offer).id; state := r.state; version := r.version; is_replayed := r.is_replayed; problem := r.problem; members := NULL;
            IF problem = 'expert_is_booked' THEN -- many may ask for the same: it is looked up once
                slot := concat_ws(' ', (r.offer).expert_id, r.starts_at, r.ends_at);
                IF NOT slots ? slot THEN
                    slots := slots || jsonb_build_object(slot, booking_free_slots((r.offer).expert_id, r.starts_at, r.ends_at));
                END IF;
                members := jsonb_build_object('free', slots -> slot);
            END IF;
            RETURN NEXT;
            pending := array_remove(pending, r.n);
        END LOOP;
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION lock_answers(uuid[]) FROM PUBLIC;
