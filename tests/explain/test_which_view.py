"""The view that gives a channel its money does so when it is taken in, and nothing weaker does."""

import pytest

from moo_budget.best import best
from moo_budget.errors import InputError
from moo_budget.explain import what_it_takes, which_view
from moo_budget.views import apply_views
from tests.worlds import TODAY, four_channel_problem

TOTAL = {"revenue": {"outcome": "revenue", "measure": "total"}}


@pytest.fixture(scope="module")
def question():
    return asked()


@pytest.fixture(scope="module")
def plan(question):
    return best(question, "revenue")


def asked(**changes):
    return four_channel_problem(**({"goals": TOTAL, "limits": {"extrapolate": 0}, "money_step": 0.0} | changes))


def given_if_believed(question, belief, channel, **changes):
    """What another solver gives the channel once the belief stands in the tables."""
    views = {"outcome": "revenue", "beliefs": [belief]}
    tables = apply_views(question.tables, views, today=TODAY, periods=10)
    return best(asked(tables=tables, **changes), "revenue").spend[channel]


@pytest.mark.parametrize("confidence", [1.0, 0.5])
def test_the_belief_gives_the_channel_its_money_and_a_weaker_one_does_not(question, plan, confidence):
    money = 1.3 * plan.spend["social"]
    found = which_view(question, plan, "social", money, confidence=confidence)
    assert given_if_believed(question, found.belief, "social") >= money * (1.0 - 1e-6)
    weaker = found.belief.replace(f"{found.asked:.6g}", f"{0.99 * found.asked:.6g}")
    assert given_if_believed(question, weaker, "social") < money
    assert found.below < money <= found.above
    assert found.believed == pytest.approx(found.now + confidence * (found.asked - found.now), rel=1e-3)


def test_of_a_channel_that_moves_alone_the_belief_is_about_as_high_as_the_factor_on_its_curve(question, plan):
    """The draws of the four channels are independent: a certain view on one of them only lifts its own curve."""
    money = 1.3 * plan.spend["social"]
    found = which_view(question, plan, "social", money)
    assert found.asked / found.now == pytest.approx(what_it_takes(question, plan, "social", money).factor, rel=0.02)


def test_a_channel_that_is_left_out_jumps_to_its_minimum_once_enough_is_believed_of_it():
    limits = {"extrapolate": 0, "channel": {"social": {"min_if_used": 350.0}}}
    question = asked(limits=limits)
    plan = best(question, "revenue")
    assert plan.spend["social"] == 0.0
    found = which_view(question, plan, "social", 350.0)
    assert (found.below, found.above) == (0.0, pytest.approx(350.0))
    assert given_if_believed(question, found.belief, "social", limits=limits) == pytest.approx(350.0)


def test_what_cannot_be_asked_of_a_view_is_said(question, plan):
    with pytest.raises(InputError, match=r"confidence is 1\.5; it must be above 0 and at most 1, such as 0.6"):
        which_view(question, plan, "social", 200.0, confidence=1.5)
    with pytest.raises(InputError, match=r"money: 1.00 for `tv`; it must be more than the"):
        which_view(question, plan, "tv", 1.0)
    with pytest.raises(InputError, match="nobody said what is spent today"):
        which_view(asked(today=None), plan, "social", 200.0)
