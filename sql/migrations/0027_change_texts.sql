-- What a change lacks: to become public, to move on, and to be read in every language.

-- The languages in which each public text is wanted. A county may change them.
CREATE TABLE wanted_language (
    tag text PRIMARY KEY,
    place integer NOT NULL,
    CONSTRAINT wanted_language_is_one_of_texts CHECK (tag IN ('fi', 'sv', 'en', 'se', 'smn', 'sms', 'fi-x-selko')),
    CONSTRAINT wanted_language_place_once UNIQUE (place)
);

INSERT INTO wanted_language (tag, place) VALUES ('fi', 1), ('sv', 2), ('en', 3), ('fi-x-selko', 4);

GRANT SELECT ON wanted_language TO osallisuus_api, osallisuus_reader;

-- [{"language": …, "texts": […]}]: the texts of a change that there are, but not in this language. They are written by people;
-- no machine makes one.
CREATE FUNCTION missing_variants(title jsonb, said jsonb, done jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('language', w.tag, 'texts', w.texts) ORDER BY w.place), '[]')
    FROM (
        SELECT l.tag, l.place, jsonb_agg(t.name ORDER BY t.place) AS texts
        FROM wanted_language l
        CROSS JOIN (VALUES (1, 'title', title), (2, 'said', said), (3, 'done', done)) AS t (place, name, variants)
        WHERE t.variants <> '{}' AND NOT t.variants ? l.tag
        GROUP BY l.tag, l.place
    ) w
$$;

-- [{"pointer": …, "code": …}]: what the constraints of this state ask for and a change has not; and what the public asks for.
CREATE FUNCTION change_lacks(c change, new_state text, is_for_public boolean) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('pointer', n.pointer, 'code', n.code) ORDER BY n.place), '[]')
    FROM (SELECT new_state NOT IN ('suggested', 'under_review', 'rejected', 'abandoned') AS is_planned,
              new_state IN ('made', 'verified', 'not_effective', 'inconclusive') AS is_made) s
    CROSS JOIN LATERAL (VALUES
        (1, '/owner_ref', 'change_planned_has_owner', c.owner_ref IS NULL AND s.is_planned),
        (2, '/planned_for', 'change_planned_has_date', c.planned_for IS NULL AND s.is_planned),
        (3, '/evidence', 'change_made_has_evidence', c.evidence IS NULL AND s.is_made),
        (4, '/said', 'change_published_has_public_text', c.said = '{}' AND is_for_public),
        (5, '/done', 'change_made_has_public_text', c.done = '{}' AND (s.is_made OR is_for_public)),
        (6, '/reason', 'reason_required', c.state_reason IS NULL AND is_for_public AND new_state IN ('rejected', 'delayed', 'abandoned'))
    ) AS n (place, pointer, code, is_missing)
    WHERE n.is_missing
$$;

-- A text that the public reads is not taken away from under it.
UPDATE change SET published_on = NULL WHERE done = '{}' AND published_on IS NOT NULL;
ALTER TABLE change ADD CONSTRAINT change_published_tells_what_was_done CHECK (published_on IS NULL OR done <> '{}');
