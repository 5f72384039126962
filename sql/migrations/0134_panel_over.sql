-- What is true when a panel ends: nobody waits any more, and whoever did is told once. A nominee may decline; places that the reserve cannot fill are told.

CREATE OR REPLACE FUNCTION panel_members_go() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version)
    SELECT gen_random_uuid(), 'member', m.id, m.state, CASE m.state WHEN 'active' THEN 'ceased' WHEN 'selected' THEN 'declined' ELSE 'not_selected' END, 'system', 'panel_is_over', m.version + 1
    FROM member m
    WHERE m.panel_id = NEW.id AND m.state IN ('active', 'selected', 'applied', 'eligible', 'nominated', 'reserve');
    UPDATE person p SET ended_on = app_today() FROM member m WHERE m.panel_id = NEW.id AND p.id = m.id AND p.ended_on IS NULL;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION member_person() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE person p SET ended_on = CASE WHEN NEW.state IN ('ineligible', 'not_selected', 'declined', 'withdrawn', 'ceased') THEN app_today() END
    WHERE p.id = NEW.id;
    IF NEW.state IN ('declined', 'not_selected') AND (SELECT p.state = 'ended' FROM panel p WHERE p.id = NEW.panel_id) THEN
        PERFORM mail_person(ARRAY[NEW.id], 'panel_over', NEW.version::text);
    ELSIF NEW.state = 'selected' THEN
        PERFORM mail_person(ARRAY[NEW.id], 'member_selected', NEW.version::text);
    ELSIF NEW.state IN ('ineligible', 'not_selected', 'reserve') OR OLD.state = 'ineligible' THEN
        PERFORM mail_person(ARRAY[NEW.id], 'person_news', 'member:' || NEW.version);
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION member_person_gone() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    DELETE FROM member_name n USING old_person o WHERE n.member_id = o.id;
    PERFORM FROM panel p WHERE p.id IN (SELECT m.panel_id FROM member m JOIN old_person o USING (id)) ORDER BY p.id FOR NO KEY UPDATE;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version)
    SELECT gen_random_uuid(), 'member', m.id, m.state, w.to_state, 'member', 'person_is_erased', m.version + 1
    FROM old_person o
    JOIN member m USING (id)
    CROSS JOIN LATERAL (SELECT CASE m.state WHEN 'active' THEN 'ceased' WHEN 'selected' THEN 'declined' WHEN 'nominated' THEN 'declined' WHEN 'applied' THEN 'withdrawn'
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

-- Whether somebody's waiting ended with the panel.
CREATE FUNCTION member_outlived(m member) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce((SELECT x.reason = 'panel_is_over' FROM step x WHERE x.resource = 'member' AND x.subject = m.id ORDER BY x.version DESC LIMIT 1), false)
$$;
REVOKE ALL ON FUNCTION member_outlived(member) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION member_outlived(member) TO osallisuus_api;

CREATE OR REPLACE FUNCTION personal_membership(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', text_in(p.name, ARRAY[tag, 'fi']),
        'texts', jsonb_build_array(personal_text('member_' || CASE WHEN m.state IN ('declined', 'not_selected', 'ceased') AND member_outlived(m) THEN CASE m.state WHEN 'ceased' THEN 'panel_ceased' ELSE 'panel_over' END
            WHEN m.state = 'not_selected' AND m.came_by = 'nomination' THEN 'not_nominated'
            ELSE m.state || CASE WHEN m.state IN ('applied', 'reserve') AND NOT w.has_address THEN '_look' ELSE '' END END)) || CASE WHEN p.purpose = '{}' THEN '[]' ELSE jsonb_build_array(text_in(p.purpose, ARRAY[tag, 'fi'])) END,
        'facts', page_facts(jsonb_build_array('member_answer_by', page_day(m.answer_by)), jsonb_build_array('member_from', page_day(m.from_on)),
            jsonb_build_array('member_until', page_day(coalesce(m.until_on, CASE WHEN m.state IN ('nominated', 'selected', 'active') THEN p.ends_on END))),
            jsonb_build_array('member_lot', CASE WHEN has_lot THEN m.id END)),
        'links', CASE WHEN has_lot THEN jsonb_build_array(jsonb_build_object('path', '/opportunities/' || p.id || '?language=' || tag, 'text', personal_text('draw_title'))) ELSE '[]' END,
        'acts', coalesce((
            SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('operation', 'membership_transition', 'values', jsonb_build_object('to', a.state),
                'button', personal_text('member_do_' || a.state), 'folded', CASE WHEN a.state <> 'active' THEN personal_text('member_ask_' || a.state) END,
                'fields', CASE a.state WHEN 'ceased' THEN jsonb_build_array(jsonb_build_object(
                    'name', 'reason', 'label', personal_text('member_reason'), 'type', 'area', 'most', 4000, 'required', true)) END)) ORDER BY a.state)
            FROM jsonb_array_elements_text(legal_states('member', m.state, '{member}')) a (state)), '[]'))
    FROM member m JOIN panel p ON p.id = m.panel_id JOIN person w ON w.id = m.id
    CROSS JOIN LATERAL (SELECT panel_is_shown(p) AND (m.state IN ('eligible', 'selected', 'reserve') OR m.state = 'not_selected' AND m.selection_n IS NOT NULL) AS has_lot) x
    WHERE m.id = person_id
