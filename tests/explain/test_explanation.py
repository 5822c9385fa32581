"""What is said of a plan holds: marginal values, weights, prices and causes against closed forms and other solvers."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from moo_budget.best import best
from moo_budget.errors import InputError
from moo_budget.explain import explain, what_it_takes
from moo_budget.explain.curves import scaled
from moo_budget.front import plan_of
from moo_budget.moves import best_moves
from moo_budget.problem import BudgetProblem
from moo_budget.solve import solve
from moo_budget.tables import from_functions
from moo_budget.weighting import Weighting
from tests.explain.plans import best_for, placed_by_programming, total_on_a_grid
from tests.worlds import CHANNELS, four_channel_problem, hill, seen_channels

TOTAL = {"revenue": {"outcome": "revenue", "measure": "total"}}
GOALS = {
    "revenue": {"outcome": "revenue", "measure": "total"},
    "return": {"outcome": "revenue", "measure": "roi"},
    "reach": {"outcome": "awareness", "measure": "total"},
    "risk": {"outcome": "revenue", "measure": "std"},
    "worst": {"outcome": "revenue", "measure": "tail_mean", "level": 0.8},
    "moved": {"measure": "change"},
    "unseen": {"measure": "beyond_history"},
}

# Two channels whose revenue is height * ln(1 + money / scale), 10 periods.
HEIGHT, SCALE, BUDGET = np.array([300.0, 120.0]), np.array([20.0, 35.0]), 1000.0


def two_channels(**changes):
    curves = {
        name: (lambda x, h=h, k=k: h * np.log1p(x / k))
        for name, h, k in zip(("tv", "search"), HEIGHT, SCALE, strict=True)
    }
    tables = from_functions({"revenue": curves}, {"tv": 100.0, "search": 100.0}, units={"revenue": "EUR"})
    asked = {"goals": TOTAL, "budget": BUDGET, "periods": 10, "currency": "EUR", "money_step": 0.0} | changes
    return BudgetProblem(tables, **asked)


def best_shares(budget=BUDGET, height=HEIGHT):
    """Money of both channels where marginal returns agree, and that return; outcomes of 10 periods."""
    ceiling = 10 * SCALE
    price = height.sum() * 10 / (budget + ceiling.sum())
    return height * 10 / price - ceiling, price


def named(problem, spend):
    return dict(zip(problem.channels, np.asarray(spend).tolist(), strict=True))


def test_two_channels_share_the_marginal_return_of_the_closed_form():
    problem, (money, price) = two_channels(), best_shares()
    facts = explain(problem, named(problem, money))
    assert [row.limit for row in facts.channels.values()] == [None, None]
    for row in facts.channels.values():
        assert row.worth == pytest.approx(price, rel=2e-3)
        assert row.marginal_roi.value == pytest.approx(price, rel=2e-3)
    assert facts.wanted.price == pytest.approx(price, rel=2e-3)
    assert facts.wanted.weights == {"revenue": pytest.approx(1.0, rel=1e-12)}
    assert facts.wanted.residual < 2e-3 * price
    (budget,) = facts.limits
    assert (budget.kind, budget.side) == ("budget", "both")
    assert budget.less >= budget.price >= budget.more


def test_the_price_of_a_maximum_is_the_difference_of_the_closed_form_s_marginal_returns():
    most = 500.0
    problem = two_channels(limits={"channel": {"tv": {"max": most}}})
    facts = explain(problem, {"tv": most, "search": BUDGET - most})
    returns = 10 * HEIGHT / (10 * SCALE + [most, BUDGET - most])
    by_kind = {limit.kind: limit for limit in facts.limits}
    assert by_kind["max"].channel == "tv"
    assert by_kind["max"].price == pytest.approx(returns[0] - returns[1], rel=5e-3)
    assert facts.wanted.price == pytest.approx(returns[1], rel=2e-3)
    why = facts.why_not["tv"]
    assert facts.limits[why.limit].kind == "max"
    assert why.cause == "limit"
    assert why.change.value > 0.0
    assert why.needs is None


def test_a_tenth_more_and_the_factor_that_it_takes_are_those_of_the_closed_form():
    problem, (money, _) = two_channels(), best_shares()
    facts = explain(problem, named(problem, money))
    why = facts.why_not["search"]
    more = 0.1 * money[1]
    revenue = lambda x: float(10 * HEIGHT @ np.log1p(x / (10 * SCALE)))  # noqa: E731
    assert why.more == pytest.approx(more, rel=1e-9)
    assert why.payers == {"tv": pytest.approx(more, rel=1e-2)}
    assert why.change.value == pytest.approx(revenue(money + np.array([-more, more])) - revenue(money), rel=2e-2)
    assert why.worth == pytest.approx(why.change.value, rel=1e-9)
    returns = HEIGHT / (10 * SCALE + money + np.array([-more, more]))
    assert why.needs.factor == pytest.approx(returns[0] / returns[1], rel=2e-3)
    asked = what_it_takes(problem, named(problem, money), "search", money[1] + more)
    assert asked.factor == pytest.approx(why.needs.factor, rel=1e-6)


@pytest.mark.parametrize(
    "names",
    [
        ("revenue",),
        ("revenue", "reach"),
        ("revenue", "risk"),
        ("return", "reach", "risk"),
        ("revenue", "worst", "reach"),
        ("revenue", "moved"),
        ("return", "risk", "unseen"),
    ],
)
def test_the_implied_weights_give_the_plan_back(names):
    goals = {name: GOALS[name] for name in names}
    problem = four_channel_problem(
        tables=seen_channels(), goals=goals, money_step=0.0, limits={"change": 0.6, "extrapolate": 0}
    )
    rng = np.random.default_rng(3)
    scales = explain_scales(problem)
    for weights in rng.dirichlet(np.full(len(names), 2.0), 4):
        plan = best_for(problem, weights / scales)
        facts = explain(problem, named(problem, plan))
        found = np.array(list(facts.wanted.weights.values())) / np.array(list(facts.wanted.scales.values()))
        assert sum(facts.wanted.weights.values()) == pytest.approx(1.0, rel=1e-12)
        again = best_for(problem, found)
        assert np.abs(again - plan).max() <= 1e-6 * problem.budget.max
        assert facts.wanted.residual <= 1e-4 * max(abs(row.worth) for row in facts.channels.values())
        free = [row.worth for row in facts.channels.values() if row.limit is None and row.worth == row.worth_left]
        np.testing.assert_allclose(free, facts.wanted.price, rtol=1e-4, atol=1e-9)


def explain_scales(problem):
    _, goals = Weighting(problem).solve(np.eye(len(problem.sought_goals)), n_steps=60)
    return np.maximum(np.ptp(goals, axis=0), 1e-9)


@pytest.mark.parametrize("kept", [{}, {"rules": ["tv + 电视 <= 60% * total"]}, {"share": 0.55}])
def test_prices_are_what_another_solver_gains_a_step_to_either_side(kept):
    limits = {"channel": {"search": {"max": 90.0}, "social": {"min": 200.0}}, "extrapolate": 0} | kept
    problem = four_channel_problem(goals=TOTAL, limits=limits, money_step=0.0)
    plan = best(problem, "revenue")
    facts = explain(problem, plan)
    step = 1e-3 * 1000.0

    def brings(budget=1000.0, **changed):
        other = four_channel_problem(goals=TOTAL, limits=limits | changed, money_step=0.0, budget=budget)
        return best(other, "revenue").value.value

    channel = limits["channel"]
    shifted = {
        "budget": lambda by: brings(1000.0 + by),
        "max": lambda by: brings(channel=channel | {"search": {"max": 90.0 + by}}),
        "min": lambda by: brings(channel=channel | {"social": {"min": 200.0 - by}}),
        "rule": lambda by: brings(rules=[f"tv + 电视 <= {600.0 + by}"]),
        "share": lambda by: brings(share=0.55 + by / 1000.0),
    }
    if "rules" in kept:
        shifted["budget"] = lambda by: brings(1000.0 + by, rules=["tv + 电视 <= 600"])
        # A rule against the total follows it; as a price of the budget the rule's own amount stays.
        problem = four_channel_problem(goals=TOTAL, limits=limits | {"rules": ["tv + 电视 <= 600"]}, money_step=0.0)
        facts = explain(problem, plan)
    kinds = {limit.kind for limit in facts.limits}
    assert {"budget", "max"} | ({"min"} if "rules" not in kept else set()) <= kinds
    assert set(kept) <= {kind + "s" * (kind == "rule") for kind in kinds}
    for limit in facts.limits:
        if limit.kind == "nothing" or (limit.kind == "budget" and "share" in kept):
            continue
        more = (shifted[limit.kind](step) - shifted[limit.kind](0.0)) / step
        less = (shifted[limit.kind](0.0) - shifted[limit.kind](-step)) / step
        assert limit.price == pytest.approx(0.5 * (more + less), rel=2e-3, abs=1e-3)
        assert limit.more == pytest.approx(more, rel=0.05, abs=0.05)
        assert limit.less == pytest.approx(less, rel=0.05, abs=0.05)
        assert limit.holds_from <= limit.amount <= limit.holds_to


def test_a_price_at_a_kink_differs_from_side_to_side():
    """More money goes to a channel without room for it, which a second limit stops after one step."""
    problem = two_channels(limits={"channel": {"tv": {"max": 700.0}, "search": {"max": 300.0}}}, budget=1000.0)
    facts = explain(problem, {"tv": 700.0, "search": 300.0})
    by_kind = {limit.kind: limit for limit in facts.limits}
    assert by_kind["budget"].more is None
    assert by_kind["budget"].less > 0.0
    assert by_kind["budget"].holds_to == 1000.0
    assert by_kind["budget"].holds_from < 1000.0


def test_why_not_more_is_what_another_solver_finds_with_the_channel_held_there():
    problem = four_channel_problem(
        goals={name: GOALS[name] for name in ("revenue", "risk")}, limits={"extrapolate": 0}, money_step=0.0
    )
    weights = np.array([1.0, 0.6])
    plan = best_for(problem, weights)
    facts = explain(problem, named(problem, plan))
    found = np.array([facts.wanted.weights[name] / facts.wanted.scales[name] for name in ("revenue", "risk")])

    def weighted(money):
        return float(problem.to_minimise(problem.measure(np.asarray(money)[None]))[0] @ found) / found[0]

    for c, name in enumerate(CHANNELS):
        why = facts.why_not[name]
        bounds = [(0.0, 1000.0)] * 4
        bounds[c] = (plan[c] + why.more,) * 2
        start = np.clip(plan, *zip(*bounds, strict=True))
        solved = minimize(
            lambda x: weighted(1000.0 * x),
            start / 1000.0,
            method="SLSQP",
            bounds=[(low / 1000.0, high / 1000.0) for low, high in bounds],
            constraints={"type": "eq", "fun": lambda x: x.sum() - 1.0},
            options={"ftol": 1e-13, "maxiter": 300},
        )
        assert why.worth == pytest.approx(weighted(plan) - solved.fun, rel=2e-3, abs=1e-4)
        assert why.worth <= 1e-9
        assert sum(why.payers.values()) == pytest.approx(why.more, rel=1e-2)
        mean, _ = problem.moments("revenue", np.vstack([plan, 1000.0 * solved.x]))
        gain = mean[1] - mean[0]
        assert why.change.value == pytest.approx(gain.mean(), rel=2e-2, abs=0.05)
        assert why.is_about_the_same == (why.change.low <= 0.0 <= why.change.high)


def test_with_risk_goals_the_factor_gives_the_channel_its_money_when_everything_is_placed_anew():
    problem = four_channel_problem(
        goals={name: GOALS[name] for name in ("revenue", "risk")}, limits={"extrapolate": 0}, money_step=0.0
    )
    plan = best_for(problem, np.array([1.0, 0.6]))
    facts = explain(problem, named(problem, plan))
    weights = np.array([facts.wanted.weights[name] / facts.wanted.scales[name] for name in ("revenue", "risk")])
    asked = 0
    for name, why in facts.why_not.items():
        row = int(np.flatnonzero(problem.plan_tables.order == problem.channels.index(name))[0])
        if why.needs is None or why.needs.factor is None:
            continue
        supposed = problem.supposing(plan_tables=scaled(problem.plan_tables, row, why.needs.factor))
        rows, _ = Weighting(supposed).solve(weights[None], n_steps=100)
        assert rows[0, row] == pytest.approx(why.needs.money, rel=5e-3)
        asked += 1
    assert asked >= 3


def s_curves():
    curves = {"tv": hill(900.0, 50.0, 3.0), "search": hill(500.0, 25.0, 2.5), "social": hill(350.0, 40.0, 3.0)}
    tables = from_functions({"revenue": curves}, dict.fromkeys(curves, 100.0), units={"revenue": "EUR"})
    return BudgetProblem(tables, goals=TOTAL, budget=100.0, periods=1, currency="EUR", money_step=0.0)


def test_over_s_curves_money_forced_and_the_factor_at_which_the_plan_jumps_agree_with_dynamic_programming():
    problem = s_curves()
    values = total_on_a_grid(problem, step=0.25)
    money, most = placed_by_programming(values, 0.25)
    plan = best(problem, "revenue")
    assert plan.value.value == pytest.approx(most, rel=2e-4)
    facts = explain(problem, plan)
    assert facts.wanted.is_best
    idle = int(np.argmin(list(plan.spend.values())))
    name = problem.channels[idle]
    why = facts.why_not[name]
    forced = plan.spend[name] + why.more
    with_it = [row.copy() for row in values]
    with_it[idle][np.arange(len(with_it[idle])) * 0.25 < forced - 1e-9] = -np.inf
    assert why.worth == pytest.approx(placed_by_programming(with_it, 0.25)[1] - most, rel=0.05, abs=0.3)
    needs = what_it_takes(problem, plan, name, forced)
    assert sum(row.needs is not None for row in facts.why_not.values()) == 1
    for factor, gets in ((needs.factor * 1.004, needs.above), (needs.factor_low * 0.996, needs.below)):
        higher = [row * (factor if c == idle else 1.0) for c, row in enumerate(values)]
        assert placed_by_programming(higher, 0.25)[0][idle] == pytest.approx(gets, abs=1.5)
    assert needs.above - needs.below > 10.0
    assert money[idle] == pytest.approx(plan.spend[name], abs=0.5)


def test_money_beyond_history_and_risk_shares_add_up():
    problem = four_channel_problem(tables=seen_channels(), limits={"extrapolate": 0})
    spend = {"tv": 500.0, "search": 100.0, "电视": 250.0, "social": 150.0}
    facts = explain(problem, spend)
    assert sum(row.risk_share for row in facts.channels.values()) == pytest.approx(1.0, rel=1e-12)
    assert facts.beyond_history == pytest.approx(250.0 - 140.0)
    assert facts.channels["电视"].beyond_history == pytest.approx(110.0)
    assert facts.channels["tv"].change == pytest.approx(-200.0)


def test_a_channel_held_back_by_its_risk_its_data_or_a_rule_is_told_so():
    steady, wild = np.ones(40), np.exp(np.random.default_rng(5).normal(0.0, 0.9, 40))
    wild /= wild.mean()
    curves = {
        "steady": lambda x: (500.0 * x / (x + 60.0))[:, None] * steady,
        "wild": lambda x: (900.0 * x / (x + 60.0))[:, None] * wild,
        "seen": lambda x: (900.0 * x / (x + 60.0))[:, None] * steady,
    }
    tables = replace(
        from_functions({"revenue": curves}, dict.fromkeys(curves, 200.0), units={"revenue": "EUR"}),
        observed_max=np.array([150.0, 150.0, 10.0]),
    )
    goals = {name: GOALS[name] for name in ("revenue", "risk")}
    problem = BudgetProblem(tables, goals=goals, budget=120.0, currency="EUR", money_step=0.0)
    facts = explain(problem, named(problem, best_for(problem, np.array([1.0, 0.8]))))
    assert facts.why_not["wild"].cause == "risk"
    assert facts.why_not["seen"].cause == "no_data"
    assert facts.limits[facts.why_not["seen"].limit].kind == "cap"
    ruled = BudgetProblem(
        tables,
        goals=TOTAL,
        budget=120.0,
        currency="EUR",
        money_step=0.0,
        limits={"rules": ["steady >= wild"], "extrapolate": 0},
    )
    facts = explain(ruled, best(ruled, "revenue"))
    assert facts.why_not["wild"].cause == "limit"
    assert facts.limits[facts.why_not["wild"].limit].rule == "steady >= wild"


def test_plans_that_the_draws_do_not_tell_apart_are_named_with_the_region_they_span():
    problem = four_channel_problem(goals={name: GOALS[name] for name in ("revenue", "risk")})
    front = solve(problem, n_plans=20, n_evaluations=3000, seed=1)
    chosen = front.choose("balanced")
    equal = explain(problem, chosen, front=front).equal
    assert chosen.id not in equal.ids
    for name, (low, high) in equal.channels.items():
        assert low <= chosen.spend[name] <= high
        for id in equal.ids:
            assert low <= front.plan(id).spend[name] <= high
    worse = plan_of(problem, problem.feasible.project(np.array([[0.0, 0.0, 0.0, 1000.0]]))[0], "bad")
    assert explain(problem, worse, front=front).equal.ids == ()
    assert explain(problem, chosen).equal is None


def test_a_plan_that_breaks_a_limit_or_asks_for_what_is_not_there_is_refused():
    problem = four_channel_problem(limits={"extrapolate": 0})
    spend = dict.fromkeys(CHANNELS, 250.0)
    with pytest.raises(InputError, match=r"plan: it breaks a limit \(the total 750.00 is below the budget 1,000.00\)"):
        explain(problem, spend | {"tv": 0.0})
    with pytest.raises(InputError, match="there is no channel `tvv`"):
        what_it_takes(problem, spend, "tvv", 300.0)
    with pytest.raises(
        InputError, match=r"money: 200.00 for `tv`; it must be more than the 250.00 that the plan gives"
    ):
        what_it_takes(problem, spend, "tv", 200.0)
    tight = four_channel_problem(limits={"extrapolate": 0, "rules": ["tv == search"]})
    with pytest.raises(InputError, match=r"no higher curve of `tv` gives it 800\.00"):
        what_it_takes(tight, spend, "tv", 800.0)


def test_the_moves_from_the_reference_are_those_that_are_asked_for_by_themselves():
    problem = four_channel_problem(limits={"extrapolate": 0, "rules": ["search <= 200"]})
    plan = {"tv": 500.0, "search": 200.0, "电视": 150.0, "social": 150.0}
    facts = explain(problem, plan)
    assert facts.moves == best_moves(problem, plan, goal={"measure": "total", "outcome": "revenue"}).moves
    assert facts.moves[-1].cumulative_gain == pytest.approx(facts.gains["revenue"].change.value, rel=1e-9)
    assert facts.moves[-1].cumulative_money == pytest.approx(200.0)
    assert explain(four_channel_problem(limits={"extrapolate": 0}, today=None), plan).moves == ()


def test_the_best_plan_never_gives_a_channel_less_as_its_curve_grows():
    """Without risk goals what a channel brings never falls with its factor, though its money may jump on S-curves."""
    problem = s_curves()
    for row in range(3):
        brought = []
        for factor in np.geomspace(0.5, 4.0, 12):
            supposed = problem.supposing(plan_tables=scaled(problem.plan_tables, row, factor))
            rows, _ = Weighting(supposed).solve(np.ones((1, 1)), n_steps=60)
            brought.append(problem.plan_tables.responses(0, rows[0])[row, 0])
        assert (np.diff(brought) >= -1e-6 * max(brought)).all()


def test_a_plan_that_another_choice_of_channels_betters_is_not_called_the_best():
    problem = four_channel_problem(goals=TOTAL, limits={"extrapolate": 0, "rules": ["count <= 2"]}, money_step=0.0)
    found = explain(problem, best(problem, "revenue"))
    assert found.wanted.is_best
    other = best(
        four_channel_problem(
            goals=TOTAL, limits={"extrapolate": 0, "channel": {"tv": {"off": True}, "search": {"off": True}}}
        ),
        "revenue",
    )
    facts = explain(problem, other)
    assert not facts.wanted.is_best
