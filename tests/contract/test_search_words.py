"""
Which words a search finds: a list of Finnish pairs with recall and precision, and real comments whose own words find them.
"""

import csv
import re
from pathlib import Path

import pytest

from support.imports import comments
from support.words import forms, queries

PAIRS = Path(__file__).with_name("words_fi.csv")
MATCH = """
    SELECT i.n FROM unnest(%s, %s, %s) WITH ORDINALITY AS i (known, plain, asked, n)
    WHERE concat_ws(' ', i.known, stemmed(i.plain::tsvector, %s)::text)::tsvector @@ asked_query(i.asked::jsonb, %s, false)
"""


def found(database, pairs, lang):
    """Of (query, text) pairs the numbers of those where the text is found."""
    texts = forms([text for _, text in pairs], lang)
    asked = queries([query for query, _ in pairs])
    rows = database.rows(MATCH, [known for known, _, _ in texts], [plain for _, plain, _ in texts], asked, lang, lang)
    return {n - 1 for n, in rows}


def test_finnish_words_are_found_in_their_forms_and_in_compounds_and_others_are_not(database):
    with open(PAIRS, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = {n for n, row in enumerate(rows) if row["found"] == "yes"}
    got = found(database, [(row["query"], f"Sitten {row['form']}, kai.") for row in rows], "fi")
    recall, precision = len(got & wanted) / len(wanted), len(got & wanted) / len(got)
    wrong = [f"{rows[n]['query']} / {rows[n]['form']}" for n in sorted(got ^ wanted)]
    print(f"{len(rows)} pairs: recall {recall:.4f}, precision {precision:.4f}; wrong: {', '.join(wrong)}")
    assert len(wanted) >= 150 and len(rows) - len(wanted) >= 30
    assert recall >= 0.99 and precision >= 0.99, wrong


@pytest.mark.parametrize("lang, pairs", [
    ("sv", [("vård", "vården"), ("läkare", "läkarna"), ("väntetid", "väntetiderna"), ("vårdcentral", "vårdcentralen"), ("patient", "patienternas")]),
    ("en", [("nurse", "nurses"), ("wait", "waiting"), ("appointment", "appointments"), ("doctor", "doctor's"), ("x-ray", "x-rays")]),
])
def test_swedish_and_english_words_are_found_by_their_stems(database, lang, pairs):
    assert found(database, pairs, lang) == set(range(len(pairs)))


ODD = ["COVID-19 2021 24h 3.5", "e-mail@example.org http://example.org/a?b=c", "it's don’t ''", "مرحبا 你好 ελληνικά привет", "a" * 500,
       "\u202eabc\u0001def", "Zoë naïve ﬁne ß", "ha\u0308mmennys", "%&|!():*<->\\'\"", "x" * 2046 + " y", "1/2 50% §3", "A.B.C. U.S.A"]


@pytest.mark.parametrize("lang", ["fi", "sv", "en", "se"])
def test_every_word_of_an_odd_text_finds_it(database, lang):
    pairs = [(word, text) for text in ODD for word in re.findall(r"\w[\w\u0300-\u036f]*", text) if len(word) <= 200]
    assert missed(database, pairs, lang) == []


def test_every_word_of_real_comments_finds_them(database):
    texts = sorted({text for _, text in comments() if text.strip()})[::25]
    pairs = [(word, text) for text in texts for word in re.findall(r"[^\W_]+", text)[:40]]
    assert pairs
    assert missed(database, pairs, "en") == []


def missed(database, pairs, lang):
    """The pairs that are not found, but for words that their language leaves out."""
    lost = sorted(set(range(len(pairs))) - found(database, pairs, lang))
    rows = database.rows("SELECT a.n FROM unnest(%s::text[]) WITH ORDINALITY AS a (asked, n) WHERE asked_query(a.asked::jsonb, %s, false) IS NOT NULL",
                         queries([pairs[n][0] for n in lost]), lang)
    return [pairs[lost[n - 1]] for n, in rows]
