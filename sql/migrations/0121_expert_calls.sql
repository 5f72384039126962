-- Calls for people who want to become experts: a page with a form for everybody while one may apply. Whoever applies is an expert in the
-- first state, until a coordinator has met them.

CREATE TABLE expert_call (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL CONSTRAINT expert_call_unit_exists REFERENCES unit, -- whose coordinators look after those who come
    title jsonb NOT NULL,
    about jsonb NOT NULL DEFAULT '{}',
    until_on date, -- the last day; NULL: as long as it is open
    is_open boolean NOT NULL DEFAULT true,
    made_on date NOT NULL DEFAULT app_today(),
    changed_at timestamptz NOT NULL DEFAULT app_now(),
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT expert_call_title_is_by_language CHECK (is_language_map(title) AND title <> '{}'),
    CONSTRAINT expert_call_about_is_by_language CHECK (is_language_map(about))
);
CREATE INDEX expert_call_of_unit ON expert_call (unit_id, id);
CREATE TRIGGER expert_call_version BEFORE UPDATE ON expert_call FOR EACH ROW EXECUTE FUNCTION next_version();
CREATE TRIGGER dates_are_near BEFORE INSERT OR UPDATE OF until_on ON expert_call FOR EACH ROW EXECUTE FUNCTION dates_are_near('until_on');

CREATE FUNCTION expert_call_takes(c expert_call) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT c.is_open AND coalesce(c.until_on >= app_today(), true)
$$;

-- ---- who applies ----
ALTER TABLE expert ADD COLUMN call_id uuid CONSTRAINT expert_call_exists REFERENCES expert_call; -- that they answered

-- Coordinators hear of it as of an order.
CREATE FUNCTION expert_applied() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO event (type, resource, subject, unit_id, version)
    SELECT 'expert.applied', 'expert', n.id, n.unit_id, n.version FROM new_expert n WHERE n.call_id IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER expert_applied AFTER INSERT ON expert REFERENCING NEW TABLE AS new_expert FOR EACH STATEMENT EXECUTE FUNCTION expert_applied();

