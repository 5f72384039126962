-- name: feedback_search
-- lane: search
-- cursor: rank int, received_on date, id uuid
-- A unit's mark may be a second older than its case; what the caller sees is decided by the case itself.
SELECT f.id, f.unit_id, f.service_id, f.level, f.kind, f.channel, f.lang, f.respondent_role, f.age_band, f.state, f.outcome,
       f.severity, f.handler_ref, f.wants_answer, f.received_on, f.due_on, f.answered_on, f.closed_on, f.is_overdue, f.text, f.is_masked,
       f.on_behalf_of, f.support_needs, f.remedy, f.remedies,
       CASE WHEN f.duplicate_of IS NOT NULL THEN visible_case(f.duplicate_of, :caller_units::text) END AS duplicate_of,
       p.rank, search_snippet(p.id, (SELECT asked_queries(:text_words::jsonb, true))) AS snippet,
       CASE WHEN p.rank IS NULL THEN 'newest' ELSE 'rank' END AS _page_order, p.matches AS _page_matches
FROM search_cases(:text_words::jsonb,
    search_filter(:unit_id::uuid, :service_id::uuid, :kind::text[], :state::text[], :overdue::boolean, :caller_units::text),
    :state::text[], :overdue::boolean, :received_from::date, :received_to::date,
    ROW(:after_rank::int, :after_received_on::date, :after_id::uuid)::search_hit, :limit_and_one::int) p
CROSS JOIN LATERAL (
    SELECT x.* FROM feedback_item x WHERE x.id = p.id AND unit_is_visible(x.unit_path, :caller_units::text) OFFSET 0
) f
ORDER BY p.place;

-- name: change_similar
-- lane: search
-- cursor: rank int, received_on date, id uuid
-- What people wrote is shown to who may read it.
WITH found AS MATERIALIZED (
    SELECT c.id FROM change c JOIN unit u ON u.id = c.unit_id
    WHERE c.id = :id::uuid AND unit_is_visible(u.path, :caller_units::text)
)
SELECT v.id, v.unit_id, v.service_id, v.kind, v.channel, v.lang, v.state, v.received_on, p.rank,
    CASE WHEN r.reads THEN v.text END AS text, v.is_masked,
    CASE WHEN r.reads THEN search_snippet(p.id, p.words) ELSE '[]' END AS snippet,
    CASE WHEN f.id IS NULL THEN 'not_found' END AS _problem
FROM (SELECT 'feedback:read' = ANY (:caller_scopes::text[]) AS reads) r
LEFT JOIN found f ON true
LEFT JOIN LATERAL similar_cases(f.id, :text_words::jsonb,
    search_filter(:unit_id::uuid, NULL, NULL, NULL, NULL, :caller_units::text),
    ROW(:after_rank::int, :after_received_on::date, :after_id::uuid)::search_hit, :limit_and_one::int) p ON true
LEFT JOIN LATERAL (
    SELECT x.* FROM feedback_item x WHERE x.id = p.id AND unit_is_visible(x.unit_path, :caller_units::text) OFFSET 0
) v ON true
WHERE f.id IS NULL OR v.id IS NOT NULL
ORDER BY p.place;
