-- Experience experts: what they know, what they take on, when they are under agreement, and what of it orderers may see. Their words and
-- names stand apart. An expert has the id of the person whose link it is (0045).

INSERT INTO role_scope (resource, who, scope) VALUES ('expert', 'coordinator', 'experts:write');
INSERT INTO moving_resource (resource, unit_sql) VALUES ('expert', 'x.unit_id');
INSERT INTO rule (name, value, least, most, help) VALUES
    ('expert_notice_hours', 48, 0, 720, 'Hours between an order and its beginning that an expert needs at least, unless they say otherwise.'),
    ('expert_travel_minutes', 30, 0, 480, 'Minutes that are kept free for the way after a booking at a place, unless the expert says otherwise.');

-- ---- what there is to choose from ----
CREATE TABLE experience_area (
    code text PRIMARY KEY,
    name jsonb NOT NULL,
    closed_on date,
    CONSTRAINT experience_area_code CHECK (code ~ '^[a-z][a-z0-9_]{0,49}$'),
    CONSTRAINT experience_area_name_is_by_language CHECK (is_language_map(name) AND name <> '{}')
);

CREATE TABLE experience_task (
    code text PRIMARY KEY,
    name jsonb NOT NULL,
    closed_on date,
    CONSTRAINT experience_task_code CHECK (code ~ '^[a-z][a-z0-9_]{0,49}$'),
    CONSTRAINT experience_task_name_is_by_language CHECK (is_language_map(name) AND name <> '{}')
);

INSERT INTO experience_area (code, name)
SELECT v.code, jsonb_build_object('fi', v.fi, 'sv', v.sv, 'en', v.en)
FROM (VALUES
    ('mental_health', 'Mielenterveys', 'Psykisk hälsa', 'Mental health'),
    ('substance_use', 'Päihteet ja riippuvuudet', 'Rusmedel och beroenden', 'Substance use and addictions'),
    ('long_term_illness', 'Pitkäaikaissairaus', 'Långvarig sjukdom', 'Long-term illness'),
    ('cancer', 'Syöpä', 'Cancer', 'Cancer'),
    ('memory_illness', 'Muistisairaus', 'Minnessjukdom', 'Memory illness'),
    ('disability', 'Vammaisuus', 'Funktionsnedsättning', 'Disability'),
    ('neurodiversity', 'Neurokirjo', 'Neuropsykiatriska funktionsvariationer', 'Neurodiversity'),
    ('rehabilitation', 'Kuntoutus', 'Rehabilitering', 'Rehabilitation'),
    ('child_protection', 'Lastensuojelu', 'Barnskydd', 'Child protection'),
    ('family_services', 'Perhepalvelut', 'Familjeservice', 'Services for families'),
    ('informal_care', 'Läheisenä ja omaishoitajana', 'Närstående och närståendevårdare', 'Caring for somebody close'),
    ('violence', 'Väkivallan kokemus', 'Upplevelse av våld', 'Experience of violence'),
    ('homelessness', 'Asunnottomuus', 'Bostadslöshet', 'Homelessness'),
    ('immigration', 'Maahanmuutto', 'Invandring', 'Immigration'),
    ('old_age', 'Ikääntyminen', 'Åldrande', 'Growing old')) v (code, fi, sv, en);

INSERT INTO experience_task (code, name)
SELECT v.code, jsonb_build_object('fi', v.fi, 'sv', v.sv, 'en', v.en)
FROM (VALUES
    ('lecture', 'Luento tai puheenvuoro', 'Föreläsning eller anförande', 'Lecture or talk'),
    ('staff_training', 'Henkilöstön koulutus', 'Utbildning av personal', 'Training of staff'),
    ('peer_reception', 'Vertaisvastaanotto', 'Kamratmottagning', 'Peer reception'),
    ('joint_reception', 'Yhteisvastaanotto', 'Gemensam mottagning', 'Joint reception'),
    ('working_pair', 'Työparina toimiminen', 'Arbetspar', 'Working pair'),
    ('group_leader', 'Ryhmän ohjaaminen', 'Gruppledare', 'Leading a group'),
    ('co_development', 'Yhteiskehittäminen', 'Gemensam utveckling', 'Co-development'),
    ('steering_group', 'Ohjausryhmän jäsenyys', 'Medlem i styrgrupp', 'Member of a steering group'),
    ('media', 'Esiintyminen mediassa', 'Medverkan i medier', 'Appearing in the media')) v (code, fi, sv, en);

