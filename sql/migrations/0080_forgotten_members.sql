-- What is known of a member goes with the person, from selections too; and erasures are done again after a dump came back.

-- As before, and what quotas and rules asked of them goes. A selection keeps who was in which cell, so that it can still be drawn again.
CREATE OR REPLACE FUNCTION member_person_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM member_name n USING old_person o WHERE n.member_id = o.id;
    PERFORM FROM panel p WHERE p.id IN (SELECT m.panel_id FROM member m JOIN old_person o USING (id)) ORDER BY p.id FOR NO KEY UPDATE;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version)
    SELECT gen_random_uuid(), 'member', m.id, m.state, w.to_state, 'member', 'person_is_erased', m.version + 1
    FROM old_person o
    JOIN member m USING (id)
    CROSS JOIN LATERAL (SELECT CASE m.state WHEN 'active' THEN 'ceased' WHEN 'selected' THEN 'declined' WHEN 'applied' THEN 'withdrawn'
                                            WHEN 'eligible' THEN 'withdrawn' WHEN 'reserve' THEN 'withdrawn' END AS to_state) w
    WHERE w.to_state IS NOT NULL;
    UPDATE member m
    SET municipality = NULL, age_band = NULL, gender = NULL, lang = NULL, is_staff = false, in_statutory_body = false, request_hash = NULL
    FROM old_person o WHERE m.id = o.id;
    UPDATE panel_selection s
    SET candidates = (SELECT jsonb_agg(CASE WHEN (c.one ->> 'id')::uuid IN (SELECT o.id FROM old_person o) THEN c.one || '{"attributes": null}' ELSE c.one END
                                       ORDER BY c.place)
                      FROM jsonb_array_elements(s.candidates) WITH ORDINALITY c (one, place))
    FROM (SELECT DISTINCT m.panel_id, m.selection_n FROM member m JOIN old_person o USING (id)) w
    WHERE s.panel_id = w.panel_id AND s.n = w.selection_n;
    RETURN NULL;
END
$$;

-- Erases again whom a list names (osallisuus-admin erasure list), as far as they are there and not erased. What the purge erased it purges again.
CREATE FUNCTION erase_again(list jsonb, OUT people bigint, OUT voices bigint) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO person_erasure (person_id, resource, id, who, erased_on)
    SELECT p.id, p.resource, x.id, x.who, x.erased_on
    FROM jsonb_to_recordset(list -> 'people') AS x (person_id uuid, id uuid, who text, erased_on date)
    JOIN person p ON p.id = x.person_id
    ORDER BY p.id
    ON CONFLICT (person_id) DO NOTHING;
    GET DIAGNOSTICS people = ROW_COUNT;
    INSERT INTO erasure (feedback_id, id, who, reason, erased_on)
    SELECT f.id, x.id, x.who, x.reason, x.erased_on
    FROM jsonb_to_recordset(list -> 'voices') AS x (feedback_id uuid, id uuid, who text, reason text, erased_on date)
    JOIN feedback f ON f.id = x.feedback_id
    ORDER BY f.id
    ON CONFLICT (feedback_id) DO NOTHING;
    GET DIAGNOSTICS voices = ROW_COUNT;
END
$$;
REVOKE ALL ON FUNCTION erase_again(jsonb) FROM PUBLIC;
