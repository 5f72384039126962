-- The feedback form of a unit. What is sent is written by feedback_create.

-- name: form_page
-- lane: read
-- units: the form is open to everyone, and shows the unit's name alone
SELECT f.id, text_in(f.name, l.tags) AS name, text_tag(f.name, l.tags) AS name_lang
FROM open_form(:form::text) f
CROSS JOIN (SELECT ARRAY[:lang::text, 'fi'] AS tags) l;

-- name: form_send
-- lane: read
-- units: the form is open to everyone, and shows the unit's name alone
SELECT f.id, text_in(f.name, l.tags) AS name, text_tag(f.name, l.tags) AS name_lang
FROM open_form(:form::text) f
CROSS JOIN (SELECT ARRAY[:lang::text, 'fi'] AS tags) l;
