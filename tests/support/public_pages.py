"""
Public pages as their readers get them: parsed by a strict parser of HTML, and what is published for them.

    page = read(world, "/changes", language="sv")
    page.words, page.links, page.languages
"""

import uuid
from dataclasses import dataclass, field
from urllib.parse import urljoin

import html5lib

from support.client import Client

TEXTS = {"title": {"fi": "Takaisinsoitto samana päivänä", "sv": "Uppringning samma dag"}, "said": {"fi": "Kukaan ei soittanut.", "en": "Nobody called."},
         "done": {"fi": "Soitamme samana päivänä."}}


@dataclass
class Page:
    response: object
    tree: object
    links: set = field(default_factory=set)
    words: str = ""

    def lang_of(self, text):
        """The language that the innermost element with this text is marked with; None: that of the page."""
        found = [element for element in self.tree.iter() if element.text and text in element.text]
        return found[-1].get("lang")


def read(world, path, *, language=None, expect=200, **params):
    """A page that is HTML without a mistake."""
    query = {**params, **({"language": language} if language else {})}
    response = Client(world.api).get(path, params=query, expect=expect)
    return parse(response)


def wait_for_words(world, path, words, present=True, **options):
    """
    The page, when it has these words, or has them no more: what is public is looked at twice a second, by each loop for
    itself. What another page of the same change shows is waited for on its own.
    """
    def look():
        page = read(world, path, **options)
        return page if (words in page.words) == present else None
    return world.api.wait_for(look, f"'{words}' in {path}", 10)


def wait_for_text(world, path, text, **params):
    """As wait_for_words, for what is no HTML: the reply."""
    def look():
        reply = Client(world.api).get(path, params=params, expect=200)
        return reply if text in reply.text else None
    return world.api.wait_for(look, f"'{text}' in {path}", 10)


def parse(response):
    tree = html5lib.HTMLParser(namespaceHTMLElements=False, strict=True).parse(response.text)
    page = Page(response, tree)
    page.words = " ".join(" ".join(tree.find("body").find("main").itertext()).split())
    page.links = {urljoin(response.url, element.get("href")) for element in tree.iter() if element.tag in ("a", "link") and element.get("href")}
    return page


def suggest(world, *, unit="ward", **more):
    """The path of a change in /v1 that is decided and not public."""
    owner = world.client("coordinator")
    body = {"unit_id": world.units[unit], "owner_ref": "Osastonhoitaja", "planned_for": "2030-01-01", "evidence": "Soittolista", **TEXTS, **more}
    path = owner.post("/v1/changes", body, expect=201).headers["Location"]
    for state in ("under_review", "planned"):
        owner.move(path, state, expect=200)
    return path


def publish(world, path):
    world.client("coordinator").post(f"{path}/publish", etag="*", idempotency=str(uuid.uuid4()), expect=200)


def public_change(world, *states, reason=None, **more):
    """The id of a published change that went on to these states; reason: why."""
    path = suggest(world, **more)
    for state in states:
        world.client("coordinator").move(path, state, **({"reason": reason} if reason else {}), expect=200)
    publish(world, path)
    return path.rsplit("/", 1)[1]


def public_report(world, unit="county", period="2024"):
    made = str(uuid.uuid4())
    world.database.run("INSERT INTO report_publication (id, unit_id, period) VALUES (%s::uuid, %s::uuid, %s)", made, world.units[unit], period)
    world.database.run("SELECT report_publish(%s::uuid)", made)
    return made


def add_year(world, unit="ward", year=2024, count=600, closed=True):
    """Voices of a year: enough of every kind, so that most tables can be shown; answered in a few days."""
    world.database.run(
        "INSERT INTO feedback (id, unit_id, kind, channel, lang, respondent_role, age_band, state, outcome, wants_answer, received_on, due_on, answered_on, closed_on)"
        " SELECT gen_random_uuid(), %s::uuid, (ARRAY['concern', 'thanks', 'idea'])[1 + n %% 3], (ARRAY['web', 'phone'])[1 + n %% 2],"
        " (ARRAY['fi', 'sv', 'en'])[1 + n / 3 %% 3], (ARRAY['client', 'relative', 'youth'])[1 + n / 9 %% 3], (ARRAY['18_29', '30_64', '75_plus', NULL])[1 + n / 27 %% 4],"
        " 'closed', (ARRAY['change_made', 'no_change', 'information'])[1 + n %% 3], true, d.day, d.day + 14, d.day + n %% 20, d.day + n %% 20"
        " FROM generate_series(1, %s) n CROSS JOIN LATERAL (SELECT make_date(%s, 1 + n %% 11, 1 + n %% 28) AS day) d",
        world.units[unit], count, year)
