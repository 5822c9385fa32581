"""The informed oracle: what one believes of a world who knows how worlds are drawn, and of this one only its history.

The posterior under the true prior, by elliptical slice sampling of the standard normals that a world's truth is a
function of: the world generator draws from these instead of from a random generator. How channels are bought is known.
Given the curves, all else that makes a total outcome is Gaussian and integrated out: growth, random walk and noise, and
the fluctuation of the effects, whose lognormal factors count by their mean and covariance.

Source: Murray, Adams and MacKay 2010. Deviation: an update turns some of the normals, at times all, while the others
stay; before the data they are independent, so the posterior is left as it is, and steps are longer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass

import numpy as np
import pandas as pd
from scipy.linalg import cholesky, solve_triangular
from scipy.special import ndtr

from moo_budget._checks import FloatArray, IntArray
from moo_budget.history import History
from moo_budget.simulate import KINDS, TrueResponse, World
from moo_budget.simulate.experiments import TEST_WEEKS
from moo_budget.simulate.kinds import EFFECT_CORRELATION, EFFECT_DEVIATION, GROWTH_DEVIATION, PRIORS
from moo_budget.simulate.paths import wave, years

OUTCOME, KIND = "revenue", KINDS["moderate"]
PER_CHANNEL = 4  # normals that a response is drawn from
N_EVALUATIONS = 50_000  # of the likelihood in a chain
N_DRAWS = 500  # that are kept of it
BURN_IN = 0.2  # share of its updates
TURNED = (0.02, 0.1, 0.3, 1.0)  # shares of the normals that an update turns, by chance; at least one normal

Curve = Callable[[FloatArray], FloatArray]


class Latents:
    """A generator of random numbers whose draws are given: functions of standard normals.

    Args:
        normals: one array a draw, in the order of the draws.
    """

    def __init__(self, normals: Iterable[FloatArray]) -> None:
        self._left = iter(normals)

    def lognormal(self, mean: float, sigma: float) -> FloatArray:
        """As numpy's."""
        return np.asarray(np.exp(mean + sigma * next(self._left)))

    def uniform(self, low: float, high: float) -> FloatArray:
        """As numpy's."""
        return np.asarray(low + (high - low) * ndtr(next(self._left)))


@dataclass(frozen=True, eq=False)
class Tests:
    """Lift tests of single channels.

    Args:
        channels: (n_tests,), columns of the history.
        weeks: (n_periods, n_tests), 1 in the weeks of the test and 0 elsewhere.
        spend: (n_periods, n_tests), the channel's spend with the test, currency per week.
        lift, lift_se: (n_tests,), outcome.
    """

    channels: IntArray
    weeks: FloatArray
    spend: FloatArray
    lift: FloatArray
    lift_se: FloatArray

    @classmethod
    def of(cls, history: History, table: pd.DataFrame | None) -> Tests:
        """From a file of lift tests; None: there are none."""
        rows = pd.DataFrame() if table is None else table[table["outcome"] == OUTCOME]
        n_periods = history.n_periods
        if rows.empty:
            none = np.empty((n_periods, 0))
            return cls(np.empty(0, dtype=np.int64), none, none, np.empty(0), np.empty(0))
        channels = np.array([history.channels.index(channel) for channel in rows["channel"]])
        since = np.arange(n_periods)[:, None] - np.searchsorted(history.dates, rows["start"].to_numpy("datetime64[D]"))
        weeks = ((since >= 0) & (since < TEST_WEEKS)).astype(np.float64)
        spend = history.spend[:, channels] * (1.0 + weeks * (rows["spend_change"] / rows["spend"]).to_numpy())
        return cls(channels, weeks, spend, rows["lift"].to_numpy(), rows["lift_se"].to_numpy())


class Posterior:
    """What a history, and lift tests, say of a world's total revenue.

    Args:
        world: how its channels are bought is all that is looked at.
        history: one that it made.
        lift_tests: as in a file of them; none where nothing was tested.
    """

    def __init__(self, world: World, history: History, lift_tests: pd.DataFrame | None) -> None:
        self._weekly = np.array([how.weekly for how in world.flighting.values()])
        self._observed = history.outcome(OUTCOME).values
        self._tests = Tests.of(history, lift_tests)
        self._columns = np.concatenate([np.arange(len(self._weekly)), self._tests.channels])
        self._spend = np.hstack([history.spend, self._tests.spend])
        self._season = wave(history.n_periods, KIND.season)
        self._noise = _noise_covariance(self._observed)
        self._drift = _drift_covariance(self._season)

    @property
    def n_latents(self) -> int:
        """Normals that the truth is a function of: drawing by drawing and channel by channel, the baseline's last."""
        return PER_CHANNEL * len(self._weekly) + 1

    def responses(self, latents: FloatArray) -> TrueResponse:
        """Of all channels, with parameters (..., n_channels); latents (..., n_latents)."""
        return self._responses(latents, np.arange(len(self._weekly)))

    def log_likelihood(self, latents: FloatArray) -> float:
        """Up to a constant; latents (n_latents,)."""
        n_channels = len(self._weekly)
        responses = self._responses(latents, self._columns)
        brought, tested = np.hsplit(responses.over_time(self._spend), [n_channels])
        typical = responses.level(self._weekly[self._columns])[:n_channels].sum()
        level = float(PRIORS[OUTCOME].level(typical, Latents(latents[-1:])))
        covariance = self._noise + level**2 * self._drift
        covariance[np.diag_indices_from(covariance)] += _effect_variance(brought)
        lift = (self._tests.weeks * (tested - brought[:, self._tests.channels])).sum(axis=0)
        misfit = (self._tests.lift - lift) / self._tests.lift_se
        residuals = self._observed - brought.sum(axis=1) - level * self._season
        return _log_density(residuals, covariance) - float(misfit @ misfit) / 2.0

    def _responses(self, latents: FloatArray, columns: IntArray) -> TrueResponse:
        drawings = latents[..., :-1].reshape(*latents.shape[:-1], PER_CHANNEL, -1)[..., columns]
        return PRIORS[OUTCOME].response(KIND, self._weekly[columns], Latents(np.moveaxis(drawings, -2, 0)))


