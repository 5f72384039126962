"""
The feedback form of a unit as a browser sends it, and pages as text.

    form = Form(world, "ward")
    page = form.send(kind="concern", text="Odotin kauan.")
    receipt_code(page)
"""

import html
import re
import struct

import requests

from support.links import base64url, keyed_hash

FORM_PURPOSE = 11
CODE = re.compile(r'<p class="receipt">(.*?)</p>')
TIMEOUT_SECONDS = 30


class Form:
    """A form that was shown once: its token, and where it goes."""

    def __init__(self, world, unit, query="", **headers):
        self.url = f"{world.api.url}{path_of(world, unit)}{query}"
        self.headers = {"Accept-Language": "fi", **headers}
        self.page = requests.get(self.url, headers=self.headers, timeout=TIMEOUT_SECONDS)
        self.token = token_of(self.page)

    def send(self, headers=None, **fields):
        """The page that answers. A field that is None is left out."""
        sent = {"token": self.token, "homepage": "", "email": "", "respondent_role": "", "on_behalf_of": "", "age_band": "", **fields}
        return requests.post(self.url, data={name: value for name, value in sent.items() if value is not None},
                             headers={**self.headers, **(headers or {})}, timeout=TIMEOUT_SECONDS)


def path_of(world, unit):
    return "/p/" + world.database.value("SELECT form_code FROM unit WHERE id = %s", world.units[unit])


def token_of(page):
    found = re.search(r'name="token" value="([^"]*)"', page.text)
    return found[1] if found else None


def made_token(unit_id, shown_ms):
    """A token as the API makes it (api/form_token.c), of a form that was shown at that moment."""
    shown, number = struct.pack("<q", shown_ms), b"\7" * 16
    return base64url(shown + number + keyed_hash(FORM_PURPOSE, unit_id.encode(), shown, number)[:16])


def receipt_code(page):
    """The code on the page; None: there is none."""
    found = CODE.search(text_of(page))
    return re.sub(r"<[^>]*>", "", found[1]) if found else None


def text_of(page):
    return html.unescape(page.content.decode())
