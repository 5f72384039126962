-- Mails of sessions say which and when, by kind and time; what one is asked comes first on one's page; what is opened early was opened that day.

-- ---- mails ----
-- As before, and which session it is.
CREATE OR REPLACE FUNCTION clock_session_remind(subjects uuid[], phase text) RETURNS SETOF clock_again
    LANGUAGE sql
    AS $$
    SELECT mail_person_with(ARRAY(SELECT p.id FROM unnest(session_people(s.id, '{offered,registered}')) p (id)
                             WHERE NOT EXISTS (SELECT FROM attendance a WHERE a.session_id = s.id AND a.member_id = p.id AND a.said_absent)),
        'session_reminder', s.id || ':' || extract(epoch FROM s.starts_at), false, session_told_of(s.kind, ARRAY[s.starts_at, s.ends_at], NULL, NULL))
    FROM session s
    WHERE s.id = ANY (subjects) AND s.state = 'published' AND s.starts_at > app_now()
        AND s.starts_at - make_interval(hours => rule_value('session_reminder_hours')) <= app_now()
    ORDER BY s.id;
    SELECT NULL::clock_again WHERE false
$$;

-- As before, and in which session the place is.
CREATE OR REPLACE FUNCTION registration_moved() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    freed uuid[];
BEGIN
    WITH change AS (
        SELECT n.session_id, sum(holds_place(n.state)::integer - holds_place(o.state)::integer)::integer AS taken
        FROM new_registration n JOIN old_registration o USING (id)
        WHERE holds_place(n.state) <> holds_place(o.state)
        GROUP BY n.session_id
    ), counted AS (
        UPDATE session_place p SET taken = p.taken + c.taken FROM change c WHERE p.session_id = c.session_id AND c.taken <> 0
        RETURNING p.session_id, c.taken
    )
    SELECT array_agg(c.session_id) FILTER (WHERE c.taken < 0) INTO freed FROM counted c;
    IF EXISTS (SELECT FROM new_registration n JOIN old_registration o USING (id) WHERE n.state = 'offered' AND o.state <> 'offered') THEN
        INSERT INTO job (kind, run_at, subject, data, unique_key)
        SELECT 'clock', n.offered_until, n.id, '{"phase": "offer_end"}', 'offer_end:' || n.id || ':' || n.version
        FROM new_registration n JOIN old_registration o USING (id) WHERE n.state = 'offered' AND o.state <> 'offered';
        PERFORM mail_person_with(ARRAY[n.id], 'place_offered', NULL, false, session_told_of(s.kind, ARRAY[s.starts_at, s.ends_at], NULL, NULL))
        FROM new_registration n JOIN old_registration o USING (id) JOIN session s ON s.id = n.session_id WHERE n.state = 'offered' AND o.state <> 'offered';
    END IF;
    IF freed IS NOT NULL THEN
        PERFORM session_offer(freed);
    END IF;
    UPDATE person p SET ended_on = app_today() FROM new_registration n
    WHERE p.id = n.id AND n.state IN ('cancelled', 'expired') AND p.ended_on IS NULL;
    RETURN NULL;
END
$$;

-- ---- the personal page ----
-- Rounds and votes, which wait for an answer, before the sessions.
UPDATE personal_part SET place = 20 WHERE part = 'open_rounds';
UPDATE personal_part SET place = 30 WHERE part = 'votes';

-- As before, in the quotation marks of the page's language.
DROP FUNCTION round_comments(uuid);
CREATE FUNCTION round_comments(of_round uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_array(personal_text('round_comments'))
        || jsonb_agg(jsonb_build_object('lang', c.lang, 'text', CASE tag WHEN 'en' THEN '“' ELSE '”' END || c.words || '”') ORDER BY c.brought_on DESC, c.id)
    FROM (SELECT i.id, i.lang, i.brought_on, coalesce(i.masked, i.text) AS words FROM input i
          WHERE i.round_id = of_round AND i.kind = 'comment' AND i.state <> 'withdrawn' AND i.text IS NOT NULL
          ORDER BY i.brought_on DESC, i.id LIMIT 20) c
    HAVING count(*) > 0
$$;

CREATE OR REPLACE FUNCTION personal_open_rounds(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('open_rounds_title'), 'items', jsonb_agg(jsonb_build_object('title', page_words(r.title, tag),
        'texts', page_list(page_words(r.intro, tag), CASE WHEN l.used THEN personal_text('open_round_answered') END)
            || CASE WHEN r.has_discussion THEN coalesce(round_comments(r.id, tag), '[]') ELSE '[]' END,
        'facts', page_facts(jsonb_build_array('open_round_until', page_time(r.closes_at, tag))),
        'links', CASE WHEN l.used THEN '[]' ELSE jsonb_build_array(jsonb_build_object('path', '/s/', 'token', jsonb_build_object('purpose', 'survey', 'id', l.id),
            'text', personal_text('open_round_answer'))) END,
        'acts', CASE WHEN r.has_discussion THEN personal_input_act(l.person_id, jsonb_build_object('kind', 'comment', 'round_id', r.id), 'comment_round', 'comment_round_how') ELSE '[]' END)
        ORDER BY r.closes_at, r.id))
    FROM round_shown r
    JOIN survey_link l ON l.round_id = r.survey_round_id
    WHERE l.person_id = personal_open_rounds.person_id AND r.state = 'open' AND r.closes_at > app_now()
    HAVING count(*) > 0
$$;

-- ---- consultations ----
-- One that is opened by hand before its first day takes answers from then on, and says so.
CREATE FUNCTION consultation_opens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.opens_on := app_today();
    RETURN NEW;
END
$$;
CREATE TRIGGER consultation_opens BEFORE UPDATE ON consultation FOR EACH ROW
    WHEN (NEW.state = 'open' AND OLD.state = 'draft' AND NEW.opens_on > app_today()) EXECUTE FUNCTION consultation_opens();

REVOKE ALL ON FUNCTION round_comments(uuid, text) FROM PUBLIC;
