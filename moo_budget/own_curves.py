"""Somebody else's curves as curves of ours: functions of spend, or points that a monotone cubic joins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator

from moo_budget._checks import FloatArray
from moo_budget.errors import InputError, listed

Vectorised = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class FunctionCurve:
    """A caller's function as a response curve; its complaints name the outcome and the channel."""

    function: Vectorised
    name: str

    def values(self, spend: FloatArray) -> FloatArray:
        """See `ResponseCurve`; a function without draws gives one."""
        got = np.asarray(self.function(spend), dtype=float)
        got = got[:, None] if got.ndim == 1 else got
        if got.ndim != 2 or len(got) != len(spend):
            raise InputError(
                f"{self.name}: the function gave shape {got.shape} for {len(spend)} amounts; "
                "it must give (n_spend,) or (n_spend, n_draws)",
                code="tables.function",
            )
        if not np.isfinite(got).all():
            raise InputError(
                f"{self.name}: the function is not finite at {spend[~np.isfinite(got).all(axis=1)][0]:g} per period",
                code="tables.function",
            )
        if spend[0] == 0.0 and (got[0] != 0.0).any():
            raise InputError(
                f"{self.name}: the function is {got[0].flat[0]:g} at zero spend; a response is incremental, so it is 0",
                code="tables.not-zero",
            )
        fall = np.diff(got, axis=0)
        if (fall < -1e-9 * np.abs(got).max(initial=0.0)).any():
            raise InputError(
                f"{self.name}: the function falls near {spend[np.argmin(fall.min(axis=1))]:g} per period; a response "
                "never falls in this version",
                code="tables.falls",
            )
        return got

    def slopes(self, spend: FloatArray) -> None:
        """See `ResponseCurve`; nobody told."""


class PointCurve:
    """PCHIP through the given points of each draw."""

    def __init__(self, group: pd.DataFrame, name: str, draws: Sequence[int]) -> None:
        self._pieces = [_pchip_of(group[group["draw"] == draw].sort_values("spend"), name, draw) for draw in draws]
        self._slopes = [piece.derivative() for piece in self._pieces]

    def values(self, spend: FloatArray) -> FloatArray:
        """See `ResponseCurve`."""
        return np.column_stack([piece(spend) for piece in self._pieces])

    def slopes(self, spend: FloatArray) -> FloatArray:
        """See `ResponseCurve`."""
        return np.column_stack([piece(spend) for piece in self._slopes])


def _pchip_of(points: pd.DataFrame, name: str, draw: int) -> PchipInterpolator:
    spend, value = points["spend"].to_numpy(), points["value"].to_numpy()
    if len(spend) == 0 or spend[-1] == 0.0:
        raise InputError(f"curves: draw {draw} of {name} has no point above zero spend", code="curves.short")
    if spend[0] > 0.0:
        spend, value = np.append(0.0, spend), np.append(0.0, value)
    return PchipInterpolator(spend, value)


def checked_points(frame: pd.DataFrame) -> pd.DataFrame:
    """The points with numbers as numbers and a draw for each, in order of first appearance of their names.

    Raises:
        InputError: names the row, as in a file with one header row, and what came.
    """
    missing = [name for name in ("outcome", "channel", "spend", "value") if name not in frame.columns]
    if missing:
        raise InputError(
            f"curves: no column {listed(missing)}; the columns are {listed(map(str, frame.columns))}. "
            "A table of curves has outcome, channel, spend, value and, if there are draws, draw.",
            code="curves.columns",
        )
    if frame.empty:
        raise InputError("curves: the table has no rows", code="curves.empty")
    for name in ("outcome", "channel"):
        blank = np.flatnonzero(frame[name].isna() | (frame[name].astype(str).str.strip() == ""))
        if len(blank):
            raise InputError(f"curves, row {blank[0] + 2}: the {name} has no name", code="curves.name")
    frame = frame.assign(**{"outcome": frame["outcome"].astype(str), "channel": frame["channel"].astype(str)})
    frame["draw"] = frame["draw"] if "draw" in frame.columns else 0
    for name in ("spend", "value"):
        numbers = pd.to_numeric(frame[name], errors="coerce").astype(float)
        bad = np.flatnonzero(~np.isfinite(numbers) | ((numbers < 0) & (name == "spend")))
        if len(bad):
            raise InputError(
                f"curves, row {bad[0] + 2}: {name} is {frame[name].iloc[bad[0]]}; it must be a finite number"
                + (", 0 or more" if name == "spend" else ""),
                code="curves.number",
            )
        frame[name] = numbers
    key = ["outcome", "channel", "draw", "spend"]
    twice = np.flatnonzero(frame.duplicated(key))
    if len(twice):
        row = frame.iloc[twice[0]]
        raise InputError(
            f"curves, row {twice[0] + 2}: {row['outcome']} of `{row['channel']}` has spend {row['spend']:g} twice",
            code="curves.twice",
        )
    at_zero = frame[(frame["spend"] == 0) & (frame["value"] != 0)]
    if len(at_zero):
        row = at_zero.iloc[0]
        raise InputError(
            f"curves: {row['outcome']} of `{row['channel']}` is {row['value']:g} at zero spend; "
            "a response is incremental, so it is 0 there. Take the baseline off.",
            code="curves.not-zero",
        )
    _check_ends(frame)
    _check_rising(frame)
    return frame


def _check_rising(frame: pd.DataFrame) -> None:
    ordered = frame.sort_values("spend", kind="stable")
    fall = ordered.groupby(["outcome", "channel", "draw"])["value"].diff() < 0
    if fall.any() or (ordered["value"] < 0).any():
        row = ordered[fall | (ordered["value"] < 0)].iloc[0]
        raise InputError(
            f"curves: {row['outcome']} of `{row['channel']}` falls to {row['value']:g} at spend {row['spend']:g}; "
            "a response starts at 0 and never falls in this version",
            code="curves.falls",
        )


def _check_ends(frame: pd.DataFrame) -> None:
    ends = frame.groupby(["channel", "outcome", "draw"])["spend"].max().groupby("channel").agg(["min", "max"])
    apart = ends[ends["min"] < ends["max"]]
    if len(apart):
        low, high = apart.iloc[0]
        raise InputError(
            f"curves of `{apart.index[0]}` end at {low:g} and at {high:g}; "
            "all outcomes and draws of a channel must end at the same spend",
            code="curves.ends",
        )
