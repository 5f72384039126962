-- The page of whoever holds a personal link, made of parts: a resource adds its own by a row here and the function
-- personal_<part>(person_id uuid, tag text) RETURNS jsonb (NULL: nothing to show), which openapi/README.md describes.
CREATE TABLE personal_part (
    part text PRIMARY KEY,
    resource text CONSTRAINT personal_part_resource_is_known REFERENCES moving_resource, -- NULL: for everybody
    place integer NOT NULL -- on the page; of the same place by name
);

CREATE FUNCTION personal_page(row_id uuid, tag text) RETURNS jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    part_name text;
    found jsonb;
    parts jsonb := '[]';
BEGIN
    FOR part_name IN
        SELECT x.part FROM personal_part x JOIN person p ON p.id = row_id
        WHERE x.resource IS NULL OR x.resource = p.resource ORDER BY x.place, x.part
    LOOP
        EXECUTE format('SELECT personal_%s($1, $2)', part_name) INTO found USING row_id, tag;
        parts := parts || coalesce(found, '[]'); -- a part, or several
    END LOOP;
    RETURN jsonb_build_object('parts', parts);
END
$$;

-- A text by name, with what stands in its places.
CREATE FUNCTION personal_text(name text, places jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT places || jsonb_build_object('$text', name)
$$;

-- A moment as people read it here.
CREATE FUNCTION page_time(moment timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT to_char(moment AT TIME ZONE 'Europe/Helsinki', 'FMDD.FMMM.YYYY FMHH24.MI')
$$;

-- For everybody: whether to hear news, and the way out.
CREATE FUNCTION personal_settings(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('settings_title'),
        'texts', CASE WHEN p.has_address THEN jsonb_build_array(personal_text(CASE WHEN p.wants_news THEN 'news_on' ELSE 'news_off' END)) ELSE '[]' END,
        'acts', CASE WHEN p.has_address THEN jsonb_build_array(jsonb_build_object('operation', 'personal_patch', 'quiet', true,
                'values', jsonb_build_object('wants_news', NOT p.wants_news),
                'button', personal_text(CASE WHEN p.wants_news THEN 'news_stop' ELSE 'news_start' END))) ELSE '[]' END
            || jsonb_build_array(jsonb_build_object('operation', 'personal_erase', 'quiet', true, 'folded', personal_text('erase_title'),
                'texts', jsonb_build_array(personal_text('erase_goes'), personal_text('erase_stays')), 'button', personal_text('erase_button'))))
    FROM person p WHERE p.id = person_id
$$;

INSERT INTO personal_part (part, place) VALUES ('settings', 1000);

REVOKE ALL ON FUNCTION personal_page(uuid, text), personal_settings(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION personal_page(uuid, text) TO osallisuus_api;