def _noise_covariance(observed: FloatArray) -> FloatArray:
    """(n_periods, n_periods), outcome squared; the mean of what was observed stands for that without noise."""
    how, weeks = KIND.disturbance, np.arange(len(observed))
    size = KIND.noise * observed.mean() * np.linspace(1.0 - how.unrest, 1.0 + how.unrest, len(weeks))
    return np.asarray(np.outer(size, size) * how.memory ** np.abs(weeks[:, None] - weeks))


def _drift_covariance(season: FloatArray) -> FloatArray:
    """(n_periods, n_periods), random walk and growth of the baseline as shares of its level; season (n_periods,)."""
    weeks = np.arange(len(season))
    walk = KIND.disturbance.wander**2 * years(2)[1] * (1.0 + np.minimum(weeks[:, None], weeks))
    growth = GROWTH_DEVIATION * years(len(season)) * season
    return np.asarray(walk + np.outer(growth, growth))


def _effect_variance(brought: FloatArray) -> FloatArray:
    """(n_periods,), outcome squared, of the sum of what the channels bring (n_periods, n_channels)."""
    own, common = (brought**2).sum(axis=1), brought.sum(axis=1) ** 2
    return np.asarray(EFFECT_DEVIATION**2 * ((1.0 - EFFECT_CORRELATION) * own + EFFECT_CORRELATION * common))


def _log_density(residuals: FloatArray, covariance: FloatArray) -> float:
    """Gaussian, up to a constant; residuals (n,), covariance (n, n)."""
    root = cholesky(covariance, lower=True, check_finite=False)
    whitened = solve_triangular(root, residuals, lower=True, check_finite=False)
    return float(-whitened @ whitened / 2.0 - np.log(root.diagonal()).sum())


def chain(posterior: Posterior, rng: np.random.Generator) -> FloatArray:
    """(N_DRAWS, n_latents), evenly out of a long run that starts anywhere in the prior."""
    latents = rng.standard_normal(posterior.n_latents)
    density, n_evaluations = posterior.log_likelihood(latents), 0
    run = []
    while n_evaluations < N_EVALUATIONS:
        latents, density, needed = _turned(posterior, latents, density, rng)
        n_evaluations += needed
        run.append(latents)
    return np.array(run)[np.linspace(BURN_IN * len(run), len(run) - 1, N_DRAWS).astype(int)]


def _turned(
    posterior: Posterior, latents: FloatArray, density: float, rng: np.random.Generator
) -> tuple[FloatArray, float, int]:
    """The next state, its log likelihood and the evaluations that it took; `density` is that of `latents`."""
    turned = rng.permutation(len(latents)) < rng.choice(TURNED) * len(latents)
    other = np.where(turned, rng.standard_normal(len(latents)), 0.0)
    lowest = density + np.log(rng.random())
    angle = rng.uniform(0.0, 2.0 * np.pi)
    low, high, n_evaluations = angle - 2.0 * np.pi, angle, 0
    while True:
        proposal = np.where(turned, latents * np.cos(angle) + other * np.sin(angle), latents)
        density, n_evaluations = posterior.log_likelihood(proposal), n_evaluations + 1
        if density > lowest:
            return proposal, density, n_evaluations
        # The bracket shrinks towards the state itself, whose angle is 0.
        low, high = (angle, high) if angle < 0.0 else (low, angle)
        angle = rng.uniform(low, high)


def curves(posterior: Posterior, draws: FloatArray) -> list[Curve]:
    """Level curves by channel, spend (n_spend,) -> outcome per week (n_spend, n_draws); draws (n_draws, n_latents)."""
    parameters = np.array(astuple(posterior.responses(draws)))
    return [_curve(TrueResponse(*of_channel)) for of_channel in np.moveaxis(parameters, -1, 0)]


def _curve(response: TrueResponse) -> Curve:
    return lambda spend: response.level(spend[:, None])
