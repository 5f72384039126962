-- The way to the feedback form of a unit, to be printed.

-- name: form_qr
-- lane: read
-- units: the form is open to everyone, and shows the unit's name alone
SELECT f.form_code, text_in(f.name, ARRAY[:lang::text, 'fi']) AS name FROM open_form(:form::text) f;

-- name: form_poster
-- lane: read
-- units: the form is open to everyone, and shows the unit's name alone
SELECT f.form_code, text_in(f.name, ARRAY[:lang::text, 'fi']) AS name, f.name ->> 'fi' AS name_fi, f.name ->> 'sv' AS name_sv,
       f.name ->> 'en' AS name_en
FROM open_form(:form::text) f;
