-- What experts choose from is data, languages as well, and coordinators keep it. Who has something that was retired since keeps it.

ALTER TABLE experience_area ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT experience_area_id UNIQUE, -- of the request that made it
    ADD COLUMN unit_id uuid CONSTRAINT experience_area_unit_exists REFERENCES unit, -- whose coordinators keep it; NULL: the county's
    ADD COLUMN version bigint NOT NULL DEFAULT 1, ADD COLUMN request_hash bytea;
ALTER TABLE experience_task ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT experience_task_id UNIQUE,
    ADD COLUMN unit_id uuid CONSTRAINT experience_task_unit_exists REFERENCES unit,
    ADD COLUMN version bigint NOT NULL DEFAULT 1, ADD COLUMN request_hash bytea;

CREATE TABLE spoken_language (
    code text PRIMARY KEY, -- ISO 639
    name jsonb NOT NULL,
    closed_on date,
    id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT spoken_language_id UNIQUE,
    unit_id uuid CONSTRAINT spoken_language_unit_exists REFERENCES unit,
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT spoken_language_code CHECK (code ~ '^[a-z]{2,3}$'),
    CONSTRAINT spoken_language_name_is_by_language CHECK (is_language_map(name) AND name <> '{}')
);

INSERT INTO spoken_language (code, name)
SELECT v.code, jsonb_build_object('fi', v.fi, 'sv', v.sv, 'en', v.en)
FROM (VALUES
    ('fi', 'suomi', 'finska', 'Finnish'),
    ('sv', 'ruotsi', 'svenska', 'Swedish'),
    ('en', 'englanti', 'engelska', 'English'),
    ('se', 'pohjoissaame', 'nordsamiska', 'Northern Sámi'),
    ('smn', 'inarinsaame', 'enaresamiska', 'Inari Sámi'),
    ('sms', 'koltansaame', 'skoltsamiska', 'Skolt Sámi'),
    ('fse', 'suomalainen viittomakieli', 'finskt teckenspråk', 'Finnish Sign Language'),
    ('fss', 'suomenruotsalainen viittomakieli', 'finlandssvenskt teckenspråk', 'Finland-Swedish Sign Language'),
    ('rom', 'romani', 'romani', 'Romani'),
    ('ru', 'venäjä', 'ryska', 'Russian'),
    ('uk', 'ukraina', 'ukrainska', 'Ukrainian'),
    ('et', 'viro', 'estniska', 'Estonian'),
    ('ar', 'arabia', 'arabiska', 'Arabic'),
    ('so', 'somali', 'somaliska', 'Somali'),
    ('ku', 'kurdi', 'kurdiska', 'Kurdish'),
    ('fa', 'persia', 'persiska', 'Persian'),
    ('tr', 'turkki', 'turkiska', 'Turkish'),
    ('vi', 'vietnam', 'vietnamesiska', 'Vietnamese'),
    ('zh', 'kiina', 'kinesiska', 'Chinese'),
    ('th', 'thai', 'thailändska', 'Thai'),
    ('es', 'espanja', 'spanska', 'Spanish'),
    ('fr', 'ranska', 'franska', 'French'),
    ('de', 'saksa', 'tyska', 'German')) v (code, fi, sv, en);
INSERT INTO spoken_language (code, name) -- what is in use already
SELECT x.lang, jsonb_build_object('fi', x.lang) FROM (SELECT lang FROM expert_language UNION SELECT lang FROM booking) x
ON CONFLICT (code) DO NOTHING;
ALTER TABLE expert_language ADD CONSTRAINT expert_language_exists FOREIGN KEY (lang) REFERENCES spoken_language (code);

CREATE TRIGGER experience_area_version BEFORE UPDATE ON experience_area FOR EACH ROW EXECUTE FUNCTION next_version();
CREATE TRIGGER experience_task_version BEFORE UPDATE ON experience_task FOR EACH ROW EXECUTE FUNCTION next_version();
CREATE TRIGGER spoken_language_version BEFORE UPDATE ON spoken_language FOR EACH ROW EXECUTE FUNCTION next_version();

-- ---- how they are kept ----
-- An entry of a catalogue, as all three of them have it.
CREATE TYPE catalogue_entry AS (id uuid, code text, unit_id uuid, name jsonb, closed_on date, version bigint, request_hash bytea);

CREATE FUNCTION catalogue_columns() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'c.id, c.code, c.unit_id, c.name, c.closed_on, c.version, c.request_hash' $$;

-- of_unit: the unit of the body, NULL when the caller sees none.
CREATE FUNCTION catalogue_added(catalogue text, new_id uuid, of_unit uuid, body jsonb, hash bytea, OUT entry catalogue_entry, OUT replayed boolean,
    OUT problem text) LANGUAGE plpgsql AS $$
