"""
The authorization matrix's left side: for each operation of the contract, how it is asked for, and where it names
what belongs to a unit. A new operation needs a row here.
"""

import json
import re
import uuid
from dataclasses import dataclass, field

from authorization_things import CODES, TITLE
from support.bookings import order
from support.consultations import consultation
from support.sessions import draft, series

UNKNOWN_TOKEN = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


@dataclass
class Row:
    """
    bound: where the unit shows: path (not yours is 404), body (422), query (404), list or export (left out), lines (refused one by
    one), caller (a path to what only the key that made it sees), whole (a list
    of no unit: empty for those who are limited to some), none.
    thing: which of the Things the path's {id}, or the list's item, is.
    """
    bound: str
    thing: str = ""
    body: object = None
    query: dict = field(default_factory=dict)


# What is sent where a body is a form.
FORMS = {"/r": b"code=x", "/p/{form}": b"text=Odotin", "/opportunities/{id}": b"operation=registration_create&lang=fi"}
# What else stands for a part of a path: a word, or one of the Things.
PARTS = {"{token}": UNKNOWN_TOKEN, "{asset}": "start.js", "{code}": "not_found", "{year}": "2025", "{n}": "1"}
YEAR = {"from": "2026-01-01", "to": "2026-12-31"}
NAMED_PARTS = {"{source_id}": "source", "{round_id}": "round", "{trial_id}": "trial", "{task_id}": "task", "/p/{form}": "form_path"}
NAMED_PARTS = {"{source_id}": "source", "{round_id}": "round", "{trial_id}": "trial", "{task_id}": "task", "{availability_id}": "availability", "/p/{form}": "form_path"}

