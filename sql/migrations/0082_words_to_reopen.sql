-- Who wrote at once that it is no better may have the case opened again afterwards, with those words: once.

-- Whether the link may open the case again; said_on: when the words were written, null as long as there are none.
CREATE FUNCTION link_may_reopen(case_id uuid, said_on date) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM feedback v WHERE v.id = case_id AND v.state IN ('answered', 'closed'))
        AND NOT EXISTS (SELECT FROM message m WHERE m.feedback_id = case_id AND m.kind = 'reopening' AND m.sent_on >= said_on)
$$;

-- The words of one's own beside the answer; whoever has the link.
CREATE FUNCTION own_follow_up_text(link_hash bytea) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT f.text FROM follow_up f WHERE f.token_hash = link_hash
$$;

GRANT CREATE ON SCHEMA public TO osallisuus_text;
ALTER FUNCTION own_follow_up_text(bytea) OWNER TO osallisuus_text;
REVOKE CREATE ON SCHEMA public FROM osallisuus_text;
GRANT SELECT (token_hash) ON follow_up TO osallisuus_text;
REVOKE ALL ON FUNCTION own_follow_up_text(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION own_follow_up_text(bytea) TO osallisuus_api;
