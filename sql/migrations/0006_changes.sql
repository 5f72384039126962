-- What was done because somebody spoke, who is told, and what they say of it.

CREATE TABLE change (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL CONSTRAINT change_unit_exists REFERENCES unit,
    service_id uuid CONSTRAINT change_service_exists REFERENCES service,
    level text NOT NULL DEFAULT 'feedback',
    theme text,
    title jsonb NOT NULL,
    said jsonb NOT NULL DEFAULT '{}', -- what people said, by language
    done jsonb NOT NULL DEFAULT '{}', -- what we did, by language: the public text
    owner_ref text,
    planned_for date,
    evidence text,
    state text NOT NULL DEFAULT 'suggested',
    state_reason text, -- of the last step that had one; contributors read it
    suggested_on date NOT NULL DEFAULT app_today(),
    made_on date,
    published_on date,
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT change_level CHECK (level IN ('own_service', 'feedback', 'dialogue', 'development', 'production', 'strategy')),
    CONSTRAINT change_theme_length CHECK (length(theme) BETWEEN 1 AND 100),
    CONSTRAINT change_title_is_by_language CHECK (is_language_map(title) AND title <> '{}'),
    CONSTRAINT change_said_is_by_language CHECK (is_language_map(said)),
    CONSTRAINT change_done_is_by_language CHECK (is_language_map(done)),
    CONSTRAINT change_state CHECK (state IN ('suggested', 'under_review', 'planned', 'in_progress', 'made', 'verified',
        'not_effective', 'inconclusive', 'rejected', 'delayed', 'abandoned')),
    CONSTRAINT change_planned_has_owner CHECK (state IN ('suggested', 'under_review', 'rejected', 'abandoned') OR owner_ref IS NOT NULL),
    CONSTRAINT change_planned_has_date CHECK (state IN ('suggested', 'under_review', 'rejected', 'abandoned') OR planned_for IS NOT NULL),
    CONSTRAINT change_made_has_evidence CHECK (state NOT IN ('made', 'verified', 'not_effective', 'inconclusive') OR evidence IS NOT NULL),
    CONSTRAINT change_made_has_public_text CHECK (state NOT IN ('made', 'verified', 'not_effective', 'inconclusive') OR done <> '{}'),
    CONSTRAINT change_published_has_public_text CHECK (published_on IS NULL OR said <> '{}')
);

CREATE INDEX change_by_day ON change (suggested_on DESC, id DESC);
CREATE INDEX change_by_unit ON change (unit_id, suggested_on DESC, id DESC);
CREATE TRIGGER change_version BEFORE UPDATE ON change FOR EACH ROW EXECUTE FUNCTION next_version();

-- Each time that a change was made public, and by which request.
CREATE TABLE change_publication (
    id uuid PRIMARY KEY,
    change_id uuid NOT NULL CONSTRAINT change_publication_change_exists REFERENCES change,
    caller_id uuid,
    published_on date NOT NULL DEFAULT app_today()
);

CREATE TABLE change_source (
    id uuid PRIMARY KEY,
    change_id uuid NOT NULL CONSTRAINT change_source_change_exists REFERENCES change,
    kind text NOT NULL,
    feedback_id uuid CONSTRAINT change_source_feedback_exists REFERENCES feedback,
    reference text, -- a URN or a name, for sources that live elsewhere
    linked_on date NOT NULL DEFAULT app_today(),
    request_hash bytea,
    CONSTRAINT change_source_kind CHECK (kind IN ('feedback', 'input', 'idea', 'observation', 'indicator')),
    CONSTRAINT change_source_names_one CHECK ((kind = 'feedback') = (feedback_id IS NOT NULL) AND (feedback_id IS NULL) = (reference IS NOT NULL)),
    CONSTRAINT change_source_once UNIQUE (change_id, feedback_id),
    CONSTRAINT change_source_reference_once UNIQUE (change_id, kind, reference)
);

CREATE INDEX change_source_of_feedback ON change_source (feedback_id) WHERE feedback_id IS NOT NULL;

-- Each contributor hears once per change and state. The ledger remembers, whatever became of the mail.
-- contributor: the keyed hash of the address, or the case's id for a giver who is told behind the receipt.
CREATE TABLE notice (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    change_id uuid NOT NULL CONSTRAINT notice_change_exists REFERENCES change,
    state text NOT NULL,
    contributor bytea NOT NULL,
    feedback_id uuid NOT NULL CONSTRAINT notice_feedback_exists REFERENCES feedback,
    channel text NOT NULL,
    made_on date NOT NULL DEFAULT app_today(),
    CONSTRAINT notice_channel CHECK (channel IN ('mail', 'receipt')),
    CONSTRAINT notice_once UNIQUE (change_id, state, contributor)
);

CREATE INDEX notice_of_feedback ON notice (feedback_id);

CREATE TABLE follow_up (
    id uuid PRIMARY KEY,
    change_id uuid NOT NULL CONSTRAINT follow_up_change_exists REFERENCES change,
    contributor bytea NOT NULL,
    feedback_id uuid NOT NULL CONSTRAINT follow_up_feedback_exists REFERENCES feedback,
    token_hash bytea NOT NULL,
    asked_on date NOT NULL DEFAULT app_today(),
    expires_on date NOT NULL,
    answer text,
    answered_on date,
    text text,
    CONSTRAINT follow_up_answer CHECK (answer IN ('better', 'same', 'worse', 'dont_know')),
    CONSTRAINT follow_up_answer_has_day CHECK ((answer IS NULL) = (answered_on IS NULL)),
    CONSTRAINT follow_up_text_length CHECK (length(text) BETWEEN 1 AND 4000),
    CONSTRAINT follow_up_once UNIQUE (change_id, contributor),
    CONSTRAINT follow_up_token_is_unique UNIQUE (token_hash)
);

