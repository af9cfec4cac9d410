"""Functions of numbers, nodes and PyTensor variables alike: what builders of models write with.

With a node among the arguments the result is a node; else with a PyTensor variable a PyTensor
variable; of numbers alone NumPy's result. So one builder makes the graph that the engines read and
the PyMC model, and PyTensor is imported only for the latter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from trialpool.graph import node as nodes
from trialpool.graph.node import Node, elementwise


def _kind(*values: Any) -> str:
    """Who computes: ``node``, ``numpy`` or ``pytensor``."""
    if any(isinstance(value, Node) for value in values):
        return "node"
    plain = (int, float, np.ndarray, np.generic, list, tuple)
    return "numpy" if all(isinstance(value, plain) for value in values) else "pytensor"


def _pt() -> Any:
    import pytensor.tensor as pt

    return pt


def _function(op: str, numpy: Any, *values: Any, pytensor: str = "") -> Any:
    kind = _kind(*values)
    if kind == "node":
        return elementwise(op, *values)
    if kind == "numpy":
        return numpy(*values)
    return getattr(_pt(), pytensor or op)(*values)


def exp(x: Any) -> Any:
    """Exponential."""
    return _function("exp", np.exp, x)


def log(x: Any) -> Any:
    """Natural logarithm."""
    if _kind(x) == "node" and (found := _sum_of_logs(x)) is not None:
        return found
    return _function("log", np.log, x)


def _sum_of_logs(x: Node) -> Node | None:
    """The logarithm of a product of what is positive as a sum; None where it is none.

    A scale ``spread exp(sd z)`` has a logarithm that is linear in ``z``, and the engines see that.
    """
    if x.op == "exp":
        return x.inputs[0]
    if x.op == "constant" and x.value is not None and (x.value > 0).all():
        return nodes.constant(np.log(x.value).reshape(x.shape))
    if x.op == "sqrt":
        return 0.5 * log(x.inputs[0])
    if x.op in ("mul", "div"):
        one, other = (_sum_of_logs(part) for part in x.inputs)
        if one is None or other is None:
            return None
        return one + other if x.op == "mul" else one - other
    if x.op == "take" and x.index is not None and x.size:
        (source,), index = x.inputs, x.index
        if source.op == "join":  # what was put into an array and is taken from it
            ends = np.cumsum([part.size for part in source.inputs])
            of = np.searchsorted(ends, index, side="right")
            if (of != of[0]).any():
                return None
            source, index = source.inputs[of[0]], index - (ends[of[0]] - source.inputs[of[0]].size)
        inside = _sum_of_logs(source)
        return None if inside is None else nodes.take(inside, index.reshape(x.shape))
    return None


def log1p(x: Any) -> Any:
    """``log(1 + x)``."""
    return _function("log1p", np.log1p, x)


def expm1(x: Any) -> Any:
    """``exp(x) - 1``."""
    return _function("expm1", np.expm1, x)


def sqrt(x: Any) -> Any:
    """Square root."""
    return _function("sqrt", np.sqrt, x)


def erfc(x: Any) -> Any:
    """Complementary error function."""
    return _function("erfc", special.erfc, x)


def sigmoid(x: Any) -> Any:
    """``1 / (1 + exp(-x))``."""
    return _function("sigmoid", special.expit, x)


def softplus(x: Any) -> Any:
    """``log(1 + exp(x))``."""
    return _function("softplus", lambda x: np.logaddexp(0, x), x)


def log1mexp(x: Any) -> Any:
    """``log(1 - exp(x))`` of a negative number."""
    return _function("log1mexp", lambda x: np.log(-np.expm1(x)), x)


def logaddexp(x: Any, y: Any) -> Any:
    """``log(exp(x) + exp(y))``."""
    return _function("logaddexp", np.logaddexp, x, y)


def minimum(x: Any, y: Any) -> Any:
    """The smaller of two."""
    return _function("minimum", np.minimum, x, y)


def maximum(x: Any, y: Any) -> Any:
    """The larger of two."""
    return _function("maximum", np.maximum, x, y)


def clip(x: Any, low: Any, high: Any) -> Any:
    """``x`` within bounds."""
    return minimum(maximum(x, low), high)


def switch(condition: Any, yes: Any, no: Any) -> Any:
    """``yes`` where the condition holds, else ``no``."""
    return _function("switch", np.where, condition, yes, no)


def gammaln(x: Any) -> Any:
    """Logarithm of the gamma function."""
    return _function("gammaln", special.gammaln, x)


def xlogy(x: Any, y: Any) -> Any:
    """``x log(y)``, 0 where ``x`` is 0."""
    if _kind(x, y) == "pytensor":
        from pytensor.tensor.special import xlogy as of_variables

        return of_variables(x, y)
    return special.xlogy(x, y) if _kind(x, y) == "numpy" else x * log(y)


def log_normal_cdf(x: Any) -> Any:
    """Log of the normal distribution function, accurate in both tails."""
    kind = _kind(x)
    if kind == "node":
        return elementwise("log_normal_cdf", x)
    if kind == "numpy":
        return special.log_ndtr(x)
    pt = _pt()
    lower = pt.minimum(x, 0.0)
    tail = pt.log(0.5 * pt.erfcx(-lower / np.sqrt(2.0))) - 0.5 * lower**2
    return pt.switch(x < 0, tail, pt.log1p(-0.5 * pt.erfc(pt.maximum(x, 0.0) / np.sqrt(2.0))))


def concatenate(parts: Sequence[Any], axis: int = 0) -> Any:
    """Arrays one after the other."""
    kind = _kind(*parts)
    if kind == "node":
        return nodes.concatenate(parts, axis)
    if kind == "numpy":
        return np.concatenate(parts, axis=axis)
    return _pt().concatenate(parts, axis=axis)


def stack(parts: Sequence[Any]) -> Any:
    """Arrays of one shape along a new first axis."""
    kind = _kind(*parts)
    if kind == "pytensor":
        return _pt().stack(parts)
    return (
        np.stack(parts)
        if kind == "numpy"
        else concatenate([nodes.as_node(part)[None] for part in parts])
    )


def put(x: Any, index: Any, values: Any) -> Any:
    """A copy of ``x`` with ``values`` at these places."""
    kind = _kind(x, values)
    if kind == "node":
        return nodes.put(x, index, values)
    if kind == "numpy":
        copy = np.array(x, dtype=float)
        copy[index] = values
        return copy
    pt = _pt()
    return pt.set_subtensor(pt.as_tensor(x)[index], values)


def times(matrix: Any, vector: Any) -> Any:
    """A matrix times a vector."""
    if isinstance(matrix, np.ndarray):
        kind = _kind(vector)
        if kind == "node":
            return nodes.linear(matrix, vector)
        return matrix @ vector if kind == "numpy" else _pt().dot(_pt().as_tensor(matrix), vector)
    return (matrix * vector).sum(axis=-1)


def cumsum(x: Any, axis: int = 0) -> Any:
    """Cumulative sums of a vector, or along the last axis of a matrix."""
    if _kind(x) == "pytensor":
        return _pt().cumsum(x, axis=axis)
    if _kind(x) == "numpy":
        return np.cumsum(x, axis=axis)
    lower = np.tril(np.ones((x.shape[axis],) * 2))
    if x.ndim == 1:
        return nodes.linear(lower, x)
    return nodes.linear(np.kron(np.eye(x.shape[0]), lower), x.ravel()).reshape(x.shape)


def sum_before(x: Any, first: NDArray[np.int64]) -> Any:
    """Of each element the sum of those of its group before it; ``first`` of the group, (n,)."""
    if _kind(x) != "node":
        total = cumsum(x) - x
        return total - total[first]
    before = np.arange(len(first)) - first
    row = np.repeat(np.arange(len(first)), before)
    # Places within the group: 0 to before - 1.
    column = np.arange(before.sum()) - np.repeat(np.cumsum(before) - before, before) + first[row]
    return Node("linear", (x,), x.shape, np.concatenate([row, column]), np.ones(len(row)))


def cumprod(x: Any) -> Any:
    """Cumulative products of a vector."""
    if _kind(x) == "pytensor":
        return _pt().cumprod(x)
    if _kind(x) == "numpy":
        return np.cumprod(x)
    parts = [x[0]]
    for i in range(1, len(x)):
        parts.append(parts[-1] * x[i])
    return stack(parts)


def broadcast_to(x: Any, shape: tuple[int, ...]) -> Any:
    """``x`` repeated to a shape."""
    if _kind(x) == "pytensor":
        return _pt().broadcast_to(x, shape)
    if _kind(x) == "numpy":
        return np.broadcast_to(x, shape)
    return nodes.take(x, np.broadcast_to(np.arange(x.size).reshape(x.shape), shape))


def eq(x: Any, y: Any) -> Any:
    """Whether two numbers are equal."""
    return _pt().eq(x, y) if _kind(x, y) == "pytensor" else np.equal(x, y)


def zeros(shape: int | tuple[int, ...]) -> NDArray[np.float64]:
    """Zeros."""
    return np.zeros(shape)


def ones(shape: int | tuple[int, ...]) -> NDArray[np.float64]:
    """Ones."""
    return np.ones(shape)
