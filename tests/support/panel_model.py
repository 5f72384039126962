"""
What a panel is expected to do with its members, in a few lines of Python: the model of the property test. It does over HTTP what it is
told to, and knows beforehand what comes of it.
"""

import itertools

from support.client import Client
from support.draw import draw
from support.panels import make_panel
from support.sessions import token_of

YOUNG = {"name": "nuoret", "is": {"age_band": ["18_29"]}, "least": 1, "most": 2}
SEATED = ("selected", "active")


class PanelModel:
    """states, ages, links: by the member's id; waiting: the reserve in its order."""

    def __init__(self, world, size, has_quota):
        self.world, self.size, self.quota = world, size, [YOUNG] if has_quota else []
        self.coordinator, self.anyone = world.client("coordinator"), Client(world.api)
        self.panel = make_panel(world, "client_panel", state="recruiting", is_public=True, checks_by_hand=False, rules={"size": size}, quota=self.quota)
        self.states, self.ages, self.links, self.waiting = {}, {}, {}, []
        self.names = (f"Jäsen {n}" for n in itertools.count())

    # ---- what happens ----

    def apply(self, age):
        made = self.anyone.post(f"/v1/panels/{self.panel}/applications", {
            "role": "client", "lang": "fi", "age_band": age, "name": next(self.names)}, expect=201).json()
        self.states[made["id"]], self.ages[made["id"]], self.links[made["id"]] = "eligible", age, token_of(made["link"])

    def draw(self, reserve_most):
        reply = self.coordinator.post(f"/v1/panels/{self.panel}/selections", {"reserve_most": reserve_most})
        candidates = [one for one, state in self.states.items() if state == "eligible"]
        young = sum(self._is_young(one) for one in candidates)
        lacks = max(YOUNG["least"] - self._seated_young(), 0) if self.quota else 0
        if self.room() <= 0:
            assert reply.json()["code"] == "panel_has_room"
        elif not candidates:
            assert reply.json()["code"] == "selection_has_candidates"
        elif lacks > min(young, self.room()):
            assert (reply.json()["code"], reply.json()["cell"]) == ("quota_cell_can_be_filled", "nuoret")
        else:
            document = self.coordinator.get(reply.headers["Location"], expect=200).json()
            assert {one["id"] for one in document["candidates"]} == set(candidates) and document["places"] == self.room()
            self.states |= draw(document)
            self.waiting += [one["id"] for one in document["candidates"] if self.states[one["id"]] == "reserve"]

    def answer(self, which, to):
        """A member does something by their link, or is refused where it is not theirs to do."""
        member = self._pick(which, self.links)
        legal = {"selected": ("active", "declined"), "active": ("ceased",), "eligible": ("withdrawn",), "reserve": ("withdrawn",)}
        can = member is not None and to in legal.get(self.states[member], ())
        if member is not None:
            self.anyone.post(f"/v1/personal/{self.links[member]}/membership/transitions", {"to": to, "reason": "Syy"}, expect=200 if can else 409)
        if can:
            self._moved(member, to)

    def nominate(self, age):
        made = self.coordinator.post(f"/v1/panels/{self.panel}/members", {"role": "client", "age_band": age, "name": next(self.names)}, expect=201)
        member = made.json()["id"]
        self.states[member], self.ages[member] = "nominated", age
        has_room = self.room() > 0
        self.coordinator.move(made.headers["Location"], "active", expect=200 if has_room else 409, problem=None if has_room else "panel_has_room")
        if has_room:
            self._moved(member, "active")

    def cease(self, which):
        member = self._pick(which, [one for one, state in self.states.items() if state == "active"])
        if member is not None:
            self.coordinator.move(f"/v1/members/{member}", "ceased", reason="Syy", expect=200)
            self._moved(member, "ceased")

    def resize(self, size):
        fits = size >= self.size - self.room()
        self.coordinator.patch(f"/v1/panels/{self.panel}", {"rules": {"size": size}}, etag="*", expect=200 if fits else 409)
        if fits:
            self.size = size
            self._fill()

    # ---- what is true ----

    def room(self):
        return self.size - sum(state in SEATED for state in self.states.values())

    def check(self):
        rows = self.world.database.rows("SELECT id::text, state FROM member WHERE panel_id = %s", self.panel)
        assert dict(rows) == self.states and self.room() >= 0
        report = {rule["rule"]: rule for rule in self.coordinator.get(f"/v1/panels/{self.panel}/rules", expect=200).json()["rules"]}
        assert (report["size"]["found"], report["size"]["value"], report["size"]["holds"]) == (self.size - self.room(), self.size, True)
        broken = self.world.database.rows(
            "SELECT s.subject FROM (SELECT x.*, lag(x.to_state) OVER (PARTITION BY x.subject ORDER BY x.version) AS before FROM step x) s"
            " JOIN member m ON m.id = s.subject AND m.panel_id = %s LEFT JOIN transition t ON t.resource = s.resource AND t.from_state = s.from_state"
            " AND t.to_state = s.to_state AND t.who = s.who WHERE t.who IS NULL OR coalesce(s.before, s.from_state) <> s.from_state", self.panel)
        assert broken == []

    # ---- the model's own ----

    def _pick(self, which, members):
        return sorted(members)[which % len(members)] if members else None

    def _is_young(self, member):
        return bool(self.quota) and self.ages[member] == "18_29"

    def _seated_young(self):
        return sum(self.states[one] in SEATED and self._is_young(one) for one in self.states)

    def _moved(self, member, to):
        self.states[member] = to
        if to == "withdrawn" and member in self.waiting:
            self.waiting.remove(member)
        self._fill()

    def _fill(self):
        while self.room() > 0:
            fits = [one for one in self.waiting if not self._is_young(one) or self._seated_young() < YOUNG["most"]]
            if self.quota and self._seated_young() < YOUNG["least"]:
                fits.sort(key=self._is_young, reverse=True)
            if not fits:
                return
            self.waiting.remove(fits[0])
            self.states[fits[0]] = "selected"
