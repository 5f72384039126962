"""
Section comments: 5,000 real comments over 50 connections, each with its Idempotency-Key, and then once more.
"""

import csv
import http.client
import json
import queue
import threading
import time
import uuid

from bench_world import bench_world

from support.programs import ROOT

SOURCE = ROOT.parent / "shared" / "data" / "patient_feedback.csv"
CONNECTIONS = 50


def run(cluster, options, figures):
    if not SOURCE.exists():
        figures.note(f"{SOURCE.name} is not there; this section needs it")
        return
    comments = read()
    with bench_world(cluster, options) as world:
        first, first_seconds = send(world, comments)
        second, second_seconds = send(world, comments)
        figures.note(f"{len(comments)} comments in {first_seconds:.2f} s, again in {second_seconds:.2f} s")
        for what, wrong in check(world, comments, first, second):
            figures.goal(what, f"{wrong} wrong", wrong == 0, "0 wrong")


def read():
    """(Idempotency-Key, text) of each row; the key follows from the row's place, so that both rounds send the same."""
    with open(SOURCE, newline="", encoding="utf-8") as file:
        return [(str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))), row["comment"]) for number, row in enumerate(csv.DictReader(file))]


def send(world, comments):
    """Sends all; returns {key: (status, id, receipt, replayed)} and the seconds it took."""
    waiting, answers = queue.SimpleQueue(), {}
    for comment in comments:
        waiting.put(comment)
    threads = [threading.Thread(target=_send_some, args=(world, waiting, answers)) for _ in range(CONNECTIONS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers, time.monotonic() - began


def check(world, comments, first, second):
    """(what must hold, in how many cases it does not)."""
    kept = dict(world.database.rows("SELECT feedback_id::text, original FROM feedback_text"))
    count = world.database.value("SELECT count(*) FROM feedback")
    voices = {key: text for key, text in comments if text.strip()}
    silent = [key for key, text in comments if not text.strip()]
    yield "comments answered 201", sum(first.get(key, (0,))[0] != 201 for key in voices)
    yield "cases beside one for each comment", abs(count - len(voices))
    yield "second round: the same case and receipt, replayed", sum(
        second.get(key, (0,))[:3] != first.get(key, (1,))[:3] or not second[key][3] for key in voices)
    yield "original texts that differ by a byte", sum(kept.get(first[key][1]) != text for key, text in voices.items())
    yield "empty comments without an answer not refused with 422", sum(
        answers.get(key, (0,))[0] != 422 for answers in (first, second) for key in silent)


def _send_some(world, waiting, answers):
    connection = http.client.HTTPConnection("127.0.0.1", world.api.port, timeout=30)
    while True:
        try:
            key, text = waiting.get_nowait()
        except queue.Empty:
            break
        body = {"unit_id": world.units["ward"], "kind": "concern", "channel": "import", "lang": "en", "text": text}
        connection.request("POST", "/v1/feedback", json.dumps(body).encode(),
                           {"Authorization": f"Bearer {world.keys['caller']}", "Content-Type": "application/json",
                            "Idempotency-Key": key})
        reply = connection.getresponse()
        case = json.loads(reply.read())
        answers[key] = (reply.status, case.get("id"), case.get("receipt_code"),
                        reply.getheader("Idempotent-Replayed") == "true")
    connection.close()
