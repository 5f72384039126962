"""
Co-development: a mandate before it leaves mapping, stages, trials, tasks before and between sessions, and who was there.
"""

import pytest

from support.client import new_key, problem_pointers
from support.panels import day, make_member, make_panel

UNKNOWN = "00000000-0000-4000-8000-000000000000"
STAGES = ("mapping", "ideating", "designing", "trialling", "evaluating", "adopted")


@pytest.fixture
def coordinator(world):
    return world.client("coordinator")


def mandate(world):
    return {"service_id": world.services["ward"], "mandated_by": "Palvelujohtaja", "convener": "Kehittämispäällikkö"}


def begin(world, client, **body):
    """The path of a new co-development."""
    panel = body.pop("panel_id", None) or make_panel(world, "co_development")
    return client.post("/v1/co-developments", {"panel_id": panel, "title": {"fi": "Takaisinsoitto"}, **body}, expect=201).headers["Location"]


def add_trial(client, path, **body):
    options = {name: body.pop(name) for name in ("expect", "problem", "idempotency") if name in body}
    return client.post(f"{path}/trials", {"what": "Soitetaan tunnissa", "starts_on": day(0), **body}, **{"expect": 201, **options})


def advance(world, client, path, stage):
    """Brings a co-development with a mandate to this stage."""
    for state in STAGES[1:STAGES.index(stage) + 1]:
        if state == "evaluating":
            add_trial(client, path)
        client.move(path, state, expect=200)


# ---- mandate and stages ----

def test_it_goes_from_mapping_to_adopted(world, coordinator):
    path = begin(world, coordinator, **mandate(world))
    advance(world, coordinator, path, "adopted")
    shown = coordinator.get(path, expect=200).json()
    assert shown == {**shown, **mandate(world), "state": "adopted", "title": {"fi": "Takaisinsoitto"}, "goal": {}}


@pytest.mark.parametrize("missing", ["service_id", "mandated_by", "convener"])
def test_without_its_whole_mandate_it_does_not_leave_mapping(world, coordinator, missing):
    path = begin(world, coordinator, **{**mandate(world), missing: None})
    coordinator.move(path, "ideating", expect=409, problem="co_development_has_mandate")
    coordinator.patch(path, {missing: mandate(world)[missing]}, etag="*", expect=200)
    coordinator.move(path, "ideating", expect=200)
    coordinator.patch(path, {missing: None}, etag="*", expect=409, problem="co_development_has_mandate")


def test_without_a_mandate_it_can_be_stopped_with_a_reason(world, coordinator):
    path = begin(world, coordinator)
    coordinator.move(path, "stopped", expect=422, problem="reason_required")
    coordinator.move(path, "stopped", reason="Ei toimeksiantoa", expect=200)
    assert coordinator.get(path, expect=200).json()["state_reason"] == "Ei toimeksiantoa"


def test_it_is_evaluated_only_when_a_trial_has_begun(world, coordinator):
    path = begin(world, coordinator, **mandate(world))
    advance(world, coordinator, path, "trialling")
    coordinator.move(path, "evaluating", expect=409, problem="co_development_has_trial")
    add_trial(coordinator, path, starts_on=day(3))
    coordinator.move(path, "evaluating", expect=409, problem="co_development_has_trial")
    add_trial(coordinator, path)
    coordinator.move(path, "evaluating", expect=200)
    coordinator.move(path, "designing", expect=422, problem="reason_required")
    coordinator.move(path, "designing", reason="Ei toiminut", expect=200)


@pytest.mark.parametrize("stage, legal", [("mapping", ["ideating", "stopped"]), ("trialling", ["evaluating", "stopped"]), ("adopted", [])])
def test_an_illegal_move_tells_the_legal_ones(world, coordinator, stage, legal):
    path = begin(world, coordinator, **mandate(world))
    advance(world, coordinator, path, stage)
    assert coordinator.move(path, "mapping", expect=409, problem="illegal_transition").json()["legal"] == legal


