"""How numbers are written for people: thousands separated, compact on cards, few digits on what is uncertain."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from decimal import Decimal

from moo_budget.goals import PROBABILITY, SHARE

MISSING = "–"
_NO_BREAK = "\u00a0"  # keeps a number and what belongs to it on one line
MINUS = "\u2212"
SIGNS = f"+{MINUS}"
_COUNTED = ("thousand", "million", "billion")
_SCALES = ((1e12, f"{_NO_BREAK}T"), (1e9, f"{_NO_BREAK}B"), (1e6, f"{_NO_BREAK}M"), (1e3, f"{_NO_BREAK}k"))
_CHINESE_SCALES = ((1e8, "亿"), (1e4, "万"))
_ALMOST_ONE = 0.99995  # of a scale: what would be written as 10,000 of the one below it
_WHOLE_FROM = 1000.0  # below the first scale
_BEFORE_PERCENT = {"en": _NO_BREAK, "zh": ""}
_NUMBER = re.compile(rf"[{SIGNS}]?[\d,]+(\.\d+)?")
# Every part of a page writes numbers, so its language stands around the whole of its making: see `written_in`.
_language: ContextVar[str] = ContextVar("language", default="en")


@contextmanager
def written_in(lang: str) -> Iterator[None]:
    """Numbers within are written for people of this language: ``1.23 M``, or ``123万``."""
    before = _language.set(lang)
    try:
        yield
    finally:
        _language.reset(before)


def significant(value: float, digits: int) -> str:
    """`value` with so many significant digits and thousands separated, never with an exponent."""
    if value == 0.0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, decimals)
    if abs(rounded) >= 10.0 ** (digits - decimals):  # 9.996 became 10.00: one decimal less
        decimals -= 1
    return fixed(rounded, max(decimals, 0))


def compact(value: float, digits: int = 3) -> str:
    """Three digits and a letter: ``1.23 M``, ``45.6 k``, ``789``; in Chinese ``1.23亿``, ``1234.6万``."""
    if _language.get() == "zh":
        return _compact_chinese(value, digits)
    for scale, letter in _SCALES:
        if abs(value) >= scale * (1.0 - 0.5 * 10.0**-digits):
            return f"{significant(value / scale, digits)}{letter}"
    return significant(value, digits)


def _compact_chinese(value: float, digits: int) -> str:
    """A scale there spans four places: one decimal stays whatever stands before it, and zeros at the end do not."""
    for scale, letter in _CHINESE_SCALES:
        part = abs(value) / scale
        if part >= _ALMOST_ONE:
            decimals = max(digits - 1 - math.floor(math.log10(part)), 1)
            text = f"{part:.{decimals}f}".rstrip("0").rstrip(".")
            return f"{MINUS if value < 0.0 else ''}{text}{letter}"
    return significant(value, digits) if abs(value) < _WHOLE_FROM else fixed(value, 0)


def tick(value: float) -> str:
    """On an axis: compact, without zeros at the end: ``20 k``, ``1.5 M``."""
    text = compact(value)
    found = _NUMBER.match(text)
    number, letter = (text, "") if found is None else (found[0], text[found.end() :])
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return number + letter


def rounded(value: float) -> str:
    """For what is uncertain, in tables: at most four significant digits, thousands separated."""
    return significant(value, 4) if abs(value) >= 1000.0 else significant(value, 3)


def full(value: float) -> str:
    """For tables: whole numbers from 100 on, three significant digits below."""
    return fixed(value, 0) if abs(value) >= 100.0 else significant(value, 3)


def alike(values: Sequence[float]) -> list[str]:
    """Numbers of one unit, with equally many decimals: as many as `full` gives the largest."""
    largest = max(abs(value) for value in values)
    decimals = 0 if largest == 0.0 else max(2 - math.floor(math.log10(largest)), 0)
    return [fixed(value, decimals) for value in values]


def fixed(value: float, decimals: int) -> str:
    """With so many decimals, thousands separated."""
    return _signed(f"{value:,.{decimals}f}")


def decimals_of(step: float) -> int:
    """How many decimals whole numbers of `step` need: 2 for 0.01 and 0.25, 0 for 100."""
    exponent = Decimal(repr(step)).normalize().as_tuple().exponent
    return max(-int(exponent), 0)


def percent(share: float, digits: int = 2) -> str:
    """A share with two significant digits: ``4.1 %``."""
    return f"{significant(100.0 * share, digits)}{_BEFORE_PERCENT[_language.get()]}%"


def whole_percent(share: float) -> str:
    """A share of a whole: ``12 %``."""
    return f"{fixed(100.0 * share, 0)}{_BEFORE_PERCENT[_language.get()]}%"


def probability(value: float) -> str:
    """A chance in whole percent, never none and never certain: ``12 %``, ``< 1 %``, ``> 99 %``."""
    if value < 0.01:
        return f"<{_BEFORE_PERCENT[_language.get()]}{whole_percent(0.01)}"
    if value > 0.99:
        return f">{_BEFORE_PERCENT[_language.get()]}{whole_percent(0.99)}"
    return whole_percent(value)


def by_unit(number: Callable[[float], str], unit: str) -> Callable[[float], str]:
    """How values of a unit are written: probabilities and shares in percent, anything else by `number`.

    A unit of thousands takes no letter beside it: ``1,613 thousands``.
    """
    return {PROBABILITY: probability, SHARE: whole_percent}.get(unit, rounded if unit.startswith(_COUNTED) else number)


def percents_alike(shares: Sequence[float]) -> list[str]:
    """Shares that belong together, with equally many decimals: two significant digits of the largest."""
    largest = 100.0 * max(abs(share) for share in shares)
    decimals = 0 if largest == 0.0 else max(1 - math.floor(math.log10(largest)), 0)
    return [f"{fixed(100.0 * share, decimals)}{_BEFORE_PERCENT[_language.get()]}%" for share in shares]


def with_unit(value: float, unit: str, currency: str) -> str:
    """Compact, with its unit: ``EUR 1.23 M``, ``4.56 M impressions``."""
    if unit in (PROBABILITY, SHARE):
        return by_unit(compact, unit)(value)
    number = by_unit(compact, unit)(abs(value))
    leads = currency and unit == currency and _language.get() == "en"
    text = f"{currency}{_NO_BREAK}{number}" if leads else f"{number} {unit}".strip()
    return MINUS + text if value < 0.0 else text


def plus(text: str) -> str:
    """A change, written with its sign."""
    changes = any(digit in text for digit in "123456789")
    return f"+{text}" if changes and not text.startswith(MINUS) else text


def _signed(text: str) -> str:
    """A real minus sign, and none before a zero."""
    if text.startswith("-"):
        return MINUS + text[1:] if any(digit in text for digit in "123456789") else text[1:]
    return text


def moment(written: str) -> str:
    """When something was made, from its ISO form: ``2026-11-22 19:10 UTC``."""
    made = datetime.fromisoformat(written)
    return f"{made:%Y-%m-%d %H:%M} {made.tzname() or ''}".strip()
