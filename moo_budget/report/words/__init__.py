"""Every sentence of the report: one dict per language and subject, whole sentences with named fields."""

from __future__ import annotations

from collections.abc import Iterable

from moo_budget._checks import check_known
from moo_budget.goals import Goal
from moo_budget.report.page_words import NAMES
from moo_budget.report.words import (
    answer,
    appendix,
    channels,
    compare,
    names,
    picks,
    sweep,
    terminal,
    trade_off,
    trust,
    views,
    workbook,
)
from moo_budget.report.words.engine import in_words

SUBJECTS = (names, answer, picks, trade_off, channels, views, trust, appendix, sweep, compare, workbook, terminal)
WORDS: dict[str, dict[str, str]] = {
    "en": {key: text for subject in SUBJECTS for key, text in subject.EN.items()},
    "zh": {key: text for subject in SUBJECTS for key, text in subject.ZH.items()},
}


class Words:
    """The sentences of one language; called with a key and its fields.

    Args:
        lang: ``en`` or ``zh``.

    Raises:
        InputError: there are no words in this language.
    """

    def __init__(self, lang: str) -> None:
        check_known("language", lang, WORDS)
        self.lang = lang

    def __call__(self, key: str, **fields: object) -> str:
        """A sentence with its fields filled in."""
        return WORDS[self.lang][key].format(**fields)

    def of_engine(self, text: str) -> str:
        """A text that the engine wrote into the result, which it does in English."""
        return in_words(text, self.lang)

    def broken(self, limits: Iterable[str]) -> str:
        """Limits that a plan breaks, as the engine told them, in one line."""
        return self("semicolon").join(map(self.of_engine, limits))

    def setting(self, key: str, value: str) -> str:
        """A value of the problem file in words; one that the catalogue does not know, as it stands."""
        return WORDS[self.lang].get(f"{key}_{value}", value)

    def goal(self, goal: Goal) -> str:
        """A goal's name as a heading."""
        return self("roi") if goal.name == "roi" else self.title(goal.name)

    def goal_with_unit(self, goal: Goal) -> str:
        """The same with its unit, where it has one."""
        return self("with_unit", label=self.goal(goal), unit=goal.unit) if goal.unit else self.goal(goal)

    def name(self, name: str) -> str:
        """A name of the problem file inside a sentence."""
        return NAMES[self.lang].get(name, name.replace("_", " "))

    def title(self, name: str) -> str:
        """The same as a heading."""
        words = self.name(name)
        return words[:1].upper() + words[1:]

    def unit_beside(self, label: str, unit: str) -> str:
        """The unit that a label still needs: none where the label ends in it, as in ``Incremental quotes``."""
        return "" if unit and label.lower().endswith(unit.lower()) else unit

    def plan_names(self, names: Iterable[str]) -> str:
        """``Safest, balanced and boldest``."""
        first, *others = (self(name) for name in names)
        listed = [first, *(other.lower() for other in others)]
        return self("and").join([self("comma").join(listed[:-1]), listed[-1]] if others else listed)

    def length(self, periods: int, period: str) -> str:
        """``13 weeks``."""
        return f"{periods} {self(period if periods == 1 else period + 's')}"
