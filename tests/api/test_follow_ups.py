"""
Is it better now? Asked behind the link of a mail and behind the receipt; one answer, whatever somebody or something presses.
"""

import concurrent.futures
import os
import re
import uuid

import pytest

from support.client import problem_pointers
from support.links import new_link

FORM = "application/x-www-form-urlencoded"
THANKS = {"fi": "Vastauksesi on tallennettu", "sv": "Ditt svar har sparats", "en": "Your answer has been saved"}
ALREADY = {"fi": "Olet jo vastannut", "sv": "Du har redan svarat", "en": "You have already answered"}
EXPIRED = {"fi": "Vastausaika on päättynyt", "sv": "Svarstiden har gått ut", "en": "The time for answering has ended"}
UNKNOWN = {"fi": "Linkki", "sv": "Länken", "en": "link"}
BUTTON = re.compile(r'<button[^>]* name="answer" value="(\w+)"')


def speak(world, **more):
    voice = {"unit_id": world.units["ward"], "kind": "concern", "text": "Puhelimeen ei vastata.", "channel": "web", "lang": "fi", **more}
    return world.client("submit").post("/v1/feedback", voice, expect=201).json()


def make_change(world, case, *, made_ago=30):
    """A change that this case is a source of, and that was made so many days ago."""
    change = str(uuid.uuid4())
    world.database.run(
        "INSERT INTO change (id, unit_id, title, said, done, owner_ref, planned_for, evidence, state, made_on)"
        " VALUES (%s, %s, %s::jsonb, '{\"fi\": \"Ei vastata\"}', '{\"fi\": \"Soitamme takaisin\"}', 'x', app_today(), 'x', 'made',"
        " app_today() - %s)", change, world.units["hospital"], '{"fi": "Takaisinsoitto"}', made_ago)
    world.database.run("INSERT INTO change_source (id, change_id, kind, feedback_id) VALUES (%s, %s, 'feedback', %s)",
                       str(uuid.uuid4()), change, case)
    return change


def ask(world, case=None, *, days=30):
    """The path of a question as a mail has it, and the id of its row."""
    case = case or speak(world)["id"]
    change, row = make_change(world, case), str(uuid.uuid4())
    token, token_hash = new_link()
    world.database.run(
        "INSERT INTO follow_up (id, change_id, contributor, feedback_id, token_hash, expires_on) VALUES (%s, %s, %s, %s, %s, app_today() + %s)",
        row, change, os.urandom(8), case, token_hash, days)
    return f"/f/{token}", row


def kept(world, row):
    return world.database.rows("SELECT answer, answered_on = app_today(), text FROM follow_up WHERE id = %s", row)[0]


def press(world, path, body, language="fi"):
    return world.client(language=language).post(path, raw=body.encode(), content_type=FORM, expect=200).text


@pytest.mark.parametrize("state, words", [
    ("verified", {"fi": "ihmisten mielestä nyt on parempi. Kirjattu", "sv": "människor tycker att det är bättre nu. Antecknat den",
                  "en": "people say that it is better now. Recorded on", "fi-x-selko": "Ihmisten mielestä nyt on parempi. Tämä tieto on päivältä"}),
    ("not_effective", {"fi": "ihmisten mielestä se ei auttanut. Kirjattu"})])
def test_what_came_of_it_is_said_with_its_day_and_promised_no_more(world, state, words):
    path, row = ask(world)
    promise = "Kun vastauksia on tarpeeksi"
    assert promise in press(world, path, "answer=better") and "Kirjattu" not in world.client().get(path, expect=200).text
    path, row = ask(world)
    change = world.database.value("SELECT change_id::text FROM follow_up WHERE id = %s", row)
    world.database.run("UPDATE change SET state = %s, state_at = '2026-03-05T22:30Z' WHERE id = %s::uuid", state, change)
    for language, said in words.items():
        assert f"{said} 6.3.2026." in world.client().get(f"{path}?language={language}", expect=200).text
    assert promise not in press(world, path, "answer=better")


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("query", ["", "?language=sv", "?answer=better", "?answer=worse&text=x", "?utm_source=scanner"])
def test_opening_a_link_answers_nothing_also_with_the_forms_fields_in_it(world, method, query):
    path, row = ask(world)
    reply = getattr(world.client(), method)(path + query)
    assert reply.status_code < 500 and reply.headers["Content-Type"].startswith("text/html")
    assert kept(world, row) == (None, None, None)
    press(world, path, "answer=better")
    assert kept(world, row) == ("better", True, None)


