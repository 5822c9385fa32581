"""How much money: curves and break-even points known by hand, limits that follow, and the words of refusals."""

import numpy as np
import pytest

from moo_budget.errors import InfeasibleError, InputError, StoppedError
from moo_budget.front import plan_of
from moo_budget.indicators import hypervolume, reference_point
from moo_budget.problem import BudgetProblem
from moo_budget.solve import solve
from moo_budget.spec import GoalSpec
from moo_budget.sweep import sweep
from moo_budget.tables import from_functions
from tests.worlds import CHANNELS, four_channel_problem, hill

REVENUE = {"revenue": {"measure": "total", "outcome": "revenue"}}


def made(curves, *, end=400.0, unit="EUR", **settings):
    """One outcome over given curves."""
    tables = from_functions({"revenue": curves}, dict.fromkeys(curves, end), units={"revenue": unit})
    return BudgetProblem(tables, **{"goals": REVENUE, "budget": 100.0, "currency": "EUR"} | settings)


def logarithms(**settings):
    """Responses a log(1 + x / k): the best plan's marginal return is sum a / (sum k + budget)."""
    shapes = {"tv": (120.0, 30.0), "radio": (80.0, 20.0)}
    curves = {name: lambda x, a=a, k=k: a * np.log1p(x / k) for name, (a, k) in shapes.items()}
    return made(curves, **settings)


def straight(*rises, **settings):
    curves = {f"c{i}": lambda x, rise=rise: rise * x for i, rise in enumerate(rises)}
    return made(curves, **settings)


def marginals(swept):
    return np.array([point.marginal.value for point in swept.solved])


def test_over_one_straight_channel_the_curve_is_a_line():
    swept = sweep(straight(2.0), [50.0, 100.0, 300.0])
    assert swept.budgets.tolist() == [50.0, 100.0, 300.0]
    assert swept.curve() == pytest.approx([100.0, 200.0, 600.0])
    assert marginals(swept) == pytest.approx([2.0, 2.0, 2.0])
    assert swept.break_even.budget is None
    assert swept.break_even.text == "Beyond the sweep: at 300 EUR the next EUR still earns 2.00."


def test_over_logarithms_curve_marginal_return_and_break_even_are_those_of_the_closed_form():
    swept = sweep(logarithms(), start=50, stop=350, points=7)
    budgets = swept.budgets
    level = (50.0 + budgets) / 200.0  # one over the price of money
    expected = 120 * np.log(120 * level / 30) + 80 * np.log(80 * level / 20)
    assert swept.curve() == pytest.approx(expected, rel=1e-4)
    assert marginals(swept) == pytest.approx(1 / level, rel=2e-3)
    assert swept.break_even.budget == pytest.approx(150.0, rel=5e-3)
    assert swept.break_even.text.startswith("At a budget of about 150 EUR the next EUR just earns itself back")


@pytest.mark.parametrize(("margin", "budget"), [(0.5, 50.0), (1.5, 250.0)])
def test_the_margin_moves_the_break_even_point(margin, budget):
    assert sweep(logarithms(), start=20, stop=350, points=5, margin=margin).break_even.budget == pytest.approx(
        budget, rel=5e-3
    )


def test_a_profit_goal_tells_the_margin():
    goals = REVENUE | {"profit": {"measure": "profit", "outcome": "revenue", "margin": 0.5}}
    swept = sweep(logarithms(goals=goals), start=20, stop=350, points=5)
    assert swept.margin == 0.5
    assert swept.break_even.budget == pytest.approx(50.0, rel=5e-3)


def test_where_money_has_stopped_to_pay_before_the_sweep_this_is_said():
    swept = sweep(logarithms(), [200.0, 300.0])
    assert swept.break_even.budget is None
    assert swept.break_even.text == "Below the sweep: at 200 EUR already the next EUR earns only 0.80."


