"""Whether channels that get nothing or at least their minimum if used leave any plan, decided exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import diags_array, eye_array, hstack

from moo_budget._checks import BoolArray, amount_text
from moo_budget.errors import InfeasibleError, listed
from moo_budget.kernels.budget import placeable_totals
from moo_budget.limits.box import Box

# The largest total as the integer program sees it: its solver's tolerances are absolute, 1e-7.
_LARGEST_TOTAL = 1e4

_NODES_FOR_ADVICE = 10_000  # after these the total in an error's text is one that can be placed, maybe not the nearest


def placeable_use(box: Box, budget_min: float, budget_max: float, share: float, channels: Sequence[str]) -> BoolArray:
    """Channels that can be used together within the budget, (n_channels,).

    Raises:
        InfeasibleError: there are none; names the nearest totals that can be placed.
    """
    if not box.min_if_used.any():
        return np.ones(len(channels), dtype=bool)
    if budget_max == 0.0:  # no money at all: on/off channels get none
        always: BoolArray = box.min_if_used == 0.0
        return always
    found = _found(_Totals(box, budget_min, budget_max, share))
    if found is None:
        raise _no_total(_Totals(box, budget_min, budget_max, share), channels)
    return found.used


@dataclass(frozen=True, eq=False)
class _Totals:
    """Which totals are asked for: between two budgets, within a box and a largest share."""

    box: Box
    budget_min: float
    budget_max: float
    share: float


@dataclass(frozen=True, eq=False)
class _Found:
    """Used channels (n_channels,), and from where to where the totals lie that can be placed with them."""

    used: BoolArray
    low: float
    high: float


def _found(asked: _Totals, *, direction: int = 0, nodes: int | None = None) -> _Found | None:
    """The channels used in one plan, by mixed-integer programming; None where there is no plan.

    Args:
        asked: the totals.
        direction: 1 for the plan with the least total, -1 for that with the largest, 0 for any.
        nodes: after so many the best plan so far will do; None: until it is decided.
    """
    refuted: list[BoolArray] = []
    while (used := _solved(asked, refuted, direction, nodes)) is not None:
        # The solver has its tolerances: what it found is checked, and what fails is not found again.
        within = asked.box.using(used)
        low, high = placeable_totals(within.lower, within.upper, asked.budget_min, asked.budget_max, asked.share)
        if low <= high:
            return _Found(used, low, high)
        refuted.append(used)
    return None


def _solved(asked: _Totals, refuted: Sequence[BoolArray], direction: int, nodes: int | None) -> BoolArray | None:
    """One integer program: money x of each channel; z, 1 where it is used, with m z <= x <= u z; and the total."""
    box = asked.box
    n_channels = len(box.lower)
    unit = asked.budget_max / _LARGEST_TOTAL
    on_off = box.min_if_used > 0.0
    floor = np.where(on_off, box.min_if_used, box.lower) / unit
    ceiling = np.minimum(box.upper, asked.share * asked.budget_max) / unit
    each, zeros, ones = eye_array(n_channels), np.zeros(n_channels), np.ones(n_channels)
    without, with_share = np.zeros((n_channels, 1)), np.full((n_channels, 1), -asked.share)
    rules = [
        LinearConstraint(np.concatenate([ones, zeros, [-1.0]]), 0.0, 0.0),
        LinearConstraint(hstack([each, diags_array(-floor), without]), 0.0, np.inf),
        LinearConstraint(hstack([each, diags_array(-ceiling), without]), -np.inf, 0.0),
        LinearConstraint(hstack([each, 0.0 * each, with_share]), -np.inf, 0.0),
        *(_another_than(used, on_off) for used in refuted),
    ]
    solved = milp(
        np.concatenate([zeros, zeros, [direction]]),
        integrality=np.concatenate([zeros, ones, [0.0]]),
        bounds=Bounds(
            np.concatenate([zeros, ~on_off, [asked.budget_min / unit]]),
            np.concatenate([ceiling, ones, [_LARGEST_TOTAL]]),
        ),
        constraints=rules,
        options={"mip_rel_gap": 0.0, "node_limit": nodes},
    )
    assert solved.status in ((0, 2) if nodes is None else (0, 1, 2)), solved.message
    return None if solved.x is None else solved.x[n_channels:-1] > 0.5


def _another_than(used: BoolArray, on_off: BoolArray) -> LinearConstraint:
    """At least one on/off channel is used that was not, or the other way round."""
    sign = np.where(on_off, np.where(used, -1.0, 1.0), 0.0)
    return LinearConstraint(np.concatenate([np.zeros(len(used)), sign, [0.0]]), 1.0 - np.sum(used & on_off), np.inf)


def _no_total(asked: _Totals, channels: Sequence[str]) -> InfeasibleError:
    box = asked.box
    budget = amount_text(asked.budget_max)
    if asked.budget_min < asked.budget_max:
        budget = f"{amount_text(asked.budget_min)} to {budget}"
    nearest = " and ".join(amount_text(total) for total in _nearest_totals(asked))
    instead = f"The nearest totals that can be are {nearest}. Take one as budget" if nearest else "Raise `share`"
    rules = [(least, name) for least, name in zip(box.min_if_used, channels, strict=True) if least > 0.0]
    names = listed(f"{name} ({amount_text(least)})" for least, name in sorted(rules, reverse=True))
    return InfeasibleError(
        f"with every channel at nothing or at least its minimum if used, no plan adds up to the budget {budget}. "
        f"{instead}, or lower `min_if_used` (or raise `max`) of one of: {names}.",
        code="limits.minimums-if-used",
    )


def _nearest_totals(asked: _Totals) -> list[float]:
    """The nearest total below the budget that can be placed and the nearest above, as far as there are such."""
    box, share = asked.box, asked.share
    totals = []
    if asked.budget_min > 0.0:
        below = _found(_Totals(box, 0.0, asked.budget_min, share), direction=-1, nodes=_NODES_FOR_ADVICE)
        totals += [below.high] if below and below.high > 0.0 else []
    most = float(box.upper.sum())
    if most > asked.budget_max:
        above = _found(_Totals(box, asked.budget_max, most, share), direction=1, nodes=_NODES_FOR_ADVICE)
        totals += [above.low] if above else []
    return totals
