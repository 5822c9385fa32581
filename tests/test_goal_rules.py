"""Rules on goals: read, obeyed by every search, sought for least money, and told where they cannot be kept."""

import json
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymoo.algorithms.moo import nsga2 as pymoo_nsga2
from scipy.optimize import minimize

from moo_budget import best, certify, evaluate, reach, solve, sweep
from moo_budget.algorithms import ALGORITHMS
from moo_budget.descent import Descent
from moo_budget.errors import InfeasibleError, InputError
from moo_budget.expressions import ExpressionError
from moo_budget.problem import BudgetProblem
from moo_budget.results import read_result
from moo_budget.risk import Factors
from moo_budget.rule_steps import RuleSteps
from moo_budget.run import run
from moo_budget.tables import from_functions
from moo_budget.weighting import Weighting
from tests.worlds import four_channel_problem, hill

REVENUE, AWARENESS = {"outcome": "revenue", "measure": "total"}, {"outcome": "awareness", "measure": "total"}
RISK = {"outcome": "revenue", "measure": "std"}
BELOW = {"outcome": "revenue", "measure": "shortfall", "target": 4500, "goal": False}
GOALS = {"revenue": REVENUE, "awareness": AWARENESS, "risk": RISK, "below": BELOW}
RULES = ["risk <= 700", "awareness >= 0.98 * today(awareness)", "below <= 15%"]
SEEK = {
    "spend": {"measure": "spend"},
    "revenue": REVENUE | {"goal": False},
    "awareness": AWARENESS | {"goal": False},
    "below": BELOW,
}
SEEK_RULES = ["revenue >= 5000", "awareness >= 0.9 * today(awareness)", "below <= 20%"]


def ruled(rules, goals=GOALS, limits=None, **changes):
    return four_channel_problem(goals=goals, limits={"rules": rules} | (limits or {}), **changes)


def seek(rules=SEEK_RULES, **changes):
    return ruled(rules, **{"goals": SEEK, "budget": {"min": 0, "max": 2000}} | changes)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("risk <= 700", 700.0),
        ("below <= 15%", 0.15),
        ("below <= 0.15", 0.15),
        ("awareness >= today(awareness)", 181532.92),
        ("awareness >= 0.9 * today(awareness)", 163379.63),
        ("awareness >= today(awareness) * 90%", 163379.63),
        ("revenue >= -5", -5.0),
    ],
)
def test_a_rule_on_a_goal_has_a_bound_in_its_unit(text, bound):
    (rule,) = ruled([text]).goal_rules if not text.endswith("-5") else ruled(["revenue >= 0"]).goal_rules
    assert rule.bound == pytest.approx(0.0 if text.endswith("-5") else bound, rel=1e-6)


@pytest.mark.parametrize(
    ("text", "said", "marked"),
    [
        ("risk == 5", r"a goal's value can be at least \(>=\) or at most \(<=\) so much, not exactly", "risk == 5"),
        ("700 >= risk", "a rule about the goal `risk` begins with its name alone, such as risk <= 1200", "700"),
        ("risk + tv <= 5", "a rule about the goal `risk` begins with its name alone", "risk + tv"),
        ("risk <= 10%", r"10% of what\? risk is in EUR: write an amount, or 10% \* today\(risk\)", "10%"),
        ("below <= 20", "below is a share, from 0% to 100%: write 20%", "20"),
        ("below <= 120%", "below is a share, from 0% to 100%: write 100% or less", "120%"),
        ("risk <= tv", r"a number or a multiple of its value today, such as 0.9 \* today\(risk\)", "tv"),
        ("risk <= today(tv)", r"risk is compared with its own value: write today\(risk\)", "tv"),
        ("risk <= today(risk) + 5", "a goal stands against a number or a multiple", "today(risk) + 5"),
        ("5 <= risk <= 9", "a rule has two sides: write one rule for each neighbouring pair", "9"),
        ("risk <= 5 @ 60%", "a rule always holds: take @ and what follows out", "60%"),
    ],
)
def test_what_is_no_rule_on_a_goal_is_refused_with_its_place(text, said, marked):
    with pytest.raises(ExpressionError, match=said) as caught:
        ruled(["tv >= 5", text])
    assert caught.value.text.startswith("limits.rules[1]: ")
    assert text[caught.value.span.start : caught.value.span.end] == marked