-- ---- experts ----
-- What an expert may show to orderers or keep for the coordinators.
CREATE FUNCTION expert_fields() RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '{name,title,story,not_today,areas,tasks,languages,municipalities,is_remote,training}'::text[]
$$;

CREATE TABLE expert (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL CONSTRAINT expert_unit_exists REFERENCES unit, -- whose coordinators look after them
    state text NOT NULL DEFAULT 'applied',
    is_remote boolean NOT NULL DEFAULT false, -- takes work from afar
    training text,
    trained_on date,
    agreement_from date,
    agreement_until date, -- the last day; NULL: until further notice
    week_hours integer,   -- at most; NULL: no limit
    notice_hours integer NOT NULL DEFAULT rule_value('expert_notice_hours'),
    travel_minutes integer NOT NULL DEFAULT rule_value('expert_travel_minutes'),
    shown text[] NOT NULL DEFAULT '{tasks,languages,municipalities,is_remote}', -- what orderers see and search by; the expert alone says so
    applied_on date NOT NULL DEFAULT app_today(),
    ended_on date,
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT expert_state CHECK (state IN ('applied', 'active', 'declined', 'on_break', 'ended', 'anonymised')),
    CONSTRAINT expert_training_length CHECK (length(training) BETWEEN 1 AND 1000),
    CONSTRAINT expert_agreement_ends_after_it_starts CHECK (agreement_until >= agreement_from),
    CONSTRAINT expert_agreement_has_start CHECK (agreement_until IS NULL OR agreement_from IS NOT NULL),
    CONSTRAINT expert_has_agreement CHECK (state <> 'active' OR agreement_from IS NOT NULL),
    CONSTRAINT expert_week_hours CHECK (week_hours BETWEEN 1 AND 60),
    CONSTRAINT expert_notice_hours CHECK (notice_hours BETWEEN 0 AND 720),
    CONSTRAINT expert_travel_minutes CHECK (travel_minutes BETWEEN 0 AND 480),
    CONSTRAINT expert_shown_fields_are_known CHECK (shown <@ expert_fields())
);
CREATE INDEX expert_of_unit ON expert (unit_id, id);
CREATE INDEX expert_ended ON expert (ended_on, id) WHERE ended_on IS NOT NULL;
CREATE TRIGGER expert_version BEFORE UPDATE ON expert FOR EACH ROW EXECUTE FUNCTION next_version();

-- What they say of themselves. Numbers, addresses and codes in it are masked before it is kept.
CREATE TABLE expert_words (
    expert_id uuid PRIMARY KEY CONSTRAINT expert_words_expert_exists REFERENCES expert ON DELETE CASCADE,
    name text NOT NULL,
    title text,     -- of their own choice
    story text,
    not_today text, -- what they do not talk of now
    CONSTRAINT expert_name_is_not_blank CHECK (NOT is_blank(name) AND length(name) <= 200),
    CONSTRAINT expert_title_length CHECK (length(title) BETWEEN 1 AND 1000),
    CONSTRAINT expert_story_length CHECK (length(story) BETWEEN 1 AND 40000),
    CONSTRAINT expert_not_today_length CHECK (length(not_today) BETWEEN 1 AND 10000)
);

CREATE TABLE expert_area (
    expert_id uuid NOT NULL CONSTRAINT expert_area_expert_exists REFERENCES expert ON DELETE CASCADE,
    area text NOT NULL CONSTRAINT expert_area_exists REFERENCES experience_area,
    CONSTRAINT expert_area_pkey PRIMARY KEY (expert_id, area)
);
CREATE TABLE expert_task (
    expert_id uuid NOT NULL CONSTRAINT expert_task_expert_exists REFERENCES expert ON DELETE CASCADE,
    task text NOT NULL CONSTRAINT expert_task_exists REFERENCES experience_task,
    CONSTRAINT expert_task_pkey PRIMARY KEY (expert_id, task)
);
CREATE TABLE expert_language (
    expert_id uuid NOT NULL CONSTRAINT expert_language_expert_exists REFERENCES expert ON DELETE CASCADE,
    lang text NOT NULL,
    CONSTRAINT expert_language_pkey PRIMARY KEY (expert_id, lang),
    CONSTRAINT expert_language CHECK (lang ~ '^[a-z]{2,3}$')
);
CREATE TABLE expert_municipality (
    expert_id uuid NOT NULL CONSTRAINT expert_municipality_expert_exists REFERENCES expert ON DELETE CASCADE,
    municipality text NOT NULL CONSTRAINT expert_municipality_exists REFERENCES municipality (code),
    CONSTRAINT expert_municipality_pkey PRIMARY KEY (expert_id, municipality)
);
CREATE INDEX expert_by_area ON expert_area (area, expert_id);
CREATE INDEX expert_by_task ON expert_task (task, expert_id);
CREATE INDEX expert_by_language ON expert_language (lang, expert_id);
CREATE INDEX expert_by_municipality ON expert_municipality (municipality, expert_id);

