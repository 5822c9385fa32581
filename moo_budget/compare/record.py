"""What a comparison of two results found."""

from __future__ import annotations

from dataclasses import dataclass

from moo_budget.compare.ground import Ground
from moo_budget.compare.question import Change
from moo_budget.evaluation import Difference
from moo_budget.front import GoalValue, Plan
from moo_budget.goals import Goal
from moo_budget.results import Result


@dataclass(frozen=True)
class GoalRange:
    """Worst and best value of a goal over the plans of a front, in the goal's unit."""

    worst: float
    best: float


@dataclass(frozen=True)
class ComparedGoal:
    """A goal that both results have.

    Args:
        goal: what it is.
        a: its range on the first front, on common ground.
        b: on the second.
    """

    goal: Goal
    a: GoalRange
    b: GoalRange


@dataclass(frozen=True, eq=False)
class ComparedPick:
    """Safest, balanced or boldest plan of the one result beside that of the other.

    Args:
        name: of the pick.
        a: the first result's plan, as that result measured it.
        b: the second's.
        a_goals: common goal -> value of `a` on common ground, with intervals.
        b_goals: the same of `b`.
        differences: common goal -> `b` less `a` on common ground. The range is that of the expected difference: draw by
            draw where both were measured by the same curves, else over all pairs of draws.
        a_breaks: limits of the second question that `a` does not keep, in words; empty where it cannot measure it.
        moves: channel -> currency that `b` spends more than `a`; a channel that one of them does not know has 0 there.
    """

    name: str
    a: Plan
    b: Plan
    a_goals: dict[str, GoalValue]
    b_goals: dict[str, GoalValue]
    differences: dict[str, Difference]
    a_breaks: tuple[str, ...]
    moves: dict[str, float]

    @property
    def moved(self) -> float:
        """Currency that is spent otherwise: what leaves or enters channels, whichever is more."""
        gained = sum(move for move in self.moves.values() if move > 0.0)
        return max(gained, gained - sum(self.moves.values()))


@dataclass(frozen=True)
class Volumes:
    """Hypervolume of two fronts below one reference point, as shares of what both reach together.

    Args:
        a: of the first front.
        b: of the second.
        reference_point: common goal -> value, in its unit.
    """

    a: float
    b: float
    reference_point: dict[str, float]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two results side by side, `a` the first and `b` the second.

    Args:
        a: the first result.
        b: the second.
        ground: what plans of both were measured by.
        changes: what differs in the question, the data and the models, in the order of the problem file.
        goals: those that both have, the first result's first one first.
        picks: one for each name.
        a_beaten: ids of the first front's plans that some plan of the second beats: as good in every common goal that
            is sought, and better in one by more than a thousandth of its range over both fronts.
        b_beaten: the same the other way round.
        volumes: hypervolumes; None with one goal in common, where the ranges say it all.
    """

    a: Result
    b: Result
    ground: Ground
    changes: tuple[Change, ...]
    goals: tuple[ComparedGoal, ...]
    picks: tuple[ComparedPick, ...]
    a_beaten: tuple[str, ...]
    b_beaten: tuple[str, ...]
    volumes: Volumes | None

    def __repr__(self) -> str:
        goals = ", ".join(one.goal.name for one in self.goals)
        return (
            f"Comparison({len(self.a.front)} and {len(self.b.front)} plans over {goals}; "
            f"beaten: {len(self.a_beaten)} and {len(self.b_beaten)})"
        )

    @property
    def channels(self) -> tuple[str, ...]:
        """Channels of both, the first result's first."""
        return tuple(dict.fromkeys([*self.a.problem.channels, *self.b.problem.channels]))
