"""One channel's part of an outcome: a curve over the stock that its spend builds up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from moo_budget._checks import FloatArray
from moo_budget.responses.carry_over import CarryOver, carry_in, lagged
from moo_budget.responses.curves import Curve, CurveDraws
from moo_budget.responses.parameters import Parameter, SoftPositive, natural, natural_slopes
from moo_budget.responses.records import ResponseCurve

EFFECT = Parameter("effect", SoftPositive(), centre=1.0, spread=1.2)


@dataclass(frozen=True, eq=False)
class ChannelResponse:
    """One channel's part of one outcome, as it is handed over.

    Args:
        curve: with draws.
        carry_over: (n_draws, n_lags), weights.
        carry_in: (n_draws, n_lags), currency: stock that the past puts into plan period 0, 1, ...
    """

    curve: ResponseCurve
    carry_over: FloatArray
    carry_in: FloatArray


@dataclass(frozen=True, eq=False)
class ChannelTerm:
    """One channel's part of an outcome: ``unit * effect * shape(stock / scale)``.

    Args:
        curve: the shape.
        carry_over: how spend becomes stock.
        n_lags: how many periods a unit of spend is followed.
        spend: (n_periods,), currency per period.
        scale: typical spend, currency per period.
        unit: prior median of the effect, in the regression's unit of outcome.
        beliefs: name -> parameter that stands in for the one of the same name.
    """

    curve: Curve
    carry_over: CarryOver
    n_lags: int
    spend: FloatArray
    scale: float
    unit: float
    beliefs: Mapping[str, Parameter] = field(default_factory=dict)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Effect first, then the shape's, then the carry-over's."""
        usual = (EFFECT, *self.curve.parameters, *self.carry_over.parameters)
        return tuple(self.beliefs.get(parameter.name, parameter) for parameter in usual)

    def units(self, outcome_unit: float) -> dict[str, float]:
        """What people count a parameter in, per natural unit: effects in outcome per currency, at typical spend.

        `outcome_unit` is the outcome per unit of the regression.
        """
        return {"effect": outcome_unit * self.unit / self.scale, "half_saturation": self.scale, "decay": 1.0}

    @cached_property
    def _past(self) -> FloatArray:
        """(n_periods, n_lags) spend in typical spends."""
        return lagged(self.spend, self.n_lags) / self.scale

    def _split(self, values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(..., n_parameters) -> effect (...), the shape's (..., n), the carry-over's (..., n)."""
        end = 1 + len(self.curve.parameters)
        return values[..., 0], values[..., 1:end], values[..., end:]

    def predict(self, free: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Contribution of every period, and its Jacobian.

        Free parameters (n_parameters,), or draws of them (n_draws, n_parameters) -> (..., n_periods) and
        (..., n_periods, n_parameters).
        """
        effect, shape_parameters, carry_parameters = self._split(natural(self.parameters, free))
        effect, shape_parameters = effect[..., None], shape_parameters.T[..., None]
        stock = self.carry_over.weights(carry_parameters, self.n_lags) @ self._past.T
        shape = self.curve.shape(stock, *shape_parameters)
        by_shape = self.curve.gradient(stock, *shape_parameters)
        by_weights = self.carry_over.gradient(carry_parameters, self.n_lags) @ self._past.T
        by_carry = self.curve.slope(stock, *shape_parameters)[..., None, :] * by_weights
        by_each = [shape, *(effect * by for by in (*by_shape, *by_carry.swapaxes(0, -2)))]
        jacobian = np.stack(by_each, axis=-1) * natural_slopes(self.parameters, free)[..., None, :]
        return self.unit * effect * shape, self.unit * jacobian

    def contributions(self, free: FloatArray) -> FloatArray:
        """Draws of the free parameters (n_draws, n_parameters) -> contributions (n_periods, n_draws)."""
        effect, shape_parameters, carry_parameters = self._split(natural(self.parameters, free))
        stock = self._past @ self.carry_over.weights(carry_parameters, self.n_lags).T
        return self.unit * effect * self.curve.shape(stock, *shape_parameters.T)

    def level(self, spend: FloatArray, free: FloatArray) -> FloatArray:
        """The same draws at level spend, (n_spend,) currency per period -> (n_spend, n_draws)."""
        effect, shape_parameters, _ = self._split(natural(self.parameters, free))
        return self.unit * effect * self.curve.shape(spend[:, None] / self.scale, *shape_parameters.T)

    def response(self, free: FloatArray, outcome_units: FloatArray) -> ChannelResponse:
        """What draws of the free parameters, (n_draws, n_parameters), say of this channel.

        `outcome_units`, (n_draws,), is the outcome per unit of the regression.
        """
        effect, shape_parameters, carry_parameters = self._split(natural(self.parameters, free))
        weights = self.carry_over.weights(carry_parameters, self.n_lags)
        curve = CurveDraws(self.curve, self.scale, outcome_units * self.unit * effect, shape_parameters)
        return ChannelResponse(curve, weights, carry_in(self.spend, weights))
