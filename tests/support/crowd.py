"""
A county with many voices, written straight into the database: for plans and speeds that an empty one cannot show.
"""

UNITS = """
    INSERT INTO unit (id, parent_id, name)
    SELECT md5('unit' || n)::uuid, CASE WHEN n > 1 THEN md5('unit' || n / 4 + 1)::uuid END, jsonb_build_object('fi', 'Yksikkö ' || n)
    FROM generate_series(1, 120) n
    WHERE n = 1 OR n / 4 + 1 < n
    ORDER BY n
"""
VOICES = """
    INSERT INTO feedback (id, unit_id, kind, channel, lang, state, outcome, wants_answer, received_on, due_on, answered_on,
        closed_on)
    SELECT md5('voice' || n)::uuid, md5('unit' || 3 + n % 118)::uuid,
        (ARRAY['thanks', 'concern', 'idea', 'question', 'safety'])[1 + n % 5], 'web', (ARRAY['fi', 'sv', 'en'])[1 + n % 3],
        CASE WHEN n % 10 = 0 THEN 'received' ELSE 'closed' END, CASE WHEN n % 10 > 0 THEN 'information' END, n % 2 = 0, d.day,
        CASE WHEN n % 2 = 0 THEN d.day + 14 END, CASE WHEN n % 10 > 0 THEN d.day + 3 END, CASE WHEN n % 10 > 0 THEN d.day + 5 END
    FROM generate_series(1, %(voices)s) n
    CROSS JOIN LATERAL (SELECT app_today() - n * 365 / %(voices)s AS day) d
"""
GIVERS = """
    INSERT INTO giver (feedback_id, receipt_hash) SELECT f.id, sha256(f.id::text::bytea) FROM feedback f
"""
SAID = """
    INSERT INTO feedback_text (feedback_id, original)
    SELECT f.id, 'Palvelu ' || left(md5(f.id::text), 6) || ' oli hyvää, mutta odotin kauan' FROM feedback f
"""
WORDS = """
    INSERT INTO feedback_words (feedback_id, received_on, lang, spots, text_length, words)
    SELECT f.id, f.received_on, f.lang, '{}', length(t.original),
        (to_tsvector('simple', t.original)::text || ' ' || search_marks(f, u.path)::text)::tsvector
    FROM feedback_text t JOIN feedback f ON f.id = t.feedback_id JOIN unit u ON u.id = f.unit_id
"""
CONTACTS = """
    INSERT INTO contact (feedback_id, sealed, key_id, address_hash, lang, wants_news, wants_follow_up)
    SELECT f.id, sha256('a') || sha256('b'), 'key', sha256(f.id::text::bytea), f.lang, true, true
    FROM feedback f WHERE f.wants_answer
"""
MESSAGES = """
    INSERT INTO message (id, feedback_id, n, author, kind, text)
    SELECT gen_random_uuid(), f.id, n, CASE n WHEN 1 THEN 'staff' ELSE 'giver' END, 'message', 'Kiitos' FROM feedback f,
        generate_series(1, 2) n
"""
STEPS = """
    INSERT INTO step (id, resource, subject, from_state, to_state, who, data, version)
    SELECT gen_random_uuid(), 'feedback', f.id, f.state, 'in_progress', 'handler', '{}', f.version + 1
    FROM feedback f WHERE f.state = 'received'
"""
READS = """
    INSERT INTO api_key (id, name, secret_hash, scopes) SELECT md5('key')::uuid, 'crowd', sha256('key'), ARRAY['feedback:coordinate'];
    INSERT INTO original_read (id, feedback_id, caller_id, purpose)
    SELECT gen_random_uuid(), f.id, md5('key')::uuid, 'Takaisinsoitto' FROM feedback f WHERE f.wants_answer
"""
CHANGES = """
    INSERT INTO change (id, unit_id, title, said, done, suggested_on)
    SELECT md5('change' || n)::uuid, md5('unit' || 3 + n % 118)::uuid, '{"fi": "Muutos"}', '{"fi": "Sanottua"}', '{"fi": "Tehtyä"}',
        app_today() - n * 365 / %(changes)s
    FROM generate_series(1, %(changes)s) n
"""
SOURCES = """
    INSERT INTO change_source (id, change_id, kind, feedback_id)
    SELECT gen_random_uuid(), md5('change' || n)::uuid, 'feedback', md5('voice' || n)::uuid FROM generate_series(1, %(changes)s) n
"""
PUBLICATIONS = """
    INSERT INTO change_publication (id, change_id) SELECT gen_random_uuid(), c.id FROM change c
"""
NOTICES = """
    INSERT INTO notice (change_id, state, contributor, feedback_id, channel)
    SELECT s.change_id, 'made', uuid_send(s.feedback_id), s.feedback_id, 'receipt' FROM change_source s
"""
FOLLOW_UPS = """
    INSERT INTO follow_up (id, change_id, contributor, feedback_id, token_hash, expires_on)
    SELECT gen_random_uuid(), s.change_id, uuid_send(s.feedback_id), s.feedback_id, sha256(s.id::text::bytea), app_today() + 60
    FROM change_source s
"""
QUESTIONS = """
    INSERT INTO question_set (id, name, edition, respondent_group, title, questions, state)
    SELECT md5('set')::uuid, 'crowd', 1, '13_plus', '{"fi": "Kysely"}',
        '[{"key": "met", "type": "scale", "min": 1, "max": 5, "text": {"fi": "Kohdattiinko?"}}, {"key": "why", "type": "text", "text": {"fi": "Miksi?"}}]', 'active'
"""
ANSWERS = """
    INSERT INTO answer_sheet (id, question_set_id, feedback_id, lang, answers)
    SELECT f.id, md5('set')::uuid, f.id, 'fi', '{"met": 3, "why": "Kiire"}' FROM feedback f WHERE f.wants_answer
"""
SURVEYS = """
    INSERT INTO survey (id, unit_id, question_set_id, title, audience)
    SELECT md5('survey' || n)::uuid, md5('unit' || 3 + n)::uuid, md5('set')::uuid, '{"fi": "Kysely"}', 'clients' FROM generate_series(1, 50) n;
    INSERT INTO survey_round (id, survey_id, n, opens_at, closes_at)
    SELECT s.id, s.id, 1, app_now(), app_now() + interval '1 day' FROM survey s;
    INSERT INTO survey_link_batch (id, round_id, link_count) SELECT r.id, r.id, 200 FROM survey_round r;
    INSERT INTO survey_link (id, round_id, batch_id, token_hash)
    SELECT gen_random_uuid(), r.id, r.id, sha256((r.id::text || g)::bytea) FROM survey_round r, generate_series(1, 200) g;
    INSERT INTO answer_sheet (question_set_id, round_id, lang, answers)
    SELECT md5('set')::uuid, r.id, 'fi', '{"met": 4}' FROM survey_round r, generate_series(1, 100)
"""
CHAIN = "SELECT audit_chain_more(1000000)"
ALL = (UNITS, VOICES, GIVERS, SAID, WORDS, CONTACTS, MESSAGES, STEPS, READS, CHANGES, SOURCES, PUBLICATIONS, NOTICES, FOLLOW_UPS, QUESTIONS, ANSWERS, SURVEYS, CHAIN)


def fill(database, voices=20000):
    """Units, voices and all that hangs on them, with fresh statistics."""
    for sql in ALL:
        database.run(sql.replace("%(voices)s", str(voices)).replace("%(changes)s", str(max(1, voices // 4))))
    connection = database.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    finally:
        connection.close()
