"""
Random histories of cases against a model of a few lines: whatever staff, givers and rules do, in whatever order, the case is
where the model says, and nothing that was erased comes back.
"""

import uuid

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple, rule, run_state_machine_as_test

from test_case_steps import LEGAL, STATES, members_of

ERASED = ("removed", "withdrawn")


class Model:
    """What a case should look like."""

    def __init__(self, made):
        self.id, self.code = made["id"], made["receipt_code"]
        self.state, self.original, self.is_gone = "received", None, False

    def move(self, to, original=None):
        self.state = to
        self.original = original if to == "duplicate" else None


class Cases(RuleBasedStateMachine):
    """Some cases, so that duplicates meet; `world` is set by the test."""

    world = None
    cases = Bundle("cases")

    def __init__(self):
        super().__init__()
        self.models = []

    @initialize(target=cases)
    def three_speak(self):
        return multiple(*(self.somebody_speaks() for _ in range(3)))

    @rule(target=cases)
    def somebody_speaks_besides(self):
        return self.somebody_speaks()

    def somebody_speaks(self):
        made = self.world.client("submit").post("/v1/feedback", {
            "unit_id": self.world.units["ward"], "kind": "concern", "text": "Odotin kauan.", "channel": "web", "lang": "fi"},
            expect=201).json()
        self.models.append(Model(made))
        return self.models[-1]

    @rule(case=cases, other=cases, choices=st.lists(st.integers(0, 9), min_size=2, max_size=5))
    def a_handler_moves_a_case_on(self, case, other, choices):
        for choice in choices:
            ends = sorted(end for start, end in LEGAL["handler"] if start == case.state)
            if ends:
                self.staff_move(case, other, ends[choice % len(ends)], "handler")

    @rule(case=cases, other=cases, to=st.sampled_from(STATES), who=st.sampled_from(["handler", "coordinator"]))
    def staff_move_a_case_anywhere(self, case, other, to, who):
        self.staff_move(case, other, to if to != "removed" or case is self.models[0] else "closed", who)

    def staff_move(self, case, other, to, who):
        original = self.original_of(other)
        reply = self.world.client(who).post(f"/v1/feedback/{case.id}/transitions", members_of(to, other.id), etag="*")
        pairs = LEGAL["handler"] | (LEGAL["coordinator"] if who == "coordinator" else set())
        if (case.state, to) not in pairs:
            assert reply.json()["code"] == "illegal_transition"
            assert reply.json()["legal"] == sorted(end for start, end in pairs if start == case.state)
        elif to == "duplicate" and original is case:
            assert reply.json()["code"] == "original_is_itself"
        elif to == "duplicate" and original.state in ERASED:
            assert reply.json()["code"] == "original_is_erased"
        else:
            assert (reply.status_code, reply.json()["state"]) == (200, to)
            self.moved(case, to, original)
        self.check(case)

    @rule(case=cases, to=st.sampled_from(["in_progress"] * 4 + ["withdrawn"]), gives_reason=st.booleans())
    def the_giver_moves_a_case(self, case, to, gives_reason):
        body = {"to": to, **({"reason": "Ei auttanut."} if gives_reason else {})}
        reply = self.giver(case).post("/v1/receipt/transitions", body, idempotency=str(uuid.uuid4()))
        if case.is_gone:
            assert reply.status_code == 404
        elif (case.state, to) not in LEGAL["giver"]:
            assert reply.json()["code"] == "illegal_transition"
        elif to == "in_progress" and case.state != "waiting_giver" and not gives_reason:
            assert reply.json()["code"] == "reason_required"
        else:
            assert reply.json()["state"] == to
            self.moved(case, to)
        self.check(case)

    @rule(case=cases)
    def the_giver_writes(self, case):
        reply = self.giver(case).post("/v1/receipt/messages", {"text": "Lisään tämän."}, idempotency=str(uuid.uuid4()))
        if case.is_gone:
            assert reply.status_code == 404
        elif case.state in ERASED:
            assert reply.json()["code"] == "feedback_is_erased"
        else:
            assert reply.status_code == 201
            case.state = "in_progress" if case.state == "waiting_giver" else case.state
        self.check(case)

    @rule(days=st.sampled_from([0, 20, 40]))
    def rules_are_applied(self, days):
        connection = self.world.database.connect("worker")
        with connection.cursor() as cursor:
            cursor.execute("SET osallisuus.now_offset = %s; SELECT cases_by_rule(500)", (f"{days} days",))
        connection.close()
        for case in self.models:
            if case.state == "waiting_giver" and days >= 20:
                case.move("in_progress")
            elif case.state == "answered" and days >= 40:
                case.move("closed")

    @rule(case=cases, who=st.sampled_from(["giver", "coordinator"]), is_meant=st.sampled_from([False] * 4 + [True]))
    def somebody_is_erased(self, case, who, is_meant):
        if not is_meant:
            return
        if who == "giver":
            reply = self.giver(case).post("/v1/receipt/erasure", idempotency=str(uuid.uuid4()))
        else:
            reply = self.world.client(who).post(f"/v1/feedback/{case.id}/erasure", {"reason": "Antaja pyysi."})
        if who == "giver" and case.is_gone:
            assert reply.status_code == 404
            return
        assert reply.status_code == 200
        if case.state not in ERASED:
            self.moved(case, "withdrawn" if who == "giver" else "removed")
        case.is_gone = True
        self.check(case)

    def check(self, case):
        """The case is where the model says."""
        shown = self.world.client("handler").get(f"/v1/feedback/{case.id}", expect=200).json()
        assert (shown["state"], shown["duplicate_of"]) == (case.state, case.original.id if case.original else None)
        assert (shown["text"] is None) == (case.state in ERASED)

    def teardown(self):
        for case in self.models:
            self.check(case)
            assert self.giver(case).get("/v1/receipt").status_code == (404 if case.is_gone else 200)

    def original_of(self, case):
        return case.original or case

    def moved(self, case, to, original=None):
        case.move(to, original)
        if to == "duplicate":
            for follower in self.models:
                follower.original = original if follower.original is case else follower.original

    def giver(self, case):
        return self.world.giver(case.code)


def test_random_histories_of_cases_go_as_the_model_says(world):
    class Machine(Cases):
        pass

    Machine.world = world
    run_state_machine_as_test(Machine, settings=settings(
        max_examples=12, stateful_step_count=25, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck)))
