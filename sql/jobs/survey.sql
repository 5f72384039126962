-- What the clock does for rounds of surveys. A job is one phase of a round; n is its place in the arrays, from 1.

-- name: survey_rounds_move
-- Opens and closes by the clock. Whoever did it by hand before leaves nothing to do.
INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
SELECT gen_random_uuid(), 'survey_round', r.id, r.state, CASE w.phase WHEN 'round_open' THEN 'open' ELSE 'closed' END, 'system', r.version + 1
FROM unnest(:rounds::uuid[], :phases::text[]) AS w (round_id, phase)
JOIN survey_round r ON r.id = w.round_id
JOIN survey s ON s.id = r.survey_id
WHERE (w.phase = 'round_open' AND r.state = 'planned' AND s.state = 'open' AND r.opens_at <= app_now())
    OR (w.phase = 'round_close' AND r.state = 'open' AND r.closes_at <= app_now())
ORDER BY r.id;

-- name: survey_rounds_mail
-- columns: n, run_at
-- The next so many invitations, and one reminder to each link that was invited and is not used. Who has it nobody reads: the
-- mailer opens the address. The jobs with a row are not done yet.
WITH mailed AS (
    INSERT INTO mail (template, survey_link_id, link_id, capped, unique_key)
    SELECT l.template, l.id, l.id, l.template = 'survey_invitation', l.template || ':' || l.id
    FROM unnest(:rounds::uuid[], :phases::text[]) AS w (round_id, phase)
    JOIN survey_round r ON r.id = w.round_id AND r.state = 'open' AND (w.phase = 'round_invite' OR r.remind_at <= app_now())
    CROSS JOIN LATERAL (
        SELECT x.id, t.template
        FROM survey_link x
        CROSS JOIN (SELECT CASE w.phase WHEN 'round_invite' THEN 'survey_invitation' ELSE 'survey_reminder' END AS template) t
        WHERE x.round_id = r.id AND x.used IS false AND x.has_address
            AND NOT EXISTS (SELECT FROM mail m WHERE m.survey_link_id = x.id AND m.template = t.template)
            AND (w.phase = 'round_invite' OR EXISTS (
                SELECT FROM mail m WHERE m.survey_link_id = x.id AND m.template = 'survey_invitation' AND m.state = 'sent'))
        ORDER BY x.id
        LIMIT 2000
    ) l
    WHERE w.phase IN ('round_invite', 'round_remind')
    ON CONFLICT (unique_key) DO NOTHING
    RETURNING template, survey_link_id
)
SELECT w.n, app_now() AS run_at
FROM unnest(:rounds::uuid[], :phases::text[]) WITH ORDINALITY AS w (round_id, phase, n)
WHERE (SELECT count(*) FROM mailed m JOIN survey_link l ON l.id = m.survey_link_id
       WHERE l.round_id = w.round_id AND m.template = CASE w.phase WHEN 'round_invite' THEN 'survey_invitation' WHEN 'round_remind' THEN 'survey_reminder' END) >= 2000;

-- name: survey_rounds_forget
-- columns: forgotten
SELECT survey_rounds_forget((SELECT array_agg(w.round_id) FROM unnest(:rounds::uuid[], :phases::text[]) AS w (round_id, phase)
                             WHERE w.phase = 'round_forget')) AS forgotten;
