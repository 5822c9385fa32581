"""What each column of a table may be, guessed from its name and its cells: proposals for `moo-budget init`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from moo_budget.errors import InputError, listed
from moo_budget.history.calendar import Period, calendar_of
from moo_budget.history.cells import DateArray, read_dates, read_numbers
from moo_budget.history.columns import PATTERN
from moo_budget.history.files import Table, matching
from moo_budget.spec import RESERVED_NAMES

Numbers = dict[str, pd.Series]

_MEDIA_NAMES = ("awareness", "engagement")  # what impressions and clicks are called


def _words(latin: str, chinese: str = "") -> re.Pattern[str]:
    """Finds a Latin word that stands alone or between marks and digits, or a Chinese one anywhere."""
    anywhere = "".join(f"|{word}" for word in chinese.split())
    return re.compile(rf"(?:^|[\W_\d])(?:{'|'.join(latin.split())})(?:$|[\W_\d]){anywhere}", re.IGNORECASE)


# The habits of Robyn, Meridian, PyMC-Marketing, mmm_stan and of shop and platform exports. The part in brackets is the
# channel; Robyn's one-letter endings are capitals.
_SPEND = (
    r"(.+)_spend",
    r"(.+)_cost",
    r"(.+)(?-i:_S)",
    r"mdsp_(.+)",
    r"(?:spend|cost)_(.+)",
    r"(.+?)_?(?:花费|费用|预算)",
)
_IMPRESSIONS = (r"(.+)_impressions?", r"(.+)(?-i:_I)", r"mdip_(.+)", r"impressions?_(.+)", r"(.+?)_?曝光")
_CLICKS = (r"(.+)_clicks?", r"(.+)_clicks?_P", r"(.+)(?-i:_P)", r"clicks?_(.+)", r"(.+?)_?点击")

_DATE_WORDS = _words("date day week month quarter year time period ds dt", "日期 月 周 时间")
_CHANNEL_WORDS = _words("channel campaign media platform source", "渠道 媒体 平台")
_SPEND_WORDS = _words("spend spent cost", "花费 费用 预算")
_IMPRESSION_WORDS = _words("impressions? reach views", "曝光")
_CLICK_WORDS = _words("clicks? visits sessions", "点击")
_MONEY_WORDS = _words("revenue sales turnover gmv price", "收入 销售额")
_COUNT_WORDS = _words("conversions? orders purchases quotes signups leads target y", "转化 订单")
_CONTROL_WORDS = _words("control b events? newsletter email promo competitor me st mrkdn hldy seas")
# Channels that nobody pays for; visits and orders that are called organic are what such channels bring.
_ORGANIC_WORDS = _words("organic newsletter")
_EVENT_WORDS = _words("events? holidays? promo promotions?", "促销 节日")
# Known only after the sale; a price; the calendar itself or an identity: no outcome, no control, and not bought.
_AFTER_SALE_WORDS = _words("discounts? refunds? returns")
_PER_WORDS = _words("per")
_IDENTITY_WORDS = _words("id dayofyear t population pub")

PLAN_PERIODS: dict[Period, int] = {"day": 28, "week": 13, "month": 3, "quarter": 1, "year": 1, "none": 1}


@dataclass(frozen=True)
class SpendGuess:
    """Where the money may stand.

    Attributes:
        channels: names.
        setting: the column of a long table, else a pattern with {channel}.
        columns: headers.
        is_named: whether the columns' names say that they are spend.
        whole: columns with whole numbers only, which may be counts.
        largest_share: share of the channel with most money, over the last periods.
    """

    channels: tuple[str, ...]
    setting: str
    columns: tuple[str, ...]
    is_named: bool
    whole: tuple[str, ...]
    largest_share: float


@dataclass(frozen=True)
class OutcomeGuess:
    """One outcome.

    Attributes:
        name: what it may be called, [a-z][a-z0-9_]*.
        column: header, or a pattern with {channel}.
        columns: headers.
        is_money: whether its name says that it is counted in the currency.
        channels: the channels that have a column, if not all have.
        minus: headers that may have to be taken off.
        times: headers that may have to be multiplied with.
        others: headers that may be meant instead.
    """

    name: str
    column: str
    columns: tuple[str, ...]
    is_money: bool = False
    channels: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Roles:
    """What the columns of a table are taken for.

    Attributes:
        date: header of the dates; None if no column holds dates.
        dates: the distinct dates, rising; empty without dates.
        period: what one date stands for.
        channel: header of a long table's channels; None: the table is wide.
        sum_over: headers that tell rows of one date (and channel) apart.
        repeats: whether rows of one date are equal even in those.
        spend: the money.
        outcomes: the lead first.
        controls: headers.
        organic: headers of volumes.
        events: header of a column of names; None: there is none.
        unused: headers without a role.
        empty_cells: how many cells of the number columns in use hold nothing.
    """

    date: str | None
    dates: DateArray
    period: Period
    channel: str | None
    sum_over: tuple[str, ...]
    repeats: bool
    spend: SpendGuess
    outcomes: tuple[OutcomeGuess, ...]
    controls: tuple[str, ...]
    organic: tuple[str, ...]
    events: str | None
    unused: tuple[str, ...]
    empty_cells: int


def guess_roles(table: Table) -> Roles:
    """What the columns of a table may be.

    Raises:
        InputError: no column can be spend, or none an outcome.
    """
    numbers = _number_columns(table)
    date, dates = _date_column(table, numbers)
    texts = [header for header in table.columns if header not in numbers and header != date]
    numbers = _without(numbers, [date])
    channel = _channel_column(table, dates, texts, numbers)
    keys = [] if channel is None else [channel]
    events = next((header for header in texts if _EVENT_WORDS.search(matching(header))), None)
    sum_over = _parts(table, dates, [header for header in texts if header not in (channel, events)], keys)

    outcomes = _totals(numbers)
    organic = _organic(numbers)
    controls = _controls(_without(numbers, organic))
    taken = {*controls, *organic, *(column for outcome in outcomes for column in outcome.columns)}
    spend = _spend(table, _without(numbers, taken), channel, _last_rows(table, dates))
    outcomes = (*outcomes, *_media(numbers, spend.channels, channel))
    if not outcomes:
        unread = f". Not all cells are numbers in: {listed(texts)}" if texts else ""
        raise InputError(
            f"{table.file} has no column that looks like an outcome (revenue, sales, conversions, clicks ...). Write "
            f"problem.toml by hand, or give a column such a name. Its columns: {listed(table.columns)}{unread}",
            code="init.no-outcome",
        )
    used = [*spend.columns, *controls, *organic, *(column for outcome in outcomes for column in outcome.columns)]
    return Roles(
        date=date,
        dates=np.unique(dates),
        period=_period(dates),
        channel=channel,
        sum_over=sum_over,
        repeats=date is not None and _is_repeated(table, dates, [*keys, *sum_over]),
        spend=spend,
        outcomes=outcomes,
        controls=controls,
        organic=organic,
        events=events,
        unused=tuple(header for header in table.columns if header not in {*used, date, channel, events, *sum_over}),
        empty_cells=sum(int(numbers[header].isna().sum()) for header in used),
    )


def _number_columns(table: Table) -> Numbers:
    """The columns whose cells are all numbers or empty, and not all empty."""
    columns = {}
    for header in table.columns:
        try:
            numbers = read_numbers(table, [header])[0][header]
        except InputError:
            continue
        if numbers.notna().any():
            columns[header] = numbers
    return columns


def _without(numbers: Numbers, taken: Collection[str | None]) -> Numbers:
    return {header: column for header, column in numbers.items() if header not in taken}


def _date_column(table: Table, numbers: Numbers) -> tuple[str | None, DateArray]:
    """The first column of dates, names that say so first; a column of numbers needs such a name."""
    named = [header for header in table.columns if _DATE_WORDS.search(matching(header))]
    unnamed = [header for header in table.columns if header not in named and header not in numbers]
    for header in [*named, *unnamed]:
        try:
            return header, read_dates(table, header)
        except InputError:
            continue
    return None, np.array([], dtype="datetime64[D]")


def _period(dates: DateArray) -> Period:
    distinct = np.unique(dates)
    return calendar_of(distinct).period if len(distinct) > 1 else "none"


def _last_rows(table: Table, dates: DateArray) -> pd.Index:
    """The rows of as many last periods as a plan has by default; all rows without dates."""
    rows = table.cells.index
    return rows[dates >= np.unique(dates)[-PLAN_PERIODS[_period(dates)] :][0]] if len(dates) else rows


def _is_repeated(table: Table, dates: DateArray, headers: Sequence[str]) -> bool:
    """Whether rows of one date are equal in all these columns."""
    keys = table.cells[list(headers)].astype(str)
    keys.insert(0, "date", dates, allow_duplicates=True)
    return bool(keys.duplicated().any())


def _channel_column(table: Table, dates: DateArray, texts: Sequence[str], numbers: Numbers) -> str | None:
    """The channels of a long table: dates repeat, one column is spend, another names channels, or campaigns."""
    has_spend = any(_SPEND_WORDS.search(matching(header)) for header in numbers) and not _patterns(numbers, _SPEND)
    candidates = [header for header in texts if _CHANNEL_WORDS.search(matching(header))]
    if not (has_spend and candidates and len(dates) and _is_repeated(table, dates, [])):
        return None
    return min(candidates, key=lambda header: _is_repeated(table, dates, [header]))


def _parts(table: Table, dates: DateArray, texts: Sequence[str], keys: Sequence[str]) -> tuple[str, ...]:
    """The fewest text columns that tell rows of one date (and channel) apart."""
    if len(dates) == 0 or not _is_repeated(table, dates, keys):
        return ()
    alone = [header for header in texts if not _is_repeated(table, dates, [*keys, header])]
    return (alone[0],) if alone else tuple(texts)


def _patterns(headers: Iterable[str], affixes: Sequence[str]) -> dict[str, dict[str, str]]:
    """Pattern with {channel} -> channel -> header, for headers with one of the affixes; a total is no channel."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for header in headers:
        for affix in affixes:
            match = re.fullmatch(affix, header, re.IGNORECASE)
            if match and _can_name(match[1]):
                start, end = match.span(1)
                found[header[:start] + PATTERN + header[end:]][match[1]] = header
    return dict(found)


