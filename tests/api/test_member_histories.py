"""
Random histories of a panel's members, beside a small model of them: never more members than the rule, the reserve in its order, every
path of states legal, every count right.
"""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from support.panel_model import PanelModel

AGES = some.sampled_from(["18_29", "30_64"])
WHICH = some.integers(0, 50)
ACTS = some.one_of(
    some.tuples(some.just("apply"), AGES),
    some.tuples(some.just("apply"), AGES),
    some.tuples(some.just("draw"), some.integers(0, 5)),
    some.tuples(some.just("answer"), WHICH, some.sampled_from(["active", "declined", "withdrawn", "ceased"])),
    some.tuples(some.just("answer"), WHICH, some.sampled_from(["active", "declined"])),
    some.tuples(some.just("nominate"), AGES),
    some.tuples(some.just("cease"), WHICH),
    some.tuples(some.just("resize"), some.integers(1, 5)))


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(size=some.integers(1, 4), has_quota=some.booleans(), early=some.lists(AGES, min_size=2, max_size=6), acts=some.lists(ACTS, min_size=10, max_size=25))
def test_members_go_as_the_model_says(world, size, has_quota, early, acts):
    model = PanelModel(world, size, has_quota)
    for age in early:
        model.apply(age)
    for act, *values in [("draw", 5), *acts]:
        getattr(model, act)(*values)
        model.check()
