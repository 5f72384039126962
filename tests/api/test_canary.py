"""
What people and systems send appears in no log, no process list and no metric: a canary word in every input field.
"""

from pathlib import Path

import pytest

from support import contract
from support.client import Client
from support.samples import body_schema, sample

CANARY = "kanarialintu"


@pytest.fixture
def canary_world(fresh_world):
    fresh_world.start_worker()
    fresh_world.api.start()
    fresh_world.keys["all"] = fresh_world.new_key(sorted({
        scope for operation in contract.operations().values() for need in operation.get("security", [])
        for scope in need.get("bearer", [])}))
    return fresh_world


def test_nothing_that_is_sent_appears_in_logs_process_lists_or_metrics(canary_world):
    world = canary_world
    for role in ("all", None):
        client = Client(world.api, world.keys.get(role), checked=False)
        for (method, template), operation in contract.operations().items():
            for number, request in enumerate(requests_with_canaries(template, operation)):
                path, params, headers, body, raw = request
                client.request(method, path, body, params=params, raw=raw, headers=headers,
                               idempotency=f"{CANARY}-{method}-{number}-0123456789abcdef" if method == "POST" else None)
    world.client("submit").post("/v1/feedback", {
        "unit_id": world.units["ward"], "kind": "concern", "channel": "web", "lang": "fi", "text": f"{CANARY} kertoi",
        "contact": {"email": f"{CANARY}@example.org"}}, expect=201)
    world.sink.wait_for(lambda mail: mail.to == f"{CANARY}@example.org")
    metrics = world.api.metrics()
    processes = "\n".join(process_list([world.api.pid, *world.database.cluster.processes()]))
    for program in world.programs:
        program.stop()

    for program in world.programs:
        assert CANARY not in program.log_text(), f"in the log of {program.name}"
    assert CANARY not in world.database.cluster.log_text(), "in PostgreSQL's log"
    assert CANARY not in processes
    assert not [name for name in metrics if CANARY in name], "in the metrics"


def requests_with_canaries(template, operation):
    """(path, query, headers, body, raw): once as the contract wants it, once wrong in every place, once no JSON."""
    media_type, schema = body_schema(operation)
    headers = {"User-Agent": CANARY, "Referer": f"https://{CANARY}.example/", "Cookie": f"a={CANARY}", "X-Forwarded-For": CANARY}
    if media_type:
        headers["Content-Type"] = media_type
    if any(parameter["name"] == "If-Match" for parameter in operation["parameters"]):
        headers["If-Match"] = '"1"'
    good, wrong = {}, {CANARY: CANARY}
    path, wrong_path = template, template
    for parameter in operation["parameters"]:
        value = sample(parameter["schema"], CANARY)
        if parameter["in"] == "query":
            good[parameter["name"]] = value if not isinstance(value, list) else value[0]
            wrong[parameter["name"]] = CANARY
        elif parameter["in"] == "path":
            path = path.replace("{%s}" % parameter["name"], str(value))
            wrong_path = wrong_path.replace("{%s}" % parameter["name"], f"{CANARY}%20")
    yield path, good, headers, sample(schema, CANARY) if schema else None, None
    yield path, wrong, {**headers, "Authorization": f"Bearer osal_{CANARY}"}, None, None
    yield wrong_path, wrong, {**headers, "If-Match": CANARY}, {CANARY: CANARY} if schema else None, None
    if schema:
        yield path, good, headers, None, f'{{"{CANARY}": "{CANARY}'.encode()
        yield path, good, headers, {name: [CANARY] for name in schema.get("properties", {})}, None


def process_list(pids):
    for pid in pids:
        try:
            yield Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue  # a backend that has just ended
