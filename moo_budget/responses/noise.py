"""Sigma: how much the channels' effects fluctuate, and how far together (docs/risk.md section 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.errors import InputError, listed
from moo_budget.responses.mean import drawn_in
from moo_budget.responses.posterior import autocorrelation, independent_periods
from moo_budget.spec import RiskSpec

FEWEST_RESIDUALS = 8
# Relative noise under which an outcome says nothing about another one's noise.
SILENT_DEVIATION = 1e-3


@dataclass(frozen=True, eq=False)
class Noise:
    """Sigma of one outcome.

    Args:
        covariance: (n_channels, n_channels), relative, per period.
        measured: what it was measured on; empty: nothing.
        assumed: what was assumed, of which channels; empty: nothing.
    """

    covariance: FloatArray
    measured: str = ""
    assumed: str = ""

    @property
    def source(self) -> str:
        """A sentence for people."""
        said = [self.measured and f"measured: {self.measured}", self.assumed and f"assumed: {self.assumed}"]
        return "; ".join(filter(None, said)) or "none: no channel moves this outcome"


def measured_noise(residuals: FloatArray, method: str, *, ordered: bool) -> FloatArray:
    """Relative noise covariance of one period, from relative residuals.

    Each channel's residuals are drawn in to three robust deviations and standardised; their correlation is shrunk and
    scaled back, so small channels are not pulled up to the large ones' variance. Autocorrelation widens a channel's
    variance by (1 + rho) / (1 - rho), the factor by which the noise of a long plan exceeds that of independent periods.
    Rows without an order have none.

    Args:
        residuals: (n_periods, n_channels), (observed - expected) / expected, the fit's degrees of freedom given back;
            NaN where a channel did not run. A row of NaN parts stretches that do not follow each other.
        method: ``ledoit_wolf``: shrunk; ``sample``: not.
        ordered: the rows follow each other in time.

    Returns:
        (n_channels, n_channels), positive semi-definite; zeros for channels with fewer than 8 residuals or without any
        variation.
    """
    covariance = np.zeros((residuals.shape[1],) * 2)
    varying = [c for c, column in enumerate(residuals.T) if _varies(column)]
    if varying:
        limited = np.column_stack([_known_drawn_in(residuals[:, c]) for c in varying])
        variances = np.nanmean(limited**2, axis=0)
        rhos = [autocorrelation(column) if ordered else 0.0 for column in limited.T]
        widened = variances / [independent_periods(rho) for rho in rhos]
        correlation = _correlation(limited / np.sqrt(variances), method)
        covariance[np.ix_(varying, varying)] = correlation * np.sqrt(np.outer(widened, widened))
    return covariance


def assumed_noise(n_channels: int, risk: RiskSpec) -> FloatArray:
    """(n_channels, n_channels): the same relative noise and one common correlation, as ``[risk]`` states them.

    Raises:
        InputError: a correlation that so many channels cannot have in common.
    """
    lowest = -1.0 / (n_channels - 1) if n_channels > 1 else -1.0
    if not lowest <= risk.correlation <= 1.0:
        raise InputError(
            f"[risk] correlation is {risk.correlation}; {n_channels} channels can have a common correlation "
            f"from {lowest:.4g} to 1",
            code="risk.correlation",
        )
    correlation = np.full((n_channels, n_channels), risk.correlation)
    np.fill_diagonal(correlation, 1.0)
    return risk.noise**2 * correlation


def noise_covariance(
    outcome: str,
    residuals: Mapping[str, FloatArray],
    has_effect: BoolArray,
    risk: RiskSpec,
    channels: tuple[str, ...],
    *,
    ordered: bool,
) -> Noise:
    """Sigma of one outcome, and where it comes from.

    Measured on the outcome's own residuals; else on those of all outcomes that have some; else assumed. A channel whose
    noise was not measured gets the assumed one, uncorrelated; a channel without effect has none.

    Args:
        outcome: its name.
        residuals: outcome -> (n_periods, n_channels) as in `measured_noise`, for the outcomes measured per channel.
        has_effect: (n_channels,), channels that do something for the outcome.
        risk: method, and what is assumed.
        channels: names.
        ordered: the rows follow each other in time.
    """
    if not has_effect.any():
        return Noise(np.zeros((len(channels),) * 2))
    own = outcome in residuals
    sources = {outcome: residuals[outcome]} if own else residuals
    covariance, measured = _measured(list(sources.values()), risk.covariance, len(channels), ordered=ordered)
    if not own:
        # Impressions at a fixed price have no noise of their own, and say nothing of the noise of sales.
        measured &= covariance.diagonal() > SILENT_DEVIATION**2
    kept, unmeasured = has_effect & measured, has_effect & ~measured
    if not kept.any():
        covariance = assumed_noise(len(channels), risk) * np.outer(has_effect, has_effect)
        return Noise(covariance, assumed=f"{_assumption(risk)}, correlation {risk.correlation:g} between channels")
    covariance = covariance * np.outer(kept, kept) + np.diag(np.where(unmeasured, risk.noise**2, 0.0))
    names = listed([name for name, missing in zip(channels, unmeasured, strict=True) if missing])
    return Noise(
        covariance,
        measured=f"relative residuals of {', '.join(sources)} ({risk.covariance})",
        assumed=f"{_assumption(risk)} for {names}, uncorrelated" if unmeasured.any() else "",
    )


def _measured(
    stretches: Sequence[FloatArray], method: str, n_channels: int, *, ordered: bool
) -> tuple[FloatArray, BoolArray]:
    """Covariance of all stretches' residuals together, and for which channels there are enough of them."""
    gap = np.full((1, n_channels), np.nan)
    residuals = np.vstack([part for stretch in stretches for part in (stretch, gap)] or [gap])
    return measured_noise(residuals, method, ordered=ordered), np.isfinite(residuals).sum(axis=0) >= FEWEST_RESIDUALS


