"""
One thing of each class of `retention`: how it is made today, what is left of it, and how it is purged.
"""

import uuid

from county import add_change, add_job, add_mail, add_voice, move

from support.claims import Task
from support.questions import make_question_set

HASH = b"\x07" * 32
# More than there is of anything in these tests.
MOST = 500


def purge(database, days, of_class, most=MOST):
    """Everything of the class that is due so many days from now; how many rows each round had."""
    connection = database.connect("worker")
    rounds = []
    with connection.cursor() as cursor:
        cursor.execute("SET osallisuus.now_offset = %s", (f"{days} days",))
        while not rounds or rounds[-1]:
            cursor.execute("SELECT retention_purge(%s, %s)", (of_class, most))
            rounds.append(cursor.fetchone()[0])
    connection.close()
    return rounds[:-1]


def count(database, table, condition, *values):
    return database.value(f"SELECT count(*) FROM {table} WHERE {condition}", *values)


def ended_case(world, **options):
    case = add_voice(world, text="Odotin kauan.", **options)
    move(world, "feedback", case, "closed", who="handler", data={"outcome": "information"})
    world.database.run("UPDATE mail SET state = 'sent' WHERE feedback_id = %s::uuid", case)
    return case


def survey_round(world, state="closed"):
    """A survey's round that closed today."""
    made, survey = str(uuid.uuid4()), str(uuid.uuid4())
    questions = make_question_set(world.database)
    world.database.run("INSERT INTO survey (id, unit_id, question_set_id, title, audience) VALUES (%s::uuid, %s::uuid, %s::uuid, %s::jsonb,"
                       " 'clients')", survey, world.units["ward"], questions, '{"fi": "Kysely"}')
    world.database.run("INSERT INTO survey_round (id, survey_id, n, opens_at, closes_at, state) VALUES (%s::uuid, %s::uuid, 1,"
                       " app_now() - interval '9 days', day_start(app_today()) + interval '1 hour', %s)", made, survey, state)
    return made, questions


class Kept:
    """`first_day`: how many days after today its days begin to count; `is_there()`: whether it is still kept."""

    def __init__(self, is_there, first_day=0):
        self.is_there = is_there
        self.first_day = first_day


def texts(world):
    case = ended_case(world)
    return Kept(lambda: count(world.database, "feedback_text", "feedback_id = %s::uuid", case))


def idle_cases(world):
    case = add_voice(world, text="Kukaan ei vastannut.")
    return Kept(lambda: count(world.database, "feedback_text", "feedback_id = %s::uuid", case))


def contact(world):
    case = ended_case(world, email="pois@example.org")
    return Kept(lambda: count(world.database, "contact", "feedback_id = %s::uuid", case))


def survey_links(world):
    made, _ = survey_round(world)
    batch, link = str(uuid.uuid4()), str(uuid.uuid4())
    world.database.run("INSERT INTO survey_link_batch (id, round_id, link_count) VALUES (%s::uuid, %s::uuid, 1)", batch, made)
    world.database.run("INSERT INTO survey_link (id, round_id, batch_id, token_hash, address_hash) VALUES (%s::uuid, %s::uuid, %s::uuid,"
                       " %s, %s)", link, made, batch, uuid.uuid4().bytes * 2, HASH)
    add_mail(world, None, "survey_invitation", survey_link_id=link, state="sent")
    return Kept(lambda: count(world.database, "survey_link", "id = %s::uuid AND address_hash IS NOT NULL", link)
                + count(world.database, "mail", "survey_link_id = %s::uuid", link))


def survey_texts(world):
    made, questions = survey_round(world)
    sheet = str(uuid.uuid4())
    world.database.run("INSERT INTO answer_sheet (id, question_set_id, round_id, lang, answers) VALUES (%s::uuid, %s::uuid, %s::uuid, 'fi',"
                       " '{\"met\": 1, \"why\": \"Kiire.\"}')", sheet, questions, made)
    assert count(world.database, "answer_text", "round_id = %s::uuid", made) == 1
    return Kept(lambda: count(world.database, "answer_text", "answer_sheet_id = %s::uuid", sheet))


def imports(world):
    made = str(uuid.uuid4())
    world.database.run("INSERT INTO import (id, caller_id, outcome) VALUES (%s::uuid, gen_random_uuid(), 'finished')", made)
    world.database.run("INSERT INTO import_refusal (import_id, line, code, errors) SELECT %s::uuid, n, 'contract_violation', '[]'"
                       " FROM generate_series(1, 7) n", made)
    return Kept(lambda: count(world.database, "import", "id = %s::uuid", made))


