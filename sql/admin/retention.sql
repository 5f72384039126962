-- osallisuus-admin retention: how long what is kept, and what doctor asks of it.

-- name: retention_list
-- columns: class, days, least, most, what
SELECT r.class, r.days, r.least, r.most, r.what ->> 'en' AS what FROM retention r ORDER BY r.place;

-- name: retention_set
-- columns: fits, least, most
-- No row: there is no such class.
WITH asked AS (
    SELECT r.class, r.least, r.most, :days::integer BETWEEN r.least AND r.most AS fits FROM retention r WHERE r.class = :class::text
), changed AS (
    UPDATE retention r SET days = :days::integer FROM asked a WHERE r.class = a.class AND a.fits
)
SELECT a.fits, a.least, a.most FROM asked a;

-- name: doctor_retention
-- columns: classes
-- Classes of which something should have been purged more than two days ago.
SELECT string_agg(r.class, ', ' ORDER BY r.place) AS classes
FROM retention r
WHERE EXISTS (SELECT FROM retention_due(r.class, app_today() - r.days - 3, 1));
