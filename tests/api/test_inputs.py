"""
Inputs: what members bring by their link or the coordinator writes down, and what becomes of it.
"""

import uuid

import pytest

from support.client import Client, new_key, problem_pointers
from support.inputs import Member, session_of, write_down
from support.panels import day, make_panel
from support.people import add_person

FATES = [("taken", False), ("partly", True), ("parked", True), ("not_taken", True), ("discussed", False)]


@pytest.fixture(scope="module")
def panel(world):
    return make_panel(world, "client_panel", state="active")


@pytest.fixture(scope="module")
def member(world, panel):
    return Member(world, panel)


@pytest.fixture
def coordinator(world):
    return world.client("coordinator")


def path_of(reply):
    return f"/v1/inputs/{reply.json()['id']}"


# ---- bringing ----

@pytest.mark.parametrize("kind", ["statement", "initiative", "idea", "comment"])
def test_a_member_brings_each_kind_and_the_coordinator_reads_it_without_a_name(member, coordinator, panel, kind):
    shown = coordinator.get(path_of(member.bring(kind)), expect=200).json()
    assert shown["panel_id"] == panel and shown["speaker_role"] == "client" and shown["kind"] == kind and shown["state"] == "submitted"
    assert member.id not in str(shown) and (shown["due_on"] is not None) == (kind == "initiative")


def test_the_coordinator_writes_down_for_somebody(world, coordinator, panel):
    made = write_down(world, panel_id=panel, speaker_role="relative", kind="comment", text="Ovi on raskas.")
    shown = coordinator.get(path_of(made), expect=200).json()
    assert (shown["speaker_role"], shown["text"], shown["brought_on"]) == ("relative", "Ovi on raskas.", day(0))


def test_what_tells_who_somebody_is_is_masked_for_staff_and_not_for_oneself(member, coordinator):
    made = member.bring(text="Soita 040 123 4567, olen Maija.")
    shown = coordinator.get(path_of(made), expect=200).json()
    assert shown["is_masked"] and "123 4567" not in shown["text"] and "[puhelinnumero]" in shown["text"]
    own = member.client.get(f"{member.path}/inputs", expect=200).json()["items"]
    assert [x["text"] for x in own if x["id"] == made.json()["id"]] == ["Soita 040 123 4567, olen Maija."]


@pytest.mark.parametrize("members, pointer, code", [
    ({}, "/panel_id", "input_has_place"), ({"panel_id": str(uuid.uuid4())}, "/panel_id", "unknown_reference"),
    ({"session_id": str(uuid.uuid4())}, "/session_id", "unknown_reference")])
def test_an_input_has_a_place_that_is_there(world, members, pointer, code):
    assert problem_pointers(write_down(world, expect=422, problem=code, **members)) == [pointer]


def test_a_text_in_which_nothing_can_be_read_is_refused(world, panel):
    assert write_down(world, panel_id=panel, text=" \u200b", expect=422).json()["errors"][0]["code"] == "blank"


@pytest.mark.parametrize("members", [{"text": ""}, {"text": "x" * 10001}, {"kind": "complaint"}, {"speaker_role": "boss"}, {"lang": "de"}])
def test_bad_input_is_refused(world, panel, members):
    write_down(world, panel_id=panel, expect=422, **members)


@pytest.mark.parametrize("state", ["draft", "paused", "ended"])
def test_a_panel_that_is_not_at_work_takes_nothing_of_members(world, state):
    panel = make_panel(world, "client_panel", state="active")
    world.database.run("UPDATE panel SET state = %s WHERE id = %s::uuid", state, panel)
    Member(world, panel).bring(expect=409, problem="panel_is_not_active")
    write_down(world, panel_id=panel, **({} if state == "paused" else {"expect": 409, "problem": "panel_is_not_active"}))


@pytest.mark.parametrize("state", ["applied", "selected", "ceased"])
def test_only_present_members_bring_anything(world, panel, state):
    Member(world, panel, state=state).bring(expect=409, problem="member_is_not_active")


def test_a_link_that_is_unknown_or_over_opens_nothing(world, panel):
    over = Member(world, panel, ended_on="2020-01-01")
    over.bring(expect=404)
    over.client.get(f"{over.path}/inputs", expect=404)
    Client(world.api).post(f"/v1/personal/{'A' * 22}/inputs", {"kind": "idea", "text": "Valoa."}, expect=404)


def test_a_session_of_one_panel_gives_the_panel_and_one_of_others_is_unknown_to_a_member(world, panel, member, coordinator):
    session = session_of(world, panel)
    shown = coordinator.get(path_of(write_down(world, session_id=session)), expect=200).json()
    assert (shown["panel_id"], shown["session_id"]) == (panel, session)
    member.bring(session_id=session)
    other = session_of(world, make_panel(world, "client_panel", state="active"))
    assert problem_pointers(member.bring(session_id=other, expect=422, problem="unknown_reference")) == ["/session_id"]


