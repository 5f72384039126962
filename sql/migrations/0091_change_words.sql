-- Why a change is where it is, and who sees to it, by language as its other texts are; and when it came there: one day for all who tell it.

-- The language of what is given without one: the first that the county wants.
CREATE FUNCTION first_language() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT w.tag FROM wanted_language w ORDER BY w.place LIMIT 1
$$;

-- A text without a language and texts with theirs, as one; {}: there is none.
CREATE FUNCTION words_by_language(plain text, texts jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN plain IS NULL THEN '{}' ELSE jsonb_build_object(first_language(), plain) END || coalesce(texts, '{}')
$$;

ALTER TABLE change
    ADD COLUMN owner jsonb NOT NULL DEFAULT '{}', -- owner_ref in other languages
    ADD COLUMN state_reasons jsonb NOT NULL DEFAULT '{}', -- state_reason by language
    ADD COLUMN state_at timestamptz, -- when it came into the state that people are told of
    ADD CONSTRAINT change_owner_is_by_language CHECK (is_language_map(owner)),
    ADD CONSTRAINT change_state_reasons_are_by_language CHECK (is_language_map(state_reasons));
ALTER TABLE change_publication
    ADD COLUMN owner jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN published_at timestamptz;

UPDATE change c SET state_reasons = words_by_language(c.state_reason, NULL), state_at = day_start((
    SELECT max(s.made_on) FROM step s WHERE s.resource = 'change' AND s.subject = c.id AND s.to_state <> 'inconclusive'));
UPDATE change SET state_at = day_start(suggested_on) WHERE state_at IS NULL;
UPDATE change_publication SET published_at = day_start(published_on);
ALTER TABLE change ALTER COLUMN state_at SET DEFAULT app_now(), ALTER COLUMN state_at SET NOT NULL;
ALTER TABLE change_publication ALTER COLUMN published_at SET DEFAULT app_now(), ALTER COLUMN published_at SET NOT NULL;

GRANT INSERT (owner), UPDATE (owner) ON change TO osallisuus_api;

-- As before, and a reason may be given by language: `reasons` beside `reason` or in its place.
CREATE OR REPLACE FUNCTION state_moved(resource text, subject uuid, INOUT state text, INOUT _version bigint, roles text[], wish move_wish,
    breach text DEFAULT NULL, errors jsonb DEFAULT NULL,
    OUT _replayed boolean, OUT _problem text, OUT _pointer text, OUT _members jsonb, OUT _errors jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    step_hash bytea;
    wanted CONSTANT text := (wish).body ->> 'to';
    reasons CONSTANT jsonb := nullif((wish).body -> 'reasons', '{}');
    why CONSTANT text := coalesce((wish).body ->> 'reason', nullif(text_in(reasons, ARRAY(SELECT w.tag FROM wanted_language w ORDER BY w.place)), ''));
    legal transition;
BEGIN
    SELECT s.request_hash INTO step_hash FROM step s WHERE s.id = (wish).step_id;
    _replayed := FOUND;
    IF _replayed THEN
        _problem := CASE WHEN step_hash IS DISTINCT FROM (wish).request_hash THEN 'idempotency_key_reused' END;
        RETURN;
    END IF;
    SELECT t.* INTO legal FROM transition t
    WHERE t.resource = state_moved.resource AND t.from_state = state_moved.state AND t.to_state = wanted AND t.who = ANY (roles)
    ORDER BY t.reason, t.who LIMIT 1;
    _problem := CASE WHEN _version <> (wish).if_match THEN 'stale_version'
                     WHEN legal.who IS NULL THEN 'illegal_transition'
                     WHEN legal.reason AND why IS NULL THEN 'reason_required'
                     ELSE breach END;
    _pointer := CASE _problem WHEN 'illegal_transition' THEN '/to' WHEN 'reason_required' THEN '/reason' END;
    _members := CASE _problem WHEN 'illegal_transition' THEN jsonb_build_object('legal', legal_states(resource, state, roles)) END;
    _errors := CASE _problem WHEN breach THEN errors END;
    IF _problem IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM act_as((wish).caller_id);
    INSERT INTO step AS s (id, resource, subject, from_state, to_state, who, caller_id, reason, data, version, request_hash)
    VALUES ((wish).step_id, resource, subject, state, wanted, legal.who, (wish).caller_id, why,
        CASE WHEN reasons IS NULL THEN '{}' ELSE jsonb_build_object('reasons', words_by_language((wish).body ->> 'reason', reasons)) END,
        _version + 1, (wish).request_hash)
    ON CONFLICT (id) DO NOTHING; -- the same key for another subject at the same time
    IF NOT FOUND THEN
        _problem := 'idempotency_key_reused';
        RETURN;
    END IF;
    state := wanted;
    _version := _version + 1;
END
$$;

-- As before, with the reason by language and the moment. Too few answers are no other state for people.
CREATE OR REPLACE FUNCTION change_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
        state_reasons = CASE WHEN n.reason IS NOT NULL THEN coalesce(n.data -> 'reasons', words_by_language(n.reason, NULL))
            WHEN n.to_state IN ('rejected', 'delayed', 'abandoned') THEN c.state_reasons ELSE '{}' END,
        state_at = CASE WHEN n.to_state = 'inconclusive' THEN c.state_at ELSE app_now() END,
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

CREATE OR REPLACE FUNCTION change_publication_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SELECT coalesce((SELECT max(p.n) FROM change_publication p WHERE p.change_id = NEW.change_id), 0) + 1,
        c.level, c.theme, c.title, c.said, c.done, c.owner_ref, c.owner, c.planned_for, c.state, c.state_reason
    INTO NEW.n, NEW.level, NEW.theme, NEW.title, NEW.said, NEW.done, NEW.owner_ref, NEW.owner, NEW.planned_for, NEW.state, NEW.state_reason
    FROM change c WHERE c.id = NEW.change_id;
    RETURN NEW;
END
$$;

-- As before, and why it is in its state, where that is told.
DROP FUNCTION missing_variants(jsonb, jsonb, jsonb);
CREATE FUNCTION missing_variants(c change) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('language', w.tag, 'texts', w.texts) ORDER BY w.place), '[]')
    FROM (
        SELECT l.tag, l.place, jsonb_agg(t.name ORDER BY t.place) AS texts
        FROM wanted_language l
        CROSS JOIN (VALUES (1, 'title', c.title), (2, 'said', c.said), (3, 'done', c.done),
            (4, 'reason', CASE WHEN c.state IN ('rejected', 'delayed', 'abandoned') THEN c.state_reasons ELSE '{}' END)) AS t (place, name, variants)
        WHERE t.variants <> '{}' AND NOT t.variants ? l.tag
        GROUP BY l.tag, l.place
    ) w
