"""The log density of hyper-parameters with the locations integrated out, and draws of all.

For a `NormalPart` of a graph, ``c(h) - |r0(h) + J(h) x|^2 / 2`` with precision ``P = J'J``,

    log of the integral over x = c - (|r0|^2 - r0'J P^-1 J'r0) / 2 - log det P / 2 + k log(2 pi) / 2
    x | h ~ N(-P^-1 J'r0, P^-1)

(Gelman et al., Bayesian Data Analysis, 3rd edition, section 14.8), by the sparse Cholesky factor of
``P`` whose places `trialpool.graph.cholesky` knows. A nested form has two such parts. Given
hyper-parameters ``h``, the inner one makes locations ``s`` of standard normals ``e``, normal as its
own terms say; given both, the outer one is integrated:

    log p(h, e) = inner integral(h) + log N(e; 0, 1) + outer integral(h, s(h, e))
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from trialpool.engines.machine import forward
from trialpool.engines.scale import at_scale

_LOG_2PI = math.log(2 * math.pi)


@njit(cache=True, error_model="numpy", nogil=True)
def _integrated(form: Any, v: Any, factor: Any, side: Any) -> Any:
    """The log integral; ``L`` into ``factor`` and ``L^-1 J'r0`` into ``side``."""
    (table, index, _), outputs, (_, start, row, update, entry_start, entry, product) = form
    forward(table, index, v)
    residual, jacobian, rows = v[outputs[0] :], v[outputs[1] :], entry_start.size - 1
    factor[:] = 0.0
    side[:] = 0.0
    square, at = 0.0, 0
    for r in range(rows):
        square += residual[r] * residual[r]
        for e in range(entry_start[r], entry_start[r + 1]):
            w = jacobian[e]
            side[entry[e]] += w * residual[r]
            for f in range(entry_start[r], e + 1):
                factor[product[at]] += w * jacobian[f]
                at += 1
    log_det, at = 0.0, 0
    for j in range(side.size):
        first, end = start[j], start[j + 1]
        if not factor[first] > 0:
            return math.nan
        d = math.sqrt(factor[first])
        log_det += math.log(d)
        factor[first] = d
        side[j] /= d
        square -= side[j] * side[j]
        for e in range(first + 1, end):
            w = factor[e] / d
            factor[e] = w
            side[row[e]] -= w * side[j]
            for f in range(first + 1, e + 1):
                factor[update[at]] -= w * factor[f]
                at += 1
    return v[outputs[2]] + side.size / 2 * _LOG_2PI - 0.5 * square - log_det


@njit(cache=True, error_model="numpy", nogil=True)
def _drawn(form: Any, factor: Any, side: Any, z: Any, x: Any) -> None:
    """Locations of standard normals into ``x``, after `_integrated`: ``L'^-1 (z - L^-1 J'r0)``."""
    order, start, row, _, _, _, _ = form[2]
    for j in range(side.size - 1, -1, -1):
        s = z[order[j]] - side[j]
        for e in range(start[j] + 1, start[j + 1]):
            s -= factor[e] * side[row[e]]
        side[j] = s / factor[start[j]]
        x[order[j]] = side[j]


@njit(cache=True, error_model="numpy", nogil=True)
def marginals(
    hyper: Any, scale: Any, inner: Any, outer: Any, places: Any, u: Any, z: Any, x: Any
) -> Any:
    """Log densities of many points, (point,), and draws of all elements given each.

    Parameters
    ----------
    hyper : (hyper,) of int
        Elements of the graph's point.
    scale : (hyper, knot, 2)
        Their scale, see `trialpool.engines.scale`.
    inner, outer : tuple
        Program (operations, index, numbers), places of its outputs and arrays of the `Factor` of a
        normal part.
    places : tuple of two (n,) of int
        Elements of the graph's point that are the locations of the two.
    u : (point, hyper + inner location)
        Hyper-parameters on their scale, then ``e``.
    z : (point, outer location)
        Standard normals of which locations are drawn; no draws if there are no rows.
    x : (point, element)
        Where to write the draws.
    """
    found = np.empty(u.shape[0])
    first, last = inner[0][2].copy(), outer[0][2].copy()
    inner_factor, inner_side = np.empty(inner[2][2].size), np.empty(places[0].size)
    outer_factor, outer_side = np.empty(outer[2][2].size), np.empty(places[1].size)
    s, drawn = np.empty(places[0].size), np.empty(places[1].size)
    for p in range(u.shape[0]):
        value = 0.0
        for i in range(hyper.size):
            h, slope = at_scale(scale, i, u[p, i])
            first[hyper[i]] = last[hyper[i]] = h
            value += math.log(slope)
        if s.size:
            e = u[p, hyper.size :]
            value += _integrated(inner, first, inner_factor, inner_side)
            _drawn(inner, inner_factor, inner_side, e, s)
            for i in range(s.size):
                value -= 0.5 * (e[i] * e[i] + _LOG_2PI)
                last[places[0][i]] = s[i]
        found[p] = value + _integrated(outer, last, outer_factor, outer_side)
        if z.shape[0] > 0:
            _drawn(outer, outer_factor, outer_side, z[p], drawn)
            for i in hyper:
                x[p, i] = last[i]
            for i in places[0]:
                x[p, i] = last[i]
            for i in range(drawn.size):
                x[p, places[1][i]] = drawn[i]
    return found
