"""Where generated inputs take their decisions from: hypothesis draws them, a fuzz run reads them off bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

ODD_NAMES = (
    *("电视", "ｔｖ", "a b", "=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "../../etc/passwd", "/etc/passwd", "C:\\x"),
    *("<script>alert(1)</script>", '"; DROP', "'", "total", "today", "count", "{channel}", "{{7*7}}", "nan", "1e5"),
    *("\u202egnp", "\u200b", "é", "e\u0301", "a\nb", "a,b", "x" * 300, "-1", "", " ", "\u3000", "None", "risk", "roi"),
)
ODD_NUMBERS = (
    *("nan", "inf", "-inf", "-0.0", "0", "-1", "-250.5", "1e308", "-1e308", "1e-320", "1e18", "9" * 30, "0x10", "1_0"),
    *("1,234.5", "1.234,5", "1 234", "1'234", "$12", "12 €", "１２", "3万", "1e5", "12%", "n/a", "", "text", "#REF!"),
)


@dataclass(frozen=True)
class Choices:
    """Decisions, each between so many alternatives of which the first is the plain one.

    Args:
        below: n -> a number in range(n).
    """

    below: Callable[[int], int]

    def one(self, options: Sequence[T]) -> T:
        """One of these."""
        return options[self.below(len(options))]

    def rarely(self, one_in: int = 8) -> bool:
        """Yes, once in so many times."""
        return self.below(one_in) == one_in - 1

    def often(self) -> bool:
        """Yes, half of the time."""
        return self.below(2) == 1

    def some(self, options: Sequence[T]) -> list[T]:
        """Some of these, at least one, in their order."""
        kept = [option for option in options if self.often()]
        return kept or [self.one(options)]

    def amount(self, low: float, high: float) -> float:
        """A number between these, of two digits behind the point."""
        return round(low + (high - low) * self.below(200) / 199, 2)


def off_bytes(content: bytes) -> Choices:
    """Decisions read off bytes, one each (of more than 256 alternatives two); used up, they are all the plain ones."""
    left = iter(content)

    def below(n: int) -> int:
        number = next(left, 0)
        return (number if n <= 256 else 256 * number + next(left, 0)) % n

    return Choices(below)
