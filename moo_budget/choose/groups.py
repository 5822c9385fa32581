"""Groups of plans that spend alike, with one delegate each: a large front told in a few plans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pydantic import ConfigDict
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist, squareform

from moo_budget._checks import FloatArray, IntArray
from moo_budget.errors import InputError
from moo_budget.front import Front

N_GROUPS = 6


@dataclass(frozen=True)
class Group:
    """Plans that spend alike.

    Args:
        delegate: id of the plan from which the others differ least on average.
        ids: of all its plans, the delegate included, in the order of the front.
        spread: share of the money that another channel gets, at most, in any two of its plans.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")  # unknown keys are errors

    delegate: str
    ids: tuple[str, ...]
    spread: float


def groups(front: Front, n_groups: int = N_GROUPS) -> tuple[Group, ...]:
    """A front's plans in groups that spend alike, whatever their goals are.

    Two plans differ by the money that has to change its channel on the way from one to the other, as a share of the
    larger of their totals. Groups are joined where the two plans that differ most differ least (complete linkage), so
    `spread` is as small as joining makes it.

    Args:
        front: whose plans are grouped.
        n_groups: how many at most; fewer where there are fewer different plans.

    Returns:
        The groups, in the order of their delegates on the front. Of plans that could be delegate, the lower id is.

    Raises:
        InputError: `n_groups` is below 1.
    """
    if n_groups < 1:
        raise InputError(f"n_groups is {n_groups}; it must be at least 1", code="choose.groups")
    differing = _differing(front.spend)
    n_different = len(np.unique(front.spend, axis=0))
    label = _labels(differing, min(n_groups, n_different))
    found = [_group(front, np.flatnonzero(label == one), differing) for one in np.unique(label)]
    return tuple(sorted(found, key=lambda group: int(group.delegate)))


def _differing(spend: FloatArray) -> FloatArray:
    """(n_plans, n_plans): money that changes its channel, or is not spent at all, as a share of the larger total."""
    total = spend.sum(axis=1)
    apart: FloatArray = squareform(pdist(spend, "cityblock"))
    larger, difference = np.maximum.outer(total, total), np.abs(np.subtract.outer(total, total))
    share: FloatArray = 0.5 * (apart + difference) / np.where(larger > 0.0, larger, 1.0)
    return share


def _labels(differing: FloatArray, n_groups: int) -> IntArray:
    """The group of each plan, (n_plans,)."""
    if len(differing) == 1:
        return np.zeros(1, dtype=np.int64)
    tree = linkage(squareform(differing, checks=False), "complete")
    return np.asarray(fcluster(tree, n_groups, "maxclust"), dtype=np.int64)


def _group(front: Front, rows: IntArray, differing: FloatArray) -> Group:
    within = differing[np.ix_(rows, rows)]
    # Rounded, so that plans which are equally central are equal, and the lower id wins.
    delegate = rows[int(np.argmin(np.round(within.mean(axis=1), 12)))]
    ids = tuple(front.ids[row] for row in rows)
    return Group(front.ids[delegate], ids, float(within.max()))
