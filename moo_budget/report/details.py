"""The lower half of the page: channels, curves, how far to trust it all, and the appendix."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from moo_budget.certificate import MIXES_WITH, TINY, Certificate, is_relaxed, left_out
from moo_budget.goals import Goal
from moo_budget.report import numbers
from moo_budget.report.facts import ChannelFacts, Shown, channel_facts, told
from moo_budget.report.page import Page
from moo_budget.report.picture import Picture, marker_of
from moo_budget.report.response_curves import response_curves

LISTED_PLANS = 250  # of a front, without script: a page of more rows is not read, and weighs
_SAID_ELSEWHERE = ("noise.assumed", "solve.algorithm", "views.taken-in", "frontier.failed", "fit.as-believed")
_NAMED = 6  # channels, or pairs, of many
_ESTIMATOR = re.compile(r" \((?:ledoit_wolf|oas|sample|ewma[^)]*)\)")  # its name says nothing to readers


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
    not_drawn: tuple[str, ...]


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


def marks_extrapolation(page: Page) -> bool:
    """Whether some channel table carries the mark of money beyond past spend."""
    return any(pick.plan.extrapolated for pick in page.picks)


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
    moving = problem.tables.mean_values[problem.tables.outcomes.index(outcome)].any(axis=1)
    if not moving.any():
        return CurveGroup(title, say("curves_without", outcome=say.name(outcome)), (), ())
    points = [one for one in page.shown if set(one.names) & {"today", "balanced"}]
    period = say(page.result.period)
    drawn = [c for c in page.drawn if moving[c]]
    pictures = response_curves(problem, outcome, drawn, points, say, period)
    how_to_read = say("curves_how", outcome=say.name(outcome), period=period)
    flat = [channel for channel, moves in zip(problem.channels, moving, strict=True) if not moves]
    return CurveGroup(title, how_to_read, pictures, tuple(_not_drawn(page, outcome, flat)))


def _not_drawn(page: Page, outcome: str, flat: Sequence[str]) -> Iterator[str]:
    """Why channels without a curve have none, a sentence a reason."""
    tables, spec = page.result.problem.tables, page.result.spec.outcomes.get(outcome)
    measured = spec.channels if spec and spec.channels else tables.channels
    capped = {
        channel
        for channel, seen, end in zip(tables.channels, tables.observed_max, tables.ends, strict=True)
        if seen == end == 0.0
    }
    reasons = {
        channel: "never_bought" if channel in capped else "no_effect" if channel in measured else "not_measured"
        for channel in flat
    }
    for reason in dict.fromkeys(reasons.values()):
        named = [channel for channel in flat if reasons[channel] == reason]
        yield page.say(reason, channels=page.say("comma").join(named))


def fit_rows(page: Page) -> list[tuple[str, ...]]:
    """Outcome, model, periods held out, R2, error, of other periods' median, without channels, coverage, verdict."""
    return [_fit_row(page, outcome, quality) for outcome, quality in page.result.fit.items()]


def _fit_row(page: Page, outcome: str, quality: dict[str, Any]) -> tuple[str, ...]:
    """`quality` has what its model could say; what it could not is shown as missing."""
    error, naive = quality.get("crps"), quality.get("naive_crps")
    verdict = "fit_unknown" if error is None or naive is None else "fit_better" if error < naive else "fit_worse"
    held_out, r2 = quality.get("held_out_periods"), quality.get("r2")
    errors = (quality.get(key) for key in ("mape", "naive_mape", "baseline_mape"))
    covered = quality.get("coverage_80")
    return (
        page.say.title(outcome),
        page.say("semicolon").join(_model_parts(page, quality)),
        numbers.MISSING if held_out is None else str(held_out),
        numbers.MISSING if r2 is None else numbers.fixed(r2, 2),
        *(numbers.MISSING if share is None else numbers.percent(share) for share in errors),
        numbers.MISSING if covered is None else numbers.whole_percent(covered),
        page.say(verdict),
    )


def fit_sentences(page: Page) -> list[str]:
    """Why these curves, and which channels the data cannot tell apart."""
    return [text for outcome, quality in page.result.fit.items() for text in _fit_sentences(page, outcome, quality)]