def test_an_outcome_that_is_no_money_has_no_break_even_point_and_the_reason_is_said():
    swept = sweep(logarithms(unit="signups"), [100.0, 200.0])
    assert (swept.margin, swept.break_even.budget) == (None, None)
    assert swept.break_even.text.startswith("revenue is counted in signups, not in money, so no budget breaks even")
    assert marginals(swept) == pytest.approx([200 / 150, 200 / 250], rel=2e-3)


def test_a_change_limit_follows_the_budget_and_so_does_the_marginal_return():
    today = {"c0": 50.0, "c1": 50.0}
    swept = sweep(straight(3.0, 1.0, today=today, limits={"change": 0.5}), [60.0, 100.0, 200.0])
    assert swept.curve() == pytest.approx([150.0, 250.0, 500.0])  # three quarters to the better channel
    assert marginals(swept) == pytest.approx([2.5, 2.5, 2.5], rel=1e-3)


def test_a_share_follows_the_budget_and_a_cap_in_money_does_not():
    limits = {"share": 0.6, "channel": {"c0": {"max": 90.0}}}
    swept = sweep(straight(3.0, 1.0, limits=limits), [100.0, 200.0])
    assert [point.best.spend["c0"] for point in swept.points] == pytest.approx([60.0, 90.0])
    assert marginals(swept) == pytest.approx([2.2, 1.0], rel=1e-3)


def test_what_more_money_brings_never_falls_over_rising_curves():
    curves = {"a": hill(10, 40, 3), "b": hill(8, 45, 3), "c": hill(6, 35, 3), "d": hill(3, 10, 1)}
    swept = sweep(made(curves, end=100.0), start=20, stop=300, points=15, n_plans=20)
    assert (np.diff(swept.curve()) > 0.0).all()
    assert (marginals(swept) > 0.0).all()


def test_bands_enclose_the_curve_and_are_those_of_the_plan():
    swept = sweep(four_channel_problem(), [600.0, 1200.0], n_plans=20)
    low, below, value, above, high = (
        swept.curve(part) for part in ("low", "estimate_low", "value", "estimate_high", "high")
    )
    assert (below < value).all()
    assert (value < above).all()
    assert (low < value).all()
    assert (value < high).all()
    for point in swept.points:
        assert point.marginal.low < point.marginal.value < point.marginal.high
        alone = point.front.problem.restated(goals={"outcome": GoalSpec("total", "revenue")})
        again = plan_of(alone, np.array([point.best.spend[name] for name in CHANNELS]), "again")
        assert again.goals["outcome"] == point.best.value


def test_every_front_pays_its_budget_in_full_and_keeps_the_limits():
    swept = sweep(
        four_channel_problem(limits={"change": 0.4, "share": 0.8}), start=700, stop=1300, points=4, n_plans=30
    )
    for point in swept.points:
        assert point.front.spend.sum(axis=1) == pytest.approx(point.budget, abs=1e-9)
        assert all(plan.breaks == () for plan in point.front.plans)
        assert set(point.picks.ids) == {"safest", "balanced", "boldest"}


def test_a_front_that_begins_at_its_neighbour_is_as_good_as_one_alone():
    problem = four_channel_problem()
    swept = sweep(problem, start=600, stop=1400, points=5, n_plans=60)
    for point in swept.points[1:]:
        alone = solve(problem.restated(budget=point.budget), n_plans=60, seed=1)
        goals = alone.problem.to_minimise(alone.values.value)
        reference = reference_point(goals)
        reached = hypervolume(problem.to_minimise(point.front.values.value), reference)
        assert reached >= 0.98 * hypervolume(goals, reference)


def test_a_budget_that_cannot_be_placed_is_said_and_the_others_go_on():
    limits = {"channel": {"c0": {"max": 50.0}, "c1": {"max": 40.0}}}
    swept = sweep(straight(2.0, 1.0, limits=limits, budget=80.0), [60.0, 90.0, 120.0])
    assert swept.status == "done"
    assert swept.budgets.tolist() == [60.0, 90.0]
    lost = swept.points[2]
    assert (lost.front, lost.best, lost.marginal, lost.picks) == (None, None, None, None)
    assert "would do: lower the budget by 30.00; raise the maximum of `c0` to 80.00" in lost.reason
    assert swept.points[1].marginal.value == pytest.approx(1.0)  # of the last money that can be placed


