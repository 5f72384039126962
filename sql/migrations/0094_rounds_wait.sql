-- A round whose time comes while its panel is not at work waits until the panel is.

-- As before, and a round of a panel opens by the clock only while the panel is at work.
CREATE OR REPLACE FUNCTION clock_round_move(subjects uuid[], phase text) RETURNS SETOF clock_again LANGUAGE sql AS $$
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'survey_round', r.id, r.state, CASE phase WHEN 'round_open' THEN 'open' ELSE 'closed' END, 'system', r.version + 1
    FROM survey_round r
    JOIN survey s ON s.id = r.survey_id
    WHERE r.id = ANY (subjects) AND (
        (phase = 'round_open' AND r.state = 'planned' AND s.state = 'open' AND r.opens_at <= app_now()
            AND NOT EXISTS (SELECT FROM round x WHERE x.survey_round_id = r.id AND round_breach(x, 'open') IS NOT NULL))
        OR (phase = 'round_close' AND r.state = 'open' AND r.closes_at <= app_now()))
    ORDER BY r.id;
    SELECT NULL::clock_again WHERE false
$$;

-- What waited is looked at again, unless its time is over: that stays a draft, whose times can be set anew.
CREATE FUNCTION panel_goes_on() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM survey_round_jobs(array_agg(s.id))
    FROM round r JOIN survey_round s ON s.id = r.survey_round_id
    WHERE r.panel_id = NEW.id AND r.state = 'draft' AND s.state = 'planned' AND s.closes_at > app_now() HAVING count(*) > 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER panel_goes_on AFTER UPDATE ON panel FOR EACH ROW WHEN (NEW.state = 'active' AND OLD.state <> 'active') EXECUTE FUNCTION panel_goes_on();
