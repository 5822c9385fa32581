"""One style of check at every border."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from moo_budget.errors import InputError, listed, nearest

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def frozen(values: Any) -> FloatArray:
    """A read-only contiguous float64 array: records never share memory with a caller who may write to it.

    A copy, but for an array that is frozen already: what other records hold is held once.
    """
    if _is_frozen(values):
        return cast(FloatArray, values)
    return handed_over(np.array(values, dtype=np.float64, order="C"))


def handed_over(array: FloatArray) -> FloatArray:
    """An array that nobody else holds, made read-only: a record takes it as it is, without a copy."""
    array.flags.writeable = False
    return array


def _is_frozen(values: Any) -> bool:
    """Whether nobody can write to these numbers; behind a view that is read-only somebody may."""
    if type(values) is not np.ndarray or values.dtype != np.float64:
        return False
    flags = values.flags
    return bool(flags.owndata and flags.c_contiguous and not flags.writeable)


def check_shape(name: str, array: FloatArray, shape: Sequence[int | None], meaning: str) -> None:
    """Raise InputError unless `array` has `shape`; None stands for any length.

    Args:
        name: the argument, as the caller calls it.
        array: what came.
        shape: the lengths that are allowed.
        meaning: the same in names, such as ``(n_plans, n_channels)``.
    """
    fits = array.ndim == len(shape) and all(
        want is None or want == got for want, got in zip(shape, array.shape, strict=True)
    )
    if not fits:
        expected = ", ".join("any" if length is None else str(length) for length in shape)
        raise InputError(f"{name} has shape {array.shape}; it must be {meaning} = ({expected})", code="input.shape")


def check_finite(name: str, array: FloatArray) -> None:
    """Raise InputError that names the first entry that is NaN or infinite."""
    finite = np.isfinite(array)
    if not finite.all():
        bad = np.argwhere(~finite)[0]
        place = ", ".join(str(i) for i in bad)
        raise InputError(
            f"{name}[{place}] is {array[tuple(bad)]}; every entry must be a finite number", code="input.not-finite"
        )


def check_covariance(name: str, matrix: FloatArray, size: int) -> None:
    """Raise InputError unless `matrix` is a (size, size) covariance, up to rounding.

    Raises:
        InputError: not square, not finite, not symmetric, or not positive semi-definite; each says so.
    """
    check_shape(name, matrix, (size, size), "(n_channels, n_channels)")
    check_finite(name, matrix)
    scale = float(np.abs(matrix).max(initial=0.0))
    asymmetry = float(np.abs(matrix - matrix.T).max(initial=0.0))
    if asymmetry > 1e-8 * scale:
        raise InputError(f"{name} differs from its transpose by {asymmetry:g}", code="risk.not-symmetric")
    lowest = float(np.linalg.eigvalsh(matrix).min(initial=0.0))
    if lowest < -1e-8 * max(scale, 1e-300):
        raise InputError(
            f"{name} has the eigenvalue {lowest:g}; a covariance has none below 0. "
            "Clip its eigenvalues at 0, or build it from correlations that can occur together.",
            code="risk.not-psd",
        )


def check_known(kind: str, name: str, known: Mapping[str, Any] | Sequence[str], where: str = "") -> None:
    """Raise InputError that lists the known names, nearest first, unless `name` is one of them."""
    if name not in known:
        prefix = f"{where}: " if where else ""
        raise InputError(
            f"{prefix}there is no {kind} `{name}`. {nearest(name, known)}Known: {listed(known)}", code=f"{kind}.unknown"
        )


def amount_text(amount: float) -> str:
    """Money in a message: with cents; below one unit, where cents would hide it, with six digits."""
    return f"{amount:,.2f}" if abs(amount) >= 1.0 or amount == 0.0 else f"{amount:,.6g}"


def money_by_channel(money: Mapping[str, float], channels: Sequence[str], name: str) -> FloatArray:
    """Money in the order of `channels`; channels left out get 0.

    Raises:
        InputError: no mapping, a channel that is not known, or money that is negative or not finite.
    """
    if not isinstance(money, Mapping):
        raise InputError(
            f"{name} is {type(money).__name__}; it must be a mapping channel -> money, such as "
            f"dict(zip(problem.channels, spend)) or the `spend` of a plan",
            code="input.money-by-channel",
        )
    for channel, amount in money.items():
        check_known("channel", channel, channels, name)
        if not (np.isfinite(amount) and amount >= 0):
            raise InputError(f"{name}: money of `{channel}` is {amount}; it must be 0 or more", code="input.money")
    return np.array([float(money.get(channel, 0.0)) for channel in channels])
