"""
Surveys: rounds, links that are good for one answer, the page and the app, results; who answered stays unknown.
"""

import concurrent.futures

import pytest

from support.client import Client, new_key, problem_pointers
from support.questions import FORM, Survey, make_question_set, moment, seen_on, text

ALL = "met way helped recommend"
GOOD = {"met": 4, "way": "here", "helped": ["people"], "recommend": 9}


@pytest.fixture(scope="module")
def survey(world):
    return Survey(world)


@pytest.fixture
def link(world, survey):
    """A fresh link: its token."""
    return survey.links()[0]


@pytest.fixture
def anyone(world):
    return Client(world.api)


def fields(**values):
    return "&".join(f"{name}={value}" for name, value in values.items()).encode()


def send(client, token, raw, **options):
    return client.post(f"/s/{token}", raw=raw, content_type=FORM, **{"expect": 200, **options})


def sheets(world, survey):
    return world.database.value("SELECT count(*) FROM answer_sheet WHERE round_id = %s::uuid", survey.round)


# ---- links ----

def test_tokens_are_shown_once_and_kept_as_hashes(world, survey):
    tokens = survey.links(3)
    assert len(set(tokens)) == 3 and all(len(token) == 22 for token in tokens)
    stored = world.database.rows("SELECT row_to_json(l)::text FROM survey_link l")
    assert not [row for row, in stored for token in tokens if token in row]


def test_a_repeated_request_for_links_shows_the_same_tokens(world, survey):
    key = new_key()
    first, again = (survey.coordinator.post(f"{survey.round_path}/links", {"count": 2}, idempotency=key, expect=200) for _ in range(2))
    assert first.json() == again.json() and again.headers["Idempotent-Replayed"] == "true"
    survey.coordinator.post(f"{survey.round_path}/links", {"count": 3}, idempotency=key, expect=422, problem="idempotency_key_reused")


@pytest.mark.parametrize("body", [{"count": 1, "addresses": [{"email": "a@example.org", "lang": "fi"}]}, {"count": 0}, {"count": 1001}, {}])
def test_links_are_asked_for_by_count_or_by_addresses(survey, body):
    survey.coordinator.post(f"{survey.round_path}/links", body, expect=422)


def test_addresses_are_sealed_and_no_operation_shows_them(world, survey):
    made = survey.invite("Kirje@example.org", "kirje@example.org", "toinen@example.org")
    assert made["asked"] == 3 and made["made"] == 2 and made["links"] == []
    stored = world.database.rows("SELECT row_to_json(l)::text FROM survey_link l")
    assert not [row for row, in stored if "example.org" in row.lower() or b"example.org".hex() in row]
    with world.database.transaction("api") as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute("SELECT sealed FROM survey_link")


def test_no_links_are_made_for_a_round_that_is_over(world):
    old = Survey(world)
    old.coordinator.move(old.round_path, "closed", expect=200)
    old.coordinator.post(f"{old.round_path}/links", {"count": 1}, expect=409, problem="survey_is_closed")


# ---- the page ----

@pytest.mark.parametrize("language, heading, button", [
    ("fi", "Miten meni?", "Lähetä vastaukset"), ("sv", "Miten meni? (sv)", "Skicka svaren"), ("en", "Miten meni? (en)", "Send the answers")])
def test_the_page_is_in_three_languages(anyone, link, language, heading, button):
    for page in (anyone.get(f"/s/{link}?language={language}", expect=200),
                 anyone.get(f"/s/{link}", headers={"Accept-Language": language}, expect=200)):
        assert f'<html lang="{language}">' in page.text and page.headers["Content-Language"] == language
        assert f"<h1>{heading}</h1>" in page.text and button in page.text
        assert page.headers["Referrer-Policy"] == "no-referrer" and page.headers["Cache-Control"] == "no-store"
        assert "<script" not in page.text


def test_easy_finnish_is_offered_where_there_is_some(world, anyone):
    questions = [{"key": "met", "type": "yes_no", "text": {"fi": "Kohdattiinko sinut?", "fi-x-selko": "Oliko mukavaa?"}}]
    token = Survey(world, question_set=make_question_set(world.database, questions)).links()[0]
    assert 'href="?language=fi&amp;easy=true"' in anyone.get(f"/s/{token}", expect=200).text
    easy = anyone.get(f"/s/{token}?easy=true", expect=200).text
    assert "Oliko mukavaa?" in easy and 'lang="fi-x-selko"' in easy