def test_a_goals_value_today_needs_a_today():
    with pytest.raises(InputError, match=r"this needs today's money, and there is none. Give \[plan\] today"):
        ruled(["awareness >= today(awareness)"], today=None)


def keeps(asked, spend):
    """Whether every plan keeps RULES, worked out by hand."""
    _, awareness, risk, below = asked.measure(spend).T
    reference = asked.measure(asked.money.reference[None])[0, 1]
    return (risk <= 700 + 1e-3) & (awareness >= 0.98 * reference - 0.2) & (below <= 0.15 + 1e-6)


@pytest.mark.parametrize("algorithm", [*sorted(ALGORITHMS), pytest.param(pymoo_nsga2.NSGA2(pop_size=60), id="pymoo")])
@pytest.mark.parametrize("limits", [{}, {"channel": {"social": {"min_if_used": 80}, "电视": {"min_if_used": 60}}}])
def test_every_search_hands_out_plans_that_keep_rules_on_goals(algorithm, limits):
    asked = ruled([*RULES, "tv >= 0.2 * total"], limits=limits)
    front = solve(asked, algorithm, n_plans=20, n_evaluations=2500, seed=1)
    assert len(front) > 5
    assert keeps(asked, front.spend).all()
    assert all(plan.breaks == () for plan in front.plans)
    assert (front.spend[:, 0] >= 0.2 * front.spend.sum(axis=1) - 1e-6).all()


def test_a_plan_that_breaks_a_rule_on_a_goal_says_by_how_much():
    plan = evaluate(ruled(RULES), {"tv": 1000.0})
    assert any(re.fullmatch(r"the rule `risk <= 700` is broken: risk is [\d,.]+ EUR, [\d,.]+ EUR too much", text)
               for text in plan.breaks)  # fmt: skip
    assert any("`below <= 15%` is broken: below is" in text and "% too much" in text for text in plan.breaks)


def least_by_slsqp(asked, n_starts=15):
    """Least money within the rules by another solver from many starts."""
    upper, names = asked.feasible.upper, [goal.name for goal in asked.goals]
    rng = np.random.default_rng(0)

    def room(rule):
        sign = 1.0 if rule.relation == ">=" else -1.0
        column = names.index(rule.goal.name)
        return lambda z: sign * (asked.measure(np.clip(z, 0.0, upper)[None])[0, column] - rule.bound) / rule.size

    rooms = [{"type": "ineq", "fun": room(rule)} for rule in asked.goal_rules]
    found = []
    for _ in range(n_starts):
        start = np.minimum(rng.dirichlet(np.ones(len(upper))) * rng.uniform(0.3, 1.0) * asked.budget.max, upper)
        done = minimize(
            lambda z: z.sum() / 1000.0,
            start,
            bounds=list(zip(asked.feasible.lower, upper, strict=True)),
            constraints=rooms,
            method="SLSQP",
            options={"maxiter": 300, "ftol": 1e-10},
        )
        if done.success and all(one["fun"](done.x) > -1e-6 for one in rooms):
            found.append(done.x.sum())
    return min(found)


@pytest.mark.parametrize("rules", [SEEK_RULES, ["revenue >= 6000"], ["below <= 5%", "awareness >= 150_000"]])
def test_the_least_money_is_that_of_another_solver_and_is_proved_where_rules_have_prices(rules):
    asked = seek(rules)
    front = solve(asked, n_plans=5, n_evaluations=3000, seed=1)
    least = least_by_slsqp(asked)
    assert len(front) == 1
    assert front.values.value[0, 0] == pytest.approx(least, rel=1e-3)
    assert front.values.value[0, 0] <= least * (1 + 1e-4) + 0.05
    gap = certify(asked, front).extreme_gap["spend"]
    assert front.values.value[0, 0] - gap <= least + 1e-6 * least
    if rules == SEEK_RULES:  # the rule on a shortfall has no price here, and does not bind
        assert gap < 1e-3 * least


def logarithmic(height, turn):
    return lambda x: height * np.log1p(x / turn)


