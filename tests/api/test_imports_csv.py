"""
CSV as an import: RFC 4180, the header, the types of cells, and what is wrong with a line of it.
"""

import json

import pytest

from support.imports import CSV, as_csv, line, ndjson, send

HEADER = b"unit_id,kind,channel,lang,text"


def cells(world, text=b"Odotin kauan."):
    return b"%s,concern,import,fi,%s" % (world.units["ward"].encode(), text)


def test_a_file_as_excel_writes_it_is_read(world):
    """A byte order mark, CRLF, quotes where they are needed, empty cells, and an empty line at the end."""
    body = b"\xef\xbb\xbf" + HEADER + b",age_band\r\n" + cells(world, b'"Hyv\xc3\xa4,\r\nsanoi ""h\xc3\xa4n"""') + b",\r\n\r\n"
    done = send(world.client("submit"), body, kind="Text/CSV; charset=UTF-8; header=present", params={"receipts": "true"})
    assert done["created"] == 1
    text, = world.database.rows("SELECT original FROM feedback_text WHERE feedback_id = %s::uuid", done["results"][0]["id"])[0]
    assert text == 'Hyvä,\r\nsanoi "hän"'


def test_cells_have_the_types_of_the_contract(world):
    lines = [line(world, "Tyypit", wants_answer="true", service_id=world.services["ward"], source_ref="0017"),
             line(world, "Tyypit", wants_answer="yes", service_id="none", source_ref="1")]
    done = send(world.client("submit"), as_csv(lines), kind=CSV)
    assert done["created"] == 1
    refusal, = done["refusals"]
    assert refusal["line"] == 3
    assert sorted((error["pointer"], error["code"]) for error in refusal["problem"]["errors"]) == [
        ("/service_id", "bad_format"), ("/wants_answer", "wrong_type")]


def test_items_of_a_list_stand_between_semicolons(world):
    lines = [line(world, "Tukea", support_needs="interpreter;easy_language"), line(world, "Tukea", support_needs="magic")]
    done = send(world.client("submit"), as_csv(lines), kind=CSV, params={"receipts": "true"})
    needs, = world.database.rows("SELECT support_needs FROM feedback WHERE id = %s::uuid", done["results"][0]["id"])[0]
    assert sorted(needs) == ["easy_language", "interpreter"]
    assert done["results"][1]["problem"]["errors"] == [{"pointer": "/support_needs/0", "code": "not_in_enum"}]


BAD_HEADERS = {
    "a name that is no member": (b"unit_id,kind,channel,lang,comment", [("/comment", "unknown_member")]),
    "a name twice": (b"text,unit_id,kind,channel,lang,text", [("/text", "duplicate_member")]),
    "a member of no object": (b"unit_id,kind.of,channel,lang,text", [("/kind.of", "unknown_member")]),
    "an object without its member": (b"unit_id,kind,channel,lang,text,contact", [("/contact", "unknown_member")]),
    "an empty name": (b"unit_id,kind,channel,lang,text,", [("/", "unknown_member")]),
    "what people wrote beside names": ("unit_id,kind,Hoitaja Maija 131052-308T,0401234567".encode(), [("/", "unknown_member"), ("/", "unknown_member")]),
    "no header": ("Hoitaja oli ystävällinen,131052-308T".encode(), []),
    "no CSV": (b'unit_id,"kind"x', []),
}


@pytest.mark.parametrize("language, says, begins", [
    ("fi", "Kenttien välissä on oltava pilkku.", "otsikkorivi alkaa näin: "), ("sv", "ska det stå ett kommatecken.", "rubrikraden börjar så här: "),
    ("en", "A comma is expected between fields.", "the header line begins like this: ")])
@pytest.mark.parametrize("separator", [b";", b"\t"])
def test_another_separator_is_told_with_the_header_that_was_found(world, language, says, begins, separator):
    header = HEADER.replace(b",", separator) + separator + "ä".encode() * 200
    response = send(world.client("submit", language=language), header + b"\n" + cells(world) + b"\n", kind=CSV, problem="csv_separator",
                    expect=422)
    problem = response.json()
    error, = problem["errors"]
    assert says in problem["detail"] and error["code"] == "csv_separator" and error["pointer"] == ""
    found = error["detail"].removeprefix(begins)
    assert error["detail"] != found and header.decode().startswith(found) and 190 < len(found.encode()) <= 200
    seen = world.client("submit").get(f"/v1/imports/{problem['import_id']}", expect=200).json()
    assert (seen["state"], seen["problem"]) == ("failed", "csv_separator")


def test_what_people_wrote_is_not_repeated_where_a_header_should_be(world):
    for line_ in ("Maija oli ystävällinen; soittakaa 0401234567 131052-308T", "Virtanen;Maija;131052-308T"):
        response = send(world.client("submit"), line_.encode() + b"\n" + cells(world) + b"\n", kind=CSV, problem="csv_separator", expect=422)
        assert response.json()["errors"] == [] and not any(word in response.text for word in ("Maija", "Virtanen", "308T", "040"))


def test_a_strange_name_of_a_member_is_neither_told_nor_kept(world):
    name = "Hoitaja Maija CANARYNAME 131052-308T"
    done = send(world.client("submit"), ndjson([{**line(world, "Asia"), name: "x"}]), params={"receipts": "true"})
    assert done["refused"] == 1 and name not in json.dumps(done, ensure_ascii=False)
    assert world.database.value("SELECT count(*) FROM import_refusal r WHERE r::text LIKE '%%CANARYNAME%%'") == 0


@pytest.mark.parametrize("header, errors", BAD_HEADERS.values(), ids=BAD_HEADERS)
def test_a_bad_header_ends_the_import_with_the_names_that_are_wrong(world, header, errors):
    response = send(world.client("submit"), header + b"\n" + cells(world) + b"\n", kind=CSV, problem="csv_header", expect=422)
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == errors
    seen = world.client("submit").get(f"/v1/imports/{response.json()['import_id']}", expect=200).json()
    assert (seen["state"], seen["problem"], seen["lines"]) == ("failed", "csv_header", 0)


BAD_RECORDS = {
    "a field too few": (b"a,b", "csv_malformed"),
    "a field too many": (b"a,b,c,d,e,f", "csv_malformed"),
    "a stray quote": (b'a,b,c,d,e"e', "csv_malformed"),
    "text behind a quote": (b'a,b,c,d,"e"e', "csv_malformed"),
    "a bare CR": (b"a,b,c,d,e\re", "csv_malformed"),
    "not UTF-8": (b"a,b,c,d,\xe4", "not_utf8"),
    "NUL": (b"a,b,c,d,e\0e", "json_nul"),
    "too long": (b"a,b,c,d," + b"e" * 65536, "line_too_long"),
}


@pytest.mark.parametrize("record, code", BAD_RECORDS.values(), ids=BAD_RECORDS)
def test_a_bad_record_is_named_and_costs_itself_alone(world, record, code):
    body = HEADER + b"\n" + cells(world, b'"kaksi\nrivi\xc3\xa4"') + b"\n" + record + b"\n" + cells(world)
    done = send(world.client("submit"), body, kind=CSV)
    assert (done["created"], done["refused"]) == (2, 1)
    assert [(each["line"], each["problem"]["code"]) for each in done["refusals"]] == [(4, code)]


def test_a_quote_that_is_never_closed_costs_what_is_behind_it(world):
    done = send(world.client("submit"), HEADER + b"\n" + cells(world) + b'\n"' + cells(world) + b"\n", kind=CSV)
    assert (done["created"], done["refused"]) == (1, 1)
    assert done["refusals"][0]["line"] == 3
