-- Reports follow their cases one by one: of a month that was counted once, only what came or changed since then is added or taken away.

-- What a case was before it changed, until the kind report has looked.
CREATE TABLE report_before (
    feedback_id uuid NOT NULL, -- no key: with a case that goes, its unit is counted anew
    version bigint NOT NULL,
    received_on date NOT NULL,
    unit_id uuid NOT NULL,
    service_id uuid,
    level text NOT NULL,
    kind text NOT NULL,
    channel text NOT NULL,
    lang text NOT NULL,
    respondent_role text NOT NULL,
    age_band text,
    due_on date,
    answered_on date,
    closed_on date, -- NULL also where the case is open again
    outcome text,
    CONSTRAINT report_before_pkey PRIMARY KEY (feedback_id, version)
);
CREATE INDEX report_before_by_day ON report_before (received_on);

-- What the last count of a month has seen: whether a case came before it or after it.
CREATE TABLE report_counted (
    month date PRIMARY KEY,
    seen pg_snapshot NOT NULL
);

CREATE FUNCTION report_case_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO report_before (feedback_id, version, received_on, unit_id, service_id, level, kind, channel, lang, respondent_role, age_band,
        due_on, answered_on, closed_on, outcome)
    VALUES (OLD.id, OLD.version, OLD.received_on, OLD.unit_id, OLD.service_id, OLD.level, OLD.kind, OLD.channel, OLD.lang, OLD.respondent_role,
        OLD.age_band, OLD.due_on, OLD.answered_on, CASE WHEN OLD.state = 'closed' THEN OLD.closed_on END, OLD.outcome);
    RETURN NULL;
END
$$;
CREATE TRIGGER report_case_changed AFTER UPDATE ON feedback FOR EACH ROW
    WHEN (OLD.respondent_role <> 'staff' AND (OLD.unit_id, OLD.service_id, OLD.level, OLD.kind, OLD.channel, OLD.lang, OLD.age_band, OLD.due_on,
              OLD.answered_on, OLD.state = 'closed', OLD.closed_on, OLD.outcome)
          IS DISTINCT FROM (NEW.unit_id, NEW.service_id, NEW.level, NEW.kind, NEW.channel, NEW.lang, NEW.age_band, NEW.due_on,
              NEW.answered_on, NEW.state = 'closed', NEW.closed_on, NEW.outcome))
    EXECUTE FUNCTION report_case_changed();

-- cells: a unit's month is counted anew (without a unit: every unit's); cases: something came or changed in the month.
ALTER TABLE report_touched DROP CONSTRAINT report_touched_what,
    ADD CONSTRAINT report_touched_what CHECK (what IN ('cells', 'cases', 'period', 'voices'));

GRANT SELECT, DELETE ON report_before TO osallisuus_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON report_counted TO osallisuus_worker;
