"""
Masking, as a function of a text alone: masking_cases.txt by line, identity codes of all kinds in any surroundings, and every
real comment, of which none says who somebody is.
"""

import datetime
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from support.database import Database
from support.imports import comments

MARKS = {"code": "[henkilötunnus]", "phone": "[puhelinnumero]", "email": "[sähköposti]", "street": "[osoite]",
         "account": "[tilinumero]"}
MASKED = re.compile(r"\{(code|phone|email|street|account):([^{}]*)\}")
CASES = [line for line in (Path(__file__).parent / "masking_cases.txt").read_text(encoding="utf-8").split("\n")
         if line and not line.startswith("# ")]
LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
CENTURIES = {1800: "+", 1900: "-UVWXY", 2000: "ABCDEF"}
# Anything but NUL, which no text of PostgreSQL holds, and lone halves of pairs, which are no text.
SURROUNDINGS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=60)


class Mask:
    """What a text looks like to staff; asked for as a stored column asks."""

    def __init__(self, database):
        self.cursor = database.connect("api").cursor()

    def __call__(self, text, lang="fi"):
        self.cursor.execute("SELECT coalesce(CASE WHEN mask_is_thinkable(%s) THEN masked_text(%s, %s) END, %s)", (text, text, lang, text))
        return self.cursor.fetchone()[0]


@pytest.fixture(scope="module")
def mask(cluster):
    made = Database.create(cluster)
    mask = Mask(made)
    yield mask
    mask.cursor.connection.close()
    made.drop()


@pytest.mark.parametrize("case", CASES)
def test_what_tells_who_somebody_is_has_a_mark_in_its_place_and_the_rest_stays(mask, case):
    assert mask(MASKED.sub(r"\2", case)) == MASKED.sub(lambda found: MARKS[found[1]], case)


@pytest.mark.parametrize("lang, marks", [
    ("fi", "[henkilötunnus] [puhelinnumero] [sähköposti] [osoite] [tilinumero]"),
    ("sv", "[personbeteckning] [telefonnummer] [e-postadress] [adress] [kontonummer]"),
    ("en", "[identity code] [phone number] [email address] [address] [account number]"),
    ("se", "[henkilötunnus] [puhelinnumero] [sähköposti] [osoite] [tilinumero]")])
def test_marks_speak_the_language_of_the_case(mask, lang, marks):
    assert mask("010190-900P +358 40 123 4567 aino@example.fi Kotitie 1 FI21 1234 5600 0007 85", lang) == marks


def test_every_street_has_a_first_look(mask):
    """The first look goes by the last letters of what streets are called; whatever is searched for must get through it."""
    mask.cursor.execute("SELECT e FROM regexp_split_to_table(regexp_replace(mask_place_ends(), '[|][(].*', ''), '[|]') e")
    ends = [end for end, in mask.cursor.fetchall()] + [
        stem + case for stems, cases in [("kadul kujal polul kaarel raitil", "la ta le"), ("tiel väyläl rinteel", "lä tä le")]
        for stem in stems.split() for case in cases.split()] + ["katu", "KATU", "tie", "TIE", "kuja", "KUJA", "gata", "gatan", "GATAN", "vägen", "VÄGEN",
                                                       "gränd", "gränden", "GRÄND", "stigen", "STIGEN"]
    assert len(ends) > 50
    assert [end for end in ends if mask(f"Asun: Kivi{end} 5.") != "Asun: [osoite]."] == []
    words = "katu tie kuja polku kaari ranta väylä aukio tori raitti kierto puistikko esplanadi rinne portti linja"
    assert [word for word in words.split() if mask(f"Asun: Aino Kiven {word} 5.") != "Asun: [osoite]."] == []


@st.composite
def identity_codes(draw):
    """Any code that the registers may have given: every century and sign, both letter cases, blanks around the sign."""
    day = draw(st.dates(min_value=datetime.date(1850, 1, 1), max_value=datetime.date(2099, 12, 31)))
    sign = draw(st.sampled_from(CENTURIES[day.year // 100 * 100]))
    digits, number = day.strftime("%d%m") + f"{day.year % 100:02d}", f"{draw(st.integers(2, 999)):03d}"
    blanks = st.sampled_from(["", "", " ", "  "])
    code = digits + draw(blanks) + sign + draw(blanks) + number + LETTERS[int(digits + number) % 31]
    return draw(st.sampled_from([str.upper, str.lower]))(code)


def quickly(function):
    return settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])(function)


@quickly
@given(identity_codes(), SURROUNDINGS, SURROUNDINGS)
@example("010190-900P", "0101", "9")
@example("010190-900P", "010190-", "@example.fi")
@example("010190-900P", "(0", " 040 123 4567")
def test_a_good_identity_code_is_masked_whatever_stands_around_it(mask, code, before, after):
    assert code not in mask(before + code + after)
    assert mask(f"{before} \u00b6{code}\u00b6") == mask(f"{before} \u00b6") + "[henkilötunnus]\u00b6"


@quickly
@given(identity_codes(), st.integers(1, 30))
def test_a_code_with_a_wrong_check_character_is_not_taken_for_one(mask, code, step):
    wrong = code[:-1] + LETTERS[(LETTERS.index(code[-1].upper()) + step) % 31]
    assert "[henkilötunnus]" not in mask(f"Tunnus {wrong}.")


@quickly
@given(SURROUNDINGS, SURROUNDINGS)
def test_a_text_without_digits_and_signs_of_mail_stays_as_it_is(mask, before, after):
    text = re.sub(r"[\d@\uff20\ufe6b]|\b[aä]t\b|[({<\[]", "", before + after, flags=re.IGNORECASE)
    assert mask(text) == text


def test_no_real_comment_says_who_somebody_is(mask):
    texts = {text.replace("\0", "") for _, text in comments()}
    assert [text for text in texts if mask(text, "en") != text] == []


@pytest.mark.parametrize("unit, times", [
    ("040 123 4567 ", 1500), ("0 1 2 ", 3300), ("010190-900P", 1800), ("a@", 10000), ("Kotitie 1 ", 2000), ("(", 20000), ("1-", 10000),
    ("aino.x at ", 2000), ("Aa ", 6600), ("Aa katu 1 ", 2000), ("a.", 10000)])
def test_the_longest_text_that_is_all_doubt_takes_no_more_than_its_share(mask, unit, times):
    """Far more than it needs (half a second), and far less than a search that goes back and forth would take."""
    mask.cursor.execute("SET statement_timeout = '60s'")
    assert len(mask(unit * times + "1")) > 0