ROWS = {
    "feedback_create": Row("body", body=lambda things: {
        "unit_id": things.unit, "kind": "concern", "text": "Odotin kauan.", "channel": "web", "lang": "fi"}),
    "import_create": Row("lines", body=lambda things: {
        "unit_id": things.unit, "kind": "concern", "text": "Odotin kauan.", "channel": "import", "lang": "fi"}),
    "import_get": Row("caller", "imported"),
    "import_refusals": Row("caller", "imported"),
    "audit_list": Row("whole"),
    "feedback_list": Row("list", "feedback"),
    "feedback_export": Row("export", "feedback"),
    "feedback_search": Row("list", "found", query={"text": "odotin"}),
    "feedback_get": Row("path", "feedback"),
    "feedback_patch": Row("path", "feedback", lambda things: {"severity": 2}),
    "feedback_transition": Row("path", "feedback", lambda things: {"to": "in_progress"}),
    "feedback_messages": Row("path", "feedback"),
    "feedback_message_create": Row("path", "feedback", lambda things: {"text": "Kiitos, selvitämme."}),
    "feedback_events": Row("path", "feedback"),
    "feedback_erase": Row("path", "feedback", lambda things: {"reason": "giver_asked"}),
    "feedback_read_original": Row("path", "feedback", lambda things: {"purpose": "Takaisinsoitto"}),
    "feedback_original_reads": Row("path", "feedback"),
    "change_create": Row("body", body=lambda things: {"unit_id": things.unit, "title": TITLE}),
    "change_list": Row("list", "change"),
    "change_missing_variants": Row("list", "change"),
    "change_get": Row("path", "change"),
    "change_patch": Row("path", "change", lambda things: {"theme": "odotusajat"}),
    "change_transition": Row("path", "change", lambda things: {"to": "under_review"}),
    "change_publish": Row("path", "decided"),
    "change_source_create": Row("path", "change", lambda things: {"kind": "input", "reference": f"urn:uuid:{uuid.uuid4()}"}),
    "change_source_list": Row("path", "change"),
    "change_follow_up_list": Row("path", "change"),
    "change_similar": Row("path", "change"),
    "change_source_delete": Row("path", "change"),
    "service_create": Row("body", body=lambda things: {"unit_id": things.unit, "name": {"fi": "Vastaanotto"}}),
    "service_list": Row("list", "service"),
    "service_get": Row("path", "service"),
    "service_patch": Row("path", "service", lambda things: {"closed_on": None}),
    "unit_create": Row("body", body=lambda things: {"parent_id": things.unit, "name": {"fi": "Osasto"}}),
    "unit_list": Row("list", "unit"),
    "unit_get": Row("path", "unit"),
    "unit_patch": Row("path", "unit", lambda things: {"ptv_id": None}),
    "unit_answer_limits_get": Row("path", "unit"),
    "unit_answer_limits_put": Row("path", "unit", lambda things: {"concern": 7}),
    "api_key_create": Row("body", body=lambda things: {
        "name": "järjestelmä", "scopes": ["feedback:submit"], "unit_ids": [things.unit]}),
    "api_key_list": Row("list", "key"),
    "api_key_get": Row("path", "key"),
    "api_key_revoke": Row("path", "key"),
    "report_list": Row("list", "reported"),
    "report_what_changed": Row("query", "reported", query={"period": "2026-01"}),
    "publication_create": Row("body", body=lambda things: {
        "unit_id": things.unit, "period": "2025-01", "correction_note": TITLE}),
    "publication_list": Row("none"),
    "publication_get": Row("none", "publication"),
    "publication_figures": Row("none", "publication"),
    "publication_export": Row("none", "publication"),
    "report_part": Row("query", "reported", query={"period": "2026-01"}),
    "report_answer_times": Row("query", "unit", query={"from": "2026-01-01", "to": "2026-01-31"}),
    "question_set_list": Row("list", "question_set"),
    "question_set_get": Row("path", "question_set"),
    "question_set_results": Row("path", "question_set"),
    "municipality_create": Row("body", body=lambda things: {"unit_id": things.unit, "code": f"{next(CODES):03}", "name": TITLE}),
    "municipality_list": Row("none"),
    "municipality_get": Row("none", "municipality"),
    "municipality_patch": Row("path", "municipality", lambda things: {"closed_on": None}),
    "panel_create": Row("body", body=lambda things: {"unit_id": things.unit, "kind": "steering_group", "name": TITLE}),
    "panel_list": Row("list", "panel"),
    "panel_get": Row("path", "panel"),
    "panel_patch": Row("path", "panel", lambda things: {"is_public": True}),
    "panel_transition": Row("path", "panel", lambda things: {"to": "active"}),
    "panel_rules": Row("path", "panel"),
    "statement_create": Row("body", body=lambda things: things.statement_body),
    "statement_list": Row("list", "statement"),
    "statement_get": Row("path", "statement"),
    "statement_patch": Row("path", "statement", lambda things: {"question": TITLE}),
    "statement_transition": Row("path", "statement", lambda things: {"to": "adopted"}),
    "own_statement_list": Row("none"),
    "own_statement_transition": Row("none", "statement", lambda things: {"to": "adopted", "version": 1}),
    "input_create": Row("body", body=lambda things: things.input_body),
    "input_list": Row("list", "input"),
    "input_get": Row("path", "input"),
    "input_transition": Row("path", "input", lambda things: {"to": "taken"}),
    "input_fates": Row("path", "council"),
    "panel_report": Row("path", "council"),
    "panel_report_export": Row("path", "council"),
    "initiative_report": Row("query", "unit"),
    "own_input_create": Row("none", body=lambda things: {"kind": "idea", "text": "Lisää valoa."}),
    "own_input_list": Row("none"),
    "own_change_list": Row("none"),
    "own_follow_up": Row("none", body=lambda things: {"change_id": things.asked, "answer": "better"}),
    "own_input_transition": Row("none", "input", lambda things: {"to": "withdrawn"}),
    "round_create": Row("body", body=lambda things: things.round_body),
    "round_list": Row("list", "panel_round"),
    "round_get": Row("path", "panel_round"),
    "round_patch": Row("path", "panel_round", lambda things: {"has_discussion": True}),
    "round_transition": Row("path", "panel_round", lambda things: {"to": "open"}),
    "round_results": Row("path", "panel_round"),
    "own_round_list": Row("none"),
    "own_round_answer": Row("none", "panel_round", lambda things: {"answers": {"met": 1}}),
    "vote_create": Row("body", body=lambda things: things.vote_body),
    "vote_list": Row("list", "vote"),
    "vote_get": Row("path", "vote"),
    "vote_transition": Row("path", "vote", lambda things: {"to": "closed"}),
    "own_vote_list": Row("none"),
    "own_vote_cast": Row("none", "vote", lambda things: {"option": "yes"}),
    "co_development_create": Row("body", body=lambda things: {"panel_id": things.group, "title": TITLE}),
    "co_development_list": Row("list", "co_development"),
    "co_development_get": Row("path", "co_development"),
    "co_development_patch": Row("path", "co_development", lambda things: {"convener": "Kehittämispäällikkö"}),
    "co_development_transition": Row("path", "co_development", lambda things: {"to": "stopped", "reason": "Ei jatketa."}),
    "co_development_balance": Row("path", "co_development"),
    "trial_create": Row("path", "co_development", lambda things: {"what": "Takaisinsoitto", "starts_on": "2030-01-01"}),
    "trial_list": Row("path", "co_development"),
    "trial_patch": Row("path", "co_development", lambda things: {"result": "Toimi"}),
    "task_create": Row("path", "co_development", lambda things: {"what": "Kutsut", "role": "facilitator", "due_on": "2030-01-01"}),
    "task_list": Row("path", "co_development"),
    "task_patch": Row("path", "co_development", lambda things: {"done_on": None}),
    "member_nominate": Row("path", "panel", lambda things: {"role": "client", "name": "Jäsen"}),
    "member_apply": Row("none", "open_panel", lambda things: {"role": "client", "name": "Hakija", "lang": "fi"}),
    "membership_get": Row("none"),
    "membership_transition": Row("none", body=lambda things: {"to": "withdrawn"}),
    "member_list": Row("path", "panel"),
    "member_get": Row("path", "member"),
    "member_patch": Row("path", "member", lambda things: {"gender": None}),
    "member_transition": Row("path", "member", lambda things: {"to": "active"}),
    "selection_create": Row("path", "drawn", lambda things: {"reserve_most": 5}),
    "selection_list": Row("path", "drawn"),
    "selection_get": Row("path", "drawn"),
    "panel_draw_list": Row("none", "open_panel"),
    "panel_draw_get": Row("none", "open_panel"),
    "survey_create": Row("body", body=lambda things: {
        "unit_id": things.unit, "question_set_id": things.question_set, "title": TITLE, "audience": "clients"}),
    "survey_list": Row("list", "survey"),
    "survey_get": Row("path", "survey"),
    "survey_patch": Row("path", "survey", lambda things: {"title": TITLE}),
    "survey_transition": Row("path", "survey", lambda things: {"to": "open"}),
    "survey_round_create": Row("path", "survey", lambda things: {"opens_at": "2030-01-01T00:00:00Z", "closes_at": "2030-02-01T00:00:00Z"}),
    "survey_round_list": Row("path", "survey"),
    "survey_round_get": Row("path", "survey"),
    "survey_round_patch": Row("path", "survey", lambda things: {"remind_at": None}),
    "survey_round_transition": Row("path", "survey", lambda things: {"to": "cancelled", "reason": "Ei pidetä."}),
    "survey_links_create": Row("path", "survey", lambda things: {"count": 2}),
    "survey_round_results": Row("path", "survey"),
    "survey_round_texts": Row("path", "survey"),
    "session_create": Row("body", body=lambda things: draft(things.unit)),
    "session_list": Row("list", "session"),
    "session_series_create": Row("body", body=lambda things: series(things.unit)),
    "session_series_get": Row("path", "series"),
    "session_series_publish": Row("path", "series"),
    "session_series_cancel": Row("path", "series", lambda things: {"reason": "Ei pidetä."}),
    "session_get": Row("path", "session"),
    "session_patch": Row("path", "session", lambda things: {"title": TITLE}),
    "session_transition": Row("path", "session", lambda things: {"to": "published"}),
    "open_session_list": Row("none"),
    "open_session_get": Row("none", "open_session"),
    "registration_create": Row("none", "open_session", lambda things: {"lang": "fi"}),
    "registration_list": Row("path", "open_session"),
    "registration_get": Row("path", "registration"),
    "registration_transition": Row("path", "registration", lambda things: {"to": "cancelled"}),
    "personal_registration_get": Row("none"),
    "personal_registration_transition": Row("none", body=lambda things: {"to": "cancelled"}),
    "personal_session_list": Row("none"),
    "attendance_get": Row("path", "session"),
    "attendance_put": Row("path", "held", lambda things: {"members": []}),
    "own_attendance_say": Row("none", "session", lambda things: {"comes": False}),
    "unit_calendar": Row("none", "unit"),
    "panel_calendar": Row("none", "public_panel"),
    "personal_calendar": Row("none"),
    "survey_page": Row("none"),
    "survey_page_answer": Row("none"),
    "survey_link_get": Row("none"),
    "survey_link_answer": Row("none", body=lambda things: {"answers": {"met": 1}}),
    "person_link_renew": Row("path", "person"),
    "person_erase": Row("path", "person"),
    "personal_get": Row("none"),
    "personal_patch": Row("none", body=lambda things: {"lang": "sv"}),
    "personal_erase": Row("none"),
    "personal_budget_get": Row("none"),
    "personal_budget_answer": Row("none", body=lambda things: {"shares": {"bus": 80, "guide": 20}}),
    "opportunity_list": Row("none"),
    "public_opportunities": Row("none"),
    "public_opportunities_feed": Row("none"),
    "open_page": Row("none", "open_session"),
    "open_page_act": Row("none", "open_session"),
    "decision_create": Row("body", body=lambda things: {"unit_id": things.unit, "item": TITLE, "decided_by": "Hallitus", "decides_on": "2030-01-01"}),
    "decision_list": Row("list", "decision"),
    "decision_export": Row("export", "decision"),
    "decision_get": Row("path", "decision"),
    "decision_patch": Row("path", "decision", lambda things: {"decided_by": "Valtuusto"}),
    "consultation_create": Row("body", body=lambda things: consultation(things.decision)),
    "consultation_list": Row("list", "consultation"),
    "consultation_get": Row("path", "consultation"),
    "consultation_patch": Row("path", "consultation", lambda things: {"heard_through": []}),
    "consultation_transition": Row("path", "consultation", lambda things: {"to": "closed"}),
    "budget_ballot_create": Row("path", "consultation", lambda things: {"lang": "fi"}),
    "budget_results": Row("path", "consultation"),
    "budget_answer_create": Row("none", "consultation", lambda things: {"shares": {"bus": 80, "guide": 20}}),
    "fee_class_create": Row("body", body=lambda things: things.fee_class_body),
    "fee_class_list": Row("list", "fee_class"),
    "fee_class_get": Row("path", "fee_class"),
    "fee_class_patch": Row("path", "fee_class", lambda things: {"per_km": 0.6}),
    "participation_cost_create": Row("body", body=lambda things: things.cost_body),
    "participation_cost_list": Row("list", "cost"),
    "booking_feedback_create": Row("path", "task_done", lambda things: {"rating": 5}),
    "booking_feedback_list": Row("list", "booking_feedback"),
    "booking_feedback_get": Row("path", "booking_feedback"),
    "booking_feedback_patch": Row("path", "booking_feedback", lambda things: {"debrief": "held"}),
    "own_booking_feedback": Row("none", "task_done", lambda things: {"rating": 5}),
    "own_debrief": Row("none", "task_done", lambda things: {"wants": True}),
    "own_observation_create": Row("none", body=lambda things: {"text": "Ovi on raskas."}),
    "observation_list": Row("list", "observation"),
    "observation_get": Row("path", "observation"),
    "booking_report": Row("query", "unit", query=YEAR),
    "booking_report_file": Row("query", "unit", query=YEAR),
    "cost_report": Row("query", "unit", query=YEAR),
    "cost_report_file": Row("query", "unit", query=YEAR),
    "claim_list": Row("list", "claim"),
    "claim_get": Row("path", "claim"),
    "claim_patch": Row("path", "claim", lambda things: {"fee_class_id": things.fee_class}),
    "claim_write": Row("path", "claim", lambda things: {"hours": 2}),
    "claim_transition": Row("path", "sent_claim", lambda things: {"to": "returned", "reason": "Tunnit puuttuvat."}),
    "claim_export_create": Row("body", body=lambda things: {"unit_id": things.approved_claim}),
    "claim_export_list": Row("list", "claim_export"),
    "claim_export_get": Row("path", "claim_export"),
    "claim_export_lines": Row("path", "claim_export"),
    "claim_export_file": Row("path", "claim_export"),
    "own_claim_list": Row("none"),
    "own_claim_transition": Row("none", "claim", lambda things: {"to": "waived"}),
    "experience_area_list": Row("none"),
    "experience_task_list": Row("none"),
    "expert_create": Row("body", body=lambda things: {"unit_id": things.unit, "name": "Eeva"}),
    "expert_search": Row("list", "active_expert"),
    "expert_register": Row("list", "expert"),
    "expert_get": Row("path", "expert"),
    "expert_patch": Row("path", "expert", lambda things: {"title": "Vertainen"}),
    "expert_transition": Row("path", "expert", lambda things: {"to": "active"}),
    "expert_link_renew": Row("path", "expert"),
    "expert_erase": Row("path", "expert"),
    "expert_profile": Row("path", "active_expert"),
    "expert_free_slots": Row("path", "active_expert", query={"from": "2030-01-01T00:00:00Z", "until": "2030-01-02T00:00:00Z"}),
    "availability_create": Row("path", "expert", lambda things: {"kind": "exception", "first_on": "2030-12-24"}),
    "availability_list": Row("path", "expert"),
    "availability_delete": Row("path", "expert"),
    "own_expert_get": Row("none"),
    "own_expert_put": Row("none", body=lambda things: {"name": "Eeva"}),
    "own_expert_show": Row("none", body=lambda things: {"shown": ["areas"]}),
    "own_expert_transition": Row("none", body=lambda things: {"to": "on_break"}),
    "own_availability_create": Row("none", body=lambda things: {"kind": "exception", "first_on": "2030-12-24"}),
    "own_availability_list": Row("none"),
    "own_availability_delete": Row("none"),
    "booking_create": Row("body", body=lambda things: order(things.unit)),
    "booking_list": Row("list", "booking"),
    "booking_get": Row("path", "booking"),
    "booking_patch": Row("path", "booking", lambda things: {"about": "Kertomus."}),
    "booking_transition": Row("path", "booking", lambda things: {"to": "cancelled_early"}),
    "offer_create": Row("path", "booking", lambda things: {"expert_id": things.active_expert}),
    "offer_list": Row("path", "booking"),
    "offer_get": Row("path", "offer"),
    "offer_transition": Row("path", "offer", lambda things: {"to": "withdrawn"}),
    "personal_booking_list": Row("none"),
    "personal_booking_transition": Row("none", "booking", lambda things: {"to": "cancelled_early"}),
    "personal_offer_list": Row("none"),
    "personal_offer_transition": Row("none", "offer", lambda things: {"to": "declined"}),
    "personal_page": Row("none"),
    "personal_page_act": Row("none"),
    "receipt_get": Row("none"),
    "receipt_message_create": Row("none", body=lambda things: {"text": "Lisäisin vielä tämän."}),
    "receipt_follow_up": Row("none", body=lambda things: {"change_id": things.asked, "answer": "better"}),
    "receipt_transition": Row("none", body=lambda things: {"to": "withdrawn"}),
    "receipt_erase": Row("none"),
    "remedy_list": Row("none"),
    "retention_list": Row("none"),
    "form_page": Row("none"),
    "form_send": Row("none"),
    "form_poster": Row("none"),
    "form_qr": Row("none"),
    "receipt_entry": Row("none"),
    "receipt_open": Row("none"),
    "follow_up_page": Row("none"),
    "follow_up_answer": Row("none"),
    "unsubscribe_page": Row("none"),
    "unsubscribe": Row("none"),
    "openapi_json": Row("none"),
    "openapi_yaml": Row("none"),
    "docs_page": Row("none"),
    "privacy_page": Row("none"),
    "favicon": Row("none"),
    "favicon_ico": Row("none"),
    "docs_asset": Row("none"),
    "problem_page": Row("none"),
    "public_front": Row("none"),
    "public_changes": Row("none"),
    "public_change": Row("none", "published"),
    "public_units": Row("none"),
    "public_unit": Row("none", "unit"),
    "public_house": Row("none"),
    "public_reports": Row("none"),
    "public_year": Row("none"),
    "public_publication": Row("none", "publication"),
    "public_feed": Row("none"),
    "public_unit_feed": Row("none", "unit"),
    "public_embedding": Row("none"),
    "public_embedded": Row("none"),
    "public_accessibility": Row("none"),
}


