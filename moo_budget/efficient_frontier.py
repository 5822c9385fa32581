"""efficient_frontier: what an outcome's risk must be for what is expected of it, as Markowitz 1952 draws it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from moo_budget._checks import FloatArray, check_finite, check_known, check_shape, frozen
from moo_budget.errors import InputError
from moo_budget.front import Front, MeasuredPlan, measured
from moo_budget.mean_risk import RISK_MEASURES, MeanRisk, RiskMeasure, mean_risk_problem
from moo_budget.problem import BudgetProblem
from moo_budget.solve import solve
from moo_budget.weighting import Weighting

_EVALUATIONS = 50_000  # at most, of the search for plans to begin with; with 20,000 it misses valleys of S-curves
_EVALUATIONS_BESIDE = 5_000  # where a front already sought this outcome and this risk: more find nothing more
_STARTS = 2  # of the plans known, for one point, where curves have dents; elsewhere the best start is enough
_SAME = 1e-9  # of the frontier's extent: points that lie nearer are one
_NEAR = 0.1  # of a gap's width: what lies nearer to its end lies beside a jump
_TRIES = 3  # for a point: some gaps of S-curves hold nothing
_LEAST_GAP = 1e-3  # of the frontier's extent: narrower ones are left
_RATIO_STEPS = 40  # of the search for the best ratio, at most
_LEAST_POINTS = 3  # both ends and the best ratio
_LEVEL = 0.9  # of a tail mean: the worst tenth
_MOVED = 0.1  # of the money: where less of it changes places between two points, there is no jump
_HALVINGS = 10  # of the way between two points, to tell a jump from a steep stretch


@dataclass(frozen=True, eq=False)
class EfficientFrontier:
    """Plans of which none is expected to bring more at as little risk, the least risky first.

    Its plans are points of a curve, not orders: money is not rounded to the problem's `money_step`.

    Args:
        problem: the question with two goals, `expected` (the outcome's total) and `risk`.
        spend: (n_points, n_channels), currency for the whole plan.
        mean: (n_points,), expected outcome of the whole plan, rising.
        risk: (n_points,), in the outcome's unit: its standard deviation, or the mean of its worst cases.
        riskless: outcome that could be had for certain instead; gains are counted from it.
        jumps: rows after which the next plan is another one, with nothing found on the way.
    """

    problem: BudgetProblem
    spend: FloatArray
    mean: FloatArray
    risk: FloatArray
    riskless: float
    jumps: tuple[int, ...]

    def __post_init__(self) -> None:
        for name in ("spend", "mean", "risk"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        check_shape("spend", self.spend, (None, len(self.problem.channels)), "(n_points, n_channels)")
        for name in ("mean", "risk"):
            check_shape(name, getattr(self, name), (len(self.spend),), "(n_points,)")

    def __len__(self) -> int:
        return len(self.spend)

    def __repr__(self) -> str:
        return f"EfficientFrontier({len(self)} points: {self.outcome} against its {self.measure})"

    @property
    def outcome(self) -> str:
        """What is expected and at risk."""
        return str(self.problem.goals[0].outcome)

    @property
    def measure(self) -> RiskMeasure:
        """The risk: ``std`` or ``tail_mean``."""
        return "std" if self.problem.goals[1].measure == "std" else "tail_mean"

    @property
    def level(self) -> float | None:
        """Of the tail mean: it is over the worst 1 - level of cases. None for ``std``."""
        return self.problem.goals[1].level if self.measure == "tail_mean" else None

    @property
    def ratio(self) -> FloatArray:
        """(n_points,), expected gain over `riskless` per unit of risk; inf where nothing is at risk.

        Of ``tail_mean`` the risk is what the worst cases fall short of the mean by.
        """
        return _ratio(self.mean, self.at_risk, self.riskless)

    @property
    def at_risk(self) -> FloatArray:
        """(n_points,), the deviation, or what the worst cases fall short of the mean by."""
        return self.risk if self.measure == "std" else self.mean - self.risk

    @property
    def stretches(self) -> tuple[slice, ...]:
        """Rows without a jump between them, in order."""
        ends = [0, *(row + 1 for row in self.jumps), len(self)]
        return tuple(slice(begin, end) for begin, end in pairwise(ends))

    @property
    def minimum_risk(self) -> MeasuredPlan:
        """The least risky of all plans."""
        return measured(self.problem, self.spend[0], "minimum risk")

    @property
    def best_ratio_row(self) -> int | None:
        """Row of the plan with most expected gain per risk; None where no plan gains."""
        return int(self.ratio.argmax()) if self.mean[-1] > self.riskless else None

    @property
    def best_ratio(self) -> MeasuredPlan | None:
        """The plan with most expected gain per risk; None where no plan gains."""
        row = self.best_ratio_row
        return None if row is None else measured(self.problem, self.spend[row], "best ratio")

    @property
    def front(self) -> Front:
        """The same plans as a front, for `certify`."""
        spend = self.spend[::-1]
        return Front(self.problem, spend, self.problem.values(spend), "efficient_frontier", 0, 0, "done", ())

    def to_frame(self) -> pd.DataFrame:
        """A row a point: what it is, mean, risk, ratio and ``spend_<channel>``."""
        names = [""] * len(self)
        names[0] = "minimum risk"
        if self.best_ratio_row is not None:
            names[self.best_ratio_row] = "+".join(filter(None, [names[self.best_ratio_row], "best ratio"]))
        columns = {"point": names, "mean": self.mean, "risk": self.risk, "ratio": self.ratio}
        money = {f"spend_{name}": self.spend[:, c] for c, name in enumerate(self.problem.channels)}
        return pd.DataFrame(columns | money)


def efficient_frontier(
    problem: BudgetProblem,
    outcome: str,
    n_points: int = 50,
    *,
    risk: RiskMeasure = "std",
    level: float | None = None,
    riskless: float = 0.0,
    at: Sequence[float] = (),
    front: Front | None = None,
    seed: int = 1,
) -> EfficientFrontier:
    """The least risk at which an outcome can be expected, within the limits of a problem, from the least to the most.

    Every point is solved for, by sequential quadratic programming with exact slopes, from plans of `solve`. Where
    curves are straight this is Markowitz's frontier, which is convex; the tail mean's without market noise is that of
    the linear programme over the draws. Where curves are S-shaped, or channels on/off, it may have gaps, and a better
    plan may exist: ``certify(frontier.problem, frontier.front)`` says by how much at most. With more than 50 channels
    the points are plans of `solve` and means of these.

    Args:
        problem: limits, budget and curves; its goals do not count.
        outcome: name of the outcome.
        n_points: how many plans, at most, beside `at`; more lie where the frontier is long. Its two ends and the best
            ratio are among them.
        risk: ``std``, or ``tail_mean``, which is then to be high.
        level: of the tail mean, in [0, 1); None: 0.9.
        riskless: outcome that could be had for certain instead; the best ratio is of what is expected beyond it.
        at: further expected outcomes of interest, each of which becomes a point where it lies on the frontier.
        front: of the same problem, whose plans are tried as well.
        seed: of the search for plans to begin with.

    Raises:
        InputError: the outcome or the risk is not known, a number is out of range, or the front has other channels.
    """
    check_known("outcome", outcome, problem.tables.outcomes)
    check_known("risk", risk, RISK_MEASURES)
    _check_numbers(n_points, risk, level, riskless)
    if front is not None and front.problem.channels != problem.channels:
        raise InputError("the front has other channels than the problem", code="frontier.other-front")
    if risk == "tail_mean" and level is None:
        level = _LEVEL
    two = mean_risk_problem(problem, outcome, risk, level)
    path = _Path(_Finder(two, _known_plans(two, front, seed)))
    path.fill(n_points - 1)
    for mean in _means_wanted(at, path.points[-1].mean):
        path.include(mean)
    path.include_best_ratio(riskless)
    path.fill(n_points + len(at))
    return EfficientFrontier(
        problem=two,
        spend=two.plan_tables.unsorted(np.array([point.plan for point in path.points])),
        mean=np.array([point.mean for point in path.points]),
        risk=two.sign[1] * np.array([point.risk for point in path.points]),
        riskless=riskless,
        jumps=tuple(path.jumps()),
    )


def _known_plans(problem: BudgetProblem, front: Front | None, seed: int) -> FloatArray:
    """Plans of a search and of a front that keep the limits, in the order of `plan_tables`; (n_known, n_channels)."""
    given = np.empty((0, len(problem.channels))) if front is None else front.spend
    n_evaluations = _EVALUATIONS_BESIDE if front is not None and _seeks_both(front, problem) else _EVALUATIONS
    found = solve(problem, initial_plans=given, n_evaluations=n_evaluations, seed=seed).spend
    return problem.project_sorted(problem.plan_tables.sorted(np.vstack([found, given])))


def _seeks_both(front: Front, problem: BudgetProblem) -> bool:
    """Whether a front wants more of the outcome, and this risk of it low."""
    risk = problem.sought_goals[1]
    goals = [goal for goal in front.problem.sought_goals if goal.outcome == risk.outcome]
    return any(goal.measure == risk.measure for goal in goals) and not all(goal.is_risk for goal in goals)


def _check_numbers(n_points: int, risk: RiskMeasure, level: float | None, riskless: float) -> None:
    if not isinstance(n_points, int | np.integer) or n_points < _LEAST_POINTS:
        raise InputError(
            f"n_points is {n_points}; it must be a whole number of {_LEAST_POINTS} or more: a frontier has two ends "
            "and a plan with the best ratio",
            code="frontier.points",
        )
    if level is not None and risk != "tail_mean":
        raise InputError(
            f"level is {level}, and the risk is `{risk}`: only tail_mean has a level. Take it out.",
            code="frontier.level",
        )
    if level is not None and not 0.0 <= level < 1.0:
        raise InputError(
            f"level is {level}; it must be in [0, 1): the tail mean is over the worst 1 - level of cases",
            code="frontier.level",
        )
    if not np.isfinite(riskless):
        raise InputError(f"riskless is {riskless}; it must be a finite outcome", code="frontier.riskless")


def _means_wanted(at: Sequence[float], most: float) -> Iterator[float]:
    means = np.asarray(at, dtype=float)
    check_shape("at", means, (None,), "(n_means,)")
    check_finite("at", means)
    for mean in means.tolist():
        if mean > most * (1.0 + np.sign(most) * 1e-9):
            raise InputError(
                f"at: {mean:,.6g} cannot be expected; within the limits it is {most:,.6g} at most",
                code="frontier.beyond",
            )
        yield mean


def _ratio(mean: FloatArray, at_risk: FloatArray, riskless: float) -> FloatArray:
    gain = mean - riskless
    certain = np.where(gain > 0.0, np.inf, np.where(gain < 0.0, -np.inf, 0.0))
    ratio: FloatArray = np.divide(gain, at_risk, out=certain, where=at_risk > 0.0)
    return ratio


@dataclass(frozen=True, eq=False)
class _Point:
    """A plan (n_channels,) in the order of `plan_tables`, what it is expected to bring and its risk, minimised."""

    plan: FloatArray
    mean: float
    risk: float


@dataclass(frozen=True, eq=False)
class _Gap:
    """Two neighbours, the means between which points may lie, and how much room that is."""

    left: _Point
    right: _Point
    begin: float
    end: float
    width: float


class _Finder:
    """Solves for single points: the least risk from plans near by and from plans known.

    Args:
        problem: of two goals.
        known: (n_known, n_channels), plans that keep the limits, in the order of `plan_tables`.
    """

    def __init__(self, problem: BudgetProblem, known: FloatArray) -> None:
        self._solver = MeanRisk(problem)
        self._has_dents = bool(Weighting(problem).dents)
        self._known = known
        self._known_goals = self._solver.goals(known)

    def highest(self) -> _Point:
        """The least risky plan among those that are expected to bring most."""
        most = self._solver.most(self._known[np.argmax(self._known_goals[0])])
        return self.least_risk(float(self._solver.goals(most[None])[0][0]), most)

    def least_risk(self, mean: float | None, *near: FloatArray) -> _Point:
        """The least risky plan that brings `mean`, from plans near it, one of which does; None: whatever it brings."""
        plans = np.array([self._solver.least_risk(start, mean) for start in self._starts(mean, np.array(near))])
        means, risks = self._solver.goals(plans)
        best = int(np.argmin(np.where(self._solver.is_enough(means, mean), risks, np.inf)))
        return _Point(plans[best], float(means[best]), float(risks[best]))

    def ratio(self, point: _Point, riskless: float) -> float:
        """Expected gain over `riskless` per unit of risk."""
        at_risk = point.risk if self._solver.is_std else point.mean + point.risk
        return float(_ratio(np.array([point.mean]), np.array([at_risk]), riskless)[0])

    def _starts(self, mean: float | None, near: FloatArray) -> FloatArray:
        """The least risky plans that bring enough, of those near by and those known; (n_starts, n_channels)."""
        beside = self._solver.feasible(near)
        plans = np.vstack([beside, self._known])
        brought, risk = np.hstack([self._solver.goals(beside), self._known_goals])
        order = np.argsort(np.where(self._solver.is_enough(brought, mean), risk, np.inf), kind="stable")
        if not self._has_dents:
            return plans[order[:1]]
        # Also from plans near by that bring too little: the valley they lie in may go on.
        return plans[np.union1d(order[:_STARTS], np.arange(len(near)))]


class _Path:
    """The frontier in the making: points by rising mean, none of which another beats."""

    def __init__(self, finder: _Finder) -> None:
        self._finder = finder
        self._room: dict[tuple[_Point, _Point], tuple[float, float]] = {}  # what is left of gaps that were looked into
        self.points = [finder.highest()]
        self._add(finder.least_risk(None, self.points[0].plan))

    def fill(self, n_points: int) -> None:
        """Points in the widest gaps, until there are so many, or no gap has anything in it."""
        for _ in range(_TRIES * n_points):
            gap = max(self._gaps(), key=lambda gap: gap.width, default=None)
            if gap is None or gap.width < _LEAST_GAP or len(self.points) >= n_points:
                break
            mean = 0.5 * (gap.begin + gap.end)
            point, near = self.at(mean), _NEAR * gap.width
            # Beside an end of the gap the frontier jumps, and what is left of the gap lies on the other side.
            if self._distance(point, gap.right) <= near:
                self._room[gap.left, gap.right] = gap.begin, mean
            elif self._distance(point, gap.left) <= near:
                self._room[gap.left, gap.right] = mean, gap.end
            else:
                self._add(point)

    def _gaps(self) -> Iterator[_Gap]:
        extent = self.points[-1].mean - self.points[0].mean
        for left, right in pairwise(self.points):
            if (left, right) in self._room:
                begin, end = self._room[left, right]
                yield _Gap(left, right, begin, end, (end - begin) / extent)
            else:
                yield _Gap(left, right, left.mean, right.mean, self._distance(left, right))

    def at(self, mean: float) -> _Point:
        """The least risky plan that is expected to bring `mean`, which is at most what the last point brings."""
        above = next((i for i, point in enumerate(self.points) if point.mean >= mean), len(self.points) - 1)
        right = self.points[above]
        if above == 0:
            return right
        return self._between(self.points[above - 1], right, mean)

    def _between(self, left: _Point, right: _Point, mean: float) -> _Point:
        share = (mean - left.mean) / (right.mean - left.mean)
        return self._finder.least_risk(mean, left.plan + share * (right.plan - left.plan), right.plan, left.plan)

    def include(self, mean: float) -> None:
        """Make the point at this mean one of the frontier's."""
        self._add(self.at(mean))

    def include_best_ratio(self, riskless: float) -> None:
        """Make the plan with most expected gain per risk one of the points."""
        best = max(self.points, key=lambda point: self._finder.ratio(point, riskless))
        row = self.points.index(best)
        ends = self.points[max(row - 1, 0)].mean, self.points[min(row + 1, len(self.points) - 1)].mean
        if ends[0] == ends[1] or not np.isfinite(self._finder.ratio(best, riskless)):
            return
        found = minimize_scalar(
            lambda mean: -self._finder.ratio(self.at(mean), riskless),
            bounds=ends,
            method="bounded",
            options={"maxiter": _RATIO_STEPS, "xatol": _SAME * (ends[1] - ends[0])},
        )
        self.include(float(found.x))

    def jumps(self) -> Iterator[int]:
        """Rows of points after which the next plan is another one."""
        for row, (left, right) in enumerate(pairwise(self.points)):
            if self._is_jump(left, right):
                yield row

    def _is_jump(self, left: _Point, right: _Point) -> bool:
        """Whether much money changes places however short the way is made; of two halves the larger change is kept."""
        for _ in range(_HALVINGS):
            if _moved(left, right) <= _MOVED:
                return False
            middle = self._between(left, right, 0.5 * (left.mean + right.mean))
            if not left.mean < middle.mean < right.mean:
                return True
            halves = (left, middle), (middle, right)
            left, right = max(halves, key=lambda half: _moved(*half))
        return _moved(left, right) > _MOVED

    def _add(self, point: _Point) -> None:
        """Put a point among the others and take out those that it beats, unless one of them is as good."""
        for other in self.points:
            if self._distance(point, other) <= _SAME or (other.mean >= point.mean and other.risk <= point.risk):
                return
        unbeaten = [other for other in self.points if other.mean > point.mean or other.risk < point.risk]
        self.points = sorted([*unbeaten, point], key=lambda one: one.mean)

    def _distance(self, one: _Point, other: _Point) -> float:
        """As shares of the frontier's extent."""
        first, last = self.points[0], self.points[-1]
        mean, risk = last.mean - first.mean, last.risk - first.risk
        return float(np.hypot((one.mean - other.mean) / (mean or 1.0), (one.risk - other.risk) / (risk or 1.0)))


def _moved(one: _Point, other: _Point) -> float:
    """Money that changes places from one plan to the other, as a share of the larger one's."""
    largest = max(one.plan.sum(), other.plan.sum())
    return float(np.abs(one.plan - other.plan).sum() / (2.0 * largest)) if largest > 0.0 else 0.0