def _can_name(channel: str) -> bool:
    """Whether a channel can be called so: it says something, and is no word of the rules such as `total`."""
    return bool(channel.strip()) and matching(channel).lower() not in RESERVED_NAMES


def _spend(table: Table, numbers: Numbers, channel: str | None, last: pd.Index) -> SpendGuess:
    named = [header for header in numbers if _SPEND_WORDS.search(matching(header))]
    patterns = _patterns(numbers, _SPEND)
    columns: tuple[str, ...]
    if channel is not None:
        setting, columns = named[0], (named[0],)
        money = numbers[setting][last].groupby(table.cells[channel][last].astype(str)).sum()
        names = {matching(name): name for name in table.cells[channel].dropna().astype(str).unique() if _can_name(name)}
        channels = tuple(names.values())
    else:
        setting, by_channel = max(patterns.items(), key=lambda item: len(item[1]), default=(PATTERN, {}))
        by_channel = by_channel or {header: header for header in named or _maybe_spend(numbers) if _can_name(header)}
        channels, columns = tuple(by_channel), tuple(by_channel.values())
        money = pd.Series([numbers[column][last].sum() for column in columns])
    if not channels:
        raise InputError(
            f"{table.file} has no column that looks like spend (tv_spend, search_cost ...). Write problem.toml by "
            f"hand, or give a column such a name. Its columns: {listed(table.columns)}",
            code="init.no-spend",
        )
    return SpendGuess(
        channels,
        setting,
        columns,
        is_named=bool(named or patterns),
        whole=tuple(column for column in columns if _is_whole(numbers[column])),
        largest_share=float(money.max() / money.sum()) if 0.0 < money.sum() < np.inf else 0.0,
    )


