"""How to change a plan by little: the best moves in order, part of the way, the best plan within a change budget."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import ConfigDict

from moo_budget._checks import FloatArray, IntArray, amount_text, money_by_channel
from moo_budget.best import alone_of, best
from moo_budget.errors import InfeasibleError, InputError
from moo_budget.front import MeasuredPlan, measured
from moo_budget.goals import Goal
from moo_budget.largest import MOST_CHANNELS, largest
from moo_budget.problem import BudgetProblem
from moo_budget.reach import reach
from moo_budget.spec import GoalSpec
from moo_budget.whole_steps import in_whole_steps

_NO_MOVE = 1e-9  # of the money: a smaller difference between two plans is rounding
_PULLS = 4  # of a plan towards the start: each rounding may move some steps too much
_COMPARED = 10  # givers and takers of a move, where there are more than `MOST_CHANNELS`

GoalAsked = str | GoalSpec | Mapping[str, object]


@dataclass(frozen=True)
class Move:
    """Money that changes its place, after all earlier moves were made.

    Args:
        from_channel: who gives it; None: it was not spent before.
        to_channel: who gets it; None: it is not spent any more.
        money: currency for the whole plan.
        gain: what the move betters the goal by, in its unit; below 0 where it makes it worse.
        cumulative_money: currency, of this and all earlier moves.
        cumulative_gain: in the goal's unit, of this and all earlier moves.
        breaks: the limits that the plan breaks if one stops here, in words.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")  # unknown keys are errors

    from_channel: str | None
    to_channel: str | None
    money: float
    gain: float
    cumulative_money: float
    cumulative_gain: float
    breaks: tuple[str, ...]


@dataclass(frozen=True)
class Moves:
    """The way from one plan to another, best move first; all of them together are the whole difference.

    Args:
        goal: what the gains are counted in.
        moves: in order.
    """

    goal: Goal
    moves: tuple[Move, ...]

    @property
    def money(self) -> float:
        """Currency that changes its place on the whole way."""
        return self.moves[-1].cumulative_money if self.moves else 0.0

    @property
    def gain(self) -> float:
        """What the whole way betters the goal by, in its unit."""
        return self.moves[-1].cumulative_gain if self.moves else 0.0


@dataclass(frozen=True, eq=False, repr=False)
class SmallChange(MeasuredPlan):
    """A plan near to the one it starts from, and what it has of the gain of a larger change.

    Args:
        goal: what the gains are counted in.
        moved: currency that changes its place: half the sum of absolute differences.
        gain: what it betters the goal by, in its unit.
        full_gain: what the larger change betters it by.
    """

    goal: Goal
    moved: float
    gain: float
    full_gain: float

    @property
    def gain_share(self) -> float | None:
        """The gain as share of the full one; None where there is nothing to gain."""
        return self.gain / self.full_gain if self.full_gain > 0.0 else None


def best_moves(
    problem: BudgetProblem,
    plan: Mapping[str, float],
    *,
    goal: GoalAsked | None = None,
    start: Mapping[str, float] | None = None,
) -> Moves:
    """The moves of money that lead from a start to a plan, in order of what they gain.

    Of all moves from a channel that has too much to one that has too little, each as large as both allow, the one that
    betters the goal most is made first, then the best of those that are left. There are fewer moves than channels. Of
    totals that differ, the rest comes from nowhere or goes there. Where over thirty channels give or get, up to ten
    moves that share no channel are made at once, between those ten that have most left to give and the ten that have
    most left to get.

    Args:
        problem: the question.
        plan: channel -> currency for the whole plan; channels left out get 0.
        goal: what a gain is counted in: the name of a goal of the problem, or a goal as `best` takes it. None: the
            expected total of the lead outcome.
        start: channel -> currency for the whole plan; None: the reference.

    Raises:
        InputError: an unknown goal or channel, no reference where one is needed, or a plan beyond a table's end.
    """
    way = _Start.of(problem, goal, start)
    return Moves(way.goal, tuple(way.moves(way.money_of(plan, "plan"))))


def part_way(
    problem: BudgetProblem,
    plan: Mapping[str, float],
    share: float = 0.5,
    *,
    goal: GoalAsked | None = None,
    start: Mapping[str, float] | None = None,
) -> SmallChange:
    """The plan that goes a share of the way from a start to a plan: every channel by that share of its own change.

    Args:
        problem: the question.
        plan: as in `best_moves`.
        share: of the way, from 0 to 1.
        goal: as in `best_moves`.
        start: as in `best_moves`.

    Returns:
        The nearest plan that the limits allow, rounded to the money step, with the id ``part_way``.

    Raises:
        InputError: as `best_moves`, or the share is no number from 0 to 1.
    """
    _check_share(share)
    way = _Start.of(problem, goal, start)
    target = way.money_of(plan, "plan")
    return way.small_change(way.part(target, share), "part_way", full=target)


