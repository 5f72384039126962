-- The kind index: the words of cases for searching.

-- name: index_texts
-- columns: feedback_id, lang, said
-- None of them is erased before the words are there.
SELECT t.feedback_id, t.lang, t.said FROM texts_to_index(:cases::uuid[]) t ORDER BY t.feedback_id;

-- name: index_words
-- What the dictionary knows comes as it is kept; what it does not know is stemmed by its language.
INSERT INTO feedback_words (feedback_id, received_on, lang, spots, text_length, words)
SELECT f.id, f.received_on, f.lang, i.spots::integer[], i.text_length,
    (concat_ws(' ', i.known, stemmed(i.plain::tsvector, f.lang)::text, search_marks(f, u.path)::text))::tsvector
FROM unnest(:cases::uuid[], :known::text[], :plain::text[], :spots::text[], :text_lengths::integer[])
    AS i (feedback_id, known, plain, spots, text_length)
JOIN feedback f ON f.id = i.feedback_id
JOIN unit u ON u.id = f.unit_id
ORDER BY f.id
ON CONFLICT (feedback_id) DO UPDATE
SET lang = excluded.lang, spots = excluded.spots, text_length = excluded.text_length, words = excluded.words;
