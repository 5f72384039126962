-- How long what is kept.

-- name: retention_list
-- lane: read
-- cursor: place int
-- units: the catalogue is for everyone
SELECT r.place, r.class, r.days, r.least, r.most, r.what, r.kept, r.ground
FROM retention r
WHERE r.place > coalesce(:after_place::int, 0)
ORDER BY r.place
LIMIT :limit_and_one::int;
