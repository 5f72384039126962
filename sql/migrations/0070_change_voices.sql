-- Whoever a change came of, in pages: givers by their cases, and members and participants by what they brought, what their panel said
-- or voted on, and where they came. One stream for all of them, so that each hears once, and no statement ever tells all.

ALTER TABLE change_source
    ADD COLUMN statement_id uuid CONSTRAINT change_source_statement_exists REFERENCES statement,
    ADD COLUMN vote_id uuid CONSTRAINT change_source_vote_exists REFERENCES vote,
    ADD COLUMN session_id uuid CONSTRAINT change_source_session_exists REFERENCES session,
    ADD COLUMN source_id uuid GENERATED ALWAYS AS (coalesce(feedback_id, input_id, statement_id, vote_id, session_id)) STORED,
    DROP CONSTRAINT change_source_kind,
    ADD CONSTRAINT change_source_kind CHECK (kind IN ('feedback', 'input', 'idea', 'statement', 'vote', 'session', 'observation', 'indicator')),
    DROP CONSTRAINT change_source_names_one,
    ADD CONSTRAINT change_source_names_one CHECK (num_nonnulls(feedback_id, input_id, statement_id, vote_id, session_id, reference) = 1
        AND (kind = 'feedback') = (feedback_id IS NOT NULL) AND (kind = 'statement') = (statement_id IS NOT NULL)
        AND (kind = 'vote') = (vote_id IS NOT NULL) AND (kind = 'session') = (session_id IS NOT NULL)
        AND (input_id IS NULL OR kind IN ('input', 'idea'))),
    DROP CONSTRAINT change_source_once, DROP CONSTRAINT change_source_input_once;
ALTER TABLE change_source ADD CONSTRAINT change_source_once UNIQUE (change_id, source_id);
DROP INDEX change_source_of_input;
CREATE INDEX change_source_of_people ON change_source (source_id) WHERE feedback_id IS NULL AND source_id IS NOT NULL;

-- Who is behind a source that is no case: whoever brought it; who was a member when the panel adopted it or voted, for how each
-- voted is secret, and whether; who came.
CREATE VIEW source_person AS
SELECT i.id AS source_id, i.person_id FROM input i WHERE i.person_id IS NOT NULL AND i.state <> 'withdrawn'
UNION ALL
SELECT s.id, m.id FROM statement s JOIN member m ON m.panel_id = s.panel_id
    AND m.from_on <= s.adopted_on AND (m.until_on IS NULL OR m.until_on >= s.adopted_on)
UNION ALL
SELECT v.id, m.id FROM vote v JOIN member m ON m.panel_id = v.panel_id
    AND day_start(m.from_on) <= v.closes_at AND (m.until_on IS NULL OR m.until_on >= v.opened_on)
WHERE v.state = 'closed'
UNION ALL
SELECT a.session_id, a.member_id FROM attendance a WHERE a.attended
UNION ALL
SELECT r.session_id, r.id FROM registration r JOIN session x ON x.id = r.session_id
WHERE r.state = 'attended' OR r.state = 'registered' AND x.state IN ('held', 'minutes_published', 'closed');

