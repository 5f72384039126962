-- Which panels a session is of.

ALTER TABLE session_panel ADD CONSTRAINT session_panel_panel_exists FOREIGN KEY (panel_id) REFERENCES panel;

-- The first of these panels that a caller does not see, as a pointer into the body; NULL: all are seen.
CREATE FUNCTION unseen_panel(panel_ids uuid[], caller_units text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT '/panel_ids/' || (x.n - 1)
    FROM unnest(panel_ids) WITH ORDINALITY x (id, n)
    WHERE NOT EXISTS (SELECT FROM panel p JOIN unit u ON u.id = p.unit_id WHERE p.id = x.id AND unit_is_visible(u.path, caller_units))
    ORDER BY x.n
    LIMIT 1
$$;

CREATE TRIGGER session_panel_audit_insert AFTER INSERT ON session_panel REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('session', 'panel_added', 'session_id', 'panel_id');
CREATE TRIGGER session_panel_audit_delete AFTER DELETE ON session_panel REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('session', 'panel_removed', 'session_id', 'panel_id');
