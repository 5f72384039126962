-- Where the link of a mail leads, and which wish lets it go out, are facts of its template: here, and not in the program.

CREATE TABLE mail_template (
    name text PRIMARY KEY, -- of the texts in worker/templates
    link text NOT NULL,    -- a path; {id}: the mail's row; the token, where there is one, comes behind it
    token_of text,         -- what the link's token is for (common/link_token.h)
    wish text,             -- what a capped mail is sent by: news, follow_up; NULL: an invitation, which an opt-out alone stops
    CONSTRAINT mail_template_token CHECK (token_of IN ('follow_up', 'survey', 'person')),
    CONSTRAINT mail_template_wish CHECK (wish IN ('news', 'follow_up'))
);

INSERT INTO mail_template (name, link, token_of, wish) VALUES
    ('received', '/r', NULL, NULL), ('case_news', '/r', NULL, NULL), ('change_news', '/r', NULL, 'news'),
    ('follow_up', '/f/', 'follow_up', 'follow_up'),
    ('survey_invitation', '/s/', 'survey', NULL), ('survey_reminder', '/s/', 'survey', NULL),
    ('giver_wrote', '/v1/feedback/{id}', NULL, NULL), ('reminder', '/v1/feedback/{id}', NULL, NULL),
    ('overdue', '/v1/feedback/{id}', NULL, NULL), ('escalation', '/v1/feedback/{id}', NULL, NULL),
    ('severity', '/v1/feedback/{id}', NULL, NULL), ('original_gone', '/v1/feedback/{id}', NULL, NULL),
    ('thanks', '/v1/feedback?kind=thanks&unit_id={id}', NULL, NULL),
    ('initiative_reminder', '/v1/inputs/{id}', NULL, NULL), ('initiative_overdue', '/v1/inputs/{id}', NULL, NULL),
    ('member_selected', '/m/', 'person', NULL), ('person_link', '/m/', 'person', NULL), ('place_offered', '/m/', 'person', NULL),
    ('session_reminder', '/m/', 'person', NULL), ('session_cancelled', '/m/', 'person', NULL), ('session_moved', '/m/', 'person', NULL),
    ('session_published', '/m/', 'person', NULL), ('person_news', '/m/', 'person', NULL), ('person_change', '/m/', 'person', 'news');

-- As before; link and token are the template's, and so is the wish. Who registered and needs easy language reads easy Finnish, too.
DROP FUNCTION mail_prepare(uuid[], bytea[]);
CREATE FUNCTION mail_prepare(mail_ids uuid[], unsubscribe_hashes bytea[]) RETURNS TABLE (mail_id uuid, verdict text,
    template text, lang text, mailbox text, sealed bytea, address_hash bytea, link_id uuid, capped boolean, link text, token_of text)
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
            CASE WHEN x.lang IS NULL AND r.lang = 'fi' AND coalesce(f.support_needs, g.support_needs) @> '{easy_language}' THEN 'fi-x-selko'
                 ELSE coalesce(x.lang, r.lang) END AS lang, x.mailbox, r.sealed, r.address_hash, i.link_id,
            x.capped, x.counted, w.hash, replace(t.link, '{id}', coalesce(i.link_id::text, '')) AS link, t.token_of,
            CASE WHEN x.state <> 'queued' THEN 'over'
                 WHEN x.survey_link_id IS NOT NULL AND l.used IS NOT false THEN 'not_needed'
                 WHEN x.mailbox IS NULL AND r.sealed IS NULL THEN 'no_address'
                 WHEN d.address_hash IS NOT NULL THEN 'failed'
                 WHEN (x.capped OR l.id IS NOT NULL) AND o.address_hash IS NOT NULL THEN 'opted_out'
                 WHEN x.capped AND NOT CASE t.wish WHEN 'follow_up' THEN coalesce(c.wants_follow_up, p.wants_news) WHEN 'news' THEN coalesce(c.wants_news, p.wants_news) ELSE true END
                     THEN 'opted_out'
                 ELSE 'send' END AS verdict
        FROM unnest(mail_ids, unsubscribe_hashes) w (id, hash)
        JOIN mail x ON x.id = w.id
        LEFT JOIN mail_template t ON t.name = x.template
        LEFT JOIN contact c ON c.feedback_id = x.feedback_id
        LEFT JOIN feedback f ON f.id = x.feedback_id
        LEFT JOIN survey_link l ON l.id = x.survey_link_id
        LEFT JOIN person p ON p.id = x.person_id
        LEFT JOIN registration g ON g.id = p.id
        LEFT JOIN person q ON q.id = l.person_id
        CROSS JOIN LATERAL (SELECT coalesce(c.sealed, l.sealed, p.sealed, q.sealed) AS sealed, coalesce(c.address_hash, l.address_hash, p.address_hash, q.address_hash) AS address_hash,
                                coalesce(c.lang, l.lang, p.lang) AS lang) r
        CROSS JOIN LATERAL (SELECT CASE t.token_of WHEN 'person' THEN coalesce(p.link_id, p.id) ELSE x.link_id END AS link_id) i
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
        RETURN QUERY SELECT m.id, m.verdict, m.template, m.lang, m.mailbox, m.sealed, m.address_hash, m.link_id, m.capped, m.link, m.token_of;
    END LOOP;
END
$$;

REVOKE ALL ON FUNCTION mail_prepare(uuid[], bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mail_prepare(uuid[], bytea[]) TO osallisuus_mailer;
GRANT SELECT ON mail_template TO osallisuus_mailer;
GRANT SELECT (id, support_needs) ON registration TO osallisuus_mailer;
