"""
What feedback_search finds, in which order, and how far it reads; and that what is erased is not found.
"""

import datetime
import uuid

import pytest

from support.words import index, query


def search(county, text, *, limit=4, **filters):
    """All pages: rows in order."""
    found, after = [], {}
    while True:
        rows = county.run("feedback_search", text_words=query(text), limit_and_one=limit + 1, **filters, **after)
        found += rows[:limit]
        if len(rows) <= limit:
            return found
        last = rows[limit - 1]
        after = {"after_rank": last["rank"], "after_received_on": last["received_on"], "after_id": last["id"]}


def ids(county, text, **filters):
    return [row["id"] for row in search(county, text, **filters)]


def spread(county, text="Odotin kauan", count=14, **changes):
    """Cases over units and days; ids, newest first."""
    names = ("ward", "hospital", "social")
    cases = [county.voice(unit_id=county.units[names[n % 3]], kind=("concern", "idea")[n % 2], text=text, **changes) for n in range(count)]
    for n, case in enumerate(cases):
        county.database.run("UPDATE feedback SET received_on = app_today() - %s WHERE id = %s::uuid", n * 3, case)
    return [case for case, in county.database.rows("SELECT id::text FROM feedback ORDER BY received_on DESC, id DESC")]


def rank_at_most(county, matches):
    county.database.run("UPDATE rule SET value = %s WHERE name = 'search_ranked'", matches)


def shown(row):
    return "".join(f"[{piece['text']}]" if piece["hit"] else piece["text"] for piece in row["snippet"])


def test_words_are_found_in_the_language_of_each_text(county):
    finnish = county.voice(text="Lääkäreiden kiire näkyi")
    swedish = county.voice(text="Läkarna hade bråttom", lang="sv")
    english = county.voice(text="Nurses were hurrying", lang="en")
    sami = county.voice(text="Mun vurden guhká", lang="se")
    index(county.database)
    assert ids(county, "lääkärit") == [finnish]
    assert ids(county, "läkare") == [swedish]
    assert ids(county, "nurse hurry") == [english]
    assert ids(county, "guhká") == [sami]
    assert set(ids(county, "kiire or bråttom")) == {finnish, swedish}
    assert ids(county, "lääkärit -kiire") == []
    assert ids(county, "lääkärit kiireinen") == []


def test_a_compound_is_found_by_its_parts_and_whole(county):
    compound = county.voice(text="Asiakaspalautetta ei lueta")
    simple = county.voice(text="Palaute annettiin")
    index(county.database)
    assert set(ids(county, "palaute")) == {compound, simple}
    assert ids(county, "asiakaspalaute") == [compound]


def test_a_phrase_is_words_that_follow_each_other(county):
    near, far = county.voice(text="Pitkä jono tänään"), county.voice(text="Jono oli taas pitkä")
    index(county.database)
    assert ids(county, '"pitkät jonot"') == [near]
    assert set(ids(county, "pitkät jonot")) == {near, far}
    assert ids(county, 'jono -"pitkä jono"') == [far]


def test_hyphens_part_no_words(county):
    cases = {county.voice(text="Lääkäri-aika siirtyi"), county.voice(text="Lääkäriaikaa ei ollut")}
    index(county.database)
    assert set(ids(county, "lääkäriajat")) == set(ids(county, "lääkäri-ajat")) == cases


def test_without_words_nothing_is_found(county):
    spread(county)
    index(county.database)
    assert ids(county, "!?") == ids(county, "-") == ids(county, '""') == []
    assert len(ids(county, "-koira")) == 14


def test_conjunctions_are_not_asked_for_unless_alone(county):
    case = county.voice(text="Hoito sekä lääkäri")
    index(county.database)
    assert ids(county, "hoito ja lääkäri") == [case]
    assert ids(county, "ja") == []
    assert ids(county, "sekä") == [case]


def test_stop_words_are_asked_for_in_phrases_and_alone(county):
    cases = [county.voice(text=text, lang="en") for text in ("Wait for the nurse", "Wait, nurse")]
    index(county.database)
    assert set(ids(county, "the nurses wait")) == set(cases)
    assert ids(county, '"wait for the nurse"') == ids(county, "the") == [cases[0]]
    assert shown(search(county, "the nurses", limit=1)[0]).count("[") == 1