def _is_whole(column: pd.Series) -> bool:
    """Whether a column that is not all zero has whole numbers only."""
    return bool((column.dropna() % 1 == 0).all() and column.any())


def _maybe_spend(numbers: Numbers) -> list[str]:
    """Number columns that nothing speaks against: not negative, not constant, no other role by name."""
    others = (
        _IMPRESSION_WORDS,
        _CLICK_WORDS,
        _AFTER_SALE_WORDS,
        _PER_WORDS,
        _IDENTITY_WORDS,
        _MONEY_WORDS,
        _COUNT_WORDS,
    )
    free = _named(numbers, re.compile(""), others)
    return [header for header in free if (numbers[header].dropna() >= 0).all() and numbers[header].nunique() > 1]


def _named(numbers: Numbers, wanted: re.Pattern[str], unwanted: Sequence[re.Pattern[str]]) -> list[str]:
    return [
        header
        for header in numbers
        if wanted.search(matching(header)) and not any(words.search(matching(header)) for words in unwanted)
    ]


def _totals(numbers: Numbers) -> tuple[OutcomeGuess, ...]:
    """Revenue, or else what is counted; of several the largest, which covers most of the business."""
    unwanted = (_AFTER_SALE_WORDS, _PER_WORDS, _CONTROL_WORDS, _IDENTITY_WORDS, _SPEND_WORDS, _CLICK_WORDS)
    money = _named(numbers, _MONEY_WORDS, unwanted)
    found = money or _named(numbers, _COUNT_WORDS, unwanted)
    if not found:
        return ()
    column = max(found, key=lambda header: numbers[header].sum())
    return (
        OutcomeGuess(
            name="revenue" if money else _outcome_name(column),
            column=column,
            columns=(column,),
            is_money=bool(money),
            minus=tuple(_named(numbers, _AFTER_SALE_WORDS, ())) if money else (),
            times=() if money else tuple(_named(numbers, _PER_WORDS, ())),
            others=tuple(header for header in found if header != column),
        ),
    )


