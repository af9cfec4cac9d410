"""The machine that runs programs: log density and gradient of any model, without compiling it.

One pass over the operations computes them, one pass back their derivatives (reverse accumulation).
Numba compiles the machine itself once for each computer and keeps it on disk.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from trialpool.graph import operations as o
from trialpool.graph.program import Program

Values = NDArray[np.float64]

_LOG_2PI = math.log(2 * math.pi)
_LOG_HALF = math.log(0.5)
_ROOT_HALF = math.sqrt(0.5)
_ROOT_2PI = math.sqrt(2 * math.pi)
_ERFC_SLOPE = 2 / math.sqrt(math.pi)
#: Below this the distribution function is an asymptotic series, above it a call of ``erfc``.
_FAR = -30.0

# Numba reads module constants when it compiles; one name an operation keeps the machine readable.
_NEG, _EXP, _LOG, _SQRT = (o.CODE[name] for name in ("neg", "exp", "log", "sqrt"))
_SQUARE, _ABS, _LOG1P, _EXPM1 = (o.CODE[name] for name in ("square", "abs", "log1p", "expm1"))
_ERFC, _SIGMOID, _SOFTPLUS = (o.CODE[name] for name in ("erfc", "sigmoid", "softplus"))
_LOG1MEXP, _LOG_CDF = (o.CODE[name] for name in ("log1mexp", "log_normal_cdf"))
_ADD, _SUB, _MUL, _DIV = (o.CODE[name] for name in ("add", "sub", "mul", "div"))
_POWER, _MINIMUM, _MAXIMUM = (o.CODE[name] for name in ("power", "minimum", "maximum"))
_LOGADDEXP, _LESS, _SWITCH = (o.CODE[name] for name in ("logaddexp", "less", "switch"))
_NORMAL, _TAKE, _ADD_UP = (o.CODE[name] for name in ("normal", "take", "add_up"))
_LINEAR, _COPY, _TOTAL = (o.CODE[name] for name in ("linear", "copy", "total"))


@njit(cache=True, error_model="numpy")
def _log_normal_cdf(x: float) -> float:
    if x > _FAR:
        return (
            math.log(0.5 * math.erfc(-x * _ROOT_HALF))
            if x < 5
            else math.log1p(-0.5 * math.erfc(x * _ROOT_HALF))
        )
    y = 1 / (x * x)
    series = -y * (1 - 3 * y * (1 - 5 * y * (1 - 7 * y)))
    return -0.5 * x * x - math.log(-x) - 0.5 * _LOG_2PI + math.log1p(series)


@njit(cache=True, error_model="numpy")
def _softplus(x: float) -> float:
    return x + math.log1p(math.exp(-x)) if x > 0 else math.log1p(math.exp(x))


@njit(cache=True, error_model="numpy")
def _sigmoid(x: float) -> float:
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    e = math.exp(x)
    return e / (1 + e)


@njit(cache=True, error_model="numpy")
def forward(table: Any, index: Any, v: Any) -> float:
    """Run the operations over ``v``, which holds the point and the constants; the log density."""
    total = 0.0
    for row in range(table.shape[0]):
        op, out, size = table[row, 0], table[row, 1], table[row, 2]
        a, sa, b, sb = table[row, 3], table[row, 4], table[row, 5], table[row, 6]
        if op == _MUL:
            for i in range(size):
                v[out + i] = v[a + i * sa] * v[b + i * sb]
        elif op == _ADD:
            for i in range(size):
                v[out + i] = v[a + i * sa] + v[b + i * sb]
        elif op == _SUB:
            for i in range(size):
                v[out + i] = v[a + i * sa] - v[b + i * sb]
        elif op == _TAKE:
            at = table[row, 9]
            for i in range(size):
                v[out + i] = v[a + index[at + i]]
        elif op == _COPY:
            for i in range(size):
                v[out + i] = v[a + i]
        elif op == _DIV:
            for i in range(size):
                v[out + i] = v[a + i * sa] / v[b + i * sb]
        elif op == _NORMAL:
            c, sc = table[row, 7], table[row, 8]
            if sc == 0:
                constant = math.log(v[c]) + 0.5 * _LOG_2PI
                scale = 1 / v[c]
                for i in range(size):
                    z = (v[a + i * sa] - v[b + i * sb]) * scale
                    v[out + i] = -0.5 * z * z - constant
            else:
                for i in range(size):
                    z = (v[a + i * sa] - v[b + i * sb]) / v[c + i]
                    v[out + i] = -0.5 * z * z - math.log(v[c + i]) - 0.5 * _LOG_2PI
        elif op == _EXP:
            for i in range(size):
                v[out + i] = math.exp(v[a + i])
        elif op == _LOG:
            for i in range(size):
                v[out + i] = math.log(v[a + i])
        elif op == _SQRT:
            for i in range(size):
                v[out + i] = math.sqrt(v[a + i])
        elif op == _SQUARE:
            for i in range(size):
                v[out + i] = v[a + i] * v[a + i]
        elif op == _NEG:
            for i in range(size):
                v[out + i] = -v[a + i]
        elif op == _ADD_UP:
            at = table[row, 9]
            for i in range(table[row, 10]):
                v[out + i] = 0.0
            for i in range(size):
                v[out + index[at + i]] += v[a + i * sa]
        elif op == _LINEAR:
            at = table[row, 9]
            for i in range(table[row, 10]):
                v[out + i] = 0.0
            for i in range(size):
                v[out + index[at + i]] += v[b + i * sb] * v[a + index[at + size + i]]
        elif op == _TOTAL:
            for i in range(size):
                total += v[a + i]
        elif op == _SWITCH:
            c, sc = table[row, 7], table[row, 8]
            for i in range(size):
                v[out + i] = v[b + i * sb] if v[a + i * sa] != 0 else v[c + i * sc]
        elif op == _ERFC:
            for i in range(size):
                v[out + i] = math.erfc(v[a + i])
        elif op == _LOG_CDF:
            for i in range(size):
                v[out + i] = _log_normal_cdf(v[a + i])
        elif op == _SIGMOID:
            for i in range(size):
                v[out + i] = _sigmoid(v[a + i])
        elif op == _SOFTPLUS:
            for i in range(size):
                v[out + i] = _softplus(v[a + i])
        elif op == _LOG1P:
            for i in range(size):
                v[out + i] = math.log1p(v[a + i])
        elif op == _EXPM1:
            for i in range(size):
                v[out + i] = math.expm1(v[a + i])
        elif op == _LOG1MEXP:
            for i in range(size):
                x = v[a + i]
                v[out + i] = (
                    math.log(-math.expm1(x))
                    if x > -0.6931471805599453
                    else math.log1p(-math.exp(x))
                )
        elif op == _ABS:
            for i in range(size):
                v[out + i] = abs(v[a + i])
        elif op == _POWER:
            for i in range(size):
                v[out + i] = v[a + i * sa] ** v[b + i * sb]
        elif op == _MINIMUM:
            for i in range(size):
                v[out + i] = min(v[a + i * sa], v[b + i * sb])
        elif op == _MAXIMUM:
            for i in range(size):
                v[out + i] = max(v[a + i * sa], v[b + i * sb])
        elif op == _LOGADDEXP:
            for i in range(size):
                x, y = v[a + i * sa], v[b + i * sb]
                v[out + i] = max(x, y) + math.log1p(math.exp(-abs(x - y)))
        elif op == _LESS:
            for i in range(size):
                v[out + i] = 1.0 if v[a + i * sa] < v[b + i * sb] else 0.0
    return total


@njit(cache=True, error_model="numpy")
def backward(table: Any, index: Any, v: Any, d: Any) -> None:
    """Add to ``d`` the derivatives of the log density by every number, after `forward`.

    An element that the log density does not depend on is left alone, so that what is infinite on
    the side that a ``switch`` did not take does not matter.
    """
    for row in range(table.shape[0] - 1, -1, -1):
        op, out, size = table[row, 0], table[row, 1], table[row, 2]
        a, sa, b, sb = table[row, 3], table[row, 4], table[row, 5], table[row, 6]
        if op == _MUL:
            for i in range(size):
                g = d[out + i]
                if g != 0:
                    d[a + i * sa] += g * v[b + i * sb]
                    d[b + i * sb] += g * v[a + i * sa]
        elif op == _ADD:
            for i in range(size):
                g = d[out + i]
                d[a + i * sa] += g
                d[b + i * sb] += g
        elif op == _SUB:
            for i in range(size):
                g = d[out + i]
                d[a + i * sa] += g
                d[b + i * sb] -= g
        elif op == _TAKE:
            at = table[row, 9]
            for i in range(size):
                d[a + index[at + i]] += d[out + i]
        elif op == _COPY:
            for i in range(size):
                d[a + i] += d[out + i]
        elif op == _DIV:
            for i in range(size):
                g = d[out + i]
                if g != 0:
                    h = g / v[b + i * sb]
                    d[a + i * sa] += h
                    d[b + i * sb] -= h * v[out + i]
        elif op == _NORMAL:
            c, sc = table[row, 7], table[row, 8]
            for i in range(size):
                g = d[out + i]
                if g != 0:
                    scale = 1 / v[c + i * sc]
                    z = (v[a + i * sa] - v[b + i * sb]) * scale
                    h = g * z * scale
                    d[a + i * sa] -= h
                    d[b + i * sb] += h
                    d[c + i * sc] += g * (z * z - 1) * scale
        elif op == _EXP:
            for i in range(size):
                d[a + i] += d[out + i] * v[out + i] if d[out + i] != 0 else 0.0
        elif op == _LOG:
            for i in range(size):
                d[a + i] += d[out + i] / v[a + i] if d[out + i] != 0 else 0.0
        elif op == _SQRT:
            for i in range(size):
                d[a + i] += 0.5 * d[out + i] / v[out + i] if d[out + i] != 0 else 0.0
        elif op == _SQUARE:
            for i in range(size):
                d[a + i] += 2 * d[out + i] * v[a + i] if d[out + i] != 0 else 0.0
        elif op == _NEG:
            for i in range(size):
                d[a + i] -= d[out + i]
        elif op == _ADD_UP:
            at = table[row, 9]
            for i in range(size):
                d[a + i * sa] += d[out + index[at + i]]
        elif op == _LINEAR:
            at = table[row, 9]
            for i in range(size):
                d[a + index[at + size + i]] += v[b + i * sb] * d[out + index[at + i]]
        elif op == _TOTAL:
            for i in range(size):
                d[a + i] += 1.0
        elif op == _SWITCH:
            c, sc = table[row, 7], table[row, 8]
            for i in range(size):
                if v[a + i * sa] != 0:
                    d[b + i * sb] += d[out + i]
                else:
                    d[c + i * sc] += d[out + i]
        elif op == _ERFC:
            for i in range(size):
                g = d[out + i]
                if g != 0:
                    d[a + i] -= g * _ERFC_SLOPE * math.exp(-v[a + i] * v[a + i])
        elif op == _LOG_CDF:
            for i in range(size):
                g = d[out + i]
                if g != 0:
                    x = v[a + i]
                    d[a + i] += g * math.exp(-0.5 * x * x - v[out + i]) / _ROOT_2PI
        elif op == _SIGMOID:
            for i in range(size):
                g = d[out + i]
                if g != 0:
                    d[a + i] += g * v[out + i] * (1 - v[out + i])
        elif op == _SOFTPLUS:
            for i in range(size):
                g = d[out + i]
                if g != 0:
                    d[a + i] += g * _sigmoid(v[a + i])
        elif op == _LOG1P:
            for i in range(size):
                d[a + i] += d[out + i] / (1 + v[a + i]) if d[out + i] != 0 else 0.0
        elif op == _EXPM1:
            for i in range(size):
                d[a + i] += d[out + i] * (v[out + i] + 1) if d[out + i] != 0 else 0.0
        elif op == _LOG1MEXP:
            for i in range(size):
                g = d[out + i]
                if g != 0:
                    d[a + i] -= g / math.expm1(-v[a + i])
        elif op == _ABS:
            for i in range(size):
                d[a + i] += d[out + i] if v[a + i] >= 0 else -d[out + i]
        elif op == _POWER:
            for i in range(size):
                g = d[out + i]
                if g != 0:
                    x, p = v[a + i * sa], v[b + i * sb]
                    d[a + i * sa] += g * p * x ** (p - 1)
        elif op == _MINIMUM:
            for i in range(size):
                if v[a + i * sa] <= v[b + i * sb]:
                    d[a + i * sa] += d[out + i]
                else:
                    d[b + i * sb] += d[out + i]
        elif op == _MAXIMUM:
            for i in range(size):
                if v[a + i * sa] >= v[b + i * sb]:
                    d[a + i * sa] += d[out + i]
                else:
                    d[b + i * sb] += d[out + i]
        elif op == _LOGADDEXP:
            for i in range(size):
                g = d[out + i]
                if g != 0:
                    d[a + i * sa] += g * math.exp(v[a + i * sa] - v[out + i])
                    d[b + i * sb] += g * math.exp(v[b + i * sb] - v[out + i])


@njit(cache=True, error_model="numpy")
def at_point(table: Any, index: Any, numbers: Any, x: Any, gradient: Any) -> float:
    """Log density at a point; its gradient is written to ``gradient``."""
    v = numbers.copy()
    v[: x.size] = x
    total = forward(table, index, v)
    d = np.zeros(v.size)
    backward(table, index, v, d)
    gradient[:] = d[: x.size]
    return total


@njit(cache=True, error_model="numpy", nogil=True)
def _outputs(table: Any, index: Any, numbers: Any, points: Any, places: Any, found: Any) -> None:
    v = numbers.copy()
    for row in range(points.shape[0]):
        v[: points.shape[1]] = points[row]
        forward(table, index, v)
        for i in range(places.size):
            found[row, i] = v[places[i]]


def log_density(program: Program, point: Values) -> tuple[float, Values]:
    """Log density and gradient, (element,), at one point."""
    gradient = np.zeros(program.free)
    point = np.ascontiguousarray(point, dtype=float)
    total = at_point(program.table, program.index, program.numbers, point, gradient)
    return float(total), gradient


def run(program: Program, points: Values) -> list[Values]:
    """Each output at many points, (point, size)."""
    places = np.concatenate(
        [np.arange(start, start + size) for start, size in program.outputs]
        or [np.zeros(0, dtype=np.int64)]
    )
    points = np.ascontiguousarray(points, dtype=float)
    found = np.empty((len(points), len(places)))
    _outputs(program.table, program.index, program.numbers, points, places, found)
    ends = np.cumsum([size for _, size in program.outputs])
    return np.split(found, ends[:-1], axis=1) if len(ends) else []
