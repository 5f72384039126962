-- What a mail tells of what it is about: times and words that anybody may read, in the mail's language.

-- By name: a text or a truth, a list of two moments (from, until), or a text by language. No topic and no word of a person.
ALTER TABLE mail ADD COLUMN places jsonb CONSTRAINT mail_places_are_named CHECK (jsonb_typeof(places) = 'object');

CREATE FUNCTION mail_places(places jsonb, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_object_agg(p.name, CASE jsonb_typeof(p.value)
        WHEN 'array' THEN to_jsonb(page_span((p.value ->> 0)::timestamptz, (p.value ->> 1)::timestamptz, tag))
        WHEN 'object' THEN to_jsonb(text_in(p.value, ARRAY[tag, 'fi'])) ELSE p.value END)
    FROM jsonb_each(places) p (name, value)
$$;

CREATE FUNCTION mail_person_with(ids uuid[], template_name text, why text, counts boolean, places jsonb) RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    INSERT INTO mail (template, person_id, capped, unique_key, places)
    SELECT template_name, p.id, counts, template_name || ':' || p.id || ':' || coalesce(why, pg_current_xact_id()::text), places
    FROM person p
    WHERE p.id = ANY (ids) AND p.has_address
    ORDER BY p.id
    ON CONFLICT (unique_key) DO NOTHING
$$;

CREATE OR REPLACE FUNCTION mail_person(ids uuid[], template_name text, why text, counts boolean DEFAULT false) RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    SELECT mail_person_with(ids, template_name, why, counts, NULL)
$$;

-- Which session, by its kind and its time, and not by its title: from and until, now and before; of several that go together, the first and the last.
CREATE FUNCTION session_told_of(of_kind text, now_is timestamptz[], before timestamptz[], last_one timestamptz[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_object_agg('is_' || k.kind, k.kind = of_kind)
        || jsonb_build_object('is', now_is, 'was', nullif(before, now_is), 'last', nullif(last_one, now_is))
    FROM unnest(ARRAY['meeting', 'workshop', 'evening', 'hearing']) k (kind)
$$;

-- As before, and which session and when.
CREATE OR REPLACE FUNCTION session_told() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM mail_person_with(array_agg(DISTINCT p.id), t.template, min(t.id::text) || ':' || min(t.sequence), false,
        session_told_of(min(t.kind), min(t.now_is), min(t.before), max(t.now_is)))
    FROM (SELECT n.id, n.sequence, coalesce(n.series_id, n.id) AS occasion, n.kind, ARRAY[n.starts_at, n.ends_at] AS now_is, ARRAY[o.starts_at, o.ends_at] AS before,
              CASE WHEN n.state = 'cancelled' THEN 'session_cancelled' WHEN o.state = 'draft' THEN 'session_published' ELSE 'session_moved' END AS template
          FROM new_session n JOIN old_session o USING (id)
          WHERE n.state = 'published' AND (o.state = 'draft' OR n.sequence > o.sequence) OR n.state = 'cancelled' AND o.state = 'published') t
    CROSS JOIN LATERAL unnest(session_people(t.id, '{waitlisted,offered,registered}')) p (id)
    GROUP BY t.occasion, t.template;
    PERFORM session_jobs(array_agg(n.id))
    FROM new_session n JOIN old_session o USING (id)
    WHERE (n.state, n.starts_at, n.ends_at) IS DISTINCT FROM (o.state, o.starts_at, o.ends_at) HAVING count(*) > 0;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION mail_person_with(uuid[], text, text, boolean, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mail_person_with(uuid[], text, text, boolean, jsonb) TO osallisuus_worker;
