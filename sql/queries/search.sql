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
