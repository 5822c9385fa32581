"""Ways to place a budget, all from the same simulated history: ours, and what people and other tools do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.optimize import linprog, minimize

import moo_budget as mb
from moo_budget._checks import FloatArray
from moo_budget.choose import picks
from moo_budget.history import OutcomeSeries

LEAD = "revenue"
PERIODS = 13
N_PLANS = 100
GREEDY_STEPS = 500
N_SINGLE_DRAWS = 5
YEAR = 52.18
BEST_REVENUE = {LEAD: {"outcome": LEAD, "measure": "total"}}


@dataclass(frozen=True, eq=False)
class Known:
    """What every method may look at: a history and what was learned from it; never the truth.

    Args:
        history: of one world.
        tables: money per period.
        seed: of all searches.
    """

    history: mb.History
    tables: mb.ResponseTables
    seed: int

    def problem(self, tables: mb.ResponseTables, goals: Mapping[str, Mapping[str, object]] | None) -> mb.BudgetProblem:
        """Next quarter's money, today's total, every channel up to twice its highest week."""
        today = self.history.spend[-PERIODS:].sum(axis=0)
        return mb.BudgetProblem(
            tables,
            goals=goals,
            periods=PERIODS,
            today=dict(zip(self.history.channels, today.tolist(), strict=True)),
            currency="USD",
        )

    @cached_property
    def question(self) -> mb.BudgetProblem:
        """The most expected revenue."""
        return self.problem(self.tables, BEST_REVENUE)

    @cached_property
    def front(self) -> mb.Front:
        """Our front over the default goals: revenue, awareness, return and risk."""
        return mb.solve(self.problem(self.tables, None), n_plans=N_PLANS, seed=self.seed)

    @cached_property
    def today(self) -> FloatArray:
        """The reference plan, (n_channels,)."""
        reference = self.question.money.reference
        assert reference is not None  # today's money was given
        return np.asarray(reference)

    @property
    def total(self) -> float:
        """Currency for the whole plan."""
        return self.question.feasible.budget_max

    def feasible(self, plan: FloatArray) -> FloatArray:
        """The nearest plan within the limits; (n_channels,) in and out."""
        return self.question.project_and_measure(plan[None])[0][0]

    @cached_property
    def lead(self) -> OutcomeSeries:
        """Revenue as it was observed."""
        return self.history.outcome(LEAD)


def best_revenue(problem: mb.BudgetProblem, seed: int) -> FloatArray:
    """The plan with the most expected revenue, (n_channels,)."""
    front = mb.solve(problem, n_plans=10, seed=seed)
    return np.asarray(front.spend[int(np.argmax(front.values.value[:, 0]))])


def _ours(known: Known) -> list[FloatArray]:
    return [best_revenue(known.question, known.seed)]


def _balanced(known: Known) -> list[FloatArray]:
    return [known.front.spend[known.front.ids.index(picks(known.front).ids["balanced"])]]


def _today(known: Known) -> list[FloatArray]:
    return [known.today]


def _equal(known: Known) -> list[FloatArray]:
    n_channels = len(known.today)
    return [known.feasible(np.full(n_channels, known.total / n_channels))]


def returns(known: Known) -> FloatArray:
    """Revenue per unit of money of each channel by least squares, (n_channels,), at least 0.

    Measured channel by channel a line through zero; in total all channels together beside level, trend and two
    harmonics of the year.
    """
    spend, values = known.history.spend, known.lead.values
    if known.lead.per_channel:
        squares = (spend**2).sum(axis=0)
        return np.asarray((spend * values).sum(axis=0) / np.where(squares > 0.0, squares, 1.0))
    years = np.arange(len(spend)) / YEAR
    waves = [wave(2.0 * np.pi * k * years) for k in (1, 2) for wave in (np.sin, np.cos)]
    columns = np.column_stack([spend, np.ones_like(years), years, *waves])
    slopes = np.linalg.lstsq(columns, values, rcond=None)[0][: spend.shape[1]]
    return np.asarray(np.maximum(slopes, 0.0))


def _historical_roi(known: Known) -> list[FloatArray]:
    """Shares of the budget in proportion to return: of the totals where these are known, else of the regression."""
    spent = known.history.spend.sum(axis=0)
    brought = known.lead.values.sum(axis=0) if known.lead.per_channel else returns(known) * spent
    roi = np.where(spent > 0.0, brought / np.where(spent > 0.0, spent, 1.0), 0.0)
    return [known.feasible(known.total * roi / roi.sum())] if roi.any() else [known.today]


def _linear_programme(known: Known) -> list[FloatArray]:
    feasible = known.question.feasible
    bounds = np.column_stack([feasible.lower, feasible.upper])
    done = linprog(-returns(known), A_eq=np.ones((1, len(bounds))), b_eq=[known.total], bounds=bounds, method="highs")
    return [known.feasible(np.asarray(done.x))]


def _slsqp(known: Known) -> list[FloatArray]:
    """What Robyn and PyMC-Marketing do: one local search on the mean curves from an equal start."""
    feasible, (start,) = known.question.feasible, _equal(known)
    size = known.question.totals(LEAD, start[None])[0] or 1.0
    done = minimize(
        lambda shares: -known.question.totals(LEAD, known.total * np.maximum(shares, 0.0)[None])[0] / size,
        start / known.total,
        method="SLSQP",
        bounds=np.column_stack([feasible.lower, feasible.upper]) / known.total,
        constraints={"type": "eq", "fun": lambda shares: shares.sum() - 1.0},
        options={"maxiter": 1_000},
    )
    return [known.feasible(known.total * done.x)]


def _greedy(known: Known) -> list[FloatArray]:
    """Meridian's rule, restated: from the least money on to whatever amount of whichever channel returns the most.

    A step may be of any size on a grid, so it gets over the flat start of an S; what was given is never taken back.
    """
    feasible = known.question.feasible
    grid = np.linspace(feasible.lower, feasible.upper, GREEDY_STEPS + 1)
    brought = known.tables.expected(LEAD, grid / PERIODS)
    row, columns = np.zeros(len(known.today), dtype=np.int64), np.arange(len(known.today))
    while True:
        now, left = grid[row, columns], known.total - grid[row, columns].sum()
        cost, more = grid - now, brought - brought[row, columns]
        allowed = (cost > 0.0) & (cost <= left)
        if not allowed.any():
            return [known.feasible(now)]
        gain = np.where(allowed, more / np.where(allowed, cost, 1.0), -np.inf)
        step, c = np.unravel_index(np.argmax(gain), gain.shape)
        row[c] = step


def _single_draws(known: Known) -> list[FloatArray]:
    """Thompson's rule: the best plan of one posterior draw; several draws, whose plans are judged one by one."""
    rng = np.random.default_rng(known.seed)
    chosen = rng.choice(len(known.tables.weights), size=N_SINGLE_DRAWS, replace=False)
    return [best_revenue(known.problem(_single(known.tables, d), BEST_REVENUE), known.seed) for d in chosen.tolist()]


def _single(tables: mb.ResponseTables, d: int) -> mb.ResponseTables:
    """The tables of draw `d` alone."""
    one = slice(d, d + 1)
    return replace(
        tables,
        values=tables.values[..., one],
        slopes=tables.slopes[..., one],
        weights=np.ones(1),
        carry_over=tables.carry_over[:, :, one],
        carry_in=tables.carry_in[:, :, one],
    )


OURS = "ours, most revenue"
DECIDERS: dict[str, Callable[[Known], list[FloatArray]]] = {
    OURS: _ours,
    "ours, balanced of the front": _balanced,
    "today's plan": _today,
    "equal split": _equal,
    "in proportion to historical ROI": _historical_roi,
    "linear regression + LP": _linear_programme,
    "SLSQP on our mean curves, equal start": _slsqp,
    "greedy climb on our mean curves": _greedy,
    "plans of single draws": _single_draws,
}
