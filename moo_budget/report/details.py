"""The lower half of the page: channels, curves, how far to trust it all, and the appendix."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moo_budget.report import numbers
from moo_budget.report.facts import ChannelFacts, Shown, channel_facts
from moo_budget.report.page import Page
from moo_budget.report.picture import Picture, marker_of
from moo_budget.report.response_curves import response_curves


@dataclass(frozen=True)
class ChannelTable:
    """Every channel of one pick, as text; the last row is the total."""

    title: str
    mark: str
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...]


@dataclass(frozen=True)
class CurveGroup:
    """The curves of one outcome."""

    title: str
    how_to_read: str
    pictures: tuple[Picture, ...]


def channel_columns(page: Page) -> list[str]:
    """Headings of the channel tables; those of the change only where there is a reference."""
    say, currency = page.say, page.currency
    unit = say("per", unit=page.unit or say.name(page.outcome), per=currency)
    against = ["column_reference", "column_change", "column_change_share"] if page.reference else []
    keys = ["channel", "column_money", *against, "column_share_spend", "column_share_effect", "column_roi"]
    return [say(key, currency=currency, unit=unit) for key in (*keys, "column_marginal")]


def channel_tables(page: Page) -> list[ChannelTable]:
    """One table a pick, balanced first."""
    return [_channel_table(page, pick) for pick in page.picks]


def _channel_table(page: Page, pick: Shown) -> ChannelTable:
    facts = channel_facts(page.result.problem, page.outcome, pick.plan)
    title = page.say("channels_of", plan=page.say.plan_names(pick.names))
    return ChannelTable(
        title, marker_of(pick.names), tuple(_channel_row(page, row) for row in facts), _total(page, pick)
    )


def _channel_row(page: Page, row: ChannelFacts) -> tuple[str, ...]:
    money = page.money(row.money) + (" ▲" if row.beyond else "")
    shares = (
        _or_missing(row.share_of_spend, numbers.whole_percent),
        _or_missing(row.share_of_effect, numbers.whole_percent),
    )
    returns = (_or_missing(row.roi, numbers.full), _or_missing(row.marginal_roi, numbers.full))
    return (row.channel, money, *_against(page, row.money, row.reference), *shares, *returns)


def _total(page: Page, pick: Shown) -> tuple[str, ...]:
    total, effect = pick.plan.total, pick.outcomes[page.outcome].value
    before = page.reference.plan.total if page.reference else None
    roi = numbers.full(effect / total) if total > 0.0 else numbers.MISSING
    against = _against(page, total, before)
    return (page.say("total"), page.money(total), *against, *(numbers.whole_percent(1.0),) * 2, roi, numbers.MISSING)


def _against(page: Page, money: float, reference: float | None) -> tuple[str, ...]:
    """Reference, change in money and in percent; nothing without a reference."""
    if reference is None:
        return ()
    share = (money - reference) / reference if reference > 0.0 else math.nan
    change = numbers.plus(page.money(money - reference))
    return (page.money(reference), change, _or_missing(share, lambda part: numbers.plus(numbers.whole_percent(part))))


def _or_missing(value: float, written: Any) -> str:
    return numbers.MISSING if math.isnan(value) else str(written(value))


def curve_groups(page: Page) -> list[CurveGroup]:
    """Curves of every outcome that some channel moves."""
    return [_curve_group(page, outcome) for outcome in page.result.problem.tables.outcomes]


def _curve_group(page: Page, outcome: str) -> CurveGroup:
    problem, say = page.result.problem, page.say
    title = say("curves_of", outcome=say.title(outcome))
    if not problem.tables.mean_values[problem.tables.outcomes.index(outcome)].any():
        return CurveGroup(title, say("curves_without", outcome=say.name(outcome)), ())
    points = [one for one in page.shown if set(one.names) & {"today", "balanced"}]
    period = say(page.result.period)
    pictures = response_curves(problem, outcome, points, say, period)
    return CurveGroup(title, say("curves_how", outcome=say.name(outcome), period=period), pictures)


def fit_rows(page: Page) -> list[tuple[str, ...]]:
    """Outcome, model, periods held out, R2, error, error of a plain mean, verdict, market noise."""
    return [_fit_row(page, outcome, quality) for outcome, quality in page.result.fit.items()]


def _fit_row(page: Page, outcome: str, quality: dict[str, Any]) -> tuple[str, ...]:
    """`quality` has what its model could say; what it could not is shown as missing."""
    error, naive = quality.get("mape"), quality.get("naive_mape")
    verdict = "fit_unknown" if error is None or naive is None else "fit_better" if error < naive else "fit_worse"
    held_out, r2 = quality.get("held_out_periods"), quality.get("r2")
    return (
        page.say.title(outcome),
        page.say("comma").join(_model_parts(quality)),
        numbers.MISSING if held_out is None else str(held_out),
        numbers.MISSING if r2 is None else numbers.fixed(r2, 2),
        numbers.MISSING if error is None else numbers.percent(error),
        numbers.MISSING if naive is None else numbers.percent(naive),
        page.say(verdict),
        quality.get("noise", numbers.MISSING),
    )


def _model_parts(quality: dict[str, Any]) -> Iterator[str]:
    for key in ("model", "curve", "carry_over"):
        value = quality.get(key)
        if value:
            yield value if isinstance(value, str) else " / ".join(value)


def search_sentences(page: Page) -> list[str]:
    """How the plans were found."""
    front, say = page.result.front, page.say
    return [
        say(
            "search_run",
            algorithm=front.algorithm,
            evaluations=f"{front.n_evaluations:,}",
            seed=front.seed,
            plans=len(front),
        ),
        say("search_error", error=numbers.percent(front.problem.tables.error)),
        say("search_uncertified"),
    ]


def assumptions(page: Page) -> list[str]:
    """What nobody measured."""
    result, say = page.result, page.say
    problem = result.problem
    noise = [
        say("assumed_noise", outcome=say.name(outcome), noise=quality["noise"])
        for outcome, quality in result.fit.items()
        if "assumed" in quality.get("noise", "")
    ]
    cap = say("assumed_cap", times=f"{problem.limits.extrapolate:g}", period=say(result.period))
    independent = [say("assumed_independent")] if len(problem.tables.outcomes) > 1 else []
    return [
        say("assumed_level", length=say.length(problem.periods, result.period)),
        *noise,
        *([cap] if problem.limits.extrapolate > 0.0 else []),
        *independent,
    ]


@dataclass(frozen=True)
class PlanRow:
    """One plan of the front in the appendix."""

    id: str
    pick: str
    total: str
    goals: tuple[str, ...]


def all_plans(page: Page) -> list[PlanRow]:
    """Every plan of the front with its expected goals."""
    front = page.result.front
    names: dict[str, list[str]] = {}
    for name, id in page.result.picks.ids.items():
        names.setdefault(id, []).append(name)
    return [
        PlanRow(
            id,
            page.say.plan_names(names[id]) if id in names else "",
            page.money(float(front.spend[row].sum())),
            tuple(numbers.full(float(value)) for value in front.values.value[row]),
        )
        for row, id in enumerate(front.ids)
    ]


def sources(page: Page) -> list[str]:
    """What the report was made from, by checksum, and with which versions."""
    result, say = page.result, page.say
    history = [say("source_history", **result.history)] if result.history else []
    versions = say("comma").join(f"{name} {version}" for name, version in result.versions.items())
    return [*history, say("source_versions", versions=versions)]