def test_what_matches_better_comes_first_and_the_newest_of_what_matches_alike(county):
    part = county.voice(text="Asiakaspalautetta pyydettiin")
    whole = county.voice(text="Palaute pyydettiin")
    often = county.voice(text="Palaute, palaute, palaute")
    index(county.database)
    rows = search(county, "palaute")
    assert [row["id"] for row in rows] == [often, whole, part]
    assert {(row["_page_order"], row["_page_matches"]) for row in rows} == {("rank", 3)}
    assert sorted((row["rank"] for row in rows), reverse=True) == [row["rank"] for row in rows]


@pytest.mark.parametrize("text", ["palaute -jono", "-jono palaute", "palaute palaute palaute", "palaute -jono -odotus"])
def test_one_word_is_ranked_also_without_another_and_when_it_is_said_twice(county, text):
    once = county.voice(text="Palaute pyydettiin")
    often = county.voice(text="Palaute, palaute, palaute")
    newest = county.voice(text="Asiakaspalautetta pyydettiin")
    other = county.voice(text="Palaute jonosta ja odotuksesta")
    index(county.database)
    rows = search(county, text)
    assert [row["id"] for row in rows if row["id"] != other] == [often, once, newest] and all(row["rank"] > 0 for row in rows)
    assert (other in {row["id"] for row in rows}) == ("-" not in text)


@pytest.mark.parametrize("ranked, order", [(14, "rank"), (13, "newest")])
def test_pages_follow_each_other_in_the_order_of_the_first(county, ranked, order):
    cases = spread(county)
    index(county.database)
    rank_at_most(county, ranked)
    rows = search(county, "odottaa")
    assert [row["id"] for row in rows] == cases
    assert {row["_page_order"] for row in rows} == {order}
    assert {row["_page_matches"] for row in rows} == {14 if order == "rank" else None}


def test_a_search_that_began_by_rank_goes_on_by_rank(county):
    cases = spread(county)
    index(county.database)
    first = county.run("feedback_search", text_words=query("odottaa"), limit_and_one=5)
    rank_at_most(county, 5)
    last = first[-1]
    rest = county.run("feedback_search", text_words=query("odottaa"), limit_and_one=20, after_rank=last["rank"],
                      after_received_on=last["received_on"], after_id=last["id"])
    assert [row["id"] for row in first + rest] == cases


@pytest.mark.parametrize("ranked", [10000, 1])
def test_filters_are_the_same_as_those_of_lists(county, ranked):
    cases = spread(county)
    county.move(cases[2], "closed", outcome="information")
    county.move(cases[5], "referred", reason="Muistutus", remedy="muistutus")
    county.move(cases[7], "in_progress")
    index(county.database)
    rank_at_most(county, ranked)
    today = county.database.value("SELECT app_today()")
    rows = {row["id"]: row for row in search(county, "odottaa")}
    everything = [{"kind": ["idea"]}, {"unit_id": county.units["hospital"]}, {"unit_id": county.units["ward"]},
                  {"caller_units": county.limited("hospital")}, {"caller_units": county.limited("ward", "social")}, {"caller_units": "{}"},
                  {"state": ["received"]}, {"state": ["closed"]}, {"state": ["in_progress", "referred"]}, {"state": ["duplicate"]}, {"overdue": True}, {"overdue": False}, {"service_id": county.service},
                  {"received_from": today - datetime.timedelta(days=9)}, {"received_to": today - datetime.timedelta(days=9)},
                  {"kind": ["concern"], "unit_id": county.units["hospital"], "caller_units": county.limited("ward")}]
    for filters in everything:
        assert ids(county, "odottaa", **filters) == ids_of_list(county, **filters), filters
    assert list(rows) == cases
    assert {row["state"] for row in rows.values()} == {"received", "closed", "referred", "in_progress"}


def ids_of_list(county, **filters):
    return [row["id"] for row in county.run("feedback_list", limit_and_one=200, **filters)]


def test_a_day_with_a_whole_archive_is_paged_too(county):
    county.database.run(
        "INSERT INTO feedback (id, unit_id, kind, channel, lang) SELECT md5(n::text)::uuid, %s::uuid, 'idea', 'web', 'fi'"
        " FROM generate_series(1, 2600) n", county.units["ward"])
    county.database.run("INSERT INTO feedback_text (feedback_id, original) SELECT id, 'Jono' FROM feedback")
    index(county.database)
    wanted = [case for case, in county.database.rows("SELECT id::text FROM feedback ORDER BY id DESC")]
    rank_at_most(county, 100)
    assert ids(county, "jono", limit=200) == wanted
    rank_at_most(county, 2600)
    assert ids(county, "jono", limit=200) == wanted