def _fit_sentences(page: Page, outcome: str, quality: dict[str, Any]) -> Iterator[str]:
    say, title = page.say, page.say.title(outcome)
    candidates = [candidate for candidate in quality.get("candidates", []) if candidate["score"] is not None]
    if len(candidates) > 1:
        shown = [
            say("fit_candidate", name=say.setting("curve", one["name"]), score=numbers.percent(one["score"]))
            for one in candidates
        ]
        yield say("fit_candidates", outcome=title, candidates=say("comma").join(shown), reason=quality["reason"])
    driven = [
        say("fit_driven", channel=channel, columns=say("comma").join(_drivers(one["drivers"])))
        for channel, one in quality.get("channels", {}).items()
        if "drivers" in one
    ]
    if driven:
        yield say("fit_drivers", outcome=title, channels=say("semicolon").join(driven))
    pairs = [say("and").join(pair) for pair in quality.get("indistinct", [])]
    if pairs:
        yield say("fit_indistinct", outcome=title, pairs=_some(page, pairs, "semicolon"))
    believed = quality.get("as_believed", [])
    if believed:
        of, names = len(page.result.problem.channels), _some(page, believed, "comma")
        yield say("fit_as_believed", outcome=title, count=len(believed), of=of, names=names)


def _some(page: Page, names: list[str], between: str) -> str:
    """The first of many, and how many more there are."""
    shown, more = page.say(between).join(names[:_NAMED]), len(names) - _NAMED
    return page.say("some_of", names=shown, count=more) if more > 0 else shown


def _drivers(lost: dict[str, float]) -> list[str]:
    """``spend 62 %, season 20 %``, the largest first."""
    return [f"{name} {numbers.percent(share)}" for name, share in sorted(lost.items(), key=lambda item: -item[1])]


def _model_parts(page: Page, quality: dict[str, Any]) -> Iterator[str]:
    """Model, curves and carry-over in words; several curves stand in one text, with commas."""
    for key in ("model", "curve", "carry_over"):
        if quality.get(key):
            yield page.say("comma").join(page.say.setting(key, value) for value in quality[key].split(", "))


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
        *_certified(page),
    ]


def _certified(page: Page) -> Iterator[str]:
    """How far from perfect the front can be, at most."""
    say, problem, certificate = page.say, page.result.problem, page.result.certificate
    if certificate is None:
        yield say("search_uncertified")
        return
    better = [
        _gap_of(page, goal, gap, certificate.extreme_share[goal.name])
        for goal in problem.sought_goals
        if (gap := certificate.extreme_gap[goal.name]) is not None
    ]
    if better:
        yield say("certified_extremes", goals=say("semicolon").join(better))
    if (share := certificate.coverage_gap) is not None:
        yield say("certified_coverage", share=_proved(page, share))
    yield from _beside_proof(page, certificate)
    yield say("certified_model")


def certified_in_short(page: Page) -> Iterator[str]:
    """What is proved of the front, at a glance; nothing where nothing is."""
    say, certificate = page.say, page.result.certificate
    if certificate is None:
        return
    if shares := [share for share in certificate.extreme_share.values() if share is not None]:
        yield say("certified_short_extreme", share=_proved(page, max(shares)))
    if certificate.coverage_gap is not None:
        yield say("certified_short_coverage", share=_proved(page, certificate.coverage_gap))


def proof_in_short(page: Page) -> Iterator[str]:
    """What is proved, what is left open and why, and what the proof leaves out; nothing where nobody tried."""
    say, certificate = page.say, page.result.certificate
    if certificate is None:
        return
    if proved := say("sentences").join(certified_in_short(page)):
        yield proved
    yield from _beside_proof(page, certificate)


def _beside_proof(page: Page, certificate: Certificate) -> Iterator[str]:
    """What is not proved, a sentence each, and how the question that was proved differs from the one that was asked."""
    say, problem = page.say, page.result.problem
    for part in certificate.reasons:
        yield _not_proved(page, part, _reason(page, certificate, part))
    if is_relaxed(problem):
        yield say("certified_relaxed")
    if rules := left_out(problem):
        yield say("certified_without_rules", rules=rules)


def _proved(page: Page, share: float) -> str:
    """A share that something is within: a tiny one is rounded up."""
    return page.say("tiny_share") if share < TINY else numbers.percent(share)


def _gap_of(page: Page, goal: Goal, gap: float, share: float | None) -> str:
    """How much better a plan could be in a goal: its share of the range, with the amount where that is not tiny."""
    say, written = page.say, page.spoken(gap, goal.unit)
    if share is not None:
        key = "certified_tiny" if share < TINY else "certified_share"
        return say(key, goal=say.goal(goal), share=numbers.percent(share), gap=written)
    problem, front = page.result.problem, page.result.front
    largest = float(np.abs(front.values.value[:, problem.goals.index(goal)]).max())
    key = "certified_tiny_value" if gap <= TINY * largest else "certified_amount"
    return say(key, goal=say.goal(goal), gap=written)


