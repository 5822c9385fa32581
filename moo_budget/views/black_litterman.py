"""Black-Litterman's classical formulas: returns that a reference mix implies, blended with views.

Returns are in excess of what money costs otherwise (`excess_values`). One view is a row of picks p and a value q: the
returns times p are believed to be q, up to a variance omega.

Sources: Black and Litterman 1992; He and Litterman 1999; Idzorek 2005 (confidences; in closed form Walters 2007). The
form that never inverts omega, so that certain views need no special case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cho_factor, cho_solve

from moo_budget._checks import (
    BoolArray,
    FloatArray,
    check_covariance,
    check_finite,
    check_known,
    check_shape,
    frozen,
)
from moo_budget.errors import InputError

# What is left of a view's variance once others hold, as a share of all of it: below this the others settle the view.
_SETTLED = 1e-10
# A difference of two settled values, as a share of what they are made of: below this it is rounding.
_AGREES = 1e-8


@dataclass(frozen=True, eq=False)
class Posterior:
    """Expected returns once views are taken in.

    Args:
        mean: (n_channels,), expected returns.
        uncertainty: (n_channels, n_channels), covariance of what is still unknown about the mean (He and Litterman's
            M); symmetric and positive semi-definite.
        covariance: (n_channels, n_channels), of the returns themselves, as it went in.
        reached: (n_views,), share of the way from the prior's value of each view to the asked one. A single view
            reaches its confidence; views that overlap push each other. NaN where the prior held the value already.
    """

    mean: FloatArray
    uncertainty: FloatArray
    covariance: FloatArray
    reached: FloatArray

    def __post_init__(self) -> None:
        for name in ("mean", "uncertainty", "covariance", "reached"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def weights(self, risk_aversion: float, covariance: Literal["prior", "posterior"] = "posterior") -> FloatArray:
        """The mix that is best for these returns, without any limit, (n_channels,).

        Args:
            risk_aversion: delta in ``mean - delta / 2 x variance``.
            covariance: "posterior": of the returns and of what is unknown about their mean together, as He and
                Litterman do; without views it gives the reference mix / (1 + tau), and the rest earns nothing.
                "prior": of the returns alone, as Idzorek does. The weights are never rescaled.

        Raises:
            InputError: risk aversion is not above 0, or a covariance that is neither.
        """
        _check_positive("risk_aversion", risk_aversion)
        check_known("covariance", covariance, ("prior", "posterior"))
        spread = self.covariance + self.uncertainty if covariance == "posterior" else self.covariance
        return np.asarray(np.linalg.lstsq(risk_aversion * spread, self.mean, rcond=None)[0], dtype=np.float64)


def implied_risk_aversion(premium: float, covariance: FloatArray, weights: FloatArray) -> float:
    """The delta at which a reference mix with this excess return is the best mix: premium / variance.

    Args:
        premium: expected excess return of the mix.
        covariance: (n_channels, n_channels), of the returns.
        weights: (n_channels,), the reference mix.

    Raises:
        InputError: shapes disagree, no covariance, or a premium or a variance that is not above 0.
    """
    covariance, weights = _checked_mix(covariance, weights)
    _check_positive("premium", premium)
    variance = float(weights @ covariance @ weights)
    _check_positive("the variance of the reference mix", variance)
    return premium / variance


def equilibrium_returns(covariance: ArrayLike, weights: ArrayLike, risk_aversion: float) -> FloatArray:
    """Excess returns (n_channels,) for which a reference mix is the best mix: ``delta Sigma w``.

    Args:
        covariance: (n_channels, n_channels), of the returns.
        weights: (n_channels,), the reference mix.
        risk_aversion: delta in ``mean - delta / 2 x variance``.

    Raises:
        InputError: shapes disagree, no covariance, or a risk aversion that is not above 0.
    """
    covariance, weights = _checked_mix(covariance, weights)
    _check_positive("risk_aversion", risk_aversion)
    returns: FloatArray = risk_aversion * (covariance @ weights)
    return returns


def excess_values(picks: FloatArray, values: FloatArray, hurdle: float) -> FloatArray:
    """Views about total returns as views about returns in excess of the hurdle, (n_views,).

    A view about one channel is lowered by the hurdle, a ratio by the sum of its picks times the hurdle; where the picks
    sum to zero, nothing changes.

    Args:
        picks: (n_views, n_channels).
        values: (n_views,), in total returns.
        hurdle: return of money that is not spent, such as 1 / margin for an ROI.
    """
    in_excess: FloatArray = np.asarray(values, dtype=float) - np.asarray(picks, dtype=float).sum(axis=1) * hurdle
    return in_excess


def proportional_omega(picks: FloatArray, spread: FloatArray) -> FloatArray:
    """Variances of views as large as the prior's own, (n_views,): He and Litterman's ``tau p Sigma p'``.

    With them the posterior mean does not depend on tau. It is a confidence of one half.

    Args:
        picks: (n_views, n_channels).
        spread: (n_channels, n_channels), uncertainty of the prior mean: tau Sigma.
    """
    omega: FloatArray = np.einsum("vc,cd,vd->v", picks, spread, picks)
    return omega


def confidence_omega(picks: FloatArray, spread: FloatArray, confidence: FloatArray) -> FloatArray:
    """Variances of views, each of which alone moves its value by its confidence, (n_views,).

    ``omega = (1 / k - 1) p S p'``: 0 for a certain view, infinite (the view says nothing) for k = 0.

    Args:
        picks: (n_views, n_channels).
        spread: (n_channels, n_channels), uncertainty of the prior mean: tau Sigma.
        confidence: (n_views,), in [0, 1].
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        omega = (1.0 / np.asarray(confidence) - 1.0) * proportional_omega(picks, spread)
    silent: FloatArray = np.where(np.asarray(confidence) == 0.0, np.inf, omega)
    return silent


