"""Sentences about a fit that went on although something was not as it should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from moo_budget._checks import BoolArray, FloatArray, amount_text
from moo_budget.errors import Message, listed
from moo_budget.responses.baseline import baseline_of
from moo_budget.responses.carry_over import LAGS
from moo_budget.responses.contradictions import Contradiction
from moo_budget.responses.diagnostics import (
    BOUND_SHARE,
    LEVEL_DEVIATION,
    break_rows,
    relative_deviations,
    shares_explained,
)
from moo_budget.responses.effect_season import LearnedSeason
from moo_budget.responses.noise import Noise
from moo_budget.responses.posterior import MOST_ROUNDS, Posterior
from moo_budget.responses.seasons import Seasonality
from moo_budget.responses.settings import is_thin

if TYPE_CHECKING:
    from moo_budget.history import History

# A step between dates longer than as many periods is a gap; months differ by less.
LONGEST_STEP = 1.5


def about_data(history: History, seasonality: Seasonality) -> list[Message]:
    """What the table itself leaves open, whatever learns from it."""
    return [*thin_channels(history), *gaps(history), *level_spend(history), *bound_spend(history, seasonality)]


def thin_channels(history: History) -> list[Message]:
    """Channels that never, or hardly ever, ran."""
    said = []
    for channel, spend in zip(history.channels, history.spend.T, strict=True):
        active = int((spend > 0.0).sum())
        seen = "was never bought" if active == 0 else f"ran in {active} of {len(spend)} periods only"
        if is_thin(spend):
            text = f"`{channel}` {seen}; its curves are wide guesses at about the other channels' return."
            said.append(Message("fit.thin-channel", text))
    return said


def level_spend(history: History) -> list[Message]:
    """Channels that are always bought alike, so that nothing shows what more or less would do."""
    said = []
    for channel, deviation in zip(history.channels, relative_deviations(history.spend), strict=True):
        if deviation < LEVEL_DEVIATION:
            text = (
                f"`{channel}` is bought almost alike in every period (it varies by {deviation:.1%} of its mean), so "
                "the shape of its curves is a guess. Some weeks with clearly more and clearly less, or a lift test, "
                "would show it."
            )
            said.append(Message("data.level-spend", text))
    return said


def bound_spend(history: History, seasonality: Seasonality) -> list[Message]:
    """Channels whose spend follows trend, season and controls, so that a total does not show what is theirs."""
    if all(outcome.per_channel for outcome in history.outcomes):
        return []
    shares = shares_explained(history.spend, baseline_of(history, seasonality, level=1.0).columns)
    said = []
    for channel, share in zip(history.channels, shares, strict=True):
        if share > BOUND_SHARE:
            text = (
                f"`{channel}` is bought with trend, season and controls ({share:.0%} of its variance), so what it "
                "brings can hardly be told from what they do. Weeks in which it goes against the season, or a lift "
                "test, would tell."
            )
            said.append(Message("data.bound-spend", text))
    return said


def gaps(history: History) -> list[Message]:
    """Rows that do not follow each other although they stand next to each other."""
    if history.dates is None or LAGS[history.period] == 1:
        return []
    steps = np.diff(history.dates).astype(np.float64)
    n_gaps = int((steps > LONGEST_STEP * np.median(steps)).sum())
    if n_gaps == 0:
        return []
    text = (
        f"the dates have {n_gaps} gap(s); carry-over and autocorrelation take the rows around a gap for neighbours. "
        "A row for every missing period mends this."
    )
    return [Message("fit.gaps", text)]


def assumed_noise(noises: Mapping[str, Noise]) -> list[Message]:
    """Market noise that nobody measured; outcomes of which the same is assumed share a sentence."""
    alike: dict[str, list[str]] = {}
    for outcome, noise in noises.items():
        if noise.assumed:
            alike.setdefault(noise.assumed, []).append(outcome)
    return [
        Message("noise.assumed", f"{listed(outcomes)}: market noise is assumed: {assumed}.")
        for assumed, outcomes in alike.items()
    ]


def not_scored(where: str) -> Message:
    """A forecast that could not be put to the test."""
    text = f"{where}: too little happens before or in the held-out periods, so its forecast was not tested."
    return Message("fit.not-scored", text)


def untested(outcome: str, channels: Sequence[str]) -> list[Message]:
    """Channels whose forecasts could not be put to the test."""
    return [not_scored(f"{outcome} of {listed(channels)}")] if channels else []


def season_of_effect(outcome: str, season: LearnedSeason) -> Message:
    """Effects go with the season."""
    low, middle, high = season.strength_range
    text = (
        f"{outcome}: what the channels bring goes with the season of the base, to {middle:.0%} of it "
        f"({low:.0%} to {high:.0%}); a plan's figures are those of the season in which it lies."
    )
    return Message("fit.season", text)


def not_settled(where: str, posterior: Posterior) -> list[Message]:
    """A fit whose rounds ran out."""
    text = f"{where}: the fit had not settled after its {MOST_ROUNDS} rounds; another history may move it."
    return [] if posterior.settled else [Message("fit.not-settled", text)]


def failed(where: str, fault: str) -> list[Message]:
    """A fit that fell back on its prior; an empty `fault` is none."""
    return [Message("fit.failed", f"{where}: {fault}; a wide guess stands in.")] if fault else []


def contradicted_tests(found: Sequence[Contradiction]) -> list[Message]:
    """Lift tests that the history does not bear out."""
    said = []
    for one in found:
        test = one.test
        text = (
            f"{test.where}: from {test.start} to {test.end} `{'+'.join(test.channels)}` is said to have moved "
            f"{test.outcome} by {amount_text(test.lift)} (standard error {amount_text(test.lift_se)}), but the history "
            f"alone expects {amount_text(one.expected)} ({amount_text(one.deviation)}). Each counts as far as it is "
            "certain. Check sign, span and unit of the test, and whether anything else changed while it ran."
        )
        said.append(Message("experiments.contradicted", text))
    return said


def after_fit(
    outcome: str,
    far: Mapping[str, BoolArray],
    residuals: Mapping[str, FloatArray],
    quality: dict[str, Any],
    history: History,
) -> list[Message]:
    """What shows once an outcome has been learned.

    Args:
        outcome: its name.
        far: (n_periods,) by channel, periods far from the fit; the channel '' is the whole business.
        residuals: (n_periods,), likewise, with NaN.
        quality: of the outcome as a whole.
        history: that was learned from.
    """
    return [
        *outliers(outcome, far, history),
        *breaks(outcome, residuals, history),
        *worse_than_naive(outcome, quality),
    ]


def outliers(outcome: str, far: Mapping[str, BoolArray], history: History) -> list[Message]:
    """Periods that lie far from the fit, (n_periods,) by channel; the channel '' is the whole business."""
    places = [
        f"{_period(history, row)} {channel}".strip() for channel, rows in far.items() for row in np.flatnonzero(rows)
    ]
    if not places:
        return []
    text = f"{outcome}: far from the fit, so counted less ({len(places)} of the values): {listed(places, 6)}."
    return [Message("fit.outliers", text)]


def breaks(outcome: str, residuals: Mapping[str, FloatArray], history: History) -> list[Message]:
    """Periods from which on an outcome comes out otherwise than before, whatever was spent; residuals by channel."""
    places = [
        f"{_period(history, row)} {channel}".strip()
        for channel, column in residuals.items()
        for row in break_rows(column)
    ]
    if not places:
        return []
    text = (
        f"{outcome}: a step from one period to the next that no spend explains, at {listed(places, 6)}. If something "
        "else changed there for good (a price, the site, how it is counted), start the history after it, or add a "
        "control column that is 0 before and 1 from then on."
    )
    return [Message("data.break", text)]


def _period(history: History, row: int | np.int64) -> str:
    return f"row {row + 1}" if history.dates is None else str(history.dates[row])


def worse_than_naive(where: str, quality: dict[str, Any]) -> list[Message]:
    """A model that forecasts worse than the outcomes of other periods do."""
    error, naive = quality["crps"], quality["naive_crps"]
    if error is None or naive is None or error <= naive:
        return []
    text = (
        f"{where}: on the {quality['held_out_periods']} held-out periods the model's forecast misses by {error:.1%} of "
        f"the outcome (CRPS), one that only repeats other periods by {naive:.1%}. Read its curves as a direction, not "
        "as a forecast."
    )
    return [Message("fit.worse-than-naive", text)]