-- ---- what bookings ask of them ----
-- What a booking holds of the expert's time: the way back or on is kept free after it. On one side alone, or it would count twice between two.
CREATE FUNCTION expert_held(e expert, starts_at timestamptz, ends_at timestamptz, is_remote boolean) RETURNS tstzrange LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT tstzrange(starts_at, ends_at + CASE WHEN is_remote THEN interval '0' ELSE make_interval(mins => e.travel_minutes) END)
$$;

-- The days of the agreement, as moments.
CREATE FUNCTION expert_agreement(e expert) RETURNS tstzrange LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN e.agreement_from IS NULL THEN 'empty'::tstzrange ELSE tstzrange(day_start(e.agreement_from), day_start(e.agreement_until + 1)) END
$$;

CREATE FUNCTION expert_is_under_agreement(e expert, starts_at timestamptz, ends_at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT expert_agreement(e) @> tstzrange(starts_at, ends_at)
$$;

-- ---- what is written of them ----
CREATE FUNCTION expert_words_masked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.title := coalesce(masked_text(NEW.title, 'fi'), NEW.title);
    NEW.story := coalesce(masked_text(NEW.story, 'fi'), NEW.story);
    NEW.not_today := coalesce(masked_text(NEW.not_today, 'fi'), NEW.not_today);
    RETURN NEW;
END
$$;
CREATE TRIGGER expert_words_masked BEFORE INSERT OR UPDATE ON expert_words FOR EACH ROW EXECUTE FUNCTION expert_words_masked();

-- Keeps those of these lists that the body has, as it has them. The expert's row is the caller's to lock.
CREATE FUNCTION expert_lists_keep(of_expert uuid, body jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    l record;
BEGIN
    FOR l IN
        SELECT v.name, v.kept, v.code, ARRAY(SELECT DISTINCT jsonb_array_elements_text(body -> v.name)) AS codes
        FROM (VALUES ('areas', 'expert_area', 'area'), ('tasks', 'expert_task', 'task'), ('languages', 'expert_language', 'lang'),
            ('municipalities', 'expert_municipality', 'municipality')) v (name, kept, code)
        WHERE jsonb_typeof(body -> v.name) = 'array'
    LOOP
        EXECUTE format('DELETE FROM %I WHERE expert_id = $1 AND NOT %I = ANY ($2)', l.kept, l.code) USING of_expert, l.codes;
        EXECUTE format('INSERT INTO %I (expert_id, %I) SELECT $1, c FROM unnest($2) c ON CONFLICT (expert_id, %2$I) DO NOTHING', l.kept, l.code)
            USING of_expert, l.codes;
    END LOOP;
END
$$;

-- ---- what a move brings with it ----
CREATE FUNCTION expert_breach(e expert, wanted text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN wanted = 'active' AND (e.agreement_from IS NULL OR e.agreement_until < app_today()) THEN 'expert_has_agreement' END
$$;

CREATE FUNCTION expert_dates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ended_on := CASE WHEN NEW.state IN ('declined', 'ended', 'anonymised') THEN coalesce(OLD.ended_on, app_today()) END;
    RETURN NEW;
END
$$;
CREATE TRIGGER expert_dates BEFORE UPDATE ON expert FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION expert_dates();

-- What is known of somebody goes some time after their part is over.
CREATE FUNCTION expert_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE person p SET ended_on = NEW.ended_on WHERE p.id = NEW.id;
    IF NEW.state IN ('active', 'declined') AND OLD.state = 'applied' THEN
        PERFORM mail_person(ARRAY[NEW.id], 'person_news', NEW.version::text);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER expert_person AFTER UPDATE ON expert FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION expert_person();

-- With the person goes all that is known of the expert; that there was one, and when, stays.
CREATE FUNCTION expert_person_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone uuid[] := ARRAY(SELECT e.id FROM expert e JOIN old_person o USING (id));
BEGIN
    IF gone = '{}' THEN
        RETURN NULL;
    END IF;
    PERFORM FROM expert e WHERE e.id = ANY (gone) ORDER BY e.id FOR NO KEY UPDATE;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version)
    SELECT gen_random_uuid(), 'expert', e.id, e.state, 'ended', 'expert', 'person_is_erased', e.version + 1
    FROM expert e WHERE e.id = ANY (gone) AND e.state IN ('applied', 'active', 'on_break');
    DELETE FROM expert_words w WHERE w.expert_id = ANY (gone);
    DELETE FROM expert_area x WHERE x.expert_id = ANY (gone);
    DELETE FROM expert_task x WHERE x.expert_id = ANY (gone);
    DELETE FROM expert_language x WHERE x.expert_id = ANY (gone);
    DELETE FROM expert_municipality x WHERE x.expert_id = ANY (gone);
    UPDATE expert e SET training = NULL, trained_on = NULL, week_hours = NULL, shown = '{}', is_remote = false, request_hash = NULL WHERE e.id = ANY (gone);
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'expert', e.id, 'ended', 'anonymised', 'system', e.version + 1
    FROM expert e WHERE e.id = ANY (gone) AND e.state = 'ended';
    RETURN NULL;
END
$$;
CREATE TRIGGER expert_person_gone AFTER DELETE ON person REFERENCING OLD TABLE AS old_person FOR EACH STATEMENT EXECUTE FUNCTION expert_person_gone();

-- Stories go first: nobody needs them once the work has ended.
CREATE FUNCTION retention_due_expert_stories(last_day date, most integer) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT e.id::text
    FROM expert e JOIN expert_words w ON w.expert_id = e.id
    WHERE e.ended_on <= last_day AND num_nonnulls(w.title, w.story, w.not_today) > 0
    ORDER BY e.ended_on, e.id
    LIMIT most
$$;

CREATE FUNCTION retention_purge_expert_stories(keys text[], last_day date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    purged integer;
BEGIN
    UPDATE expert_words w SET title = NULL, story = NULL, not_today = NULL
    FROM expert e WHERE e.id = w.expert_id AND e.id = ANY (keys::uuid[]) AND e.ended_on <= last_day;
    GET DIAGNOSTICS purged = ROW_COUNT;
    RETURN purged;
END
$$;

INSERT INTO retention (class, place, days, least, most, what, kept, ground)
SELECT 'expert_stories', (SELECT max(r.place) + 1 FROM retention r), 14, 1, 365,
    jsonb_build_object(
        'fi', 'Kokemusasiantuntijan oma tarina, nimike ja aiheet, joista hän ei puhu: työn päättymisestä.',
        'sv', 'Erfarenhetsexpertens egen berättelse, titel och ämnen som han eller hon inte talar om: från det att arbetet upphörde.',
        'en', 'An expert''s own story, title and the topics that they do not talk of: from the end of their work.'),
    jsonb_build_object(
        'fi', 'Muut tiedot siihen asti, kun henkilön tiedot poistetaan (people); sen jälkeen vain tieto, että kokemusasiantuntija on ollut.',
        'sv', 'Övriga uppgifter tills personens uppgifter raderas (people); därefter bara att det har funnits en erfarenhetsexpert.',
        'en', 'The rest until the person goes (people); then only that there was an expert.'),
    r.ground
FROM retention r WHERE r.class = 'contact';

-- ---- the audit, and rights ----
CREATE OR REPLACE FUNCTION audit_actor(role_name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN role_name IN ('giver', 'member', 'participant', 'expert') THEN 'giver' WHEN role_name IN ('system', 'retention') THEN 'system'
                WHEN role_name = 'administrator' THEN 'administrator' ELSE 'caller' END
$$;
CREATE TRIGGER expert_audit_insert AFTER INSERT ON expert REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('expert', 'created', 'id');
CREATE TRIGGER expert_audit_update AFTER UPDATE ON expert REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit_rows('expert', 'changed', 'id');

REVOKE ALL ON FUNCTION retention_due_expert_stories(date, integer), retention_purge_expert_stories(text[], date) FROM PUBLIC;
GRANT SELECT ON experience_area, experience_task, expert TO osallisuus_api, osallisuus_worker, osallisuus_reader;
GRANT INSERT (id, unit_id, is_remote, training, trained_on, agreement_from, agreement_until, week_hours, notice_hours, travel_minutes, request_hash),
    UPDATE (is_remote, training, trained_on, agreement_from, agreement_until, week_hours, notice_hours, travel_minutes, shown) ON expert TO osallisuus_api;
GRANT SELECT, INSERT, UPDATE (name, title, story, not_today) ON expert_words TO osallisuus_api;
GRANT SELECT, INSERT, DELETE ON expert_area, expert_task, expert_language, expert_municipality TO osallisuus_api;
