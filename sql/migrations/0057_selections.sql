-- Who gets a place: by a seed whose hash was known before anybody applied, within quotas; and the reserve, which moves up by itself.

-- [{"name", "is": {"age_band": ["18_29"]}, "least", "most"}]: a cell is those whose attributes are among these. No two overlap.
ALTER TABLE panel ADD COLUMN quota jsonb NOT NULL DEFAULT '[]';
GRANT INSERT (quota), UPDATE (quota) ON panel TO osallisuus_api;

ALTER TABLE member ADD COLUMN selection_n integer, -- in which selection, and at which place of its order
    ADD COLUMN selection_place integer;

-- The seed of each selection, made before the first application. Nobody may read one before it is used; its hash is public.
CREATE TABLE panel_seed (
    panel_id uuid NOT NULL CONSTRAINT panel_seed_panel_exists REFERENCES panel,
    n integer NOT NULL,
    seed text NOT NULL DEFAULT encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'hex'),
    seed_hash text NOT NULL GENERATED ALWAYS AS (encode(sha256(seed::bytea), 'hex')) STORED,
    CONSTRAINT panel_seed_pkey PRIMARY KEY (panel_id, n)
);

-- What was drawn, as anybody can draw it again.
CREATE TABLE panel_selection (
    id uuid PRIMARY KEY,
    panel_id uuid NOT NULL CONSTRAINT panel_selection_panel_exists REFERENCES panel,
    n integer NOT NULL,
    seed text NOT NULL,
    seed_hash text NOT NULL,
    places integer NOT NULL,
    reserve_most integer NOT NULL,
    quota jsonb NOT NULL,
    candidates jsonb NOT NULL,
    made_on date NOT NULL DEFAULT app_today(),
    request_hash bytea,
    CONSTRAINT panel_selection_place UNIQUE (panel_id, n)
);

CREATE FUNCTION is_in_cell(m member, wanted jsonb) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT NOT EXISTS (SELECT FROM jsonb_each(wanted) a WHERE NOT coalesce(a.value ? (to_jsonb(m) ->> a.key), false))
$$;

-- The cells of a panel with those who have a place.
CREATE FUNCTION quota_cells(p panel) RETURNS TABLE (name text, wanted jsonb, low integer, high integer, seated integer, place bigint) LANGUAGE sql STABLE AS $$
    SELECT c.one ->> 'name', c.one -> 'is', coalesce((c.one ->> 'least')::integer, 0), (c.one ->> 'most')::integer,
        (SELECT count(*) FROM member m WHERE m.panel_id = p.id AND member_has_place(m) AND is_in_cell(m, c.one -> 'is'))::integer, c.place
    FROM jsonb_array_elements(p.quota) WITH ORDINALITY c (one, place)
$$;

-- What is wrong with quotas, one by one; NULL: nothing.
CREATE FUNCTION quota_problems(quota jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    WITH cell AS (
        SELECT c.one, c.place, '/quota/' || c.place - 1 AS pointer FROM jsonb_array_elements(quota) WITH ORDINALITY c (one, place)
    )
    SELECT jsonb_agg(jsonb_build_object('pointer', w.pointer, 'code', w.code) ORDER BY w.place)
    FROM (
        SELECT c.place, c.pointer || '/most' AS pointer, 'quota_cell_is_possible' AS code FROM cell c
        WHERE (c.one ->> 'most')::integer < (c.one ->> 'least')::integer
        UNION ALL
        SELECT DISTINCT b.place, b.pointer, 'quota_cells_are_apart'
        FROM cell a JOIN cell b ON a.place < b.place
        WHERE a.one ->> 'name' = b.one ->> 'name' OR NOT EXISTS (
            SELECT FROM jsonb_each(a.one -> 'is') x JOIN jsonb_each(b.one -> 'is') y USING (key)
            WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(x.value) v WHERE y.value @> v))) w
$$;

CREATE FUNCTION panel_seeds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO panel_seed (panel_id, n) VALUES (NEW.id, 1);
    RETURN NULL;
END
$$;
CREATE TRIGGER panel_seeds AFTER UPDATE ON panel FOR EACH ROW WHEN (NEW.state = 'recruiting' AND OLD.state <> 'recruiting') EXECUTE FUNCTION panel_seeds();

