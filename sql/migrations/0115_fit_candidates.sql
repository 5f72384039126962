-- Whoever may no longer be a member, as it turned out after the application was found eligible, is not drawn and stops no draw; members hear that a
-- statement is asked of them; who will not come at one time may come at another.

CREATE OR REPLACE FUNCTION panel_drawn(p panel, seed text, places integer, reserve_most integer) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    WITH ranked AS (
        SELECT m.id, jsonb_build_object('role', m.role, 'municipality', m.municipality, 'age_band', m.age_band, 'gender', m.gender, 'lang', m.lang) AS attributes,
            q.name AS cell, greatest(q.low - q.seated, 0) AS lacks, q.high - q.seated AS takes, encode(sha256(convert_to(seed || ':' || m.id, 'UTF8')), 'hex') AS rank
        FROM member m
        LEFT JOIN LATERAL (SELECT * FROM quota_cells(p) c WHERE is_in_cell(m, c.wanted) ORDER BY c.place LIMIT 1) q ON true
        WHERE m.panel_id = p.id AND m.state = 'eligible' AND place_breach(p.kind, p.rules, m) IS NULL
    ), numbered AS (
        SELECT r.*, row_number() OVER (PARTITION BY r.cell ORDER BY r.rank) AS in_cell FROM ranked r
    ), sorted AS (
        SELECT n.*, CASE WHEN n.cell IS NOT NULL AND n.in_cell <= n.lacks THEN 1 WHEN n.cell IS NULL OR n.takes IS NULL OR n.in_cell <= n.takes THEN 2 ELSE 3 END AS turn
        FROM numbered n
    ), placed AS (
        SELECT s.*, s.turn < 3 AND row_number() OVER (ORDER BY s.turn, s.rank) <= places AS has_place FROM sorted s
    ), told AS (
        SELECT p.*, CASE WHEN p.has_place THEN 'selected' WHEN row_number() OVER (PARTITION BY p.has_place ORDER BY p.rank) <= reserve_most THEN 'reserve'
                         ELSE 'not_selected' END AS result
        FROM placed p
    )
    SELECT jsonb_agg(jsonb_build_object('id', t.id, 'attributes', t.attributes, 'cell', t.cell, 'rank', t.rank, 'result', t.result) ORDER BY t.rank) FROM told t
$$;

CREATE OR REPLACE FUNCTION panel_unfillable(p panel, places integer) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('cell', c.name, 'lacks', c.lacks, 'candidates', c.candidates, 'places', greatest(places - c.before, 0))
    FROM (
        SELECT q.name, q.place, q.lacks, q.candidates, coalesce(sum(q.lacks) OVER (ORDER BY q.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
        FROM (SELECT c.*, greatest(c.low - c.seated, 0) AS lacks,
                  (SELECT count(*) FROM member m WHERE m.panel_id = p.id AND m.state = 'eligible' AND place_breach(p.kind, p.rules, m) IS NULL AND is_in_cell(m, c.wanted)) AS candidates
              FROM quota_cells(p) c) q
    ) c
    WHERE c.lacks > c.candidates OR c.before + c.lacks > places
    ORDER BY c.place LIMIT 1
$$;

CREATE OR REPLACE FUNCTION panel_select(of_panel uuid, selection_id uuid, hash bytea, reserve_most integer, OUT problem text, OUT members jsonb, OUT selection panel_selection) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_variable
DECLARE
    p panel;
    s panel_seed;
    places integer;
    quota jsonb;
    drawn jsonb;
BEGIN
    SELECT x.* INTO p FROM panel x WHERE x.id = of_panel;
    SELECT x.* INTO s FROM panel_seed x WHERE x.panel_id = of_panel ORDER BY x.n DESC LIMIT 1;
    places := least(greatest(panel_room(of_panel), 0), 10000);
    members := panel_unfillable(p, places);
    problem := CASE WHEN s.n IS NULL OR p.state NOT IN ('recruiting', 'active', 'paused') THEN 'panel_does_not_recruit'
        WHEN EXISTS (SELECT FROM member m WHERE m.panel_id = of_panel AND m.state = 'applied') THEN 'applications_are_decided'
        WHEN places = 0 THEN 'panel_has_room'
        WHEN NOT EXISTS (SELECT FROM member m WHERE m.panel_id = of_panel AND m.state = 'eligible' AND place_breach(p.kind, p.rules, m) IS NULL) THEN 'selection_has_candidates'
        WHEN members IS NOT NULL THEN 'quota_cell_can_be_filled' END;
    IF problem IS NOT NULL THEN
        members := CASE problem WHEN 'quota_cell_can_be_filled' THEN members END;
        RETURN;
    END IF;
    SELECT coalesce(jsonb_agg(jsonb_build_object('name', c.name, 'is', c.wanted, 'least', c.low, 'most', c.high, 'seated', c.seated) ORDER BY c.place), '[]')
    INTO quota FROM quota_cells(p) c;
    drawn := panel_drawn(p, s.seed, places, reserve_most);
    INSERT INTO panel_selection AS made (id, panel_id, n, seed, seed_hash, places, reserve_most, quota, candidates, request_hash)
    VALUES (selection_id, of_panel, s.n, s.seed, s.seed_hash, places, reserve_most, quota, drawn, hash)
    RETURNING made.* INTO selection;
    INSERT INTO panel_seed (panel_id, n) VALUES (of_panel, s.n + 1);
    UPDATE member m SET selection_n = s.n, selection_place = d.place
    FROM jsonb_array_elements(drawn) WITH ORDINALITY d (one, place) WHERE m.id = (d.one ->> 'id')::uuid;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'member', m.id, 'eligible', d.one ->> 'result', 'system', m.version + 1
    FROM jsonb_array_elements(drawn) d (one) JOIN member m ON m.id = (d.one ->> 'id')::uuid;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version)
    SELECT gen_random_uuid(), 'member', m.id, 'eligible', 'not_selected', 'system', place_breach(p.kind, p.rules, m), m.version + 1
    FROM member m WHERE m.panel_id = of_panel AND m.state = 'eligible' AND place_breach(p.kind, p.rules, m) IS NOT NULL;
END
$$;

CREATE FUNCTION statement_asked() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM mail_person(array_agg(m.id), 'person_news', 'statement:' || n.id)
    FROM new_statement n JOIN member m ON m.panel_id = n.panel_id AND m.state = 'active'
    GROUP BY n.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER statement_asked AFTER INSERT ON statement REFERENCING NEW TABLE AS new_statement FOR EACH STATEMENT EXECUTE FUNCTION statement_asked();

CREATE FUNCTION session_absences_end() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM attendance a USING new_session n JOIN old_session o USING (id)
    WHERE a.session_id = n.id AND n.starts_at <> o.starts_at AND n.starts_at > app_now() AND a.said_absent AND a.attended IS NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER session_absences_end AFTER UPDATE ON session REFERENCING OLD TABLE AS old_session NEW TABLE AS new_session
    FOR EACH STATEMENT EXECUTE FUNCTION session_absences_end();
