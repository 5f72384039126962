-- The draws of public panels, as anybody can follow them and draw again: the hash of the seed before anybody applies, the seed and the lots after it.

-- A selection without a word of who the candidates are. Lots are their random ids, in the order of the draw; a cell is its number in the quotas (0: in no
-- cell), and not what it asks for. The hash is of a text that whoever has lots and cells can write: README.md of sql/ says how. Cells of which fewer than
-- five were candidates would tell of these few; then the hash alone is public, and fits what the panel's coordinator can show.
CREATE FUNCTION draw_shown(s panel_selection, OUT cells jsonb, OUT lots jsonb, OUT document_hash text, OUT candidate_count bigint, OUT is_shown boolean)
    LANGUAGE sql STABLE AS $$
    WITH cell AS (
        SELECT c.one, c.n FROM jsonb_array_elements(s.quota) WITH ORDINALITY c (one, n)
    ), lot AS (
        SELECT l.one ->> 'id' AS id, coalesce(c.n, 0) AS cell, l.one ->> 'result' AS result, l.place
        FROM jsonb_array_elements(s.candidates) WITH ORDINALITY l (one, place)
        LEFT JOIN cell c ON c.one ->> 'name' = l.one ->> 'cell'
    )
    SELECT (SELECT coalesce(jsonb_agg(jsonb_build_object('least', c.one -> 'least', 'most', c.one -> 'most', 'seated', c.one -> 'seated') ORDER BY c.n), '[]') FROM cell c),
        (SELECT jsonb_agg(jsonb_build_object('id', l.id, 'cell', l.cell, 'result', l.result) ORDER BY l.place) FROM lot l),
        encode(sha256(convert_to(concat_ws(E'\n', s.seed, s.places || ' ' || s.reserve_most,
            (SELECT string_agg(concat_ws(' ', c.one ->> 'least', coalesce(c.one ->> 'most', '-'), c.one ->> 'seated'), E'\n' ORDER BY c.n) FROM cell c),
            (SELECT string_agg(concat_ws(' ', l.id, l.cell, l.result), E'\n' ORDER BY l.place) FROM lot l)), 'UTF8')), 'hex'),
        (SELECT count(*) FROM lot),
        NOT EXISTS (SELECT FROM lot l GROUP BY l.cell HAVING count(*) < 5)
$$;

-- Whether everybody may know of the draws of a panel.
CREATE FUNCTION panel_is_shown(p panel) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT p.is_public AND p.state <> 'draft'
$$;

-- The draws of a public panel, each with what of it is public by now; the last one is to come, while there may be one.
CREATE FUNCTION panel_draws(of_panel uuid) RETURNS TABLE (n integer, algorithm text, seed_hash text, made_on date, seed text, places integer, reserve_most integer,
    candidate_count bigint, is_shown boolean, document_hash text, cells jsonb, candidates jsonb) LANGUAGE sql STABLE AS $$
    SELECT e.n, 'sha256-1', e.seed_hash, s.made_on, s.seed, s.places, s.reserve_most, CASE WHEN d.candidate_count >= 5 THEN d.candidate_count END, d.is_shown,
        d.document_hash, CASE WHEN d.is_shown THEN d.cells END, CASE WHEN d.is_shown THEN d.lots END
    FROM panel p
    JOIN panel_seed e ON e.panel_id = p.id
    LEFT JOIN panel_selection s ON s.panel_id = e.panel_id AND s.n = e.n
    LEFT JOIN LATERAL draw_shown(s) d ON s.id IS NOT NULL
    WHERE p.id = of_panel AND panel_is_shown(p) AND (s.id IS NOT NULL OR p.state IN ('recruiting', 'active', 'paused'))
$$;

-- On the panel's page: what was drawn by which seed, and by the hash of which seed it is drawn next.
CREATE FUNCTION open_draws(p panel, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', personal_text('draw_title'), 'texts', page_list(personal_text('draw_how')),
        'facts', jsonb_agg(jsonb_build_object('name', CASE WHEN d.seed IS NULL THEN personal_text('draw_hash')
            ELSE personal_text('draw_seed', jsonb_build_object('n', d.n, 'day', page_day(d.made_on))) END, 'value', coalesce(d.seed, d.seed_hash)) ORDER BY d.n DESC),
        'links', jsonb_build_array(jsonb_build_object('path', '/v1/panels/' || p.id || '/draws', 'text', personal_text('draw_document'))))
    FROM (SELECT x.* FROM panel_draws(p.id) x ORDER BY x.n DESC LIMIT 5) d
    HAVING count(*) > 0