BEGIN
    IF of_unit IS NOT NULL THEN
        EXECUTE format('INSERT INTO %I AS c (id, unit_id, code, name, closed_on, request_hash) VALUES ($1, $2, $3, $4, $5, $6)
                        ON CONFLICT DO NOTHING RETURNING %s', catalogue, catalogue_columns()) -- the code or the request is there already
            INTO entry USING new_id, of_unit, body ->> 'code', body -> 'name', (body ->> 'closed_on')::date, hash;
    END IF;
    replayed := entry.code IS NULL;
    IF replayed THEN
        EXECUTE format('SELECT %s FROM %I c WHERE c.id = $1', catalogue_columns(), catalogue) INTO entry USING new_id;
        problem := CASE WHEN entry.code IS NULL THEN CASE WHEN of_unit IS NULL THEN 'unknown_reference' ELSE 'catalogue_code_is_unique' END
                        WHEN entry.request_hash IS DISTINCT FROM hash THEN 'idempotency_key_reused' END;
    END IF;
END
$$;

CREATE FUNCTION catalogue_changed(catalogue text, of_code text, body jsonb, if_match bigint, OUT entry catalogue_entry, OUT problem text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT %s FROM %I c WHERE c.code = $1 FOR NO KEY UPDATE', catalogue_columns(), catalogue) INTO entry USING of_code;
    entry.name := jsonb_strip_nulls(entry.name || coalesce(body -> 'name', '{}'));
    problem := CASE WHEN entry.version <> if_match THEN 'stale_version' WHEN entry.name = '{}' THEN 'name_required' END;
    IF problem IS NULL THEN
        EXECUTE format('UPDATE %I c SET name = $2, closed_on = $3 WHERE c.code = $1 RETURNING %s', catalogue, catalogue_columns())
            INTO entry USING of_code, entry.name, CASE WHEN body ? 'closed_on' THEN (body ->> 'closed_on')::date ELSE entry.closed_on END;
    END IF;
END
$$;

-- ---- what experts have ----
-- As before, and what an expert has already they may keep.
CREATE OR REPLACE FUNCTION expert_fault(e expert, body jsonb) RETURNS TABLE (problem text, pointer text) LANGUAGE sql STABLE AS $$
    SELECT f.problem, f.pointer
    FROM (
        SELECT 'unknown_reference' AS problem, format('/%s/%s', l.name, c.n - 1) AS pointer
        FROM (VALUES ('areas'), ('tasks'), ('languages'), ('municipalities')) l (name)
        CROSS JOIN LATERAL jsonb_array_elements_text(body -> l.name) WITH ORDINALITY c (code, n)
        WHERE NOT CASE l.name
            WHEN 'areas' THEN EXISTS (SELECT FROM experience_area x WHERE x.code = c.code AND is_open(x.closed_on))
                OR EXISTS (SELECT FROM expert_area k WHERE k.expert_id = e.id AND k.area = c.code)
            WHEN 'tasks' THEN EXISTS (SELECT FROM experience_task x WHERE x.code = c.code AND is_open(x.closed_on))
                OR EXISTS (SELECT FROM expert_task k WHERE k.expert_id = e.id AND k.task = c.code)
            WHEN 'languages' THEN EXISTS (SELECT FROM spoken_language x WHERE x.code = c.code AND is_open(x.closed_on))
                OR EXISTS (SELECT FROM expert_language k WHERE k.expert_id = e.id AND k.lang = c.code)
            ELSE EXISTS (SELECT FROM municipality x WHERE x.code = c.code AND is_open(x.closed_on))
                OR EXISTS (SELECT FROM expert_municipality k WHERE k.expert_id = e.id AND k.municipality = c.code) END
        UNION ALL
        SELECT 'expert_agreement_ends_after_it_starts', '/agreement_until' WHERE e.agreement_until < e.agreement_from
        UNION ALL
        SELECT 'expert_has_agreement', '/agreement_from' WHERE e.agreement_from IS NULL AND (e.agreement_until IS NOT NULL OR e.state = 'active')
    ) f
    LIMIT 1
$$;

-- As before, and with what they have chosen although it is retired: a form writes the whole card anew.
CREATE OR REPLACE FUNCTION expert_fields_form(c expert_card, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT page_list(
        jsonb_build_object('name', 'name', 'label', personal_text('expert_shows_name'), 'value', c.name, 'most', 200, 'required', true, 'complete', 'name'),
        jsonb_build_object('name', 'title', 'label', personal_text('expert_shows_title'), 'help', personal_text('expert_title_help'), 'value', c.title, 'most', 100),
        jsonb_build_object('name', 'story', 'label', personal_text('expert_shows_story'), 'help', personal_text('expert_story_help'), 'value', c.story, 'type', 'area', 'most', 4000),
        jsonb_build_object('name', 'not_today', 'label', personal_text('expert_shows_not_today'), 'help', personal_text('expert_not_today_help'), 'value', c.not_today,
            'type', 'area', 'most', 1000),
        jsonb_build_object('name', 'areas', 'label', personal_text('expert_shows_areas'), 'type', 'checks', 'options', expert_ticks(
            (SELECT jsonb_object_agg(x.code, x.name) FROM experience_area x WHERE is_open(x.closed_on) OR c.areas ? x.code), c.areas, tag)),
        jsonb_build_object('name', 'tasks', 'label', personal_text('expert_shows_tasks'), 'type', 'checks', 'options', expert_ticks(
            (SELECT jsonb_object_agg(x.code, x.name) FROM experience_task x WHERE is_open(x.closed_on) OR c.tasks ? x.code), c.tasks, tag)),
        jsonb_build_object('name', 'languages', 'label', personal_text('expert_shows_languages'), 'type', 'checks', 'options', expert_ticks(
            (SELECT jsonb_object_agg(x.code, x.name) FROM spoken_language x WHERE is_open(x.closed_on) OR c.languages ? x.code), c.languages, tag)),
        (SELECT jsonb_build_object('name', 'municipalities', 'label', personal_text('expert_shows_municipalities'), 'type', 'checks', 'options',
             expert_ticks(jsonb_object_agg(m.code, m.name), c.municipalities, tag))
         FROM municipality m WHERE is_open(m.closed_on) OR c.municipalities ? m.code HAVING count(*) > 0),
        jsonb_build_object('name', 'is_remote', 'label', personal_text('expert_shows_is_remote'), 'type', 'check', 'value', CASE WHEN c.is_remote THEN 'true' END),
        jsonb_build_object('name', 'week_hours', 'label', personal_text('expert_week_hours'), 'type', 'number', 'value', c.week_hours::text),
        jsonb_build_object('name', 'notice_hours', 'label', personal_text('expert_notice_hours'), 'type', 'number', 'value', c.notice_hours::text, 'required', true),
        jsonb_build_object('name', 'travel_minutes', 'label', personal_text('expert_travel_minutes'), 'type', 'number', 'value', c.travel_minutes::text,
            'required', true))
$$;

-- ---- times that are there already ----
-- A time that says nothing new: those of each week and single ones within another, days that are different twice the same.
CREATE FUNCTION availability_is_known(of_expert uuid, wish availability) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM availability a
        WHERE a.expert_id = of_expert AND a.kind = wish.kind AND CASE a.kind
            WHEN 'weekly' THEN a.weekday = wish.weekday AND a.begins_at <= wish.begins_at AND a.ends_at >= wish.ends_at
                AND daterange(a.first_on, a.last_on, '[]') @> daterange(wish.first_on, wish.last_on, '[]')
            WHEN 'exception' THEN (a.first_on, a.last_on) = (wish.first_on, wish.last_on)
                AND (a.begins_at, a.ends_at) IS NOT DISTINCT FROM (wish.begins_at, wish.ends_at)
            ELSE a.during @> wish.during END)
$$;

-- As before, and what is there already is not added again.
CREATE OR REPLACE FUNCTION availability_made(of_expert uuid, new_id uuid, hash bytea, body jsonb,
    OUT kept availability, OUT replayed boolean, OUT problem text, OUT pointer text, OUT members jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    judged record;
    wish availability;
BEGIN
    SELECT a.* INTO kept FROM availability a WHERE a.id = new_id;
    replayed := kept.id IS NOT NULL;
    IF replayed THEN
        problem := CASE WHEN kept.request_hash IS DISTINCT FROM hash OR kept.expert_id <> of_expert THEN 'idempotency_key_reused' END;
        RETURN;
    END IF;
    SELECT * INTO judged FROM availability_wish(body);
    wish := judged.wish;
    problem := judged.problem;
    pointer := judged.pointer;
    members := judged.members;
    IF problem IS NULL AND availability_is_known(of_expert, wish) THEN
        problem := 'availability_is_known';
    ELSIF problem IS NULL AND (SELECT count(*) FROM availability a WHERE a.expert_id = of_expert) >= 500 THEN
        problem := 'availability_is_full';
    END IF;
    IF problem IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO availability (id, expert_id, kind, weekday, first_on, last_on, begins_at, ends_at, during, request_hash)
    VALUES (new_id, of_expert, wish.kind, wish.weekday, wish.first_on, wish.last_on, wish.begins_at, wish.ends_at, wish.during, hash)
    ON CONFLICT (id) DO NOTHING -- the same key for another expert at the same time
    RETURNING * INTO kept;
    problem := CASE WHEN kept.id IS NULL THEN 'idempotency_key_reused' END;
END
$$;

-- ---- the audit, and rights ----
CREATE TRIGGER experience_area_audit_insert AFTER INSERT ON experience_area REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('experience_area', 'created', '', 'code');
CREATE TRIGGER experience_area_audit_update AFTER UPDATE ON experience_area REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('experience_area', 'changed', '', 'code');
CREATE TRIGGER experience_task_audit_insert AFTER INSERT ON experience_task REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('experience_task', 'created', '', 'code');
CREATE TRIGGER experience_task_audit_update AFTER UPDATE ON experience_task REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('experience_task', 'changed', '', 'code');
CREATE TRIGGER spoken_language_audit_insert AFTER INSERT ON spoken_language REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('spoken_language', 'created', '', 'code');
CREATE TRIGGER spoken_language_audit_update AFTER UPDATE ON spoken_language REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('spoken_language', 'changed', '', 'code');
GRANT SELECT ON spoken_language TO osallisuus_api, osallisuus_worker, osallisuus_reader;
GRANT INSERT (id, unit_id, code, name, closed_on, request_hash), UPDATE (name, closed_on) ON experience_area, experience_task, spoken_language TO osallisuus_api;
