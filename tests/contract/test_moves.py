"""
Every resource of panels moves as sql/states says, for each role, and in no other way: each pair of states is tried.
"""

import csv
import itertools
import json
from pathlib import Path

import pytest

from support.database import Database

STATES = Path(__file__).parents[2] / "sql" / "states"

# A row of each that keeps every rule in every state, so that the table alone speaks against a move.
MAKE = """
INSERT INTO unit (id, path, name) VALUES (md5('unit')::uuid, ARRAY[md5('unit')::uuid], '{"fi": "Yksikkö"}');
INSERT INTO service (id, unit_id, name) VALUES (md5('service')::uuid, md5('unit')::uuid, '{"fi": "Palvelu"}');
INSERT INTO panel (id, unit_id, kind, name, state, starts_on, ends_on, evaluation) VALUES
    (md5('panel')::uuid, md5('unit')::uuid, 'residents_meeting', '{"fi": "Raati"}', 'active', app_today(), app_today() + 30, '{"fi": "Hyvä."}'),
    (md5('group')::uuid, md5('unit')::uuid, 'co_development', '{"fi": "Ryhmä"}', 'active', app_today(), app_today() + 30, '{}');
INSERT INTO member (id, panel_id, role) VALUES (md5('member')::uuid, md5('panel')::uuid, 'client');
INSERT INTO session (id, unit_id, kind, title, starts_at, ends_at, place, minutes, is_open) VALUES
    (md5('session')::uuid, md5('unit')::uuid, 'evening', '{"fi": "Ilta"}', app_now() + interval '1 day', app_now() + interval '26 hours', '{"address": "Katu 1"}',
     '{"fi": "Muistio"}', true);
INSERT INTO registration (id, session_id, n, state, came_as, offered_until) VALUES
    (md5('registration')::uuid, md5('session')::uuid, 1, 'registered', 'registered', app_now() + interval '1 hour');
INSERT INTO input (id, panel_id, speaker_role, kind, text) VALUES (md5('input')::uuid, md5('panel')::uuid, 'client', 'idea', 'Valoa.');
INSERT INTO vote (id, panel_id, question, options, closes_at) VALUES (md5('vote')::uuid, md5('panel')::uuid, '{"fi": "Illalla?"}',
    '[{"key": "a", "text": {"fi": "A"}}, {"key": "b", "text": {"fi": "B"}}]', app_now() + interval '1 day');
INSERT INTO statement (id, panel_id, title, due_on, decision_on, text, effect) VALUES (md5('statement')::uuid, md5('panel')::uuid, '{"fi": "Verkko"}',
    app_today() + 1, app_today() + 2, '{"fi": "Kannatamme."}', '{"fi": "Otettiin."}');
INSERT INTO co_development (id, panel_id, title, service_id, mandated_by, convener) VALUES
    (md5('co_development')::uuid, md5('group')::uuid, '{"fi": "Soitto"}', md5('service')::uuid, 'Johtaja', 'Päällikkö');
INSERT INTO trial (id, co_development_id, what, starts_on) VALUES (md5('trial')::uuid, md5('co_development')::uuid, 'Soitto', app_today());
INSERT INTO decision (id, unit_id, item, decided_by, decides_on) VALUES (md5('decision')::uuid, md5('unit')::uuid, '{"fi": "Verkko"}', 'Hallitus', app_today() + 30);
INSERT INTO consultation (id, decision_id, kind, title, asked, opens_on, due_on, effect) VALUES (md5('consultation')::uuid, md5('decision')::uuid, 'hearing',
    '{"fi": "Kuuleminen"}', '[{"who": "Asiakkaat", "method": "survey"}]', app_today(), app_today() + 9, 'taken');
INSERT INTO survey (id, unit_id, question_set_id, title, audience, state) VALUES (md5('survey')::uuid, md5('unit')::uuid, md5('questions')::uuid,
    '{"fi": "Kysely"}', 'panel', 'open');
INSERT INTO survey_round (id, survey_id, n, opens_at, closes_at) VALUES (md5('asked')::uuid, md5('survey')::uuid, 1, app_now(), app_now() + interval '1 day');
INSERT INTO expert (id, unit_id, agreement_from) VALUES (md5('expert')::uuid, md5('unit')::uuid, app_today());
INSERT INTO booking (id, person_id, unit_id, task, lang, is_remote, starts_at, ends_at, expert_id, held) VALUES (md5('booking')::uuid, md5('booking')::uuid, md5('unit')::uuid, 'lecture', 'fi', true,
    app_now() + interval '2 days', app_now() + interval '50 hours', md5('expert')::uuid, tstzrange(app_now() + interval '2 days', app_now() + interval '50 hours'));
INSERT INTO offer (id, booking_id, expert_id, state, expires_at) VALUES (md5('offer')::uuid, md5('booking')::uuid, md5('expert')::uuid, 'accepted', app_now());
INSERT INTO round (id, panel_id, survey_round_id, summary, feedback) VALUES (md5('round')::uuid, md5('panel')::uuid, md5('asked')::uuid, '{"fi": "Iltoja."}', '{"fi": "Tulee."}');
"""
RESOURCES = ("panel", "member", "session", "registration", "input", "round", "co_development", "consultation", "statement", "vote", "expert", "booking",
             "offer")
