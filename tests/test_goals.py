import pytest

from moo_budget.errors import InputError
from moo_budget.goals import MEASURES, resolve_goals


def resolved(*, has_reference=True, **goal):
    goals = {"a": {"outcome": "revenue"} | goal}
    return resolve_goals(goals, ("revenue",), ("EUR",), "EUR", has_reference=has_reference)[0]


@pytest.mark.parametrize(
    ("goal", "parameters", "unit", "direction"),
    [
        ({"measure": "total"}, {}, "EUR", "max"),
        ({"measure": "profit"}, {"margin": 1.0}, "EUR", "max"),
        ({"measure": "profit", "margin": 0.4}, {"margin": 0.4}, "EUR", "max"),
        ({"measure": "tail_mean"}, {"level": 0.9}, "EUR", "max"),
        ({"measure": "tail_mean", "level": 0.0}, {"level": 0.0}, "EUR", "max"),
        ({"measure": "semi_deviation"}, {}, "EUR", "min"),
        ({"measure": "regret", "level": 0.5}, {"level": 0.5}, "EUR", "min"),
        ({"measure": "beyond_history", "outcome": None}, {}, "share of money", "min"),
        ({"measure": "effective_channels", "outcome": None}, {}, "channels", "max"),
        ({"measure": "shortfall", "target": 500}, {"target": 500.0}, "probability", "min"),
        ({"measure": "shortfall", "target": "today"}, {"target": "today"}, "probability", "min"),
    ],
)
def test_a_goal_says_what_it_measures(goal, parameters, unit, direction):
    found = resolved(**goal)
    assert (found.parameters, found.unit, found.direction) == (parameters, unit, direction)


def test_the_measures_of_risk():
    risks = [name for name, measure in MEASURES.items() if measure.is_risk]
    assert risks == ["std", "semi_deviation", "tail_mean", "shortfall", "regret"]


def test_a_shortfall_against_today_is_about_the_difference_to_the_reference():
    against, number = resolved(measure="shortfall", target="today"), resolved(measure="shortfall", target=500.0)
    assert (against.against_today, against.target_amount) == (True, 0.0)
    assert (number.against_today, number.target_amount) == (False, 500.0)
    assert not resolved(measure="tail_mean").against_today


def test_falling_below_today_needs_a_reference():
    text = (
        r"goals.a measures the probability of ending below the reference plan, and there is none without money spent "
        r"today. Give \[plan\] today, or give target a number."
    )
    with pytest.raises(InputError, match=text):
        resolved(measure="shortfall", target="today", has_reference=False)
    assert resolved(measure="shortfall", target=500.0, has_reference=False).target == 500.0
