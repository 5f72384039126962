-- A member's invitation to a round of their own panel is part of what they take part in, as one to a session is: it does not use up the
-- contact cap, which is for news, follow-ups and surveys. It can wait for the morning and be stopped by its link, as before.

CREATE OR REPLACE FUNCTION mail_prepare(mail_ids uuid[], unsubscribe_hashes bytea[]) RETURNS TABLE(mail_id uuid, verdict text, template text, lang text, mailbox text, sealed bytea, address_hash bytea, link_id uuid, capped boolean, link text, token_of text) LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
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
            x.capped, x.counted, w.hash, x.capped AND l.person_id IS NOT NULL AS is_own_round, replace(t.link, '{id}', coalesce(i.link_id::text, '')) AS link, t.token_of,
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
        CROSS JOIN LATERAL (SELECT CASE t.token_of WHEN 'person' THEN coalesce(x.link_id, p.link_id, p.id) ELSE x.link_id END AS link_id) i
        LEFT JOIN dead_address d ON d.address_hash = r.address_hash
        LEFT JOIN opt_out o ON o.address_hash = r.address_hash
        ORDER BY r.address_hash, x.capped, x.id
    LOOP
        IF m.verdict = 'send' AND m.is_own_round THEN
            UPDATE mail SET unsubscribe_hash = m.hash WHERE id = m.id;
        ELSIF m.verdict = 'send' AND m.capped AND NOT m.counted THEN
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
