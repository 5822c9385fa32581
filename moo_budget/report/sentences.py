"""One plan in at most three sentences that can be read aloud, made from the numbers of its explanation."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from moo_budget._checks import check_known
from moo_budget.explain.record import Explanation, Gain, LimitPrice, Spread
from moo_budget.goals import PROBABILITY, SHARE
from moo_budget.report import numbers
from moo_budget.report.explained_words import EXPLAINED
from moo_budget.report.page_words import NAMES

_MOVED = 0.005  # of the money: a plan that moves less keeps today's mix
_NAMED = 2  # channels that a sentence names; the others are counted
_NOTICED = 0.01  # a change of a goal by less is about the same
_CONTRAST = 1.1  # between marginal returns, below which there is none to speak of
_MATTERS = 0.002  # of the expected outcome: a limit that is worth less is not spoken of
_TENTH = 0.1
_ESTIMATES = 10  # fewer say little of how sure a plan is
_ALSO = 2  # goals that are told beside the lead outcome
_OF_THE_EXPECTED = ("total", "roi", "profit")
_TOLD = (*_OF_THE_EXPECTED, "std", "semi_deviation", "tail_mean", "regret")  # others say little in percent
_BESIDE_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9\u2212+])|(?<=[A-Za-z0-9%])(?=[\u4e00-\u9fff])")


class Said:
    """The words of explanations in one language, and its numbers.

    Args:
        lang: ``en`` or ``zh``.
        currency: of all money; may be empty.

    Raises:
        InputError: there are no words in this language.
    """

    def __init__(self, lang: str, currency: str) -> None:
        check_known("language", lang, EXPLAINED)
        self.lang = lang
        self.currency = currency

    def __call__(self, key: str, **fields: object) -> str:
        """A sentence with its fields filled in."""
        return EXPLAINED[self.lang][key].format(**fields)

    def name(self, name: str) -> str:
        """A channel inside a sentence: as it is called, in every language."""
        return name.replace("_", " ")

    def measured(self, name: str) -> str:
        """An outcome or a goal inside a sentence; names that problems get by default are translated."""
        return NAMES[self.lang].get(name, self.name(name))

    def listed(self, names: Sequence[str]) -> str:
        """``tv, search and paid social``."""
        *first, last = map(self.name, names)
        return self("and").join([self("comma").join(first), last]) if first else last

    def some(self, names: Sequence[str]) -> str:
        """The first two names, the others counted."""
        if len(names) <= _NAMED + 1:
            return self.listed(names)
        first, count = self("comma").join(map(self.name, names[:_NAMED])), len(names) - _NAMED
        return self("others", first=first, count=count)

    def amount(self, value: float, unit: str) -> str:
        """A value with its unit: ``USD 1.2 M``, ``123万 USD``."""
        if self.lang == "en":
            return numbers.with_unit(value, unit, self.currency)
        return f"{self.number(value)} {unit}".strip()

    def number(self, value: float, digits: int = 3) -> str:
        """So many digits: ``1.23 M``, ``123万``."""
        with numbers.written_in(self.lang):
            return numbers.compact(value, digits)

    def rough(self, value: float, unit: str) -> str:
        """An uncertain value, to two digits: ``USD 85 k``, ``0.56 clicks``."""
        digits = 1 - math.floor(math.log10(abs(value))) if value else 0
        with numbers.written_in(self.lang):
            number = numbers.by_unit(lambda amount: numbers.compact(amount, 2), unit)(round(value, digits))
        if self.lang == "en" and self.currency and unit == self.currency:
            return f"{unit}\u00a0{number}"
        return f"{number} {unit}".strip()

    def money(self, amount: float) -> str:
        """Money with its currency."""
        return self.amount(amount, self.currency or self("money"))

    def counted(self, amount: float, unit: str) -> str:
        """An amount of a limit: money where it has no unit, shares in percent."""
        if unit in (PROBABILITY, SHARE):
            return self.share(amount)
        return self.amount(amount, unit) if unit else self.money(amount)

    def share(self, share: float) -> str:
        """``4.1 %``."""
        text = numbers.percent(share)
        return text if self.lang == "en" else text.replace("\u00a0", "")

    def shares(self, low: float, high: float) -> str:
        """``-1.2 % to 3.4 %``."""
        space = " " if self.lang == "en" else ""
        ends = (end.replace("\u00a0", space) for end in numbers.percents_alike((low, high)))
        return self("range", **dict(zip(("low", "high"), ends, strict=True)))

    def sentence(self, text: str) -> str:
        """With a full stop; between Chinese and other letters a space."""
        if self.lang == "zh":
            text = _BESIDE_CHINESE.sub(" ", text)
        return self("full_stop", text=text)

    def clauses(self, texts: Sequence[str]) -> str:
        """``7.4 % more awareness and 4.8 % less risk``."""
        *first, last = texts
        return self("clauses", first=self("clause").join(first), last=last) if first else last

    def length(self, count: int, period: str) -> str:
        """``4 weeks``."""
        return self(period if count == 1 else f"{period}s", count=count)


def sentences(facts: Explanation, lang: str = "en") -> tuple[str, ...]:
    """A plan in at most three sentences: what it does and brings, why, and what holds it or how sure it is.

    Args:
        facts: its explanation.
        lang: ``en`` or ``zh``.

    Raises:
        InputError: there are no words in this language.
    """
    say = Said(lang, facts.currency)
    parts = [_does(facts, say), _why(facts, say), _holds(facts, say) or _sure(facts, say)]
    return tuple(say.sentence(part) for part in parts if part)


def _does(facts: Explanation, say: Said) -> str:
    """What the plan does with the money, and what that changes."""
    text, beside = _lead(facts, say), list(_beside(facts, say))
    if beside:
        text = say("beside", text=text, others=say.clauses(beside))
    if facts.spent_level:
        text = say("level", text=text)
    return say("brings", first=_deed(facts, say), text=text)


def _deed(facts: Explanation, say: Said) -> str:
    moves = {name: row.change for name, row in facts.channels.items() if row.change is not None}
    total = sum(row.spend for row in facts.channels.values())
    if not moves:
        ranked = sorted(facts.channels, key=lambda name: -facts.channels[name].spend)
        return say("places", takers=say.some(_most(ranked, [facts.channels[name].spend for name in ranked])))
    givers, takers = _ranked({name: -move for name, move in moves.items()}), _ranked(moves)
    more, gained = sum(moves.values()), sum(move for move in moves.values() if move > 0.0)  # of unnamed channels too
    moved = min(gained, gained - more)
    is_moved = moved > _MOVED * total
    named = {"givers": say.some(givers) if givers else "", "takers": say.some(takers) if takers else ""}
    if abs(more) > _MOVED * total:
        key = ("spends_more" if more > 0.0 else "spends_less") + ("_and_moves" if is_moved else "")
        share = say.share(abs(more) / (total - more))
        return say(key, money=say.money(abs(more)), share=share, moved=say.money(moved), **named)
    return say("moves", money=say.money(moved), share=say.share(moved / total), **named) if is_moved else say("stays")


def _ranked(amounts: dict[str, float]) -> list[str]:
    """Channels with an amount above 0, the largest first; those below a fiftieth of it all are left out, if not all."""
    rising = sorted((name for name, amount in amounts.items() if amount > 0.0), key=lambda name: -amounts[name])
    least = 0.02 * sum(amounts[name] for name in rising)
    return [name for name in rising if amounts[name] >= least] or rising


def _most(names: Sequence[str], amounts: Sequence[float]) -> list[str]:
    """The first channels, until they have half of the money."""
    taken = 0.0
    for count, amount in enumerate(amounts, start=1):
        taken += amount
        if taken >= 0.5 * sum(amounts):
            return list(names[:count])
    return list(names)


def _lead(facts: Explanation, say: Said) -> str:
    """What happens to the lead outcome."""
    gain = facts.gains.get(facts.outcome)
    if gain is None or gain.reference <= 0.0:
        return say("expects", value=say.amount(facts.expected, facts.unit), name=say.measured(facts.outcome))
    return _changed(gain, say.measured(facts.outcome), say)


def _beside(facts: Explanation, say: Said) -> Iterator[str]:
    """What happens to the goals that change most beside it."""
    for goal, change in sorted(_goals_beside(facts), key=lambda pair: -abs(pair[1]))[:_ALSO]:
        key = "goes_same" if abs(change) < _NOTICED else ("goes_up" if change > 0.0 else "goes_down")
        yield say(key, name=say.measured(goal), change=say.share(abs(change)))


def _changed(gain: Gain, name: str, say: Said) -> str:
    change = Spread(*(part / gain.reference for part in (gain.change.value, gain.change.low, gain.change.high)))
    if change.spans_zero:
        about = numbers.plus(say.share(change.value))
        key = "same" if abs(change.value) < _NOTICED else "rather_more" if change.value > 0.0 else "rather_less"
        return say(key, name=name, change=about, range=say.shares(change.low, change.high))
    ends = sorted((abs(change.low), abs(change.high)))
    key = "rises" if change.value > 0.0 else "falls"
    return say(key, name=name, change=say.share(abs(change.value)), range=say.shares(*ends))


def _goals_beside(facts: Explanation) -> Iterator[tuple[str, float]]:
    """Goals that are not about how much of the lead outcome there is, and by what share they change."""
    for goal in facts.wanted.weights:
        fall = facts.waterfall.get(goal)
        if fall is not None and not _is_lead(goal, facts) and fall.measure in _TOLD and fall.start > 0.0:
            yield goal, fall.end / fall.start - 1.0


def _why(facts: Explanation, say: Said) -> str:
    """What the next money brings where it comes from and where it goes; or that something else is wanted."""
    moves = {name: row.change or 0.0 for name, row in facts.channels.items()}
    givers, takers = _ranked({name: -move for name, move in moves.items()}), _ranked(moves)
    if not givers or not takers:
        return _next(facts, say) or _wanted(facts, say)
    before = {name: row.marginal_at_reference or 0.0 for name, row in facts.channels.items()}
    giver = min(_large({name: -moves[name] for name in givers}), key=lambda name: before[name])
    taker = max(_large({name: moves[name] for name in takers}), key=lambda name: before[name])
    less, more = before[giver], before[taker]
    if more <= _CONTRAST * less or facts.gains[facts.outcome].change.value <= 0.0:
        return _wanted(facts, say) or _next(facts, say)
    per = _per(more)
    brings = {"less": say.rough(less * per, facts.unit), "more": say.rough(more * per, facts.unit)}
    named = {"giver": say.name(giver), "taker": say.name(taker)}
    return say("contrast", unit=_further(per, say), name=say.measured(facts.outcome), **named, **brings)


def _next(facts: Explanation, say: Said) -> str:
    """What more budget would bring, where the plan is after the lead outcome alone."""
    price = facts.wanted.price
    if price is None or price <= 0.0 or not facts.wanted.is_priced or not _is_alone(facts):
        return ""
    per = _per(price)
    amount = say.rough(price * per, facts.unit)
    return say("next", unit=_further(per, say), amount=amount, name=say.measured(facts.outcome))


def _per(brings: float) -> float:
    """So much money that what it brings is not below one: 1, 10, 100, ..."""
    return float(10.0 ** max(0, math.ceil(-math.log10(brings))))


def _further(money: float, say: Said) -> str:
    """``USD 1``, ``1 USD``."""
    currency = say.currency or say("money")
    return f"{currency} {money:,.0f}" if say.lang == "en" and say.currency else f"{money:,.0f} {currency}"


def _large(amounts: dict[str, float]) -> list[str]:
    """Channels with at least a tenth of the largest amount."""
    return [name for name, amount in amounts.items() if amount >= _TENTH * max(amounts.values())]


def _wanted(facts: Explanation, say: Said) -> str:
    """Which goals the plan acts on beside the lead outcome, where only one weighting explains it."""
    if not facts.wanted.is_unique:
        return ""
    others = {goal: share for goal, share in facts.wanted.weights.items() if not _is_lead(goal, facts)}
    ranked = sorted((goal for goal in others if others[goal] > _TENTH), key=lambda goal: -others[goal])
    if not ranked or not math.isclose(sum(others.values()), 1.0 - facts.wanted.lead_share, abs_tol=_NOTICED):
        return ""  # the latter: without a reference some goals are not known for what they measure
    named = {"name": say.measured(facts.outcome), "goals": say.listed([say.measured(goal) for goal in ranked])}
    if facts.wanted.lead_share < _NOTICED:
        return say("wants_other", **named)
    return say("wants", share=say.share(sum(others[goal] for goal in ranked)), **named)


def _is_lead(goal: str, facts: Explanation) -> bool:
    """Whether a goal is about how much of the lead outcome is expected."""
    fall = facts.waterfall.get(goal)
    if fall is None:  # no reference: a goal without another name is its outcome's total
        return goal == facts.outcome
    return fall.outcome == facts.outcome and fall.measure in _OF_THE_EXPECTED


def _holds(facts: Explanation, say: Said) -> str:
    """The limit that is worth most of the lead outcome, if a tenth of it matters."""
    worth = {row: _worth_of_a_tenth(row, facts) for row in range(len(facts.limits))}
    spoken = [row for row, amount in worth.items() if amount > _MATTERS * facts.expected]
    if not spoken:
        return ""
    row = max(spoken, key=lambda row: worth[row])
    return limit_said(facts.limits[row], worth[row], facts, say)


def _worth_of_a_tenth(row: int, facts: Explanation) -> float:
    """What a tenth more room of a limit brings of the lead outcome, as far as that is sure; 0 of the total.

    Where other goals count as well, it is what a tenth more for the channel that the limit holds is sure to bring.
    """
    limit = facts.limits[row]
    if limit.kind in ("budget", "nothing", "unused") or limit.unit == "block":
        return 0.0
    if limit.kind == "count":
        return limit.worth if _is_alone(facts) else 0.0
    if not _is_alone(facts):
        changes = [reason.change for reason in facts.why_not.values() if reason.limit == row and limit.channel]
        return max((change.value for change in changes if change is not None and change.low > 0.0), default=0.0)
    room = limit.holds_to - limit.amount if limit.side != "lower" else limit.amount - limit.holds_from
    return (limit.more or 0.0) * min(room_of(limit, facts), max(room, 0.0))


def room_of(limit: LimitPrice, facts: Explanation) -> float:
    """A tenth of a limit's amount; where it stands at nothing a hundredth of the money."""
    return _TENTH * limit.amount if limit.amount > 0.0 else 0.01 * sum(row.spend for row in facts.channels.values())


