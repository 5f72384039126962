-- The registration that an address has for a session, found by the address alone, and not looked for without one: left to itself the
-- planner joined every registration of the session, and a thousand at once took five times as long.
CREATE OR REPLACE FUNCTION registration_of(session uuid, hash bytea) RETURNS uuid LANGUAGE sql STABLE STRICT SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    SELECT r.id
    FROM person p
    CROSS JOIN LATERAL (
        SELECT x.id FROM registration x
        WHERE x.id = p.id AND x.session_id = session AND x.state IN ('waitlisted', 'offered', 'registered') OFFSET 0
    ) r
    WHERE p.address_hash = hash
$$;
