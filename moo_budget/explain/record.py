"""What is said of a plan, as numbers: the records of `result.json`'s `explanations`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pydantic import ConfigDict

from moo_budget.moves import Move

_CLOSED = ConfigDict(extra="forbid")  # unknown keys are errors

LimitKind = Literal[
    "budget",
    "lock",
    "off",
    "max",
    "cap",
    "table",
    "periods",
    "change",
    "share",
    "min",
    "min_if_used",
    "unused",
    "nothing",
    "step",
    "rule",
    "goal_rule",
    "count",
    "resource",
]
Cause = Literal["saturated", "weak", "limit", "no_data", "risk", "view"]
Part = Literal["firm", "middling", "soft", "held"]


@dataclass(frozen=True)
class Spread:
    """An amount over the draws: its mean, 5th and 95th percentile."""

    __pydantic_config__ = _CLOSED

    value: float
    low: float
    high: float

    @property
    def spans_zero(self) -> bool:
        """Whether its sign is open."""
        return self.low <= 0.0 <= self.high


@dataclass(frozen=True)
class Wanted:
    """What a plan acts as if somebody wanted, read off its marginal returns.

    Args:
        weights: goal -> its share of what is wanted, goals counted in `scales`; they add up to 1.
        scales: goal -> what counts as one of it, in its unit: its range on the front, else its size.
        price: what one more unit of money would bring with all goals counted as `weights` say, in the lead outcome;
            None where the total is free. A `roi` counts as the outcome itself, so that money is not held against it.
        residual: the largest remainder of a channel's marginal value that no weights and no limit account for, in the
            lead outcome per money; of a plan that is best for its weights 0.
        left: what the plan leaves on the table against the best plan for these weights beside it, in the lead outcome.
        lead_share: what the goals that want more of the lead outcome make up of `weights`.
        is_priced: whether that is a tenth or more. Where it is not, every amount "in the lead outcome" of this
            explanation is in the weighted sum of the goals, each per its scale.
        is_unique: whether only these weights explain the plan. Where few channels are free of limits there are others,
            and these are the most even ones.
        is_best: whether no plan was found that is better for these weights. A plan inside a dent of the front is best
            for none, and all that is said of it holds for the plans near it.
    """

    __pydantic_config__ = _CLOSED

    weights: dict[str, float]
    scales: dict[str, float]
    price: float | None
    residual: float
    left: float
    lead_share: float
    is_priced: bool
    is_unique: bool
    is_best: bool


@dataclass(frozen=True)
class LimitPrice:
    """A limit at which the plan stands, and what one unit more of it is worth.

    What can only give way by whole channels or blocks has no price: `more` and `less` are then what one more and the
    last one are worth, everything else placed anew.

    Args:
        kind: what sets it. `cap` is the default cap beyond what was ever spent, `table` the end of a response table,
            `periods` what the channel's periods hold, `nothing` that no channel can get less than nothing, `unused`
            that an on/off or counted channel is not used, `step` that a channel is bought in blocks.
        channel: whose money it limits; None for the total and for rules.
        rule: the text of a rule, or the name of a resource; else empty.
        side: ``upper``, ``lower``, or ``both`` where it fixes an amount.
        amount: where it stands, currency; of a rule on a goal, a resource and a count in its `unit`.
        price: worth of the first unit by which it gives way (``both``: is raised), in the lead outcome per unit; None
            of whole channels and blocks.
        more: the same from solving again with the limit a step wider (`both`: higher); None where it cannot be.
        less: the same from solving again with it a step tighter.
        holds_from: lowest amount of the limit down to which the average price stays within a quarter of `more` or
            `less`, whichever lies on that side.
        holds_to: highest amount, likewise.
        unit: what one unit more is: empty for a unit of currency, else the goal's unit, the resource's name,
            ``channel`` or ``block``.
    """

    __pydantic_config__ = _CLOSED

    kind: LimitKind
    channel: str | None
    rule: str
    side: Literal["upper", "lower", "both"]
    amount: float
    price: float | None
    more: float | None
    less: float | None
    holds_from: float
    holds_to: float
    unit: str = ""

    @property
    def worth(self) -> float:
        """What one unit more is worth: its price, of whole channels and blocks what solving again says; 0: unknown."""
        return (self.more or 0.0) if self.price is None else self.price


@dataclass(frozen=True)
class Needs:
    """What would have to be true of a channel for the plan to give it more.

    Args:
        money: currency that it would get.
        factor: by how much its whole curve would have to be higher, every outcome and draw; None: no factor up to 100
            does it.
        below: what it gets just below the factor, currency; of a smooth answer as much as `money`.
        above: what it gets just above.
        factor_low: with risk goals the factor need not be unique: the least one tried that gives so much money.
        factor_high: the largest one tried that does not.
    """

    __pydantic_config__ = _CLOSED

    money: float
    factor: float | None
    below: float
    above: float
    factor_low: float | None
    factor_high: float | None


@dataclass(frozen=True)
class NeededView:
    """What the team would have to believe of a channel's return for the plan to give it more.

    Args:
        belief: as [views] takes it; empty where no return up to a hundred times today's does it.
        money: currency that it would get.
        now: return at today's money that is expected now, of the lead outcome.
        asked: the lowest return that would have to be believed in; None as above.
        believed: what is expected of it once the belief is taken in: `asked`, if it is certain; None as above.
        confidence: with which it is believed.
        below: what the channel gets just below the return, currency; of a smooth answer as much as `money`.
        above: what it gets just above.
    """

    belief: str
    money: float
    now: float
    asked: float | None
    believed: float | None
    confidence: float
    below: float
    above: float


@dataclass(frozen=True)
class WhyNot:
    """Why a channel does not get more: a tenth more is forced upon it, and everything else is placed anew.

    A channel bought in blocks gets one more; one that may be left out and is, as much as is best once it is used.

    Args:
        more: currency that is forced upon it, in the whole plan; 0 where that is beyond its response table, and for
            channels beyond the thirty with most money in the plan: of those the cause alone is told.
        payers: channel -> currency that it gives up, the largest first; channels that give nothing are left out.
        change: what the lead outcome gains by it, the same draws against each other; None where other limits leave
            no such plan, nothing is known of so much money, or `more` was not tried.
        worth: the same with all goals counted as the plan does, in the lead outcome.
        cause: what holds it.
        limit: row of `Explanation.limits` that holds it; None where none does.
        needs: what would have to be true; None where a limit holds it or nothing is known beyond its money. Where risk
            counts, of the five channels only that come nearest to getting more, and where the best plan may jump of the
            nearest one: of any other, and for any amount, `what_it_takes` tells.
    """

    __pydantic_config__ = _CLOSED

    more: float
    payers: dict[str, float]
    change: Spread | None
    worth: float | None
    cause: Cause
    limit: int | None
    needs: Needs | None

    @property
    def is_about_the_same(self) -> bool:
        """Whether the draws leave open that it makes no difference."""
        return self.change is not None and self.change.spans_zero


@dataclass(frozen=True)
class ChannelMargin:
    """A row of the marginal table; returns are those on the lead outcome.

    Args:
        spend: currency for the whole plan.
        change: currency more than in the reference plan; None without one.
        roi: outcome per money; None where nothing is spent.
        marginal_roi: outcome that the next unit of money brings.
        marginal_at_reference: the same, expected, at the reference plan's money; None without one within the tables.
        worth: what the next unit brings with all goals counted as the plan does, in the lead outcome per money.
        worth_left: the same of the last unit, where a goal has a kink at this amount; else as `worth`.
        limit: row of `Explanation.limits` at which the channel stands; None: it is free.
        beyond_history: currency beyond the most that was ever spent per period; 0 where nobody knows.
        risk_share: its part of the plan's standard deviation, of 1.
    """

    __pydantic_config__ = _CLOSED

    spend: float
    change: float | None
    roi: Spread | None
    marginal_roi: Spread
    marginal_at_reference: float | None
    worth: float
    worth_left: float
    limit: int | None
    beyond_history: float
    risk_share: float


@dataclass(frozen=True)
class Waterfall:
    """From the reference plan's value of a goal to this plan's, channel by channel; the steps add up.

    Plans on the way break the budget: a step says what the change of one channel's money is credited with, averaged
    over the orders in which the channels could be changed.

    Args:
        measure: of the goal.
        outcome: that it measures; None for goals of money alone.
        start: the goal of the reference plan.
        end: the goal of this plan.
        steps: channel -> its part of the difference, the largest gain first; channels that do not move are left out.
        exact: whether the average is over all orders; else over a sample of them.
    """

    __pydantic_config__ = _CLOSED

    measure: str
    outcome: str | None
    start: float
    end: float
    steps: dict[str, float]
    exact: bool


@dataclass(frozen=True)
class Gain:
    """What a plan brings of an outcome beyond the reference plan, the same draws against each other.

    Args:
        reference: what the reference plan is expected to bring.
        change: by how much this plan brings more.
        channels: channel -> its part of `change`; those that do not move are left out.
    """

    __pydantic_config__ = _CLOSED

    reference: float
    change: Spread
    channels: dict[str, Spread]


@dataclass(frozen=True)
class ChannelStability:
    """How sure a channel's money is.

    Args:
        stays: share of the draws under which its money stays within a tenth of the plan's.
        low: 10th percentile of its money over draws, currency.
        high: 90th percentile.
        part: ``held`` by a limit that leaves it no choice; ``firm``: stays in four of five draws or more; ``soft``: in
            fewer than half.
    """

    __pydantic_config__ = _CLOSED

    stays: float
    low: float
    high: float
    part: Part


@dataclass(frozen=True)
class Stability:
    """What the plan would be, had the data led to another estimate that is as likely.

    Args:
        n_draws: how many estimates were tried; the plan was made anew for each.
        channels: channel -> how sure its money is.
    """

    __pydantic_config__ = _CLOSED

    n_draws: int
    channels: dict[str, ChannelStability]


@dataclass(frozen=True)
class PracticallyEqual:
    """Plans of the front that the draws do not tell from this one: in more than a fifth of them the order turns over.

    Args:
        ids: their ids.
        channels: channel -> least and most money that it gets in any of them, and in this plan.
    """

    __pydantic_config__ = _CLOSED

    ids: tuple[str, ...]
    channels: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Explanation:
    """One plan, and why: docs/risk.md section 9. Money is for the whole plan.

    Args:
        plan: id of the plan.
        outcome: the lead outcome.
        unit: what it is counted in.
        currency: of all money; may be empty.
        wanted: what the plan acts as if somebody wanted.
        channels: channel -> its row of the marginal table.
        limits: those at which the plan stands: of the total, of channels, of rules.
        why_not: channel -> why it does not get more.
        gains: outcome -> what it gains on the reference plan; empty without one within the tables.
        waterfall: goal -> from the reference plan to this one; empty without a reference within the tables.
        beyond_history: currency beyond what was ever spent on a channel.
        equal: plans of the front that are practically this one; None without a front.
        stability: how sure its parts are; None where nobody computed it.
        moves: from the reference plan to this one, best first in the lead outcome's expected total; empty without one
            within the tables.
        spent_level: whether the plan's money is placed in periods. All of this is then of the same totals spent level,
            under which they were chosen: what periods change is not in it.
    """

    __pydantic_config__ = _CLOSED

    plan: str
    outcome: str
    unit: str
    currency: str
    wanted: Wanted
    channels: dict[str, ChannelMargin]
    limits: tuple[LimitPrice, ...]
    why_not: dict[str, WhyNot]
    gains: dict[str, Gain]
    waterfall: dict[str, Waterfall]
    beyond_history: float
    equal: PracticallyEqual | None
    stability: Stability | None = field(default=None)
    moves: tuple[Move, ...] = ()
    spent_level: bool = False

    @property
    def expected(self) -> float:
        """What the plan is expected to bring of the lead outcome."""
        return sum(row.spend * row.roi.value for row in self.channels.values() if row.roi is not None)

    def sentences(self, lang: str = "en") -> tuple[str, ...]:
        """The plan in at most three sentences.

        Args:
            lang: ``en`` or ``zh``.

        Raises:
            InputError: there are no words in this language.
        """
        from moo_budget.report.sentences import sentences

        return sentences(self, lang)

    def __repr__(self) -> str:
        """Which plan, in a line."""
        return f"Explanation({self.plan!r}: {len(self.channels)} channels, at {len(self.limits)} limits)"

    def _repr_html_(self) -> str:
        from moo_budget.report.notebook import explanation_html

        return explanation_html(self)
