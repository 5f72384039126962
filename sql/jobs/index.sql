-- The kind index: the words of a text for searching, stemmed by its language.

-- name: index_texts
INSERT INTO feedback_words (feedback_id, words)
SELECT t.feedback_id, to_tsvector(
    CASE f.lang WHEN 'fi' THEN 'finnish' WHEN 'sv' THEN 'swedish' WHEN 'en' THEN 'english' ELSE 'simple' END::regconfig, t.text)
FROM shown_text t
JOIN feedback f ON f.id = t.feedback_id
WHERE t.feedback_id = ANY (:cases::uuid[])
ORDER BY t.feedback_id
ON CONFLICT (feedback_id) DO UPDATE SET words = excluded.words;