def test_a_scanner_that_follows_every_link_of_the_page_answers_nothing(world):
    path, row = ask(world)
    page = world.client().get(path, expect=200).text
    assert sorted(BUTTON.findall(page)) == ["better", "dont_know", "same", "worse"]
    assert re.findall(r"<form[^>]*>", page) == ['<form method="post">']
    for link in re.findall(r'href="(/[^"]*|\?[^"]*)"', page):
        reply = world.client(checked=False).get(link if link.startswith("/") else path + link)
        assert reply.status_code < 500
    assert kept(world, row) == (None, None, None)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_link_that_is_used_twice_is_a_friendly_page_and_no_second_vote(world, language):
    path, row = ask(world)
    assert THANKS[language] in press(world, path, "answer=worse", language)
    for again in ("answer=better", "answer=dont_know&text=x", "answer=worse"):
        assert ALREADY[language] in press(world, path, again, language)
    assert ALREADY[language] in world.client(language=language).get(path, expect=200).text
    assert kept(world, row) == ("worse", True, None)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_link_that_has_expired_is_a_friendly_page(world, language):
    path, row = ask(world, days=-1)
    assert EXPIRED[language] in world.client(language=language).get(path, expect=200).text
    assert EXPIRED[language] in press(world, path, "answer=better", language)
    assert kept(world, row) == (None, None, None)


def test_a_link_is_good_to_the_end_of_its_last_day(world):
    path, row = ask(world, days=0)
    press(world, path, "answer=same")
    assert kept(world, row)[0] == "same"


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_link_that_was_altered_is_a_friendly_page(world, language):
    path, row = ask(world)
    other = path[:-1] + ("A" if path[-1] != "A" else "Q")
    client = world.client(language=language)
    for altered in (other, path[:-3], path + "x"):
        for page in (client.get(altered, expect=200).text, press(world, altered, "answer=better", language)):
            assert UNKNOWN[language] in page and not BUTTON.search(page)
    assert kept(world, row) == (None, None, None)


def test_of_many_who_press_at_once_one_is_heard(world):
    path, row = ask(world)
    answers = ["better", "worse", "same", "dont_know"] * 5
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        pages = list(pool.map(lambda answer: press(world, path, f"answer={answer}"), answers))
    thanked = [answer for answer, page in zip(answers, pages) if THANKS["fi"] in page]
    assert len(thanked) == 1 and kept(world, row)[0] == thanked[0]
    assert sum(ALREADY["fi"] in page for page in pages) == len(answers) - 1


def test_who_says_that_it_is_no_better_may_say_why_once(world):
    path, row = ask(world)
    assert "<textarea" in press(world, path, "answer=same")
    assert ALREADY["fi"] in press(world, path, "answer=same&text=+%0D%0A+")
    assert "Kertomasi on tallennettu" in press(world, path, "answer=same&text=Jono+on%0D%0Ayht%C3%A4+pitk%C3%A4.")
    assert kept(world, row) == ("same", True, "Jono on\nyhtä pitkä.")
    page = press(world, path, "answer=same&text=Toinen")
    assert ALREADY["fi"] in page and "<textarea" not in page
    assert kept(world, row)[2] == "Jono on\nyhtä pitkä."


@pytest.mark.parametrize("answer", ["better", "dont_know"])
def test_whoever_is_content_is_not_asked_why(world, answer):
    path, row = ask(world)
    assert "<textarea" not in press(world, path, f"answer={answer}")
    assert ALREADY["fi"] in press(world, path, f"answer={answer}&text=x&reopen=yes")
    assert kept(world, row)[2] is None


@pytest.mark.parametrize("first", ["", "answer=worse"])
def test_the_case_is_opened_again_with_the_words_as_its_reason(world, first):
    case, handler = speak(world, wants_answer=True), world.client("handler")
    place = f"/v1/feedback/{case['id']}"
    handler.move(place, "answered", text="Soitamme takaisin.", expect=200)
    path, _ = ask(world, case["id"])
    if first:
        assert 'name="reopen"' in press(world, path, first)
    assert first == "" or "Asia on avattu uudelleen" in press(world, path, "answer=worse&text=Ei+soitettu.&reopen=yes")
    if not first:
        press(world, path, "answer=worse&text=Ei+soitettu.&reopen=yes")
    assert handler.get(place, expect=200).json()["state"] == "in_progress"
    told = handler.all_items(f"{place}/messages")[-1]
    assert (told["author"], told["kind"], told["text"]) == ("giver", "reopening", "Ei soitettu.")
    assert 'name="reopen"' not in world.client().get(path, expect=200).text
    press(world, path, "answer=worse&text=Taas&reopen=yes")
    assert len(handler.all_items(f"{place}/messages")) == 2


