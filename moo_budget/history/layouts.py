"""Wide and long tables -> spend, outcomes and what else moves them, of every period.

Wide: a row is a date, a channel is a set of columns. Long: a row is a date and a channel. Either may be split further
(regions, products): `sum_over` names the columns that tell such rows apart, and they are added up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from moo_budget._checks import FloatArray
from moo_budget.errors import InputError, Message
from moo_budget.history.cells import DateArray
from moo_budget.history.columns import PATTERN, TOTAL, UsedColumns, find_columns, measured_channels
from moo_budget.history.events import read_events
from moo_budget.history.files import Table
from moo_budget.history.rows import Rows, absent_text, read_rows
from moo_budget.spec import HistorySpec, OutcomeSpec


@dataclass(frozen=True, eq=False)
class Panel:
    """What a table says per period, in whatever layout it said it.

    Attributes:
        dates: (n_periods,), rising; None for a cross-section.
        spend: (n_periods, n_channels), currency.
        outcomes: (n_periods, n_measured), the channels for which it is measured as columns; a total is one column,
            TOTAL.
        trials: the same of the trials, for the outcomes that count successes.
        controls: (n_periods, n_controls).
        organic: (n_periods, n_organic).
        events: event -> (n_periods,), 1 in its periods.
        messages: every repair and every choice.
    """

    dates: DateArray | None
    spend: pd.DataFrame
    outcomes: dict[str, pd.DataFrame]
    trials: dict[str, pd.DataFrame]
    controls: pd.DataFrame
    organic: pd.DataFrame
    events: dict[str, FloatArray]
    messages: tuple[Message, ...]


def read_panel(table: Table, history: HistorySpec, outcomes: Mapping[str, OutcomeSpec]) -> Panel:
    """Read a table in the layout that `history` names.

    In the long layout no `{channel}` tells an outcome per channel from a total, so its values do. It is a total, and
    counts once a date, if within every date (and part) all channels have the same value, and these values differ
    between dates; no date with two channels, or `channels` in the problem file: per channel. Which it was is said.

    Raises:
        InputError: with file, row and column, for everything that is in section 5 of the design under "Cells".
    """
    _check_settings(history, outcomes)
    used = find_columns(table, history, outcomes)
    rows, said = read_rows(table, used, history)
    if history.layout == "wide":
        spend, series = _wide(rows, used)
    else:
        spend, series = _long(rows, used, history, outcomes)
        said = (*said, *_absent_channels(table.file, rows), *_readings(series))
    events, said_events = ({}, ()) if used.events is None else read_events(table, used.events, rows.period)
    return Panel(
        dates=None if used.date is None else spend.index.to_numpy().astype("datetime64[D]"),
        spend=spend.fillna(0.0),
        outcomes=series,
        trials=_trials(rows, used, series),
        controls=rows.numbers[list(used.controls)].groupby(rows.period).mean().reindex(spend.index),
        organic=_organic(rows, used),
        events=events,
        messages=(*said, *said_events),
    )


def _check_settings(history: HistorySpec, outcomes: Mapping[str, OutcomeSpec]) -> None:
    """What a layout needs, and what has no meaning in it."""
    is_long = history.layout == "long"
    # Not refused on reading the problem file: the example in docs/design.md shows every key of the contract at once.
    if not is_long and history.channel is not None:
        raise InputError(
            f'history.channel is "{history.channel}", and only the long layout has a column that names the channel. '
            'Take it out, or write layout = "long".',
            code="history.channel-column",
        )
    patterns = [history.spend, *(outcome.column for outcome in outcomes.values()), *history.trials.values()]
    if is_long and any(PATTERN in pattern for pattern in patterns):
        raise InputError(
            f"In the long layout one column holds all channels: name it as the table does, without {PATTERN}.",
            code="history.long-layout",
        )
    for name, outcome in outcomes.items():
        if not is_long and outcome.channels is not None and PATTERN not in outcome.column:
            raise InputError(
                f"outcomes.{name}.channels says which channels have a column, but `{outcome.column}` is one column for "
                f"the whole business. Leave channels out, or put {PATTERN} into the column's name.",
                code="history.outcome-channels",
            )


def _wide(rows: Rows, used: UsedColumns) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    def per_period(columns: Mapping[str, pd.Series]) -> pd.DataFrame:
        return pd.DataFrame(columns).groupby(rows.period).sum()

    spend = per_period({channel: rows.numbers[column] for channel, column in used.spend.items()})
    outcomes = {
        name: per_period({channel: formula.values(rows.numbers) for channel, formula in formulas.items()})
        for name, formulas in used.outcomes.items()
    }
    return spend, outcomes


def _long(
    rows: Rows, used: UsedColumns, history: HistorySpec, outcomes: Mapping[str, OutcomeSpec]
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Spend, NaN where a channel has no row on a date, and outcomes."""
    series = {}
    for name, outcome in outcomes.items():
        values = used.outcomes[name][TOTAL].values(rows.numbers)
        if outcome.channels is None and _is_total(values, rows):
            once = values.groupby([rows.period, *rows.part_keys()]).first()
            series[name] = once.groupby(level=0).sum().to_frame(TOTAL)
        else:
            series[name] = _per_channel(values, rows, measured_channels(outcome, history)).fillna(0.0)
    return _per_channel(rows.numbers[used.spend[TOTAL]], rows, history.channels), series


