"""Sigma: how much the channels' effects fluctuate, and how far together (docs/risk.md section 2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from moo_budget._checks import BoolArray, FloatArray
from moo_budget.errors import InputError, Message, listed
from moo_budget.responses.mean import drawn_in
from moo_budget.responses.posterior import autocorrelation, independent_periods
from moo_budget.spec import RiskSpec

FEWEST_RESIDUALS = 8
# The lowest eigenvalue of a correlation that is rounding and no defect.
_ROUNDING = 1e-10
# Of a period long ago: so that a channel that ran only then is still measured.
_LEAST_WEIGHT = 1e-12
# Relative noise under which an outcome says nothing about another one's noise.
SILENT_DEVIATION = 1e-3


@dataclass(frozen=True, eq=False)
class Noise:
    """Sigma of one outcome.

    Args:
        covariance: (n_channels, n_channels), relative, per period.
        measured: what it was measured on; empty: nothing.
        assumed: what was assumed, of which channels; empty: nothing.
        messages: what a person should know of the measurement.
    """

    covariance: FloatArray
    measured: str = ""
    assumed: str = ""
    messages: tuple[Message, ...] = ()

    @property
    def source(self) -> str:
        """A sentence for people."""
        said = [self.measured and f"measured: {self.measured}", self.assumed and f"assumed: {self.assumed}"]
        return "; ".join(filter(None, said)) or "none: no channel moves this outcome"


@dataclass(frozen=True, eq=False)
class MeasuredNoise:
    """Relative noise covariance of one period, as residuals show it.

    Args:
        covariance: (n_channels, n_channels), positive semi-definite; zeros for channels with fewer than 8 residuals or
            without any variation.
        n_periods: how many periods it rests on; counted by weight, 1 / sum of squared shares.
        lowest: eigenvalue of the correlations before they were repaired; 0 or more: they were not.
    """

    covariance: FloatArray
    n_periods: float
    lowest: float


def measured_noise(
    residuals: FloatArray, method: str, *, ordered: bool, weights: FloatArray | None = None
) -> MeasuredNoise:
    """Relative noise covariance of one period, from relative residuals.

    Each channel's residuals are drawn in to three robust deviations and standardised; their correlation is shrunk and
    scaled back, so small channels are not pulled up to the large ones' variance. Autocorrelation widens a channel's
    variance by (1 + rho) / (1 - rho), the factor by which the noise of a long plan exceeds that of independent periods.
    Rows without an order have none.

    Args:
        residuals: (n_periods, n_channels), (observed - expected) / expected, the fit's degrees of freedom given back;
            NaN where a channel did not run. A row of NaN parts stretches that do not follow each other.
        method: ``ledoit_wolf`` or ``oas``: shrunk (Ledoit and Wolf 2004; Chen, Wiesel, Eldar and Hero 2010); any other:
            not.
        ordered: the rows follow each other in time.
        weights: (n_periods,), what a row counts; None: all the same.
    """
    weights = np.ones(len(residuals)) if weights is None else weights
    counted = weights[np.isfinite(residuals).any(axis=1)]
    n_periods = counted.sum() ** 2 / (counted**2).sum() if len(counted) else 0.0
    covariance, lowest = np.zeros((residuals.shape[1],) * 2), 0.0
    varying = [c for c, column in enumerate(residuals.T) if _varies(column)]
    if varying:
        limited = np.column_stack([_known_drawn_in(residuals[:, c]) for c in varying])
        variances = _mean_squares(limited, weights)
        rhos = [autocorrelation(column) if ordered else 0.0 for column in limited.T]
        widened = variances / [independent_periods(rho) for rho in rhos]
        correlation, lowest = _correlation(limited / np.sqrt(variances), method, weights)
        covariance[np.ix_(varying, varying)] = correlation * np.sqrt(np.outer(widened, widened))
    return MeasuredNoise(covariance, float(n_periods), lowest)


def recency(n_periods: int, half_life: float) -> FloatArray:
    """(n_periods,), what each period counts: 1 for the last one, half as much `half_life` periods before."""
    weights: FloatArray = np.maximum(0.5 ** (np.arange(n_periods)[::-1] / half_life), _LEAST_WEIGHT)
    return weights


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

    Raises:
        InputError: recent periods are to count more, and the rows have no order; or noise that cannot be assumed.
    """
    if risk.covariance == "ewma" and not ordered:
        raise InputError(
            '[risk] covariance = "ewma" lets recent periods count more, and a history without dates has none. Name its '
            'date column, or use "ledoit_wolf", "oas" or "sample".',
            code="risk.ewma-without-dates",
        )
    if not has_effect.any():
        return Noise(np.zeros((len(channels),) * 2))
    own = outcome in residuals
    sources = {outcome: residuals[outcome]} if own else residuals
    found, measured = _measured(list(sources.values()), risk, len(channels), ordered=ordered)
    covariance = found.covariance
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
        measured=f"relative residuals of {', '.join(sources)} ({_method(risk)})",
        assumed=f"{_assumption(risk)} for {names}, uncorrelated" if unmeasured.any() else "",
        messages=tuple(_remarks(found, int(kept.sum()), risk, ", ".join(sources))),
    )


