"""What a notebook shows of a record: a caption and small tables, escaped, without script, legible on dark too."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from moo_budget.certificate import TINY, Certificate
from moo_budget.choose import picks
from moo_budget.explain.record import Explanation
from moo_budget.front import Front, GoalValue, Plan
from moo_budget.history import History
from moo_budget.report import numbers
from moo_budget.responses import Responses

_MOST_ROWS = 10
# Colours are the notebook's own: only what a table needs to be read.
_TABLE = "border-collapse:collapse;margin:0 0 8px;font-variant-numeric:tabular-nums"
_CELL = "padding:2px 10px;border-bottom:1px solid #8884"

Cells = Sequence[str]


def history_html(history: History) -> str:
    """Money per channel, of so many periods."""
    total = history.spend.sum()
    rows = [
        (
            name,
            numbers.full(float(spend.mean())),
            numbers.full(float(spend.max())),
            numbers.whole_percent(float(spend.sum() / total)) if total > 0.0 else numbers.MISSING,
        )
        for name, spend in zip(history.channels, history.spend.T, strict=True)
    ]
    outcomes = ", ".join(_with_unit(series.name, series.unit) for series in history.outcomes)
    each = "row" if history.period == "none" else history.period
    return _shown(repr(history), ("channel", f"money per {each}", "most", "share"), rows, f"Outcomes: {outcomes}.")


def responses_html(responses: Responses) -> str:
    """What was learned of every outcome, and how well it forecasts."""
    rows = []
    for outcome in responses.outcomes:
        told = outcome.quality
        held_out = told.get("crps"), told.get("naive_crps")
        errors = [numbers.MISSING if share is None else numbers.percent(share) for share in held_out]
        model = ", ".join(str(told[key]) for key in ("model", "curve", "carry_over") if told.get(key))
        rows.append((outcome.name, outcome.unit, model, *errors))
    columns = ("outcome", "unit", "model", "off by (CRPS)", "other periods off by")
    return _shown(repr(responses), columns, rows, f"Channels: {', '.join(responses.channels)}.")


def front_html(front: Front) -> str:
    """The picks first, then the plans in their order."""
    names: dict[str, list[str]] = {}
    for name, id in picks(front).ids.items():
        names.setdefault(id, []).append(name)
    order = [*names, *(id for id in front.ids if id not in names)]
    goals, currency = front.problem.goals, front.problem.currency or "money"
    rows = []
    for id in order[:_MOST_ROWS]:
        plan = front.plan(id)
        values = [numbers.by_unit(numbers.rounded, goal.unit)(plan.goals[goal.name].value) for goal in goals]
        rows.append((id, ", ".join(names.get(id, [])), numbers.full(plan.total), *values))
    columns = ("plan", "pick", f"total ({currency})", *(_with_unit(goal.name, goal.unit) for goal in goals))
    return _shown(repr(front), columns, rows, "", more=len(order) - len(rows))


def _with_unit(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name


def plan_html(plan: Plan) -> str:
    """Goals with the range of what may come, then money, the channel with most first."""
    goals = {} if plan.goals is None else plan.goals
    rows = [(name, numbers.rounded(value.value), _range(value)) for name, value in goals.items()]
    ranked = sorted(plan.spend.items(), key=lambda item: -item[1])
    shares = [
        (name, numbers.full(money), numbers.whole_percent(money / plan.total) if plan.total else numbers.MISSING)
        for name, money in ranked[:_MOST_ROWS]
    ]
    notes = [f"It breaks: {'; '.join(plan.breaks)}."] if plan.breaks else []
    notes += [f"More than was ever spent on: {', '.join(plan.extrapolated)}."] if plan.extrapolated else []
    notes += ["It lies beyond what the curves cover."] if plan.goals is None else []
    first = _table(("goal", "value", "8 in 10 cases"), rows) if rows else ""
    second = _table(("channel", "money", "share"), shares, len(ranked) - len(shares))
    return _captioned(repr(plan), first + second, " ".join(notes))


def _range(value: GoalValue) -> str:
    return f"{numbers.rounded(value.low)} to {numbers.rounded(value.high)}" if value.low < value.high else ""


def certificate_html(certificate: Certificate) -> str:
    """How much better than the front a plan could be at most, goal by goal."""
    rows = []
    for name, gap in certificate.extreme_gap.items():
        share = certificate.extreme_share[name]
        why = certificate.reasons.get(name, "")
        rows.append((name, *_bound(gap, share), why))
    columns = ("goal", "better by at most", "of its range", "not proved because")
    return _shown(repr(certificate), columns, rows, certificate.note)


def _bound(gap: float | None, share: float | None) -> tuple[str, str]:
    """A bound as an amount and as a share of the goal's range; one too small to matter without its digits."""
    if gap is None:
        return numbers.MISSING, numbers.MISSING
    if share is not None and 0.0 < share < TINY:
        return f"< {numbers.significant(gap * TINY / share, 2)}", f"< {numbers.percent(TINY, 1)}"
    return numbers.rounded(gap), numbers.MISSING if share is None else numbers.percent(share)


def explanation_html(facts: Explanation) -> str:
    """Why a plan: its money beside today's mix and what the next unit brings, then its sentences."""
    currency = facts.currency or "money"
    ranked = sorted(facts.channels.items(), key=lambda item: -item[1].spend)
    rows = [
        (
            name,
            numbers.full(row.spend),
            numbers.MISSING if row.change is None else numbers.plus(numbers.full(row.change)),
            numbers.rounded(row.marginal_roi.value),
        )
        for name, row in ranked
    ]
    columns = ("channel", f"money ({currency})", "change", f"next {currency} brings ({facts.unit or facts.outcome})")
    return _shown(repr(facts), columns, rows, " ".join(facts.sentences()))


def _shown(caption: str, columns: Cells, rows: Sequence[Cells], note: str, *, more: int | None = None) -> str:
    """A table of at most ten rows; how many more there are is said."""
    left = len(rows) - _MOST_ROWS if more is None else more
    return _captioned(caption, _table(columns, rows[:_MOST_ROWS], left), note)


def _captioned(caption: str, tables: str, note: str) -> str:
    below = f"<p>{escape(note)}</p>" if note else ""
    return f"<div><p><strong>{escape(caption)}</strong></p>{tables}{below}</div>"


def _table(columns: Cells, rows: Sequence[Cells], more: int = 0) -> str:
    """Cells as text, escaped; names to the left, numbers to the right."""
    head = "".join(_cell("th", column, position) for position, column in enumerate(columns))
    body = "".join(
        f"<tr>{''.join(_cell('td', cell, position) for position, cell in enumerate(row))}</tr>" for row in rows
    )
    rest = f"<p>… and {more:,} more</p>" if more > 0 else ""
    return f'<table style="{_TABLE}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}'


def _cell(tag: str, text: str, position: int) -> str:
    side = "right" if position else "left"
    return f'<{tag} style="{_CELL};text-align:{side}">{escape(text)}</{tag}>'
