"""
What may happen to voices and changes, at random and written straight into the database, as the API and the workers write it.
"""

import datetime
import json
import uuid

FIRST_DAY = datetime.date(2024, 11, 1)
DAYS = 300
CHOICES = {
    "kind": ("thanks", "concern", "concern", "idea", "question", "safety"), "channel": ("web", "phone", "paper"),
    "lang": ("fi", "sv", "en"), "respondent_role": ("client", "client", "relative", "child", "staff"),
    "age_band": (None, "13_17", "30_64", "75_plus"), "level": ("feedback", "own_service")}
OUTCOMES = ("change_made", "no_change", "no_change", "information")
THEMES = (None, "odottaminen", "kohtelu")


class History:
    """`step()` does one thing; `add_voice` and `move` do a certain one."""

    def __init__(self, database, choice):
        self.database = database
        self.choice = choice
        self.units = [self._add_unit(parent) for parent in (None, 0, 0, 1, 1, 2)]
        self.services = [self._insert("service", unit_id=self.units[n], name='{"fi": "Palvelu"}') for n in (1, 3)]
        self.cases, self.changes = [], []
        self.deeds = {
            "voice": (14, self.add_voice), "step": (16, self._step), "give": (4, self._give), "sort": (2, self._sort),
            "erase": (2, self._erase), "duplicate": (3, self._duplicate), "change": (3, self._add_change),
            "change_step": (4, self._change_step), "edit": (2, self._edit), "link": (6, self._link), "unlink": (2, self._unlink),
            "ask": (3, self._ask), "answer": (3, self._answer), "reorganise": (1, self._reorganise)}

    def step(self, without=()):
        names = [name for name in self.deeds if name not in without]
        name = self.choice.choices(names, [self.deeds[name][0] for name in names])[0]
        self.deeds[name][1]()

    # ---- voices ----

    def add_voice(self, **columns):
        sql, values = self.voice_statement(**columns)
        self.cases.append(self.database.value(sql, *values))
        return self.cases[-1]

    def voice_statement(self, **columns):
        received = columns.setdefault("received_on", self._day())
        row = {name: self.choice.choice(values) for name, values in CHOICES.items()} | columns
        row |= {"id": str(uuid.UUID(int=self.choice.getrandbits(128))), "unit_id": self.choice.choice(self.units),
                "service_id": self.choice.choice((None, *self.services))}
        if self.choice.random() < 0.6:
            row |= {"wants_answer": True, "due_on": _date(received) + datetime.timedelta(14)}
        return self._insertion("feedback", row)

    def move(self, case, to_state, made_on=None, who="handler", reason=None, **data):
        self.database.run(
            "INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, data, version, made_on)"
            " SELECT gen_random_uuid(), 'feedback', id, state, %s, %s, %s, %s::jsonb, version + 1, coalesce(%s::date, received_on)"
            " FROM feedback WHERE id = %s::uuid", to_state, who, reason, json.dumps(data), made_on, case)

    def _step(self):
        if not (found := self._case("state NOT IN ('removed', 'withdrawn', 'duplicate', 'referred')")):
            return
        case, state, received = found
        to_state, who = self.choice.choice({
            "received": (("in_progress", "handler"), ("answered", "handler"), ("closed", "handler")),
            "in_progress": (("answered", "handler"), ("waiting_giver", "handler")),
            "waiting_giver": (("in_progress", "giver"),), "answered": (("closed", "handler"), ("in_progress", "giver")),
            "closed": (("in_progress", "giver"),)}[state])
        reason = self.choice.choice((None, "Syy")) if who == "handler" else "Ei riitä"
        data = {"outcome": self.choice.choice(OUTCOMES)} if to_state in ("answered", "closed") else {}
        self.move(case, to_state, self._day(received), who, reason, **data)

    def _give(self):
        if found := self._case():
            self.database.run("UPDATE feedback SET unit_id = %s::uuid WHERE id = %s::uuid", self.choice.choice(self.units), found[0])

    def _sort(self):
        if found := self._case():
            self.database.run("UPDATE feedback SET kind = %s, service_id = %s::uuid WHERE id = %s::uuid",
                              self.choice.choice(CHOICES["kind"]), self.choice.choice((None, *self.services)), found[0])

    def _erase(self):
        if found := self._case("id NOT IN (SELECT feedback_id FROM erasure)"):
            self.database.run("INSERT INTO erasure (feedback_id, who, reason) VALUES (%s::uuid, %s, 'Pyyntö')", found[0],
                              self.choice.choice(("giver", "coordinator", "retention")))

    def _duplicate(self):
        case, original = self._case("state IN ('received', 'in_progress')"), self._case("state <> 'duplicate'")
        if case and original and case[0] != original[0]:
            self.move(case[0], "duplicate", self._day(case[2]), duplicate_of=original[0])

    # ---- changes ----

    def _add_change(self):
        self.changes.append(self._insert(
            "change", unit_id=self.choice.choice(self.units), service_id=self.choice.choice((None, *self.services)),
            theme=self.choice.choice(THEMES), title='{"fi": "Muutos"}', said='{"fi": "Sanottua"}', done='{"fi": "Tehtyä"}',
            owner_ref="omistaja", planned_for="2026-01-01", evidence="kyllä", suggested_on=self._day()))

    def _change_step(self):
        if change := self._change("state IN ('suggested', 'under_review', 'planned', 'made')"):
            self.database.run(
                "INSERT INTO step (id, resource, subject, from_state, to_state, who, version, made_on)"
                " SELECT gen_random_uuid(), 'change', c.id, c.state, n.state, n.who, c.version + 1, %s::date FROM change c"
                " JOIN (VALUES ('suggested', 'under_review', 'owner'), ('under_review', 'planned', 'owner'),"
                "     ('planned', 'made', 'owner'), ('made', 'verified', 'system')) AS n (before, state, who) ON n.before = c.state"
                " WHERE c.id = %s::uuid", self._day(), change)

    def _edit(self):
        if change := self._change():
            self.database.run("UPDATE change SET theme = %s, unit_id = %s::uuid, title = %s::jsonb WHERE id = %s::uuid",
                              self.choice.choice(THEMES), self.choice.choice(self.units),
                              json.dumps({"fi": f"Muutos {self.choice.random()}"}), change)

    def _link(self):
        change, found = self._change(), self._case()
        if change and found:
            self.database.run("INSERT INTO change_source (id, change_id, kind, feedback_id)"
                              " VALUES (gen_random_uuid(), %s::uuid, 'feedback', %s::uuid) ON CONFLICT DO NOTHING", change, found[0])

    def _unlink(self):
        if change := self._change():
            self.database.run("DELETE FROM change_source WHERE id = (SELECT id FROM change_source WHERE change_id = %s::uuid"
                              " ORDER BY id LIMIT 1)", change)

    def _ask(self):
        change, found = self._change(), self._case()
        if change and found:
            self.database.run(
                "WITH asked AS (INSERT INTO follow_up (id, change_id, contributor, feedback_id, token_hash, asked_on, expires_on)"
                " VALUES (gen_random_uuid(), %s::uuid, %s, %s::uuid, %s, %s, '2027-01-01') RETURNING id)"
                " INSERT INTO mail (template, feedback_id, unique_key, state)"
                " SELECT 'follow_up', %s::uuid, 'follow_up:' || id, 'sent' FROM asked",
                change, self.choice.randbytes(8), found[0], self.choice.randbytes(8), self._day(), found[0])

    def _answer(self):
        self.database.run("UPDATE follow_up SET answer = %s, answered_on = asked_on + %s WHERE id = ("
                          "SELECT id FROM follow_up WHERE answer IS NULL ORDER BY id LIMIT 1)",
                          self.choice.choice(("better", "same", "worse", "dont_know")), self.choice.randrange(60))

    def _reorganise(self):
        self.database.run("UPDATE unit SET parent_id = %s::uuid WHERE id = %s::uuid", self.choice.choice(self.units[:2]), self.units[5])

    # ---- helpers ----

    def _day(self, first=None):
        first = _date(first) if first else FIRST_DAY
        return first + datetime.timedelta(self.choice.randrange(60 if first != FIRST_DAY else DAYS))

    def _case(self, condition="true"):
        return self._any("SELECT id::text, state, received_on FROM feedback WHERE " + condition + " ORDER BY id")

    def _change(self, condition="true"):
        found = self._any("SELECT id::text FROM change WHERE " + condition + " ORDER BY id")
        return found and found[0]

    def _any(self, sql):
        rows = self.database.rows(sql)
        return self.choice.choice(rows) if rows else None

    def _add_unit(self, parent):
        known = getattr(self, "_made", [])
        self._made = [*known, self._insert("unit", parent_id=known[parent] if parent is not None else None, name='{"fi": "Yksikkö"}')]
        return self._made[-1]

    def _insert(self, table, **row):
        sql, values = self._insertion(table, {"id": str(uuid.UUID(int=self.choice.getrandbits(128)))} | row)
        return self.database.value(sql, *values)

    def _insertion(self, table, row):
        places = ", ".join("%s::uuid" if name == "id" or name.endswith("_id") else "%s" for name in row)
        return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places}) RETURNING id::text", list(row.values())


def _date(day):
    return day if isinstance(day, datetime.date) else datetime.date.fromisoformat(day)
