"""Hyper-parameters on a scale on which their priors are standard normals, near enough.

There what the reports say little about is as wide as its prior says, and proposals know how far to
go. Between knots the scale is a cubic (Hermite) curve: any smooth rising curve is a change of
variables, so the density on it is exact and no approximation.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from trialpool.graph import Graph

Values = NDArray[np.float64]

#: Knots from minus to plus this number, so far apart; beyond, the curve goes on straight.
_END, _STEP = 6.0, 0.1
#: Half the width of the difference that gives a slope.
_SMALL = 1e-3


def normal_scale(graph: Graph, hyper: NDArray[np.int64]) -> Values:
    """Value and slope of each of these elements of the point at the knots, (hyper, knot, 2).

    The scale of an element whose prior is improper, or depends on others, is its own.
    """
    knots = np.arange(-_END, _END + _STEP / 2, _STEP)
    found = np.empty((len(hyper), len(knots), 2))
    for free in graph.free:
        places = np.flatnonzero((hyper >= free.place.start) & (hyper < free.place.stop))
        if not places.size:
            continue
        own = hyper[places] - free.place.start

        size = free.place.stop - free.place.start
        low, at, high = (
            free.from_normal(np.broadcast_to((knots + move)[:, None], (len(knots), size)))
            for move in (-_SMALL, 0.0, _SMALL)
        )
        curve = np.stack([at, (high - low) / (2 * _SMALL)], axis=-1)
        found[places] = curve[:, own].swapaxes(0, 1)
    return found


@njit(cache=True, error_model="numpy", nogil=True)
def at_scale(scale: Any, i: int, u: float) -> Any:
    """Element ``i`` at ``u``, and the slope there."""
    if not -_END < u < _END:
        k, end = (scale.shape[1] - 1, _END) if u > 0 else (0, -_END)
        return scale[i, k, 0] + scale[i, k, 1] * (u - end), scale[i, k, 1]
    t = (u + _END) / _STEP
    k = min(int(t), scale.shape[1] - 2)
    t -= k
    a, b = scale[i, k, 0], scale[i, k + 1, 0]
    da, db = scale[i, k, 1] * _STEP, scale[i, k + 1, 1] * _STEP
    # a + da t + second t^2 + third t^3
    second, third = 3 * (b - a) - 2 * da - db, 2 * (a - b) + da + db
    value = a + t * (da + t * (second + t * third))
    return value, (da + t * (2 * second + 3 * t * third)) / _STEP
