"""The benchmark's problems: budgets of 8 to 200 channels whose curves and noise are known in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

import moo_budget as mb
from moo_budget._checks import FloatArray
from moo_budget.risk import Factors

PERIODS = 13
OUTCOMES = ("revenue", "awareness", "engagement")
_UNITS = {"revenue": "USD", "awareness": "impressions", "engagement": "clicks"}
_SEED = 20_240  # of every problem's channels, so that a name always means the same numbers


@dataclass(frozen=True, eq=False)
class Hill:
    """Responses height x^slope / (x^slope + half_saturation^slope) per period, concave where the slope is 1.

    Args:
        height: (n_channels, n_draws), outcome per period.
        half_saturation: (n_channels, n_draws), currency per period.
        slope: (n_channels, 1).
    """

    height: FloatArray
    half_saturation: FloatArray
    slope: FloatArray

    def response(self, spend: FloatArray) -> FloatArray:
        """Money per period (n_plans, n_channels) -> outcome per period (n_plans, n_channels, n_draws)."""
        odds = self._odds(spend)
        return self.height * odds / (1.0 + odds)

    def derivatives(self, spend: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Response, marginal response and its derivative, three arrays (n_plans, n_channels, n_draws)."""
        odds, x, s = self._odds(spend), np.maximum(spend, 1e-9)[..., None], self.slope
        value = self.height * odds / (1.0 + odds)
        marginal = value * s / (x * (1.0 + odds))
        return value, marginal, marginal * (s * (1.0 - odds) / (1.0 + odds) - 1.0) / x

    def one(self, c: int) -> Hill:
        """The curves of channel c alone."""
        return Hill(self.height[c : c + 1], self.half_saturation[c : c + 1], self.slope[c : c + 1])

    def _odds(self, spend: FloatArray) -> FloatArray:
        ratio = np.maximum(spend, 1e-9)[..., None] / self.half_saturation
        odds: FloatArray = ratio if (self.slope == 1.0).all() else ratio**self.slope
        return odds


@dataclass(frozen=True)
class Setting:
    """What makes one problem: four goals (three totals and a risk of revenue) under 40 % of what the caps allow.

    Args:
        n_channels: how many channels, all unequal.
        shape: concave (Hill slopes of 1) or s_shaped (slopes from 1 to 2.5).
        n_draws: draws of revenue curves whose heights and half-saturations are uncertain, correlated over channels.
        risk: measure of the fourth goal.
        on_off: every other channel gets nothing, or at least three tenths of its cap.
        factors: market noise as three factors and a specific part; otherwise the same covariance, dense.
    """

    n_channels: int
    shape: Literal["concave", "s_shaped"] = "concave"
    n_draws: int = 1
    risk: Literal["std", "tail_mean"] = "std"
    on_off: bool = False
    factors: bool = False

    @property
    def name(self) -> str:
        """As it stands in the tables."""
        parts = [f"{self.n_channels} channels", self.shape.replace("s_shaped", "S-shaped")]
        parts += [f"{self.n_draws} draws"] * (self.n_draws > 1) + [self.risk.replace("_", " ")] * (self.risk != "std")
        return ", ".join(parts + ["on/off rules"] * self.on_off)


@dataclass(frozen=True, eq=False)
class Question:
    """A problem with the closed form behind its tables.

    Args:
        setting: what it was made from.
        problem: what every engine is given; its tables are within 1e-4 of the closed form.
        curves: outcome -> curves per period.
        covariance: (n_channels, n_channels), relative market noise of revenue in one period.
    """

    setting: Setting
    problem: mb.BudgetProblem
    curves: dict[str, Hill]
    covariance: FloatArray

    @property
    def name(self) -> str:
        """As it stands in the tables."""
        return self.setting.name

    def minimised(self, money: FloatArray) -> FloatArray:
        """Goals as every engine sees them, pymoo's own way: (n_plans, n_channels) -> (n_plans, n_goals), minimised."""
        return np.asarray(self.problem.evaluate(np.asarray(money, dtype=float), return_values_of=["F"]))

    def from_unit(self, genes: FloatArray) -> FloatArray:
        """Genes in [0, 1] as money between each channel's bounds; (n_plans, n_channels) in and out."""
        feasible = self.problem.feasible
        return feasible.lower + np.asarray(genes) * (feasible.upper - feasible.lower)


