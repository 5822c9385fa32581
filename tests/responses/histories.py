"""Small histories for the tests of the learning layer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from moo_budget.history import History, OutcomeSeries, Source
from moo_budget.simulate import TrueResponse


def history_of(
    spend: np.ndarray,
    outcomes: Mapping[str, np.ndarray],
    *,
    channels: tuple[str, ...] | None = None,
    period: str = "week",
    controls: np.ndarray | None = None,
    measured: Mapping[str, tuple[str, ...]] | None = None,
    **more: Mapping[str, np.ndarray],
) -> History:
    """A history of arrays; an outcome with a column per channel is measured per channel.

    `more` are organic volumes, events and holidays.
    """
    n_periods, n_channels = spend.shape
    channels = channels or tuple("abcdefghij"[:n_channels])
    controls = np.empty((n_periods, 0)) if controls is None else controls
    days = {"day": 1, "week": 7, "month": 31, "none": 0}[period]
    dates = np.datetime64("2022-01-03") + days * np.arange(n_periods) if days else None
    return History(
        channels=channels,
        dates=dates,
        period=period,
        spend=spend,
        outcomes=tuple(
            OutcomeSeries(name, "units", values, values.ndim == 2, (measured or {}).get(name, channels))
            for name, values in outcomes.items()
        ),
        controls=controls,
        control_names=tuple(f"control_{i}" for i in range(controls.shape[1])),
        source=Source("history.csv", "", n_periods, None, None),
        messages=(),
        **more,
    )


def flighted(n_periods: int, levels: tuple[float, ...], seed: int) -> np.ndarray:
    """(n_periods, n_channels) of spend that wanders around each level independently."""
    rng = np.random.default_rng(seed)
    return np.array(levels) * np.exp(rng.normal(scale=0.6, size=(n_periods, len(levels))))


def brought(spend: np.ndarray, truths: list[TrueResponse], noise: float, seed: int) -> np.ndarray:
    """(n_periods, n_channels) of outcomes with relative noise."""
    exact = np.column_stack([truth.over_time(column) for truth, column in zip(truths, spend.T, strict=True)])
    return exact * np.exp(np.random.default_rng(seed).normal(scale=noise, size=exact.shape))