def test_who_wrote_at_once_opens_the_case_again_with_those_words_once(world):
    case, handler = speak(world, wants_answer=True), world.client("handler")
    place = f"/v1/feedback/{case['id']}"
    handler.move(place, "answered", text="Soitamme takaisin.", expect=200)
    path, row = ask(world, case["id"])
    for page in (press(world, path, "answer=worse&text=Ei+soitettu."), world.client().get(path, expect=200).text):
        assert 'name="reopen"' in page and "<textarea" not in page
    assert 'name="reopen"' in press(world, path, "answer=same&reopen=yes")  # no answer is ever another
    page = press(world, path, "answer=worse&reopen=yes")
    assert "Asia on avattu uudelleen" in page and 'name="reopen"' not in page
    assert handler.get(place, expect=200).json()["state"] == "in_progress"
    told = handler.all_items(f"{place}/messages")[-1]
    assert (told["kind"], told["text"]) == ("reopening", "Ei soitettu.") and kept(world, row) == ("worse", True, "Ei soitettu.")
    handler.move(place, "answered", text="Nyt soitettiin.", expect=200)
    assert 'name="reopen"' not in press(world, path, "answer=worse&reopen=yes")
    assert handler.get(place, expect=200).json()["state"] == "answered"


def test_without_words_or_when_it_is_open_no_case_is_opened_again(world):
    case, handler = speak(world, wants_answer=True), world.client("handler")
    path, row = ask(world, case["id"])
    assert "uudelleen" not in press(world, path, "answer=worse&reopen=yes")
    page = press(world, path, "answer=worse&text=Ei+soitettu.&reopen=yes")
    assert "Kertomasi on tallennettu" in page and "Asia on avattu uudelleen" not in page
    assert kept(world, row)[2] == "Ei soitettu."
    assert handler.get(f"/v1/feedback/{case['id']}", expect=200).json()["state"] == "received"


def test_those_who_answer_for_the_change_read_the_answers_masked_and_not_whose_they_are(world):
    case = speak(world)
    path, row = ask(world, case["id"])
    press(world, path, "answer=worse&text=Soittakaa+040+123+4567+tai+131052-308T.")
    change = world.database.value("SELECT change_id::text FROM follow_up WHERE id = %s", row)
    owner, place = world.client("handler"), f"/v1/changes/{change}/follow-ups"
    item, = owner.all_items(place, limit=1)
    assert (item["id"], item["answer"], item["is_masked"]) == (row, "worse", True)
    assert "131052" not in item["text"] and item["text"].startswith("Soittakaa")
    assert set(item) == {"id", "answer", "answered_on", "text", "is_masked"}
    assert owner.all_items(place, answer="better") == [] == owner.all_items(place, has_text="false")
    world.giver(case["receipt_code"]).post("/v1/receipt/transitions", {"to": "withdrawn"}, expect=200)
    assert owner.all_items(place)[0]["text"] is None


# ---- behind the receipt ----


def question(world, case, change):
    news = world.giver(case["receipt_code"]).get("/v1/receipt", expect=200).json()["news"]
    return next(item["follow_up"] for item in news if item["id"] == change)


def say(world, case, change, answer, **options):
    return world.giver(case["receipt_code"]).post("/v1/receipt/follow-ups", {"change_id": change, "answer": answer}, **options)


def test_whoever_left_no_address_is_asked_behind_the_receipt_and_answers_once(world):
    case = speak(world)
    change = make_change(world, case["id"])
    assert question(world, case, change) == {"is_open": True, "answer": None}
    key = str(uuid.uuid4())
    assert say(world, case, change, "better", expect=200, idempotency=key).json() == {"change_id": change, "answer": "better"}
    assert say(world, case, change, "better", expect=200, idempotency=key).headers["Idempotent-Replayed"] == "true"
    say(world, case, change, "worse", expect=422, problem="idempotency_key_reused", idempotency=key)
    say(world, case, change, "worse", expect=409, problem="follow_up_answered")
    assert question(world, case, change) == {"is_open": False, "answer": "better"}
    assert world.database.rows("SELECT answer FROM follow_up WHERE change_id = %s", change) == [("better",)]


@pytest.mark.parametrize("days, is_open", [(27, False), (28, True), (88, True), (89, False)])
def test_it_is_asked_behind_the_receipt_as_long_as_a_link_would_be_good(world, days, is_open):
    case = speak(world)
    change = make_change(world, case["id"], made_ago=days)
    assert question(world, case, change)["is_open"] == is_open
    refusal = {"expect": 200} if is_open else {"expect": 409, "problem": "follow_up_not_on"}
    say(world, case, change, "same", **refusal)