def test_a_get_answers_nothing(world, anyone, survey, link):
    before = sheets(world, survey)
    for _ in range(2):
        anyone.get(f"/s/{link}", expect=200)
    anyone.head(f"/s/{link}", expect=200)
    assert sheets(world, survey) == before and "<form" in anyone.get(f"/s/{link}").text


def test_an_answer_is_kept_once_and_the_second_is_told_so(world, anyone, survey, link):
    before = sheets(world, survey)
    raw = fields(seen=ALL.replace(" ", "+"), q_met=4, q_way="here", q_recommend=10, **{"q_helped.people": 1, "q_helped.place": 1})
    assert "Kiitos vastauksestasi" in send(anyone, link, raw).text
    assert "on jo vastattu" in send(anyone, link, raw).text
    assert "on jo vastattu" in anyone.get(f"/s/{link}").text
    assert sheets(world, survey) == before + 1
    assert world.database.rows("SELECT answers FROM answer_sheet WHERE answers @> '{\"recommend\": 10}'") == [
        ({"met": 4, "way": "here", "helped": ["people", "place"], "recommend": 10},)]


def test_an_answer_that_opens_a_question_brings_the_page_again(world, anyone, survey, link):
    before = sheets(world, survey)
    page = send(anyone, link, fields(seen=ALL.replace(" ", "+"), q_met=1, q_way="phone")).text
    assert seen_on(page) == "met why way waited helped recommend" and sheets(world, survey) == before
    assert "uusia kysymyksiä" in page and page.count("checked") == 2
    page = send(anyone, link, fields(seen="met+why+way+waited+helped+recommend", q_met=1, q_way="phone", q_waited="yes")).text
    assert "Tarkista nämä vastaukset" in page and "</a> – Tähän tarvitaan vastaus" in page and sheets(world, survey) == before
    page = send(anyone, link, fields(seen="met+why+way+waited+helped+recommend", q_met=1, q_why="Kiire%0D%0Aoli.", q_way="phone", q_waited="yes")).text
    assert "Kiitos vastauksestasi" in page
    assert world.database.value("SELECT original FROM answer_text WHERE original LIKE 'Kiire%%'") == "Kiire\noli."
    assert world.database.value("SELECT answers -> 'why' FROM answer_sheet WHERE answers ? 'waited'") is True


def test_an_answer_to_a_question_that_is_no_longer_shown_is_left_out(world, anyone, survey, link):
    send(anyone, link, fields(seen="met+why+way+waited+helped+recommend", q_met=3, q_why="Turha.", q_way="here", q_waited="no"))
    assert world.database.value("SELECT count(*) FROM answer_text WHERE original = 'Turha.'") == 0
    assert world.database.value("SELECT count(*) FROM answer_sheet WHERE answers = '{\"met\": 3, \"way\": \"here\"}'") == 1


@pytest.mark.parametrize("raw, told", [
    (b"", "Et vastannut"), (b"seen=met+way+helped+recommend", "Et vastannut"),
    (b"seen=met+way+helped+recommend&q_way=here", "vastaus"), (b"seen=met+way+helped+recommend&q_met=9", "asteikolla"),
    (b"seen=met+way+helped+recommend&q_met=x", "v&auml;&auml;r"), (b"seen=met+way+helped+recommend&q_met=3&q_way=moon", "Vaihtoehtoa ei ole")])
def test_what_is_not_good_brings_the_page_again(world, anyone, survey, link, raw, told):
    before = sheets(world, survey)
    page = send(anyone, link, raw).text
    assert told.replace("v&auml;&auml;r", "vääränlainen") in page and "<form" in page and sheets(world, survey) == before


def test_what_is_not_known_can_be_said(world, anyone, survey, link):
    assert "Kiitos vastauksestasi" in send(anyone, link, fields(seen=ALL.replace(" ", "+"), q_met="-", q_recommend=0)).text


def test_what_people_write_is_escaped_on_the_page(anyone, link):
    page = send(anyone, link, fields(seen="met+why", q_met=2, q_why="%3Cscript%3E%22x")).text
    assert "<script" not in page and "&lt;script&gt;&quot;x" in page