def test_what_was_found_is_shown_with_the_words_around_it(county):
    texts = {"hoito": ("Sain hyvää hoidon aikana, kiitos hoidosta!", "Sain hyvää [hoidon] aikana, kiitos [hoidosta]!"),
             "jono": ("Yksi kaksi kolme neljä viisi kuusi seitsemän kahdeksan jonoissa", "… kolme neljä viisi kuusi seitsemän kahdeksan [jonoissa]"),
             "palaute": ("Asiakaspalautetta!", "[Asiakaspalautetta]!"),
             "ruoka": ("Ruokaa " + "ja sitten " * 30, "[Ruokaa] " + "ja sitten " * 14 + "ja …")}
    cases = {word: county.voice(text=text) for word, (text, _) in texts.items()}
    index(county.database)
    for word, (_, expected) in texts.items():
        row = next(row for row in search(county, word) if row["id"] == cases[word])
        assert shown(row) == expected


def test_what_must_not_be_there_is_not_shown_as_a_hit(county):
    county.voice(text="Jonossa on hyvä kahvi")
    index(county.database)
    assert shown(search(county, "jono -tee")[0]) == "[Jonossa] on hyvä kahvi"
    assert shown(search(county, "-tee")[0]) == "Jonossa on hyvä kahvi"


def test_a_snippet_is_bounded(county):
    county.voice(text="jono " + "a" * 10000 + " loppu")
    index(county.database)
    assert shown(search(county, "jono")[0]) == "[jono] " + "a" * 395 + " …"


def test_givers_messages_are_found_and_the_words_of_staff_are_not(county):
    case, receipt = county.giver(text="Kauan meni.")
    county.one("receipt_message_create", giver_hash=receipt, new_id=uuid.uuid4(), body={"text": "Odotan vieläkin soittoa"})
    county.one("feedback_message_create", id=case, caller_id=uuid.uuid4(), new_id=uuid.uuid4(), body={"text": "Pahoittelemme"})
    index(county.database)
    assert shown(search(county, "soitto")[0]) == "Kauan meni.\nOdotan vieläkin [soittoa]"
    assert ids(county, "pahoitella") == []
    county.database.run("DELETE FROM message WHERE feedback_id = %s::uuid", case)
    assert ids(county, "soitto") == ids(county, "kauan") == []  # until the rest is indexed again
    index(county.database)
    assert (ids(county, "soitto"), ids(county, "kauan")) == ([], [case])


def test_what_is_withdrawn_is_found_no_more_not_even_when_it_is_indexed_meanwhile(county):
    case, receipt = county.giver(text="Salaisuus")
    index(county.database)
    assert ids(county, "salaisuus") == [case]
    county.giver_moves(receipt, "withdrawn")
    assert ids(county, "salaisuus") == []
    index(county.database)
    assert county.database.value("SELECT count(*) FROM feedback_words") == 0


def jobs(county):
    return county.database.value("SELECT count(*) FROM job WHERE kind = 'index'")


def test_a_case_is_indexed_again_when_its_marks_change(county):
    case = county.voice(text="Jono")
    index(county.database)
    made = jobs(county)
    county.one("feedback_patch", id=case, body={"unit_id": county.units["social"]}, body_names=["unit_id"], if_match=1)
    county.one("feedback_patch", id=case, body={"severity": 2}, body_names=["severity"], if_match=2)
    assert jobs(county) == made + 1
    assert ids(county, "jono", caller_units=county.limited("ward")) == []  # at once
    index(county.database)
    assert ids(county, "jono", caller_units=county.limited("social")) == [case]


def test_cases_are_indexed_again_when_their_unit_moves(county):
    case = county.voice(text="Jono")
    index(county.database)
    made = jobs(county)
    county.database.run("UPDATE unit SET parent_id = %s::uuid WHERE id = %s::uuid", county.units["social"], county.units["hospital"])
    assert jobs(county) == made + 1
    index(county.database)
    assert ids(county, "jono", caller_units=county.limited("social")) == [case]
