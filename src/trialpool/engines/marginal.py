"""The log density of hyper-parameters with all locations integrated out, and draws of these.

For a graph of the form ``c(h) - |r0(h) + J(h) x|^2 / 2`` (`trialpool.graph.gaussian`) with
precision ``P = J'J``,

    log p(h) = c - (|r0|^2 - r0'J P^-1 J'r0) / 2 - log det P / 2 + k log(2 pi) / 2
    x | h    ~ N(-P^-1 J'r0, P^-1)

(Gelman et al., Bayesian Data Analysis, 3rd edition, section 14.8). The blocks of an `Arrow` are
eliminated one after the other; what they leave is a matrix over the shared locations.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from trialpool.engines.machine import forward

_LOG_2PI = math.log(2 * math.pi)


@njit(cache=True, error_model="numpy", nogil=True)
def _cholesky(a: Any, n: int) -> float:
    """Lower factor in place; its log determinant, nan where ``a`` is not positive definite."""
    log_det = 0.0
    for j in range(n):
        d = a[j, j]
        for k in range(j):
            d -= a[j, k] * a[j, k]
        if not d > 0:
            return math.nan
        d = math.sqrt(d)
        a[j, j] = d
        log_det += math.log(d)
        for i in range(j + 1, n):
            s = a[i, j]
            for k in range(j):
                s -= a[i, k] * a[j, k]
            a[i, j] = s / d
    return log_det


@njit(cache=True, error_model="numpy", nogil=True)
def _forward_solve(a: Any, n: int, b: Any, columns: int) -> None:
    """``L^-1 b`` in place."""
    for i in range(n):
        for k in range(i):
            w = a[i, k]
            if w != 0:
                for c in range(columns):
                    b[i, c] -= w * b[k, c]
        for c in range(columns):
            b[i, c] /= a[i, i]


@njit(cache=True, error_model="numpy", nogil=True)
def _back_solve(a: Any, n: int, b: Any) -> None:
    """``L'^-1 b`` in place, of a vector."""
    for i in range(n - 1, -1, -1):
        s = b[i]
        for k in range(i + 1, n):
            s -= a[k, i] * b[k]
        b[i] = s / a[i, i]