def test_a_link_that_is_nobodys_and_one_that_is_early_say_so(world, anyone):
    assert "Tätä linkkiä ei löydy" in anyone.get("/s/AAAAAAAAAAAAAAAAAAAAAA", expect=200).text
    early = Survey(world, opens=moment(days=1), is_open=False)
    token = early.links()[0]
    assert "Se avautuu" in anyone.get(f"/s/{token}", expect=200).text
    assert "Se avautuu" in send(anyone, token, fields(seen=ALL.replace(" ", "+"), q_met=3)).text
    assert sheets(world, early) == 0


def test_fifty_answers_at_once_on_one_link_are_one(world, survey, link):
    before = sheets(world, survey)
    raw = fields(seen=ALL.replace(" ", "+"), q_met=5)

    def answer(_):
        client = Client(world.api)
        while (page := send(client, link, raw, expect=None)).status_code == 503:
            pass  # too many wait for the one link: the client comes again
        return page.text
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        pages = list(pool.map(answer, range(50)))
    assert sheets(world, survey) == before + 1
    assert sum("Kiitos vastauksestasi" in page for page in pages) == 1 and sum("on jo vastattu" in page for page in pages) == 49


# ---- apps ----

def test_an_app_reads_the_questions_and_answers_once(anyone, survey, link):
    asked = anyone.get(f"/v1/survey-links/{link}", expect=200).json()
    assert asked["state"] == "open" and [question["key"] for question in asked["questions"]][:2] == ["met", "why"]
    key = new_key()
    anyone.post(f"/v1/survey-links/{link}", {"answers": GOOD, "lang": "sv"}, idempotency=key, expect=200)
    again = anyone.post(f"/v1/survey-links/{link}", {"answers": GOOD, "lang": "sv"}, idempotency=key, expect=200)
    assert again.headers["Idempotent-Replayed"] == "true"
    anyone.post(f"/v1/survey-links/{link}", {"answers": GOOD}, expect=409, problem="survey_is_answered")
    assert anyone.get(f"/v1/survey-links/{link}", expect=200).json()["state"] == "answered"


def test_an_app_is_told_every_answer_that_is_wrong(anyone, link):
    reply = anyone.post(f"/v1/survey-links/{link}", {"answers": {"met": 9, "why": "a", "way": "moon", "no~such/key": 1}},
                        expect=422, problem="answers_refused")
    assert problem_pointers(reply) == ["/answers/met", "/answers/no~0such~1key", "/answers/way", "/answers/why"]
    codes = {error["pointer"]: error["code"] for error in reply.json()["errors"]}
    assert codes == {"/answers/met": "answer_out_of_range", "/answers/why": "answer_not_shown", "/answers/way": "answer_not_an_option",
                     "/answers/no~0such~1key": "answer_unknown"}


# ---- nobody is known ----

def test_nothing_relates_an_answer_to_its_link(world, anyone, survey, link):
    anyone.post(f"/v1/survey-links/{link}", {"answers": {**GOOD, "recommend": 1}}, idempotency=new_key(), expect=200)
    sheet, = world.database.rows("SELECT row_to_json(a)::text FROM answer_sheet a WHERE answers @> '{\"recommend\": 1}'")
    used = world.database.rows("SELECT id::text, batch_id::text, used_key::text FROM survey_link WHERE used AND used_key IS NOT NULL")
    assert not [name for names in used for name in names if name in sheet[0]]
    columns = world.database.rows("SELECT column_name FROM information_schema.columns WHERE table_name = 'answer_sheet'")
    assert {name for name, in columns} == {"id", "question_set_id", "feedback_id", "lang", "answers", "answered_on", "round_id"}
    assert world.database.value("SELECT count(*) FROM event WHERE type LIKE '%%answer%%'") == 0


# ---- states, versions, results ----

