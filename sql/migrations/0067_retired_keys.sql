-- Survey links under a retired contact key are refused again: 0060 had made the function without that line.

CREATE OR REPLACE FUNCTION survey_link_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM contact_key_is_not_retired(array_agg(DISTINCT key_id)) FROM new_link HAVING count(key_id) > 0;
    PERFORM survey_round_jobs(array_agg(DISTINCT round_id)) FROM new_link WHERE has_address OR person_id IS NOT NULL HAVING count(*) > 0;
    RETURN NULL;
END
$$;