def _measured(
    stretches: Sequence[FloatArray], risk: RiskSpec, n_channels: int, *, ordered: bool
) -> tuple[MeasuredNoise, BoolArray]:
    """Noise of all stretches' residuals together, and for which channels there are enough of them."""
    gap = np.full((1, n_channels), np.nan)
    residuals = np.vstack([part for stretch in stretches for part in (stretch, gap)] or [gap])
    weights = None
    if risk.covariance == "ewma":
        each = [np.append(recency(len(stretch), risk.half_life), 0.0) for stretch in stretches]
        weights = np.concatenate(each or [np.zeros(1)])
    found = measured_noise(residuals, risk.covariance, ordered=ordered, weights=weights)
    return found, np.isfinite(residuals).sum(axis=0) >= FEWEST_RESIDUALS


def _method(risk: RiskSpec) -> str:
    return f"ewma, half-life {risk.half_life:g} periods" if risk.covariance == "ewma" else risk.covariance


def _remarks(found: MeasuredNoise, n_channels: int, risk: RiskSpec, sources: str) -> Iterator[Message]:
    """What the measurement rests on, where that is little, and what had to be mended."""
    if risk.covariance in ("sample", "ewma") and found.n_periods < n_channels:
        yield Message(
            "noise.few-periods",
            f"market noise of {n_channels} channels is measured on {found.n_periods:.3g} periods of {sources} "
            f'(covariance = "{risk.covariance}"): with fewer periods than channels some mixes seem to have no noise at '
            'all. Use "ledoit_wolf" or "oas".',
        )
    if found.lowest < -_ROUNDING:
        yield Message(
            "noise.repaired",
            f"market noise measured on {sources}: correlations of channels that ran at different times cannot occur "
            f"together (lowest eigenvalue {found.lowest:.2g}); negative eigenvalues were set to 0.",
        )


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


def _mean_squares(columns: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted, (n_channels,), of (n_periods, n_channels) with NaN."""
    counts = np.where(np.isfinite(columns), weights[:, None], 0.0)
    squares: FloatArray = np.nansum(counts * columns**2, axis=0) / counts.sum(axis=0)
    return squares


def _correlation(standardised: FloatArray, method: str, weights: FloatArray) -> tuple[FloatArray, float]:
    """Positive semi-definite correlation of (n_periods, n_channels) with NaN, each pair over its common periods.

    And its lowest eigenvalue before that was repaired.
    """
    known = np.isfinite(standardised).astype(np.float64)
    filled = np.where(known > 0.0, standardised, 0.0) * np.sqrt(weights)[:, None]
    scale = np.sqrt((filled**2).T @ known)
    norm = scale * scale.T
    enough = (known.T @ known >= FEWEST_RESIDUALS) & (norm > 0.0)
    correlation = np.where(enough, filled.T @ filled / np.where(enough, norm, 1.0), 0.0)
    if method in ("ledoit_wolf", "oas"):
        correlation *= 1.0 - _shrinkage(filled, method)
        np.fill_diagonal(correlation, 1.0)
    return _repaired(correlation)


def _shrinkage(standardised: FloatArray, method: str) -> float:
    """Share of the correlations that is taken away."""
    # Loading scikit-learn costs a second, which only a fit should pay.
    from sklearn.covariance import ledoit_wolf_shrinkage, oas

    if method == "oas":
        return float(oas(standardised, assume_centered=True)[1])
    return float(ledoit_wolf_shrinkage(standardised, assume_centered=True))


def _repaired(correlation: FloatArray) -> tuple[FloatArray, float]:
    """Negative eigenvalues, which pairwise correlations can have, set to zero; diagonal 1 again. And the lowest one."""
    eigenvalues, directions = np.linalg.eigh(correlation)
    lowest = float(eigenvalues[0])
    if lowest >= 0.0:
        return correlation, lowest
    clipped = (directions * np.clip(eigenvalues, 0.0, None)) @ directions.T
    deviations = np.sqrt(clipped.diagonal())
    return np.asarray(clipped / np.outer(deviations, deviations), dtype=np.float64), lowest
