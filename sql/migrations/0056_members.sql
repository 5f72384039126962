-- Members: how they come, what is checked, when they answer and when they go. Names stand apart, for whoever runs the panel.

INSERT INTO rule (name, value, least, most, help) VALUES
    ('member_answer_days', 14, 1, 90, 'Days in which somebody who got a place in a panel says whether they take it.');

ALTER TABLE panel ADD COLUMN recruits_until date, -- the last day on which one can apply
    ADD COLUMN checks_by_hand boolean NOT NULL DEFAULT true, -- the coordinator says who is eligible; else whoever breaks no rule is
    ADD CONSTRAINT panel_recruits_before_it_ends CHECK (recruits_until <= ends_on);
GRANT INSERT (recruits_until, checks_by_hand), UPDATE (recruits_until, checks_by_hand) ON panel TO osallisuus_api;

ALTER TABLE member ADD COLUMN came_by text NOT NULL DEFAULT 'application',
    ADD COLUMN answer_by date, -- of who is selected: the last day of their answer
    ADD CONSTRAINT member_came_by CHECK (came_by IN ('application', 'nomination'));
CREATE INDEX member_of_municipality ON member (municipality, panel_id) WHERE municipality IS NOT NULL;

CREATE TABLE member_name (
    member_id uuid PRIMARY KEY CONSTRAINT member_name_member_exists REFERENCES member ON DELETE CASCADE,
    name text NOT NULL,
    CONSTRAINT member_name_length CHECK (length(name) BETWEEN 1 AND 200)
);

-- ---- one person, once in a panel ----
-- Whether somebody with this address is in a panel or wants to be; nobody reads whose it is.
CREATE FUNCTION address_in_panel(of_panel uuid, hash bytea, but uuid DEFAULT NULL) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM person p JOIN member m ON m.id = p.id
                   WHERE p.address_hash = hash AND m.panel_id = of_panel AND m.id IS DISTINCT FROM but
                       AND m.state NOT IN ('ineligible', 'not_selected', 'declined', 'withdrawn', 'ceased'))
$$;

CREATE FUNCTION member_is_double(member_id uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce((SELECT address_in_panel(m.panel_id, p.address_hash, m.id) FROM member m JOIN person p ON p.id = m.id WHERE m.id = member_id), false)
$$;

-- ---- what a row brings with it ----
CREATE FUNCTION member_comes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.came_by = 'nomination' AND NEW.state = 'applied' THEN
        NEW.state := 'nominated';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER member_comes BEFORE INSERT ON member FOR EACH ROW EXECUTE FUNCTION member_comes();

-- Whoever breaks a rule of the panel is told so at once. Who is there already is left to the coordinator: told, anybody could try
-- out whose address is in a panel. Nobody else is decided on here, where the panel is checked by hand.
CREATE FUNCTION member_is_checked() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version)
    SELECT gen_random_uuid(), 'member', m.id, m.state, CASE WHEN b.breach IS NULL THEN 'eligible' ELSE 'ineligible' END, 'system', b.breach, m.version + 1
    FROM new_member n
    JOIN member m ON m.id = n.id
    JOIN panel p ON p.id = m.panel_id
    CROSS JOIN LATERAL (SELECT place_breach(p.kind, p.rules, m) AS breach) b
    WHERE m.state = 'applied' AND (b.breach IS NOT NULL OR NOT p.checks_by_hand AND NOT member_is_double(m.id));
    RETURN NULL;
END
$$;
CREATE TRIGGER member_is_checked AFTER INSERT ON member REFERENCING NEW TABLE AS new_member FOR EACH STATEMENT EXECUTE FUNCTION member_is_checked();

-- The dates of a member follow from the state.
CREATE FUNCTION member_dates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    CASE NEW.state
        WHEN 'selected' THEN NEW.answer_by := app_today() + rule_value('member_answer_days');
        WHEN 'active' THEN NEW.from_on := app_today(); NEW.answer_by := NULL;
        WHEN 'ceased' THEN NEW.until_on := greatest(least(coalesce(NEW.until_on, app_today()), app_today()), NEW.from_on);
        ELSE NEW.answer_by := NULL;
    END CASE;
    RETURN NEW;
END
$$;
CREATE TRIGGER member_dates BEFORE UPDATE ON member FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION member_dates();