def path_of(operation, row, things):
    """The operation's path, for these things."""
    def part(match):
        if match[0] == "{id}":
            return getattr(things, row.thing) if row.thing else ""
        return PARTS[match[0]] if match[0] in PARTS else getattr(things, NAMED_PARTS[match[0]])
    return re.sub(r"(/p/)?\{\w+\}", part, operation["path"])


def ask(client, operation, row, things, **options):
    """Sends the request of a row for these things; what a list is to hold is made before."""
    method, template = operation["method"], operation["path"]
    if row.thing:
        getattr(things, row.thing)
    path = path_of(operation, row, things)
    query = {**row.query, **({"limit": 200} if row.bound == "list" else {}), **({"unit_id": things.unit} if row.bound == "query" else {})}
    body = row.body(things) if row.body else None
    if "If-Match" in {parameter["name"] for parameter in operation["parameters"]}:
        options["etag"] = "*"
    if row.bound == "lines":
        body, options = None, {**options, "raw": json.dumps(body).encode(), "content_type": "application/x-ndjson"}
    elif "requestBody" in operation and body is None:
        options |= {"raw": FORMS.get(template, b"answer=better"), "content_type": "application/x-www-form-urlencoded"}
    elif method == "PATCH":
        options["content_type"] = "application/merge-patch+json"
    return client.request(method, path, body, params=query, idempotency=str(uuid.uuid4()) if method == "POST" else None,
                          **options)
