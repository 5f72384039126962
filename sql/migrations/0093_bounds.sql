-- Days and moments that nobody means: the year 9999, a session of a hundred years.

INSERT INTO rule (name, value, least, most, help) VALUES
    ('planning_days', 3653, 366, 36525, 'Days ahead at most that a day or moment may lie which is planned: of panels, sessions, rounds, votes, decisions, changes.'),
    ('session_most_hours', 336, 1, 8784, 'Hours that a session lasts at most.');

CREATE FUNCTION date_is_near(moment timestamptz) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT moment BETWEEN '1900-01-01' AND app_now() + make_interval(days => rule_value('planning_days'))
$$;

-- Of these columns those that are set anew lie near; the first one that does not is named, and so has its place in a body.
CREATE FUNCTION dates_are_near() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    row_now CONSTANT jsonb := to_jsonb(NEW);
    row_before CONSTANT jsonb := CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(OLD) ELSE '{}' END;
    far_one text;
BEGIN
    SELECT c.name INTO far_one FROM unnest(TG_ARGV) WITH ORDINALITY c (name, place)
    WHERE row_now ->> c.name IS DISTINCT FROM row_before ->> c.name AND NOT date_is_near((row_now ->> c.name)::timestamptz)
    ORDER BY c.place LIMIT 1;
    IF far_one IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'date_is_near', COLUMN = far_one, MESSAGE = 'date_is_near';
    END IF;
    RETURN NEW;
END
$$;

DO $$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT * FROM (VALUES
        ('panel', '{starts_on,ends_on,recruits_until}'::text[]), ('member', '{until_on}'), ('session', '{starts_at,ends_at}'), ('session_series', '{first_on}'),
        ('survey_round', '{opens_at,closes_at,remind_at}'), ('vote', '{closes_at}'), ('statement', '{due_on,decision_on}'), ('decision', '{decides_on}'),
        ('consultation', '{opens_on,due_on}'), ('trial', '{starts_on,ends_on}'), ('task', '{due_on}'), ('change', '{planned_for}')) x (name, columns)
    LOOP
        EXECUTE format('CREATE TRIGGER dates_are_near BEFORE INSERT OR UPDATE OF %s ON %I FOR EACH ROW EXECUTE FUNCTION dates_are_near(%s)',
            array_to_string(t.columns, ', '), t.name, (SELECT string_agg(quote_literal(c), ', ') FROM unnest(t.columns) c));
    END LOOP;
END
$$;

-- The last word on a rule that the trigger's condition finds broken; its argument is the name.
CREATE FUNCTION breaks_rule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = TG_ARGV[0], MESSAGE = TG_ARGV[0];
END
$$;

CREATE FUNCTION session_lasts_within_rule(starts_at timestamptz, ends_at timestamptz) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT ends_at <= starts_at + make_interval(hours => rule_value('session_most_hours'))
$$;
CREATE TRIGGER session_lasts_within_rule BEFORE INSERT OR UPDATE OF starts_at, ends_at ON session FOR EACH ROW
    WHEN (NOT session_lasts_within_rule(NEW.starts_at, NEW.ends_at)) EXECUTE FUNCTION breaks_rule('session_lasts_within_rule');

-- A panel at work whose first day has come does not begin once more. The day can be corrected, to another one that has come.
CREATE FUNCTION panel_begins_again(state text, began_on date, starts_on date) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT state IN ('active', 'paused') AND began_on <= app_today() AND starts_on > app_today()
$$;
CREATE TRIGGER panel_has_begun BEFORE UPDATE OF starts_on ON panel FOR EACH ROW
    WHEN (panel_begins_again(OLD.state, OLD.starts_on, NEW.starts_on)) EXECUTE FUNCTION breaks_rule('panel_has_begun');
