-- Who withdraws a voice takes back also what they would have needed to understand the answer: it may tell of their health.
CREATE FUNCTION feedback_forget_needs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.support_needs := '{}';
    RETURN NEW;
END
$$;
CREATE TRIGGER feedback_withdrawn_needs BEFORE UPDATE ON feedback FOR EACH ROW
    WHEN (NEW.state = 'withdrawn' AND NEW.support_needs <> '{}') EXECUTE FUNCTION feedback_forget_needs();

UPDATE feedback SET support_needs = '{}' WHERE state = 'withdrawn' AND support_needs <> '{}';