def test_a_session_of_several_panels_keeps_what_is_brought_to_it_alone(world, panel, coordinator):
    session = session_of(world, panel, make_panel(world, "steering_group", state="active"))
    assert coordinator.get(path_of(write_down(world, session_id=session)), expect=200).json()["panel_id"] is None
    assert coordinator.get(path_of(write_down(world, session_id=session, panel_id=panel)), expect=200).json()["panel_id"] == panel


def test_a_session_that_is_a_draft_takes_nothing(world, panel):
    write_down(world, session_id=session_of(world, panel, is_published=False), expect=409, problem="session_takes_no_inputs")


@pytest.mark.parametrize("state, expected", [("registered", 200), ("attended", 200), ("waitlisted", 409), ("cancelled", 409)])
def test_who_is_registered_for_a_session_brings_something_to_it(world, coordinator, state, expected):
    session = session_of(world, is_open=True)
    registration = str(uuid.uuid4())
    world.database.run("INSERT INTO registration (id, session_id, n, came_as, state) VALUES (%s::uuid, %s::uuid, 1, 'registered', %s)", registration, session, state)
    path = f"/v1/personal/{add_person(world, 'registration', registration)}/inputs"
    made = Client(world.api).post(path, {"kind": "idea", "text": "Lisää penkkejä."}, expect=expected)
    if expected == 200:
        shown = coordinator.get(path_of(made), expect=200).json()
        assert (shown["session_id"], shown["panel_id"], shown["speaker_role"]) == (session, None, "resident")


def test_a_repeated_input_is_one(member):
    key = new_key()
    first, again = (member.bring(idempotency=key) for _ in range(2))
    assert first.json() == again.json() and again.headers["Idempotent-Replayed"] == "true"
    member.bring(text="Toinen.", idempotency=key, expect=422, problem="idempotency_key_reused")


# ---- dissents ----

def test_a_dissent_names_the_statement_that_it_is_from(member, coordinator):
    statement = member.bring("statement").json()["id"]
    assert coordinator.get(path_of(member.bring("dissent", dissents_from=statement)), expect=200).json()["dissents_from"] == statement


@pytest.mark.parametrize("kind, named, code", [
    ("dissent", None, "input_dissent_names_statement"), ("idea", "statement", "input_dissent_names_statement"),
    ("dissent", "idea", "unknown_reference"), ("dissent", "elsewhere", "unknown_reference")])
def test_a_dissent_is_from_one_statement_of_its_panel_and_nothing_else_is(world, member, kind, named, code):
    where = Member(world, make_panel(world, "client_panel", state="active")) if named == "elsewhere" else member
    members = {"dissents_from": where.bring("idea" if named == "idea" else "statement").json()["id"]} if named else {}
    assert problem_pointers(member.bring(kind, expect=422, problem=code, **members)) == ["/dissents_from"]


def test_a_dissent_from_what_the_council_was_asked_for_waits_for_its_text(member, coordinator, panel):
    asked = coordinator.post("/v1/statements", {"panel_id": panel, "title": {"fi": "Verkko"}, "due_on": day(5), "decision_on": day(9)}, expect=201)
    statement = asked.json()["id"]
    assert problem_pointers(member.bring("dissent", statement_id=statement, expect=422, problem="unknown_reference")) == ["/statement_id"]
    coordinator.patch(asked.headers["Location"], {"text": {"fi": "Kannatamme."}}, etag="*", expect=200)
    member.bring("dissent", statement_id=statement)


# ---- fates ----

@pytest.mark.parametrize("fate, needs_reason", FATES)
def test_each_fate_is_told_with_its_reason(member, coordinator, fate, needs_reason):
    made = member.bring()
    if needs_reason:
        assert problem_pointers(coordinator.move(path_of(made), fate, expect=422, problem="reason_required")) == ["/reason"]
    coordinator.move(path_of(made), fate, reason="Tehdään keväällä.", expect=200)
    own = {x["id"]: x for x in member.client.get(f"{member.path}/inputs?limit=200", expect=200).json()["items"]}[made.json()["id"]]
    assert (own["state"], own["state_reason"], own["answered_on"]) == (fate, "Tehdään keväällä.", day(0))


def test_a_fate_is_final_but_for_what_was_parked(member, coordinator):
    made = path_of(member.bring())
    coordinator.move(made, "parked", reason="Ensi vuonna.", expect=200)
    coordinator.move(made, "taken", expect=200)
    coordinator.move(made, "not_taken", reason="Ei.", expect=409, problem="illegal_transition")