def test_a_survey_goes_by_its_states(world):
    survey = Survey(world, is_open=False)
    reply = survey.coordinator.move(survey.path, "closed", expect=409, problem="illegal_transition")
    assert reply.json()["legal"] == ["archived", "open"]
    survey.coordinator.move(survey.round_path, "open", expect=409, problem="survey_is_not_open")
    survey.coordinator.move(survey.path, "open", expect=200)
    survey.coordinator.patch(survey.path, {"audience": "staff"}, etag="*", expect=409, problem="survey_is_settled")
    survey.coordinator.patch(survey.path, {"title": text("Uusi nimi")}, etag="*", expect=200)
    survey.coordinator.move(survey.round_path, "open", expect=200)
    survey.coordinator.move(survey.path, "closed", expect=200)
    assert survey.coordinator.get(survey.round_path, expect=200).json()["state"] == "closed"
    survey.coordinator.post(f"{survey.path}/rounds", {"opens_at": moment(), "closes_at": moment(days=1)}, expect=409, problem="survey_is_closed")


@pytest.mark.parametrize("times", [{"closes_at": moment(days=-1)}, {"opens_at": moment(days=3)}, {"remind_at": moment(days=5)}])
def test_times_of_a_round_must_fit_together(world, survey, times):
    body = {"opens_at": moment(hours=-1), "closes_at": moment(days=2), **times}
    survey.coordinator.post(f"{survey.path}/rounds", body, expect=422, problem="survey_round_times")


def test_only_an_active_set_makes_a_survey(world):
    body = {"unit_id": world.units["ward"], "title": text("Kysely"), "audience": "clients"}
    for state in ("draft", "retired"):
        reply = world.client("coordinator").post(
            "/v1/surveys", {**body, "question_set_id": make_question_set(world.database, state=state)}, expect=422, problem="unknown_reference")
        assert problem_pointers(reply) == ["/question_set_id"]


def test_words_are_read_after_the_round_and_from_five_answers_on(world, anyone):
    survey = Survey(world)
    tokens, path, handler = survey.links(6), f"{survey.round_path}/texts", world.client("handler")
    for number, token in enumerate(tokens[:4]):
        anyone.post(f"/v1/survey-links/{token}", {"answers": {"met": 1, "why": f"Sana {number}."}}, expect=200)
    handler.get(path, expect=409, problem="survey_round_is_open")
    survey.coordinator.move(survey.round_path, "closed", expect=200)
    assert handler.get(path, expect=200).json()["items"] == []
    world.database.run("UPDATE rule SET value = 4 WHERE name = 'figures_least'")
    try:
        items = handler.all_items(path, question="why", limit=3)
        assert sorted(item["text"] for item in items) == [f"Sana {number}." for number in range(4)]
        assert handler.all_items(path, question="met") == []
    finally:
        world.database.run("UPDATE rule SET value = 5 WHERE name = 'figures_least'")


def test_results_of_a_round_have_n_and_show_no_few(world, anyone):
    survey = Survey(world, audience="staff")
    tokens, results = survey.links(7), f"{survey.round_path}/results"
    for number, token in enumerate(tokens[:4]):
        anyone.post(f"/v1/survey-links/{token}", {"answers": {"met": 4, "recommend": number}}, expect=200)
    few = world.client("analyst").get(results, expect=200).json()
    assert (few["links"], few["n"]) == (7, 4)
    assert [(one["n"], one["mean"], one["distribution"]) for one in few["questions"] if one["key"] == "met"] == [(4, None, None)]
    anyone.post(f"/v1/survey-links/{tokens[4]}", {"answers": {"met": None, "recommend": 10, "helped": ["people", "time"]}}, expect=200)
    anyone.post(f"/v1/survey-links/{tokens[5]}", {"answers": {"met": 3}}, expect=200)
    figures = {one["key"]: one for one in world.client("analyst").get(results, expect=200).json()["questions"]}
    assert figures["met"]["n"] == 5 and figures["met"]["dont_know"] == 1 and figures["met"]["mean"] == 3.8
    assert figures["met"]["distribution"] == {"1": 0, "2": 0, "3": 1, "4": 4, "5": 0}
    assert figures["recommend"]["distribution"] == {**{str(n): 0 for n in range(11)}, "0": 1, "1": 1, "2": 1, "3": 1, "10": 1}
    assert figures["helped"]["n"] == 1 and figures["helped"]["distribution"] is None
    of_clients = world.client("analyst").get(f"/v1/question-sets/{survey.question_set}/results", expect=200).json()
    of_staff = world.client("analyst").get(f"/v1/question-sets/{survey.question_set}/results?audience=staff", expect=200).json()
    assert (of_clients["n"], of_staff["n"]) == (0, 6)