def _assumption(risk: RiskSpec) -> str:
    return f"relative noise {risk.noise:g} per period"


def _varies(column: FloatArray) -> bool:
    known = column[np.isfinite(column)]
    return len(known) >= FEWEST_RESIDUALS and bool(np.abs(known).max() > 0.0)


def _known_drawn_in(column: FloatArray) -> FloatArray:
    """`drawn_in` of (n_periods,) residuals with NaN, which stay."""
    limited = column.copy()
    limited[np.isfinite(column)] = drawn_in(column[np.isfinite(column)])
    return limited


def _correlation(standardised: FloatArray, method: str) -> FloatArray:
    """Positive semi-definite correlation of (n_periods, n_channels) with NaN, each pair over its common periods."""
    known = np.isfinite(standardised).astype(np.float64)
    filled = np.where(known > 0.0, standardised, 0.0)
    scale = np.sqrt((filled**2).T @ known)
    norm = scale * scale.T
    enough = (known.T @ known >= FEWEST_RESIDUALS) & (norm > 0.0)
    correlation = np.where(enough, filled.T @ filled / np.where(enough, norm, 1.0), 0.0)
    if method == "ledoit_wolf":
        # Loading scikit-learn costs a second, which only a fit should pay.
        from sklearn.covariance import ledoit_wolf_shrinkage

        correlation *= 1.0 - ledoit_wolf_shrinkage(filled, assume_centered=True)
        np.fill_diagonal(correlation, 1.0)
    return _repaired(correlation)


def _repaired(correlation: FloatArray) -> FloatArray:
    """Negative eigenvalues, which pairwise correlations can have, set to zero; diagonal 1 again."""
    eigenvalues, directions = np.linalg.eigh(correlation)
    if eigenvalues[0] >= 0.0:
        return correlation
    clipped = (directions * np.clip(eigenvalues, 0.0, None)) @ directions.T
    deviations = np.sqrt(clipped.diagonal())
    return np.asarray(clipped / np.outer(deviations, deviations), dtype=np.float64)