def _reason(page: Page, certificate: Certificate, part: str) -> str:
    """Why a part is not proved; of an earlier version's result as it was written then."""
    if part not in certificate.reason_codes:
        return certificate.reasons[part]
    goals = page.result.problem.sought_goals
    unbound = [page.say.goal(goal) for goal in goals if certificate.extreme_gap[goal.name] is None]
    return page.say(f"reason_{certificate.reason_codes[part]}", goals=page.say("comma").join(unbound))


def _not_proved(page: Page, part: str, reason: str) -> str:
    """What a certificate leaves open; `part` is a goal, `coverage_gap`, `solve_gap` or what it is called there."""
    say = page.say
    goal = next((goal for goal in page.result.problem.sought_goals if goal.name == part), None)
    if goal is not None:
        return say("certified_open", goal=say.goal(goal), reason=reason)
    if part in ("coverage_gap", "solve_gap"):
        return say(f"certified_open_{part}", reason=reason)
    if part.startswith(MIXES_WITH):
        return say("certified_open_weightings", goal=say.name(part.removeprefix(MIXES_WITH)), reason=reason)
    return say("certified_open_other", part=say.name(part), reason=reason)


def assumptions(page: Page) -> list[str]:
    """What nobody measured."""
    result, say = page.result, page.say
    problem = result.problem
    cap = say("assumed_cap", times=f"{problem.limits.extrapolate:g}", period=say(result.period))
    independent = [say("assumed_independent")] if len(problem.tables.outcomes) > 1 else []
    level = say("assumed_level", length=say.length(problem.periods, result.period))
    spent = level if problem.law is None else say("assumed_calendar")
    return [
        *([spent] if problem.periods > 1 or problem.law is not None else []),
        *_noise(page),
        *([cap] if problem.limits.extrapolate > 0.0 else []),
        *independent,
    ]


def _noise(page: Page) -> Iterator[str]:
    """Where market noise comes from; outcomes that share it share a sentence."""
    sources: dict[str, list[str]] = {}
    for outcome, quality in page.result.fit.items():
        if "noise" in quality:
            sources.setdefault(_ESTIMATOR.sub("", quality["noise"]), []).append(page.say.name(outcome))
    for source, outcomes in sources.items():
        yield page.say("assumed_noise", outcomes=page.say("and").join(outcomes), noise=page.say.of_engine(source))


def messages(page: Page) -> list[str]:
    """What the run had to say, but for what stands elsewhere on the page."""
    return [page.say.of_engine(one.text) for one in page.result.messages if one.code not in _SAID_ELSEWHERE]


@dataclass(frozen=True)
class PlanRow:
    """One plan of the front in the appendix."""

    id: str
    pick: str
    total: str
    goals: tuple[str, ...]


def glossary(page: Page) -> list[str]:
    """The words to be explained: those of every report, and those of the measures that this one has."""
    of_measures = {"std": "risk"} | {
        measure: measure
        for measure in (
            "semi_deviation",
            "tail_mean",
            "shortfall",
            "regret",
            "beyond_history",
            "effective_channels",
        )
    }
    used = {goal.measure for goal in page.result.problem.goals}
    risks = [word for measure, word in of_measures.items() if measure in used]
    return ["plan", "today", "incremental", "roi", *risks, "front", "carry_over"]


def all_plans(page: Page) -> list[PlanRow]:
    """Plans of the front with their expected goals: all of them, or the first `LISTED_PLANS` and the picks."""
    front, listed = page.result.front, set(page.result.picks.ids.values())
    names: dict[str, list[str]] = {}
    for name, id in page.result.picks.ids.items():
        names.setdefault(id, []).append(name)
    return [
        PlanRow(
            id,
            page.say.plan_names(names[id]) if id in names else "",
            page.money(float(front.spend[row].sum())),
            tuple(
                numbers.by_unit(numbers.full, goal.unit)(told(front.problem, goal, float(value)))
                for goal, value in zip(front.problem.goals, front.values.value[row], strict=True)
            ),
        )
        for row, id in enumerate(front.ids)
        if row < LISTED_PLANS or id in listed
    ]


def sources(page: Page) -> list[str]:
    """What the report was made from, by checksum, and with which versions."""
    result, say = page.result, page.say
    history = [say("source_history", **result.history)] if result.history else []
    versions = say("comma").join(f"{name} {version}" for name, version in result.versions.items())
    return [*history, say("source_versions", versions=versions)]
