-- What one can take part in now: panels that recruit, open sessions, open consultations, calls for experts.

-- name: opportunity_list
-- lane: read
-- units: public
-- cursor: kind text, id uuid
SELECT o.kind, o.id, o.unit_id, o.title, o.about, o.starts_at, o.ends_at, o.place, o.is_online, o.until_on, o.has_room
FROM opportunity o
JOIN unit u ON u.id = o.unit_id
WHERE (o.kind, o.id) > (coalesce(:after_kind::text, ''), coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000'))
    AND (:unit_id::uuid IS NULL OR u.path @> ARRAY[:unit_id::uuid])
    AND (:kind::text[] IS NULL OR o.kind = ANY (:kind::text[]))
ORDER BY o.kind, o.id
LIMIT :limit_and_one::int;

-- name: public_opportunities
-- lane: read
-- units: public
SELECT page_opportunities(nullif(:unit::text, '')::uuid, :lang::text) AS page;

-- name: public_opportunities_feed
-- lane: read
-- units: public
SELECT page_opportunities(nullif(:unit::text, '')::uuid, :lang::text) AS page;

-- name: open_page
-- lane: read
-- units: what is open is for everybody
SELECT open_page(:id::uuid, coalesce(nullif(:language::text, ''), :lang::text), NULL) AS page;

-- name: open_page_act
-- lane: read
-- units: what is open is for everybody
-- What was sent, or what came of it.
SELECT open_page(:id::uuid, coalesce(nullif(:language::text, ''), :lang::text), :body::jsonb) AS page;
