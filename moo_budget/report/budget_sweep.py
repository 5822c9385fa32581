"""The page of a sweep: how much money, what it brings, and where more stops to pay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from moo_budget.errors import listed
from moo_budget.front import MeasuredPlan
from moo_budget.report import numbers
from moo_budget.report.picture import (
    INK,
    MUTED,
    OTHERS,
    SERIES,
    Picture,
    compact_axes,
    drawing,
    embedded,
    mark,
    new_figure,
    shortened,
)
from moo_budget.report.words import Words
from moo_budget.sweep import BudgetSweep, SweepPoint
from moo_budget.sweep_results import SweepResult, folder_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ALONE = len(SERIES)  # channels with a colour of their own; the others are drawn as one


@dataclass(frozen=True)
class Row:
    """A row of a table: cells as text, and where the first one leads to."""

    link: str
    cells: tuple[str, ...]


def sweep_context(result: SweepResult) -> dict[str, Any]:
    """Every part of the page by the name that the template calls it."""
    page = _Page(result, Words(result.spec.lang))
    return {
        "say": page.say,
        "result": result,
        "strip": page.strip,
        "headline": page.headline,
        "remarks": list(page.remarks()),
        "curve": _curve(page),
        "split": _split(page),
        "columns": page.columns,
        "rows": list(page.rows()),
        "goals": [page.goal_heading(goal.name) for goal in result.sweep.problem.goals],
        "pick_rows": list(page.pick_rows()),
        "messages": [message.text for message in result.messages],
    }


@dataclass(frozen=True, eq=False)
class _Page:
    """What every part of the page is written from."""

    result: SweepResult
    say: Words

    @property
    def swept(self) -> BudgetSweep:
        return self.result.sweep

    @property
    def currency(self) -> str:
        return self.result.spec.currency or self.say("money")

    @property
    def outcome(self) -> str:
        return self.say.name(self.swept.outcome)

    @property
    def unit(self) -> str:
        return self.swept.unit or self.outcome

    @property
    def outcome_label(self) -> str:
        """The outcome with its unit, where that is another word."""
        title = self.say.title(self.swept.outcome)
        return f"{title} ({self.swept.unit})" if self.say.unit_beside(title, self.swept.unit) else title

    @property
    def strip(self) -> list[tuple[str, str]]:
        say, result = self.say, self.result
        return [
            (say("strip_period"), say.length(self.swept.problem.periods, result.period)),
            (say("strip_currency"), result.spec.currency or say("strip_currency_none")),
            (say("sweep_budgets"), f"{len(self.swept.solved)}"),
            (say("strip_made"), numbers.moment(result.created)),
            (say("strip_program"), f"moo-budget {result.versions.get('moo-budget', '')}".strip()),
            (say("strip_seed"), str(self.swept.seed)),
        ]

    @property
    def headline(self) -> str:
        """Where the next unit of money just earns itself back, or what it still brings."""
        return self.swept.break_even.text

    def remarks(self) -> Iterator[str]:
        first, last = self.swept.solved[0], self.swept.solved[-1]
        assert first.best is not None  # it is solved
        assert last.best is not None
        yield self.say(
            "sweep_range",
            low=self.money(first.budget),
            high=self.money(last.budget),
            outcome=self.outcome,
            less=self.amount(first.best.value.value),
            more=self.amount(last.best.value.value),
        )
        if self.swept.margin not in (None, 1.0):
            yield self.say("sweep_margin", margin=f"{self.swept.margin:,.6g}", outcome=self.outcome, unit=self.unit)
        beyond = dict.fromkeys(name for point in self.swept.solved for name in _extrapolated(point))
        if beyond:
            yield self.say("sweep_beyond", channels=listed(self.say.name(name) for name in beyond))
        loose = [point for point in self.swept.solved if point.best is not None and point.best.gap is None]
        gaps = [
            point.best.gap / point.best.value.value
            for point in self.swept.solved
            if point.best and point.best.gap and point.best.value.value > 0.0
        ]
        if not loose and gaps:
            yield self.say("sweep_proved", share=numbers.percent(max(max(gaps), 1e-4), 1), outcome=self.outcome)
        for point in self.swept.points:
            if point.reason:
                yield self.say("sweep_left_out", budget=self.money(point.budget), reason=_in_a_line(point.reason))
        yield self.say("sweep_bands")

    def money(self, amount: float) -> str:
        return numbers.with_unit(amount, self.currency, self.currency)

    def amount(self, value: float) -> str:
        return numbers.with_unit(value, self.unit, self.currency)

    @property
    def columns(self) -> tuple[str, ...]:
        say = self.say
        headings = [
            say("sweep_budget", currency=self.currency),
            self.outcome_label,
            say("sweep_range_80"),
            say("sweep_marginal", outcome=self.outcome, currency=self.currency),
            say("sweep_range_90"),
        ]
        return (*headings, *([say("sweep_profit", currency=self.currency)] if self.swept.margin is not None else []))

    def rows(self) -> Iterator[Row]:
        for point in self.swept.solved:
            assert point.best is not None  # it is solved
            value, marginal = point.best.value, point.marginal
            cells = [
                numbers.full(point.budget),
                numbers.rounded(value.value),
                f"{numbers.rounded(value.low)} – {numbers.rounded(value.high)}",
                numbers.MISSING if marginal is None else numbers.rounded(marginal.value),
                numbers.MISSING
                if marginal is None
                else f"{numbers.rounded(marginal.low)} – {numbers.rounded(marginal.high)}",
            ]
            if self.swept.margin is not None:
                cells.append(numbers.rounded(self.swept.margin * value.value - point.budget))
            yield Row(f"{folder_name(point.budget)}/report.html", tuple(cells))

    def goal_heading(self, name: str) -> str:
        goal = next(goal for goal in self.swept.problem.goals if goal.name == name)
        title = self.say.goal(goal)
        return f"{title} ({goal.unit})" if self.say.unit_beside(title, goal.unit) else title

    def pick_rows(self) -> Iterator[Row]:
        """A row a budget and pick; picks that fall on one plan share it."""
        for point in self.swept.solved:
            assert point.front is not None  # it is solved
            assert point.picks is not None
            names: dict[str, list[str]] = {}
            for name, id in point.picks.ids.items():
                names.setdefault(id, []).append(name)
            for id, own in names.items():
                plan = point.front.plan(id)
                called = self.say.plan_names(own)
                yield Row(
                    f"{folder_name(point.budget)}/report.html",
                    (numbers.full(point.budget), called, *self._goal_cells(plan)),
                )

    def _goal_cells(self, plan: MeasuredPlan) -> Iterator[str]:
        for goal in self.swept.problem.goals:
            yield numbers.by_unit(numbers.rounded, goal.unit)(plan.goals[goal.name].value)


def _in_a_line(text: str) -> str:
    """An error's indented lines as one sentence."""
    return text.replace(":\n   ", ": ").replace("\n   ", "; ").replace("\n", ". ")