def best_within_change(problem: BudgetProblem, goal: GoalAsked | None = None, share: float = 0.1) -> SmallChange:
    """The best plan for a goal when at most a share of the reference's money changes its place.

    Solved for, and not cut from the way to the best plan: what is worth moving depends on how much may be moved.

    Args:
        problem: the question; its other goals do not count.
        goal: as in `best_moves`.
        share: of the reference's money, from 0 to 1.

    Returns:
        The plan, with the id ``best_within_change``; its full gain is that of the best plan however much moves.

    Raises:
        InputError: an unknown goal, no reference, or the share is no number from 0 to 1.
        InfeasibleError: no plan that the limits allow is so near to the reference.
    """
    _check_share(share)
    way = _Start.of(problem, goal, None)
    full = np.array(list(best(problem, way.goal.spec).spend.values()))
    return way.small_change(_best_nearby(way, full, share), "best_within_change", full=full)


def _check_share(share: float) -> None:
    if not 0.0 <= share <= 1.0:
        raise InputError(f"share is {share}; it must be a number from 0 to 1, such as 0.1", code="moves.share")


@dataclass(frozen=True, eq=False)
class _Start:
    """Where a way begins, and what gains are counted in.

    Args:
        problem: the question.
        alone: the same question about the goal that gains are counted in.
        start: (n_channels,), currency for the whole plan.
    """

    problem: BudgetProblem
    alone: BudgetProblem
    start: FloatArray

    @classmethod
    def of(cls, problem: BudgetProblem, goal: GoalAsked | None, start: Mapping[str, float] | None) -> _Start:
        alone = alone_of(problem, _lead_total(problem) if goal is None else goal)
        if start is not None:
            return cls(problem, alone, _within_tables(problem, start, "start"))
        if problem.money.reference is None:
            raise InputError(
                "moves begin at the reference plan, and there is none without money spent today. Give [plan] today, "
                "or hand over a start.",
                code="moves.without-reference",
            )
        reference = dict(zip(problem.channels, problem.money.reference.tolist(), strict=True))
        return cls(problem, alone, _within_tables(problem, reference, "reference"))

    @property
    def goal(self) -> Goal:
        (goal,) = self.alone.goals
        return goal

    def money_of(self, plan: Mapping[str, float], name: str) -> FloatArray:
        return _within_tables(self.problem, plan, name)

    def moved(self, plan: FloatArray) -> float:
        return 0.5 * float(np.abs(plan - self.start).sum())

    def gains(self, plans: FloatArray) -> FloatArray:
        """What plans (n_plans, n_channels) better the goal by against the start, (n_plans,)."""
        values = self.alone.to_minimise(self.alone.measure(np.vstack([self.start, plans])))[:, 0]
        gains: FloatArray = values[0] - values[1:]
        return gains

    def part(self, target: FloatArray, share: float) -> FloatArray:
        """A plan so far along the straight way to a target, allowed and rounded."""
        wanted = self.start + share * (target - self.start)
        part: FloatArray = in_whole_steps(self.problem, self.problem.feasible.project(wanted[None]))[0]
        return part

    def pulled(self, plan: FloatArray, allowed: float) -> FloatArray:
        """A plan that moves more than is allowed, drawn back to the start; further where rounding moves too much."""
        moved, room, slack = self.moved(plan), allowed, _NO_MOVE * self.start.sum()
        part = plan
        for _ in range(_PULLS):
            over = self.moved(part) - allowed
            if over <= slack:
                break
            room = room if part is plan else max(room - over, 0.0)
            part = self.part(plan, room / moved)
        return part

    def stretched(self, plan: FloatArray, allowed: float) -> FloatArray:
        """A plan that moves less than is allowed, further from the start: `reach` keeps off its limits by a little."""
        moved = self.moved(plan)
        return self.part(plan, allowed / moved) if 0.0 < moved < allowed else plan

    def small_change(self, spend: FloatArray, id: str, *, full: FloatArray) -> SmallChange:
        gain, full_gain = self.gains(np.vstack([spend, full])).tolist()
        plan = measured(self.problem, spend, id)
        return SmallChange(**vars(plan), goal=self.goal, moved=self.moved(spend), gain=gain, full_gain=full_gain)

    def moves(self, target: FloatArray) -> Iterator[Move]:
        """The best move, then the best of those that are left, and so on."""
        names: tuple[str | None, ...] = (*self.problem.channels, None)
        left = np.append(target - self.start, self.start.sum() - target.sum())
        left[np.abs(left) <= _NO_MOVE * max(self.start.sum(), target.sum())] = 0.0
        now, money, gained = np.append(self.start, 0.0), 0.0, 0.0
        while (left < 0.0).any() and (left > 0.0).any():
            pairs = self._best_pairs(now, left)
            ways = np.tile(now, (len(pairs), 1))
            amounts = [float(min(-left[giver], left[taker])) for giver, taker in pairs]
            for row, ((giver, taker), moved) in enumerate(zip(pairs, amounts, strict=True)):
                left[giver], left[taker] = min(left[giver] + moved, 0.0), max(left[taker] - moved, 0.0)
                ways[row:, giver] -= moved
                ways[row:, taker] += moved
            reached = self.gains(np.maximum(ways[:, :-1], 0.0)).tolist()
            for (giver, taker), moved, after, gain in zip(pairs, amounts, ways, reached, strict=True):
                money += moved
                broken = self.problem.broken(after[:-1])
                yield Move(names[giver], names[taker], moved, gain - gained, money, gain, broken)
                gained = gain
            now = ways[-1]

    def _best_pairs(self, now: FloatArray, left: FloatArray) -> list[tuple[int, int]]:
        """Who gives and who gets in the best move; of many channels in the best moves that share none of them.

        The last entry of `now` and `left` is no channel.
        """
        givers, takers = (pair.ravel() for pair in np.meshgrid(*(_compared(s * left) for s in (-1, 1))))
        rows = np.arange(len(givers))
        moved = np.minimum(-left[givers], left[takers])
        after = np.tile(now, (len(rows), 1))
        after[rows, givers] -= moved
        after[rows, takers] += moved
        best = np.argsort(-self.gains(np.maximum(after[:, :-1], 0.0)), kind="stable")
        n_apart = max(np.count_nonzero(left < 0.0), np.count_nonzero(left > 0.0))
        at_once = _COMPARED if n_apart > MOST_CHANNELS else 1
        return _disjoint(list(zip(givers[best].tolist(), takers[best].tolist(), strict=True)))[:at_once]