$$;

-- ---- what everybody reads ----
-- As before; reasons and owner by language, the day on which it came into this state, and when what is read here was last another.
CREATE OR REPLACE VIEW published_change AS
SELECT c.id, c.unit_id, u.path AS unit_path, u.name AS unit_name, CASE c.state WHEN 'inconclusive' THEN 'made' ELSE c.state END AS state,
    CASE WHEN c.state IN ('rejected', 'delayed', 'abandoned') THEN c.state_reason END AS state_reason,
    c.made_on, coalesce(c.made_on, p.published_on) AS day, p.published_on, p.n, p.level, p.theme, p.title, p.said, p.done, p.owner_ref, p.planned_for,
    CASE WHEN c.state IN ('rejected', 'delayed', 'abandoned') THEN c.state_reasons ELSE '{}' END AS reasons,
    words_by_language(p.owner_ref, p.owner) AS owner, (c.state_at AT TIME ZONE 'Europe/Helsinki')::date AS state_on,
    greatest(c.state_at, p.published_at) AS updated_at
FROM change c
JOIN unit u ON u.id = c.unit_id
CROSS JOIN LATERAL (SELECT x.* FROM change_publication x WHERE x.change_id = c.id ORDER BY x.n DESC LIMIT 1) p
WHERE c.published_on IS NOT NULL;

CREATE OR REPLACE VIEW told_change AS
SELECT c.id, coalesce(p.title, c.title) AS title, coalesce(p.said, c.said) AS said, coalesce(p.done, c.done) AS done,
    CASE WHEN c.state IN ('rejected', 'delayed', 'abandoned') THEN c.state_reasons ELSE '{}' END AS reasons,
    (c.state_at AT TIME ZONE 'Europe/Helsinki')::date AS state_on
FROM change c
LEFT JOIN published_change p ON p.id = c.id;