def _extrapolated(point: SweepPoint) -> tuple[str, ...]:
    return () if point.best is None else point.best.extrapolated


def _curve(page: _Page) -> Picture:
    """Budget against outcome, and below it against the marginal return, both with bands."""
    with drawing([page.outcome_label, page.currency]):
        figure = new_figure(6.6, layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        _outcome_panel(upper, page)
        _marginal_panel(lower, page)
        handles, labels = upper.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), columnspacing=1.5)
        return embedded(figure, " ".join([page.headline, *list(page.remarks())[:1]]))


def _outcome_panel(axes: Axes, page: _Page) -> None:
    swept, say = page.swept, page.say
    budgets = swept.budgets
    axes.fill_between(
        budgets, swept.curve("estimate_low"), swept.curve("estimate_high"), color=SERIES[0], alpha=0.25, linewidth=0,
        label=say("sweep_band_estimate"),
    )  # fmt: skip
    for part, label in (("low", say("sweep_band_may_come")), ("high", "")):
        axes.plot(budgets, swept.curve(part), color=SERIES[0], linewidth=1.0, linestyle=(0, (4, 2)), label=label)
    axes.plot(budgets, swept.curve(), color=SERIES[0], marker="o", markersize=3.5, label=say("sweep_best"))
    today = page.result.today
    if today is not None and today.goals is not None and budgets[0] <= today.total <= budgets[-1]:
        (value,) = today.goals.values()
        mark(axes, today.total, value.value, ("today",), say("today"))
    _break_even_line(axes, page, say("sweep_break_even"))
    _finish(axes, page.outcome_label)