-- The next so many behind a place in the sources of a change, by source and person. Every source has a row, also without anybody
-- (neither feedback nor person), so that so many sources are always enough.
CREATE FUNCTION change_voices(wanted_change uuid, after_source uuid, after_person uuid, most integer)
    RETURNS TABLE (source_id uuid, feedback_id uuid, person_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH place AS (
        SELECT coalesce(after_source, '00000000-0000-0000-0000-000000000000') AS source, coalesce(after_person, '00000000-0000-0000-0000-000000000000') AS person
    ), source AS MATERIALIZED (
        SELECT s.source_id, s.feedback_id
        FROM change_source s
        WHERE s.change_id = wanted_change AND s.source_id >= (SELECT p.source FROM place p)
        ORDER BY s.source_id
        LIMIT most + 1 -- the first may be told already
    )
    SELECT s.source_id, s.feedback_id, w.id
    FROM source s
    CROSS JOIN place p
    LEFT JOIN LATERAL (
        SELECT x.id
        FROM source_person v JOIN person x ON x.id = v.person_id
        WHERE s.feedback_id IS NULL AND v.source_id = s.source_id
    ) w ON true
    WHERE (s.source_id, coalesce(w.id, '00000000-0000-0000-0000-000000000000')) > (p.source, p.person)
    ORDER BY s.source_id, w.id
    LIMIT most
$$;

-- Who spoke for a change in these of its cases, or followed one of them, and which of these people, each once: by address where
-- there is one, else by case or person. An address stands for that case or person of the change with which most is wanted: wish is
-- 'news' or 'follow_up', and by_mail whether the wish was made and there is a way to write. Who takes part wants both or neither.
DROP FUNCTION change_contributors(uuid, uuid[], text);
DROP FUNCTION change_people(uuid);
CREATE FUNCTION change_contributors(wanted_change uuid, cases uuid[], people uuid[], wish text)
    RETURNS TABLE (contributor bytea, feedback_id uuid, person_id uuid, by_mail boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH voice AS MATERIALIZED (
        SELECT f.id AS feedback_id, NULL::uuid AS person_id, c.address_hash
        FROM unnest(cases) AS s (id)
        CROSS JOIN LATERAL (
            SELECT s.id
            UNION ALL
            SELECT x.id FROM feedback x WHERE x.duplicate_of = s.id
        ) v
        JOIN feedback f ON f.id = v.id
        LEFT JOIN contact c ON c.feedback_id = f.id
        WHERE f.state NOT IN ('removed', 'withdrawn')
        UNION ALL
        SELECT NULL, p.id, p.address_hash FROM person p WHERE p.id = ANY (people)
    )
    SELECT uuid_send(coalesce(v.feedback_id, v.person_id)), v.feedback_id, v.person_id, false FROM voice v WHERE v.address_hash IS NULL
    UNION ALL
    SELECT a.address_hash, best.feedback_id, best.person_id, best.wants
    FROM (SELECT DISTINCT v.address_hash FROM voice v WHERE v.address_hash IS NOT NULL) a
    CROSS JOIN LATERAL (
        SELECT c.feedback_id, NULL::uuid AS person_id, CASE wish WHEN 'news' THEN c.wants_news WHEN 'follow_up' THEN c.wants_follow_up END AS wants
        FROM contact c
        JOIN feedback f ON f.id = c.feedback_id
        WHERE c.address_hash = a.address_hash AND f.state NOT IN ('removed', 'withdrawn') AND EXISTS (
            -- One look into the index, also before the tables' statistics are there.
            SELECT FROM change_source s
            WHERE s.change_id = wanted_change AND s.source_id = ANY (ARRAY[f.id, f.duplicate_of])
            OFFSET 0)
        UNION ALL
        SELECT NULL, p.id, p.wants_news
        FROM person p
        WHERE p.address_hash = a.address_hash AND EXISTS (
            SELECT FROM source_person v JOIN change_source s ON s.change_id = wanted_change AND s.source_id = v.source_id
            WHERE v.person_id = p.id
            OFFSET 0)
        ORDER BY 3 DESC, 1, 2
        LIMIT 1
    ) best
$$;

-- The changes that came of what somebody with a personal link did.
CREATE FUNCTION person_changes(person uuid) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT s.change_id
    FROM source_person v JOIN change_source s ON s.source_id = v.source_id AND s.feedback_id IS NULL
    WHERE v.person_id = person
$$;

-- As before; who is still to be told or asked of a change by mail stays until that is over, as givers do.
CREATE OR REPLACE FUNCTION retention_due_people(last_day date, most integer) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT p.id::text
    FROM person p
    WHERE p.ended_on <= last_day AND NOT EXISTS (SELECT FROM mail m WHERE m.person_id = p.id AND m.state = 'queued')
        AND NOT (p.has_address AND p.wants_news AND EXISTS (
            SELECT FROM person_changes(p.id) x JOIN change h ON h.id = x AND NOT change_is_over(h, last_day)))
    ORDER BY p.ended_on, p.id
    LIMIT most
$$;
UPDATE retention SET what = jsonb_build_object(
    'fi', 'Osallistujien yhteystiedot ja henkilökohtaiset linkit: osallistumisen päättymisestä, kun osallistujalle ei enää kerrota muutoksesta eikä häneltä kysytä mitään.',
    'sv', 'Deltagarnas kontaktuppgifter och personliga länkar: från det att deltagandet upphörde, när deltagaren inte längre får veta om en ändring eller får frågor.',
    'en', 'Contact data and personal links of participants: from the end of their part, once they are told of no change and asked nothing any more.')
WHERE class = 'people';

REVOKE ALL ON FUNCTION change_voices(uuid, uuid, uuid, integer), change_contributors(uuid, uuid[], uuid[], text), person_changes(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION change_voices(uuid, uuid, uuid, integer), change_contributors(uuid, uuid[], uuid[], text) TO osallisuus_worker;
GRANT EXECUTE ON FUNCTION person_changes(uuid) TO osallisuus_api;