def test_if_no_budget_can_be_placed_that_is_an_error():
    limits = {"channel": {"c0": {"max": 50.0}}}
    with pytest.raises(InfeasibleError, match=r"lower the budget by 10.00; raise the maximum of `c0` to 60.00"):
        sweep(straight(2.0, limits=limits, budget=40.0), [60.0, 90.0])


def test_the_same_seed_gives_the_same_sweep():
    one, two = (sweep(four_channel_problem(), [800.0, 1000.0], n_plans=20, seed=4) for _ in range(2))
    for a, b in zip(one.points, two.points, strict=True):
        assert np.array_equal(a.front.spend, b.front.spend)
        assert a.best.spend == b.best.spend


def test_left_out_ends_lie_around_the_budget_of_the_problem():
    assert sweep(straight(1.0), points=3).budgets.tolist() == [50.0, 100.0, 150.0]


def test_an_interrupt_keeps_what_there_is():
    def interrupt(swept):
        if swept.n_done == 2:
            raise KeyboardInterrupt

    swept = sweep(straight(1.0), [10.0, 20.0, 30.0, 40.0], callback=interrupt)
    assert swept.status == "stopped"
    assert swept.budgets.tolist() == [10.0, 20.0]
    assert [point.reason for point in swept.points[2:]] == ["not reached: the sweep was stopped before"] * 2


def test_an_interrupt_before_the_first_budget_leaves_nothing():
    def interrupt(swept):
        raise KeyboardInterrupt

    with pytest.raises(StoppedError, match="nothing to keep"):
        sweep(straight(1.0), [10.0, 20.0], callback=interrupt)


def test_a_time_limit_keeps_what_there_is():
    swept = sweep(four_channel_problem(), start=500, stop=1500, points=40, n_plans=20, time_limit=0.05)
    assert swept.status == "stopped"
    assert 1 <= len(swept.solved) < 40


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"points": 1}, "points is 1; a sweep has at least 2 budgets"),
        ({"start": 0.0}, "a sweep goes from a budget above 0 to a larger one, not from 0.00 to 150.00"),
        ({"start": 200.0}, "a sweep goes from a budget above 0 to a larger one, not from 200.00 to 150.00"),
        ({"budgets": []}, "budgets must be one or more amounts above 0"),
        ({"budgets": [10.0, -1.0]}, "budgets must be one or more amounts above 0"),
        ({"budgets": [np.nan]}, "every entry must be a finite number"),
        ({"budgets": [10.0], "stop": 20.0}, "give `budgets`, or `start` and `stop`; not both"),
        ({"margin": 0.0}, "margin is 0.0; it must be above 0, in currency per unit"),
    ],
)
def test_budgets_that_are_none_are_refused(asked, text):
    with pytest.raises(InputError, match=text.replace("(", r"\(")):
        sweep(straight(1.0), **asked)


def test_over_s_curves_the_break_even_point_lies_where_the_marginal_return_falls_to_one():
    curves = {"a": hill(10, 40, 3), "b": hill(8, 45, 3), "c": hill(6, 35, 3)}
    swept = sweep(made(curves, end=100.0), start=20, stop=290, points=10, n_plans=10, margin=8.0)
    row = int(np.searchsorted(swept.budgets, swept.break_even.budget)) - 1
    earned = 8.0 * marginals(swept)
    assert earned[row] >= 1.0 > earned[row + 1]
    assert "By what the data leave open" not in swept.break_even.text  # these curves are known for certain


def test_a_sweep_of_the_least_money_is_refused():
    asked = four_channel_problem(
        goals={"spend": {"measure": "spend"}, "revenue": {"outcome": "revenue", "measure": "total", "goal": False}},
        budget={"min": 0, "max": 2000},
        limits={"rules": ["revenue >= 3000"]},
    )
    with pytest.raises(
        InputError, match="a sweep fixes the total of every front, and the only goal is to spend little"
    ):
        sweep(asked, points=3)