def _disjoint(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The first pair, then those that have nothing in common with the ones before."""
    taken: list[tuple[int, int]] = []
    for pair in pairs:
        if not set(pair) & {place for other in taken for place in other}:
            taken.append(pair)
    return taken


def _compared(left: FloatArray) -> IntArray:
    """Places of those that have something left to give or to get (n,); of many, those with most of it."""
    count = int(np.count_nonzero(left > 0.0))
    return largest(left, count if count <= MOST_CHANNELS else _COMPARED)


def _lead_total(problem: BudgetProblem) -> GoalSpec:
    outcomes = [goal.outcome for goal in problem.goals if goal.outcome is not None]
    return GoalSpec("total", outcomes[0] if outcomes else problem.tables.outcomes[0])


def _within_tables(problem: BudgetProblem, plan: Mapping[str, float], name: str) -> FloatArray:
    spend, end = money_by_channel(plan, problem.channels, name), problem.money.table_end
    for c in np.flatnonzero(spend > end * (1 + _NO_MOVE)):
        raise InputError(
            f"{name}: `{problem.channels[c]}` gets {amount_text(spend[c])}; its response table ends at "
            f"{amount_text(end[c])}, so nobody knows what that brings. Give it less, or make the table longer.",
            code="moves.beyond-table",
        )
    return spend


def _best_nearby(way: _Start, full: FloatArray, share: float) -> FloatArray:
    """The best of the plans that `reach` and the way to the best plan give, and that move no more than a share."""
    problem, allowed = way.alone, share * float(way.start.sum())
    both = problem.restated(goals={"gain": way.goal.spec, "change": GoalSpec("change")})
    wanted = float(problem.measure(full[None])[0, 0])
    asked = reach(both, {"gain": wanted}, keep={"change": allowed})
    nearest = np.array(list(best(problem, GoalSpec("change")).spend.values()))
    near = np.array(list(asked.spend.values()))
    known = [near, way.stretched(near, allowed), full]
    plans = np.vstack([nearest, *(way.pulled(plan, allowed) for plan in known)])
    moved = np.array([way.moved(plan) for plan in plans])
    kept = problem.kept(plans)
    within = plans[(moved <= allowed + _NO_MOVE * way.start.sum()) & kept]
    if len(within) == 0:
        least = min([*moved[kept].tolist(), way.moved(full)])
        raise InfeasibleError(
            f"at most {share:.4g} of the reference's money ({amount_text(allowed)}) may be moved, and the nearest plan "
            f"that the limits allow moves {amount_text(least)}. Allow a share of "
            f"{math.ceil(1e4 * least / way.start.sum()) / 1e4:g}, or widen the limits that the reference breaks: "
            f"{'; '.join(problem.broken(way.start))}.",
            code="moves.nothing-near",
        )
    best_plan: FloatArray = within[np.argmax(way.gains(within))]
    return best_plan
