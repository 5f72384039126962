"""
Question sets, surveys and links for tests.
"""

import datetime
import json
import re
import uuid

EXAMPLE = "sql/demo/questions_example.json"


def text(fi):
    return {"fi": fi, "sv": fi + " (sv)", "en": fi + " (en)"}


# One question of each type, and conditions of each kind.
QUESTIONS = [
    {"key": "met", "type": "scale", "min": 1, "max": 5, "required": True, "text": text("Kohdattiinko sinut?"),
     "labels": {"1": text("ei"), "5": text("kyllä")}, "dont_know": text("En osaa sanoa")},
    {"key": "why", "type": "text", "max_length": 100, "required": True, "text": text("Miksi?"), "shown_if": {"question": "met", "at_most": 2}},
    {"key": "way", "type": "choice", "text": text("Miten asioit?"), "options": [
        {"value": "phone", "text": text("Puhelimessa")}, {"value": "here", "text": text("Paikalla")}]},
    {"key": "waited", "type": "yes_no", "text": text("Odotitko?"), "shown_if": {"question": "way", "equals": "phone"}},
    {"key": "helped", "type": "multi_choice", "text": text("Mikä auttoi?"), "options": [
        {"value": "people", "text": text("Ihmiset")}, {"value": "time", "text": text("Aika")}, {"value": "place", "text": text("Paikka")}]},
    {"key": "more_time", "type": "yes_no", "text": text("Lisää aikaa?"), "shown_if": {"question": "helped", "in": ["time"]}},
    {"key": "recommend", "type": "recommend", "text": text("Suosittelisitko?"), "help": text("0 ei lainkaan, 10 varmasti.")},
]


def make_question_set(database, questions=None, *, unit=None, state="active", name=None, group="13_plus"):
    """A loaded set of these questions. Its id."""
    made = str(uuid.uuid4())
    database.run("INSERT INTO question_set (id, name, edition, respondent_group, unit_id, title, questions, state)"
                 " VALUES (%s::uuid, %s, 1, %s, %s::uuid, %s::jsonb, %s::jsonb, %s)", made, name or f"set-{made}", group, unit,
                 json.dumps(text("Kysely")), json.dumps(questions or QUESTIONS), state)
    return made


def moment(**delta):
    """A moment that is so far from now, as the API takes it."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**delta)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Survey:
    """A survey with one round, which is opened by hand before its time; `coordinator` is a client with feedback:coordinate."""

    def __init__(self, world, *, question_set=None, audience="clients", opens=None, closes=None, remind=None, unit="ward", is_open=True):
        self.coordinator = world.client("coordinator")
        self.question_set = question_set or make_question_set(world.database)
        self.id = self.coordinator.post("/v1/surveys", {
            "unit_id": world.units[unit], "question_set_id": self.question_set, "title": text("Miten meni?"),
            "intro": text("Kerro meille."), "audience": audience}, expect=201).json()["id"]
        times = {"opens_at": opens or moment(hours=1), "closes_at": closes or moment(days=7)}
        if remind:
            times["remind_at"] = remind
        self.path = f"/v1/surveys/{self.id}"
        self.round = self.coordinator.post(f"{self.path}/rounds", times, expect=201).json()["id"]
        self.round_path = f"{self.path}/rounds/{self.round}"
        if is_open:
            self.coordinator.move(self.path, "open", expect=200)
            self.coordinator.move(self.round_path, "open", expect=200)

    def links(self, count=1):
        """Tokens of new links."""
        made = self.coordinator.post(f"{self.round_path}/links", {"count": count}, expect=200).json()
        return [link["token"] for link in made["links"]]

    def invite(self, *emails, lang="fi", **options):
        return self.coordinator.post(f"{self.round_path}/links", {
            "addresses": [{"email": email, "lang": lang} for email in emails]}, **{"expect": 200, **options}).json()


FORM = "application/x-www-form-urlencoded"


def seen_on(page):
    """The questions that a page shows, as its form sends them back."""
    return re.search(r'name="seen" value="([^"]*)"', page)[1]
