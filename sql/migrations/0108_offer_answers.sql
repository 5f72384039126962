-- Answers to offers: many at the same moment, and no expert in two places.

-- As before (0089), with plans that are kept: whoever accepts waits for it, and so does everybody who accepts at the same time.
CREATE OR REPLACE FUNCTION booking_expert_breach(b booking, e expert, is_asked boolean) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    wanted CONSTANT tstzrange := expert_held(e, b.starts_at, b.ends_at, b.is_remote);
BEGIN
    IF e.state <> 'active' THEN
        RETURN 'expert_is_not_active';
    ELSIF NOT expert_is_under_agreement(e, b.starts_at, b.ends_at) THEN
        RETURN 'expert_is_out_of_agreement';
    ELSIF EXISTS (SELECT FROM booking x WHERE x.expert_id = e.id AND x.id <> b.id AND x.held && wanted) THEN
        RETURN 'expert_is_booked';
    ELSIF e.week_hours IS NOT NULL AND expert_week_minutes(e.id, b.starts_at, b.id) + extract(epoch FROM b.ends_at - b.starts_at) / 60 > 60 * e.week_hours THEN
        RETURN 'expert_week_is_full';
    END IF;
    RETURN CASE WHEN is_asked AND b.starts_at < app_now() + make_interval(hours => e.notice_hours) THEN 'expert_needs_notice' END;
END
$$;

CREATE OR REPLACE FUNCTION booking_follows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whose expert;
BEGIN
    NEW.changed_at := app_now();
    IF NEW.state = 'confirmed' AND OLD.state <> 'confirmed' THEN
        NEW.confirmed_at := app_now();
        NEW.expert_id := (SELECT o.expert_id FROM offer o WHERE o.booking_id = NEW.id AND o.state = 'accepted' ORDER BY o.answered_at DESC, o.id DESC LIMIT 1);
    ELSIF NEW.state = 'offered' THEN
        NEW.expert_id := NULL;
    ELSIF NEW.state = 'unfilled' AND OLD.state <> 'unfilled' THEN
        NEW.unfilled_because := (SELECT CASE WHEN bool_or(o.state = 'declined') THEN 'declined' WHEN bool_or(o.state = 'expired') THEN 'expired' ELSE 'withdrawn' END
                                 FROM offer o WHERE o.booking_id = NEW.id);
    END IF;
    IF NEW.state IN ('confirmed', 'done', 'client_absent') THEN
        SELECT e.* INTO whose FROM expert e WHERE e.id = NEW.expert_id;
        NEW.held := expert_held(whose, NEW.starts_at, NEW.ends_at, NEW.is_remote);
    ELSIF NEW.state <> 'settled' THEN
        NEW.held := NULL;
    END IF;
    IF NEW.state <> 'unfilled' THEN
        NEW.unfilled_because := NULL;
    END IF;
    IF (NEW.starts_at, NEW.ends_at, NEW.place, NEW.online_url, NEW.expert_id) IS DISTINCT FROM (OLD.starts_at, OLD.ends_at, OLD.place, OLD.online_url, OLD.expert_id)
        OR NEW.state IN ('cancelled_early', 'cancelled_late') AND OLD.state <> NEW.state THEN
        NEW.sequence := OLD.sequence + 1;
    END IF;
    RETURN NEW;
END
$$;

-- ---- answers ----
-- Answers to offers, in the order in which they came; n is the place in the arrays, from 1. Whoever answers holds the offer's own link or
-- the expert's. Those of different experts and bookings are taken together; of two for the same one the first has it.
CREATE FUNCTION offers_answered(step_ids uuid[], hashes bytea[], links bytea[], offers uuid[], bodies jsonb[])
    RETURNS TABLE (n bigint, id uuid, state text, version bigint, is_replayed boolean, problem text, members jsonb)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    pending bigint[] := ARRAY(SELECT generate_subscripts(step_ids, 1));
    is_locked boolean := false;
    slots jsonb := '{}';
    slot text;
    r record;
BEGIN
    PERFORM act_as(NULL);
    WHILE pending <> '{}' LOOP
        FOR r IN
            WITH judged AS MATERIALIZED (
                SELECT i.n, i.step_id, i.hash, i.body ->> 'to' AS wanted, o AS offer, b AS booking, s.id IS NOT NULL AS is_replayed,
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
                    is_locked AND j.n = min(j.n) FILTER (WHERE j.problem IS NULL AND NOT j.is_replayed) OVER (PARTITION BY (j.offer).expert_id)
                        AND j.n = min(j.n) FILTER (WHERE j.problem IS NULL AND NOT j.is_replayed) OVER (PARTITION BY (j.booking).id) AS is_first
                FROM judged j
            ), moved AS (
                INSERT INTO step (id, resource, subject, from_state, to_state, who, version, request_hash)
                SELECT c.step_id, 'offer', (c.offer).id, 'sent', c.wanted, 'expert', (c.offer).version + 1, c.hash
                FROM chosen c WHERE c.is_first AND NOT c.is_known ORDER BY c.n
            )
            SELECT c.n, c.offer, c.booking, CASE WHEN c.is_known THEN (c.offer).state ELSE c.wanted END AS state,
                (c.offer).version + (NOT c.is_known)::integer AS version, c.is_replayed, c.problem
            FROM chosen c WHERE c.is_first OR c.is_known
        LOOP
            n := r.n; id := (r.offer).id; state := r.state; version := r.version; is_replayed := r.is_replayed; problem := r.problem; members := NULL;
            IF problem = 'expert_is_booked' THEN -- many may ask for the same: it is looked up once
                slot := concat_ws(' ', (r.offer).expert_id, (r.booking).starts_at, (r.booking).ends_at);
                IF NOT slots ? slot THEN
                    slots := slots || jsonb_build_object(slot, booking_free_slots((r.offer).expert_id, (r.booking).starts_at, (r.booking).ends_at));
                END IF;
                members := jsonb_build_object('free', slots -> slot);
            END IF;
            RETURN NEXT;
            pending := array_remove(pending, r.n);
        END LOOP;
        IF NOT is_locked AND pending <> '{}' THEN -- what is refused anyway waits for nobody
            PERFORM FROM expert e WHERE e.id IN (SELECT o.expert_id FROM offer o WHERE o.id IN (SELECT offers[x] FROM unnest(pending) x)) ORDER BY e.id FOR NO KEY UPDATE;
            PERFORM FROM booking b WHERE b.id IN (SELECT o.booking_id FROM offer o WHERE o.id IN (SELECT offers[x] FROM unnest(pending) x)) ORDER BY b.id FOR NO KEY UPDATE;
            is_locked := true;
        END IF;
    END LOOP;
END
$$;

REVOKE ALL ON FUNCTION offers_answered(uuid[], bytea[], bytea[], uuid[], jsonb[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION offers_answered(uuid[], bytea[], bytea[], uuid[], jsonb[]) TO osallisuus_api;
