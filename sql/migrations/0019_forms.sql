-- The feedback form of a unit: a page for everyone, behind a short address that fits on a poster.

-- Eight characters without vowels, 0 and 1: nothing to mistake for another, and no words. It is public, so it need not be hard to guess.
CREATE FUNCTION new_form_code() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg(substr('23456789bcdfghjkmnpqrstvwxz', 1 + floor(random() * 27)::int, 1), '') FROM generate_series(1, 8)
$$;

ALTER TABLE unit
    ADD COLUMN form_code text NOT NULL DEFAULT new_form_code(),
    ADD COLUMN has_form boolean NOT NULL DEFAULT true,
    ADD CONSTRAINT unit_form_code_is_unique UNIQUE (form_code),
    ADD CONSTRAINT unit_form_code_can_be_typed CHECK (form_code ~ '^[2-9bcdfghjkmnp-tv-xz]{8}$');

-- The unit whose form has this address, as somebody typed it; none when the form or the unit is closed.
CREATE FUNCTION open_form(code text) RETURNS TABLE (id uuid, name jsonb, form_code text) LANGUAGE sql STABLE AS $$
    SELECT u.id, u.name, u.form_code FROM unit u WHERE u.form_code = lower(code) AND u.has_form AND is_open(u.closed_on)
$$;

GRANT UPDATE (has_form) ON unit TO osallisuus_api;