def two_channels(**changes):
    curves = {"a": logarithmic(900.0, 120.0), "b": logarithmic(400.0, 30.0)}
    tables = from_functions({"revenue": curves}, {"a": 3000.0, "b": 3000.0}, Factors(np.zeros((2, 1)), np.zeros(2)))
    return BudgetProblem(tables, **{"budget": {"min": 0, "max": 4000}, "limits": {"extrapolate": 0}} | changes)


def test_the_least_money_for_two_logarithmic_channels_is_the_closed_form():
    goals = {"spend": SEEK["spend"], "revenue": SEEK["revenue"]}
    heights, turns, wanted = np.array([900.0, 400.0]), np.array([120.0, 30.0]), 2500.0
    # Marginal returns are equal: height / (turn + money) = price, and the price is what makes the sum as wanted.
    price = np.exp(((heights * np.log(heights / turns)).sum() - wanted) / heights.sum())
    money = heights / price - turns
    assert (heights * np.log1p(money / turns)).sum() == pytest.approx(wanted)
    limits = {"extrapolate": 0, "rules": [f"revenue >= {wanted:.0f}"]}
    front = solve(two_channels(goals=goals, limits=limits, money_step=0.0), n_plans=1, n_evaluations=500, seed=1)
    np.testing.assert_allclose(front.spend[0], money, rtol=1e-2)  # flat there: tables hold 1e-4
    assert front.spend[0].sum() == pytest.approx(money.sum(), rel=1e-4)


def test_the_most_revenue_under_a_rule_on_spend_spends_just_that():
    goals = {"revenue": REVENUE, "spend": SEEK["spend"] | {"goal": False}}
    front = solve(two_channels(goals=goals, limits={"extrapolate": 0, "rules": ["spend <= 1000"]}), n_plans=1, seed=1)
    assert front.spend[0].sum() == pytest.approx(1000.0, abs=0.011)
    assert front.spend[0, 0] == pytest.approx((1150.0 * 900.0 / 1300.0) - 120.0, rel=1e-2)


def test_whole_steps_of_money_keep_the_rules_too():
    asked = seek(money_step=50.0)
    front = solve(asked, n_plans=1, n_evaluations=2000, seed=1)
    assert (front.spend % 50.0 == 0.0).all()
    assert front.plans[0].breaks == ()
    grid = np.stack(np.meshgrid(*[np.arange(0.0, 601.0, 50.0)] * 4, indexing="ij"), axis=-1).reshape(-1, 4)
    least = grid[asked.kept(grid)].sum(axis=1).min()
    assert front.spend[0].sum() <= least + 50.0


def test_seeking_the_least_money_needs_a_free_total():
    with pytest.raises(InputError, match=r"fixes the total at 1,000.* Give a range .* budget = \{ min = 0, max = 2000"):
        seek(budget=1000.0)


def test_what_cannot_be_reached_is_told_with_the_nearest_plan_and_a_proof():
    with pytest.raises(InfeasibleError) as caught:
        solve(seek(["revenue >= 50000"]), n_evaluations=500, seed=1)
    said = caught.value.text
    assert caught.value.exit_code == 4
    assert "No plan was found that keeps this rule on a goal: `revenue >= 50000` (limits.rules[0])." in said
    nearest = re.search(r"revenue is ([\d,.]+) EUR where 50,000.00 EUR is asked, ([\d,.]+) EUR too little", said)
    proved = re.search(r"This is proved: .* revenue is at most ([\d,.]+) EUR in every plan", said)
    reached, missing, most = (float(text.replace(",", "")) for text in (*nearest.groups(), proved.group(1)))
    assert reached + missing == pytest.approx(50000.0, abs=0.02)
    assert reached <= most <= 1.001 * reached
    assert "It spends 2,000.00: tv " in said
    loosened = float(re.search(r"ask for less: revenue >= ([\d.]+)\.$", said).group(1))
    assert solve(seek([f"revenue >= {loosened}"]), n_plans=1, n_evaluations=500, seed=1).plans[0].breaks == ()


def test_rules_that_exclude_each_other_are_told_together():
    with pytest.raises(InfeasibleError) as caught:
        solve(seek(["revenue >= 6000", "spend <= 500"]), n_evaluations=500, seed=1)
    said = caught.value.text
    assert "keeps these rules on goals at once: `revenue >= 6000`" in said
    assert "It is proved that no plan keeps all of them." in said
    assert re.search(r"ask for less: revenue >= [\d.]+ and spend <= [\d.]+\.$", said)


