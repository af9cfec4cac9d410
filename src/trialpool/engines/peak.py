"""Where a log density is highest, and how wide it is there.

All values that a step needs are computed in one call, because the densities here take many points
at once: differences for the gradient, lengths of a step, differences of gradients.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

#: Half the width of differences.
_SMALL = 1e-3
#: Steps at most, and the gain below which the peak is near enough.
_STEPS, _GAIN = 40, 0.05
#: Shares of a step that are tried.
_SHARES = 0.5 ** np.arange(8)
#: Largest variance, where the density is flatter than the standard normal prior or not curved down.
_WIDEST = 1.5


def curvature(log_density: Callable[[Values], Values], start: Values) -> tuple[Values, Values]:
    """A peak, (number,), by BFGS, and the inverse of the curvature there, (number, number).

    Parameters
    ----------
    log_density : callable
        Of points (n, number), each about as wide as a standard normal or narrower.
    start : (number,)

    Returns
    -------
    peak, covariance : array
    """
    d = start.size
    moves = _SMALL * np.vstack([np.eye(d), -np.eye(d)])

    def gradients(points: Values) -> Values:
        values = log_density((points[:, None] + moves).reshape(-1, d)).reshape(-1, 2, d)
        with np.errstate(invalid="ignore"):  # where there is no density
            return np.asarray((values[:, 0] - values[:, 1]) / (2 * _SMALL))

    at, inverse = start, np.eye(d)
    value, slope = log_density(at[None])[0], gradients(at[None])[0]
    for _ in range(_STEPS):
        if not np.isfinite(slope).all():
            break
        step = inverse @ slope
        tried = at + _SHARES[:, None] * step / max(1.0, np.abs(step).max())
        values = np.nan_to_num(log_density(tried), nan=-np.inf)
        best = int(values.argmax())
        gain = values[best] - value
        if not gain > 0:
            break
        moved, turned = tried[best] - at, gradients(tried[best][None])[0] - slope
        at, value, slope = tried[best], values[best], slope + turned
        if gain < _GAIN:
            break
        if (bend := -turned @ moved) > 0:
            keep = np.eye(d) + np.outer(moved, turned) / bend
            inverse = keep @ inverse @ keep.T + np.outer(moved, moved) / bend
    hessian = gradients(at + moves)
    curve = -(hessian[:d] - hessian[d:]) / (2 * _SMALL)
    if not np.isfinite(curve).all():
        return at, np.eye(d)
    size, axes = np.linalg.eigh((curve + curve.T) / 2)
    return at, (axes / np.maximum(size, 1 / _WIDEST)) @ axes.T