CREATE INDEX follow_up_of_feedback ON follow_up (feedback_id);

CREATE FUNCTION change_made_trigger() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO event (type, resource, subject, unit_id, version)
    SELECT 'change.suggested', 'change', id, unit_id, version FROM new_change;
    RETURN NULL;
END
$$;

CREATE TRIGGER change_made AFTER INSERT ON change REFERENCING NEW TABLE AS new_change
    FOR EACH STATEMENT EXECUTE FUNCTION change_made_trigger();

CREATE FUNCTION change_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wanted integer;
    moved integer;
BEGIN
    SELECT count(*) INTO wanted FROM new_step WHERE resource = 'change';
    IF wanted = 0 THEN
        RETURN NULL;
    END IF;
    UPDATE change c
    SET state = n.to_state,
        state_reason = coalesce(n.reason, CASE WHEN n.to_state IN ('rejected', 'delayed', 'abandoned') THEN c.state_reason END),
        made_on = CASE WHEN n.to_state = 'made' THEN n.made_on ELSE c.made_on END
    FROM new_step n
    WHERE n.resource = 'change' AND c.id = n.subject AND c.state = n.from_state AND c.version + 1 = n.version;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> wanted THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'step_follows_state', MESSAGE = 'step_follows_state';
    END IF;
    INSERT INTO event (type, resource, subject, unit_id, version, data)
    SELECT 'change.' || n.to_state, 'change', n.subject, c.unit_id, n.version,
        jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
    FROM new_step n JOIN change c ON c.id = n.subject
    WHERE n.resource = 'change';
    INSERT INTO job (kind, subject, data)
    SELECT 'news', n.subject, jsonb_build_object('state', n.to_state)
    FROM new_step n
    WHERE n.resource = 'change' AND n.to_state IN ('planned', 'made', 'verified', 'rejected', 'delayed', 'abandoned');
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'follow_up', app_now() + make_interval(days => rule_value('follow_up_days')), n.subject, '{"phase": "ask"}',
        'follow_up:' || n.subject
    FROM new_step n
    WHERE n.resource = 'change' AND n.to_state = 'made'
    ON CONFLICT (unique_key) DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER step_change AFTER INSERT ON step REFERENCING NEW TABLE AS new_step
    FOR EACH STATEMENT EXECUTE FUNCTION change_step();

-- Whoever is found to have spoken for a change that others have heard of already hears of it too.
CREATE FUNCTION change_source_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO job (kind, subject, data)
    SELECT DISTINCT 'news', c.id, jsonb_build_object('state', c.state)
    FROM new_source n JOIN change c ON c.id = n.change_id
    WHERE c.state IN ('planned', 'made', 'verified', 'rejected', 'delayed', 'abandoned');
    INSERT INTO event (type, resource, subject, unit_id, version, data)
    SELECT 'change.source_linked', 'change', c.id, c.unit_id, c.version, jsonb_build_object('kind', n.kind)
    FROM new_source n JOIN change c ON c.id = n.change_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER change_source_made AFTER INSERT ON change_source REFERENCING NEW TABLE AS new_source
    FOR EACH STATEMENT EXECUTE FUNCTION change_source_made();

-- Who spoke for a change, each once: by address where there is one, else by case.
CREATE FUNCTION change_contributors(wanted_change uuid) RETURNS TABLE (contributor bytea, feedback_id uuid, reachable boolean,
    wants_news boolean, wants_follow_up boolean) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT ON (coalesce(c.address_hash, uuid_send(f.id)))
        coalesce(c.address_hash, uuid_send(f.id)), f.id, c.feedback_id IS NOT NULL,
        coalesce(c.wants_news, false), coalesce(c.wants_follow_up, false)
    FROM change_source s
    JOIN feedback f ON f.id = s.feedback_id
    LEFT JOIN contact c ON c.feedback_id = f.id
    WHERE s.change_id = wanted_change AND f.state NOT IN ('removed', 'withdrawn')
    ORDER BY coalesce(c.address_hash, uuid_send(f.id)), c.wants_news DESC NULLS LAST, f.id
$$;

REVOKE ALL ON FUNCTION change_contributors(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION change_contributors(uuid) TO osallisuus_worker;

GRANT SELECT ON change, change_source, notice TO osallisuus_api, osallisuus_worker, osallisuus_mailer, osallisuus_reader;
GRANT INSERT (id, unit_id, service_id, level, theme, title, said, done, owner_ref, planned_for, evidence, request_hash) ON change TO osallisuus_api;
GRANT UPDATE (unit_id, service_id, level, theme, title, said, done, owner_ref, planned_for, evidence, published_on) ON change TO osallisuus_api;
GRANT INSERT, DELETE ON change_source TO osallisuus_api;
GRANT SELECT, INSERT ON change_publication TO osallisuus_api;
GRANT INSERT ON notice TO osallisuus_worker;
GRANT SELECT, INSERT ON follow_up TO osallisuus_worker;
GRANT SELECT ON follow_up TO osallisuus_api, osallisuus_mailer, osallisuus_reader;
GRANT UPDATE (answer, answered_on, text) ON follow_up TO osallisuus_api;
