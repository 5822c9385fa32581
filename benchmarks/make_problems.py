"""Writes the data of the folders in `problems/`: histories, curves and truths. Their problem.toml is written by hand.

    python benchmarks/make_problems.py

tests/test_problems.py derives the truths again, by other means.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator

from moo_budget.simulate import online_retailer, simulate

PROBLEMS = Path(__file__).resolve().parents[1] / "problems"

RETAILER_WEEKS, RETAILER_SEED = 156, 2

LOG_BUDGET = 100_000
# return = alpha + beta ln(spend), from the notebook that truth.json names.
LOG_CURVES = {
    "google_ads": (-9453.72, 8256.21),
    "facebook_ads": (-8312.84, 7764.2),
    "twitter_ads": (-7371.33, 7953.36),
}

S_BUDGET, S_END, S_STEP = 120_000, 60_000, 100
# outcome -> channel -> ceiling, half saturation, slope: ceiling x^s / (x^s + k^s)
S_CURVES = {
    "revenue": {
        "tv": (260_000, 42_000, 3.5),
        "radio": (90_000, 24_000, 2.5),
        "search": (150_000, 26_000, 2.0),
        "social": (140_000, 30_000, 3.0),
        "video": (120_000, 33_000, 2.8),
        "outdoor": (80_000, 28_000, 2.2),
    },
    "awareness": {
        "tv": (6_000_000, 38_000, 3.0),
        "radio": (3_800_000, 27_000, 2.2),
        "search": (700_000, 22_000, 2.0),
        "social": (2_600_000, 31_000, 2.6),
        "video": (4_900_000, 34_000, 3.2),
        "outdoor": (4_400_000, 30_000, 2.4),
    },
}

TWO_BUDGET = 100_000
# outcome -> channel -> a, k: a ln(1 + x / k); the first of each pair has the steeper start
TWO_CURVES = {
    "revenue": {"search": (40_000, 10_000), "social": (30_000, 15_000)},
    "awareness": {"video": (5_000_000, 8_000), "tv": (9_000_000, 30_000)},
}

RISKY_BUDGET = 100_000
# Returns per USD: expected, deviation, and correlation between the channels.
RISKY_MEAN = {"tv": 2.2, "video": 2.0, "search": 1.8}
RISKY_DEVIATION = (0.6, 0.5, 0.4)
RISKY_CORRELATION = ((1.0, 0.6, 0.0), (0.6, 1.0, 0.0), (0.0, 0.0, 1.0))


def main() -> None:
    write_online_retailer()
    write_three_channel_log()
    write_s_curves()
    write_two_goals_closed_form()
    write_diversification()


def write_online_retailer() -> None:
    world = online_retailer()
    history = simulate(world, RETAILER_WEEKS, RETAILER_SEED)
    history.to_csv(PROBLEMS / "online_retailer" / "history.csv", index=False, lineterminator="\n")
    write_truth("online_retailer", world.truth())


def write_three_channel_log() -> None:
    rows = []
    for channel, (alpha, beta) in LOG_CURVES.items():
        crossing = np.exp(-alpha / beta)
        # Dense where the best plans are, so that the monotone cubic has the slope to 1e-5 there.
        spend = np.r_[0, np.geomspace(crossing, 20_000, 150)[:-1], np.arange(20_000, 50_000, 200)]
        spend = np.r_[spend, np.arange(50_000, LOG_BUDGET + 1, 1000)]
        rows += points("returns", channel, spend, lambda x, a=alpha, b=beta: log_return(x, a, b))
    write_curves("three_channel_log", rows)
    total_beta = sum(beta for _, beta in LOG_CURVES.values())
    best = {channel: LOG_BUDGET * beta / total_beta for channel, (_, beta) in LOG_CURVES.items()}
    value = sum(alpha + beta * np.log(best[channel]) for channel, (alpha, beta) in LOG_CURVES.items())
    write_truth(
        "three_channel_log",
        {
            "source": "mlabonne/linear-programming-course, 4_Maximize_Your_Marketing_ROI_with_Nonlinear_Optimization",
            "formula": "returns = sum max(0, alpha + beta ln x); best x = budget * beta / sum beta",
            "curves": {channel: {"alpha": alpha, "beta": beta} for channel, (alpha, beta) in LOG_CURVES.items()},
            "best_plan": best,
            "best_returns": value,
        },
    )


def log_return(spend: np.ndarray, alpha: float, beta: float) -> np.ndarray:
    crossing = np.exp(-alpha / beta)
    return np.maximum(0.0, alpha + beta * np.log(np.maximum(spend, crossing)))


def write_s_curves() -> None:
    spend = np.arange(0, S_END + 1, 500)
    rows = [
        row
        for outcome, channels in S_CURVES.items()
        for channel, curve in channels.items()
        for row in points(outcome, channel, spend, lambda x, c=curve: hill(x, *c))
    ]
    write_curves("s_curves", rows)
    best = {outcome: best_on_grid(outcome) for outcome in S_CURVES}
    curves = {
        outcome: {
            channel: dict(zip(("ceiling", "half_saturation", "slope"), c, strict=True)) for channel, c in by.items()
        }
        for outcome, by in S_CURVES.items()
    }
    write_truth(
        "s_curves",
        {
            "formula": "ceiling x^slope / (x^slope + half_saturation^slope), joined by monotone cubics every 500 USD",
            "method": f"dynamic programming over amounts of {S_STEP} USD",
            "curves": curves,
            "best": best,
        },
    )


def hill(spend: np.ndarray, ceiling: float, half_saturation: float, slope: float) -> np.ndarray:
    return ceiling * spend**slope / (spend**slope + half_saturation**slope)


def best_on_grid(outcome: str) -> dict[str, Any]:
    """Best value of one outcome and the plan that has it, by dynamic programming over channels and money."""
    money = np.arange(0, S_END + 1, S_STEP)
    knots = np.arange(0, S_END + 1, 500)
    n_steps = S_BUDGET // S_STEP + 1
    value, choices = np.zeros(n_steps), []
    for curve in S_CURVES[outcome].values():
        gain = PchipInterpolator(knots, hill(knots, *curve))(money)
        # Value with the channel, for each total (rows) and amount given to it (columns); -inf: more than there is.
        left = np.arange(n_steps)[:, None] - np.arange(len(money))
        with_channel = np.where(left >= 0, value[np.maximum(left, 0)] + gain, -np.inf)
        choices.append(with_channel.argmax(axis=1))
        value = with_channel.max(axis=1)
    plan, left = {}, n_steps - 1
    for channel, choice in reversed(list(zip(S_CURVES[outcome], choices, strict=True))):
        plan[channel] = int(choice[left]) * S_STEP
        left -= int(choice[left])
    return {"value": float(value[-1]), "plan": {channel: plan[channel] for channel in S_CURVES[outcome]}}


def write_two_goals_closed_form() -> None:
    rows = []
    for outcome, channels in TWO_CURVES.items():
        for channel, (a, k) in channels.items():
            spend = k * np.expm1(np.linspace(0.0, np.log1p(TWO_BUDGET / k), 301))
            spend[-1] = TWO_BUDGET
            rows += points(outcome, channel, spend, lambda x, a=a, k=k: a * np.log1p(x / k))
    write_curves("two_goals_closed_form", rows)
    curves = {
        outcome: {channel: {"a": a, "k": k} for channel, (a, k) in channels.items()}
        for outcome, channels in TWO_CURVES.items()
    }
    write_truth(
        "two_goals_closed_form",
        {
            "formula": "money m of a pair: x_i = a_i (m + k1 + k2) / (a1 + a2) - k_i, or all to the first if x2 < 0",
            "curves": curves,
            "front": [front_point(share * TWO_BUDGET) for share in np.linspace(0.0, 1.0, 21)],
        },
    )


def front_point(revenue_money: float) -> dict[str, Any]:
    plan: dict[str, float] = {}
    values = {}
    for (outcome, channels), money in zip(TWO_CURVES.items(), (revenue_money, TWO_BUDGET - revenue_money), strict=True):
        shares = best_pair(money, *channels.values())
        plan |= dict(zip(channels, shares, strict=True))
        values[outcome] = sum(a * np.log1p(x / k) for x, (a, k) in zip(shares, channels.values(), strict=True))
    return {**values, "plan": plan}


def best_pair(money: float, first: tuple[float, float], second: tuple[float, float]) -> tuple[float, float]:
    """Money of each of two logarithmic channels, the first of which has the steeper start."""
    (a1, k1), (a2, k2) = first, second
    x2 = max(0.0, a2 * (money + k1 + k2) / (a1 + a2) - k2)
    return money - x2, x2


def write_diversification() -> None:
    covariance = np.array(RISKY_CORRELATION) * np.outer(RISKY_DEVIATION, RISKY_DEVIATION)
    # Every combination of signs: eight draws with exactly these moments.
    signs = np.array(list(product((-1.0, 1.0), repeat=3)))
    returns = np.array(list(RISKY_MEAN.values())) + signs @ np.linalg.cholesky(covariance).T
    rows = [
        ("revenue", channel, x, float(x * draws[d]), d)
        for channel, draws in zip(RISKY_MEAN, returns.T, strict=True)
        for d in range(len(returns))
        for x in (0.0, 0.5 * RISKY_BUDGET, float(RISKY_BUDGET))
    ]
    write_curves("diversification", rows)
    best, alone = (least_risk(assumed) for assumed in (covariance, np.diag(covariance.diagonal())))
    write_truth(
        "diversification",
        {
            "source": "Markowitz 1952; money in proportion to the row sums of the inverse covariance",
            "expected": RISKY_MEAN,
            "covariance": covariance.tolist(),
            "least_risk": {"plan": by_channel(best), "std": deviation(best, covariance)},
            "variances_summed": {
                "plan": by_channel(alone),
                "std": deviation(alone, covariance),
                "std_claimed": deviation(alone, np.diag(covariance.diagonal())),
                "std_claimed_of_least_risk": deviation(best, np.diag(covariance.diagonal())),
            },
        },
    )


def least_risk(covariance: np.ndarray) -> np.ndarray:
    weights = np.linalg.solve(covariance, np.ones(len(covariance)))
    return RISKY_BUDGET * weights / weights.sum()


def deviation(money: np.ndarray, covariance: np.ndarray) -> float:
    return float(np.sqrt(money @ covariance @ money))


def by_channel(money: np.ndarray) -> dict[str, float]:
    return dict(zip(RISKY_MEAN, money.tolist(), strict=True))


def points(outcome: str, channel: str, spend: np.ndarray, curve: Callable[[np.ndarray], np.ndarray]) -> list[tuple]:
    return [(outcome, channel, x, y) for x, y in zip(spend.tolist(), curve(spend).tolist(), strict=True)]


def write_curves(problem: str, rows: list[tuple]) -> None:
    columns = ["outcome", "channel", "spend", "value", "draw"]
    frame = pd.DataFrame(rows, columns=columns[: len(rows[0])])
    frame.to_csv(PROBLEMS / problem / "curves.csv", index=False, lineterminator="\n")


def write_truth(problem: str, truth: dict[str, Any]) -> None:
    text = json.dumps(truth, indent=1)
    (PROBLEMS / problem / "truth.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
