-- Mails to be sent. A mail holds no text of anybody: the template says that there is news, the link leads to it.

CREATE TABLE mail (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), -- also the Message-ID, over all tries
    template text NOT NULL,
    feedback_id uuid CONSTRAINT mail_feedback_exists REFERENCES feedback ON DELETE CASCADE, -- to this giver
    mailbox text,                                                                            -- or to this mailbox of the house
    lang text,           -- NULL: the giver's
    link_id uuid,        -- the row that the mail's link belongs to
    capped boolean NOT NULL DEFAULT false, -- counts towards the contact cap, and stops at an opt-out
    counted boolean NOT NULL DEFAULT false, -- it is in contact_count: once, over all tries
    unsubscribe_hash bytea,                 -- of the token in its unsubscribe link, once it is about to be sent
    unique_key text,
    state text NOT NULL DEFAULT 'queued',
    queued_on date NOT NULL DEFAULT app_today(),
    CONSTRAINT mail_has_one_receiver CHECK ((feedback_id IS NULL) <> (mailbox IS NULL)),
    CONSTRAINT mail_state CHECK (state IN ('queued', 'sent', 'failed', 'no_address', 'opted_out', 'capped')),
    CONSTRAINT mail_once UNIQUE (unique_key)
);

CREATE INDEX mail_of_feedback ON mail (feedback_id);
CREATE UNIQUE INDEX mail_unsubscribe ON mail (unsubscribe_hash) WHERE unsubscribe_hash IS NOT NULL;

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

-- What is to become of these mails, one row for each: verdict send, or the state that it ends in, or 'over' when it was
-- settled before. Consent, opt-out and cap are looked at here, right before sending, and a mail that is to be sent is
-- counted and gets its unsubscribe link in the same transaction.
CREATE FUNCTION mail_prepare(mail_ids uuid[], unsubscribe_hashes bytea[]) RETURNS TABLE (mail_id uuid, verdict text,
    template text, lang text, mailbox text, sealed bytea, address_hash bytea, link_id uuid, capped boolean)
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    m record;
    this_month date := date_trunc('month', app_today()::timestamp)::date;
    cap integer := rule_value('contact_cap');
BEGIN
    -- By address, so that two processes never wait for each other crosswise.
    FOR m IN
        SELECT x.id, x.template, coalesce(x.lang, c.lang) AS lang, x.mailbox, c.sealed, c.address_hash, x.link_id, x.capped,
            x.counted, w.hash,
            CASE WHEN x.state <> 'queued' THEN 'over'
                 WHEN x.mailbox IS NULL AND c.feedback_id IS NULL THEN 'no_address'
                 WHEN d.address_hash IS NOT NULL THEN 'failed'
                 WHEN x.capped AND (o.address_hash IS NOT NULL
                     OR NOT CASE x.template WHEN 'follow_up' THEN c.wants_follow_up ELSE c.wants_news END) THEN 'opted_out'
                 ELSE 'send' END AS verdict
        FROM unnest(mail_ids, unsubscribe_hashes) w (id, hash)
        JOIN mail x ON x.id = w.id
        LEFT JOIN contact c ON c.feedback_id = x.feedback_id
        LEFT JOIN dead_address d ON d.address_hash = c.address_hash
        LEFT JOIN opt_out o ON o.address_hash = c.address_hash
        ORDER BY c.address_hash, x.id
    LOOP
        IF m.verdict = 'send' AND m.capped AND NOT m.counted THEN
            INSERT INTO contact_count AS k (address_hash, month, sent) VALUES (m.address_hash, this_month, 1)
            ON CONFLICT (address_hash, month) DO UPDATE SET sent = k.sent + 1 WHERE k.sent < cap;
            IF FOUND THEN
                UPDATE mail SET counted = true, unsubscribe_hash = m.hash WHERE id = m.id;
            ELSE
                m.verdict := 'capped';
            END IF;
        END IF;
        RETURN QUERY SELECT m.id, m.verdict, m.template, m.lang, m.mailbox, m.sealed, m.address_hash, m.link_id, m.capped;
    END LOOP;
END
$$;

-- The unsubscribe link of a mail: its receiver hears of no change and gets no question any more. False: no such link.
CREATE FUNCTION opt_out_by_link(link_hash bytea) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO opt_out (address_hash)
    SELECT c.address_hash FROM mail m JOIN contact c ON c.feedback_id = m.feedback_id WHERE m.unsubscribe_hash = link_hash
    ON CONFLICT (address_hash) DO NOTHING;
    RETURN EXISTS (SELECT FROM mail WHERE unsubscribe_hash = link_hash);
END
$$;

REVOKE ALL ON FUNCTION mail_prepare(uuid[], bytea[]), opt_out_by_link(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mail_prepare(uuid[], bytea[]) TO osallisuus_mailer;
GRANT EXECUTE ON FUNCTION opt_out_by_link(bytea) TO osallisuus_api;
GRANT SELECT (unsubscribe_hash) ON mail TO osallisuus_api;

GRANT SELECT, UPDATE, INSERT ON mail TO osallisuus_mailer;
GRANT SELECT, INSERT ON mail TO osallisuus_worker;
GRANT SELECT, INSERT ON opt_out TO osallisuus_api, osallisuus_mailer;
GRANT SELECT ON opt_out TO osallisuus_worker;
GRANT SELECT, INSERT, UPDATE ON contact_count TO osallisuus_mailer;
GRANT SELECT ON contact_count TO osallisuus_worker;
GRANT SELECT, INSERT ON dead_address TO osallisuus_mailer;
