"""A plan and the rule by which it was chosen."""

from __future__ import annotations

from dataclasses import dataclass

from moo_budget.errors import Message
from moo_budget.front import Front, MeasuredPlan


@dataclass(frozen=True, eq=False, repr=False)
class ChosenPlan(MeasuredPlan):
    """One plan out of a front, or one that was solved for because of what was asked.

    Args:
        rule: a name in CHOOSERS.
        nearest: id of the front's plan that comes nearest to what was asked; the plan's own where it was picked.
        strength: of a knee: whoever leaves it gives up so many times what is gained, at least, both in ranges of the
            goals; 1 is no turn. None by other rules, and where there is only one plan.
        messages: where a rule could not be kept as it stands.
    """

    rule: str
    nearest: str
    strength: float | None = None
    messages: tuple[Message, ...] = ()


def chosen(
    front: Front, row: int, rule: str, *, strength: float | None = None, messages: tuple[Message, ...] = ()
) -> ChosenPlan:
    """A plan of the front as the choice of a rule."""
    id = front.ids[row]
    return ChosenPlan(**vars(front.plan(id)), rule=rule, nearest=id, strength=strength, messages=messages)