@njit(cache=True, error_model="numpy", nogil=True)
def marginals(
    program: Any, outputs: Any, hyper: Any, location: Any, form: Any, points: Any, z: Any, x: Any
) -> Any:
    """Log densities of many hyper-parameters, (point,), and draws of the locations given each.

    Parameters
    ----------
    program : tuple
        Operations that do not depend on the locations, those that do, index and numbers.
    outputs : (3,) of int
        Places of the residuals and of the rest, and the number of residuals.
    hyper, location : arrays of int
        Elements of the point.
    form : tuple
        The arrays of an `Arrow`.
    points : (point, hyper)
    z, x : (point, location)
        Standard normals, and where to write the draws made of them; no draws if they have no rows.
    """
    fixed, moving, index, numbers = program
    row_start, row, loc_start, loc, shared, touch_start, touched, entry_start, entry, probe = form
    rows, size, width = outputs[2], location.size, shared.size
    found = np.empty(points.shape[0])
    place = np.full(size, -1)
    for b in range(loc_start.size - 1):
        for i in range(loc_start[b], loc_start[b + 1]):
            place[loc[i]] = i - loc_start[b]
    for i in range(width):
        place[shared[i]] = i
    is_shared = np.zeros(size, dtype=np.bool_)
    for i in range(width):
        is_shared[shared[i]] = True
    most, reach, tall = 1, 1, 1
    for b in range(loc_start.size - 1):
        most = max(most, loc_start[b + 1] - loc_start[b])
        reach = max(reach, touch_start[b + 1] - touch_start[b])
        tall = max(tall, row_start[b + 1] - row_start[b])
    base, jacobian = np.empty(rows), np.empty(entry.size)
    v = numbers.copy()
    own, mixed = np.empty((most, most)), np.empty((most, reach + 1))
    whole, side = np.empty((width, width)), np.empty(width)
    local = np.full(width + 1, -1)
    kept = z.shape[0] > 0
    for p in range(points.shape[0]):
        for i in range(hyper.size):
            v[hyper[i]] = points[p, i]
        for i in range(size):
            v[location[i]] = 0.0
        forward(fixed, index, v)
        forward(moving, index, v)
        for i in range(rows):
            base[i] = v[outputs[0] + i]
        value = v[outputs[1]] + size / 2 * _LOG_2PI
        for q in range(probe.shape[0]):
            for i in range(rows):
                if probe[q, i] >= 0:
                    v[location[probe[q, i]]] = 1.0
            forward(moving, index, v)
            for i in range(rows):
                c = probe[q, i]
                if c >= 0:
                    v[location[c]] = 0.0
                    for e in range(entry_start[i], entry_start[i + 1]):
                        if entry[e] == c:
                            jacobian[e] = v[outputs[0] + i] - base[i]
        whole[:] = 0.0
        side[:] = 0.0
        square, log_det = 0.0, 0.0
        for second in range(2):
            if second:
                log_det += _cholesky(whole, width)
                for i in range(width):
                    s = side[i]
                    for k in range(i):
                        s -= whole[i, k] * side[k]
                    side[i] = s / whole[i, i]
                    square -= side[i] * side[i]
                if not kept:
                    break
                for i in range(width):
                    side[i] = z[p, shared[i]] - side[i]
                _back_solve(whole, width, side)
                for i in range(width):
                    x[p, shared[i]] = side[i]
            for b in range(row_start.size - 1):
                n = loc_start[b + 1] - loc_start[b]
                m = touch_start[b + 1] - touch_start[b]
                if second and n == 0:
                    continue
                for i in range(m):
                    local[touched[touch_start[b] + i]] = i
                own[:n, :n] = 0.0
                mixed[:n, : m + 1] = 0.0
                for r in range(row_start[b], row_start[b + 1]):
                    i = row[r]
                    if not second:
                        square += base[i] * base[i]
                    for e in range(entry_start[i], entry_start[i + 1]):
                        a, w = place[entry[e]], jacobian[e]
                        if is_shared[entry[e]]:
                            if not second:
                                side[a] += w * base[i]
                                for f in range(entry_start[i], entry_start[i + 1]):
                                    if is_shared[entry[f]] and place[entry[f]] <= a:
                                        whole[a, place[entry[f]]] += w * jacobian[f]
                        else:
                            mixed[a, m] += w * base[i]
                            for f in range(entry_start[i], entry_start[i + 1]):
                                c = place[entry[f]]
                                if is_shared[entry[f]]:
                                    mixed[a, local[c]] += w * jacobian[f]
                                elif c <= a:
                                    own[a, c] += w * jacobian[f]
                if n == 0:
                    continue
                part = _cholesky(own, n)
                _forward_solve(own, n, mixed, m + 1)
                if not second:
                    log_det += part
                    for k in range(n):
                        y = mixed[k, m]
                        square -= y * y
                        for i in range(m):
                            w = mixed[k, i]
                            if w != 0:
                                ci = touched[touch_start[b] + i]
                                side[ci] -= w * y
                                for j in range(m):
                                    cj = touched[touch_start[b] + j]
                                    if cj <= ci:
                                        whole[ci, cj] -= w * mixed[k, j]
                else:
                    vector = np.empty(n)
                    for k in range(n):
                        s = z[p, loc[loc_start[b] + k]] - mixed[k, m]
                        for i in range(m):
                            s -= mixed[k, i] * side[touched[touch_start[b] + i]]
                        vector[k] = s
                    _back_solve(own, n, vector)
                    for k in range(n):
                        x[p, loc[loc_start[b] + k]] = vector[k]
        found[p] = value - 0.5 * square - log_det
    return found
