"""
The exact audit of what is published: whether any figure of few people can be worked out from all publications together.

The attacker reads every publication, knows the tree of units and what each table divides, and has the figures before they
were rounded, which is more than is published. Unknown is, for each unit and month, how many voices there are of each value
of each table; published are sums of those, and the values of a table add up to what it divides. A figure can be worked out
when it is a linear combination of published sums (over the rationals, exactly), or when no other numbers of voices, none
below zero, would give the same sums.
"""

from fractions import Fraction


class Space:
    """Row vectors over the unknowns, each the only one with its pivot: {pivot: {column: value}}."""

    def __init__(self):
        self.rows = {}

    def add(self, vector):
        rest = self.reduce(vector)
        if not rest:
            return
        pivot = min(rest)
        made = {column: value / rest[pivot] for column, value in rest.items()}
        for row in self.rows.values():
            if factor := row.get(pivot):
                _subtract(row, made, factor)
        self.rows[pivot] = made

    def reduce(self, vector):
        """What is left of a vector; nothing: it is a combination of what was added."""
        rest = {column: Fraction(value) for column, value in vector.items() if value}
        for pivot in [column for column in rest if column in self.rows]:
            _subtract(rest, self.rows[pivot], rest[pivot])
        return rest

    def __contains__(self, vector):
        return not self.reduce(vector)


def _subtract(row, other, factor):
    for column, value in other.items():
        left = row.get(column, 0) - factor * value
        if left:
            row[column] = left
        else:
            row.pop(column, None)


def can_differ(equations, target, known):
    """
    Whether the unknowns have other values, none below zero, that fit the same equations and give `target` another sum.
    known: the true values. A direction in which nothing changes but the target may be gone as long as nothing that is 0
    would fall: found by the simplex method, exactly.
    """
    columns = sorted({column for row in equations for column in row} | set(target))
    zero = [column for column in columns if not known.get(column)]
    return any(_has_direction(equations, {column: sign * value for column, value in target.items()}, columns, zero) for sign in (1, -1))


def _has_direction(equations, target, columns, zero):
    """Whether some d has E·d = 0, target·d = 1, and d ≥ 0 where the value is 0: what is free is a difference of two."""
    free = [column for column in columns if column not in set(zero)]
    names = [(column, 1) for column in columns] + [(column, -1) for column in free]
    rows = [[Fraction(sign * row.get(column, 0)) for column, sign in names] for row in [*equations, target]]
    return _feasible(rows, [Fraction(0)] * len(equations) + [Fraction(1)])


def _feasible(rows, right):
    """Whether x ≥ 0 with rows·x = right ≥ 0 exists: phase one of the simplex method with Bland's rule."""
    count, width = len(rows), len(rows[0])
    table = [row + [Fraction(int(i == j)) for j in range(count)] + [right[i]] for i, row in enumerate(rows)]
    basis = [width + i for i in range(count)]
    cost = [-sum(row[j] for row in table) for j in range(width)] + [Fraction(0)] * count + [-sum(right)]
    while (entering := next((j for j in range(width) if cost[j] < 0), None)) is not None:
        ratios = [(row[-1] / row[entering], basis[i], i) for i, row in enumerate(table) if row[entering] > 0]
        _, _, leaving = min(ratios)
        pivot = table[leaving][entering]
        table[leaving] = [value / pivot for value in table[leaving]]
        for i in range(count):
            if i != leaving and table[i][entering]:
                table[i] = _minus(table[i], table[leaving], table[i][entering])
        cost = _minus(cost, table[leaving], cost[entering])
        basis[leaving] = entering
    return cost[-1] == 0


def _minus(row, pivot_row, factor):
    return [value - factor * other if other else value for value, other in zip(row, pivot_row)]
