"""What to test first: the experiment whose result would change the plan most, in what that is worth.

Preposterior analysis (Raiffa and Schlaifer 1961): every result that a test may have is weighed by how likely the draws
make it, and the plan that would then be best is compared with the one that is best without it. What a plan is worth
given a result is smoothed by regression on the lift, so that draws that happen to agree with the result teach nothing
about other channels by chance (Strong, Oakley and Brennan 2014).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import ConfigDict
from scipy.special import ndtr, ndtri

from moo_budget._checks import BoolArray, FloatArray, IntArray, check_known, money_by_channel
from moo_budget.errors import InputError
from moo_budget.explain.again import Again
from moo_budget.explain.binding import bindings
from moo_budget.explain.curves import recentred, spread
from moo_budget.explain.equal import gains_by_draw
from moo_budget.explain.explanation import lead_outcome, scales_of
from moo_budget.explain.level import asked_of_totals
from moo_budget.explain.record import Spread
from moo_budget.explain.slopes import tolerance
from moo_budget.explain.stability import made_anew
from moo_budget.explain.wanted import implied
from moo_budget.front import Front, Plan
from moo_budget.largest import largest
from moo_budget.problem import BudgetProblem
from moo_budget.sweep import known_margin

_CLOSED = ConfigDict(extra="forbid")  # unknown keys are errors

_CHANGES = (0.5, 1.0, -1.0)  # of a channel's spend: raised by half, doubled, stopped
_LENGTHS = (4, 8)  # periods
_GROUPS = 5  # of the draws by what a channel brings: the plan is made anew for each
_RESULTS = 81  # that a test may have, evenly likely
_REACHED = 1001  # between which their quantiles are interpolated
_TURNED = 0.1  # of a channel's money
_DEGREE = 3  # of the regression
_SEEN = float(ndtri(0.975) + ndtri(0.8))  # standard errors: it shows in four of five tests, at five percent


@dataclass(frozen=True)
class Experiment:
    """A test of one channel, and what it is worth before anybody has run it.

    Args:
        channel: whose spend is changed.
        change: as a share of its spend: 0.5 raised by half, 1 doubled, -1 stopped.
        spend_change: currency over the test.
        periods: its length.
        lift: what it would bring over the test, 5th to 95th percentile of the draws.
        lift_se: standard error that such a test could have.
        visible_lift: the smallest lift that four of five such tests would show, at a level of five percent.
        worth: by how much the plan after the test is expected to be better than the one without it, all goals counted
            as the plan does, in the lead outcome over the whole plan.
        money: the same in currency; None where nobody knows what a unit of the outcome earns.
        cost: currency that the test is expected to lose while it runs; None likewise; 0 where it earns.
        turns: probability of a result after which the channel gets at least a tenth more or less.
    """

    __pydantic_config__ = _CLOSED

    channel: str
    change: float
    spend_change: float
    periods: int
    lift: Spread
    lift_se: float
    visible_lift: float
    worth: float
    money: float | None
    cost: float | None
    turns: float

    @property
    def net(self) -> float:
        """What tests are ranked by: worth less cost in currency, where it is known; else worth."""
        return self.worth if self.money is None or self.cost is None else self.money - self.cost


@dataclass(frozen=True)
class FirstTest:
    """Experiments ranked by what they are worth, the best length and change of each channel, the best first.

    Args:
        outcome: that the tests measure.
        unit: what it is counted in.
        experiments: one for each channel that can be tested.
    """

    __pydantic_config__ = _CLOSED

    outcome: str
    unit: str
    experiments: tuple[Experiment, ...]


def what_to_test(
    problem: BudgetProblem,
    plan: Plan | Mapping[str, float],
    *,
    front: Front | None = None,
    noise: Mapping[str, float] | None = None,
    changes: Sequence[float] = _CHANGES,
    lengths: Sequence[int] = _LENGTHS,
) -> FirstTest:
    """The experiments whose results would improve a plan most.

    A test changes one channel's level spend (today's; without a today the plan's) for some periods, and its lift in the
    lead outcome is measured against what would have been, with the market's noise in both. Risk that a result would
    take away counts for nothing, so the worth is rather too low. Of over thirty channels those on which most is spent
    are tried.

    Args:
        problem: the question.
        plan: feasible; of the front, or channel -> currency for the whole plan.
        front: whose ranges count as one of each goal.
        noise: outcome -> standard deviation in one period of what moves it besides the channels, where it is measured
            for the whole business. Outcomes left out are measured channel by channel: only the tested channel's own
            noise blurs its lift.
        changes: of the tested channel's spend, as shares of it; above -1 or -1.
        lengths: periods.

    Raises:
        InputError: an unknown channel or outcome, money that is negative or not finite, a noise below 0, a change of
            nothing or of more than all, or a length below 1.
    """
    _check(problem, noise or {}, changes, lengths)
    spend = money_by_channel(plan.spend if isinstance(plan, Plan) else plan, problem.channels, "plan")
    testing = _Testing.of(asked_of_totals(problem, spend), spend, front, (noise or {}).get(lead_outcome(problem)))
    best = [max(tests, key=lambda test: test.net) for tests in testing.by_channel(changes, lengths)]
    ranked = tuple(sorted(best, key=lambda test: -test.net))
    return FirstTest(testing.outcome, problem.tables.units[testing.index], ranked)


def _check(
    problem: BudgetProblem, noise: Mapping[str, float], changes: Sequence[float], lengths: Sequence[int]
) -> None:
    for outcome, deviation in noise.items():
        check_known("outcome", outcome, problem.tables.outcomes, "noise")
        if not (np.isfinite(deviation) and deviation >= 0.0):
            raise InputError(f"noise: {outcome} is {deviation}; it must be 0 or more", code="first-test.noise")
    for change in changes:
        if not (np.isfinite(change) and change >= -1.0 and change != 0.0):
            raise InputError(
                f"changes: {change} is no change of a channel's spend; it must be above 0, or below it down to -1 "
                "(stopped)",
                code="first-test.change",
            )
    for length in lengths:
        if length < 1:
            raise InputError(f"lengths: {length}; a test lasts at least 1 period", code="first-test.length")


@dataclass(frozen=True, eq=False)
class _Testing:
    """What all tests of a plan have in common; channels in the order of `plan_tables`.

    Args:
        problem: the question.
        outcome: the lead outcome.
        again: the plan's question.
        in_outcome: the weighted sum in units of the lead outcome.
        noise: standard deviation of the outcome in one period besides the channels; None: measured by channel.
        level: (n_channels,), spend of a test without its change, currency per period.
        margin: currency earned per unit of the outcome; None where nobody knows.
    """

    problem: BudgetProblem
    outcome: str
    again: Again
    in_outcome: float
    noise: float | None
    level: FloatArray
    margin: float | None

    @classmethod
    def of(cls, problem: BudgetProblem, spend: FloatArray, front: Front | None, noise: float | None) -> _Testing:
        outcome, plan = lead_outcome(problem), problem.plan_tables.sorted(spend)
        limits, scales = bindings(problem, spend), scales_of(problem, spend, front)
        found = implied(problem, plan, limits, scales, outcome)
        today = problem.money.today
        level = (plan if today is None else problem.plan_tables.sorted(today)) / problem.periods
        again = Again(problem, plan, found)
        return cls(problem, outcome, again, found.in_outcome, noise, level, known_margin(problem, outcome))

    @property
    def index(self) -> int:
        """Row of the outcome in the tables."""
        return self.problem.tables.outcomes.index(self.outcome)

    def by_channel(self, changes: Sequence[float], lengths: Sequence[int]) -> Iterator[list[Experiment]]:
        """The tests of each channel that runs, whose money the limits leave open and that may bring something.

        Of over thirty those on which most is spent: each is a search of its own.
        """
        feasible, tables = self.problem.feasible, self.problem.plan_tables
        for row in largest(self.level):
            c = tables.order[row]
            if feasible.upper[c] - feasible.lower[c] <= tolerance(self.problem) or self.level[row] <= 0.0:
                continue
            pairs = [self._brought(row, change) for change in changes]
            telling = [(now, then, money) for now, then, money in pairs if np.ptp((then - now)[row]) > 0.0]
            if telling:
                yield self._of_channel(row, telling, lengths)

    def _brought(self, row: int, change: float) -> tuple[FloatArray, FloatArray, float]:
        """What all channels bring in a period without and with a change of one, two arrays (n_channels, n_draws); and
        the money of the change, currency per period, as far as its table goes.
        """
        tables, periods = self.problem.plan_tables, self.problem.periods
        changed = self.level.copy()
        changed[row] = min((1.0 + change) * self.level[row], tables.knots[row, -1] / periods)
        now, then = (tables.responses(self.index, level * periods) / periods for level in (self.level, changed))
        return now, then, float(changed[row] - self.level[row])

    def _of_channel(
        self, row: int, pairs: Sequence[tuple[FloatArray, FloatArray, float]], lengths: Sequence[int]
    ) -> list[Experiment]:
        """Every length of every change of one channel."""
        widest = max(((then - now)[row] for now, then, _ in pairs), key=np.ptp)
        plans = self._candidates(widest)
        gains = self._gains(plans)
        turned = np.abs(plans[:, row] - plans[0, row]) >= _TURNED * max(float(plans[0, row]), self.level[row])
        tests = []
        for now, then, money in pairs:
            variance = self._variance(now, row) + self._variance(then, row)
            for n_periods in lengths:
                lift, error = n_periods * (then - now)[row], float(np.sqrt(n_periods * variance))
                tests.append(self._test(row, n_periods, n_periods * money, lift, error, gains, turned))
        return tests

    def _test(
        self,
        row: int,
        n_periods: int,
        money: float,
        lift: FloatArray,
        error: float,
        gains: FloatArray,
        turned: BoolArray,
    ) -> Experiment:
        """One test: money (currency) and lift (n_draws,) of all its periods, gains (n_candidates, n_draws)."""
        weights, margin = self.problem.tables.weights, self.margin
        worth, best = expected_worth(lift, error, gains, weights)
        return Experiment(
            channel=self.problem.channels[self.problem.plan_tables.order[row]],
            change=money / (n_periods * float(self.level[row])),
            spend_change=money,
            periods=n_periods,
            lift=spread(lift, weights),
            lift_se=error,
            visible_lift=_SEEN * error,
            worth=worth,
            money=None if margin is None else margin * worth,
            cost=None if margin is None else max(money - margin * float(lift @ weights), 0.0),
            turns=float(turned[best].mean()),
        )

    def _variance(self, brought: FloatArray, row: int) -> float:
        """Variance of what is measured in one period, while the channels bring so much (n_channels, n_draws)."""
        tables, weights = self.problem.plan_tables, self.problem.tables.weights
        # The tables' noise is that of the whole plan, whose variance is smaller by the number of its periods.
        loadings, specific = tables.loadings[self.index], tables.specific[self.index]
        covariance = (loadings @ loadings.T + np.diag(specific)) * self.problem.periods
        if self.noise is None:
            return float(covariance[row, row] * (brought[row] ** 2 @ weights))
        return float((brought * (covariance @ brought)).sum(axis=0) @ weights) + self.noise**2

    def _candidates(self, lift: FloatArray) -> FloatArray:
        """The plans that a result may lead to, (n_candidates, n_channels), made anew for groups of draws with a like
        lift (n_draws,); the first is the plan itself.
        """
        tables, again = self.problem.plan_tables, self.again
        groups = np.array_split(np.argsort(lift, kind="stable"), min(_GROUPS, len(lift)))
        candidates = [again.base]
        for group in groups:
            likely = tables.weights[group].sum()
            if likely == 0.0:
                continue
            weights = tables.weights[group] / likely
            expected = tables.values[..., group] @ weights, tables.slopes[..., group] @ weights
            candidates.append(made_anew(again, recentred(tables, *expected)))  # no name keeps the moved tables
        return np.array(candidates)

    def _gains(self, plans: FloatArray) -> FloatArray:
        """What plans (n_plans, n_channels) gain on the first one, (n_plans, n_draws), in the lead outcome."""
        plans = self.problem.plan_tables.unsorted(plans)
        return gains_by_draw(self.problem, plans[0], plans, self.again.weights) * self.in_outcome


def expected_worth(lift: FloatArray, error: float, gains: FloatArray, weights: FloatArray) -> tuple[float, IntArray]:
    """What the result of a test is expected to be worth, and the best plan after each result, all as likely.

    Args:
        lift: (n_draws,), what the test would bring under each draw.
        error: standard error of what it measures; 0: it shows the lift itself.
        gains: (n_candidates, n_draws), what each plan gains; the first is the one without the test.
        weights: (n_draws,), probability of each draw.
    """
    error = max(error, 1e-9 * float(np.ptp(lift)))
    smooth = _regressed(lift, gains, weights)
    results = _results(lift, error, weights)
    after = _log_density(results[:, None], lift, error) + np.log(np.maximum(weights, np.finfo(float).tiny))
    after = np.exp(after - after.max(axis=1, keepdims=True))
    after /= after.sum(axis=1, keepdims=True)
    expected = after @ smooth.T
    without = float((smooth @ weights).max())
    return max(float(expected.max(axis=1).mean()) - without, 0.0), expected.argmax(axis=1)


def _log_density(x: FloatArray, mean: FloatArray, std: float) -> FloatArray:
    """Of the normal distribution, as scipy.stats has it, which takes as long to load as half of this program."""
    density: FloatArray = -(((x - mean) / std) ** 2) / 2.0 - np.log(np.sqrt(2.0 * np.pi)) - np.log(std)
    return density


def _results(lift: FloatArray, error: float, weights: FloatArray) -> FloatArray:
    """Results that are as likely as each other, (n_results,): quantiles of the mixture of what the draws expect."""
    reach = np.linspace(lift.min() - 5.0 * error, lift.max() + 5.0 * error, _REACHED)
    below = ndtr((reach[:, None] - lift) / error) @ weights
    middles = (np.arange(_RESULTS) + 0.5) / _RESULTS
    return np.interp(middles, below, reach)


def _regressed(lift: FloatArray, gains: FloatArray, weights: FloatArray) -> FloatArray:
    """Gains as a polynomial in the lift, (n_candidates, n_draws), by weighted least squares."""
    scale = float(np.ptp(lift))
    powers = np.vander((lift - lift.mean()) / scale, min(_DEGREE, len(np.unique(lift)) - 1) + 1)
    root = np.sqrt(weights)[:, None]
    coefficients, *_ = np.linalg.lstsq(powers * root, gains.T * root, rcond=None)
    smooth: FloatArray = (powers @ coefficients).T
    return smooth
