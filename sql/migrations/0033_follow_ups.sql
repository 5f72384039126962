-- Is it better now? Asked behind the receipt, too, of whoever left no address; and what people write to it reaches those who can act.

ALTER TABLE follow_up
    ALTER COLUMN token_hash DROP NOT NULL, -- of an answer that was given behind the receipt
    ADD COLUMN lang text NOT NULL DEFAULT 'fi',
    ADD COLUMN request_id uuid, -- of the receipt's request that answered
    ADD COLUMN request_hash bytea,
    ADD COLUMN has_text boolean GENERATED ALWAYS AS (text IS NOT NULL) STORED,
    ADD COLUMN masked text GENERATED ALWAYS AS (CASE WHEN mask_is_thinkable(text) THEN masked_text(text, lang) END) STORED;
ALTER TABLE follow_up ALTER COLUMN masked SET STATISTICS 0;

CREATE INDEX follow_up_of_change ON follow_up (change_id, id) WHERE answer IS NOT NULL;

-- What was answered, as staff read it: not by whom.
CREATE VIEW shown_follow_up AS
SELECT f.id, f.change_id, f.answer, f.answered_on, coalesce(f.masked, f.text) AS text, f.masked IS NOT NULL AS is_masked
FROM follow_up f
WHERE f.answer IS NOT NULL;

-- As whom the giver of this receipt code is told of changes: by address where there is one, else by case.
CREATE FUNCTION giver_contributor(hash bytea) RETURNS bytea LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(c.address_hash, uuid_send(g.id)) FROM (SELECT giver_case(hash) AS id) g LEFT JOIN contact c ON c.feedback_id = g.id
$$;

-- How many days a change is asked about behind the receipt: when those with an address are asked, and as long as their link is good.
CREATE FUNCTION follow_up_is_on(c change) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT c.state IN ('made', 'inconclusive', 'verified', 'not_effective') AND c.made_on IS NOT NULL
        AND app_today() - c.made_on BETWEEN rule_value('follow_up_days') AND rule_value('follow_up_days') + rule_value('link_days')
$$;

-- The giver opens the case again, because it is not better: as by the receipt. False: it is not answered or closed.
CREATE FUNCTION reopen_by_giver(case_id uuid, why text) RETURNS boolean LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, lang, version)
    SELECT gen_random_uuid(), 'feedback', f.id, f.state, 'in_progress', 'giver', why, f.lang, f.version + 1
    FROM feedback f WHERE f.id = case_id AND f.state IN ('answered', 'closed');
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO message (id, feedback_id, n, author, kind, text, lang)
    SELECT gen_random_uuid(), f.id, (SELECT coalesce(max(m.n), 0) + 1 FROM message m WHERE m.feedback_id = f.id), 'giver', 'reopening', why, f.lang
    FROM feedback f WHERE f.id = case_id;
    RETURN true;
END
$$;

CREATE FUNCTION audit_follow_ups_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit (at, actor, action, resource, subject)
    SELECT day_start(n.answered_on), 'giver', 'change.follow_up_answered', 'change', n.change_id
    FROM new_follow_up n WHERE n.answer IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER follow_up_made_audit AFTER INSERT ON follow_up REFERENCING NEW TABLE AS new_follow_up
    FOR EACH STATEMENT EXECUTE FUNCTION audit_follow_ups_made();

-- Before feedback_erase, which may give the row to another case of the same person.
CREATE FUNCTION erase_follow_up() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE follow_up f SET request_id = NULL, request_hash = NULL FROM new_erasure n
    WHERE f.feedback_id = n.feedback_id AND f.request_id IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER erase_follow_up AFTER INSERT ON erasure REFERENCING NEW TABLE AS new_erasure
    FOR EACH STATEMENT EXECUTE FUNCTION erase_follow_up();

GRANT CREATE ON SCHEMA public TO osallisuus_text; -- or it could own nothing there
ALTER VIEW shown_follow_up OWNER TO osallisuus_text;
REVOKE CREATE ON SCHEMA public FROM osallisuus_text;
GRANT SELECT (id, change_id, answer, answered_on, text, masked) ON follow_up TO osallisuus_text;
GRANT SELECT ON shown_follow_up TO osallisuus_api;
GRANT SELECT (has_text, request_id, request_hash) ON follow_up TO osallisuus_api;
GRANT UPDATE (lang, request_id, request_hash) ON follow_up TO osallisuus_api;
GRANT INSERT (id, change_id, contributor, feedback_id, expires_on, answer, answered_on, text, lang, request_id,
    request_hash) ON follow_up TO osallisuus_api;
REVOKE ALL ON FUNCTION giver_contributor(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION giver_contributor(bytea) TO osallisuus_api;