def test_the_database_holds_mandate_and_kind(world):
    panel = make_panel(world, "client_panel")
    with pytest.raises(Exception, match="co_development_is_of_its_kind"):
        world.database.run("INSERT INTO co_development (id, panel_id, title) VALUES (gen_random_uuid(), %s, '{\"fi\": \"a\"}')", panel)
    with pytest.raises(Exception, match="co_development_has_mandate"):
        world.database.run("INSERT INTO co_development (id, panel_id, title, state) VALUES (gen_random_uuid(), %s, '{\"fi\": \"a\"}', 'ideating')",
                           make_panel(world, "co_development"))


# ---- what is sent ----

@pytest.mark.parametrize("kind, status, code", [("client_panel", 409, "co_development_is_of_its_kind"), (None, 422, "unknown_reference")])
def test_it_is_of_a_panel_of_its_kind(world, coordinator, kind, status, code):
    panel = make_panel(world, kind) if kind else UNKNOWN
    body = {"panel_id": panel, "title": {"fi": "Takaisinsoitto"}}
    assert problem_pointers(coordinator.post("/v1/co-developments", body, expect=status, problem=code)) == ["/panel_id"]


def test_a_service_that_is_not_there_is_named(world, coordinator):
    body = {"panel_id": make_panel(world, "co_development"), "title": {"fi": "a"}, "service_id": UNKNOWN}
    assert problem_pointers(coordinator.post("/v1/co-developments", body, expect=422, problem="unknown_reference")) == ["/service_id"]
    path = begin(world, coordinator)
    assert problem_pointers(coordinator.patch(path, {"service_id": UNKNOWN}, etag="*", expect=422, problem="unknown_reference")) == ["/service_id"]


def test_they_are_listed_by_panel_and_stage_and_edited_by_language(world, coordinator):
    panel = make_panel(world, "co_development")
    first, second = (begin(world, coordinator, panel_id=panel, **mandate(world)) for _ in range(2))
    coordinator.move(second, "ideating", expect=200)
    assert [one["id"] for one in coordinator.all_items("/v1/co-developments", panel_id=panel, limit=1)] == [second.split("/")[-1], first.split("/")[-1]]
    assert [one["state"] for one in coordinator.all_items("/v1/co-developments", panel_id=panel, state="ideating,adopted")] == ["ideating"]
    shown = coordinator.patch(first, {"goal": {"fi": "Kukaan ei jonota"}, "title": {"sv": "Återuppringning"}}, etag='"1"', expect=200).json()
    assert (shown["goal"], shown["title"]) == ({"fi": "Kukaan ei jonota"}, {"fi": "Takaisinsoitto", "sv": "Återuppringning"})
    coordinator.patch(first, {"title": {"fi": None, "sv": None}}, etag='"2"', expect=422, problem="name_required")


# ---- trials and tasks ----

def test_a_trial_has_its_days_and_its_result(world, coordinator):
    path, key = begin(world, coordinator), new_key()
    first, again = (add_trial(coordinator, path, ends_on=day(7), idempotency=key) for _ in range(2))
    assert first.json() == again.json() and again.headers["Idempotent-Replayed"] == "true"
    changed = coordinator.patch(first.headers["Location"], {"result": "Jono lyheni"}, etag='"1"', expect=200).json()
    assert coordinator.all_items(f"{path}/trials") == [changed] and changed["result"] == "Jono lyheni"
    for refused in (add_trial(coordinator, path, ends_on=day(-1), expect=422, problem="trial_ends_after_it_starts"),
                    coordinator.patch(first.headers["Location"], {"starts_on": day(8)}, etag="*", expect=422, problem="trial_ends_after_it_starts")):
        assert problem_pointers(refused) == ["/ends_on"]
    add_trial(coordinator, "/v1/co-developments/" + UNKNOWN, expect=404)


def session_of(world, panel):
    """A session of the panel, straight into the database."""
    return world.database.value(
        "WITH s AS (INSERT INTO session (id, unit_id, kind, title, starts_at, ends_at) SELECT gen_random_uuid(), p.unit_id, 'workshop', '{\"fi\": \"Paja\"}',"
        " now(), now() + interval '2 hours' FROM panel p WHERE p.id = %s RETURNING id)"
        " INSERT INTO session_panel (session_id, panel_id) SELECT s.id, %s FROM s RETURNING session_id", panel, panel)