$$;

-- As before, with the draws; and who cannot be a member in one list.
CREATE OR REPLACE FUNCTION open_panel(row_id uuid, tag text, sent jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN sent ? 'reply' THEN jsonb_build_object('title', personal_text('applied_title'), 'texts', page_list(personal_text('applied_words')),
        'facts', page_facts(jsonb_build_array('open_panel', page_words(p.name, tag))), 'items', jsonb_build_array(open_link(sent -> 'reply')), 'more', open_more(tag))
    ELSE jsonb_build_object('title', page_words(p.name, tag), 'has_easy', is_in_easy_finnish(p.name, p.purpose),
        'texts', page_list(page_words(p.purpose, tag), CASE WHEN NOT takes THEN personal_text('apply_over') END),
        'facts', page_facts(jsonb_build_array('apply_until', CASE WHEN takes THEN page_day(p.recruits_until) END),
            jsonb_build_array('panel_starts', page_day(p.starts_on)), jsonb_build_array('panel_ends', page_day(p.ends_on)),
            jsonb_build_array('panel_size', nullif(panel_number(p.kind, p.rules, 'size'), 0)::text),
            jsonb_build_array('panel_meetings', nullif(panel_number(p.kind, p.rules, 'meetings_a_year'), 0)::text),
            jsonb_build_array('panel_not', CASE WHEN no_staff AND no_statutory THEN personal_text('panel_no_staff_nor_statutory') WHEN no_staff THEN personal_text('panel_no_staff')
                WHEN no_statutory THEN personal_text('panel_no_statutory') END),
            jsonb_build_array('open_unit', page_words(u.name, tag))),
        'acts', CASE WHEN takes THEN jsonb_build_array(panel_form(p, tag)) ELSE '[]' END,
        'items', page_list(CASE WHEN takes THEN open_privacy('apply_privacy') END, open_draws(p, tag)), 'more', open_more(tag)) END
    FROM panel p
    JOIN unit u ON u.id = p.unit_id
    CROSS JOIN LATERAL (SELECT p.state = 'recruiting' AND coalesce(p.recruits_until >= app_today(), true) AS takes,
        panel_number(p.kind, p.rules, 'no_staff') > 0 AS no_staff, panel_number(p.kind, p.rules, 'no_statutory_members') > 0 AS no_statutory) x
    WHERE p.id = row_id AND panel_is_shown(p)
$$;

-- As before, with the lot by which an applicant finds themselves in the draw.
CREATE OR REPLACE FUNCTION personal_membership(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', text_in(p.name, ARRAY[tag, 'fi']),
        'texts', jsonb_build_array(personal_text('member_' || m.state || CASE WHEN m.state IN ('applied', 'reserve') AND NOT w.has_address THEN '_look' ELSE '' END)) || CASE WHEN p.purpose = '{}' THEN '[]' ELSE jsonb_build_array(text_in(p.purpose, ARRAY[tag, 'fi'])) END,
        'facts', page_facts(jsonb_build_array('member_answer_by', page_day(m.answer_by)), jsonb_build_array('member_from', page_day(m.from_on)),
            jsonb_build_array('member_until', page_day(coalesce(m.until_on, CASE WHEN m.state IN ('nominated', 'selected', 'active') THEN p.ends_on END))),
            jsonb_build_array('member_lot', CASE WHEN has_lot THEN m.id END)),
        'links', CASE WHEN has_lot THEN jsonb_build_array(jsonb_build_object('path', '/opportunities/' || p.id || '?language=' || tag, 'text', personal_text('draw_title'))) ELSE '[]' END,
        'acts', coalesce((
            SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('operation', 'membership_transition', 'values', jsonb_build_object('to', a.state),
                'button', personal_text('member_do_' || a.state), 'folded', CASE WHEN a.state <> 'active' THEN personal_text('member_ask_' || a.state) END,
                'fields', CASE a.state WHEN 'ceased' THEN jsonb_build_array(jsonb_build_object(
                    'name', 'reason', 'label', personal_text('member_reason'), 'type', 'area', 'most', 4000, 'required', true)) END)) ORDER BY a.state)
            FROM jsonb_array_elements_text(legal_states('member', m.state, '{member}')) a (state)), '[]'))
    FROM member m JOIN panel p ON p.id = m.panel_id JOIN person w ON w.id = m.id
    CROSS JOIN LATERAL (SELECT panel_is_shown(p) AND m.state IN ('eligible', 'selected', 'reserve', 'not_selected') AS has_lot) x
    WHERE m.id = person_id
$$;