def _outcome_name(header: str) -> str:
    name = re.sub("[^a-z0-9]+", "_", matching(header).lower()).strip("_")
    return name if re.match("[a-z]", name) and name not in _MEDIA_NAMES else "outcome"


def _media(headers: Iterable[str], channels: tuple[str, ...], channel: str | None) -> tuple[OutcomeGuess, ...]:
    """Impressions and clicks: columns of a long table, or of at least half of a wide table's channels."""
    guesses = []
    for name, words, affixes in zip(
        _MEDIA_NAMES, (_IMPRESSION_WORDS, _CLICK_WORDS), (_IMPRESSIONS, _CLICKS), strict=True
    ):
        if channel is not None:
            found = [header for header in headers if words.search(matching(header))]
            guesses += [OutcomeGuess(name, header, (header,), others=tuple(found[1:])) for header in found[:1]]
            continue
        patterns = {
            pattern: {stem: header for stem, header in by_stem.items() if stem in channels}
            for pattern, by_stem in _patterns(headers, affixes).items()
        }
        pattern, by_channel = max(patterns.items(), key=lambda item: len(item[1]), default=("", {}))
        if 2 * len(by_channel) >= len(channels):
            some = tuple(by_channel) if len(by_channel) < len(channels) else ()
            guesses.append(OutcomeGuess(name, pattern, tuple(by_channel.values()), channels=some))
    return tuple(guesses)


def _controls(numbers: Numbers) -> tuple[str, ...]:
    """What is named like something that moves outcomes and is not bought, and does vary."""
    named = _named(numbers, _CONTROL_WORDS, (_AFTER_SALE_WORDS, _IDENTITY_WORDS, _SPEND_WORDS))
    return tuple(header for header in named if numbers[header].nunique() > 1)


def _organic(numbers: Numbers) -> tuple[str, ...]:
    """What is named like a channel that is not bought, is never below zero, and does vary."""
    named = _named(numbers, _ORGANIC_WORDS, (_CLICK_WORDS, _COUNT_WORDS, _MONEY_WORDS, _AFTER_SALE_WORDS, _SPEND_WORDS))
    return tuple(
        header for header in named if numbers[header].nunique() > 1 and (numbers[header].dropna() >= 0.0).all()
    )
