"""Random sets of limits, each with a check of its own that shares nothing with the package: for tests and benchmarks.

A kind of limit is a row in KINDS: it draws the part of `[limits]` that states it, and says which plans keep it, or in
PERIOD_KINDS which money per period does.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.calendar import schedule
from moo_budget.errors import InfeasibleError
from moo_budget.front import Front
from moo_budget.goal_rules_met import plan_within
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
N_PERIODS = 4
STARTS = [datetime.date(2024, 1, 1) + datetime.timedelta(weeks=t) for t in range(N_PERIODS + 1)]


@dataclass(frozen=True, eq=False)
class World:
    """What limits are about.

    Args:
        today: (n_channels,), currency.
        budget: lowest and highest total.
        curves: which of `tables`.
    """

    today: FloatArray
    budget: tuple[float, float]
    curves: int

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
        keeps: which plans (n_plans, n_channels) keep it, (n_plans,); of PERIOD_KINDS money (n_plans, n_periods,
            n_channels).
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


def _count(rng, world, c):
    relation, number = str(rng.choice(["<=", ">=", "=="])), int(rng.integers(2, 6))

    def keeps(plans):
        n_used = (plans >= 0.999 * STEP).sum(axis=1)
        return {"<=": n_used <= number, ">=": n_used >= number, "==": n_used == number}[relation]

    return _rule(f"count {relation} {number}"), keeps


def _step(rng, world, c):
    step = float(rng.choice([12.5, 40.0, 75.0]))
    return _of_channel(c, step=step), lambda plans: np.abs(plans[:, c] - step * np.round(plans[:, c] / step)) <= SLACK


def _resource(rng, world, c):
    a, b = _two(rng)
    of_a, of_b, most = (
        round(float(rng.uniform(0.1, 2.0)), 2),
        round(float(rng.uniform(0.1, 2.0)), 2),
        rng.integers(50, 500),
    )
    stated = {"resource": {f"co{c}": {"per_money": {NAMES[a]: of_a, NAMES[b]: of_b}, "max": float(most)}}}
    return stated, lambda plans: of_a * plans[:, a] + of_b * plans[:, b] <= most + SLACK


def _goal(rng, world, c):
    """Of the expected revenue, worked out from the curves' own formula."""
    percent = int(rng.integers(60, 101))
    height, half, slope = shapes(world.curves)

    def revenue(plans):
        return (height * plans**slope / (plans**slope + half**slope)).sum(axis=1)

    least = 0.01 * percent * revenue(world.reference[None])[0]
    return _rule(f"revenue >= {percent}% * today(revenue)"), lambda plans: revenue(plans) >= least * (1.0 - 1e-5)


def _period_max(rng, world, c):
    most = _cents(rng, 10.0, 150.0)
    return {"calendar": {NAMES[c]: {"max": most}}}, lambda money: (money[:, :, c] <= most + SLACK).all(axis=1)


def _blackout(rng, world, c):
    closed = rng.choice(N_PERIODS, rng.integers(1, N_PERIODS), replace=False)
    days = [STARTS[t] + datetime.timedelta(days=int(rng.integers(7))) for t in closed]
    return {"calendar": {NAMES[c]: {"blackout": days}}}, lambda money: (money[:, closed, c] == 0.0).all(axis=1)


def _min_burst(rng, world, c):
    shortest, closed = int(rng.integers(2, N_PERIODS)), int(rng.integers(N_PERIODS))

    def keeps(money):
        runs = [[len(list(run)) for is_on, run in groupby(row > 0.0) if is_on] for row in money[:, :, c]]
        return np.array([min(lengths, default=shortest) >= shortest for lengths in runs]) & (money[:, closed, c] == 0.0)

    return {"calendar": {NAMES[c]: {"min_burst": shortest, "blackout": [STARTS[closed]]}}}, keeps


def _team(rng, world, c):
    most = round(float(rng.uniform(0.95, 1.6)) * world.budget[0] / N_PERIODS, 2)
    return {"calendar": {"total_max": most}}, lambda money: (money.sum(axis=2) <= most + SLACK).all(axis=1)


