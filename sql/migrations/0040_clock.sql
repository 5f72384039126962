-- What the clock does, as data: a job of kind clock that is about something names its phase, and the phase its function.

-- does(subjects uuid[], phase text) is given what is due, and gives those that are to be looked at again, when, and with which data.
CREATE TABLE clock_phase (
    phase text NOT NULL,
    does text NOT NULL,
    CONSTRAINT clock_phase_pkey PRIMARY KEY (phase)
);

CREATE TYPE clock_again AS (subject uuid, run_at timestamptz, data jsonb);

-- Does what is due; n is the place in the arrays, from 1, of a job that is to run again.
CREATE FUNCTION clock_do(subjects uuid[], phases text[]) RETURNS TABLE (n bigint, run_at timestamptz, data jsonb) LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    p record;
BEGIN
    FOR p IN
        SELECT w.phase, c.does, array_agg(DISTINCT w.subject) AS subjects
        FROM unnest(subjects, phases) w (subject, phase) LEFT JOIN clock_phase c USING (phase)
        WHERE w.subject IS NOT NULL
        GROUP BY w.phase, c.does ORDER BY w.phase
    LOOP
        IF p.does IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a job of the clock has no phase that is known';
        END IF;
        RETURN QUERY EXECUTE format('SELECT j.n, d.run_at, d.data FROM %I($1, $2) d
            JOIN unnest($3, $4) WITH ORDINALITY j (subject, phase, n) ON j.subject = d.subject AND j.phase = $2', p.does)
            USING p.subjects, p.phase, subjects, phases;
    END LOOP;
END
$$;

-- ---- limits of cases ----
-- Whoever is to be told in this phase, of those cases that still have no answer; and when the next phase is, at eight in the
-- morning. Answered cases have one too, for they may be reopened.
CREATE FUNCTION clock_case(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE plpgsql AS $$
#variable_conflict use_variable
BEGIN
    PERFORM mail_staff(f.id, phase, CASE phase WHEN 'reminder' THEN 'handler' WHEN 'overdue' THEN 'coordinator' ELSE 'management' END,
        f.id || ':' || f.due_on)
    FROM feedback f
    WHERE f.id = ANY (subjects) AND f.answered_on IS NULL AND f.closed_on IS NULL AND f.due_on IS NOT NULL
    ORDER BY f.id;
    RETURN QUERY
    SELECT f.id, day_start(CASE phase WHEN 'reminder' THEN f.due_on + 1
                                      ELSE day_of_percent(f.received_on, f.due_on, rule_value('escalation_percent')) END) + interval '8 hours',
        jsonb_build_object('phase', CASE phase WHEN 'reminder' THEN 'overdue' ELSE 'escalation' END)
    FROM feedback f
    WHERE f.id = ANY (subjects) AND f.due_on IS NOT NULL AND f.state NOT IN ('removed', 'withdrawn') AND phase <> 'escalation';
END
$$;

-- ---- rounds of surveys ----
-- Opens and closes by the clock. Whoever did it by hand before leaves nothing to do.
CREATE FUNCTION clock_round_move(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE sql AS $$
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'survey_round', r.id, r.state, CASE phase WHEN 'round_open' THEN 'open' ELSE 'closed' END, 'system', r.version + 1
    FROM survey_round r
    JOIN survey s ON s.id = r.survey_id
    WHERE r.id = ANY (subjects) AND (
        (phase = 'round_open' AND r.state = 'planned' AND s.state = 'open' AND r.opens_at <= app_now())
        OR (phase = 'round_close' AND r.state = 'open' AND r.closes_at <= app_now()))
    ORDER BY r.id;
    SELECT NULL::clock_again WHERE false
$$;

-- The next so many invitations, and one reminder to each link that was invited and is not used. Who has it nobody reads: the
-- mailer opens the address. A round with more links comes again at once.
CREATE FUNCTION clock_round_mail(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE sql AS $$
    WITH wanted AS (
        SELECT CASE phase WHEN 'round_invite' THEN 'survey_invitation' ELSE 'survey_reminder' END AS template
    ), mailed AS (
        INSERT INTO mail (template, survey_link_id, link_id, capped, unique_key)
        SELECT w.template, l.id, l.id, phase = 'round_invite', w.template || ':' || l.id
        FROM wanted w
        JOIN survey_round r ON r.id = ANY (subjects) AND r.state = 'open' AND (phase = 'round_invite' OR r.remind_at <= app_now())
        CROSS JOIN LATERAL (
            SELECT x.id
            FROM survey_link x
            WHERE x.round_id = r.id AND x.used IS false AND x.has_address
                AND NOT EXISTS (SELECT FROM mail m WHERE m.survey_link_id = x.id AND m.template = w.template)
                AND (phase = 'round_invite' OR EXISTS (
                    SELECT FROM mail m WHERE m.survey_link_id = x.id AND m.template = 'survey_invitation' AND m.state = 'sent'))
            ORDER BY x.id
            LIMIT 2000
        ) l
        ON CONFLICT (unique_key) DO NOTHING
        RETURNING survey_link_id
    )
    SELECT l.round_id, app_now(), jsonb_build_object('phase', phase)
    FROM mailed m JOIN survey_link l ON l.id = m.survey_link_id
    GROUP BY l.round_id HAVING count(*) >= 2000
$$;

CREATE FUNCTION clock_round_forget(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE sql AS $$
    SELECT survey_rounds_forget(subjects);
    SELECT NULL::clock_again WHERE false
$$;

INSERT INTO clock_phase (phase, does) VALUES
    ('reminder', 'clock_case'), ('overdue', 'clock_case'), ('escalation', 'clock_case'),
    ('round_open', 'clock_round_move'), ('round_close', 'clock_round_move'),
    ('round_invite', 'clock_round_mail'), ('round_remind', 'clock_round_mail'), ('round_forget', 'clock_round_forget');

REVOKE EXECUTE ON FUNCTION survey_rounds_forget(uuid[]) FROM osallisuus_worker;
REVOKE ALL ON FUNCTION clock_do(uuid[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clock_do(uuid[], text[]) TO osallisuus_worker;
