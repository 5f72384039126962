"""
The page of something that one can take part in, as a browser reads it and sends its form.

    page = OpenPage(world, session.id)
    shown = page.send(**{"contact.email": "a@example.org"})
    words(shown)
"""

import html
import json
import re

import requests

from support.client import Client
from support.programs import ROOT
from support.public_pages import parse

PAGES = ROOT / "api/pages"
OWN = json.loads((PAGES / "personal_texts.json").read_text(encoding="utf-8"))
# By language and name: what personal pages have no text of their own for is that of all pages.
TEXTS = {tag: {**texts, **OWN[tag]} for tag, texts in json.loads((PAGES / "texts.json").read_text(encoding="utf-8")).items()}
TIMEOUT_SECONDS = 30


class OpenPage:
    """As it was shown once: its hidden fields, its token among them."""

    def __init__(self, world, thing, language="fi"):
        self.url = f"{world.api.url}/opportunities/{thing}?sent=true&language={language}"
        self.page = parse(Client(world.api).get(f"/opportunities/{thing}", params={"language": language}, expect=200))
        self.fields = hidden_fields(self.page.response.text)

    def send(self, headers=None, url=None, **fields):
        """The reply. A field that is None is left out."""
        sent = {**self.fields, "homepage": "", **fields}
        return requests.post(url or self.url, data={name: value for name, value in sent.items() if value is not None}, headers=headers,
                             timeout=TIMEOUT_SECONDS)


def hidden_fields(text):
    return {name: html.unescape(value) for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text)}


def words(reply):
    """What the page says; it is HTML without a mistake."""
    return parse(reply).words


def own_link(reply):
    """The path of the personal page that is shown; None: none is."""
    found = re.search(r'href="[^"]*(/m/[^"?]+)[^"]*"', reply.text)
    return found[1] if found else None