-- An address that applies again while it is an expert's of the unit gets its link once more (as in panels, 0085). No row: it does not.
CREATE FUNCTION expert_again(new_id uuid, of_call uuid, hash bytea, request bytea, may_apply boolean)
RETURNS TABLE (made_on date, request_hash bytea, is_replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    earlier uuid;
BEGIN
    PERFORM FROM expert_call c WHERE c.id = of_call AND hash IS NOT NULL FOR NO KEY UPDATE;
    IF may_apply AND hash IS NOT NULL AND NOT EXISTS (SELECT FROM expert e WHERE e.id = new_id) AND NOT EXISTS (SELECT FROM person_repeat t WHERE t.id = new_id) THEN
        SELECT e.id INTO earlier
        FROM person p
        CROSS JOIN LATERAL (SELECT x.id, x.unit_id, x.applied_on FROM expert x WHERE x.id = p.id OFFSET 0) e
        JOIN expert_call c ON c.id = of_call AND c.unit_id = e.unit_id
        WHERE p.address_hash = hash AND p.ended_on IS NULL
        ORDER BY e.applied_on, e.id
        LIMIT 1;
    END IF;
    IF earlier IS NOT NULL THEN
        INSERT INTO person_repeat (id, person_id, request_hash) VALUES (new_id, earlier, request);
        PERFORM mail_person(ARRAY[earlier], 'person_link', 'again:' || app_today());
    END IF;
    RETURN QUERY SELECT t.made_on, t.request_hash, earlier IS NULL FROM person_repeat t JOIN expert e ON e.id = t.person_id WHERE t.id = new_id;
END
$$;
REVOKE ALL ON FUNCTION expert_again(uuid, uuid, bytea, bytea, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION expert_again(uuid, uuid, bytea, bytea, boolean) TO osallisuus_api;

-- ---- the page ----
CREATE FUNCTION expert_call_form(tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('operation', 'expert_apply', 'title', personal_text('expert_apply_title'), 'button', personal_text('apply'),
        'texts', page_list(personal_text('expert_apply_how')),
        'fields', page_list(
            jsonb_build_object('name', 'name', 'label', personal_text('expert_apply_name'), 'help', personal_text('expert_apply_name_why'), 'most', 200,
                'required', true, 'complete', 'name'),
            email_field('apply_email'),
            jsonb_build_object('name', 'lang', 'type', 'select', 'label', personal_text('expert_apply_lang'), 'value', left(tag, 2), 'required', true,
                'options', page_options('apply_lang', '{fi,sv,en,se,smn,sms}')),
            jsonb_build_object('name', 'areas', 'type', 'checks', 'label', personal_text('expert_apply_areas'), 'options', expert_ticks(
                (SELECT jsonb_object_agg(x.code, x.name) FROM experience_area x WHERE is_open(x.closed_on)), '[]', tag)),
            jsonb_build_object('name', 'languages', 'type', 'checks', 'label', personal_text('expert_apply_languages'), 'options', expert_ticks(
                (SELECT jsonb_object_agg(x.code, x.name) FROM spoken_language x WHERE is_open(x.closed_on)), '[]', tag))))
$$;

CREATE FUNCTION open_expert_call(row_id uuid, tag text, sent jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN sent ? 'reply' THEN jsonb_build_object('title', personal_text('applied_title'), 'texts', page_list(personal_text('expert_applied_words')),
        'items', jsonb_build_array(open_link(sent -> 'reply')), 'more', open_more(tag))
    ELSE jsonb_build_object('title', page_words(c.title, tag), 'has_easy', is_in_easy_finnish(c.title, c.about),
        'texts', page_list(page_words(nullif(c.about, '{}'), tag), CASE WHEN NOT takes THEN personal_text('expert_apply_over') END),
        'facts', page_facts(jsonb_build_array('apply_until', CASE WHEN takes THEN page_day(c.until_on) END), jsonb_build_array('open_unit', page_words(u.name, tag))),
        'acts', CASE WHEN takes THEN jsonb_build_array(expert_call_form(tag)) ELSE '[]' END,
        'items', CASE WHEN takes THEN jsonb_build_array(open_privacy('expert_apply_privacy')) ELSE '[]' END, 'more', open_more(tag)) END
    FROM expert_call c
    JOIN unit u ON u.id = c.unit_id
    CROSS JOIN LATERAL (SELECT expert_call_takes(c) AS takes) x
    WHERE c.id = row_id
$$;
INSERT INTO open_kind (kind) VALUES ('expert_call');

-- As before, and calls for experts.
CREATE OR REPLACE VIEW opportunity WITH (security_invoker = true) AS
SELECT 'panel' AS kind, p.id, p.unit_id, p.name AS title, p.purpose AS about, NULL::timestamptz AS starts_at, NULL::timestamptz AS ends_at, NULL::jsonb AS place,
    NULL::boolean AS is_online, p.recruits_until AS until_on, NULL::boolean AS has_room, p.version, p.made_on, p.changed_at
FROM panel p
WHERE p.state = 'recruiting' AND p.is_public AND coalesce(p.recruits_until >= app_today(), true)
UNION ALL
SELECT 'session', s.id, s.unit_id, s.title, s.description, s.starts_at, s.ends_at, s.place, s.is_online, (s.starts_at AT TIME ZONE 'Europe/Helsinki')::date,
    p.capacity IS NULL OR p.taken < p.capacity, s.version, s.made_on, s.changed_at
FROM session s
JOIN session_place p ON p.session_id = s.id
WHERE s.is_open AND s.state = 'published' AND s.starts_at > app_now()
UNION ALL
SELECT 'consultation', c.id, d.unit_id, c.title, c.description, NULL, NULL, NULL, NULL, c.due_on, NULL, c.version, c.made_on, c.changed_at
FROM consultation c
JOIN decision d ON d.id = c.decision_id
WHERE c.is_open AND c.state = 'open' AND c.due_on >= app_today()
UNION ALL
SELECT 'expert_call', c.id, c.unit_id, c.title, c.about, NULL, NULL, NULL, NULL, c.until_on, NULL, c.version, c.made_on, c.changed_at
FROM expert_call c
WHERE expert_call_takes(c);

-- ---- the audit, and rights ----
CREATE TRIGGER expert_call_audit_insert AFTER INSERT ON expert_call REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('expert_call', 'created', 'id');
CREATE TRIGGER expert_call_audit_update AFTER UPDATE ON expert_call REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('expert_call', 'changed', 'id');
GRANT SELECT ON expert_call TO osallisuus_api, osallisuus_worker, osallisuus_reader;
GRANT INSERT (id, unit_id, title, about, until_on, is_open, request_hash), UPDATE (title, about, until_on, is_open, changed_at) ON expert_call TO osallisuus_api;
GRANT INSERT (call_id) ON expert TO osallisuus_api;