def _per_channel(values: pd.Series, rows: Rows, channels: Sequence[str]) -> pd.DataFrame:
    """Long layout: added up per period and channel, NaN where a channel has no row on a date."""
    return values.groupby([rows.period, rows.channel]).sum().unstack().reindex(columns=list(channels))


def _trials(rows: Rows, used: UsedColumns, series: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Of the outcomes that count successes; a column without `{channel}` holds the trials of every channel."""
    trials = {}
    for name, headers in used.trials.items():
        channels = list(series[name].columns)
        if channels == [TOTAL]:
            raise InputError(
                f"history.trials.{name}: the outcome `{name}` is measured in total, and successes among trials are "
                "learned channel by channel. Take it out; the outcome is then a count.",
                code="history.trials",
            )
        if rows.channel is None:
            columns = {channel: rows.numbers[headers.get(channel, headers.get(TOTAL))] for channel in channels}
            trials[name] = pd.DataFrame(columns).groupby(rows.period).sum()
        else:
            trials[name] = _per_channel(rows.numbers[headers[TOTAL]], rows, channels).fillna(0.0)
    return trials


def _organic(rows: Rows, used: UsedColumns) -> pd.DataFrame:
    """Added up over the parts of the business; in the long layout the rows of one part repeat it."""
    parts = rows.numbers[list(used.organic)].groupby([rows.period, *rows.part_keys()]).mean()
    return parts.groupby(level=0).sum()


def _is_total(values: pd.Series, rows: Rows) -> bool:
    """Whether all channels of a date have the same value, and dates do not."""
    dates = values.groupby([rows.period, *rows.part_keys()])
    shared = dates.transform("size") > 1
    constant = (dates.transform("max") == dates.transform("min"))[shared]
    return bool(constant.all()) and values[shared].nunique() > 1


def _absent_channels(file: str, rows: Rows) -> Iterator[Message]:
    absent = rows.absent(rows.series_keys())
    if len(absent):
        found = absent_text(file, absent, ["channel", *map(str, rows.parts)])
        yield Message("history.absent-pairs", f"{found}; spend and outcomes are taken as 0 there.")


def _readings(series: Mapping[str, pd.DataFrame]) -> Iterator[Message]:
    for name, frame in series.items():
        if list(frame.columns) == [TOTAL]:
            reading = "one total a date: it is the same for all channels of every date"
        else:
            reading = "measured per channel"
        yield Message("history.outcome-reading", f"`{name}` was read as {reading}.")
