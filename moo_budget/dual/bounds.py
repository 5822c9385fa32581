"""What no feasible plan can do better, weighting by weighting: the dual bound, and branching where it is not enough."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, IntArray
from moo_budget._threads import in_chunks
from moo_budget.dual.curves import Boxes, ChannelCurves
from moo_budget.dual.mixtures import Mixture
from moo_budget.kernels.branching import branches
from moo_budget.kernels.envelope import dual_bounds

_FIRST_STEPS = 6  # of Frank and Wolfe's method over the whole feasible set; later ones gain little
_STEPS = 3  # in a part of it
_FLOATS_AT_ONCE = 4_000_000
_PRICE_STEPS = 40  # of the search for the rules' prices
_SHORTER = 0.7  # a step after one that did not help
_WORK = 4e9  # multiplications for all boxes of a certificate together; some seconds
_FOR_A_GOAL = 5  # times as many boxes for a goal alone: its bound is what people read


@dataclass(frozen=True, eq=False)
class Relaxed:
    """Bounds of boxes, and where to split them.

    Args:
        bound: (n,), no plan of the box has a lower weighted sum; inf where the box holds no plan.
        plans: (n, n_channels), the relaxation's answer; it keeps the budget.
        channel: (n,), to split; -1 where nothing is left to split.
        piece: (n,), before which to split.
    """

    bound: FloatArray
    plans: FloatArray
    channel: IntArray
    piece: IntArray


def relaxed(curves: ChannelCurves, weights: FloatArray, boxes: Boxes, around: FloatArray, n_steps: int) -> Relaxed:
    """Lower bounds of weighted sums of the goals over boxes.

    Risk is replaced by a tangent, first at the plans given, then at their mixture with the answers so far, as in Frank
    and Wolfe 1956: every tangent gives a bound, and the best counts.

    Args:
        curves: the goals as sums over channels.
        weights: (n, n_goals + n_priced), per unit of each minimised goal, and prices of the rules.
        boxes: n of them.
        around: (n, n_channels), plans, feasible or not.
        n_steps: how many tangents are tried; one is enough where no risk has a say.
    """
    n = len(around)
    found = Relaxed(
        bound=np.full(n, -np.inf),
        plans=around.copy(),
        channel=np.empty(n, dtype=np.int64),
        piece=np.empty(n, dtype=np.int64),
    )
    block = max(1, _FLOATS_AT_ONCE // (curves.positions.size + 4 * curves.n_curves))

    def work(rows: slice) -> None:
        for begin in range(rows.start, rows.stop, block):
            some = slice(begin, min(begin + block, rows.stop))
            _relax(curves, weights[some], boxes[some], found, some, n_steps)

    in_chunks(work, n, smallest=4)
    return found


def _relax(curves: ChannelCurves, weights: FloatArray, boxes: Boxes, found: Relaxed, rows: slice, n_steps: int) -> None:
    structure = curves.structure
    around = curves.mixture(found.plans[rows])
    bound, low_share = np.empty(len(weights)), np.empty(len(weights))
    low, high = np.empty_like(found.plans[rows]), np.empty_like(found.plans[rows])
    box = boxes.first, boxes.last, boxes.nothing
    totals = structure.budget_min, structure.budget_max
    allowed = _allowed(curves, weights)
    for step in range(n_steps):
        weighted = curves.weighted(weights, around)
        dual_bounds(curves.positions, weighted, *box, *totals, bound, low, high, low_share)
        found.bound[rows] = np.maximum(found.bound[rows], bound - allowed)
        if step + 1 < n_steps:
            answer = curves.mixture(high).mixed(curves.mixture(low), low_share)
            share = curves.step(weights, around, answer)
            around = around.mixed(answer, share)
            found.plans[rows] += share[:, None] * (high + low_share[:, None] * (low - high) - found.plans[rows])
    branches(curves.positions, weighted, *box, found.plans[rows], found.channel[rows], found.piece[rows])


def _allowed(curves: ChannelCurves, weights: FloatArray) -> FloatArray:
    """What the priced rules allow, times their prices, (n,): it is no part of the curves."""
    # No matrix product: its last bits depend on how many rows stand beside a row.
    allowed: FloatArray = (weights * curves.asked).sum(axis=1)
    return allowed


def lowest_excess(curves: ChannelCurves, shares: FloatArray, plan: FloatArray, *, may_shift: bool = False) -> float:
    """No plan within the limits on money misses the rules on goals by less, weighted so; -inf where nothing is known.

    Args:
        curves: the goals and rules as sums over channels.
        shares: (n_goal_rules,), 0 or more, of what each rule is missed by.
        plan: (n_channels,), one that misses them by little, channels in the order of the problem's `plan_tables`.
        may_shift: whether other shares may take the place of these; then only whether it is above 0 says something.
    """
    n_rules, n_goals = len(shares), len(curves.goals)
    if not curves.can_be_priced[:n_rules][shares > 0.0].all():
        return -np.inf
    fixed = np.concatenate([np.zeros(n_goals), shares, np.zeros(len(curves.can_be_priced) - n_rules)])[None]
    is_free = curves.can_be_priced & (may_shift | (np.arange(len(curves.can_be_priced)) >= n_rules))
    missed = (curves.problem.sorted_steered(plan[None])[:, n_goals:] * shares).sum(axis=1)
    return float(_priced(curves, fixed, plan[None], missed, is_free)[1][0])


def _priced(
    curves: ChannelCurves, weights: FloatArray, plans: FloatArray, value: FloatArray, may_change: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Weights with the prices of rules under which the bound is highest, nearly, and that bound.

    The dual is concave in the prices, and what the relaxation's answer misses is its slope: steps of Polyak's length
    (1969) towards the value of a plan that is known, shorter where they do not help.

    Args:
        curves: the goals and rules as sums over channels.
        weights: (n, n_goals + n_priced), where to begin.
        plans: (n, n_channels), around which risk is replaced by its tangent.
        value: (n,), what the bound cannot pass.
        may_change: (n_priced,), prices that are free.

    Returns:
        (n, n_goals + n_priced) and (n,).
    """
    best, bound = weights.copy(), np.full(len(weights), -np.inf)
    block = max(1, _FLOATS_AT_ONCE // (curves.positions.size + 4 * curves.n_curves))

    def work(rows: slice) -> None:
        for begin in range(rows.start, rows.stop, block):
            some = slice(begin, min(begin + block, rows.stop))
            best[some], bound[some] = _climbed(curves, weights[some], plans[some], value[some], may_change)

    in_chunks(work, len(weights), smallest=4)
    return best, bound


def _climbed(
    curves: ChannelCurves, weights: FloatArray, plans: FloatArray, value: FloatArray, may_change: BoolArray
) -> tuple[FloatArray, FloatArray]:
    n_goals, around = len(curves.goals), curves.mixture(plans)
    best, highest, share = weights.copy(), np.full(len(weights), -np.inf), np.ones(len(weights))
    for _ in range(_PRICE_STEPS):
        bound, answer = _answer(curves, weights, around)
        better = bound > highest
        best[better], highest = weights[better], np.maximum(bound, highest)
        share = np.where(better, share, _SHORTER * share)
        prices = weights[:, n_goals:]
        missed = np.where(may_change, curves.missed(answer), 0.0)
        slope = np.where((prices <= 0.0) & (missed < 0.0), 0.0, missed)
        if not slope.any():
            break
        steepness = (slope**2).sum(axis=1)
        gap = share * np.maximum(value - bound, 0.0)
        step = np.divide(gap, steepness, out=np.zeros_like(gap), where=steepness > 0.0)
        weights = np.hstack([weights[:, :n_goals], np.maximum(prices + step[:, None] * slope, 0.0)])
    return best, highest


def _price_steps(curves: ChannelCurves) -> int:
    return _PRICE_STEPS if curves.can_be_priced.any() else 1


def _answer(curves: ChannelCurves, weights: FloatArray, around: Mixture) -> tuple[FloatArray, Mixture]:
    """The bound (n,) over the whole feasible set, and the relaxation's answer."""
    structure, whole = curves.structure, curves.whole(len(weights))
    bound, low_share = np.empty((2, len(weights)))
    low, high = np.empty((2, len(weights), len(curves.positions)))
    totals = structure.budget_min, structure.budget_max
    box = whole.first, whole.last, whole.nothing
    dual_bounds(curves.positions, curves.weighted(weights, around), *box, *totals, bound, low, high, low_share)
    answer = curves.mixture(high).mixed(curves.mixture(low), low_share)
    return bound - _allowed(curves, weights), answer


@dataclass(frozen=True, eq=False)
class Bounded:
    """Weightings with what was reached and what cannot be passed.

    Args:
        weights: (n, n_goals), per unit of each minimised goal.
        plans: (n, n_channels), the best plan known for each weighting, channels in the order of `plan_tables`.
        value: (n,), its weighted sum.
        bound: (n,), at most `value`; no feasible plan has a lower one.
        n_passes: how often the curves of all channels were gone through.
    """

    weights: FloatArray
    plans: FloatArray
    value: FloatArray
    bound: FloatArray
    n_passes: int


def bounded(
    curves: ChannelCurves, weights: FloatArray, plans: FloatArray, value: FloatArray, *, enough: float, n_boxes: int
) -> Bounded:
    """Bounds of weighted sums over all feasible plans.

    Args:
        curves: the goals as sums over channels.
        weights: (n, n_goals).
        plans: (n, n_channels), good ones, channels in the order of the problem's `plan_tables`.
        value: (n,), the lowest weighted sums known.
        enough: the gap at which a weighting is left alone.
        n_boxes: into about so many the feasible set is split where the gap is larger; 0: it is not.
    """
    whole, goal_weights = curves.whole(len(weights)), weights
    none = np.zeros((len(weights), len(curves.can_be_priced)))
    weights = np.hstack([weights, none])
    if curves.can_be_priced.any():
        weights, bound = _priced(curves, weights, plans, value, curves.can_be_priced)
    else:
        bound = relaxed(curves, weights, whole, plans, 1).bound
    n_passes = len(weights) * _price_steps(curves)
    wide = np.flatnonzero(value - bound > enough)
    if len(wide) == 0:
        return Bounded(goal_weights, plans, value, np.minimum(bound, value), n_passes)
    root = relaxed(curves, weights[wide], whole[wide], plans[wide], _FIRST_STEPS)
    bound[wide] = np.maximum(bound[wide], root.bound)
    n_passes += _FIRST_STEPS * len(wide)
    if n_boxes > 0:
        plans, value = plans.copy(), value.copy()
        trees = [
            _Tree(
                weights[i],
                plans[i],
                float(value[i]),
                [_box(root, row, whole[i], float(bound[i]), 0)],
                _most_boxes(n_boxes, goal_weights[i]),
            )
            for row, i in enumerate(wide.tolist())
        ]
        _grow(curves, trees, enough)
        for i, tree in zip(wide, trees, strict=True):
            plans[i], value[i], bound[i] = tree.plan, tree.value, tree.bound
        n_passes += _STEPS * sum(tree.n_made - 1 for tree in trees)
    return Bounded(goal_weights, plans, value, np.minimum(bound, value), n_passes)


def most_passes(curves: ChannelCurves, n_boxes: int) -> int:
    """How often the curves are gone through for one weighting, at most."""
    return _price_steps(curves) + _FIRST_STEPS + _STEPS * (_FOR_A_GOAL * n_boxes + 1)


def _most_boxes(n_boxes: int, weights: FloatArray) -> int:
    return n_boxes * (_FOR_A_GOAL if np.count_nonzero(weights) == 1 else 1)


@dataclass(order=True, slots=True)
class _Box:
    """A part of the feasible set in the search for the worst one."""

    bound: float
    number: int  # among equals the older first
    part: Boxes = field(compare=False)
    plan: FloatArray = field(compare=False)
    channel: int = field(compare=False)
    piece: int = field(compare=False)

    def halves(self) -> tuple[Boxes, Boxes]:
        """The box split at its channel: nothing or something, or less and more money."""
        first, last, nothing = self.part.first, self.part.last, self.part.nothing
        at = np.arange(len(first)) == self.channel
        if nothing[self.channel]:
            return Boxes(first, np.where(at, first, last), nothing), Boxes(first, last, nothing & ~at)
        return Boxes(first, np.where(at, self.piece, last), nothing), Boxes(
            np.where(at, self.piece, first), last, nothing
        )


@dataclass(eq=False)
class _Tree:
    """Branch and bound for one weighting, best first; `open` is a heap."""

    weights: FloatArray
    plan: FloatArray
    value: float
    open: list[_Box]
    n_boxes: int
    n_made: int = 1

    @property
    def bound(self) -> float:
        return self.open[0].bound if self.open else self.value

    def is_done(self, enough: float) -> bool:
        return self.value - self.bound <= enough or self.open[0].channel < 0 or self.n_made > self.n_boxes


def _box(found: Relaxed, row: int, part: Boxes, bound: float, number: int) -> _Box:
    return _Box(bound, number, part, found.plans[row].copy(), int(found.channel[row]), int(found.piece[row]))


def _grow(curves: ChannelCurves, trees: list[_Tree], enough: float) -> None:
    """Split the worst box of every tree, again and again, until all gaps are small or the work is used up."""
    left = int(_WORK / (_STEPS * curves.n_curves * curves.positions.shape[1])) // 2
    while left > 0:
        growing = sorted((tree for tree in trees if not tree.is_done(enough)), key=lambda tree: tree.bound - tree.value)
        if not growing:
            break
        _split(curves, growing[:left])
        left -= len(growing)


def _split(curves: ChannelCurves, trees: list[_Tree]) -> None:
    parents = [heapq.heappop(tree.open) for tree in trees]
    parts = [half for parent in parents for half in parent.halves()]
    boxes = Boxes(*(np.array([getattr(part, name) for part in parts]) for name in ("first", "last", "nothing")))
    weights = np.repeat([tree.weights for tree in trees], 2, axis=0)
    around = curves.within(boxes, np.repeat([parent.plan for parent in parents], 2, axis=0))
    found = relaxed(curves, weights, boxes, around, _STEPS)
    plans = curves.problem.project_sorted(found.plans)
    steered, n_goals = curves.problem.sorted_steered(plans), len(curves.goals)
    reached = (weights[:, :n_goals] * steered[:, :n_goals]).sum(axis=1)
    reached[(steered[:, n_goals:] > 0.0).any(axis=1)] = np.inf  # rules on goals are missed
    for t, (tree, parent) in enumerate(zip(trees, parents, strict=True)):
        for row in (2 * t, 2 * t + 1):
            if reached[row] < tree.value:
                tree.plan, tree.value = plans[row], float(reached[row])
            tree.n_made += 1
            bound = max(float(found.bound[row]), parent.bound)
            if bound < tree.value:
                heapq.heappush(tree.open, _box(found, row, parts[row], bound, tree.n_made))