def test_tasks_are_done_by_a_role_before_or_between_sessions(world, coordinator):
    panel = make_panel(world, "co_development")
    path, session = begin(world, coordinator, panel_id=panel), session_of(world, panel)
    late, soon = (coordinator.post(f"{path}/tasks", {"what": "Kutsut", "role": "facilitator", "due_on": day(days), "session_id": where}, expect=201)
                  for days, where in ((9, None), (2, session)))
    assert [task["due_on"] for task in coordinator.all_items(f"{path}/tasks", limit=1)] == [day(2), day(9)]
    coordinator.patch(soon.headers["Location"], {"done_on": day(0)}, etag='"1"', expect=200)
    assert [task["id"] for task in coordinator.all_items(f"{path}/tasks", is_done="false")] == [late.json()["id"]]
    assert [task["id"] for task in coordinator.all_items(f"{path}/tasks", is_done="true")] == [soon.json()["id"]]
    problem = coordinator.patch(late.headers["Location"], {"done_on": day(1)}, etag="*", expect=422, problem="task_is_done_by_now")
    assert problem_pointers(problem) == ["/done_on"]


def test_a_task_is_before_a_session_of_its_own_panel(world, coordinator):
    other = session_of(world, make_panel(world, "co_development"))
    path = begin(world, coordinator)
    body = {"what": "Kutsut", "role": "client", "due_on": day(1)}
    assert problem_pointers(coordinator.post(f"{path}/tasks", {**body, "session_id": other}, expect=422, problem="unknown_reference")) == ["/session_id"]
    made = coordinator.post(f"{path}/tasks", body, expect=201).headers["Location"]
    assert problem_pointers(coordinator.patch(made, {"session_id": other}, etag="*", expect=422, problem="unknown_reference")) == ["/session_id"]
    assert problem_pointers(coordinator.post(f"{path}/tasks", {**body, "due_on": "2027-02-30", "role": "boss"}, expect=422)) == ["/due_on", "/role"]


# ---- balance, meetings ----

@pytest.mark.parametrize("clients, professionals, is_balanced", [(3, 2, True), (3, 3, True), (2, 3, True), (4, 2, False), (2, 4, False), (1, 0, False)])
def test_clients_and_professionals_are_in_balance_within_a_third(world, coordinator, clients, professionals, is_balanced):
    panel = make_panel(world, "co_development")
    path, session = begin(world, coordinator, panel_id=panel), session_of(world, panel)
    roles = ["client", "relative", "representative", "client"][:clients] + ["professional"] * professionals + ["facilitator"] * 3
    for role in roles:
        world.database.run("INSERT INTO attendance (session_id, member_id, attended) VALUES (%s, %s, true)", session, make_member(world, panel, role=role))
    world.database.run("INSERT INTO attendance (session_id, member_id, attended) VALUES (%s, %s, false)", session, make_member(world, panel, role="client"))
    report = coordinator.get(f"{path}/balance", expect=200).json()
    assert report == {**report, "clients": clients, "professionals": professionals, "is_balanced": is_balanced}
    assert [(one["session_id"], one["clients"], one["professionals"], one["is_balanced"]) for one in report["sessions"]] == [
        (session, clients, professionals, is_balanced)]


def test_of_a_panel_that_never_met_nobody_knows_whether_it_is_in_balance(world, coordinator):
    report = coordinator.get(f"{begin(world, coordinator)}/balance", expect=200).json()
    assert report == {**report, "sessions": [], "clients": 0, "is_balanced": None}


def test_meetings_are_counted_among_the_rules(world, coordinator):
    panel = make_panel(world, "client_panel", state="active", rules={"meetings_a_year": 2})

    def found():
        rules = {rule["rule"]: rule for rule in coordinator.get(f"/v1/panels/{panel}/rules", expect=200).json()["rules"]}
        return rules["meetings_a_year"]["found"], rules["meetings_a_year"]["holds"]

    held = [session_of(world, panel) for _ in range(3)]
    assert found() == (0, False)
    world.database.run("UPDATE session SET state = 'published', place = '{\"address\": \"Katu 1\"}' WHERE id = ANY (%s::uuid[])", held)
    world.database.run("UPDATE session SET starts_at = starts_at + interval '400 days', ends_at = ends_at + interval '400 days' WHERE id = %s", held[0])
    assert found() == (2, True)
    world.database.run("UPDATE session SET state = 'cancelled' WHERE id = %s", held[1])
    assert found() == (1, False)
