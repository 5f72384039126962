-- Mails to be sent. A mail holds no text of anybody: the template says that there is news, the link leads to it.

CREATE TABLE mail (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), -- also the Message-ID, over all tries
    template text NOT NULL,
    feedback_id uuid CONSTRAINT mail_feedback_exists REFERENCES feedback ON DELETE CASCADE, -- to this giver
    mailbox text,                                                                            -- or to this mailbox of the house
    lang text,           -- NULL: the giver's
    link_id uuid,        -- the row that the mail's link belongs to
    capped boolean NOT NULL DEFAULT false, -- counts towards the contact cap, and stops at an opt-out
    unique_key text,
    state text NOT NULL DEFAULT 'queued',
    queued_on date NOT NULL DEFAULT app_today(),
    CONSTRAINT mail_has_one_receiver CHECK ((feedback_id IS NULL) <> (mailbox IS NULL)),
    CONSTRAINT mail_state CHECK (state IN ('queued', 'sent', 'failed', 'no_address', 'opted_out', 'capped')),
    CONSTRAINT mail_once UNIQUE (unique_key)
);

CREATE INDEX mail_of_feedback ON mail (feedback_id);

CREATE FUNCTION mail_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- News to many has a kind of its own: an answer to one never waits behind it.
    INSERT INTO job (kind, subject) SELECT CASE WHEN capped THEN 'mail_bulk' ELSE 'mail' END, id FROM new_mail;
    RETURN NULL;
END
$$;

CREATE TRIGGER mail_made AFTER INSERT ON mail REFERENCING NEW TABLE AS new_mail
    FOR EACH STATEMENT EXECUTE FUNCTION mail_made();

-- A mail to each of these givers who can be reached; nothing for the others, who find the news behind their receipt.
CREATE FUNCTION mail_giver(feedback_ids uuid[], template_name text, why text) RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    INSERT INTO mail (template, feedback_id)
    SELECT template_name, c.feedback_id FROM contact c WHERE c.feedback_id = ANY (feedback_ids) ORDER BY c.feedback_id
$$;

-- A mail to a role's mailbox of the case's unit, or of the nearest unit above that has one.
CREATE FUNCTION mail_staff(case_id uuid, template_name text, role_name text, key text) RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    INSERT INTO mail (template, mailbox, lang, link_id, unique_key)
    SELECT template_name, m.mailbox, 'fi', f.id, template_name || ':' || role_name || ':' || key
    FROM feedback f
    JOIN unit u ON u.id = f.unit_id
    CROSS JOIN LATERAL (SELECT unit_mailbox(u.path, role_name) AS mailbox) m
    WHERE f.id = case_id AND m.mailbox IS NOT NULL
    ON CONFLICT (unique_key) DO NOTHING
$$;

REVOKE ALL ON FUNCTION mail_giver(uuid[], text, text), mail_staff(uuid, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mail_staff(uuid, text, text, text) TO osallisuus_worker;

-- Who does not want to hear of changes and questions any more; kept by hash, never by address.
CREATE TABLE opt_out (
    address_hash bytea PRIMARY KEY,
    made_on date NOT NULL DEFAULT app_today(),
    CONSTRAINT opt_out_is_hashed CHECK (length(address_hash) = 32)
);

-- How many capped mails an address got in a month.
CREATE TABLE contact_count (
    address_hash bytea NOT NULL,
    month date NOT NULL,
    sent integer NOT NULL,
    CONSTRAINT contact_count_pkey PRIMARY KEY (address_hash, month),
    CONSTRAINT contact_count_month CHECK (month = date_trunc('month', month::timestamp)::date)
);

-- An address that the receiver's server refused for good.
CREATE TABLE dead_address (
    address_hash bytea PRIMARY KEY,
    found_on date NOT NULL DEFAULT app_today()
);

GRANT SELECT, UPDATE, INSERT ON mail TO osallisuus_mailer, osallisuus_worker;
GRANT SELECT, INSERT ON opt_out TO osallisuus_api, osallisuus_mailer;
GRANT SELECT ON opt_out TO osallisuus_worker;
GRANT SELECT, INSERT, UPDATE ON contact_count TO osallisuus_mailer;
GRANT SELECT ON contact_count TO osallisuus_worker;
GRANT SELECT, INSERT ON dead_address TO osallisuus_mailer;