SETTINGS = (
    Setting(8),
    Setting(8, "s_shaped"),
    Setting(20),
    Setting(20, "s_shaped"),
    Setting(60),
    Setting(60, "s_shaped"),
    Setting(200, factors=True),
    Setting(200, "s_shaped", factors=True),
    Setting(20, n_draws=300),
    Setting(20, n_draws=300, risk="tail_mean"),
    Setting(20, "s_shaped", on_off=True),
)


def question(setting: Setting) -> Question:
    """The problem of a setting, always the same."""
    rng = np.random.default_rng([_SEED, setting.n_channels])
    n = setting.n_channels
    ends = rng.lognormal(4.0, 0.6, n)
    curves = {outcome: _hill(rng, setting, ends, draws=outcome == "revenue") for outcome in OUTCOMES}
    noise = _noise(rng, n)
    names = [f"channel_{c + 1}" for c in range(n)]
    tables = mb.from_functions(
        {outcome: {name: _function(hill.one(c)) for c, name in enumerate(names)} for outcome, hill in curves.items()},
        dict(zip(names, ends.tolist(), strict=True)),
        noise if setting.factors else noise.dense(),
        units=_UNITS,
    )
    rule = {name: {"min_if_used": 0.3 * end * PERIODS} for name, end in zip(names[::2], ends[::2], strict=True)}
    problem = mb.BudgetProblem(
        tables,
        goals=four_goals(setting.risk),
        budget=round(0.4 * float(ends.sum()) * PERIODS, 2),
        periods=PERIODS,
        limits={"channel": rule} if setting.on_off else None,
        currency="USD",
    )
    return Question(setting, problem, curves, noise.dense())


def four_goals(risk: str = "std") -> dict[str, dict[str, object]]:
    """Totals of the three outcomes and one risk of revenue, as in a problem file."""
    return {outcome: {"outcome": outcome, "measure": "total"} for outcome in OUTCOMES} | {
        "risk": {"outcome": "revenue", "measure": risk}
    }


def _hill(rng: np.random.Generator, setting: Setting, ends: FloatArray, *, draws: bool) -> Hill:
    """Unequal curves; with draws, heights and half-saturations rise together and with those of other channels."""
    n, n_draws = len(ends), setting.n_draws if draws else 1
    height = (ends * rng.lognormal(1.0, 0.7, n))[:, None]
    half = (ends * rng.uniform(0.15, 0.7, n))[:, None]
    slope = rng.uniform(1.0, 2.5, (n, 1)) if setting.shape == "s_shaped" else np.ones((n, 1))
    if n_draws == 1:
        return Hill(height, half, slope)
    common, own, other = rng.normal(size=n_draws), rng.normal(size=(n, n_draws)), rng.normal(size=(n, n_draws))
    luck = 0.5 * common + np.sqrt(0.75) * own
    return Hill(height * np.exp(0.25 * luck), half * np.exp(0.2 * (0.5 * luck + np.sqrt(0.75) * other)), slope)


def _noise(rng: np.random.Generator, n_channels: int) -> Factors:
    """Relative noise of 10 to 40 % a period, of which three common factors make about a third."""
    size = rng.uniform(0.1, 0.4, (n_channels, 1))
    loadings = size * rng.normal(0.0, np.sqrt(0.1), (n_channels, 3))
    return Factors(loadings, 0.7 * size[:, 0] ** 2)


def _function(hill: Hill) -> mb.tables.Vectorised:
    def response(spend: FloatArray) -> FloatArray:
        values = hill.response(spend[:, None])[:, 0] * (spend > 0.0)[:, None]
        return values[:, 0] if values.shape[1] == 1 else values

    return response
