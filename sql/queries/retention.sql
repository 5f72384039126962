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

-- name: privacy_page
-- lane: read
-- units: the catalogue is for everyone
-- A number of days that is whole years, leap days or not, is told in years.
SELECT jsonb_agg(jsonb_build_object('what', coalesce(r.what ->> :lang::text, r.what ->> 'fi'), 'stays', coalesce(r.kept ->> :lang::text, r.kept ->> 'fi'),
    'one_year', y.years = 1, 'years', CASE WHEN y.years > 1 THEN y.years::text END, 'days', CASE WHEN y.years IS NULL THEN r.days::text END) ORDER BY r.place) AS kept
FROM retention r
CROSS JOIN LATERAL (SELECT round(r.days / 365.25)::integer AS near) n
CROSS JOIN LATERAL (SELECT CASE WHEN n.near > 0 AND r.days IN (n.near * 365, floor(n.near * 365.25), ceil(n.near * 365.25)) THEN n.near END AS years) y;
