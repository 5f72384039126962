"""
The page of a case in a real browser: accessible in each language and state, with the keyboard alone, without a script.
"""

import json

import pytest

from support.browser import GOOD_PRACTICE, visit
from support.programs import ROOT

LANGUAGES = ("fi", "sv", "en", "fi-x-selko")
SMALLEST, DESK = 320, 1024
TEXTS = json.loads((ROOT / "api/pages/texts.json").read_text())
QUESTION = {"text": "Minä päivänä kävit?"}


def say(language, name):
    return TEXTS[language].get(name) or TEXTS["fi"][name]


def make_case(world, *steps):
    """The code of a case that went these steps."""
    voice = {"unit_id": world.units["ward"], "kind": "concern", "text": "Odotin kauan.", "channel": "web", "lang": "fi", "wants_answer": True}
    made = world.client("submit").post("/v1/feedback", voice, expect=201).json()
    for to, more in steps:
        world.client("handler").move(f"/v1/feedback/{made['id']}", to, **more, expect=200)
    return made["receipt_code"]


def opened(world, language, code, *buttons, **more):
    """A visit that writes the code, and then presses these buttons."""
    return {"url": f"{world.api.url}/r?language={language}", "language": "de", "width": SMALLEST, "fill": {"#code": code},
            "press": [say(language, name) for name in ("receipt_open", *buttons)], **more}


def check_page(world, report, language):
    where = json.dumps(report, ensure_ascii=False, indent=1)[:4000]
    assert report["status"] == 200 and report["language"] == language, where
    assert report["violations"] == [] and report["complaints"] == [] and not report["too_wide"], where
    assert len(report["headings"]) == 1 and report["title"].startswith(report["headings"][0]), where
    assert all(request.split()[1] == f"{world.api.url}/r?language={language}" for request in report["requests"]), where


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_a_case_is_accessible(world, language):
    answered, other = (make_case(world, ("answered", {"text": "Pahoittelemme, <korjaamme>."})) for _ in range(2))
    asked = make_case(world, ("in_progress", {}), ("waiting_giver", QUESTION))
    visits = [{"url": f"{world.api.url}/r?language={language}", "language": "de", "width": SMALLEST}, opened(world, language, "väärä"),
              opened(world, language, asked), opened(world, language, answered, width=DESK), opened(world, language, answered),
              opened(world, language, answered, "receipt_send"), opened(world, language, answered, "receipt_reopen_button"),
              opened(world, language, answered, "receipt_withdraw_button"), opened(world, language, answered, "receipt_erase_button"),
              opened(world, language, answered, "receipt_withdraw_button", "receipt_withdraw_yes"),
              opened(world, language, other, "receipt_erase_button", "receipt_erase_yes")]
    reports = visit(*({**page, "axe": GOOD_PRACTICE} for page in visits))
    for report in reports:
        check_page(world, report, language)
    titles = ["receipt_title"] * 2 + ["receipt_case_title"] * 5 + ["receipt_withdraw_title", "receipt_erase_title", "receipt_case_title",
                                                                   "receipt_erased_title"]
    assert [report["headings"][0] for report in reports] == [say(language, name) for name in titles]
    assert [report["focus"] for report in reports[5:7]] == ["div.faults"] * 2


def test_a_giver_writes_and_reopens_without_a_script(world):
    code = make_case(world, ("answered", {"text": "Pahoittelemme."}))
    page = {"url": f"{world.api.url}/r?language=sv", "width": SMALLEST, "script": False, "fill": {"#code": code}}
    opening, sending = say("sv", "receipt_open"), say("sv", "receipt_send")
    written, reopened = visit(
        {**page, "press": [opening], "then": {"fill": {"#write": "Tack, & en fråga till."}, "press": [sending]}},
        {**page, "press": [opening], "then": {"fill": {"#reopen": "Svaret hjälpte inte."}, "press": [say("sv", "receipt_reopen_button")]}})
    assert say("sv", "receipt_sent") in written["text"] and "Tack, & en fråga till." in written["text"]
    assert say("sv", "receipt_reopened") in reopened["text"] and say("sv", "state_in_progress") in reopened["text"]


def test_a_giver_answers_with_the_keyboard_alone(world):
    code = make_case(world, ("in_progress", {}), ("waiting_giver", QUESTION))
    keys = [*["Tab"] * 6, f"text:{code}", "Tab", "Enter", "Tab", "Tab", "text:Maanantaina.", "Tab", "Enter"]
    report, = visit({"url": f"{world.api.url}/r", "width": SMALLEST, "keys": keys})
    assert say("fi", "receipt_sent") in report["text"] and "Maanantaina." in report["text"]
    assert world.giver(code).get("/v1/receipt", expect=200).json()["state"] == "in_progress"


def test_with_the_keyboard_nothing_is_erased_by_one_key(world):
    """The question comes first, and going back leaves everything as it was."""
    code = make_case(world)
    keys = [*["Tab"] * 6, f"text:{code}", "Enter", *["Tab"] * 5, "Enter", *["Tab"] * 3, "Enter"]
    report, = visit({"url": f"{world.api.url}/r", "width": SMALLEST, "keys": keys})
    assert report["headings"] == [say("fi", "receipt_case_title")] and "Odotin kauan." in report["text"]
    assert len([request for request in report["requests"] if request.startswith("POST")]) == 3