def test_best_and_a_sweep_and_reach_keep_rules_on_goals():
    asked = ruled(RULES)
    free = best(ruled([]), "revenue", n_evaluations=2000)
    plan = best(asked, "revenue", n_evaluations=2000)
    assert keeps(asked, np.array([list(plan.spend.values())])).all()
    assert plan.value.value < free.value.value
    assert plan.bound is None or plan.value.value <= plan.bound
    asked_for = reach(asked, {"revenue": 6200.0})
    assert asked_for.breaks == ()
    swept = sweep(asked, budgets=[300.0, 1000.0], n_plans=10, n_evaluations=1500)
    assert [point.front is None for point in swept.points] == [True, False]
    assert "No plan was found that keeps these rules on goals" in swept.points[0].reason
    assert all(plan.breaks == () for plan in swept.points[1].front.plans)
    assert swept.points[1].best.breaks == ()


def test_what_is_asked_for_keeps_rules_on_goals_with_few_evaluations_too():
    plan = reach(seek(), {"spend": 100.0}, n_evaluations=100)
    assert plan.breaks == ()


def test_steps_within_rules_on_goals_lead_to_the_same_plan_whatever_stands_beside_it():
    """A plan that has arrived waits for no other one."""
    problem = four_channel_problem(limits={"rules": ["risk <= 640", "awareness >= 150000"], "extrapolate": 0})
    descent, within, rng = Descent(problem), Weighting(problem).within_rules, np.random.default_rng(0)
    starts = problem.project_sorted(1000.0 * rng.dirichlet(np.ones(4), 8))
    shares = rng.dirichlet(np.ones(problem.n_obj), 8)
    steps, box = RuleSteps(problem, descent, within.scale), descent.used_box(starts)
    together, pressing = steps.run(starts, shares, 60, box)
    for row in range(8):
        one = slice(row, row + 1)
        alone, presses = steps.run(starts[one], shares[one], 60, (box[0][one], box[1][one]))
        np.testing.assert_array_equal(alone[0], together[row])
        np.testing.assert_array_equal(presses[0], pressing[row])


def test_a_method_that_knows_money_only_is_refused_where_there_is_a_rule_on_a_goal():
    asked = ruled(["risk <= 700"])
    said = r"the method slsqp knows limits on money only, and `risk <= 700` .* one of these methods: .*auto"
    with pytest.raises(InputError, match=said) as caught:
        best(asked, "awareness", method="slsqp")
    assert caught.value.code == "best.goal-rules"


def test_another_question_keeps_a_rule_on_a_goal_that_it_does_not_have():
    alone = ruled(["risk <= 700"]).restated(goals={"risk": AWARENESS})
    assert [(rule.goal.measure, rule.bound) for rule in alone.goal_rules] == [("std", 700.0)]
    assert [goal.measure for goal in alone.goals] == ["total"]
    assert ruled(["risk <= 700", "tv >= 5"]).restated(with_goal_rules=False).goal_rules == ()


