"""A channel's curves as Bezier points: weighted sums of them, and what plans bring on them.

A curve stands as a row of control points: first the point "nothing", which counts only where a channel may also get
nothing, then the points of its cubic pieces, four to a piece, neighbours sharing one. A cubic lies inside the convex
hull of its four points.
"""

from moo_budget.kernels._jit import jit


@jit
def add_curves(coefficients, curves, out):
    """Add to out (n, n_channels, n_points) weighted sums of each channel's curves, one a draw or a term.

    coefficients (n, n_channels, n_draws), curves (n_channels, n_draws, n_points).
    """
    for p in range(coefficients.shape[0]):
        for c in range(curves.shape[0]):
            row = out[p, c]
            for d in range(curves.shape[1]):
                weight = coefficients[p, c, d]
                if weight != 0.0:
                    curve = curves[c, d]
                    for i in range(curve.size):
                        row[i] += weight * curve[i]


@jit
def _bernstein(t):
    rest = 1.0 - t
    return rest * rest * rest, 3.0 * rest * rest * t, 3.0 * rest * t * t, t * t * t


@jit
def responses(plans, positions, curves, out):
    """Value of each channel's curves at a plan's money: plans (n, n_channels) -> out (n, n_channels, n_draws).

    positions (n_channels, n_points); curves (n_channels, n_draws, n_points). Money below a channel's first piece is
    nothing.
    """
    last = positions.shape[1] - 4
    for p in range(plans.shape[0]):
        for c in range(plans.shape[1]):
            x, at = plans[p, c], positions[c]
            if x < at[1]:
                for d in range(curves.shape[1]):
                    out[p, c, d] = curves[c, d, 0]
                continue
            i = 1
            while i < last and x > at[i + 3]:
                i += 3
            width = at[i + 3] - at[i]
            t = min((x - at[i]) / width, 1.0) if width > 0.0 else 0.0
            a, b, e, f = _bernstein(t)
            for d in range(curves.shape[1]):
                y = curves[c, d]
                out[p, c, d] = a * y[i] + b * y[i + 1] + e * y[i + 2] + f * y[i + 3]
