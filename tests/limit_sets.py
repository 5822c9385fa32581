"""Random sets of limits, each with a check of its own that shares nothing with the package: for tests and benchmarks.

A kind of limit is a row in KINDS: it draws the part of `[limits]` that states it, and says which plans keep it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.errors import InfeasibleError
from moo_budget.problem import BudgetProblem
from moo_budget.risk import Factors
from moo_budget.tables import ResponseTables, from_functions

NAMES = tuple("abcdef")
END = 1000.0  # of every table
GOALS = {
    "revenue": {"outcome": "revenue", "measure": "total"},
    "risk": {"outcome": "revenue", "measure": "std"},
}
STEP = 0.01
SLACK = 1e-6  # currency: what a check forgives


@dataclass(frozen=True, eq=False)
class World:
    """What limits are about.

    Args:
        today: (n_channels,), currency.
        budget: lowest and highest total.
    """

    today: FloatArray
    budget: tuple[float, float]

    @property
    def reference(self) -> FloatArray:
        """Today's mix at the plan's total."""
        total = float(np.clip(self.today.sum(), *self.budget))
        return self.today * total / self.today.sum()


@dataclass(frozen=True, eq=False)
class Drawn:
    """One limit.

    Args:
        kind: in KINDS.
        stated: the part of `[limits]` that states it.
        keeps: which plans (n_plans, n_channels) keep it, (n_plans,).
    """

    kind: str
    stated: Mapping[str, object]
    keeps: Callable[[FloatArray], BoolArray]


Kind = Callable[[np.random.Generator, World, int], tuple[Mapping[str, object], Callable[[FloatArray], BoolArray]]]


def _cents(rng: np.random.Generator, low: float, high: float) -> float:
    return round(float(rng.uniform(low, high)), 2)


def _of_channel(c: int, **setting: object) -> Mapping[str, object]:
    return {"channel": {NAMES[c]: setting}}


def _rule(text: str) -> Mapping[str, object]:
    return {"rules": [text]}


def _max(rng, world, c):
    most = _cents(rng, 20.0, 400.0)
    return _of_channel(c, max=most), lambda plans: plans[:, c] <= most + SLACK


def _min(rng, world, c):
    least = _cents(rng, 20.0, 250.0)
    return _of_channel(c, min=least), lambda plans: plans[:, c] >= least - SLACK


def _min_if_used(rng, world, c):
    least = _cents(rng, 50.0, 400.0)
    return _of_channel(c, min_if_used=least), lambda plans: (plans[:, c] == 0.0) | (plans[:, c] >= least - SLACK)


def _lock(rng, world, c):
    return _of_channel(c, lock=True), lambda plans: np.abs(plans[:, c] - world.today[c]) <= SLACK


def _off(rng, world, c):
    return _of_channel(c, off=True), lambda plans: plans[:, c] == 0.0


def _share(rng, world, c):
    share = _cents(rng, 0.22, 0.7)
    return {"share": share}, lambda plans: (plans <= share * plans.sum(axis=1, keepdims=True) + SLACK).all(axis=1)


def _change(rng, world, c):
    """Only of channels that nothing else is said about; where other limits come first is the package's own check's."""
    change = _cents(rng, 0.1, 0.9)
    room = change * world.reference + 2.0 * STEP  # the reference is rounded
    return {"change": change}, lambda plans: (np.abs(plans - world.reference) <= room).all(axis=1)


def _two(rng):
    first, second = rng.choice(len(NAMES), 2, replace=False)
    return int(first), int(second)


def _group_share(rng, world, c):
    a, b = _two(rng)
    percent = int(rng.integers(15, 80))
    text = f"{NAMES[a]} + {NAMES[b]} <= {percent}% * total"
    return _rule(text), lambda plans: plans[:, a] + plans[:, b] <= 0.01 * percent * plans.sum(axis=1) + SLACK


def _ratio(rng, world, c):
    a, b = _two(rng)
    factor = round(float(rng.uniform(0.3, 2.5)), 2)
    return _rule(f"{NAMES[a]} >= {factor} * {NAMES[b]}"), lambda plans: plans[:, a] >= factor * plans[:, b] - SLACK


def _amount(rng, world, c):
    a, b = _two(rng)
    least = int(rng.integers(50, 500))
    return _rule(f"{NAMES[a]} + {NAMES[b]} >= {least}"), lambda plans: plans[:, a] + plans[:, b] >= least - SLACK


def _of_today(rng, world, c):
    factor = round(float(rng.uniform(0.2, 1.2)), 2)
    least = factor * world.today[c]
    return _rule(f"{NAMES[c]} >= {factor} * today({NAMES[c]})"), lambda plans: plans[:, c] >= least - SLACK


def _equation(rng, world, c):
    a, b = _two(rng)
    return _rule(f"{NAMES[a]} == 2 * {NAMES[b]}"), lambda plans: np.abs(plans[:, a] - 2.0 * plans[:, b]) <= SLACK


KINDS: dict[str, Kind] = {
    "max": _max,
    "min": _min,
    "min_if_used": _min_if_used,
    "lock": _lock,
    "off": _off,
    "share": _share,
    "change": _change,
    "group share": _group_share,
    "ratio": _ratio,
    "amount": _amount,
    "of today": _of_today,
    "equation": _equation,
}
_ALONE = {"share", "change"}  # can be stated once
_FEWEST, _MOST = 2, 6


@dataclass(frozen=True, eq=False)
class LimitSet:
    """Limits and the problem that they make.

    Args:
        seed: that draws it again.
        drawn: the limits.
        world: what they are about.
        problem: None where no plan keeps them.
        refusal: why, in that case.
    """

    seed: int
    drawn: Sequence[Drawn]
    world: World
    problem: BudgetProblem | None
    refusal: InfeasibleError | None

    def faults(self, plans: FloatArray) -> list[str]:
        """What plans (n_plans, n_channels) break, by the checks here."""
        low, high = self.world.budget
        total = plans.sum(axis=1)
        checks = {one.kind: one.keeps(plans).all() for one in self.drawn}
        checks["budget"] = ((total >= low - 1e-9 * high) & (total <= high + 1e-9 * high)).all()
        checks["money step"] = np.abs(total / STEP - np.round(total / STEP)).max() <= 1e-4
        checks["not below 0"] = (plans >= 0.0).all()
        return [name for name, is_kept in checks.items() if not is_kept]


@cache
def tables(kind: int) -> ResponseTables:
    """Unequal curves, of which every second one is S-shaped, with two posterior draws."""
    rng = np.random.default_rng(kind)
    height, half = rng.uniform(100.0, 900.0, len(NAMES)), rng.uniform(60.0, 500.0, len(NAMES))
    slope = np.where(np.arange(len(NAMES)) % 2 == kind % 2, 1.0, 2.5)

    def curve(c):
        return lambda x: (height[c] * x ** slope[c] / (x ** slope[c] + half[c] ** slope[c]))[:, None] * [0.9, 1.1]

    curves = {"revenue": {name: curve(c) for c, name in enumerate(NAMES)}}
    noise = Factors(np.full((len(NAMES), 1), 0.1), np.linspace(0.01, 0.09, len(NAMES)))
    return from_functions(curves, dict.fromkeys(NAMES, END), noise)


def limit_set(seed: int, kinds: Mapping[str, Kind] = KINDS) -> LimitSet:
    """A set of limits, which may contradict each other."""
    rng = np.random.default_rng(seed)
    today = np.round(rng.dirichlet(np.ones(len(NAMES))) * 1000.0, 2)
    total = _cents(rng, 600.0, 1400.0)
    world = World(today, (total, total) if rng.random() < 0.7 else (total, round(1.2 * total, 2)))
    names = [str(name) for name in rng.choice(list(kinds), rng.integers(_FEWEST, _MOST + 1))]
    channels = rng.permutation(len(NAMES))
    drawn = []
    for i, name in enumerate(names):
        if not (name in _ALONE and name in names[:i]):
            drawn.append(Drawn(name, *kinds[name](rng, world, int(channels[i]))))
    if any(one.kind == "change" for one in drawn):  # what other limits do to it, only the package's own check knows
        drawn = [one for one in drawn if "channel" not in one.stated]
    return _with_problem(seed, drawn, world)


def _with_problem(seed: int, drawn: Sequence[Drawn], world: World) -> LimitSet:
    try:
        problem = BudgetProblem(
            tables(seed % 4),
            goals=GOALS,
            budget={"min": world.budget[0], "max": world.budget[1]},
            limits=_stated(drawn),
            today=dict(zip(NAMES, world.today.tolist(), strict=True)),
            money_step=STEP,
        )
    except InfeasibleError as refusal:
        return LimitSet(seed, drawn, world, None, refusal)
    return LimitSet(seed, drawn, world, problem, None)


def _stated(drawn: Sequence[Drawn]) -> dict[str, object]:
    """The limits together, as the problem file states them."""
    stated: dict[str, object] = {"channel": {}, "rules": []}
    for one in drawn:
        for key, value in one.stated.items():
            if key == "channel":
                stated["channel"] |= value
            elif key == "rules":
                stated["rules"] += value
            else:
                stated[key] = value
    return stated


def feasible_sets(n_sets: int, kinds: Mapping[str, Kind] = KINDS) -> Iterator[LimitSet]:
    """The first so many sets that some plan keeps."""
    seed = n_found = 0
    while n_found < n_sets:
        seed += 1
        found = limit_set(seed, kinds)
        if found.problem is not None:
            n_found += 1
            yield found
