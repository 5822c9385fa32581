"""A world, its history, its future and its experiments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from moo_budget._checks import FloatArray, check_known, money_by_channel
from moo_budget.history import History, OutcomeSeries, Source
from moo_budget.simulate.experiments import TEST_WEEKS, lift_test
from moo_budget.simulate.flighting import Flighting, spend_histories
from moo_budget.simulate.truth import TrueOutcome

DAYS_OF_WEEK = 7
HISTORY_FILE = "history.csv"
DATE, SPEND = "week_start", "{channel}_spend"
PLAN_PERIODS = 13
TEST_COLUMNS = ("channel", "outcome", "start", "end", "spend_change", "lift", "lift_se", "spend")


@dataclass(frozen=True)
class World:
    """Channels, how they are bought, and what they really do.

    Args:
        title: for people.
        start: the first Monday, ISO.
        flighting: channel -> how it is bought.
        outcomes: name -> outcome.

    Raises:
        InputError: an outcome has a response of a channel that is not bought.
    """

    title: str
    start: str
    flighting: Mapping[str, Flighting]
    outcomes: Mapping[str, TrueOutcome]

    def __post_init__(self) -> None:
        for name, outcome in self.outcomes.items():
            for channel in outcome.channels:
                check_known("channel", channel, list(self.flighting), f"outcome {name}")

    @property
    def channels(self) -> tuple[str, ...]:
        """Names, in order."""
        return tuple(self.flighting)

    def expected(self, spend_per_period: Mapping[str, float]) -> dict[str, float]:
        """True incremental outcome of a week at level spend (currency per week; channels left out have 0).

        Raises:
            InputError: an unknown channel, or money that is negative or not finite.
        """
        money = self._money(spend_per_period)
        return {name: float(sum(outcome.expected(money))) for name, outcome in self.outcomes.items()}

    def realised(self, spend_per_period: Mapping[str, float], periods: int, n: int, seed: int) -> dict[str, FloatArray]:
        """What a plan of level spend may really bring: outcome -> (n,) incremental totals over all its weeks.

        Args:
            spend_per_period: channel -> currency per week; channels left out have 0.
            periods: weeks of the plan.
            n: how often it is carried out.
            seed: of everything that is drawn.

        Raises:
            InputError: an unknown channel, or money that is negative or not finite.
        """
        money, rng = self._money(spend_per_period), np.random.default_rng(seed)
        return {name: outcome.realised(money, (periods, n), rng) for name, outcome in self.outcomes.items()}

    def lift_tests(self, table: pd.DataFrame, channels: Sequence[str], seed: int) -> pd.DataFrame:
        """A test per entry of `channels` and outcome, six weeks each; spend raised by half, doubled or stopped.

        An outcome that these channels do not move is left out, and where several were tested together, one that is
        measured channel by channel.

        Args:
            table: a history of this world.
            channels: a channel, or several tested together, ``a+b``.
            seed: of everything that is drawn.

        Returns:
            TEST_COLUMNS, those of a file of lift tests. The standard error is known, and 10 to 30 % of the true lift.

        Raises:
            InputError: an unknown channel.
        """
        for channel in [channel for together in channels for channel in together.split("+")]:
            check_known("channel", channel, self.channels, "lift_tests")
        rng = np.random.default_rng(seed)
        rows = [
            {"channel": together, "outcome": name, **self._lift_test(table, outcome, together.split("+"), rng)}
            for together in channels
            for name, outcome in self.outcomes.items()
            if outcome.shows(together.split("+"))
        ]
        return pd.DataFrame(rows, columns=list(TEST_COLUMNS))

    def history(self, table: pd.DataFrame) -> History:
        """The table that `simulate` made as `read_history` would read it, without a file."""
        spend = table[[SPEND.format(channel=channel) for channel in self.channels]].to_numpy(dtype=np.float64)
        dates = table[DATE].to_numpy().astype("datetime64[D]")
        return History(
            channels=self.channels,
            dates=dates,
            period="week",
            spend=spend,
            outcomes=tuple(self._series(name, table) for name in self.outcomes),
            controls=np.empty((len(table), 0)),
            control_names=(),
            source=Source(HISTORY_FILE, "", len(table), str(dates[0]), str(dates[-1])),
            messages=(),
        )

    def problem(self, **changes: Any) -> dict[str, Any]:
        """A problem file for the world's table as nested tables: next quarter, today's total.

        Args:
            changes: further top-level tables, or others in place of these.
        """
        history = {"file": HISTORY_FILE, "date": DATE, "channels": list(self.channels), "spend": SPEND}
        outcomes = {
            name: {"column": outcome.column, "unit": outcome.unit}
            | ({"channels": list(outcome.channels)} if outcome.per_channel else {})
            for name, outcome in self.outcomes.items()
        }
        usual = {"schema_version": 1, "title": self.title, "currency": "USD"}
        tables = {"history": history, "outcomes": outcomes, "plan": {"periods": PLAN_PERIODS}}
        return usual | tables | changes

    def truth(self) -> dict[str, Any]:
        """All true parameters, ready for JSON; what an outcome does not have is left out."""
        outcomes = {name: asdict(outcome, dict_factory=_present) for name, outcome in self.outcomes.items()}
        return {"title": self.title, "outcomes": outcomes}

    def _money(self, spend_per_period: Mapping[str, float]) -> dict[str, float]:
        return dict(zip(self.channels, money_by_channel(spend_per_period, self.channels, "spend"), strict=True))

    def _lift_test(
        self, table: pd.DataFrame, outcome: TrueOutcome, channels: Sequence[str], rng: np.random.Generator
    ) -> dict[str, Any]:
        spend = {channel: table[SPEND.format(channel=channel)].to_numpy() for channel in channels}
        responses = {channel: outcome.channels[channel] for channel in channels if channel in outcome.channels}
        test = lift_test(responses, spend, outcome.factors(len(table)), rng)
        days = table[DATE].to_numpy().astype("datetime64[D]")
        return {
            "start": str(days[test.first]),
            "end": str(days[test.first + TEST_WEEKS - 1] + np.timedelta64(DAYS_OF_WEEK - 1)),
            "spend_change": round(test.spend_change, 2),
            "lift": test.lift,
            "lift_se": test.lift_se,
            "spend": round(test.spend, 2),
        }

    def _series(self, name: str, table: pd.DataFrame) -> OutcomeSeries:
        outcome = self.outcomes[name]
        if not outcome.per_channel:
            return OutcomeSeries(name, outcome.unit, table[outcome.column].to_numpy(), False, self.channels)
        columns = [outcome.column.format(channel=channel) for channel in self.channels]
        counted = table.reindex(columns=columns, fill_value=0).to_numpy(dtype=np.float64)
        return OutcomeSeries(name, outcome.unit, counted, True, tuple(outcome.channels))


def simulate(world: World, n_periods: int, seed: int) -> pd.DataFrame:
    """A history of the world as its owner would export it: a row a week, wide.

    Returns:
        ``week_start``, ``<channel>_spend`` and the outcomes' columns; money in cents, counts whole.
    """
    rng = np.random.default_rng(seed)
    weeks = pd.date_range(world.start, periods=n_periods, freq=f"{DAYS_OF_WEEK}D")
    spend = spend_histories(world.flighting, n_periods, rng)
    table: dict[str, Any] = {DATE: weeks.strftime("%Y-%m-%d")}
    table |= {SPEND.format(channel=channel): money for channel, money in spend.items()}
    for outcome in world.outcomes.values():
        table |= outcome.columns(spend, n_periods, rng)
    return pd.DataFrame(table)


def _present(items: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in items if value is not None}