-- What speaks against a move of a member, beside the states. The panel is locked.
CREATE FUNCTION member_breach(m member, wanted text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN wanted IN ('eligible', 'active') AND member_is_double(m.id) THEN 'member_is_once_in_panel'
        WHEN wanted = 'active' AND p.state IN ('ended', 'evaluated') THEN 'panel_is_over'
        WHEN wanted = 'active' AND m.state = 'selected' AND m.answer_by < app_today() THEN 'member_answer_is_late'
        WHEN wanted IN ('eligible', 'active') AND place_breach(p.kind, p.rules, m) IS NOT NULL THEN place_breach(p.kind, p.rules, m)
        WHEN wanted = 'active' AND m.state = 'nominated' AND m.role <> 'facilitator' AND panel_room(p.id) < 1 THEN 'panel_has_room' END
    FROM panel p WHERE p.id = m.panel_id
$$;

-- ---- the person ----
-- What is known of somebody goes some time after their part is over; whoever may yet be eligible is not over.
CREATE FUNCTION member_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE person p SET ended_on = CASE WHEN NEW.state IN ('ineligible', 'not_selected', 'declined', 'withdrawn', 'ceased') THEN app_today() END
    WHERE p.id = NEW.id;
    IF NEW.state = 'selected' THEN
        PERFORM mail_person(ARRAY[NEW.id], 'member_selected', NEW.version::text);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER member_person AFTER UPDATE ON member FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION member_person();

-- Whoever erases themselves goes; the purge takes those whose part is over before.
CREATE FUNCTION member_person_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
    RETURN NULL;
END
$$;
CREATE TRIGGER member_person_gone AFTER DELETE ON person REFERENCING OLD TABLE AS old_person FOR EACH STATEMENT EXECUTE FUNCTION member_person_gone();

-- ---- what the clock does ----
-- A job has its day in its name, and does nothing when the day is another by then.
CREATE FUNCTION member_jobs() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'clock', day_start(w.day + 1), n.id, jsonb_build_object('phase', w.phase), w.phase || ':' || n.id || ':' || w.day
    FROM new_member n
    CROSS JOIN LATERAL (VALUES ('member_answer', n.answer_by, n.state = 'selected'), ('member_end', n.until_on, n.state = 'active')) w (phase, day, is_wanted)
    WHERE w.is_wanted AND w.day IS NOT NULL
    ON CONFLICT (unique_key) DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER member_jobs AFTER UPDATE ON member REFERENCING NEW TABLE AS new_member FOR EACH STATEMENT EXECUTE FUNCTION member_jobs();

CREATE FUNCTION panel_jobs() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    VALUES ('clock', day_start(NEW.ends_on + 1), NEW.id, '{"phase": "panel_end"}', 'panel_end:' || NEW.id || ':' || NEW.ends_on)
    ON CONFLICT (unique_key) DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER panel_jobs AFTER UPDATE ON panel FOR EACH ROW
    WHEN (NEW.state IN ('active', 'paused') AND NEW.ends_on IS NOT NULL) EXECUTE FUNCTION panel_jobs();

-- Panels are locked before their members, here as everywhere.
CREATE FUNCTION clock_panel(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE plpgsql AS $$
#variable_conflict use_variable
BEGIN
    PERFORM FROM panel p
    WHERE p.id = ANY (subjects) OR p.id IN (SELECT m.panel_id FROM member m WHERE m.id = ANY (subjects))
    ORDER BY p.id FOR NO KEY UPDATE;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'panel', p.id, p.state, 'ended', 'system', p.version + 1
    FROM panel p
    WHERE phase = 'panel_end' AND p.id = ANY (subjects) AND p.state IN ('active', 'paused') AND p.ends_on < app_today();
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version)
    SELECT gen_random_uuid(), 'member', m.id, m.state, w.to_state, 'system', w.reason, m.version + 1
    FROM member m
    CROSS JOIN LATERAL (
        SELECT 'declined' AS to_state, 'member_answer_is_late' AS reason WHERE phase = 'member_answer' AND m.state = 'selected' AND m.answer_by < app_today()
        UNION ALL
        SELECT 'ceased', 'member_time_is_over' WHERE phase = 'member_end' AND m.state = 'active' AND m.until_on < app_today()) w
    WHERE m.id = ANY (subjects);
END
$$;
INSERT INTO clock_phase (phase, does) VALUES ('panel_end', 'clock_panel'), ('member_answer', 'clock_panel'), ('member_end', 'clock_panel');

-- Whoever is a member when the panel ends has been one; whoever was asked is asked no more.
CREATE FUNCTION panel_members_go() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version)
    SELECT gen_random_uuid(), 'member', m.id, m.state, CASE m.state WHEN 'active' THEN 'ceased' ELSE 'declined' END, 'system', 'panel_is_over', m.version + 1
    FROM member m
    WHERE m.panel_id = NEW.id AND m.state IN ('active', 'selected');
    UPDATE person p SET ended_on = app_today() FROM member m WHERE m.panel_id = NEW.id AND p.id = m.id AND p.ended_on IS NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER panel_members_go AFTER UPDATE ON panel FOR EACH ROW
    WHEN (NEW.state = 'ended' AND OLD.state <> 'ended') EXECUTE FUNCTION panel_members_go();

-- ---- the audit, and rights ----
CREATE TRIGGER member_audit_insert AFTER INSERT ON member REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('member', 'created', 'id', 'came_by');
CREATE TRIGGER member_audit_update AFTER UPDATE ON member REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit_rows('member', 'changed', 'id');

GRANT INSERT (id, panel_id, role, came_by, municipality, age_band, gender, lang, is_staff, in_statutory_body, request_hash),
    UPDATE (role, municipality, age_band, gender, lang, is_staff, in_statutory_body, until_on) ON member TO osallisuus_api;
REVOKE ALL ON FUNCTION address_in_panel(uuid, bytea, uuid), member_is_double(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION address_in_panel(uuid, bytea, uuid), member_is_double(uuid) TO osallisuus_api;
GRANT SELECT, INSERT, UPDATE (name) ON member_name TO osallisuus_api;
