"""The folders in `problems/`: their files can be read, and their truths are derived again by other means."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.interpolate import PchipInterpolator
from scipy.optimize import minimize, minimize_scalar

from moo_budget.problem import BudgetProblem
from moo_budget.simulate import online_retailer, simulate
from moo_budget.solve import solve
from moo_budget.spec import read_problem
from moo_budget.tables import from_curves

PROBLEMS = Path(__file__).resolve().parents[1] / "problems"
NAMES = sorted(folder.name for folder in PROBLEMS.iterdir() if folder.is_dir())


def truth_of(name):
    return json.loads((PROBLEMS / name / "truth.json").read_text(encoding="utf-8"))


def curves_of(name):
    """outcome -> channel -> the monotone cubic through the points of curves.csv."""
    frame = pd.read_csv(PROBLEMS / name / "curves.csv")
    return {
        outcome: {
            channel: PchipInterpolator(points["spend"], points["value"]) for channel, points in rows.groupby("channel")
        }
        for outcome, rows in frame.groupby("outcome")
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_problem_can_be_read_and_says_what_it_is_for(name):
    path = PROBLEMS / name / "problem.toml"
    assert path.read_text(encoding="utf-8").startswith("# ")
    assert read_problem(path).title
    assert truth_of(name)


def test_the_retailer_s_history_is_what_its_world_makes():
    written = pd.read_csv(PROBLEMS / "online_retailer" / "history.csv")
    made = simulate(online_retailer(), 156, seed=2)
    pd.testing.assert_frame_equal(written, made, check_exact=False, rtol=1e-9, check_dtype=False)
    assert truth_of("online_retailer") == json.loads(json.dumps(online_retailer().truth()))


def test_the_logarithmic_curves_are_the_notebook_s_and_zero_below_their_crossing():
    truth = truth_of("three_channel_log")
    frame = pd.read_csv(PROBLEMS / "three_channel_log" / "curves.csv")
    for channel, points in frame.groupby("channel"):
        curve = truth["curves"][channel]
        spend = points["spend"].to_numpy()[1:]
        np.testing.assert_allclose(
            points["value"].to_numpy()[1:], np.maximum(0.0, curve["alpha"] + curve["beta"] * np.log(spend)), atol=1e-9
        )
        assert points["spend"].iloc[0] == points["value"].iloc[0] == 0.0


def test_the_best_logarithmic_plan_is_where_no_other_split_brings_more():
    truth, curves = truth_of("three_channel_log"), curves_of("three_channel_log")["returns"]
    best = truth["best_plan"]
    assert sum(best.values()) == pytest.approx(100_000)
    # Equal slopes of the exact curves, and of the file's cubics to what x = budget * beta / sum beta needs for 1e-5.
    slopes = [truth["curves"][c]["beta"] / x for c, x in best.items()]
    np.testing.assert_allclose(slopes, slopes[0], rtol=1e-12)
    np.testing.assert_allclose([curves[c].derivative()(x) for c, x in best.items()], slopes[0], rtol=2e-5)
    assert sum(curves[c](x) for c, x in best.items()) == pytest.approx(truth["best_returns"], rel=1e-8)

    def loss(x):
        return -sum(
            truth["curves"][c]["alpha"] + truth["curves"][c]["beta"] * np.log(money)
            for c, money in zip(best, [*x, 100_000 - sum(x)], strict=True)
        )

    searched = minimize(loss, [20_000, 50_000], method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-9})
    np.testing.assert_allclose(searched.x, list(best.values())[:2], rtol=1e-5)


@pytest.mark.parametrize("outcome", ["revenue", "awareness"])
def test_no_exchange_of_money_improves_the_best_s_curve_plans(outcome):
    """Another way than the dynamic programme: every pair of channels, exactly, from its own best of many starts."""
    curves = curves_of("s_curves")[outcome]
    best = truth_of("s_curves")["best"][outcome]
    plan = best["plan"]
    assert sum(plan.values()) == 120_000
    assert sum(float(curves[c](x)) for c, x in plan.items()) == pytest.approx(best["value"], rel=1e-12)
    rng = np.random.default_rng(1)
    found = [climbed(curves, 120_000 * rng.dirichlet(np.full(6, 0.6))) for _ in range(40)]
    assert max(found) <= best["value"] * (1 + 1e-5)  # amounts between the grid's 100 USD bring a little more
    assert max(found) >= best["value"] * (1 - 1e-5)


def climbed(curves, money):
    """Value after rounds of exchanges between pairs of channels, each to the best split on a fine grid."""
    end = 60_000.0
    money = np.minimum(money, end)
    money += (120_000 - money.sum()) * (end - money) / (end - money).sum()
    splines = list(curves.values())
    for _ in range(12):
        for i in range(6):
            for j in range(i):
                both = money[i] + money[j]
                first = np.linspace(max(0.0, both - end), min(both, end), 801)
                best = first[np.argmax(splines[i](first) + splines[j](both - first))]
                money[i], money[j] = best, both - best
    return sum(float(spline(x)) for spline, x in zip(splines, money, strict=True))


def test_not_all_s_curves_can_pass_their_steepest_point():
    for channels in curves_of("s_curves").values():
        spend = np.arange(0.0, 60_001.0, 100.0)
        steepest = [spend[curve.derivative()(spend).argmax()] for curve in channels.values()]
        assert sum(steepest) > 120_000


def test_the_closed_form_front_is_where_one_goal_cannot_rise_without_the_other_falling():
    truth = truth_of("two_goals_closed_form")
    for point in truth["front"]:
        plan = point["plan"]
        assert sum(plan.values()) == pytest.approx(100_000)
        for outcome, channels in truth["curves"].items():
            (first, second) = channels
            money = plan[first] + plan[second]
            assert point[outcome] == pytest.approx(best_split(money, *channels.values()), rel=1e-9)
    revenue = [point["revenue"] for point in truth["front"]]
    awareness = [point["awareness"] for point in truth["front"]]
    assert all(a < b for a, b in pairwise(revenue))
    assert all(a > b for a, b in pairwise(awareness))
    assert any(point["plan"]["tv"] == 0 < point["plan"]["video"] for point in truth["front"])  # a corner is among them


def best_split(money, first, second):
    """Best value of a pair of logarithmic channels, by search over the first one's share."""

    def loss(x):
        return -sum(c["a"] * np.log1p(m / c["k"]) for c, m in ((first, x), (second, money - x)))

    inner = minimize_scalar(loss, bounds=(0.0, money), method="bounded", options={"xatol": 1e-6})
    return -min(inner.fun, loss(0.0), loss(money))