MONEY_KINDS: dict[str, Kind] = {
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
PERIOD_KINDS: dict[str, Kind] = {
    "max per period": _period_max,
    "blackout": _blackout,
    "burst": _min_burst,
    "most of a period": _team,
}
KINDS = MONEY_KINDS | {"count": _count, "step": _step, "resource": _resource, "goal": _goal} | PERIOD_KINDS
_ALONE = {"share", "change", "goal", "most of a period"}  # can be stated once
_LEVEL = {"goal"}  # what comes with money placed in periods is another formula
_FEWEST, _MOST = 2, 6
_CALENDARS = 0.2  # of the sets


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

    @property
    def has_calendar(self) -> bool:
        """Whether money is planned per period."""
        return any(one.kind in PERIOD_KINDS for one in self.drawn)

    def handed_out(self, front: Front) -> tuple[Front, FloatArray | None]:
        """A front as it is handed out, and with a calendar its money, (n_plans, n_periods, n_channels)."""
        if not self.has_calendar:
            return front, None
        placed = schedule(front)
        return placed, placed.problem.law.placed(placed.spend)

    def faults(self, plans: FloatArray, money: FloatArray | None = None) -> list[str]:
        """What plans (n_plans, n_channels), with their money per period if there is any, break, by the checks here."""
        low, high = self.world.budget
        total = plans.sum(axis=1)
        checks = {one.kind: one.keeps(money if one.kind in PERIOD_KINDS else plans).all() for one in self.drawn}
        if money is not None:
            checks["periods add up"] = np.abs(money.sum(axis=1) - plans).max() <= SLACK
            checks["no period below 0"] = (money >= 0.0).all()
        checks["budget"] = ((total >= low - 1e-9 * high) & (total <= high + 1e-9 * high)).all()
        checks["money step"] = np.abs(total / STEP - np.round(total / STEP)).max() <= 1e-4
        checks["not below 0"] = (plans >= 0.0).all()
        return [name for name, is_kept in checks.items() if not is_kept]


def shapes(kind: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Height, half saturation and slope of every curve over the whole plan's money; every second one is S-shaped."""
    rng = np.random.default_rng(kind)
    height, half = rng.uniform(100.0, 900.0, len(NAMES)), rng.uniform(60.0, 500.0, len(NAMES))
    return height, half, np.where(np.arange(len(NAMES)) % 2 == kind % 2, 1.0, 2.5)


@cache
def tables(kind: int, periods: int = 1) -> ResponseTables:
    """Unequal curves with two posterior draws; what level money brings is the same for any number of periods."""
    height, half, slope = shapes(kind)
    height, half = height / periods, half / periods

    def curve(c):
        return lambda x: (height[c] * x ** slope[c] / (x ** slope[c] + half[c] ** slope[c]))[:, None] * [0.9, 1.1]

    curves = {"revenue": {name: curve(c) for c, name in enumerate(NAMES)}}
    noise = Factors(np.full((len(NAMES), 1), 0.1), np.linspace(0.01, 0.09, len(NAMES)))
    return from_functions(curves, dict.fromkeys(NAMES, END / periods), noise)


def limit_set(seed: int, kinds: Mapping[str, Kind] = KINDS) -> LimitSet:
    """A set of limits, which may contradict each other."""
    rng = np.random.default_rng(seed)
    today = np.round(rng.dirichlet(np.ones(len(NAMES))) * 1000.0, 2)
    total = _cents(rng, 600.0, 1400.0)
    world = World(today, (total, total) if rng.random() < 0.7 else (total, round(1.2 * total, 2)), seed % 4)
    names = [str(name) for name in rng.choice(_pool(rng, kinds), rng.integers(_FEWEST, _MOST + 1))]
    channels = rng.permutation(len(NAMES))
    drawn = []
    for i, name in enumerate(names):
        if not (name in _ALONE and name in names[:i]):
            drawn.append(Drawn(name, *kinds[name](rng, world, int(channels[i]))))
    if any(one.kind == "change" for one in drawn):  # what other limits do to it, only the package's own check knows
        drawn = [one for one in drawn if "channel" not in one.stated]
    return _with_problem(seed, drawn, world)


def _pool(rng: np.random.Generator, kinds: Mapping[str, Kind]) -> list[str]:
    """Names to draw from: some sets have a calendar, and then mostly limits per period."""
    level = [name for name in kinds if name not in PERIOD_KINDS]
    per_period = [name for name in kinds if name in PERIOD_KINDS]
    if not per_period or rng.random() > _CALENDARS:
        return level
    return [name for name in level if name not in _LEVEL] + 4 * per_period


def _with_problem(seed: int, drawn: Sequence[Drawn], world: World) -> LimitSet:
    has_calendar = any(one.kind in PERIOD_KINDS for one in drawn)
    periods = N_PERIODS if has_calendar else 1
    try:
        problem = BudgetProblem(
            tables(world.curves, periods),
            goals=GOALS,
            budget={"min": world.budget[0], "max": world.budget[1]},
            periods=periods,
            limits=_stated(drawn),
            today=dict(zip(NAMES, world.today.tolist(), strict=True)),
            money_step=STEP,
            calendar=STARTS if has_calendar else False,
        )
        plan_within(problem)
    except InfeasibleError as refusal:
        return LimitSet(seed, drawn, world, None, refusal)
    return LimitSet(seed, drawn, world, problem, None)


def _stated(drawn: Sequence[Drawn]) -> dict[str, object]:
    """The limits together, as the problem file states them."""
    stated: dict[str, object] = {}
    for one in drawn:
        for key, value in one.stated.items():
            if isinstance(value, dict):
                stated[key] = stated.get(key, {}) | value
            elif isinstance(value, list):
                stated[key] = [*stated.get(key, []), *value]
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
