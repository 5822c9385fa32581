"""Why a channel does not get more: a tenth more is forced upon it and everything else is placed anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, IntArray
from moo_budget.explain.again import Again, Found
from moo_budget.explain.binding import Binding
from moo_budget.explain.curves import spread
from moo_budget.explain.needs import needs_of, needs_where_it_jumps, reacts_to_more
from moo_budget.explain.record import Cause, ChannelMargin, Needs, Spread, WhyNot
from moo_budget.explain.slopes import tolerance
from moo_budget.explain.wanted import Implied
from moo_budget.largest import largest
from moo_budget.measures import Batch
from moo_budget.views import ViewsRecord

_MORE = 0.1  # of a channel's money
_FIRST = 0.01  # of the budget: of a channel that gets nothing
_BESIDE = 0.005  # of the money that is forced: how far beside it slopes are measured
_FLATTER = 0.8  # of what a channel returns on the whole: a marginal return below is that of a saturated channel
_BY_RISK = 0.1  # of a channel's marginal value: to lose more of it than this to risk is to be held by risk
_MORE_THAN_OTHERS = 1.25  # of the part that the plan's channels lose to risk on average
_BY_RULE = 0.1  # the same of a rule that all channels have a part in
_BY_VIEWS = 0.9  # of the marginal return before the views
_NEAREST = 5  # channels to getting more, whose needs are looked into where risk counts
_JUMPING = 1  # the same where the best plan may jump, which takes many times as long


def why_not(
    again: Again,
    found: Implied,
    limits: Sequence[Binding],
    margins: Mapping[str, ChannelMargin],
    outcome: str,
    views: ViewsRecord | None,
) -> dict[str, WhyNot]:
    """A record for each channel, in the problem's order; of many, the thirty with most money are solved for.

    Args:
        again: the plan's question.
        found: its weights.
        limits: at which it stands.
        margins: its marginal table.
        outcome: the lead outcome.
        views: what the team's views changed; None without any.
    """
    forced = _Forced.of(again, outcome)
    causes = _Causes(again, found, limits, margins, views)
    order = again.problem.plan_tables.order
    place = {int(order[row]): at for at, row in enumerate(forced.channels)}
    held = {int(c): causes.of(int(c), row) for row, c in enumerate(order)}
    asked = [c for c in sorted(place) if held[c][0] not in ("limit", "no_data")]
    needs = _needs(again, forced, asked, place)
    answers = {}
    for c, name in enumerate(again.problem.channels):
        cause, limit = held[c]
        at = place.get(c)
        answers[name] = WhyNot(
            more=0.0 if at is None else float(forced.more[at]),
            payers={} if at is None else forced.payers(at),
            change=None if at is None else forced.change(at),
            worth=None if at is None else forced.worth(at, found),
            cause=cause,
            limit=limit,
            needs=needs.get(c),
        )
    return answers


@dataclass(frozen=True, eq=False)
class _Forced:
    """What happens where each channel in turn gets more; channels in the order of `plan_tables`.

    Args:
        again: the plan's question.
        channels: (n_asked,), rows of those that are forced: all, or of thousands the ones with most money.
        least: (n_asked,), what each is forced to get, of those that the plan does not use at least.
        money: (n_asked,), what each gets then.
        found: the best plans with it.
        by_draw: (n_asked, n_draws), what the lead outcome gains.
    """

    again: Again
    channels: IntArray
    least: FloatArray
    money: FloatArray
    found: Found
    by_draw: FloatArray

    @classmethod
    def of(cls, again: Again, outcome: str) -> _Forced:
        problem, channels = again.problem, largest(again.plan)
        n_asked, every = len(channels), np.arange(len(channels))
        money, is_out = _forced_money(again)[channels], _is_out(again)[channels]
        lower, upper = _forced_boxes(again, channels, money)
        most = np.maximum(problem.plan_tables.sorted(problem.feasible.upper)[channels], money)
        upper[every, channels] = np.where(is_out, most, upper[every, channels])
        found = again.in_boxes(lower, upper, jumps=np.ones(n_asked, dtype=bool))
        given = np.where(is_out & np.isfinite(found.values), found.plans[every, channels], money)
        plans = np.vstack([again.base, found.plans])
        brought, _ = _batch(again, plans).moments(problem.tables.outcomes.index(outcome))
        return cls(again, channels, money, given, found, brought[1:] - brought[0])

    @property
    def more(self) -> FloatArray:
        """(n_asked,), what each is forced to get beyond what the plan gives it, currency."""
        return self.money - self.again.plan[self.channels]

    def is_known(self, row: int) -> bool:
        """Whether there is such a plan, and the channel gets more in it."""
        return bool(np.isfinite(self.found.values[row])) and bool(self.more[row] > 0.0)

    def payers(self, row: int) -> dict[str, float]:
        if not self.is_known(row):
            return {}
        given = self.again.problem.plan_tables.unsorted(self.again.base - self.found.plans[row])
        least = tolerance(self.again.problem) + 1e-3 * self.more[row]
        names = self.again.problem.channels
        paying = {names[c]: float(given[c]) for c in np.argsort(-given) if given[c] > least}
        paying.pop(names[self.again.problem.plan_tables.order[self.channels[row]]], None)
        return paying

    def change(self, row: int) -> Spread | None:
        return spread(self.by_draw[row], self.again.problem.tables.weights) if self.is_known(row) else None

    def worth(self, row: int, found: Implied) -> float | None:
        if not self.is_known(row):
            return None
        return float(self.again.gain(self.found.values[[row]])[0] * found.in_outcome)

    def rises(self, rows: Sequence[int]) -> FloatArray:
        """How fast the weighted sum rises as channels are forced to get more, (n_rows,)."""
        channels, money = np.tile(self.channels[rows], 2), self.least[rows]
        amounts = np.concatenate([(1.0 - _BESIDE) * money, (1.0 + _BESIDE) * money])
        below, above = self.again.in_boxes(*_forced_boxes(self.again, channels, amounts)).values.reshape(2, -1)
        rises: FloatArray = (above - below) / (2.0 * _BESIDE * self.money[rows])
        return rises


def _forced_boxes(again: Again, channels: IntArray, money: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The plan's box with one channel's money fixed, as far as its table goes; two arrays (n, n_channels)."""
    lower, upper = (np.repeat(part[None], len(channels), axis=0) for part in again.box)
    fixed = np.minimum(money, again.problem.plan_tables.knots[channels, -1])
    lower[np.arange(len(channels)), channels] = upper[np.arange(len(channels)), channels] = fixed
    return lower, upper


