-- Mails that nobody can use against others, none twice, and in easy Finnish for those who need it.

INSERT INTO rule (name, value, least, most, help) VALUES
    ('receipt_mails', 5, 1, 1000, 'Mails a day to one address that say that a voice has come; who brings in more still gets their receipt codes.');

-- How many mails of that kind an address got on a day. It outlives the cases, so that erasing them does not start it anew,
-- and is deleted when the day is over.
CREATE TABLE receipt_mail_count (
    day date NOT NULL,
    address_hash bytea NOT NULL,
    sent integer NOT NULL,
    CONSTRAINT receipt_mail_count_pkey PRIMARY KEY (day, address_hash)
);

GRANT SELECT, INSERT, UPDATE ON receipt_mail_count TO osallisuus_mailer;
GRANT SELECT (day), DELETE ON receipt_mail_count TO osallisuus_worker;

ALTER TABLE mail DROP CONSTRAINT mail_state, ADD CONSTRAINT mail_state CHECK (state IN ('queued', 'sent', 'failed', 'no_address',
    'opted_out', 'capped', 'day_capped', 'not_needed'));

-- As before; besides, a mail that says that a voice has come counts towards the cap of its day, and who needs easy language
-- and speaks Finnish reads easy Finnish.
CREATE OR REPLACE FUNCTION mail_prepare(mail_ids uuid[], unsubscribe_hashes bytea[]) RETURNS TABLE (mail_id uuid, verdict text,
    template text, lang text, mailbox text, sealed bytea, address_hash bytea, link_id uuid, capped boolean)
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    m record;
    this_month date := date_trunc('month', app_today()::timestamp)::date;
    cap integer := rule_value('contact_cap');
    day_cap integer := rule_value('receipt_mails');
BEGIN
    -- By address, so that two processes never wait for each other crosswise.
    FOR m IN
        SELECT x.id, x.template,
            CASE WHEN x.lang IS NULL AND r.lang = 'fi' AND f.support_needs @> '{easy_language}' THEN 'fi-x-selko'
                 ELSE coalesce(x.lang, r.lang) END AS lang, x.mailbox, r.sealed, r.address_hash, x.link_id, x.capped,
            x.counted, w.hash,
            CASE WHEN x.state <> 'queued' THEN 'over'
                 WHEN x.survey_link_id IS NOT NULL AND l.used IS NOT false THEN 'not_needed'
                 WHEN x.mailbox IS NULL AND r.sealed IS NULL THEN 'no_address'
                 WHEN d.address_hash IS NOT NULL THEN 'failed'
                 WHEN (x.capped OR l.id IS NOT NULL) AND o.address_hash IS NOT NULL THEN 'opted_out'
                 WHEN x.capped AND l.id IS NULL AND NOT CASE x.template WHEN 'follow_up' THEN c.wants_follow_up ELSE c.wants_news END THEN 'opted_out'
                 ELSE 'send' END AS verdict
        FROM unnest(mail_ids, unsubscribe_hashes) w (id, hash)
        JOIN mail x ON x.id = w.id
        LEFT JOIN contact c ON c.feedback_id = x.feedback_id
        LEFT JOIN feedback f ON f.id = x.feedback_id
        LEFT JOIN survey_link l ON l.id = x.survey_link_id
        CROSS JOIN LATERAL (SELECT coalesce(c.sealed, l.sealed) AS sealed, coalesce(c.address_hash, l.address_hash) AS address_hash,
                                coalesce(c.lang, l.lang) AS lang) r
        LEFT JOIN dead_address d ON d.address_hash = r.address_hash
        LEFT JOIN opt_out o ON o.address_hash = r.address_hash
        ORDER BY r.address_hash, x.capped, x.id
    LOOP
        IF m.verdict = 'send' AND m.capped AND NOT m.counted THEN
            INSERT INTO contact_count AS k (address_hash, month, sent) VALUES (m.address_hash, this_month, 1)
            ON CONFLICT (address_hash, month) DO UPDATE SET sent = k.sent + 1 WHERE k.sent < cap;
            IF FOUND THEN
                UPDATE mail SET counted = true, unsubscribe_hash = m.hash WHERE id = m.id;
            ELSE
                m.verdict := 'capped';
            END IF;
        ELSIF m.verdict = 'send' AND m.template = 'received' AND NOT m.counted THEN
            INSERT INTO receipt_mail_count AS k (day, address_hash, sent) VALUES (app_today(), m.address_hash, 1)
            ON CONFLICT (day, address_hash) DO UPDATE SET sent = k.sent + 1 WHERE k.sent < day_cap;
            IF FOUND THEN
                UPDATE mail SET counted = true WHERE id = m.id;
            ELSE
                m.verdict := 'day_capped';
            END IF;
        END IF;
        RETURN QUERY SELECT m.id, m.verdict, m.template, m.lang, m.mailbox, m.sealed, m.address_hash, m.link_id, m.capped;
    END LOOP;
END
$$;

-- As before; what one transaction tells a giver it tells in one mail, whoever wrote and moved in it.
CREATE OR REPLACE FUNCTION mail_giver(feedback_ids uuid[], template_name text, why text) RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    INSERT INTO mail (template, feedback_id, unique_key)
    SELECT template_name, c.feedback_id,
        CASE WHEN why <> 'received' THEN template_name || ':' || c.feedback_id || ':' || pg_current_xact_id() END
    FROM contact c
    WHERE c.feedback_id = ANY (feedback_ids)
    ORDER BY c.feedback_id
    ON CONFLICT (unique_key) DO NOTHING
$$;
