-- Coordinators hear of who answers a call for experts, by mail, where their unit has an address.
CREATE OR REPLACE FUNCTION expert_applied() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO event (type, resource, subject, unit_id, version)
    SELECT 'expert.applied', 'expert', n.id, n.unit_id, n.version FROM new_expert n WHERE n.call_id IS NOT NULL;
    PERFORM mail_mailbox(n.unit_id, 'expert_applied', 'coordinator', n.id, n.id::text) FROM new_expert n WHERE n.call_id IS NOT NULL ORDER BY n.id;
    RETURN NULL;
END
$$;
INSERT INTO mail_template (name, link, token_of, wish) VALUES ('expert_applied', '/v1/experts/{id}', NULL, NULL);
