"""
Dividing the sum of a budget consultation: exactly, once, by a link or by anybody, and figures from five answers on.
"""

import threading
import uuid

import pytest

from support.client import Client, problem_pointers
from support.consultations import BUDGET, Consultation

GOOD = {"bus": 60, "guide": 30, "coffee": 10}


def budget(world, **members):
    return Consultation(world, kind="budget", budget=BUDGET, **members)


def ballot(made):
    return made.client.post(f"{made.path}/budget-ballots", {"lang": "fi"}, expect=201).json()["link"][3:]


def divide(world, token, shares, **options):
    return world.client().post(f"/v1/personal/{token}/budget-answer", {"shares": shares}, **options)


def results(made):
    return made.client.get(f"{made.path}/budget-results", expect=200).json()


def test_a_link_shows_what_it_asks_and_divides_once(world):
    made = budget(world)
    token = ballot(made)
    asked = world.client().get(f"/v1/personal/{token}/budget", expect=200).json()
    assert (asked["budget"], asked["is_used"], asked["is_open"]) == (BUDGET, False, True)
    divide(world, token, GOOD, expect=200)
    divide(world, token, GOOD, expect=409, problem="budget_is_divided")
    assert world.client().get(f"/v1/personal/{token}/budget", expect=200).json()["is_used"] is True
    assert world.database.value("SELECT count(*) FROM budget_answer WHERE consultation_id = %s::uuid", made.id) == 1


@pytest.mark.parametrize("shares, problem, pointers", [
    ({"bus": 60, "guide": 30, "coffee": 9}, "budget_sum_is_divided", ["/shares"]), ({"bus": 80, "guide": 21}, "budget_sum_is_divided", ["/shares"]),
    ({}, "budget_sum_is_divided", ["/shares"]), ({"bus": 81, "guide": 19}, "budget_share_is_within_cost", ["/shares/bus"]),
    ({"bus": 80, "tram": 20}, "budget_option_is_known", ["/shares/tram"]), ({"bus": 90, "tram": 20}, "budget_option_is_known", ["/shares", "/shares/bus", "/shares/tram"])])
def test_the_whole_sum_is_divided_and_no_option_gets_more_than_it_costs(world, shares, problem, pointers):
    made = budget(world)
    assert problem_pointers(divide(world, ballot(made), shares, expect=422, problem=problem)) == pointers


@pytest.mark.parametrize("shares", [{"bus": 80, "guide": 20}, {"bus": 40, "guide": 60, "coffee": 0}])
def test_what_gets_nothing_may_be_left_out(world, shares):
    divide(world, ballot(budget(world)), shares, expect=200)


@pytest.mark.parametrize("shares", [{"bus": -1}, {"bus": 1.5}, {"bus": "60"}, {"bus": 10**13}, [60]])
def test_shares_are_whole_numbers(world, shares):
    divide(world, "A" * 22, shares, expect=422)


def test_a_repeated_answer_has_one_effect(world):
    made, key = budget(world), str(uuid.uuid4())
    token = ballot(made)
    divide(world, token, GOOD, idempotency=key, expect=200)
    assert divide(world, token, GOOD, idempotency=key, expect=200).headers["Idempotent-Replayed"] == "true"
    assert world.database.value("SELECT count(*) FROM budget_answer WHERE consultation_id = %s::uuid", made.id) == 1


