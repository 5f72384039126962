-- Statutory ways that feedback must not replace.

-- name: remedy_list
-- lane: read
-- cursor: place int
-- units: the catalogue is for everyone
SELECT r.place, r.code, r.name, r.text, r.legal_source, r.link, r.answer_within, r.answer_at_most
FROM remedy r
WHERE r.place > coalesce(:after_place::int, 0)
ORDER BY r.place
LIMIT :limit_and_one::int;