def limit_said(limit: LimitPrice, worth: float, facts: Explanation, say: Said) -> str:
    """A limit at which the plan stands, and what room is worth."""
    at = room_of(limit, facts) if limit.kind in ("off", "rule", "goal_rule", "resource") else limit.amount
    return say(
        f"limit_{limit.kind}",
        channel=say.name(limit.channel or ""),
        rule=limit.rule,
        amount=say.counted(at, limit.unit),
        worth=say("worth", amount=say.rough(worth, facts.unit), name=say.measured(facts.outcome)),
    )


def _is_alone(facts: Explanation) -> bool:
    """Whether the plan is after the lead outcome and nothing else."""
    return facts.wanted.lead_share > 1.0 - _NOTICED


def _sure(facts: Explanation, say: Said) -> str:
    """Which part of the plan is open, and which is not."""
    if facts.stability is None or facts.stability.n_draws < _ESTIMATES:
        return ""
    rows = facts.stability.channels
    total = sum(row.spend for row in facts.channels.values())
    open_rows = [name for name, row in rows.items() if row.part == "soft" and row.high - row.low > _MOVED * total]
    if not open_rows:
        return say("firm_all") if all(row.part in ("firm", "held") for row in rows.values()) else ""
    widest = max(open_rows, key=lambda name: rows[name].high - rows[name].low)
    ends = say.money(rows[widest].low), say.money(rows[widest].high)
    text = say("soft" if len(rows) > 1 else "soft_alone", channel=say.name(widest), low=ends[0], high=ends[1])
    firm = [name for name, row in rows.items() if row.part == "firm" and facts.channels[name].spend > _TENTH * total]
    return say("soft_but", text=text, firm=say.listed(firm[:_NAMED])) if firm else text