def test_nobody_answers_for_a_change_that_did_not_come_from_them(world):
    case, other = speak(world), speak(world)
    change = make_change(world, other["id"])
    for wanted in (change, str(uuid.uuid4())):
        refused = say(world, case, wanted, "better", expect=422, problem="unknown_reference")
        assert problem_pointers(refused) == ["/change_id"]
    assert world.database.value("SELECT count(*) FROM follow_up WHERE change_id = %s", change) == 0


def test_who_has_the_question_in_a_mail_answers_it_on_either_way_once(world):
    address = {"contact": {"email": f"{uuid.uuid4().hex}@example.org"}, "wants_follow_up": True}
    case, second = speak(world, **address), speak(world, **address)
    change = make_change(world, case["id"])
    world.database.run("INSERT INTO change_source (id, change_id, kind, feedback_id) VALUES (%s, %s, 'feedback', %s)",
                       str(uuid.uuid4()), change, second["id"])
    token, token_hash = new_link()
    world.database.run(
        "INSERT INTO follow_up (id, change_id, contributor, feedback_id, token_hash, expires_on)"
        " SELECT gen_random_uuid(), %s, address_hash, feedback_id, %s, app_today() + 60 FROM contact WHERE feedback_id = %s",
        change, token_hash, case["id"])
    assert question(world, second, change) == {"is_open": True, "answer": None}
    say(world, second, change, "worse", expect=200)
    assert question(world, case, change) == {"is_open": False, "answer": "worse"}
    assert ALREADY["fi"] in press(world, f"/f/{token}", "answer=better")
    assert world.database.rows("SELECT answer FROM follow_up WHERE change_id = %s", change) == [("worse",)]


def test_the_page_of_the_receipt_asks_and_takes_the_answer(world):
    case = speak(world)
    change = make_change(world, case["id"])
    code = case["receipt_code"]
    page = press(world, "/r", f"code={code}")
    assert sorted(BUTTON.findall(page)) == ["better", "dont_know", "same", "worse"]
    page = press(world, "/r", f"code={code}&act=follow_up&change={change}&answer=better&key=x")
    assert "Kiitos vastauksesta!" in page and "Kyllä, nyt on paremmin" in page and not BUTTON.search(page)
    page = press(world, "/r", f"code={code}&act=follow_up&change={change}&answer=worse&key=y")
    assert "Kyllä, nyt on paremmin" in page and "Kiitos vastauksesta!" not in page
    for wrong in ("", f"&change={uuid.uuid4()}&answer=better", f"&change={change}"):
        assert "Kyllä, nyt on paremmin" in press(world, "/r", f"code={code}&act=follow_up{wrong}&key=z")
    assert world.database.rows("SELECT answer FROM follow_up WHERE change_id = %s", change) == [("better",)]


def test_who_is_erased_leaves_the_answer_and_nothing_of_themselves(world):
    case = speak(world)
    change = make_change(world, case["id"])
    body = {"change_id": change, "answer": "worse", "text": "Kaisu ei soittanut."}
    world.giver(case["receipt_code"]).post("/v1/receipt/follow-ups", body, expect=200)
    world.giver(case["receipt_code"]).post("/v1/receipt/erasure", expect=200)
    rows = world.database.rows("SELECT answer, text, masked, request_id, request_hash, contributor = uuid_send(feedback_id)"
                               " FROM follow_up WHERE change_id = %s", change)
    assert rows == [("worse", None, None, None, None, False)]


def test_answers_behind_the_receipt_decide_too(fresh_world):
    fresh_world.api.start()
    cases = [speak(fresh_world) for _ in range(5)]
    change = make_change(fresh_world, cases[0]["id"])
    for case in cases[1:]:
        fresh_world.database.run("INSERT INTO change_source (id, change_id, kind, feedback_id) VALUES (%s, %s, 'feedback', %s)",
                                 str(uuid.uuid4()), change, case["id"])
    for case, answer in zip(cases, ["better", "better", "better", "worse", "same"]):
        say(fresh_world, case, change, answer, expect=200)
    fresh_world.database.run("INSERT INTO job (kind, subject, data) VALUES ('follow_up', %s, '{\"phase\": \"decide\"}')", change)
    worker = fresh_world.start_worker("follow_up")
    worker.wait_for(lambda: fresh_world.database.value("SELECT state FROM change WHERE id = %s", change) == "verified", "the decision")
