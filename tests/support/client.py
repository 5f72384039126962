"""
HTTP to the API as a client system or a giver does it; every reply is checked against the contract.

    handler = Client(api, key)
    case = handler.post("/v1/feedback", {…}, expect=201).json()
    handler.patch(f"/v1/feedback/{case['id']}", {…}, etag='"1"', expect=200)
"""

import json
import uuid
from urllib.parse import urlsplit

import requests

from support import contract

MERGE_PATCH = "application/merge-patch+json"
TIMEOUT_SECONDS = 30


class Client:
    """One caller. `key` is an API key, `receipt` a receipt code; neither: without identity."""

    def __init__(self, api, key=None, *, receipt=None, language=None, checked=True):
        self.api = api
        self.checked = checked
        self.session = requests.Session()
        self.session.trust_env = False
        api.sessions.add(self.session)
        self.session.headers.update({"Accept-Encoding": "identity"})
        if key:
            self.session.headers["Authorization"] = f"Bearer {key}"
        if receipt:
            self.session.headers["Authorization"] = f"Receipt {receipt}"
        if language:
            self.session.headers["Accept-Language"] = language

    def request(self, method, path, body=None, *, expect=None, problem=None, headers=None, etag=None, idempotency=None,
                content_type=None, params=None, raw=None):
        """
        body: sent as JSON; raw: bytes sent as they are. etag becomes If-Match. expect: the status that
        must come; problem: the code of the problem document that must come.
        """
        sent = dict(headers or {})
        if body is not None:
            raw = json.dumps(body, ensure_ascii=False).encode()
        if raw is not None:
            sent.setdefault("Content-Type", content_type or "application/json")
        if etag is not None:
            sent["If-Match"] = etag
        if idempotency is not None:
            sent["Idempotency-Key"] = idempotency
        try:
            response = self.session.request(method, self.api.url + path, data=raw, headers=sent, params=params,
                                            timeout=TIMEOUT_SECONDS, allow_redirects=False)
        except requests.ConnectionError:
            self.api.check_crash()
            raise
        if self.checked:
            contract.check_reply(method, urlsplit(path).path, response)
        where = f"{method} {path} → {response.status_code}: {response.text[:2000]}"
        if problem is not None:
            assert response.status_code >= 400 and response.json()["code"] == problem, f"expected problem {problem}: {where}"
        if expect is not None:
            assert response.status_code == expect, f"expected {expect}: {where}"
        return response

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def head(self, path, **options):
        return self.request("HEAD", path, **options)

    def post(self, path, body=None, **options):
        return self.request("POST", path, body, **options)

    def patch(self, path, body, **options):
        return self.request("PATCH", path, body, content_type=MERGE_PATCH, **options)

    def put(self, path, body, **options):
        return self.request("PUT", path, body, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    # ---- what is done often ----

    def move(self, path, to, *, etag=None, **more):
        """A transition: POST <path>/transitions. Without etag the present one is asked for. Options of request() may follow."""
        options = {name: more.pop(name) for name in ("expect", "problem", "headers", "idempotency") if name in more}
        if etag is None and "Receipt" not in self.session.headers.get("Authorization", ""):
            etag = self.get(path, expect=200).headers["ETag"]
        return self.post(f"{path}/transitions", {"to": to, **more}, etag=etag, **options)

    def all_items(self, path, **params):
        """The items of every page of a list."""
        items, cursor = [], None
        while True:
            page = self.get(path, params={**params, **({"cursor": cursor} if cursor else {})}, expect=200).json()
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items


def new_key():
    """A fresh Idempotency-Key that giver operations take."""
    return str(uuid.uuid4())


def problem_pointers(response):
    """The pointers and parameters that a problem document names, sorted."""
    return sorted(error.get("pointer", error.get("parameter")) for error in response.json().get("errors", []))
