"""
One of everything that an operation may be asked for. Each is made through the API when it is first asked for: a test
pays for what it uses. A new thing is a property; what it needs of others it asks them.
"""

import itertools
import json
import uuid
from functools import cached_property

from support.bookings import order
from support.claims import Task
from support.client import Client
from support.consultations import BUDGET, consultation, make_decision
from support.people import add_person
from support.questions import make_question_set
from support.sessions import draft, series
from support.words import index

TITLE = {"fi": "Takaisinsoitto samana päivänä"}
OPTIONS = [{"key": "yes", "text": {"fi": "Kyllä"}}, {"key": "no", "text": {"fi": "Ei"}}]
PANEL = {"fi": "Raati"}
CODES = itertools.count(1)


def code():
    """Of a catalogue: three letters that are no language's."""
    n = next(CODES)
    return f"q{chr(97 + n // 26 % 26)}{chr(97 + n % 26)}"


class Things:
    """What belongs to the unit of this name: ids, mostly. Made with a key that may do all."""

    def __init__(self, world, name, key):
        self.world = world
        self.client = Client(world.api, key)
        self.unit = world.units[name]

    def make_all(self):
        """Makes what nobody has asked for yet."""
        for name, member in vars(type(self)).items():
            if isinstance(member, cached_property):
                getattr(self, name)
        return self

    def _new(self, path, body, status=201):
        return self.client.post(path, body, expect=status).json()["id"]

    def _value(self, sql, *values):
        return self.world.database.value(sql, *values)

    # ---- cases and changes ----

    @cached_property
    def case(self):
        return self.client.post("/v1/feedback", {
            "unit_id": self.unit, "kind": "concern", "text": "Odotin kauan.", "channel": "web", "lang": "fi"}, expect=201).json()

    @cached_property
    def feedback(self):
        return self.case["id"]

    @cached_property
    def receipt(self):
        """The receipt code of the case."""
        return self.case["receipt_code"]

    @cached_property
    def found(self):
        """The case, when it can be searched for."""
        case = self.feedback
        index(self.world.database)
        return case

    @cached_property
    def imported(self):
        return self.import_by(self.client)

    def import_by(self, client):
        """The id of an import of one line that this client makes."""
        line = {"unit_id": self.unit, "kind": "concern", "text": "Odotin kauan.", "channel": "import", "lang": "fi"}
        return client.post("/v1/imports", raw=json.dumps(line).encode(), content_type="application/x-ndjson",
                           idempotency=str(uuid.uuid4()), expect=200).json()["id"]

    @cached_property
    def change(self):
        return self._change()

    @cached_property
    def decided(self):
        return self._decided_change()

    @cached_property
    def published(self):
        change = self._decided_change()
        self.client.post(f"/v1/changes/{change}/publish", etag="*", expect=200)
        return change

    @cached_property
    def source(self):
        return self._new(f"/v1/changes/{self.change}/sources", {"kind": "feedback", "feedback_id": self.feedback})

    @cached_property
    def asked(self):
        """A change of which the giver of the case is asked how it went."""
        made = self._value("INSERT INTO change (id, unit_id, title, done, owner_ref, planned_for, evidence, state, made_on)"
                         " VALUES (gen_random_uuid(), %s, '{\"fi\": \"a\"}', '{\"fi\": \"a\"}', 'x', app_today(), 'x', 'made', app_today() - 30)"
                         " RETURNING id::text", self.unit)
        self._value("INSERT INTO change_source (id, change_id, kind, feedback_id) VALUES (gen_random_uuid(), %s, 'feedback', %s)", made, self.feedback)
        return made

    def _change(self):
        return self._new("/v1/changes", {"unit_id": self.unit, "title": TITLE, "said": TITLE, "done": TITLE, "owner_ref": "osastonhoitaja",
                                         "planned_for": "2030-01-01"})

    def _decided_change(self):
        change = self._change()
        for state in ("under_review", "planned"):
            self.client.move(f"/v1/changes/{change}", state, expect=200)
        return change

    # ---- units, keys, reports ----

    @cached_property
    def service(self):
        return self._new("/v1/services", {"unit_id": self.unit, "name": {"fi": "Vastaanotto"}})

    @cached_property
    def form_path(self):
        return self.client.get(f"/v1/units/{self.unit}", expect=200).json()["form_path"]

    @cached_property
    def key(self):
        return self._new("/v1/api-keys", {"name": "toinen", "scopes": ["feedback:submit"], "unit_ids": [self.unit]})

    @cached_property
    def reported(self):
        """The unit, when a report of it is kept."""
        self._value("INSERT INTO report (period, unit_id, body) VALUES ('2026-01', %s::uuid, '{}') ON CONFLICT DO NOTHING", self.unit)
        return self.unit

    @cached_property
    def publication(self):
        made = self._new("/v1/reports/publications", {"unit_id": self.unit, "period": "2025-02", "correction_note": TITLE})
        self._value("SELECT report_publish(%s::uuid)", made)
        return made

    @cached_property
    def year(self):
        made = self._value("INSERT INTO report_publication (id, unit_id, period) VALUES (gen_random_uuid(), %s::uuid, '2025') RETURNING id",
                         self.world.units["county"])
        self._value("SELECT report_publish(%s::uuid)", made)
        return made

    # ---- surveys ----

    @cached_property
    def question_set(self):
        return make_question_set(self.world.database, unit=self.unit)

    @cached_property
    def survey(self):
        return self._new("/v1/surveys", {"unit_id": self.unit, "question_set_id": self.question_set, "title": TITLE, "audience": "clients"})

    @cached_property
    def round(self):
        return self._new(f"/v1/surveys/{self.survey}/rounds", {"opens_at": "2030-01-01T00:00:00Z", "closes_at": "2030-02-01T00:00:00Z"})

    @cached_property
    def person(self):
        """Somebody with a personal link: a survey does as well as anything."""
        add_person(self.world, "survey", self.survey)
        return self.survey

    # ---- sessions ----

    @cached_property
    def session(self):
        return self._session()

    @cached_property
    def open_session(self):
        made = self._session(is_open=True)
        self.client.move(f"/v1/sessions/{made}", "published", expect=200)
        return made

    @cached_property
    def held(self):
        made = self._session()
        self.world.database.run("UPDATE session SET state = 'held', starts_at = '2026-01-01T12:00Z', ends_at = '2026-01-01T14:00Z' WHERE id = %s::uuid", made)
        return made

    @cached_property
    def registration(self):
        return self._new(f"/v1/open-sessions/{self.open_session}/registrations", {"lang": "fi"}, status=200)

    @cached_property
    def series(self):
        return self._new("/v1/session-series", series(self.unit))

    def _session(self, **members):
        return self._new("/v1/sessions", draft(self.unit, **members))

    # ---- decisions ----

    @cached_property
    def decision(self):
        return make_decision(self.client, self.unit)

    @cached_property
    def consultation(self):
        made = self._new("/v1/consultations", consultation(self.decision, kind="budget", budget=BUDGET, is_open=True))
        self.client.move(f"/v1/consultations/{made}", "open", expect=200)
        return made

    # ---- panels ----

    @cached_property
    def municipality(self):
        return self._value("INSERT INTO municipality (id, unit_id, code, name) VALUES (gen_random_uuid(), %s, '999', '{\"fi\": \"Kunta\"}')"
                         " ON CONFLICT (code) DO UPDATE SET closed_on = NULL RETURNING id", self.unit)

    @cached_property
    def panel(self):
        return self._panel()

    @cached_property
    def member(self):
        return self._new(f"/v1/panels/{self.panel}/members", {"role": "client", "name": "Jäsen"})

    @cached_property
    def public_panel(self):
        return self._panel("steering_group", is_public=True)

    @cached_property
    def open_panel(self):
        return self._panel(is_public=True, state="recruiting")

    @cached_property
    def drawn(self):
        """A panel with one selection, and somebody who can be drawn in the next."""
        panel = self._panel(checks_by_hand=False, state="recruiting")
        for is_drawn in (True, False):
            self._value("INSERT INTO member (id, panel_id, role) VALUES (gen_random_uuid(), %s, 'client')", panel)
            if is_drawn:
                self.client.post(f"/v1/panels/{panel}/selections", {}, expect=201)
        return panel

    @cached_property
    def council(self):
        """One at work."""
        return self._panel(state="active")

    @cached_property
    def statement(self):
        made = self._new("/v1/statements", self.statement_body)
        self.client.patch(f"/v1/statements/{made}", {"text": TITLE}, etag="*", expect=200)
        return made

    @cached_property
    def input(self):
        return self._new("/v1/inputs", self.input_body)

    @cached_property
    def vote(self):
        return self._new("/v1/votes", self.vote_body)

    @cached_property
    def panel_round(self):
        return self._new("/v1/rounds", self.round_body)

    @cached_property
    def group(self):
        return self._panel("co_development")

    @cached_property
    def co_development(self):
        return self._new("/v1/co-developments", {"panel_id": self.group, "title": TITLE})

    @cached_property
    def trial(self):
        return self._new(f"/v1/co-developments/{self.co_development}/trials", {"what": "Takaisinsoitto", "starts_on": "2026-01-01"})

    @cached_property
    def task(self):
        return self._new(f"/v1/co-developments/{self.co_development}/tasks", {"what": "Kutsut", "role": "facilitator", "due_on": "2030-01-01"})

    def _panel(self, kind="residents_meeting", state="draft", **members):
        made = self._new("/v1/panels", {"unit_id": self.unit, "kind": kind, "name": PANEL, **members})
        if state != "draft":
            self.client.move(f"/v1/panels/{made}", state, expect=200)
        return made

    # ---- fees and claims ----

    @cached_property
    def fee_class(self):
        return self._new("/v1/fee-classes", self.fee_class_body)

    @cached_property
    def cost(self):
        return self._new("/v1/participation-costs", self.cost_body)

    @cached_property
    def task_done(self):
        return Task(self.world, self.unit).over().id

    @cached_property
    def booking_feedback(self):
        return Task(self.world, self.unit).over().says(4, is_hard=True).json()["id"]

    @cached_property
    def observation(self):
        return Task(self.world, self.unit).notices("Ovi on raskas.").json()["id"]

    @cached_property
    def claim(self):
        return Task(self.world, self.unit).over().claim

    @cached_property
    def sent_claim(self):
        made = Task(self.world, self.unit).over()
        made.claims(hours=2)
        return made.claim

    @cached_property
    def approved_claim(self):
        """The unit, when it has one."""
        self.fee_class
        made = Task(self.world, self.unit).over()
        made.claims(hours=2)
        self.client.move(f"/v1/claims/{made.claim}", "approved", expect=200)
        return self.unit

    @cached_property
    def claim_export(self):
        return self._new("/v1/claim-exports", {"unit_id": self.approved_claim})
    # ---- experts ----

    expert_call = cached_property(lambda self: self._new("/v1/expert-calls", {"unit_id": self.unit, "title": TITLE}))

    def _catalogue(self, table):
        return self._value(f"INSERT INTO {table} (code, unit_id, name) VALUES (%s, %s::uuid, '{{\"fi\": \"Uusi\"}}') RETURNING code", code(), self.unit)

    catalogue_area = cached_property(lambda self: self._catalogue("experience_area"))
    catalogue_task = cached_property(lambda self: self._catalogue("experience_task"))
    catalogue_language = cached_property(lambda self: self._catalogue("spoken_language"))

    @cached_property
    def expert(self):
        return self._new("/v1/experts", {"unit_id": self.unit, "name": "Eeva", "agreement_from": "2026-01-01"})

    @cached_property
    def active_expert(self):
        made = self._new("/v1/experts", {"unit_id": self.unit, "name": "Eeva", "agreement_from": "2026-01-01"})
        self.client.move(f"/v1/experts/{made}", "active", expect=200)
        return made

    @cached_property
    def availability(self):
        return self._new(f"/v1/experts/{self.expert}/availability", {"kind": "exception", "first_on": "2030-12-24"})

    # ---- bookings ----

    @cached_property
    def booking(self):
        return self._new("/v1/bookings", order(self.unit))

    @cached_property
    def offer(self):
        made = self._new("/v1/bookings", order(self.unit))
        return self._new(f"/v1/bookings/{made}/offers", {"expert_id": self.active_expert})

    # ---- bodies ----

    @property
    def fee_class_body(self):
        return {"unit_id": self.unit, "code": f"c{next(CODES)}", "name": TITLE, "form": "wage", "per_hour": 40, "valid_from": "2026-01-01"}

    @property
    def cost_body(self):
        return {"unit_id": self.unit, "line": "premises", "month": "2026-10", "amount": 120.5}

    @property
    def statement_body(self):
        return {"panel_id": self.council, "title": TITLE, "due_on": "2035-01-01", "decision_on": "2035-02-01"}

    @property
    def input_body(self):
        return {"panel_id": self.council, "kind": "idea", "speaker_role": "client", "text": "Lisää valoa."}

    @property
    def vote_body(self):
        return {"panel_id": self.council, "question": TITLE, "options": OPTIONS, "closes_at": "2035-01-01T00:00:00Z"}

    @property
    def round_body(self):
        return {"panel_id": self.council, "question_set_id": self.question_set, "title": TITLE, "opens_at": "2034-01-01T00:00:00Z",
                "closes_at": "2035-01-01T00:00:00Z"}