-- As before; beside a state stands its own day.
CREATE OR REPLACE FUNCTION page_change(c published_change, lang text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT jsonb_build_object('id', c.id, 'title', page_words(c.title, lang), 'said', page_words(c.said, lang), 'done', page_words(c.done, lang),
        'state', page_text('change_is_' || c.state), 'state_code', c.state,
        'did', page_text(CASE WHEN c.state IN ('rejected', 'abandoned') THEN 'change_decided' WHEN c.state IN ('planned', 'in_progress', 'delayed') THEN 'change_doing'
            ELSE 'change_did' END), 'day', page_day(c.state_on), 'date', c.state_on, 'unit', page_words(c.unit_name, lang),
        'unit_id', c.unit_id, 'theme', CASE WHEN c.theme IS NOT NULL THEN page_text_or('theme_' || c.theme, c.theme) END)
$$;

-- A moment as feeds have it (RFC 3339).
CREATE FUNCTION page_instant(at timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

CREATE OR REPLACE FUNCTION page_feed(of_unit uuid, lang text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', page_text('changes_title'), 'county', (SELECT page_words(u.name, lang) FROM unit u WHERE u.id = whole_county()),
        'updated', page_instant(coalesce(max((f.change).updated_at), day_start(app_today()))),
        'entries', coalesce(jsonb_agg(page_change(f.change, lang) || jsonb_build_object('updated', page_instant((f.change).updated_at),
            'reason', page_words((f.change).reasons, lang) -> 'text', 'better', page_text('better_' || (f.change).state))
            ORDER BY (f.change).updated_at DESC, (f.change).id DESC), '[]'))
    FROM (
        SELECT c AS change
        FROM published_change c
        WHERE of_unit IS NULL OR c.unit_path @> ARRAY[of_unit]
        ORDER BY c.published_on DESC, c.id DESC
        LIMIT 50
    ) f
$$;

-- ---- the same of what one can take part in; a session has its moment already ----
ALTER TABLE panel ADD COLUMN changed_at timestamptz;
ALTER TABLE consultation ADD COLUMN changed_at timestamptz;
UPDATE panel p SET changed_at = day_start(greatest(p.made_on, (SELECT max(s.made_on) FROM step s WHERE s.resource = 'panel' AND s.subject = p.id)));
UPDATE consultation c SET changed_at = day_start(greatest(c.made_on, (SELECT max(s.made_on) FROM step s WHERE s.resource = 'consultation' AND s.subject = c.id)));
ALTER TABLE panel ALTER COLUMN changed_at SET DEFAULT app_now(), ALTER COLUMN changed_at SET NOT NULL;
ALTER TABLE consultation ALTER COLUMN changed_at SET DEFAULT app_now(), ALTER COLUMN changed_at SET NOT NULL;

CREATE FUNCTION changed_now() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_at := app_now();
    RETURN NEW;
END
$$;
CREATE TRIGGER panel_changed_at BEFORE UPDATE ON panel FOR EACH ROW EXECUTE FUNCTION changed_now();
CREATE TRIGGER consultation_changed_at BEFORE UPDATE ON consultation FOR EACH ROW EXECUTE FUNCTION changed_now();

CREATE OR REPLACE VIEW opportunity WITH (security_invoker = true) AS
SELECT 'panel' AS kind, p.id, p.unit_id, p.name AS title, p.purpose AS about, NULL::timestamptz AS starts_at, NULL::timestamptz AS ends_at,
    NULL::jsonb AS place, NULL::boolean AS is_online, p.recruits_until AS until_on, NULL::boolean AS has_room, p.version, p.made_on, p.changed_at
FROM panel p
WHERE p.state = 'recruiting' AND p.is_public AND coalesce(p.recruits_until >= app_today(), true)
UNION ALL
SELECT 'session', s.id, s.unit_id, s.title, s.description, s.starts_at, s.ends_at, s.place, s.is_online,
    (s.starts_at AT TIME ZONE 'Europe/Helsinki')::date, p.capacity IS NULL OR p.taken < p.capacity, s.version, s.made_on, s.changed_at
FROM session s JOIN session_place p ON p.session_id = s.id
WHERE s.is_open AND s.state = 'published' AND s.starts_at > app_now()
UNION ALL
SELECT 'consultation', c.id, d.unit_id, c.title, c.description, NULL, NULL, NULL, NULL, c.due_on, NULL, c.version, c.made_on, c.changed_at
FROM consultation c JOIN decision d ON d.id = c.decision_id
WHERE c.is_open AND c.state = 'open' AND c.due_on >= app_today();

CREATE OR REPLACE FUNCTION page_opportunity(o opportunity, lang text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', o.id, 'kind', page_text('opportunity_' || o.kind), 'title', page_words(o.title, lang), 'about', page_words(nullif(o.about, '{}'), lang),
        'unit', (SELECT page_words(u.name, lang) FROM unit u WHERE u.id = o.unit_id),
        'at', CASE WHEN o.starts_at IS NOT NULL THEN page_time(o.starts_at) || '–' || to_char(o.ends_at AT TIME ZONE 'Europe/Helsinki', 'FMHH24.MI') END,
        'place', o.place ->> 'address', 'is_online', coalesce(o.is_online, false), 'is_full', o.has_room IS FALSE,
        'until', CASE WHEN o.kind <> 'session' THEN page_day(o.until_on) END, 'updated', page_instant(o.changed_at))
$$;

CREATE OR REPLACE FUNCTION page_opportunities(of_unit uuid, lang text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', page_text('opportunities_title'), 'county', (SELECT page_words(u.name, lang) FROM unit u WHERE u.id = whole_county()),
        'of_unit', (SELECT page_words(u.name, lang) FROM unit u WHERE u.id = of_unit), 'has_any', count(*) > 0,
        'updated', coalesce(max(f.item ->> 'updated'), page_instant(day_start(app_today()))), 'opportunities', coalesce(jsonb_agg(f.item ORDER BY f.until_on, f.id), '[]'))
    FROM (
        SELECT o.id, o.until_on, page_opportunity(o, lang) AS item
        FROM opportunity o JOIN unit u ON u.id = o.unit_id
        WHERE of_unit IS NULL OR u.path @> ARRAY[of_unit]
        ORDER BY o.until_on, o.id LIMIT 200) f
$$;

-- ---- what those read whom a change came of ----
-- As before, each text in the language that it is in; has_easy: some of it is there in easy Finnish.
CREATE OR REPLACE FUNCTION personal_changes(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('changes_title'), 'has_easy', bool_or(is_in_easy_finnish(w.title, w.said, w.done, w.reasons)),
        'items', jsonb_agg(jsonb_build_object('title', page_words(w.title, tag),
        'texts', page_list(personal_text(concat('change_is_', CASE c.state WHEN 'inconclusive' THEN 'made' ELSE c.state END)),
            CASE WHEN c.made_on IS NOT NULL THEN page_words(w.done, tag) END, page_words(w.reasons, tag),
            CASE WHEN f.answer IS NOT NULL THEN personal_text('follow_up_said') END,
            CASE WHEN f.answer IS NOT NULL THEN personal_text(concat('follow_up_', f.answer)) END),
        'acts', CASE WHEN f.answer IS NULL AND follow_up_can_come(c, f.expires_on) THEN
            jsonb_build_array(jsonb_build_object('operation', 'own_follow_up', 'values', jsonb_build_object('change_id', c.id), 'button', personal_text('follow_up_send'),
                'fields', jsonb_build_array(
                    jsonb_build_object('name', 'answer', 'label', personal_text('follow_up_question'), 'type', 'choice', 'required', true, 'options', (
                        SELECT jsonb_agg(jsonb_build_object('value', o.answer, 'label', personal_text(concat('follow_up_', o.answer))) ORDER BY o.n)
                        FROM unnest(ARRAY['better', 'same', 'worse', 'dont_know']) WITH ORDINALITY o (answer, n))),
                    jsonb_build_object('name', 'text', 'label', personal_text('follow_up_text'), 'type', 'area', 'most', 4000)))) ELSE '[]' END)
        ORDER BY c.suggested_on DESC, c.id DESC))
    FROM change c
    JOIN told_change w ON w.id = c.id
    LEFT JOIN follow_up f ON f.change_id = c.id AND f.contributor = person_contributor(personal_changes.person_id)
    WHERE c.id IN (SELECT person_changes(personal_changes.person_id)) AND c.state NOT IN ('suggested', 'under_review')
    HAVING count(*) > 0
$$;

-- As before; the page is there in easy Finnish when one of its parts is.
CREATE OR REPLACE FUNCTION personal_page(row_id uuid, tag text) RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    part_name text;
    found jsonb;
    parts jsonb := '[]';
BEGIN
    FOR part_name IN
        SELECT x.part FROM personal_part x JOIN person p ON p.id = row_id
        WHERE x.resource IS NULL OR x.resource = p.resource ORDER BY x.place, x.part
    LOOP
        EXECUTE format('SELECT personal_%s($1, $2)', part_name) INTO found USING row_id, tag;
        parts := parts || coalesce(found, '[]'); -- a part, or several
    END LOOP;
    RETURN jsonb_build_object('parts', parts, 'has_easy', tag = 'fi-x-selko' OR parts @@ '$[*].has_easy == true');
END
$$;
