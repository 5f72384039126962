-- Days of experts that nobody means are refused as those of panels are.
CREATE TRIGGER dates_are_near BEFORE INSERT OR UPDATE OF trained_on, agreement_from, agreement_until ON expert FOR EACH ROW
    EXECUTE FUNCTION dates_are_near('trained_on', 'agreement_from', 'agreement_until');
CREATE TRIGGER dates_are_near BEFORE INSERT ON availability FOR EACH ROW EXECUTE FUNCTION dates_are_near('first_on', 'last_on');
CREATE TRIGGER single_time_is_near BEFORE INSERT ON availability FOR EACH ROW
    WHEN (NOT (date_is_near(lower(NEW.during)) AND date_is_near(upper(NEW.during)))) EXECUTE FUNCTION breaks_rule('date_is_near');
