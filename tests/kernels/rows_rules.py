"""Rows of the kernels that keep linear rules."""

from __future__ import annotations

import cvxpy
import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from moo_budget.kernels import rules
from tests.kernels.rows import Row, held

_EXACT = {"tol_gap_abs": 1e-13, "tol_gap_rel": 1e-13, "tol_feas": 1e-13}


def _box(rng: np.random.Generator):
    """Lower and upper limits, some channels locked, and a plan between them, often at their ends."""
    n_channels = int(rng.integers(1, 8))
    lower = rng.uniform(0.0, 1.0, n_channels) * rng.integers(0, 2, n_channels)
    upper = lower + rng.choice([0.0, 0.5, 3.0], n_channels)
    at = rng.integers(0, 2, n_channels) if rng.random() < 0.3 else rng.random(n_channels)
    return lower, upper, lower + at * (upper - lower)


def _rows(rng: np.random.Generator, inside: np.ndarray, totals: tuple[float, float]):
    """The total and up to four rules that `inside` keeps, some of them just so, some equations, some twice over."""
    matrix, low, high = [np.ones(len(inside))], [totals[0]], [totals[1]]
    for _ in range(rng.integers(1, 5)):
        row = rng.choice([-1.0, 0.0, 1.0, 0.5, -0.6], len(inside))
        row[0] += not row.any()
        room = rng.choice([0.0, 0.3])
        kind = rng.integers(4)
        matrix.append(row)
        low.append(-np.inf if kind == 0 else row @ inside - (room if kind < 3 else 0.0))
        high.append(np.inf if kind == 1 else row @ inside + (room if kind < 3 else 0.0))
    length = np.linalg.norm(matrix, axis=1)
    return np.array(matrix) / length[:, None], np.array(low) / length, np.array(high) / length


@st.composite
def _project_inputs(draw: DrawFn):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    lower, upper, inside = _box(rng)
    total, free = inside.sum(), draw(st.booleans())
    totals = (total - 0.4 * free, total + 0.7 * free)
    money = rng.normal(1.0, 2.0, (draw(st.integers(0, 2)), len(lower)))
    return money, (*held(lower, upper), *totals, 1.0), _rows(rng, inside, totals), *held(inside)


def _lowest_twin(objective, plan, lower, upper, kept):
    """The same quadratic programme by an interior-point method."""
    rows, low, high = kept
    limits = [plan >= lower, plan <= upper]
    for row, least, most in zip(rows, low, high, strict=True):
        if least == most:
            limits.append(row @ plan == least)
            continue
        limits += [row @ plan >= least] if np.isfinite(least) else []
        limits += [row @ plan <= most] if np.isfinite(most) else []
    cvxpy.Problem(cvxpy.Minimize(objective), limits).solve(solver=cvxpy.CLARABEL, **_EXACT)
    return plan.value


def project_rules_twin(money, limits, kept, known):
    lower, upper, _, _, _ = limits
    out = np.empty_like(money)
    for p, wanted in enumerate(money):
        plan = cvxpy.Variable(len(wanted))
        out[p] = _lowest_twin(cvxpy.sum_squares(plan - wanted), plan, lower, upper, kept)
    return out


@st.composite
def _step_inputs(draw: DrawFn):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    lower, upper, inside = _box(rng)
    n_plans, n_kinks = draw(st.integers(0, 2)), draw(st.integers(0, 2))
    shape = (n_plans, len(lower))
    kinks = np.sort(rng.uniform(0.0, 3.0, (len(lower), n_kinks)), axis=1)
    slopes = rng.uniform(0.0, 1.0, (*shape, n_kinks))
    around = rng.normal(1.0, 2.0, shape), rng.normal(0.0, 2.0, shape), rng.uniform(0.2, 3.0, shape)
    box = np.tile(lower, (n_plans, 1)), np.tile(upper, (n_plans, 1))
    total = float(inside.sum())
    return *around, *box, kinks, slopes, _rows(rng, inside, (total, total))


def model_step_rules_twin(plans, slope, curvature, lower, upper, kinks, kink_slopes, kept):
    out = np.empty_like(plans)
    for p in range(len(plans)):
        plan = cvxpy.Variable(plans.shape[1])
        step = plan - plans[p]
        value = slope[p] @ step + 0.5 * cvxpy.sum(cvxpy.multiply(curvature[p], cvxpy.square(step)))
        for k in range(kinks.shape[1]):
            value += kink_slopes[p, :, k] @ cvxpy.abs(plan - kinks[:, k])
        out[p] = _lowest_twin(value, plan, lower[p], upper[p], kept)
    return out


def _as_plans(plans, *_):
    return [np.empty_like(plans)]


# An interior point ends some way off the bounds: half the digits of its tolerance.
ROWS = [
    Row(rules.project_rules, project_rules_twin, _as_plans, _project_inputs(), 3e-5),
    Row(rules.model_step_rules, model_step_rules_twin, _as_plans, _step_inputs(), 3e-5),
]
