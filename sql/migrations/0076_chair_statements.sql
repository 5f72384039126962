-- The chair of a council adopts what it says behind the personal link; it is delivered when whoever asked for it is told.

INSERT INTO mail_template (name, link) VALUES ('statement_adopted', '/v1/statements/{id}');

-- Who adopts for the council.
CREATE FUNCTION statement_adopter_breach(s statement, member_role text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN member_role <> 'chair' THEN 'statement_adopter_is_chair' ELSE statement_breach(s, 'adopted') END
$$;

-- The unit of the council, or the nearest above it that has a mailbox for its coordinator, is told.
CREATE FUNCTION statement_adopted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM mail_mailbox(p.unit_id, 'statement_adopted', 'coordinator', NEW.id, NEW.id::text) FROM panel p WHERE p.id = NEW.panel_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER statement_adopted AFTER UPDATE ON statement FOR EACH ROW WHEN (NEW.state = 'adopted' AND OLD.state <> 'adopted')
    EXECUTE FUNCTION statement_adopted();

-- Told is who was sent the mail. Without a mailbox the coordinator says when the statement is delivered.
CREATE FUNCTION statement_delivered() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM statement s WHERE s.id = NEW.link_id FOR NO KEY UPDATE;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'statement', s.id, s.state, 'delivered', 'system', s.version + 1
    FROM statement s WHERE s.id = NEW.link_id AND s.state = 'adopted';
    RETURN NULL;
END
$$;
CREATE TRIGGER mail_delivers_statement AFTER UPDATE ON mail FOR EACH ROW
    WHEN (NEW.template = 'statement_adopted' AND NEW.state = 'sent' AND OLD.state <> 'sent') EXECUTE FUNCTION statement_delivered();

-- What the council is asked and says, for its members; the chair adopts what there is to be read.
CREATE FUNCTION personal_statements(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('statements_title'), 'items', jsonb_agg(jsonb_build_object('title', page_words(s.title, tag),
        'texts', page_list(personal_text('statement_is_' || s.state), page_words(s.question, tag), page_words(s.text, tag),
            CASE WHEN s.state IN ('considered', 'published') THEN page_words(s.effect, tag) END),
        'facts', page_facts(jsonb_build_array('statement_due', page_day(s.due_on)), jsonb_build_array('statement_decision', page_day(s.decision_on))),
        'acts', CASE WHEN legal_states('statement', s.state, '{member}') ? 'adopted' AND statement_adopter_breach(s, m.role) IS NULL
            THEN jsonb_build_array(jsonb_build_object('operation', 'own_statement_transition', 'folded', personal_text('statement_adopt_ask'),
                'texts', jsonb_build_array(personal_text('statement_adopt_how')), 'button', personal_text('statement_adopt'),
                'values', jsonb_build_object('id', s.id, 'to', 'adopted', 'version', s.version))) ELSE '[]' END)
        ORDER BY s.due_on DESC, s.id DESC))
    FROM member m
    JOIN LATERAL (SELECT x.* FROM statement x WHERE x.panel_id = m.panel_id ORDER BY x.due_on DESC, x.id DESC LIMIT 20) s ON true
    WHERE m.id = personal_statements.person_id AND m.state = 'active'
    HAVING count(*) > 0
$$;

INSERT INTO personal_part (part, resource, place) VALUES ('statements', 'member', 295);

REVOKE ALL ON FUNCTION personal_statements(uuid, text) FROM PUBLIC;