def _batch(again: Again, plans: FloatArray) -> Batch:
    return again.problem.sorted_batch(plans)


def _is_out(again: Again) -> BoolArray:
    """Which channels the plan does not use that it could, (n_channels,): how much they get then is the question."""
    feasible, tables = again.problem.feasible, again.problem.plan_tables
    is_choice = tables.sorted(np.where(feasible.block > 0.0, 0.0, feasible.least_used)) > 0.0
    return np.asarray(is_choice & (again.plan == 0.0))


def _forced_money(again: Again) -> FloatArray:
    """What each channel is forced to get, (n_channels,), as far as its table goes; of those that are out at least."""
    problem = again.problem
    least = problem.plan_tables.sorted(np.maximum(problem.feasible.min_if_used, problem.feasible.least_used))
    first = np.where(_is_out(again), least, np.maximum(least, _FIRST * problem.feasible.budget_max))
    block = problem.plan_tables.sorted(problem.feasible.block)
    wanted = np.where(again.plan > tolerance(problem), again.plan * (1.0 + _MORE), first)
    wanted = np.where(block > 0.0, again.plan + block, wanted)
    money: FloatArray = np.minimum(wanted, problem.plan_tables.knots[:, -1] / (1.0 + _BESIDE))
    return np.maximum(money, again.plan)


def _needs(again: Again, forced: _Forced, asked: Sequence[int], place: Mapping[int, int]) -> dict[int, Needs]:
    """What would have to be true, by channel, of those that no limit holds; `place`: among those that are forced."""
    known = [c for c in asked if forced.is_known(place[c])]
    plans, rows = forced.found.plans, forced.channels.tolist()
    if again.may_jump or reacts_to_more(again):
        most = _JUMPING if again.may_jump else _NEAREST
        known = sorted(known, key=lambda c: float(forced.found.values[place[c]]))[:most]
    if again.may_jump or not known:
        return {c: needs_where_it_jumps(again, rows[place[c]], plans[place[c]]) for c in known}
    rises = forced.rises([place[c] for c in known]).tolist()
    found = {
        c: needs_of(again, rows[place[c]], plans[place[c]], rise)
        for c, rise in zip(known, rises, strict=True)
        if np.isfinite(rise)
    }
    return {c: needs for c, needs in found.items() if needs is not None}