$$;

CREATE OR REPLACE FUNCTION panel_rule_report(p panel) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_agg(jsonb_build_object('rule', r.name, 'value', r.value, 'is_own', p.rules ? r.name, 'found', r.found, 'holds',
        CASE r.name WHEN 'size' THEN r.value = 0 OR r.found <= r.value
                    WHEN 'term_months' THEN r.value = 0 OR coalesce(panel_term_is_within_rule(p.kind, p.rules, p.starts_on, p.ends_on) AND r.found > 0, false)
                    WHEN 'meetings_a_year' THEN r.found >= r.value
                    WHEN 'per_municipality' THEN panel_unheard(p) = '{}'
                    WHEN 'quota' THEN r.found >= r.value
                    ELSE r.value = 0 OR r.found = 0 END,
        'missing', CASE r.name WHEN 'per_municipality' THEN to_jsonb(panel_unheard(p)) ELSE '[]' END,
        'cells', CASE r.name WHEN 'quota' THEN q.short ELSE '[]' END) ORDER BY r.place)
    FROM (
        SELECT count(*) FILTER (WHERE c.low > 0)::integer AS cells, count(*) FILTER (WHERE c.low > 0 AND c.seated >= c.low) AS full_cells,
            coalesce(jsonb_agg(jsonb_build_object('name', c.name, 'least', c.low, 'seated', c.seated) ORDER BY c.place) FILTER (WHERE c.seated < c.low), '[]') AS short
        FROM quota_cells(p) c
    ) q
    CROSS JOIN LATERAL (
        SELECT x.name, x.place, CASE x.name WHEN 'quota' THEN q.cells ELSE panel_number(p.kind, p.rules, x.name) END AS value, x.found
        FROM (SELECT count(*) AS places, count(*) FILTER (WHERE m.is_staff) AS staff, count(*) FILTER (WHERE m.in_statutory_body) AS statutory,
                  count(DISTINCT m.municipality) AS municipalities
              FROM member m WHERE m.panel_id = p.id AND member_has_place(m)) m
        CROSS JOIN LATERAL (VALUES ('size', 1, m.places), ('term_months', 2, months_of_term(p.starts_on, p.ends_on)), ('meetings_a_year', 3, panel_meetings(p)),
            ('no_staff', 4, m.staff), ('no_statutory_members', 5, m.statutory), ('per_municipality', 6, m.municipalities), ('quota', 7, q.full_cells)) x (name, place, found)
        WHERE x.name <> 'quota' OR q.cells > 0
    ) r
$$;

-- Coordinators hear of a place that nobody of the reserve could take, once a vacancy.
CREATE FUNCTION tell_empty_place(of_panel uuid, key text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT mail_mailbox(p.unit_id, 'place_empty', 'coordinator', p.id, p.id || ':' || key)
    FROM panel p
    WHERE p.id = of_panel AND p.state IN ('recruiting', 'active', 'paused') AND panel_number(p.kind, p.rules, 'size') > 0 AND panel_room(p.id) > 0
        AND EXISTS (SELECT FROM panel_selection s WHERE s.panel_id = p.id)
$$;
REVOKE ALL ON FUNCTION tell_empty_place(uuid, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION member_leaves_room() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM panel_fill(f.panel_id), tell_empty_place(f.panel_id, f.key)
    FROM (SELECT n.panel_id, min(n.id || ':' || n.version) AS key FROM new_member n JOIN old_member o USING (id)
          WHERE o.state IN ('selected', 'active') AND (n.state NOT IN ('selected', 'active') OR n.role = 'facilitator' AND o.role <> 'facilitator')
          GROUP BY n.panel_id
          ORDER BY n.panel_id) f;
    RETURN NULL;
END
$$;

INSERT INTO mail_template (name, link, token_of, wish) VALUES ('panel_over', '/m/', 'person', NULL), ('place_empty', '/v1/panels/{id}/rules', NULL, NULL);