def small_world(seed, steepest):
    rng = np.random.default_rng(seed)
    curves = {
        outcome: {
            f"c{c}": hill(rng.uniform(50, 200), rng.uniform(20, 80), rng.uniform(1.0, steepest)) for c in range(3)
        }
        for outcome in ("revenue", "awareness")
    }
    return from_functions(curves, {f"c{c}": 150.0 for c in range(3)}, Factors(np.zeros((3, 1)), np.full(3, 0.04)))


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 2.5]), st.booleans(), st.floats(0.1, 0.9))
def test_no_plan_of_a_small_problem_passes_the_bound_within_rules(seed, steepest, with_money_rule, share):
    goals = {"revenue": REVENUE, "awareness": AWARENESS | {"goal": False}, "risk": RISK | {"goal": False}}
    grid = np.linspace(0.0, 150.0, 16)
    plans = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"), axis=-1).reshape(-1, 3)
    settings_ = {"goals": goals, "budget": {"min": 60, "max": 200}, "money_step": 0.0}
    plain = BudgetProblem(small_world(seed, steepest), limits={"extrapolate": 0}, **settings_)
    plans = plans[plain.kept(plans)]
    _, awareness, risk = plain.measure(plans).T
    rules = [
        f"awareness >= {np.quantile(awareness, share):.6f}",
        f"risk <= {np.quantile(risk, 0.9):.6f}",
        *(["c0 + c1 <= 1.5 * c2"] if with_money_rule else []),
    ]
    asked = BudgetProblem(small_world(seed, steepest), limits={"extrapolate": 0, "rules": rules}, **settings_)
    allowed = plans[asked.kept(plans)]
    try:
        front = solve(asked, "scalarised", n_plans=1, n_evaluations=2000, seed=1)
    except InfeasibleError:
        assert len(allowed) == 0 or steepest > 1.0
        return
    assert asked.kept(front.spend).all()
    most = max(front.values.value[0, 0], asked.measure(allowed)[:, 0].max() if len(allowed) else 0.0)
    bound = front.values.value[0, 0] + certify(asked, front).extreme_gap["revenue"]
    assert most <= bound * (1 + 1e-9)
    if steepest == 1.0:
        assert front.values.value[0, 0] >= most * (1 - 1e-3)


PROBLEM = """schema_version = 1
currency = "EUR"
[plan]
periods = 4
budget = { min = 0, max = 40000 }
today = { tv = 10000, search = 8000, social = 4000 }
[goals]
spend = { measure = "spend" }
revenue = { outcome = "revenue", measure = "total", goal = false }
awareness = { outcome = "awareness", measure = "total", goal = false }
below_target = { outcome = "revenue", measure = "shortfall", target = 40000, goal = false }
[limits]
rules = ["revenue >= 42000", "awareness >= today(awareness)", "below_target <= 20%", "search <= 60% * total"]
[fit]
curves = "curves.csv"
"""
CURVES = {
    "revenue": {"tv": (9000, 2500), "search": (7000, 1200), "social": (3000, 900)},
    "awareness": {"tv": (90000, 4000), "search": (9000, 2000), "social": (30000, 1500)},
}


def problem_file(folder, text=PROBLEM):
    rows = [
        f"{outcome},{channel},{spend},{height * spend / (spend + half)}"
        for outcome, channels in CURVES.items()
        for channel, (height, half) in channels.items()
        for spend in (0, 200, 500, 1000, 1500, 2000, 3000, 4000, 5000, 6500, 8000, 10000)
    ]
    (folder / "curves.csv").write_text("\n".join(["outcome,channel,spend,value", *rows]) + "\n", encoding="utf-8")
    (folder / "problem.toml").write_text(text, encoding="utf-8")
    return folder / "problem.toml"


def test_a_problem_file_that_seeks_the_least_money_says_what_each_rule_came_to(tmp_path):
    result = run(problem_file(tmp_path), n_evaluations=2000)
    said = {message.code: message.text for message in result.messages}
    assert re.search(r"kept by every plan: `revenue >= 42000`: revenue is [\d,.]+", said["solve.goal-rules"])
    assert re.search(r"`below_target <= 20%`: below_target is (20|19\.9\d*)%", said["solve.goal-rules"])
    assert "leaves out the rules on goals (`revenue >= 42000`" in said["frontier.goal-rules"]
    stored = json.loads((tmp_path / "result" / "result.json").read_text(encoding="utf-8"))
    goals = stored["plans"][0]["goals"]
    assert goals["below_target"]["value"] == pytest.approx(0.2, abs=1e-3)
    assert [goal["goal"] for goal in stored["goals"]] == [True, False, False, False]
    again = read_result(tmp_path / "result")
    assert again.problem.goal_rules == result.problem.goal_rules
    report = (tmp_path / "result" / "report.html").read_text(encoding="utf-8")
    assert "kept by every plan" in report
    assert "below_target &lt;= 20%" in report


def test_a_rule_that_a_problem_file_cannot_keep_is_told_with_its_line(tmp_path):
    with pytest.raises(InfeasibleError, match=r"`revenue >= 99000` \(.*problem.toml:13\)"):
        run(problem_file(tmp_path, PROBLEM.replace("42000", "99000")), n_evaluations=500)