def test_a_member_withdraws_what_nobody_spoke_of_and_its_words_are_gone(world, member, coordinator):
    made = member.bring(text="Salaisuus.")
    own = f"{member.path}/inputs/{made.json()['id']}/transitions"
    coordinator.move(path_of(made), "withdrawn", expect=409, problem="illegal_transition")
    member.client.post(own, {"to": "withdrawn"}, expect=200)
    assert coordinator.get(path_of(made), expect=200).json()["text"] is None
    assert world.database.value("SELECT count(*) FROM input WHERE text = 'Salaisuus.'") == 0
    spoken_of = member.bring()
    coordinator.move(path_of(spoken_of), "discussed", expect=200)
    member.client.post(f"{member.path}/inputs/{spoken_of.json()['id']}/transitions", {"to": "withdrawn"}, expect=409, problem="illegal_transition")


def test_nobody_else_withdraws_it(world, panel, member):
    made = member.bring().json()["id"]
    other = Member(world, panel)
    other.client.post(f"{other.path}/inputs/{made}/transitions", {"to": "withdrawn"}, expect=404)


def test_who_is_erased_takes_the_words_along_and_the_count_stays(world, panel, coordinator):
    gone = Member(world, panel)
    made = gone.bring(text="Minun sanani.")
    world.database.run("INSERT INTO person_erasure (person_id, resource, id, who) VALUES (%s::uuid, 'member', gen_random_uuid(), 'coordinator')", gone.id)
    assert coordinator.get(path_of(made), expect=200).json()["text"] is None


# ---- lists and counts ----

def test_the_list_is_filtered_by_panel_session_kind_and_state(world, coordinator):
    panel = make_panel(world, "client_panel", state="active")
    session = session_of(world, panel)
    one = write_down(world, panel_id=panel, kind="idea").json()["id"]
    two = write_down(world, session_id=session, kind="comment").json()["id"]
    coordinator.move(f"/v1/inputs/{two}", "taken", expect=200)

    def found(**filters):
        return {x["id"] for x in coordinator.all_items("/v1/inputs", limit=1, **filters)}

    assert found(panel_id=panel) == {one, two} and found(session_id=session) == {two}
    assert found(panel_id=panel, kind="idea,statement") == {one} and found(panel_id=panel, state="taken") == {two}
    assert found(panel_id=panel, unit_id=world.units["social"]) == set() and found(panel_id=panel, overdue="true") == set()


def test_fates_are_counted_by_the_role_of_the_speaker(world, coordinator):
    panel = make_panel(world, "co_development", state="active")
    for role, fate in [("client", "taken"), ("client", "taken"), ("professional", "taken"), ("client", None)]:
        made = path_of(write_down(world, panel_id=panel, speaker_role=role))
        if fate:
            coordinator.move(made, fate, expect=200)
    assert coordinator.get(f"/v1/panels/{panel}/input-fates", expect=200).json() == {"panel_id": panel, "count": 4, "roles": [
        {"speaker_role": "client", "count": 3, "fates": {"taken": 2, "submitted": 1}},
        {"speaker_role": "professional", "count": 1, "fates": {"taken": 1}}]}


def test_the_year_of_initiatives_says_how_many_got_a_word_in_time(world, coordinator):
    panel = make_panel(world, "client_panel", state="active", unit="office")
    paths = [path_of(write_down(world, panel_id=panel, kind="initiative")) for _ in range(5)]
    coordinator.move(paths[0], "discussed", expect=200)
    coordinator.move(paths[1], "not_taken", reason="Ei ole meidän asiamme.", expect=200)
    world.database.run("UPDATE input SET due_on = app_today() - 1 WHERE id = ANY (%s::uuid[])", [path.rsplit("/", 1)[1] for path in paths[1:3]])
    report = coordinator.get(f"/v1/initiatives/{day(0)[:4]}?unit_id={world.units['office']}", expect=200).json()
    assert report == {"year": int(day(0)[:4]), "received": 5, "answered_in_time": 1, "answered_late": 1, "waiting": 2, "overdue": 1,
                      "fates": {"discussed": 1, "not_taken": 1, "submitted": 3}}
    empty = coordinator.get(f"/v1/initiatives/2001?unit_id={world.units['office']}", expect=200).json()
    assert empty["received"] == 0 and empty["fates"] == {}


def test_a_month_is_a_month_and_moves_on_to_a_working_day(world, panel):
    made = write_down(world, panel_id=panel, kind="initiative").json()
    expected = world.database.value("SELECT limit_day((app_today() + interval '1 month')::date)::text")
    assert made["due_on"] == expected
