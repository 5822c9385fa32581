"""How far what the channels bring goes with the season of the base.

Where a shop sells more in December without any advertising, an advertisement may bring more then too: the index of
December, what the base brings then over what it brings on average, scales the effect, in part or in full. The strength
of that is learned with everything else and believed to be none, or some, before the data speak: 0 is the additive media
mix, 1 the multiplicative one. Expected outcomes are straight in it, so a fit may leave that range; draws that do are
brought back to its ends, as belief in none or in full.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moo_budget._checks import FloatArray
from moo_budget.responses.seasons import Seasons

# Prior standard deviation of the strength around none. A base without season shows no strength: the belief stays, and
# scales nothing.
STRENGTH_SPREAD = 0.5
# From here on the data say so. Where they do not, the fit goes without: a strength that is believed and not seen moves
# effects between seasons and channels, and intervals held in fewer worlds.
CLEAR_STRENGTH = 0.1
# No index lies below it, and the base is taken for no smaller share of a mean outcome: indices are ratios.
LEAST_INDEX, LEAST_BASE = 0.1, 0.1


@dataclass(frozen=True, eq=False)
class EffectSeason:
    """Factor of what the channels bring: 1 + strength (index - 1).

    Args:
        seasons: waves of dates.
        place: of the waves among the baseline's columns.
        average: (n_columns,), the baseline's columns in an average period, the waves left out.
    """

    seasons: Seasons
    place: slice
    average: FloatArray

    @classmethod
    def of(cls, seasons: Seasons, columns: FloatArray, place: slice) -> EffectSeason:
        """Of a baseline's columns (n_periods, n_columns), whose waves stand at `place`."""
        average = columns.mean(axis=0)
        average[place] = 0.0
        return cls(seasons, place, average)

    def waves(self, dates: NDArray[np.datetime64]) -> FloatArray:
        """The baseline's columns on dates as far as they are waves, (n_dates, n_columns)."""
        columns = np.zeros((len(dates), len(self.average)))
        columns[:, self.place] = np.concatenate(self.seasons.waves(dates), axis=1)
        return columns

    def only_waves(self, columns: FloatArray) -> FloatArray:
        """The baseline's columns (n_periods, n_columns) with zeros in all but the waves."""
        waves = np.zeros_like(columns)
        waves[:, self.place] = columns[:, self.place]
        return waves

    def factors(self, waves: FloatArray, coefficients: FloatArray, strength: FloatArray) -> FloatArray:
        """(..., n_rows) for waves (n_rows, n_columns), the baseline's coefficients (..., n_columns), strength (...)."""
        return np.asarray(1.0 + strength[..., None] * self._off_one(waves, coefficients)[0], dtype=np.float64)

    def slopes(
        self, waves: FloatArray, coefficients: FloatArray, strength: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Derivatives of `factors`: in coefficients, (..., n_rows, n_columns), and in the strength, (..., n_rows)."""
        off_one, base = self._off_one(waves, coefficients)
        moves = (off_one > LEAST_INDEX - 1.0)[..., None]
        by_base = np.where(base > LEAST_BASE, 1.0, 0.0)[..., None] * self.average
        by_index = moves * (waves - off_one[..., None] * by_base[..., None, :]) / base[..., None, None]
        return strength[..., None, None] * by_index, off_one

    def _off_one(self, waves: FloatArray, coefficients: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Index less 1, (..., n_rows), and the average base, (...)."""
        base = np.maximum(coefficients @ self.average, LEAST_BASE)
        index = coefficients @ waves.T / base[..., None]
        return np.maximum(index, LEAST_INDEX - 1.0), base


@dataclass(frozen=True, eq=False)
class LearnedSeason:
    """Draws of how far effects go with the season of the base.

    Args:
        season: how the factor is made.
        coefficients: (n_draws, n_columns), of the baseline.
        strength: (n_draws,), from 0 to 1.
    """

    season: EffectSeason
    coefficients: FloatArray
    strength: FloatArray

    def factors(self, dates: NDArray[np.datetime64]) -> FloatArray:
        """Of what channels bring in the periods that begin on these days, (n_draws, n_dates); 1 over a year."""
        return self.season.factors(self.season.waves(dates), self.coefficients, self.strength)

    @property
    def is_clear(self) -> bool:
        """Whether the data say that the effects go with the season: next to none is outside the central 90 %."""
        return self.strength_range[0] >= CLEAR_STRENGTH

    @property
    def strength_range(self) -> tuple[float, float, float]:
        """5 %, 50 % and 95 % point of the strength."""
        low, middle, high = np.quantile(self.strength, [0.05, 0.5, 0.95])
        return float(low), float(middle), float(high)