def _marginal_panel(axes: Axes, page: _Page) -> None:
    known = [(point.budget, point.marginal) for point in page.swept.solved if point.marginal is not None]
    budgets = [budget for budget, _ in known]
    axes.fill_between(
        budgets, [one.low for _, one in known], [one.high for _, one in known], color=SERIES[2], alpha=0.25, linewidth=0
    )
    axes.plot(budgets, [one.value for _, one in known], color=SERIES[2], marker="o", markersize=3.5)
    if page.swept.margin is not None:
        axes.axhline(1.0 / page.swept.margin, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.annotate(
            page.say("sweep_earns_itself"), (0.0, 1.0 / page.swept.margin), xycoords=("axes fraction", "data"),
            xytext=(4, -11), textcoords="offset points", fontsize=8.5, color=MUTED,
        )  # fmt: skip
    _break_even_line(axes, page, "")
    _finish(axes, page.say("sweep_axis_marginal", outcome=page.outcome, currency=page.currency))
    axes.set_xlabel(page.say("sweep_budget", currency=page.currency))
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))


def _break_even_line(axes: Axes, page: _Page, label: str) -> None:
    budget = page.swept.break_even.budget
    if budget is not None:
        axes.axvline(budget, color=SERIES[3], linewidth=1.2, linestyle=(0, (1, 2)), label=label)


def _finish(axes: Axes, label: str) -> None:
    axes.grid(True)
    compact_axes(axes, bins=7)
    axes.set_ylabel(label)


def _split(page: _Page) -> Picture | None:
    """Where the money of the best plans goes, as layers; None where there is one channel or one budget."""
    swept, say = page.swept, page.say
    names = swept.problem.channels
    if len(names) < 2 or len(swept.solved) < 2:
        return None
    money = np.array([[point.best.spend[name] for name in names] for point in swept.solved if point.best is not None])
    order = np.argsort(-money.sum(axis=0), kind="stable")
    alone = order if len(order) <= _ALONE else order[: _ALONE - 1]
    layers = [money[:, c] for c in alone]
    labels = [shortened(say.name(names[c])) for c in alone]
    colours: Sequence[str] = SERIES[: len(alone)]
    if len(alone) < len(order):
        layers.append(money[:, order[len(alone) :]].sum(axis=1))
        labels.append(say("sweep_others", count=len(order) - len(alone)))
        colours = (*colours, OTHERS)
    with drawing(names):
        figure = new_figure(4.0, layout="constrained")
        axes = figure.subplots()
        axes.stackplot(swept.budgets, *layers, labels=labels, colors=colours, edgecolor="white", linewidth=0.6)
        axes.margins(x=0.0)
        _finish(axes, page.say("sweep_money", currency=page.currency))
        axes.set_xlabel(say("sweep_budget", currency=page.currency))
        handles, texts = axes.get_legend_handles_labels()
        figure.legend(handles[::-1], texts[::-1], loc="outside right upper")
        first, last = money[0] / money[0].sum(), money[-1] / money[-1].sum()
        said = ", ".join(
            f"{say.name(names[c])} {numbers.whole_percent(first[c])} → {numbers.whole_percent(last[c])}" for c in order
        )
        return embedded(figure, say("sweep_split_alt", said=said))