def test_the_points_of_the_closed_form_curves_lie_on_their_formulas():
    truth, curves = truth_of("two_goals_closed_form"), curves_of("two_goals_closed_form")
    for outcome, channels in truth["curves"].items():
        for channel, curve in channels.items():
            spend = np.linspace(0.0, 100_000.0, 97)
            exact = curve["a"] * np.log1p(spend / curve["k"])
            np.testing.assert_allclose(curves[outcome][channel](spend), exact, rtol=1e-6, atol=1e-6 * exact[-1])


def test_the_plan_of_least_risk_is_markowitz_s_and_summing_variances_finds_another_one_and_a_wrong_risk():
    truth = truth_of("diversification")
    curves = pd.read_csv(PROBLEMS / "diversification" / "curves.csv")
    tables = from_curves(curves, units={"revenue": "USD"})
    goals = read_problem(PROBLEMS / "diversification" / "problem.toml").goals
    problem = BudgetProblem(tables, goals=goals, budget=100_000, currency="USD", money_step=0.0)
    front = solve(problem, n_plans=50, seed=1)
    least = front.plans[int(np.argmin(front.values.value[:, 1]))]
    sure, alone = truth["least_risk"], truth["variances_summed"]
    assert least.goals["risk"].value == pytest.approx(sure["std"], rel=1e-9)
    np.testing.assert_allclose(list(least.spend.values()), list(sure["plan"].values()), rtol=2e-4)  # flat in the plan

    # Textbook arithmetic on the file's draws, once right and once without what channels have in common.
    draws = curves[curves["spend"] == 100_000].pivot(index="draw", columns="channel", values="value") / 100_000
    covariance = draws[list(sure["plan"])].cov(ddof=0).to_numpy()
    np.testing.assert_allclose(covariance, truth["covariance"], atol=1e-12)
    for assumed, expected in ((covariance, sure), (np.diag(np.diag(covariance)), alone)):
        shares = np.linalg.inv(assumed).sum(axis=1) / np.linalg.inv(assumed).sum()
        np.testing.assert_allclose(100_000 * shares, list(expected["plan"].values()), rtol=1e-12)
    wrong = np.array(list(alone["plan"].values()))
    assert problem.std("revenue", wrong[None])[0] == pytest.approx(alone["std"], rel=1e-12)
    assert alone["std"] > 1.03 * sure["std"]
    claimed = np.sqrt(wrong**2 @ np.diag(covariance))
    assert claimed == pytest.approx(alone["std_claimed"], rel=1e-12)
    assert claimed < 0.9 * alone["std"]
