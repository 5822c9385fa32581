"""Weighted sums of the goals from below: no feasible plan has less. Branching on a bound also finds better plans."""

from moo_budget.dual.bounds import Bounded, bounded, lowest_excess, most_passes
from moo_budget.dual.curves import ChannelCurves, can_be_priced
from moo_budget.dual.ratio import highest_roi, most_effective_channels

__all__ = [
    "Bounded",
    "ChannelCurves",
    "bounded",
    "can_be_priced",
    "highest_roi",
    "lowest_excess",
    "most_effective_channels",
    "most_passes",
]