def request_hashes(world):
    case = add_voice(world, request_hash=HASH)
    move(world, "feedback", case, "in_progress", who="handler")
    world.database.run("INSERT INTO message (id, feedback_id, n, author, kind, text, request_hash) VALUES (gen_random_uuid(), %s::uuid, 1,"
                       " 'staff', 'message', 'Hei', %s)", case, HASH)
    world.database.run("UPDATE step SET request_hash = %s WHERE subject = %s::uuid", HASH, case)
    world.database.run("INSERT INTO original_read (id, feedback_id, caller_id, purpose, request_hash) SELECT gen_random_uuid(), %s::uuid,"
                       " id, 'Syy', %s FROM api_key LIMIT 1", case, HASH)
    world.database.run("INSERT INTO follow_up (id, change_id, contributor, feedback_id, expires_on, answer, answered_on, request_hash)"
                       " VALUES (gen_random_uuid(), %s::uuid, 'x', %s::uuid, '2030-01-01', 'same', app_today(), %s)",
                       add_change(world, [case]), case, HASH)
    return Kept(lambda: world.database.value(
        "SELECT (SELECT count(request_hash) FROM feedback) + (SELECT count(request_hash) FROM follow_up) + (SELECT count(request_hash) FROM step)"
        " + (SELECT count(request_hash) FROM message) + (SELECT count(request_hash) FROM original_read)"))


def mail(world):
    sent = add_mail(world, None, "thanks", mailbox="osasto@example.org", state="sent")
    return Kept(lambda: count(world.database, "mail", "id = %s::uuid", sent))


def addresses(world):
    world.database.run("INSERT INTO opt_out (address_hash) VALUES (%s)", HASH)
    world.database.run("INSERT INTO dead_address (address_hash) VALUES (%s)", HASH)
    return Kept(lambda: count(world.database, "opt_out", "true") + count(world.database, "dead_address", "true"))


def contact_counts(world):
    world.database.run("INSERT INTO contact_count (address_hash, month, sent) VALUES (%s, month_start(app_today()), 1)", HASH)
    left = world.database.value("SELECT (month_start(app_today()) + interval '1 month')::date - 1 - app_today()")
    return Kept(lambda: count(world.database, "contact_count", "true"), left)


def jobs(world):
    number = add_job(world, "news", state="dead")
    again = add_job(world, "noop", state="dead", unique_key="again")
    return Kept(lambda: count(world.database, "job", "id = %s", number) * count(world.database, "job", "id = %s", again))


def events(world):
    add_voice(world)
    world.database.run("UPDATE job SET data = jsonb_build_object('xid', pg_snapshot_xmax(pg_current_snapshot())::text)"
                       " WHERE unique_key = 'report'")
    left = world.database.value("SELECT (month_start(app_today()) + interval '1 month')::date - 1 - app_today()")
    return Kept(lambda: count(world.database, "event", "at < (month_start(app_today()) + interval '1 month')"), left)


def original_reads(world):
    case = add_voice(world)
    world.database.run("INSERT INTO original_read (id, feedback_id, caller_id, purpose) SELECT gen_random_uuid(), %s::uuid, id, 'Syy'"
                       " FROM api_key LIMIT 1", case)
    return Kept(lambda: count(world.database, "original_read", "true"))


def api_keys(world):
    world.database.run("UPDATE api_key SET revoked_on = app_today() WHERE name = 'analyst'")
    assert count(world.database, "api_key", "revoked_on IS NOT NULL") == 1
    return Kept(lambda: count(world.database, "api_key", "name = 'analyst'"))


def audit(world):
    add_voice(world)
    world.database.run("SELECT audit_chain_more(100000)")
    old = world.database.value("SELECT count(*) FROM audit_chain")
    assert old
    return Kept(lambda: count(world.database, "audit_chain", "n <= %s", old))


def people(world):
    taking_part, _ = survey_round(world)
    world.database.run("INSERT INTO person (id, resource, token_hash, sealed, key_id, address_hash, lang, ended_on) VALUES (%s::uuid, 'survey_round',"
                       " %s, 'x', 'x', %s, 'fi', app_today())", taking_part, HASH, HASH)
    member, panel = ended_member(world)
    expert = ended_expert(world)
    world.database.run("UPDATE mail SET state = 'sent' WHERE person_id IS NOT NULL")
    return Kept(lambda: count(world.database, "person", "id IN (%s::uuid, %s::uuid, %s::uuid)", taking_part, member, expert)
                + count(world.database, "expert", "id = %s::uuid AND (state <> 'anonymised' OR num_nonnulls(training, request_hash) > 0)", expert)
                + count(world.database, "expert_words", "expert_id = %s::uuid", expert)
                + count(world.database, "expert_area", "expert_id = %s::uuid", expert)
                + count(world.database, "member_name", "member_id = %s::uuid", member)
                + count(world.database, "member", "id = %s::uuid AND num_nonnulls(municipality, age_band, gender, lang, request_hash) > 0", member)
                + count(world.database, "panel_selection", "panel_id = %s::uuid AND jsonb_path_exists(candidates, '$[*].attributes.gender')", panel))


