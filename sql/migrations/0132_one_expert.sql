-- One person is one expert in the county, an agreement does not end before what was agreed under it, and what either side writes of a
-- booking, a claim or an expert is masked as other words are.

-- ---- one row for one address ----
-- Whose this address is among the experts; whoever asks at the same time waits. NULL: nobody's.
CREATE FUNCTION expert_known(hash bytea, but uuid) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('expert:' || encode(hash, 'hex'), 0)) WHERE hash IS NOT NULL;
    RETURN (SELECT p.id FROM person p WHERE p.address_hash = hash AND p.resource = 'expert' AND p.ended_on IS NULL AND p.id <> but);
END
$$;
REVOKE ALL ON FUNCTION expert_known(bytea, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION expert_known(bytea, uuid) TO osallisuus_api;
CREATE UNIQUE INDEX expert_is_known ON person (address_hash) WHERE resource = 'expert' AND ended_on IS NULL;

-- An address that applies again while it is an expert's, of whichever unit, gets its link once more. No row: it does not.
CREATE OR REPLACE FUNCTION expert_again(new_id uuid, of_call uuid, hash bytea, request bytea, may_apply boolean)
RETURNS TABLE (made_on date, request_hash bytea, is_replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    earlier uuid := CASE WHEN may_apply THEN expert_known(hash, new_id) END;
BEGIN
    IF EXISTS (SELECT FROM expert e WHERE e.id = new_id) OR EXISTS (SELECT FROM person_repeat t WHERE t.id = new_id) THEN
        earlier := NULL;
    END IF;
    IF earlier IS NOT NULL THEN
        INSERT INTO person_repeat (id, person_id, request_hash) VALUES (new_id, earlier, request);
        PERFORM mail_person(ARRAY[earlier], 'person_link', 'again:' || app_today());
    END IF;
    RETURN QUERY SELECT t.made_on, t.request_hash, earlier IS NULL FROM person_repeat t JOIN expert e ON e.id = t.person_id WHERE t.id = new_id;
END
$$;

-- ---- the agreement ----
-- Confirmed bookings to come that the agreement covered, and would cover no more. NULL: none.
CREATE FUNCTION expert_uncovered(was expert, e expert) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_agg(jsonb_build_object('id', b.id, 'starts_at', utc_text(b.starts_at), 'ends_at', utc_text(b.ends_at)) ORDER BY b.starts_at, b.id)
    FROM booking b
    WHERE b.expert_id = e.id AND b.state = 'confirmed' AND b.ends_at > app_now()
        AND expert_is_under_agreement(was, b.starts_at, b.ends_at) AND NOT expert_is_under_agreement(e, b.starts_at, b.ends_at)
$$;

-- As before (0103), and what was agreed is not left without an agreement.
CREATE OR REPLACE FUNCTION expert_patched(old expert, body jsonb, if_match bigint, OUT card expert_card, OUT problem text, OUT pointer text) LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    wish CONSTANT expert := jsonb_populate_record(old, body);
BEGIN
    IF old.version <> if_match THEN
        problem := 'stale_version';
        RETURN;
    END IF;
    SELECT f.problem, f.pointer INTO problem, pointer FROM expert_fault(wish, body) f;
    IF problem IS NULL AND (wish.agreement_from, wish.agreement_until) IS DISTINCT FROM (old.agreement_from, old.agreement_until)
        AND expert_uncovered(old, wish) IS NOT NULL THEN
        problem := 'agreement_covers_bookings';
        pointer := CASE WHEN wish.agreement_until IS DISTINCT FROM old.agreement_until THEN '/agreement_until' ELSE '/agreement_from' END;
    END IF;
    IF problem IS NOT NULL THEN
        RETURN;
    END IF;
    UPDATE expert e
    SET is_remote = wish.is_remote, training = wish.training, trained_on = wish.trained_on, agreement_from = wish.agreement_from,
        agreement_until = wish.agreement_until, week_hours = wish.week_hours, notice_hours = wish.notice_hours,
        travel_minutes = wish.travel_minutes, shown = wish.shown
    WHERE e.id = old.id;
    UPDATE expert_words w SET name = x.name, title = x.title, story = x.story, not_today = x.not_today
    FROM jsonb_populate_record((SELECT o FROM expert_words o WHERE o.expert_id = old.id), body) x
    WHERE w.expert_id = old.id;
    PERFORM expert_lists_keep(old.id, body);
    SELECT c.* INTO card FROM expert_card c WHERE c.id = old.id;
END
$$;

-- ---- words ----
CREATE OR REPLACE FUNCTION expert_words_masked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.name := coalesce(left(masked_text(NEW.name, 'fi'), 200), NEW.name);
    NEW.title := coalesce(masked_text(NEW.title, 'fi'), NEW.title);
    NEW.story := coalesce(masked_text(NEW.story, 'fi'), NEW.story);
    NEW.not_today := coalesce(masked_text(NEW.not_today, 'fi'), NEW.not_today);
    RETURN NEW;
END
$$;

CREATE FUNCTION expert_training_masked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.training := coalesce(left(masked_text(NEW.training, 'fi'), 1000), NEW.training);
    RETURN NEW;
END
$$;
CREATE TRIGGER expert_training_masked BEFORE INSERT OR UPDATE OF training ON expert FOR EACH ROW EXECUTE FUNCTION expert_training_masked();

-- Both sides read why a booking was cancelled, and mails, calendars and reports may carry it.
CREATE FUNCTION step_reason_masked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.reason := coalesce(masked_text(NEW.reason, 'fi'), NEW.reason);
    RETURN NEW;
END
$$;
CREATE TRIGGER step_reason_masked BEFORE INSERT ON step FOR EACH ROW
    WHEN (NEW.reason IS NOT NULL AND NEW.resource IN ('booking', 'claim', 'expert', 'offer')) EXECUTE FUNCTION step_reason_masked();