def black_litterman(
    prior_mean: ArrayLike,
    covariance: ArrayLike,
    picks: ArrayLike,
    values: ArrayLike,
    *,
    tau: float = 1.0,
    confidence: ArrayLike | None = None,
    omega: ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> Posterior:
    """Prior returns and views, blended by how sure each of them is.

    Args:
        prior_mean: (n_channels,), expected returns before the views, such as `equilibrium_returns`.
        covariance: (n_channels, n_channels), of the returns.
        picks: (n_views, n_channels), P.
        values: (n_views,), Q.
        tau: uncertainty of the prior mean, as a share of the covariance. It stays 1 where `covariance` is that
            uncertainty already.
        confidence: (n_views,) in [0, 1], Idzorek's: 1 holds exactly, 0 drops the view.
        omega: (n_views,), variances of the views, instead of confidences; None for both: `proportional_omega`.
        names: of the views, for messages.

    Raises:
        InputError: shapes disagree, no covariance, a confidence outside 0 to 1, a negative variance, both of them
            given, or certain views that contradict each other; these are named.
    """
    mean, covariance = np.asarray(prior_mean, dtype=float), np.asarray(covariance, dtype=float)
    picks, values = np.asarray(picks, dtype=float), np.asarray(values, dtype=float)
    _check_positive("tau", tau)
    check_shape("prior_mean", mean, (None,), "(n_channels,)")
    check_finite("prior_mean", mean)
    check_covariance("covariance", covariance, len(mean))
    check_shape("picks", picks, (None, len(mean)), "(n_views, n_channels)")
    check_shape("values", values, (len(picks),), "(n_views,)")
    check_finite("picks", picks)
    check_finite("values", values)
    spread = tau * covariance
    variances = _variances(picks, spread, confidence, omega)
    names = [f"view {row + 1}" for row in range(len(picks))] if names is None else names
    blended, uncertainty = _blended(mean, spread, picks, values, variances, names)
    gap = values - picks @ mean
    with np.errstate(divide="ignore", invalid="ignore"):
        reached = np.where(gap == 0.0, np.nan, picks @ (blended - mean) / gap)
    return Posterior(blended, uncertainty, covariance, reached)


def _variances(
    picks: FloatArray, spread: FloatArray, confidence: ArrayLike | None, omega: ArrayLike | None
) -> FloatArray:
    if confidence is not None and omega is not None:
        raise InputError("give the views' confidence or their omega, not both", code="views.omega")
    if confidence is not None:
        confidence = np.asarray(confidence, dtype=float)
        check_shape("confidence", confidence, (len(picks),), "(n_views,)")
        for k in confidence:
            if not 0.0 <= k <= 1.0:
                raise InputError(f"a confidence is {k:g}; it must lie between 0 and 1", code="views.confidence")
        return confidence_omega(picks, spread, confidence)
    if omega is None:
        return proportional_omega(picks, spread)
    omega = np.asarray(omega, dtype=float)
    check_shape("omega", omega, (len(picks),), "(n_views,)")
    if not (omega >= 0.0).all():
        raise InputError(f"omega has the entry {omega.min():g}; a variance must be 0 or more", code="views.omega")
    return omega


def _blended(
    mean: FloatArray, spread: FloatArray, picks: FloatArray, values: FloatArray, omega: FloatArray, names: Sequence[str]
) -> tuple[FloatArray, FloatArray]:
    """Posterior mean and its uncertainty: G = S P' (P S P' + Omega)^-1, mean + G (Q - P mean), S - G P S."""
    speaking = np.isfinite(omega)
    expected, size = picks @ mean, np.abs(values) + np.abs(picks) @ np.abs(mean)
    speaking[speaking] = independent_views(
        (picks @ spread @ picks.T)[np.ix_(speaking, speaking)],
        (values - expected)[speaking],
        size[speaking],
        omega[speaking],
        [name for name, speaks in zip(names, speaking, strict=True) if speaks],
    )
    if not speaking.any():
        return mean, spread
    picks, values, omega = picks[speaking], values[speaking], omega[speaking]
    covered = spread @ picks.T
    gain = cho_solve(cho_factor(picks @ covered + np.diag(omega)), covered.T).T
    # Joseph's form: a sum of squares, which rounding cannot make indefinite as it can S - G P S.
    kept = np.eye(len(mean)) - gain @ picks
    uncertainty = kept @ spread @ kept.T + (gain * omega) @ gain.T
    return mean + gain @ (values - expected[speaking]), (uncertainty + uncertainty.T) / 2


def independent_views(
    covariance: FloatArray, surprise: FloatArray, size: FloatArray, omega: FloatArray, names: Sequence[str]
) -> BoolArray:
    """Which views say what no certain view before them has settled, (n_views,).

    Args:
        covariance: (n_views, n_views), of the views' values before the views: P S P'.
        surprise: (n_views,), what is asked less what was expected.
        size: (n_views,), of the numbers that a surprise is the difference of.
        omega: (n_views,), variances of the views.
        names: of the views, for messages.

    Raises:
        InputError: a certain view asks for something else than the certain views before it, or than a prior that
            has no doubt; they are named.
    """
    keeps = np.ones(len(omega), dtype=bool)
    certain: list[int] = []
    for row in np.flatnonzero(omega == 0.0).tolist():
        of_others = covariance[np.ix_(certain, certain)]
        shares = np.linalg.lstsq(of_others, covariance[certain, row], rcond=None)[0]
        rest = covariance[row, row] - 2.0 * shares @ covariance[certain, row] + shares @ of_others @ shares
        if rest > _SETTLED * covariance[row, row]:
            certain.append(row)
            continue
        keeps[row] = False
        if abs(surprise[row] - shares @ surprise[certain]) > _AGREES * (size[row] + np.abs(shares) @ size[certain]):
            against = [names[other] for other, share in zip(certain, shares, strict=True) if abs(share) > _AGREES]
            raise _contradiction(names[row], against)
    return keeps


def _contradiction(name: str, against: Sequence[str]) -> InputError:
    if not against:
        return InputError(
            f"`{name}` asks for something else than what is known, and nothing about that is uncertain; no view can "
            "move it. Take the view out.",
            code="views.certain-already",
        )
    quoted = " and ".join(f"`{other}`" for other in against)
    return InputError(
        f"`{name}` contradicts {quoted}, and all of them are held to be certain. Give them confidences, such as "
        "@ 60%, or take one out.",
        code="views.contradiction",
    )


def _checked_mix(covariance: ArrayLike, weights: ArrayLike) -> tuple[FloatArray, FloatArray]:
    covariance, weights = np.asarray(covariance, dtype=float), np.asarray(weights, dtype=float)
    check_shape("weights", weights, (None,), "(n_channels,)")
    check_finite("weights", weights)
    check_covariance("covariance", covariance, len(weights))
    return covariance, weights


def _check_positive(name: str, value: float) -> None:
    if not (np.isfinite(value) and value > 0.0):
        raise InputError(f"{name} is {value:g}; it must be above 0", code="views.not-positive")
