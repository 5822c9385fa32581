"""Problem files of any size, over histories that are drawn here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from moo_budget._checks import FloatArray

DECAY = 0.5  # share of the stock that a period leaves to the next


def write_problem(folder: Path, n_channels: int, n_periods: int, *, total: bool = False, search: str = "") -> Path:
    """A weekly history and its problem file in `folder`; the path of the file.

    Args:
        folder: made where it is not there.
        n_channels: `ch_0001`, `ch_0002` ...
        n_periods: weeks, ending on a Sunday of 2025.
        total: revenue is measured for the whole business; else revenue and awareness are, channel by channel.
        search: lines of the file's [search].
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(n_channels)
    names = [f"ch_{c + 1:04d}" for c in range(n_channels)]
    spend = np.round(rng.lognormal(6.0, 1.0, n_channels) * rng.lognormal(0.0, 0.5, (n_periods, n_channels)), 2)
    columns = {f"{name}_spend": spend[:, c] for c, name in enumerate(names)}
    revenue = _effects(spend, 2.0, rng)
    if total:
        columns["revenue"] = revenue.sum(axis=1) + 2.0 * revenue.sum(axis=1).mean() * rng.normal(1.0, 0.02, n_periods)
    else:
        views = _effects(spend, 40.0, rng)
        columns |= {f"{name}_revenue": np.round(revenue[:, c], 2) for c, name in enumerate(names)}
        columns |= {f"{name}_views": np.round(views[:, c]) for c, name in enumerate(names)}
    weeks = pd.date_range(end="2025-06-29", periods=n_periods, freq="W")
    pd.DataFrame({"week": weeks.date, **columns}).to_csv(folder / "history.csv", index=False)
    problem = folder / "problem.toml"
    problem.write_text(_problem_text(names, total=total, search=search), encoding="utf-8")
    return problem


def _effects(spend: FloatArray, per_money: float, rng: np.random.Generator) -> FloatArray:
    """(n_periods, n_channels): Hill curves over geometric stock, a tenth of noise."""
    stock = spend.copy()
    for t in range(1, len(stock)):
        stock[t] += DECAY * stock[t - 1]
    stock *= 1.0 - DECAY
    half = stock.mean(axis=0) * rng.uniform(0.5, 2.0, spend.shape[1])
    most = per_money * rng.lognormal(0.0, 0.5, spend.shape[1]) * (stock.mean(axis=0) + half)
    return most * stock / (stock + half) * rng.lognormal(0.0, 0.1, spend.shape)


def _problem_text(names: list[str], *, total: bool, search: str) -> str:
    revenue = "revenue" if total else "{channel}_revenue"
    outcomes = f'[outcomes.revenue]\ncolumn = "{revenue}"\nunit = "USD"\n'
    if not total:
        outcomes += '[outcomes.awareness]\ncolumn = "{channel}_views"\nunit = "views"\n'
    channels = ", ".join(f'"{name}"' for name in names)
    return (
        f'schema_version = 1\ntitle = "{len(names):,} channels"\ncurrency = "USD"\n'
        f'[history]\nfile = "history.csv"\ndate = "week"\nchannels = [{channels}]\nspend = "{{channel}}_spend"\n'
        f"{outcomes}[plan]\nperiods = 13\n[limits]\nchange = 0.5\n[search]\nseed = 1\n{search}"
    )
