"""Outcomes that count successes among trials: columns in, a rate learned, what is wrong refused."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from moo_budget.errors import InputError
from moo_budget.history import read_history
from moo_budget.responses import fit
from moo_budget.spec import HistorySpec, OutcomeSpec, ProblemSpec

DAYS = pd.date_range("2024-01-01", periods=60, freq="7D")
RNG = np.random.default_rng(4)
SPEND = np.exp(RNG.normal(5.0, 0.6, (60, 2)))
VISITS = RNG.integers(5_000, 9_000, (60, 2))


def rate(spend, channel):
    """Log odds of a purchase."""
    return 1.0 / (1.0 + np.exp(3.0 - spend / [150.0, 400.0][channel]))


SALES = RNG.binomial(VISITS, [[rate(money, c) for c, money in enumerate(row)] for row in SPEND])
WIDE = pd.DataFrame(
    {"week": DAYS.strftime("%Y-%m-%d")}
    | {
        f"{name}_{kind}": table[:, c]
        for kind, table in (("spend", SPEND), ("sales", SALES), ("visits", VISITS))
        for c, name in enumerate(("tv", "web"))
    }
)
LONG = pd.concat(
    WIDE[["week"]].assign(
        channel=name, spend=WIDE[f"{name}_spend"], sales=WIDE[f"{name}_sales"], visits=WIDE[f"{name}_visits"]
    )
    for name in ("tv", "web")
)


def read(folder, table, column="{channel}_sales", trials="{channel}_visits", **history):
    table.to_csv(folder / "history.csv", index=False)
    settings = {"spend": "{channel}_spend", "date": "week", "trials": {"sales": trials}} | history
    spec = ProblemSpec(
        history=HistorySpec("history.csv", ("tv", "web"), **settings), outcomes={"sales": OutcomeSpec(column)}
    )
    object.__setattr__(spec, "path", folder / "problem.toml")
    return read_history(spec)


def test_trials_are_read_in_both_layouts(tmp_path):
    wide = read(tmp_path, WIDE)
    long = read(tmp_path, LONG, "sales", "visits", layout="long", channel="channel", spend="spend")
    for history in (wide, long):
        np.testing.assert_array_equal(history.outcome("sales").values, SALES)
        np.testing.assert_array_equal(history.outcome("sales").trials, VISITS)


def test_a_column_of_trials_without_channel_is_every_channel_s(tmp_path):
    history = read(tmp_path, WIDE.assign(visits=10_000), trials="visits")
    np.testing.assert_array_equal(history.outcome("sales").trials, np.full((60, 2), 10_000))


def test_the_rate_behind_successes_is_found_and_counted_in_successes_at_the_mean_trials(tmp_path):
    (sales,) = fit(read(tmp_path, WIDE), model="logistic", seed=1).outcomes
    assert sales.quality["model"] == "logistic"
    for c, curve in enumerate(sales.curves):
        spend = np.array([100.0, 200.0])
        true = VISITS[:, c].mean() * (rate(spend, c) - rate(0.0, c))
        # 60 periods of some 7,000 trials fix the effect to a few per cent.
        np.testing.assert_allclose(curve.values(spend).mean(axis=1), true, rtol=0.1)


def test_periods_without_spend_say_what_happens_without_it(tmp_path):
    paused = SPEND * (np.arange(60)[:, None] % 3 > 0)
    sales = RNG.binomial(VISITS, [[rate(money, c) for c, money in enumerate(row)] for row in paused])
    table = WIDE.assign(tv_spend=paused[:, 0], web_spend=paused[:, 1], tv_sales=sales[:, 0], web_sales=sales[:, 1])
    history = replace(read(tmp_path, table), dates=None, period="none")
    (found,) = fit(history, model="logistic", seed=1).outcomes
    true = VISITS[:, 0].mean() * (rate(np.array([150.0]), 0) - rate(0.0, 0))
    np.testing.assert_allclose(found.curves[0].values(np.array([150.0])).mean(axis=1), true, rtol=0.1)


@pytest.mark.parametrize(
    ("table", "settings", "said"),
    [
        (WIDE, {"trials": "{channel}_vists"}, "history.csv has no column `tv_vists`, which history.trials.sales asks"),
        (
            WIDE.assign(web_visits=10),
            {},
            "outcome `sales`: period 1 has",
        ),
        (WIDE.assign(web_sales=-1), {}, "outcome `sales`: period 1 has -1 successes among"),
        (
            WIDE.assign(sales=SALES.sum(axis=1)),
            {"column": "sales"},
            "history.trials.sales: the outcome `sales` is measured in total",
        ),
    ],
)
def test_trials_that_cannot_be_are_refused(tmp_path, table, settings, said):
    with pytest.raises(InputError, match=re.escape(said)):
        read(tmp_path, table, **settings)