def panel_of(world):
    return world.database.value("INSERT INTO panel (id, unit_id, kind, name, state) VALUES (gen_random_uuid(), %s::uuid, 'residents_meeting',"
                                " '{\"fi\": \"Raati\"}', 'active') RETURNING id::text", world.units["ward"])


def ended_member(world):
    """Somebody who was drawn for a panel and left it today; and the panel."""
    member, panel = str(uuid.uuid4()), panel_of(world)
    world.database.run("INSERT INTO member (id, panel_id, role, state, age_band, gender, lang, request_hash, selection_n, selection_place)"
                       " VALUES (%s::uuid, %s::uuid, 'client', 'ceased', '18_29', 'woman', 'fi', %s, 1, 1)", member, panel, HASH)
    world.database.run("INSERT INTO member_name (member_id, name) VALUES (%s::uuid, 'Aino')", member)
    world.database.run("INSERT INTO panel_selection (id, panel_id, n, seed, seed_hash, places, reserve_most, quota, candidates)"
                       " VALUES (gen_random_uuid(), %s::uuid, 1, 'x', 'x', 1, 1, '[]', jsonb_build_array(jsonb_build_object('id', %s,"
                       " 'attributes', '{\"gender\": \"woman\"}'::jsonb)))", panel, member)
    world.database.run("INSERT INTO person (id, resource, token_hash, lang, ended_on) VALUES (%s::uuid, 'member', %s, 'fi', app_today())",
                       member, b"m" * 32)
    return member, panel


def ended_expert(world):
    """An expert whose work ended today."""
    made = str(uuid.uuid4())
    world.database.run("INSERT INTO expert (id, unit_id, state, training, ended_on, request_hash) VALUES (%s::uuid, %s::uuid, 'ended', 'Kurssi',"
                       " app_today(), %s)", made, world.units["ward"], HASH)
    world.database.run("INSERT INTO expert_words (expert_id, name, title, story) VALUES (%s::uuid, 'Eeva', 'Vertainen', 'Sairastuin nuorena.')", made)
    world.database.run("INSERT INTO expert_area (expert_id, area) VALUES (%s::uuid, 'cancer')", made)
    world.database.run("INSERT INTO person (id, resource, token_hash, lang, ended_on) VALUES (%s::uuid, 'expert', %s, 'fi', app_today())",
                       made, uuid.uuid4().bytes * 2)
    return made


def expert_stories(world):
    made = ended_expert(world)
    return Kept(lambda: count(world.database, "expert_words", "expert_id = %s::uuid AND num_nonnulls(title, story) > 0", made))


def brought(world):
    """An input that was brought today."""
    panel, made = panel_of(world), str(uuid.uuid4())
    world.database.run("INSERT INTO input (id, panel_id, speaker_role, kind, text, request_hash) VALUES (%s::uuid, %s::uuid, 'client', 'idea', 'Valoa.',"
                       " %s)", made, panel, HASH)
    return made


def inputs(world):
    made = brought(world)
    return Kept(lambda: count(world.database, "input", "id = %s::uuid AND text IS NOT NULL", made))


def input_hashes(world):
    made = brought(world)
    return Kept(lambda: count(world.database, "input", "id = %s::uuid AND request_hash IS NOT NULL", made))


def claims(world):
    task = Task(world, world.units["ward"]).over()
    move(world, "claim", task.claim, "waived", who="expert")
    world.database.run("UPDATE claim SET expenses_for = 'Taksi' WHERE booking_id = %s::uuid", task.id)
    return Kept(lambda: count(world.database, "claim", "booking_id = %s::uuid AND expenses_for IS NOT NULL", task.id))


def expert_feedback(world):
    task = Task(world, world.units["ward"]).over()
    world.database.run("INSERT INTO booking_feedback (id, booking_id, side, rating, text) VALUES (gen_random_uuid(), %s::uuid, 'expert', 4, 'Hyvin meni.')", task.id)
    world.database.run("INSERT INTO observation (id, unit_id, person_id, text) VALUES (gen_random_uuid(), %s::uuid, %s::uuid, 'Ovi on raskas.')",
                       world.units["ward"], task.expert)
    return Kept(lambda: count(world.database, "booking_feedback", "booking_id = %s::uuid AND text IS NOT NULL", task.id)
                + count(world.database, "observation", "person_id = %s::uuid OR text = 'Ovi on raskas.'", task.expert))


CLASSES = {made.__name__: made for made in (
    texts, idle_cases, contact, survey_links, survey_texts, imports, request_hashes, mail, addresses, contact_counts, jobs, events,
    original_reads, api_keys, audit, people, inputs, input_hashes, expert_stories, claims, expert_feedback)}
