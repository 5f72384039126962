-- A class of the purge is a row of `retention` and two functions that bear its name; those that were there before have theirs inside.
--   retention_due_<class>(last_day date, most integer) RETURNS SETOF text     keys of what is over its days
--   retention_purge_<class>(keys text[], last_day date) RETURNS integer       takes it away; how much it was

ALTER FUNCTION retention_due(text, date, integer) RENAME TO retention_due_inside;
ALTER FUNCTION retention_purge(text, integer) RENAME TO retention_purge_inside;

CREATE FUNCTION retention_due(of_class text, last_day date, most integer) RETURNS SETOF text LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF to_regprocedure(format('retention_due_%s(date, integer)', of_class)) IS NULL THEN
        RETURN QUERY SELECT retention_due_inside(of_class, last_day, most);
    ELSE
        RETURN QUERY EXECUTE format('SELECT retention_due_%s($1, $2)', of_class) USING last_day, most;
    END IF;
END
$$;

CREATE FUNCTION retention_purge(of_class text, most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    last_day date := app_today() - (SELECT r.days FROM retention r WHERE r.class = of_class);
    keys text[];
    purged integer := 0;
BEGIN
    IF to_regprocedure(format('retention_due_%s(date, integer)', of_class)) IS NULL THEN
        RETURN retention_purge_inside(of_class, most);
    END IF;
    keys := ARRAY(SELECT retention_due(of_class, last_day, most));
    IF cardinality(keys) > 0 THEN
        EXECUTE format('SELECT retention_purge_%s($1, $2)', of_class) INTO purged USING keys, last_day;
    END IF;
    INSERT INTO audit (actor, action, resource, code) SELECT acting_kind(), 'retention.purged', 'retention', of_class || '=' || purged WHERE purged > 0;
    RETURN purged;
END
$$;

-- As before, and an address that a person has is known.
CREATE FUNCTION retention_due_addresses(last_day date, most integer) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT encode(a.address_hash, 'hex')
    FROM (SELECT o.address_hash FROM opt_out o WHERE o.made_on <= last_day
          UNION SELECT d.address_hash FROM dead_address d WHERE d.found_on <= last_day) a
    WHERE NOT address_is_known(a.address_hash)
    LIMIT most
$$;

CREATE FUNCTION retention_purge_addresses(keys text[], last_day date) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM opt_out o USING unnest(keys) d (hash) WHERE o.address_hash = decode(d.hash, 'hex') AND o.made_on <= last_day;
    DELETE FROM dead_address a USING unnest(keys) d (hash) WHERE a.address_hash = decode(d.hash, 'hex') AND a.found_on <= last_day;
    RETURN cardinality(keys);
END
$$;

-- People whose part has ended, once no mail to them waits.
CREATE FUNCTION retention_due_people(last_day date, most integer) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT p.id::text
    FROM person p
    WHERE p.ended_on <= last_day AND NOT EXISTS (SELECT FROM mail m WHERE m.person_id = p.id AND m.state = 'queued')
    ORDER BY p.ended_on, p.id
    LIMIT most
$$;

CREATE FUNCTION retention_purge_people(keys text[], last_day date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    purged integer;
BEGIN
    DELETE FROM person p WHERE p.id = ANY (keys::uuid[]) AND p.ended_on <= last_day;
    GET DIAGNOSTICS purged = ROW_COUNT;
    RETURN purged;
END
$$;

INSERT INTO retention (class, place, days, least, most, what, kept, ground)
SELECT 'people', (SELECT max(r.place) + 1 FROM retention r), 60, 31, 3650,
    jsonb_build_object(
        'fi', 'Osallistujien yhteystiedot ja henkilökohtaiset linkit: osallistumisen päättymisestä.',
        'sv', 'Deltagarnas kontaktuppgifter och personliga länkar: från det att deltagandet upphörde.',
        'en', 'Contact data and personal links of participants: from the end of their part.'),
    jsonb_build_object(
        'fi', 'Tieto osallistumisesta ilman nimeä ja yhteystietoja.',
        'sv', 'Uppgiften om deltagandet utan namn och kontaktuppgifter.',
        'en', 'That somebody took part, without name or contact data.'),
    r.ground
FROM retention r WHERE r.class = 'contact';

REVOKE ALL ON FUNCTION retention_due(text, date, integer), retention_purge(text, integer), retention_due_addresses(date, integer),
    retention_purge_addresses(text[], date), retention_due_people(date, integer), retention_purge_people(text[], date) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION retention_purge_inside(text, integer) FROM osallisuus_worker;
GRANT EXECUTE ON FUNCTION retention_purge(text, integer) TO osallisuus_worker;