def test_one_link_used_by_many_at_once_divides_once(world):
    made = budget(world)
    token = ballot(made)
    codes = []
    threads = [threading.Thread(target=lambda: codes.append(divide(world, token, GOOD).status_code)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200] + [409] * 9
    assert world.database.value("SELECT count(*) FROM budget_answer WHERE consultation_id = %s::uuid", made.id) == 1


def test_nobody_divides_before_or_after(world):
    made = budget(world, state="draft")
    token = ballot(made)
    divide(world, token, GOOD, expect=409, problem="consultation_is_over")
    made.move("open")
    made.move("closed")
    divide(world, token, GOOD, expect=409, problem="consultation_is_over")
    made.client.post(f"{made.path}/budget-ballots", {"lang": "fi"}, expect=409, problem="consultation_is_over")


def test_only_a_budget_has_links(world):
    made = Consultation(world)
    made.client.post(f"{made.path}/budget-ballots", {"lang": "fi"}, expect=409, problem="consultation_is_no_budget")
    made.client.get(f"{made.path}/budget-results", expect=404)


def test_anybody_divides_where_it_is_open_to_all(world):
    made = budget(world, is_open=True)
    anybody = Client(world.api)
    anybody.post(f"{made.path}/budget-answers", {"shares": GOOD}, expect=200)
    key = str(uuid.uuid4())
    anybody.post(f"{made.path}/budget-answers", {"shares": GOOD}, idempotency=key, expect=200)
    assert anybody.post(f"{made.path}/budget-answers", {"shares": GOOD}, idempotency=key, expect=200).headers["Idempotent-Replayed"] == "true"
    anybody.post(f"{made.path}/budget-answers", {"shares": {"bus": 40, "guide": 60}}, idempotency=key, expect=422, problem="idempotency_key_reused")
    anybody.post(f"{made.path}/budget-answers", {"shares": {"bus": 1}}, expect=422, problem="budget_sum_is_divided")
    assert world.database.value("SELECT count(*) FROM budget_answer WHERE consultation_id = %s::uuid", made.id) == 2


@pytest.mark.parametrize("members", [{}, {"is_open": True, "state": "draft"}])
def test_what_is_not_open_to_all_does_not_exist_for_them(world, members):
    made = budget(world, **members)
    Client(world.api).post(f"{made.path}/budget-answers", {"shares": GOOD}, expect=404)
    Client(world.api).post(f"/v1/consultations/{uuid.uuid4()}/budget-answers", {"shares": GOOD}, expect=404)


def test_an_open_budget_takes_as_many_answers_as_the_rule_says(fresh_world):
    world = fresh_world
    world.database.run("UPDATE rule SET value = 2 WHERE name = 'budget_answers_most'")
    world.api.start()
    made = budget(world, is_open=True)
    codes = []
    threads = [threading.Thread(target=lambda: codes.append(
        Client(world.api).post(f"{made.path}/budget-answers", {"shares": GOOD}).status_code)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 200, 409, 409, 409, 409]
    Client(world.api).post(f"{made.path}/budget-answers", {"shares": GOOD}, expect=409, problem="budget_is_full")


def test_figures_come_from_five_answers_on_and_when_it_is_over(world):
    made = budget(world, is_open=True)
    for count in range(1, 6):
        Client(world.api).post(f"{made.path}/budget-answers", {"shares": {"bus": 80, "guide": 20} if count == 1 else GOOD}, expect=200)
        assert results(made) == {"consultation_id": made.id, "answers": 5 if count == 5 else None, "options": None}
    made.move("closed")
    figures = {option["key"]: (option["sum"], option["mean"], option["median"]) for option in results(made)["options"]}
    assert figures == {"bus": (320, 64, 60), "guide": (140, 28, 30), "coffee": (40, 8, 10)}


def test_four_answers_give_no_figures_ever(world):
    made = budget(world, is_open=True)
    for _ in range(4):
        Client(world.api).post(f"{made.path}/budget-answers", {"shares": GOOD}, expect=200)
    made.move("closed")
    assert results(made)["answers"] is None and results(made)["options"] is None


def test_nothing_relates_a_link_to_its_answer(world):
    made = budget(world)
    token = ballot(made)
    divide(world, token, GOOD, expect=200)
    made.move("closed")
    rows = world.database.rows("SELECT b.used_key, b.request_hash, p.ended_on IS NOT NULL FROM budget_ballot b JOIN person p ON p.id = b.id WHERE b.consultation_id = %s::uuid", made.id)
    assert rows == [(None, None, True)]
    assert not world.database.value("SELECT EXISTS (SELECT FROM budget_answer a JOIN budget_ballot b ON a.id = b.id)")


def test_the_sum_is_divided_on_the_page_of_the_link(world):
    made = budget(world)
    token = ballot(made)
    url = f"{world.api.url}/m/{token}"
    session = Client(world.api, checked=False).session
    form = {"operation": "personal_budget_answer", "shares.bus": "81", "shares.guide": "19", "shares.coffee": ""}
    shown = session.post(url, data=form, allow_redirects=False)
    assert shown.status_code == 422 and 'value="81"' in shown.text and "Osuus on suurempi kuin hinta" in shown.text
    assert session.post(url, data={**form, "shares.bus": "80", "shares.guide": "20"}, allow_redirects=False).status_code == 303
    assert "Olet jo jakanut rahan" in session.get(f"{url}?language=fi").text
    assert world.database.value("SELECT shares FROM budget_answer WHERE consultation_id = %s::uuid", made.id) == {"bus": 80, "guide": 20}
