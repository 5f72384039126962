"""
The exact audit over generated counties: nothing published, alone or together, tells of one to four people.
"""

import datetime
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publication_audit import Space, can_differ
from publications import TREE, YEAR, County

LANGS, KINDS = {"fi": "fi", "sv": "sv", "other": "en"}, {"thanks": "thanks", "concern": "concern", "other": "idea"}
MONTHS = (1, 2, 3, 4)  # nothing comes in the others, so that one stands for all of them
LEAST = 5
UNITS = range(len(TREE))
PERIODS = [f"{YEAR}-01", f"{YEAR}-02", f"{YEAR}-03", str(YEAR)]
# A cell is (edition, unit, month, lang, kind); an edition is what was frozen first, or what a correction put in its place.
CELLS = list(itertools.product(UNITS, MONTHS[:-1], LANGS, KINDS))

counts = st.dictionaries(st.sampled_from(CELLS), st.integers(1, 12), min_size=3, max_size=40)
published = st.lists(st.tuples(st.sampled_from(UNITS), st.sampled_from(PERIODS)), min_size=2, max_size=14)
corrections = st.dictionaries(st.sampled_from(CELLS), st.integers(1, 12), max_size=6)


@pytest.fixture
def county(database):
    return County(database)


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(first=counts, before=published, later=corrections, after=published, pick=st.randoms(use_true_random=False))
def test_no_figure_of_one_to_four_people_can_be_worked_out(county, first, before, later, after, pick):
    clear(county.database)
    attack = Attack(county)
    attack.add(first)
    for unit, period in before:
        attack.publish(unit, period)
    attack.add(later)
    for unit, period in after:
        attack.publish(unit, period)
    small = [(name, vector) for name, vector in attack.targets() if 1 <= abs(attack.true(vector)) < LEAST]
    for name, vector in small:
        assert vector not in attack.space, f"{name} can be worked out"
    for name, vector in pick.sample(small, min(2, len(small))):
        assert can_differ(attack.equations, vector, attack.known), f"{name} has one possible value"


@pytest.mark.parametrize("known, hidden", [((3, 4), 1), ((1, 3), 4)])
def test_the_audit_finds_a_difference_of_two_published_sums(known, hidden):
    space = Space()
    for one in ({0: 1, 1: 1, 2: 1}, {0: 1, 1: 1}):
        space.add(one)
    assert {2: 1} in space and {0: 1} not in space and known != hidden


def test_the_audit_finds_a_figure_that_only_zero_fits():
    equations, true = [{0: 1, 1: 1}, {1: 1, 2: 1}, {0: 1, 2: -1}], {0: 0, 1: 5, 2: 0}
    assert can_differ(equations, {0: 1}, true)
    assert not can_differ([{0: 1, 1: 1}], {0: 1}, {0: 0, 1: 0})