-- The order is that of sha256(seed ':' id). The first of each cell fill what it lacks of its least; then whoever comes next gets a
-- place, unless their cell has its most; then comes the reserve, in the same order.
CREATE FUNCTION panel_drawn(p panel, seed text, places integer, reserve_most integer) RETURNS jsonb LANGUAGE sql STABLE AS $$
    WITH ranked AS (
        SELECT m.id, jsonb_build_object('role', m.role, 'municipality', m.municipality, 'age_band', m.age_band, 'gender', m.gender, 'lang', m.lang) AS attributes,
            q.name AS cell, greatest(q.low - q.seated, 0) AS lacks, q.high - q.seated AS takes, encode(sha256(convert_to(seed || ':' || m.id, 'UTF8')), 'hex') AS rank
        FROM member m
        LEFT JOIN LATERAL (SELECT * FROM quota_cells(p) c WHERE is_in_cell(m, c.wanted) ORDER BY c.place LIMIT 1) q ON true
        WHERE m.panel_id = p.id AND m.state = 'eligible'
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

-- The first cell that cannot be filled: with its least, how many could be taken into it, and how many places there are for it.
CREATE FUNCTION panel_unfillable(p panel, places integer) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('cell', c.name, 'lacks', c.lacks, 'candidates', c.candidates, 'places', greatest(places - c.before, 0))
    FROM (
        SELECT q.name, q.place, q.lacks, q.candidates, coalesce(sum(q.lacks) OVER (ORDER BY q.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
        FROM (SELECT c.*, greatest(c.low - c.seated, 0) AS lacks,
                  (SELECT count(*) FROM member m WHERE m.panel_id = p.id AND m.state = 'eligible' AND is_in_cell(m, c.wanted)) AS candidates
              FROM quota_cells(p) c) q
    ) c
    WHERE c.lacks > c.candidates OR c.before + c.lacks > places
    ORDER BY c.place LIMIT 1
$$;

CREATE FUNCTION selection_count(s panel_selection, of_result text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT count(*) FROM jsonb_array_elements(s.candidates) c WHERE of_result IS NULL OR c ->> 'result' = of_result
$$;

-- Draws among those who are eligible. The panel is locked.
CREATE FUNCTION panel_select(of_panel uuid, selection_id uuid, hash bytea, reserve_most integer,
    OUT problem text, OUT members jsonb, OUT selection panel_selection) LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
        WHEN NOT EXISTS (SELECT FROM member m WHERE m.panel_id = of_panel AND m.state = 'eligible') THEN 'selection_has_candidates'
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
END
$$;

-- Whoever is next moves up while there is room: the first in the order of the draw whose cell lacks somebody, else the first whose
-- cell has not its most.
CREATE FUNCTION panel_fill(of_panel uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM panel p WHERE p.id = of_panel FOR NO KEY UPDATE;
    LOOP
        INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
        SELECT gen_random_uuid(), 'member', m.id, 'reserve', 'selected', 'system', m.version + 1
        FROM panel p
        JOIN member m ON m.panel_id = p.id AND m.state = 'reserve'
        LEFT JOIN LATERAL (SELECT * FROM quota_cells(p) c WHERE is_in_cell(m, c.wanted) ORDER BY c.place LIMIT 1) q ON true
        WHERE p.id = of_panel AND p.state IN ('recruiting', 'active', 'paused') AND panel_room(p.id) > 0
            AND place_breach(p.kind, p.rules, m) IS NULL AND coalesce(q.seated < q.high, true)
        ORDER BY coalesce(q.seated < q.low, false) DESC, m.selection_n, m.selection_place
        LIMIT 1;
        EXIT WHEN NOT FOUND;
    END LOOP;
END
$$;

CREATE FUNCTION member_leaves_room() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM panel_fill(f.panel_id)
    FROM (SELECT DISTINCT n.panel_id FROM new_member n JOIN old_member o USING (id)
          WHERE o.state IN ('selected', 'active') AND (n.state NOT IN ('selected', 'active') OR n.role = 'facilitator' AND o.role <> 'facilitator')
          ORDER BY n.panel_id) f;
    RETURN NULL;
END
$$;
CREATE TRIGGER member_leaves_room AFTER UPDATE ON member REFERENCING OLD TABLE AS old_member NEW TABLE AS new_member
    FOR EACH STATEMENT EXECUTE FUNCTION member_leaves_room();

CREATE FUNCTION panel_makes_room() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM panel_fill(NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER panel_makes_room AFTER UPDATE ON panel FOR EACH ROW
    WHEN (NEW.rules <> OLD.rules OR NEW.quota <> OLD.quota) EXECUTE FUNCTION panel_makes_room();

CREATE TRIGGER panel_selection_audit_insert AFTER INSERT ON panel_selection REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('panel', 'selected', 'panel_id', 'n');

REVOKE ALL ON FUNCTION panel_select(uuid, uuid, bytea, integer), panel_fill(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION panel_select(uuid, uuid, bytea, integer) TO osallisuus_api;
GRANT SELECT (panel_id, n, seed_hash) ON panel_seed TO osallisuus_api;
GRANT SELECT ON panel_selection TO osallisuus_api;
