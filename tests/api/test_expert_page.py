"""
What experts find behind their personal link once a booking is over: the form of their claim, and what became of it.
"""

import html
import re

import pytest

from support.claims import Task

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def manager(world):
    world.keys["manager"] = world.new_key(["bookings:manage", "admin"])
    client = world.client("manager")
    client.post("/v1/fee-classes", {"unit_id": world.units["hospital"], "code": "tunti", "name": {"fi": "Tuntipalkkio"}, "form": "wage",
                                    "valid_from": "2020-01-01", "per_hour": 80, "per_km": 0.55}, expect=201)
    return client


@pytest.fixture
def task(world, manager):
    return Task(world, world.units["ward"])


def page(task, language="fi"):
    return html.unescape(task.client.get(f"/m/{task.token}?language={language}", expect=200).text)


def send(task, operation, **fields):
    """The page after this form of it was sent."""
    body = "&".join(f"{name}={value}" for name, value in {"operation": operation, **fields}.items())
    reply = task.client.post(f"/m/{task.token}?language=fi", raw=body.encode(), content_type=FORM)
    return html.unescape(reply.text if reply.status_code != 303 else task.client.get(reply.headers["Location"], expect=200).text)


@pytest.mark.parametrize("language, title, task_name, hours, fee", [
    ("fi", "Palkkiot ja kulut", "Luento tai puheenvuoro", "1,5", "80,00\u00a0€"), ("sv", "Arvoden och utgifter", "Föreläsning eller anförande", "1,5", "80,00\u00a0€"),
    ("en", "Fees and expenses", "Lecture or talk", "1.5", "80.00\u00a0€")])
def test_the_page_has_the_form_of_a_claim_with_the_hours_that_were_booked(world, manager, language, title, task_name, hours, fee):
    task = Task(world, world.units["ward"])
    world.database.run("UPDATE booking SET ends_at = starts_at + interval '90 minutes' WHERE id = %s::uuid", task.id)
    assert title not in page(task, language)
    shown = page(task.over(), language)
    assert title in shown and task_name in shown and fee in shown
    assert re.search(rf'name="hours" inputmode="decimal"[^>]* value="{hours}"', shown)


def test_a_claim_is_sent_as_people_write_numbers_and_told_until_it_is_paid(manager, task):
    task.over()
    shown = send(task, "own_claim_transition", id=task.claim, to="submitted", hours="2,5", km="10,5", expenses="7.80", expenses_for="Junalippu")
    assert "odottavat hyväksymistä" in shown and "213,58\u00a0€" in shown
    path = f"/v1/claims/{task.claim}"
    manager.move(path, "returned", reason="Kilometrit puuttuvat.", expect=200)
    assert "Kilometrit puuttuvat." in page(task) and 'value="7,8"' in page(task)
    send(task, "own_claim_transition", id=task.claim, to="submitted", hours="2", only_expenses="true")
    manager.move(path, "approved", expect=200)
    shown = page(task)
    assert "Palkkio on hyväksytty." in shown and "own_claim_transition" not in shown


@pytest.mark.parametrize("fields, words", [({}, "Tunnit puuttuvat"), ({"hours": "kaksi"}, "pitää olla luku"), ({"hours": "2,"}, "pitää olla luku"),
                                           ({"hours": "1", "expenses": "5"}, "Kulujen selitys puuttuu")])
def test_what_is_wrong_is_said_at_its_field(task, fields, words):
    task.over()
    assert words in send(task, "own_claim_transition", id=task.claim, to="submitted", **fields)


def test_an_expert_waives_on_the_page(task):
    task.over()
    assert "Luovuit tästä palkkiosta." in send(task, "own_claim_transition", id=task.claim, to="waived")


def test_who_cancelled_late_is_told_that_expenses_alone_are_paid_and_asked_for_no_hours(task):
    shown = page(task.over("cancelled_late", "expert", "Sairastuin"))
    assert "Siitä ei makseta palkkiota" in shown and "80,00\u00a0€" not in shown and 'name="hours"' not in shown
    assert "odottavat hyväksymistä" in send(task, "own_claim_transition", id=task.claim, to="submitted", expenses="5", expenses_for="Junalippu")


def test_where_the_client_did_not_come_the_hours_are_those_that_were_agreed_on(task):
    shown = page(task.over("client_absent", "expert"))
    assert "Montako tuntia oli sovittu?" in shown and "Montako tuntia tehtävä kesti?" not in shown and "Saat silti palkkion." in shown


def test_feedback_a_talk_and_an_observation_go_by_the_page(task):
    task.over()
    assert "Miten tehtävä sujui?" in page(task)
    shown = send(task, "own_booking_feedback", id=task.id, rating="2", text="Tila oli kylmä.", is_hard="true")
    assert "Kiitos palautteestasi." in shown and "Haluatko puhua siitä" in shown
    assert "ottaa sinuun yhteyttä" in send(task, "own_debrief", id=task.id, wants="true")
    assert "Opasteet puuttuvat." in send(task, "own_observation_create", text="Opasteet puuttuvat.")


@pytest.mark.parametrize("language, words", [("sv", ["Hur gick uppgiften?", "Vad har du lagt märke till i tjänsterna?", "Mycket bra"]),
                                             ("en", ["How did the task go?", "What have you noticed in the services?", "Very well"])])
def test_what_is_asked_after_a_task_is_asked_in_ones_language(task, language, words):
    shown = page(task.over(), language)
    assert all(word in shown for word in words)