@dataclass(frozen=True, eq=False)
class _Causes:
    """What holds each channel."""

    again: Again
    found: Implied
    limits: Sequence[Binding]
    margins: Mapping[str, ChannelMargin]
    views: ViewsRecord | None

    def of(self, channel: int, row: int) -> tuple[Cause, int | None]:
        """The cause, and the row of the limit that it is; `row`: of the channel in the order of `plan_tables`."""
        limit = self.limit_of(channel)
        if limit is not None:
            return ("no_data" if self.limits[limit].kind in ("cap", "table") else "limit"), limit
        if self.is_risky(row):
            return "risk", None
        name = self.names[channel]
        if self.views is not None and self.is_viewed(self.views, name):
            return "view", None
        margin = self.margins[name]
        flat = margin.roi is not None and margin.marginal_roi.value < _FLATTER * margin.roi.value
        return ("saturated" if flat else "weak"), None

    def limit_of(self, channel: int) -> int | None:
        """The limit that keeps money from a channel that would be worth it; of several the most valuable."""
        may_hold = self.of_channel.get(channel, []) + self.of_several
        holding = [row for row in sorted(may_hold) if self.holds(self.limits[row], channel, self.found.prices[row])]
        most = max(holding, key=lambda row: self.found.prices[row], default=None)
        if most is None or self.limits[most].kind != "unused":
            return most
        # A channel that only a count keeps out would be used but for that rule.
        counts = [row for row in self.of_several if self.counts_out(self.limits[row], channel)]
        return next(iter(counts), most)

    @cached_property
    def of_channel(self) -> dict[int, list[int]]:
        """Rows of the limits that are about one channel, by channel; of thousands each is asked by its own alone."""
        rows: dict[int, list[int]] = {}
        for row, limit in enumerate(self.limits):
            if limit.channel is not None:
                rows.setdefault(limit.channel, []).append(row)
        return rows

    @cached_property
    def of_several(self) -> list[int]:
        """Rows of the others."""
        return [row for row, limit in enumerate(self.limits) if limit.channel is None]

    def holds(self, limit: Binding, channel: int, price: float) -> bool:
        if limit.kind in ("budget", "nothing"):
            return False
        if limit.channel is not None:
            return limit.channel == channel and limit.holds_down and price > 0.0
        lost = price * (-1.0 if limit.side < 0 else 1.0) * limit.row
        if limit.kind not in ("goal_rule", "resource"):
            return bool(lost[channel] > 0.0)
        # All channels may add to these: one is held that loses more to them than the plan's money on average.
        spend = self.again.problem.plan_tables.unsorted(self.again.plan)
        beyond = lost[channel] - float(lost @ spend) / max(float(spend.sum()), np.finfo(float).tiny)
        return bool(beyond * self.found.in_outcome > _BY_RULE * abs(self.margins[self.names[channel]].worth))

    @property
    def names(self) -> tuple[str, ...]:
        return self.again.problem.channels

    def counts_out(self, limit: Binding, channel: int) -> bool:
        """Whether a rule on counts keeps a channel out that any money would be enough for."""
        is_member = limit.side >= 0 and limit.members is not None and bool(limit.members[channel])
        return is_member and self.again.problem.feasible.min_if_used[channel] == 0.0

    def is_risky(self, row: int) -> bool:
        """Whether a channel loses more of its marginal value to risk than the plan's money does on average."""
        problem, found = self.again.problem, self.found
        of_risk = np.array([goal.is_risk for goal in problem.sought_goals])
        lost = (found.weights * of_risk) @ found.slopes
        brought = -(found.weights * ~of_risk) @ found.slopes
        total = self.again.plan.sum()
        if brought[row] <= 0.0 or total <= 0.0:
            return False
        average = float(lost @ self.again.plan / max(float(brought @ self.again.plan), np.finfo(float).tiny))
        share = float(lost[row] / brought[row])
        return share > max(_BY_RISK, _MORE_THAN_OTHERS * average)

    def is_viewed(self, views: ViewsRecord, name: str) -> bool:
        change = views.channels[name]
        return change.mroi_posterior.mean < _BY_VIEWS * change.mroi_prior.mean
