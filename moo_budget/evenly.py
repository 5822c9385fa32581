"""Points and weightings spread evenly, the same at every call."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincinv

from moo_budget._checks import FloatArray

_CONCENTRATION = 0.7  # of the Dirichlet law of weightings: a little more at the faces of the simplex than evenly


def even_points(n_points: int, n_dimensions: int) -> FloatArray:
    """Low-discrepancy points of the unit cube, (n_dimensions, n_points).

    Source: Roberts 2018, multiples of the powers of the root above 1 of x^(n_dimensions + 1) = x + 1, modulo 1.
    """
    root = 2.0
    for _ in range(60):
        root = (1.0 + root) ** (1.0 / (n_dimensions + 1))
    steps = (1.0 / root) ** np.arange(1, n_dimensions + 1)
    multiples = 0.5 + steps[:, None] * np.arange(1, n_points + 1)
    points: FloatArray = multiples - np.floor(multiples)
    return points


def even_weights(n_weights: int, n_goals: int) -> FloatArray:
    """Weightings spread over the simplex, (n_weights, n_goals), each summing to 1.

    Quantiles of gamma variables at low-discrepancy points, normalised: a Dirichlet law without its clusters.
    """
    variates = np.maximum(gammaincinv(_CONCENTRATION, even_points(n_weights, n_goals).T), 1e-12)
    weights: FloatArray = variates / variates.sum(axis=1, keepdims=True)
    return weights
