import numpy as np
import pytest

from moo_budget.choose import picks
from moo_budget.solve import solve
from tests.choose.fronts import front_of
from tests.worlds import four_channel_problem


@pytest.fixture(scope="module")
def front():
    return solve(four_channel_problem(), n_plans=40, n_evaluations=4000, seed=1)


def test_the_boldest_brings_most_of_the_lead_outcome(front):
    totals = front.problem.totals("revenue", front.spend)
    assert picks(front).ids["boldest"] == front.ids[np.argmax(totals)]


def test_the_safest_has_the_least_risk_among_plans_that_bring_todays_outcome(front):
    problem = front.problem
    enough = problem.totals("revenue", front.spend) >= problem.totals("revenue", problem.money.reference[None])[0]
    risk = front.values.value[:, 2]
    chosen = int(picks(front).ids["safest"]) - 1
    assert enough[chosen]
    assert risk[chosen] == risk[enough].min()
    assert risk[chosen] > risk.min()  # otherwise the condition was never tried


def test_the_balanced_has_the_least_worst_regret(front):
    values = front.values.value * [-1, -1, 1]
    regret = (values - values.min(axis=0)) / np.ptp(values, axis=0)
    assert picks(front).ids["balanced"] == front.ids[np.argmin(regret.max(axis=1))]


def test_when_nothing_reaches_the_reference_the_safest_is_of_all_and_this_is_said():
    problem = four_channel_problem()
    found = picks(front_of(problem, [[0, 0, 0, 1000.0], [0, 1000.0, 0, 0]]))
    assert "no plan on the front brings the revenue of the reference plan" in found.messages[0].text
    assert found.ids["safest"] == "1"


@pytest.mark.parametrize(
    ("risk", "best"),
    [
        ({"measure": "tail_mean", "outcome": "revenue", "level": 0.8}, np.argmax),
        ({"measure": "shortfall", "outcome": "revenue", "target": 6000.0}, np.argmin),
        ({"measure": "shortfall", "outcome": "revenue", "target": "today"}, np.argmin),
    ],
)
def test_the_safest_is_best_in_the_first_risk_goal_whichever_way_it_points(risk, best):
    goals = {"revenue": {"measure": "total", "outcome": "revenue"}, "worst": risk}
    problem = four_channel_problem(goals=goals)
    plans = np.array([[600, 200, 150, 50.0], [500, 300, 150, 50.0], [400, 300, 200, 100.0], [690, 110, 150, 50]])
    value = problem.measure(plans)[:, 1]
    assert len(set(value)) == 4
    assert picks(front_of(problem, plans)).ids["safest"] == str(best(value) + 1)


def test_without_a_risk_goal_the_safest_moves_least_money():
    goals = {"revenue": {"measure": "total", "outcome": "revenue"}, "move": {"measure": "change"}}
    problem = four_channel_problem(goals=goals)
    plans = [[600, 200, 150, 50.0], [500, 300, 150, 50.0]]
    assert picks(front_of(problem, plans)).ids["safest"] == "1"


def test_without_risk_or_change_the_safest_has_the_lowest_deviation():
    goals = {"revenue": {"measure": "total", "outcome": "revenue"}}
    problem = four_channel_problem(goals=goals, today=None)
    plans = np.array([[600, 200, 150, 50.0], [0, 1000, 0, 0.0]])
    safest = int(np.argmin(problem.std("revenue", plans)))
    assert picks(front_of(problem, plans)).ids["safest"] == str(safest + 1)


def test_a_lead_goal_of_money_alone_has_its_best_value_as_boldest():
    goals = {"spend": {"measure": "spend"}, "revenue": {"measure": "total", "outcome": "revenue"}}
    problem = four_channel_problem(goals=goals, budget={"min": 100, "max": 1000})
    plans = [[400, 300, 200, 100.0], [100, 50, 50, 0.0]]
    assert picks(front_of(problem, plans)).ids["boldest"] == "2"


def test_ties_go_to_the_lower_id():
    plans = [[400, 300, 200, 100.0]] * 2
    assert set(picks(front_of(four_channel_problem(), plans)).ids.values()) == {"1"}
