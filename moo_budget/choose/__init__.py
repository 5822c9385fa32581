"""One plan out of a front: the rules of docs/design.md section 7, in a registry, and groups of plans that spend alike.

`picks`, `knee`, `neighbours` and `groups` take plans of the front; `asked` solves for what a person asks of the goals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from moo_budget._checks import check_known
from moo_budget.choose.asked import by_aspiration, by_weights
from moo_budget.choose.groups import Group, groups
from moo_budget.choose.knee import knee
from moo_budget.choose.neighbours import bolder, safer
from moo_budget.choose.picks import Picks, balanced, boldest, picks, safest
from moo_budget.choose.record import ChosenPlan
from moo_budget.errors import InputError, listed
from moo_budget.front import Front

__all__ = ["CHOOSERS", "Chooser", "ChosenPlan", "Group", "Picks", "choose_plan", "groups", "knee", "picks"]


@dataclass(frozen=True)
class Chooser:
    """A rule that makes one plan out of a front.

    Args:
        meaning: the rule in words.
        choose: the rule.
        asks: what the rule has to be told beside the front; None: nothing.
    """

    meaning: str
    choose: Callable[..., ChosenPlan]
    asks: Literal["aspiration", "weights", "than"] | None = None


CHOOSERS: dict[str, Chooser] = {
    "safest": Chooser("least risk among plans that bring at least the reference's lead outcome", safest),
    "balanced": Chooser("least worst regret over the goals", balanced),
    "boldest": Chooser("most of the lead outcome", boldest),
    "knee": Chooser("where the trade-off turns most", knee),
    "aspiration": Chooser("nearest to what is asked of the goals", by_aspiration, asks="aspiration"),
    "weights": Chooser("best where each goal counts by its weight", by_weights, asks="weights"),
    "safer": Chooser("the nearest plan with less risk", safer, asks="than"),
    "bolder": Chooser("the nearest plan with more of the lead outcome", bolder, asks="than"),
}


def choose_plan(
    front: Front,
    name: str | None,
    *,
    aspiration: Mapping[str, float] | None,
    weights: Mapping[str, float] | None,
    than: str | None,
) -> ChosenPlan:
    """What `Front.choose` does."""
    told: dict[str, Any] = {"aspiration": aspiration, "weights": weights, "than": than}
    told = {argument: value for argument, value in told.items() if value is not None}
    name = name or next((argument for argument in told if argument in CHOOSERS), "balanced")
    check_known("chooser", name, CHOOSERS)
    rule = CHOOSERS[name]
    needed = set() if rule.asks is None else {rule.asks}
    if set(told) != needed:
        takes = "nothing else" if rule.asks is None else f"`{rule.asks}`"
        raise InputError(
            f"choose: `{name}` takes {takes}, and got {listed(f'`{one}`' for one in told)}. Give a name, or one of "
            "`aspiration` and `weights` alone; `safer` and `bolder` with `than`, the id of a plan of the front.",
            code="choose.told",
        )
    return rule.choose(front, *told.values())
