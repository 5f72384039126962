"""
A dump that comes back brings back whoever was erased since: the list of erasures, kept apart, erases them again.
"""

import json
import subprocess
import uuid

import pytest

from county import add_voice

from support.cluster import find_program
from support.database import Database
from support.inputs import Member
from support.panels import make_panel
from support.programs import Admin


def restored(world, dump):
    """A new database with what the dump has."""
    database = Database(world.database.cluster, f"{world.database.name}_restored")
    world.database.cluster.create_database(database.name, "template0")
    subprocess.run([find_program("psql"), "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-d", database.conninfo()], input=dump, check=True)
    return database


@pytest.fixture
def world(fresh_world):
    fresh_world.api.start()
    return fresh_world


def test_whoever_was_erased_after_the_dump_is_erased_again_and_nobody_else(world, tmp_path):
    panel = make_panel(world, "steering_group", state="active")
    gone, stays = (Member(world, panel) for _ in range(2))
    gone.bring(text="Asun Kotikadulla.")
    voice, kept = add_voice(world, text="Odotin kauan."), add_voice(world, text="Pääsin heti.")
    dump = subprocess.run([find_program("pg_dump"), world.database.conninfo()], capture_output=True, check=True).stdout
    world.client("coordinator").post(f"/v1/people/{gone.id}/erasure", expect=200)
    world.client("coordinator").post(f"/v1/feedback/{voice}/erasure", {"reason": "giver_asked"}, etag="*", expect=200)
    erased = tmp_path / "erased.json"
    erased.write_text(world.admin.run("erasure", "list").stdout, encoding="utf-8")
    database = restored(world, dump)
    try:
        people = "SELECT id::text FROM person ORDER BY id"
        assert len(database.rows(people)) == 2
        admin = Admin(database)
        assert admin.run("erasure", "repeat", str(erased)).stdout == "erased again: 1 people, 1 voices\n"
        assert database.rows(people) == [(stays.id,)] and database.rows("SELECT feedback_id::text FROM feedback_text") == [(kept,)]
        assert database.rows("SELECT m.state, i.text FROM input i, member m WHERE m.id = %s::uuid", gone.id) == [("ceased", None)]
        for table in ("person_erasure", "erasure"):
            listed = f"SELECT to_jsonb(e) - 'caller_id' FROM {table} e"
            assert database.rows(listed) == world.database.rows(listed)
        assert admin.run("erasure", "repeat", str(erased)).stdout == "erased again: 0 people, 0 voices\n"
    finally:
        database.drop()


def test_the_list_names_nobody_and_what_is_none_is_refused(world, tmp_path):
    listed = world.admin.run("erasure", "list").stdout
    assert json.loads(listed) == {"people": [], "voices": []}
    for text, message in (("{}", "not a list of erasures"), ("{", "line 1"), (json.dumps({"people": [], "voices": [str(uuid.uuid4())]}), "")):
        path = tmp_path / "list.json"
        path.write_text(text, encoding="utf-8")
        refused = world.admin.run("erasure", "repeat", str(path), check=False)
        assert refused.returncode == 1 and message in refused.stderr
    assert world.admin.run("erasure", "repeat", check=False).returncode == 2
