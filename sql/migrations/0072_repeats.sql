-- An address that asks again for what it has is remembered in one place, whatever it asked for, and goes with the person.

ALTER TABLE registration_repeat RENAME TO person_repeat;
ALTER TABLE person_repeat RENAME COLUMN registration_id TO person_id;
DELETE FROM person_repeat t WHERE NOT EXISTS (SELECT FROM person p WHERE p.id = t.person_id);
ALTER TABLE person_repeat DROP CONSTRAINT registration_repeat_registration_exists,
    ADD CONSTRAINT person_repeat_person_exists FOREIGN KEY (person_id) REFERENCES person ON DELETE CASCADE,
    ALTER COLUMN came_as DROP NOT NULL, -- as what, where the answer says so
    ADD COLUMN made_on date NOT NULL DEFAULT app_today();
ALTER INDEX registration_repeat_pkey RENAME TO person_repeat_pkey;
ALTER INDEX registration_repeat_of RENAME TO person_repeat_of;

-- As before; repeats go with the person.
CREATE OR REPLACE FUNCTION registration_forget() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone uuid[] := ARRAY(SELECT o.id FROM old_person o WHERE o.resource = 'registration');
BEGIN
    IF gone <> '{}' THEN
        PERFORM lock_places(gone);
        INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
        SELECT gen_random_uuid(), 'registration', r.id, r.state, 'cancelled', 'participant', r.version + 1
        FROM registration r JOIN session s ON s.id = r.session_id
        WHERE r.id = ANY (gone) AND r.state IN ('waitlisted', 'offered', 'registered') AND s.state = 'published' AND s.starts_at > app_now();
        UPDATE registration r SET support_needs = '{}', request_hash = NULL WHERE r.id = ANY (gone);
    END IF;
    RETURN NULL;
END
$$;