class Attack:
    """What is in the county, and what an attacker knows of it."""

    def __init__(self, county):
        self.county = county
        self.now = {}         # {(unit, month, lang, kind): voices} as they are
        self.frozen = {}      # {(edition, unit, month): {(lang, kind): voices}}
        self.edition = {}     # {(unit, month): its newest}
        self.space, self.equations = Space(), []

    def add(self, counts):
        rows = []
        for (unit, month, lang, kind), count in counts.items():
            self.now[unit, month, lang, kind] = self.now.get((unit, month, lang, kind), 0) + count
            rows += [(self.county.units[unit], datetime.date(YEAR, month, 5), LANGS[lang], KINDS[kind])] * count
        for row in [rows] if rows else []:
            self.county.database.run(
                "INSERT INTO feedback (id, unit_id, received_on, lang, kind, channel)"
                " SELECT gen_random_uuid(), v.unit_id, v.day, v.lang, v.kind, 'web'"
                " FROM unnest(%s::uuid[], %s::date[], %s::text[], %s::text[]) AS v (unit_id, day, lang, kind)",
                *[list(column) for column in zip(*row)])

    def publish(self, unit, period):
        body, _, is_corrected = self.county.publish(unit, period)
        pairs = list(itertools.product(self.county.below(unit), months(period)))
        for _, month in pairs:
            for every in UNITS:
                if (every, month) not in self.edition:
                    self._freeze(every, month, 0)
        if is_corrected:
            for pair in pairs:
                self._freeze(*pair, 1)
        for table in body["tables"]:
            if table["figures"] is None or table["name"] not in ("received", "lang", "kind"):
                continue
            for value, shown in table["figures"].items():
                vector = self.vector(self.editions(pairs), **({} if table["name"] == "received" else {table["name"]: value}))
                assert shown == rounded(self.true(vector)), (table, value)
                assert self.true(vector) == 0 or self.true(vector) >= LEAST
                self.space.add(vector)
                self.equations.append(vector)

    def _freeze(self, unit, month, edition):
        self.edition[unit, month] = edition
        for lang, kind in itertools.product(LANGS, KINDS):
            self.frozen[edition, unit, month, lang, kind] = self.now.get((unit, month, lang, kind), 0)

    def editions(self, pairs):
        return [(self.edition[pair], *pair) for pair in pairs]

    @property
    def known(self):
        return self.frozen

    def true(self, vector):
        return sum(sign * self.frozen[cell] for cell, sign in vector.items())

    @staticmethod
    def vector(pairs, lang=None, kind=None, sign=1):
        return {(*pair, l, k): sign for pair in pairs for l in LANGS for k in KINDS if lang in (None, l) and kind in (None, k)}

    def targets(self):
        """
        What an attacker might want: a unit, alone, with what is below, or without one of these, in a month, the year, or the
        year without a month; and what a correction moved.
        """
        frozen = sorted(self.edition)
        below = {unit: self.county.below(unit) for unit in UNITS}
        sets = [(unit, [unit]) for unit in UNITS] + list(below.items()) + [
            (unit, [one for one in below[unit] if one not in below[other]]) for unit in UNITS for other in below[unit][1:]]
        for unit, units in sets:
            for span in [(month,) for month in MONTHS] + [MONTHS] + [tuple(m for m in MONTHS if m != month) for month in MONTHS]:
                pairs = [pair for pair in frozen if pair[0] in units and pair[1] in span]
                for lang, kind in itertools.product((None, *LANGS), (None, *KINDS)):
                    name = f"unit {unit} of {len(units)}, months {span}, {lang}, {kind}"
                    first = self.vector([(0, *pair) for pair in pairs], lang, kind)
                    yield name, first
                    moved = [pair for pair in pairs if self.edition[pair] == 1]
                    if moved:
                        yield "now " + name, self.vector(self.editions(pairs), lang, kind)
                        yield "moved in " + name, self.vector([(1, *pair) for pair in moved], lang, kind) | self.vector(
                            [(0, *pair) for pair in moved], lang, kind, -1)


def months(period):
    return [int(period[5:])] if len(period) == 7 else list(MONTHS)


def rounded(voices):
    return (voices + 2) // 5 * 5 if voices < 50 else voices


def clear(database):
    database.run("TRUNCATE report_frozen, report_frozen_unit, report_group, report_publication, report_touched, contact, erasure, feedback CASCADE")


def test_the_audit_finds_what_would_be_published_without_a_look_at_the_rest(county):
    clear(county.database)
    county.database.run("CREATE OR REPLACE FUNCTION report_admit(of_table text, of_unit uuid, first_day date, next_day date) RETURNS boolean"
                        " LANGUAGE sql AS $$ SELECT of_table = 'received' $$")
    attack = Attack(county)
    attack.add({(3, 1, "fi", "thanks"): 20, (4, 1, "sv", "concern"): 3})
    for unit in (1, 3):
        attack.publish(unit, f"{YEAR}-01")
    found = [attack.true(vector) for _, vector in attack.targets() if vector in attack.space]
    assert 3 in found