# What a row has in a state alone.
BESIDE = {"vote": ", ballots = CASE %(state)s WHEN 'closed' THEN 0 END"}


@pytest.fixture(scope="module")
def cursor(cluster):
    """In a transaction that is taken back, as whoever may do all; triggers are off but where a move is tried."""
    database = Database.create(cluster)
    with database.transaction() as opened:
        opened.execute("SET LOCAL session_replication_role = replica")
        opened.execute(MAKE)
        opened.execute("INSERT INTO session_place (session_id) VALUES (md5('session')::uuid)")
        yield opened
        opened.connection.rollback()
    database.drop()


def table_of(resource):
    """{(from, to, who): whether a reason is demanded}"""
    with (STATES / f"{resource}.csv").open(encoding="utf-8") as file:
        return {(row["from"], row["to"], row["who"]): row["reason"] == "yes" for row in csv.DictReader(file)}


def move(cursor, resource, before, to, who, reason=None):
    """The problem, the legal states it names, and the step that was made, of a row that is in the state `before`."""
    cursor.execute("SAVEPOINT tried; SET LOCAL session_replication_role = replica")
    cursor.execute(f"UPDATE {resource} SET state = %(state)s {BESIDE.get(resource, '')} WHERE id = md5('{resource}')::uuid RETURNING version", {"state": before})
    version = cursor.fetchone()[0]
    body = {"to": to, **({"reason": reason} if reason else {})}
    cursor.execute("SET LOCAL session_replication_role = origin")
    cursor.execute("SELECT _problem, _members FROM state_moved(%s, md5(%s)::uuid, %s, %s, ARRAY[%s], ROW(md5('step')::uuid, '', %s, NULL, %s)::move_wish)",
                   (resource, resource, before, version, who, version, json.dumps(body)))
    problem, members = cursor.fetchone()
    cursor.execute("SELECT from_state, to_state, who, reason FROM step WHERE id = md5('step')::uuid")
    step = cursor.fetchone()
    cursor.execute("ROLLBACK TO tried")
    return problem, (members or {}).get("legal"), step


@pytest.mark.parametrize("resource", RESOURCES)
def test_each_pair_of_states_is_as_the_table_says(cursor, resource):
    table = table_of(resource)
    states = sorted({state for key in table for state in key[:2]})
    roles = sorted({who for _, _, who in table} | {"stranger"})
    for before, to, who in itertools.product(states, states, roles):
        found = move(cursor, resource, before, to, who)
        if (before, to, who) not in table:
            legal = sorted({key[1] for key in table if key[0] == before and key[2] == who})
            assert found == ("illegal_transition", legal, None), (before, to, who)
        elif table[before, to, who]:
            assert found == ("reason_required", None, None), (before, to, who)
            assert move(cursor, resource, before, to, who, "Syy.") == (None, None, (before, to, who, "Syy.")), (before, to, who)
        else:
            assert found == (None, None, (before, to, who, None)), (before, to, who)
