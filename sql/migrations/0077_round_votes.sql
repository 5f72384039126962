-- Votes on a question of a round, and what asks a round's questions is moved by the round alone.

-- NULL: on an input, or on the vote's own question alone.
ALTER TABLE vote ADD COLUMN round_id uuid CONSTRAINT vote_round_exists REFERENCES round,
    ADD COLUMN round_question text, -- its key in the round's question set
    ADD CONSTRAINT vote_has_one_subject CHECK (num_nonnulls(round_id, round_question) <> 1 AND num_nonnulls(input_id, round_id) < 2);
CREATE INDEX vote_of_round ON vote (round_id, closes_at DESC, id DESC) WHERE round_id IS NOT NULL;
GRANT INSERT (round_id, round_question) ON vote TO osallisuus_api;

-- What is wrong with what a vote is on; the problem and where it is in the body.
CREATE FUNCTION vote_subject_fault(wish jsonb, of_panel uuid) RETURNS TABLE (problem text, pointer text) LANGUAGE sql STABLE AS $$
    SELECT f.problem, CASE f.problem WHEN 'vote_has_one_subject' THEN CASE WHEN b.round_question IS NULL AND b.input_id IS NULL THEN '/round_question' ELSE '/round_id' END
                                     WHEN 'unknown_reference' THEN CASE WHEN b.input_id IS NOT NULL THEN '/input_id' WHEN r.id IS NULL THEN '/round_id' ELSE '/round_question' END END
    FROM jsonb_to_record(wish) AS b (input_id uuid, round_id uuid, round_question text)
    LEFT JOIN round r ON r.id = b.round_id AND r.panel_id = of_panel
    LEFT JOIN round_shown x ON x.id = r.id
    LEFT JOIN question_set q ON q.id = x.question_set_id
    CROSS JOIN LATERAL (SELECT CASE
        WHEN num_nonnulls(b.round_id, b.round_question) = 1 OR num_nonnulls(b.input_id, b.round_id) = 2 THEN 'vote_has_one_subject'
        WHEN b.input_id IS NOT NULL AND NOT EXISTS (SELECT FROM input i WHERE i.id = b.input_id AND i.panel_id = of_panel AND i.state <> 'withdrawn')
            OR b.round_id IS NOT NULL AND (r.id IS NULL OR NOT q.questions @> jsonb_build_array(jsonb_build_object('key', b.round_question)))
            THEN 'unknown_reference'
        WHEN r.state IN ('draft', 'cancelled', 'archived') THEN 'round_takes_no_votes' END AS problem) f
    WHERE f.problem IS NOT NULL
$$;

-- Whether a survey asks the questions of a round, which then alone moves and changes it.
CREATE FUNCTION survey_is_of_round(survey uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM survey_round x JOIN round r ON r.survey_round_id = x.id WHERE x.survey_id = survey)
$$;

-- As before, and nobody but the round and the clock moves what asks its questions.
CREATE OR REPLACE FUNCTION round_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM new_step n WHERE n.resource IN ('round', 'survey_round', 'survey')) THEN
        RETURN NULL;
    END IF;
    IF EXISTS (SELECT FROM new_step n JOIN survey_round x ON n.resource = 'survey' AND x.survey_id = n.subject OR n.resource = 'survey_round' AND x.id = n.subject
               JOIN round r ON r.survey_round_id = x.id WHERE n.who <> 'system') THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'survey_is_of_round', MESSAGE = 'survey_is_of_round';
    END IF;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'survey_round', x.id, x.state, CASE n.to_state WHEN 'open' THEN 'open' ELSE 'closed' END, 'system', x.version + 1
    FROM new_step n JOIN round r ON r.id = n.subject JOIN survey_round x ON x.id = r.survey_round_id
    WHERE n.resource = 'round' AND (n.to_state = 'open' AND x.state = 'planned' OR n.to_state IN ('closed', 'cancelled') AND x.state = 'open');
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'round', r.id, r.state, n.to_state, 'system', r.version + 1
    FROM new_step n JOIN round r ON r.survey_round_id = n.subject
    WHERE n.resource = 'survey_round' AND (n.to_state = 'open' AND r.state = 'draft' OR n.to_state = 'closed' AND r.state = 'open');
    INSERT INTO job (kind, subject, data) SELECT 'follow_up', n.subject, '{"phase": "links"}' FROM new_step n WHERE n.resource = 'round' AND n.to_state = 'open';
    INSERT INTO job (kind, run_at, subject, data)
    SELECT 'clock', app_now() + make_interval(days => rule_value('round_archive_days')), n.subject, '{"phase": "panel_round_archive"}'
    FROM new_step n WHERE n.resource = 'round' AND n.to_state = 'fed_back';
    PERFORM mail_person(array_agg(m.id), 'person_news', 'round:' || r.id)
    FROM new_step n JOIN round r ON r.id = n.subject JOIN member m ON m.panel_id = r.panel_id AND m.state = 'active'
    WHERE n.resource = 'round' AND n.to_state = 'fed_back'
    GROUP BY r.id;
    RETURN NULL;
END
$$;
