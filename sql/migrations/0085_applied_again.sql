-- An address that applies to a panel again while something of it is open there: the earlier one stands, and its link is mailed once more.

-- The repeat, new (while one may apply) or replayed; no row: it is none. Two of one address at the same time wait for each other here.
CREATE FUNCTION member_again(new_id uuid, of_panel uuid, hash bytea, request bytea, may_apply boolean)
RETURNS TABLE (panel_id uuid, made_on date, request_hash bytea, is_replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    earlier uuid;
BEGIN
    PERFORM FROM panel p WHERE p.id = of_panel AND hash IS NOT NULL FOR NO KEY UPDATE;
    IF may_apply AND hash IS NOT NULL AND NOT EXISTS (SELECT FROM member m WHERE m.id = new_id) AND NOT EXISTS (SELECT FROM person_repeat t WHERE t.id = new_id) THEN
        SELECT m.id INTO earlier
        FROM person p
        CROSS JOIN LATERAL (
            SELECT x.id, x.applied_on FROM member x WHERE x.id = p.id AND x.panel_id = of_panel OFFSET 0
        ) m
        WHERE p.address_hash = hash AND p.ended_on IS NULL
        ORDER BY m.applied_on, m.id
        LIMIT 1;
    END IF;
    IF earlier IS NOT NULL THEN
        INSERT INTO person_repeat (id, person_id, request_hash) VALUES (new_id, earlier, request);
        PERFORM mail_person(ARRAY[earlier], 'person_link', 'again:' || app_today());
    END IF;
    RETURN QUERY SELECT m.panel_id, t.made_on, t.request_hash, earlier IS NULL FROM person_repeat t JOIN member m ON m.id = t.person_id WHERE t.id = new_id;
END
$$;
REVOKE ALL ON FUNCTION member_again(uuid, uuid, bytea, bytea, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION member_again(uuid, uuid, bytea, bytea, boolean) TO osallisuus_api;
