"""Limits of every kind are named, and what they are worth is what other solvers and closed forms find."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from moo_budget.best import best
from moo_budget.calendar import schedule
from moo_budget.explain import explain, stability, what_to_test
from moo_budget.explain.again import Again
from moo_budget.problem import BudgetProblem
from moo_budget.solve import solve
from moo_budget.tables import from_functions
from tests.explain.plans import best_for
from tests.worlds import CHANNELS, four_channel_problem, four_channels

GOALS = {
    "revenue": {"outcome": "revenue", "measure": "total"},
    "awareness": {"outcome": "awareness", "measure": "total", "goal": False},
    "risk": {"outcome": "revenue", "measure": "std", "goal": False},
    "moved": {"measure": "change", "goal": False},
}
OPEN = {"extrapolate": 0}

# Four channels whose revenue is height * ln(1 + money / scale); one period.
HEIGHT, SCALE = np.array([300.0, 180.0, 120.0, 60.0]), np.array([100.0, 150.0, 80.0, 60.0])
NAMES = ("tv", "search", "social", "radio")


def asked(**changes):
    return four_channel_problem(goals=GOALS, money_step=0.0, **({"limits": OPEN} | changes))


def four_logs(**changes):
    curves = {name: (lambda x, h=h, k=k: h * np.log1p(x / k)) for name, h, k in zip(NAMES, HEIGHT, SCALE, strict=True)}
    tables = from_functions({"revenue": curves}, dict.fromkeys(NAMES, 900.0), units={"revenue": "EUR"})
    return BudgetProblem(
        tables,
        **{"goals": {"revenue": GOALS["revenue"]}, "budget": 900.0, "money_step": 0.0, "currency": "EUR"} | changes,
    )


def most_of(used, budget=900.0, least=0.0, fixed=()):
    """The most that some of the four logarithms bring, by their closed form; each gets `least` or more.

    `fixed`: (row, money) of channels whose money is settled.
    """
    settled = dict(fixed)
    free, money = [c for c in used if c not in settled], np.zeros(4)
    for c, amount in settled.items():
        money[c] = amount
    at_least: list[int] = []
    while True:
        rest = [c for c in free if c not in at_least]
        left = budget - sum(settled.values()) - least * len(at_least)
        price = HEIGHT[rest].sum() / (left + SCALE[rest].sum())
        money[rest] = HEIGHT[rest] / price - SCALE[rest]
        money[at_least] = least
        short = [c for c in rest if money[c] < least - 1e-9]
        if not short:
            return float(HEIGHT @ np.log1p(money / SCALE))
        at_least += short


def by_kind(facts, kind):
    (limit,) = [limit for limit in facts.limits if limit.kind == kind]
    return limit


@pytest.mark.parametrize(
    ("written", "unit", "step"),
    [("awareness >= {}", "impressions", 870.0), ("risk <= {}", "EUR", 3.2), ("moved <= {}", "EUR", 1.0)],
)
def test_the_price_of_a_rule_on_a_goal_is_what_another_solver_gains_a_step_to_either_side(written, unit, step):
    bound = {"awareness": 174000.0, "risk": 640.0, "moved": 200.0}[written.split()[0]]

    def brings(by):
        return best(asked(limits=OPEN | {"rules": [written.format(bound + by)]}), "revenue")

    problem, plan = asked(limits=OPEN | {"rules": [written.format(bound)]}), brings(0.0)
    facts = explain(problem, plan)
    limit = by_kind(facts, "goal_rule")
    assert (limit.rule, limit.unit, limit.amount) == (written.format(bound), unit, bound)
    higher, lower = ((brings(by).value.value - plan.value.value) / by for by in (step, -step))
    more, less = (higher, lower) if limit.side == "upper" else (-lower, -higher)
    assert limit.price == pytest.approx(0.5 * (more + less), rel=1e-2)
    assert limit.more == pytest.approx(more, rel=0.05)
    assert limit.less == pytest.approx(less, rel=0.05)
    assert limit.holds_from < bound < limit.holds_to
    assert facts.wanted.residual < 1e-4 * facts.wanted.price


@pytest.mark.parametrize("written", ["risk <= 640", "awareness >= 174000", "moved <= 200"])
def test_within_a_rule_on_a_goal_the_implied_weights_give_the_plan_back(written):
    goals = GOALS | {"risk": GOALS["risk"] | {"goal": True}, "awareness": GOALS["awareness"] | {"goal": True}}
    problem = four_channel_problem(goals=goals, money_step=0.0, limits=OPEN | {"rules": [written]})
    plan = best_for(problem, np.array([1.0, 0.0002, 0.3]))
    facts = explain(problem, dict(zip(CHANNELS, plan.tolist(), strict=True)))
    assert any(limit.kind == "goal_rule" for limit in facts.limits)
    weights = [facts.wanted.weights[name] / facts.wanted.scales[name] for name in facts.wanted.weights]
    again = best_for(problem, np.array(weights))
    assert np.abs(again - plan).max() <= 1e-6 * problem.budget.max


def test_a_channel_that_costs_a_ruled_goal_too_much_is_held_by_that_rule():
    problem = asked(limits=OPEN | {"rules": ["risk <= 640"]})
    facts = explain(problem, best(problem, "revenue"))
    why = facts.why_not["tv"]  # the wildest channel
    assert (why.cause, facts.limits[why.limit].rule) == ("limit", "risk <= 640")
    assert facts.why_not["search"].cause == "saturated"


LIMITS = {
    "resource": ({}, lambda by: {"resource": {"co2": {"per_money": {"tv": 2.0, "search": 1.0}, "max": 900.0 + by}}}),
    "share": ({"budget": {"min": 500.0, "max": 900.0}}, lambda by: {"share": 0.4 + by / 900.0}),
    "periods": ({"calendar": True}, lambda by: {"calendar": {"tv": {"max": 30.0 + by / 10.0}}}),
}


@pytest.mark.parametrize("kind", LIMITS)
def test_the_price_of_a_resource_a_share_and_full_periods_is_what_another_solver_gains(kind):
    changes, limited = LIMITS[kind]

    def brings(by):
        return best(asked(**changes, limits=OPEN | limited(by)), "revenue")

    plan = brings(0.0)
    facts = explain(asked(**changes, limits=OPEN | limited(0.0)), plan)
    limit = by_kind(facts, kind)
    assert (limit.channel, limit.rule, limit.unit) == {
        "resource": (None, "co2", "co2"),
        "share": ("tv", "", ""),
        "periods": ("tv", "", ""),
    }[kind]
    more, less = ((brings(by).value.value - plan.value.value) / by for by in (2.0, -2.0))
    assert limit.price == pytest.approx(0.5 * (more + less), rel=1e-2)
    assert limit.more == pytest.approx(more, rel=0.05)
    assert limit.less == pytest.approx(less, rel=0.05)
    assert facts.why_not["tv"].cause == "limit"


@pytest.mark.parametrize(("end", "margin"), [("max", 5.0), ("min", 0.1)])
def test_the_price_of_an_end_of_the_budget_s_range_is_that_of_the_closed_form(end, margin):
    """Where the best total lies beyond the range, the next unit brings margin x return less itself."""
    budget = {"min": 300.0, "max": 900.0} if end == "max" else {"min": 800.0, "max": 900.0}
    problem = four_logs(goals={"profit": {"outcome": "revenue", "measure": "profit", "margin": margin}}, budget=budget)
    plan = best(problem, "profit")
    facts = explain(problem, plan)
    limit, total = by_kind(facts, "budget"), budget[end]
    assert limit.amount == total == pytest.approx(sum(plan.spend.values()))
    gains = margin * HEIGHT.sum() / (total + SCALE.sum()) - 1.0
    in_outcome = gains / margin  # counted in revenue, of which so much is earned
    assert limit.side == ("upper" if end == "max" else "lower")
    assert limit.price == pytest.approx(abs(in_outcome), rel=1e-2)
    assert facts.wanted.price == limit.price


@pytest.mark.parametrize(("rule", "n_used"), [("count <= 2", 2), ("count == 3", 3), ("count(brand) <= 1", 3)])
def test_one_more_channel_is_worth_what_trying_every_choice_finds(rule, n_used):
    problem = four_logs(limits={"rules": [rule]}, tags={"brand": ["tv", "social"]})

    def most(n):
        allowed = [set(some) for k in range(1, 5) for some in combinations(range(4), k)]
        if "brand" in rule:
            return max(most_of(some) for some in allowed if len(some & {0, 2}) <= n - n_used + 1)
        return max(most_of(some) for some in allowed if len(some) == n)

    plan = best(problem, "revenue")
    facts = explain(problem, plan)
    limit = by_kind(facts, "count")
    assert (limit.rule, limit.unit, limit.price) == (rule, "channel", None)
    assert limit.amount == (1 if "brand" in rule else n_used)
    assert limit.more == pytest.approx(most(n_used + 1) - most(n_used), rel=1e-3)
    assert limit.less == pytest.approx(most(n_used) - most(n_used - 1), rel=1e-3)
    assert limit.holds_from == limit.amount == limit.holds_to
    out = next(name for name, money in plan.spend.items() if money == 0.0)
    why = facts.why_not[out]
    assert (why.cause, facts.limits[why.limit].kind) == ("limit", "count")
    without = [c for c in range(4) if NAMES[c] != out]
    swaps = [{*some, NAMES.index(out)} for k in range(4) for some in combinations(without, k)]
    kept = [some for some in swaps if (len(some & {0, 2}) <= 1 if "brand" in rule else len(some) == n_used)]
    assert why.worth == pytest.approx(max(map(most_of, kept)) - most(n_used), rel=1e-3)


def test_a_channel_with_a_minimum_that_is_too_much_is_worth_what_the_closed_form_says():
    problem = four_logs(limits={"channel": {"radio": {"min_if_used": 200.0}}})
    facts = explain(problem, best(problem, "revenue"))
    limit = by_kind(facts, "unused")
    assert (limit.channel, limit.price, limit.less) == ("radio", None, None)
    worth = most_of(range(4), fixed=[(3, 200.0)]) - most_of(range(3))
    assert limit.more == pytest.approx(worth, rel=1e-3)
    assert worth < 0.0
    why = facts.why_not["radio"]
    assert (why.more, why.cause, facts.limits[why.limit].kind) == (pytest.approx(200.0), "limit", "unused")


def test_a_block_more_and_the_last_one_are_worth_what_trying_all_blocks_finds():
    limits = {"channel": {"tv": {"step": 150.0}, "search": {"step": 70.0}}}
    problem = four_logs(limits=limits)

    def most(**held):
        tried = [
            most_of(range(4), fixed=[(0, 150.0 * a), (1, 70.0 * b)])
            for a in range(6)
            for b in range(12)
            if 150.0 * a + 70.0 * b < 860.0 and held.get("tv", a) == a and held.get("search", b) == b
        ]
        return max(tried)

    plan = best(problem, "revenue")
    facts = explain(problem, plan)
    blocks = {"tv": round(plan.spend["tv"] / 150.0), "search": round(plan.spend["search"] / 70.0)}
    for name, n in blocks.items():
        (limit,) = [limit for limit in facts.limits if limit.channel == name]
        assert (limit.kind, limit.unit, limit.price) == ("step", "block", None)
        assert limit.more == pytest.approx(most(**{name: n + 1}) - most(), rel=5e-3)
        assert limit.less == pytest.approx(most() - most(**{name: n - 1}), rel=5e-3)
        assert facts.why_not[name].more == pytest.approx({"tv": 150.0, "search": 70.0}[name])


def test_a_plan_of_a_calendar_is_explained_as_its_totals_are_when_spent_evenly():
    seasonal = replace(four_channels(), season=np.linspace(0.6, 1.4, 10).reshape(1, 1, 1, -1))
    changes = {
        "tables": seasonal,
        "goals": GOALS,
        "calendar": True,
        "limits": OPEN | {"calendar": {"tv": {"max": 40.0}}},
    }
    problem = four_channel_problem(**changes)
    front = schedule(solve(problem, "scalarised", n_plans=1, n_evaluations=600, seed=1))
    (plan,) = front.plans
    assert plan.goals["revenue"].value > 1.001 * problem.measure(front.spend)[0, 0]  # placing it has brought something
    facts, same = explain(front.problem, plan, front=front), explain(problem, plan)
    assert (facts.spent_level, same.spent_level) == (True, False)
    assert facts.channels == same.channels
    assert facts.waterfall == same.waterfall
    assert by_kind(facts, "periods").channel == "tv"
    assert "spent evenly over the periods" in facts.sentences()[0]
    assert stability(front.problem, plan, n_draws=5).channels == stability(problem, plan, n_draws=5).channels
    assert what_to_test(front.problem, plan) == what_to_test(problem, plan)


def test_a_rule_on_a_goal_of_placed_money_stands_where_it_was_asked():
    seasonal = replace(four_channels(), season=np.linspace(0.6, 1.4, 10).reshape(1, 1, 1, -1))
    limits = OPEN | {"rules": ["awareness >= 180000"]}
    problem = four_channel_problem(tables=seasonal, goals=GOALS, calendar=True, limits=limits)
    front = schedule(solve(problem, "scalarised", n_plans=1, n_evaluations=600, seed=1))
    (plan,) = front.plans
    facts = explain(front.problem, plan, front=front)
    placed, even = (asked.rule_values(front.spend)[0, 0] for asked in (front.problem, problem))
    assert even < 170000.0 < 180000.0 <= placed < 180060.0  # placing it has brought the rest
    limit = by_kind(facts, "goal_rule")
    assert limit.amount == pytest.approx(180000.0)
    assert limit.price == pytest.approx(0.5 * (limit.more + limit.less), rel=0.02)
    assert limit.price > 0.0


def test_what_a_limit_is_worth_is_asked_step_by_step_as_far_as_its_price_holds(monkeypatch):
    problem = four_logs(limits={"extrapolate": 0, "channel": {"tv": {"max": 480.0}, "search": {"max": 60.0}}})
    plan = dict(zip(NAMES, problem.feasible.project(np.array([[480.0, 60.0, 250.0, 110.0]]))[0].tolist(), strict=True))
    solved, boxes = Again.in_boxes, []
    monkeypatch.setattr(Again, "in_boxes", lambda *args, **more: boxes.append(len(args[1])) or solved(*args, **more))
    own = [limit for limit in explain(problem, plan).limits if limit.channel is not None]
    assert {limit.channel for limit in own} == {"tv", "search"}
    sizes = [1, 2, 4, 8, 16]
    step = {"tv": 4.5, "search": 3.0}  # 0.5 percent of the budget, 5 percent of the limit
    reached = [
        round(abs(end - limit.amount) / step[limit.channel])
        for limit in own
        for end in (limit.holds_from, limit.holds_to)
    ]
    assert min(reached) < 16
    asked = [sum(k == 0 or reach >= sizes[k - 1] for reach in reached) for k in range(5)]
    assert boxes[: len(asked)] == asked
