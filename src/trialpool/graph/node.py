"""Nodes: what a model computes, as arrays of known shape whose elements are numbers.

A node is an operation on other nodes and constants. Everything about places (indexing,
broadcasting, transposing) is one operation, ``take``: element i of the result is element
``index[i]`` of the operand, all in row-major order. What depends on no free variable is computed at
once in NumPy and never becomes a node.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Index = NDArray[np.int64]
Shape = tuple[int, ...]


class Node:
    """One operation; arithmetic and indexing make further nodes.

    Attributes
    ----------
    op : str
        A name of `trialpool.graph.operations`; ``input`` and ``constant`` compute nothing.
    inputs : tuple of Node
    shape : tuple of int
    index : (size,) of int, optional
        Places, of operations that move elements.
    value : (size,), optional
        Numbers of a constant, weights of a ``linear`` operation.
    """

    __slots__ = ("index", "inputs", "op", "order", "shape", "size", "value")
    #: NumPy must leave arithmetic with a node to the node.
    __array_ufunc__ = None
    _made = 0

    def __init__(
        self,
        op: str,
        inputs: tuple[Node, ...],
        shape: Shape,
        index: Index | None = None,
        value: Values | None = None,
    ) -> None:
        self.op, self.inputs, self.shape = op, inputs, tuple(int(s) for s in shape)
        self.index, self.value = index, value
        self.size = int(np.prod(self.shape, dtype=np.int64))
        Node._made += 1
        self.order = Node._made  # inputs come before what uses them

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def T(self) -> Node:  # noqa: N802 (NumPy's name)
        """Axes in the opposite order."""
        return take(self, _places(self).T)

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<{self.op} {self.shape}>"

    def __getitem__(self, key: Any) -> Node:
        return take(self, _places(self)[key])

    def astype(self, kind: Any) -> Node:
        """Itself: every number is a float."""
        return self

    def reshape(self, shape: Shape) -> Node:
        """The same elements in another shape."""
        return take(self, _places(self).reshape(shape))

    def ravel(self) -> Node:
        """The elements in one row."""
        return self.reshape((-1,))

    def sum(self, axis: int | None = None) -> Node:
        """Sum over one axis, or over all."""
        if axis is None:
            return add_up(self, np.zeros(self.shape, dtype=np.int64), ())
        shape = tuple(np.delete(self.shape, axis))
        place = np.arange(int(np.prod(shape, dtype=np.int64))).reshape(shape)
        return add_up(self, np.broadcast_to(np.expand_dims(place, axis), self.shape), shape)

    def mean(self, axis: int | None = None) -> Node:
        """Mean over one axis, or over all."""
        return self.sum(axis) / (self.size if axis is None else self.shape[axis])

    def __neg__(self) -> Node:
        return elementwise("neg", self)

    def __abs__(self) -> Node:
        return elementwise("abs", self)

    def __add__(self, other: Any) -> Any:
        return self if _is(other, 0.0, self) else elementwise("add", self, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self if _is(other, 0.0, self) else elementwise("sub", self, other)

    def __rsub__(self, other: Any) -> Any:
        return -self if _is(other, 0.0, self) else elementwise("sub", other, self)

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, Node) and not np.any(other):
            return np.zeros(np.broadcast_shapes(np.shape(other), self.shape))
        return self if _is(other, 1.0, self) else elementwise("mul", self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if not isinstance(other, Node):
            with np.errstate(divide="ignore"):
                return self * (1 / np.asarray(other, dtype=float))
        return elementwise("div", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return elementwise("div", other, self)

    def __pow__(self, power: Any) -> Any:
        if isinstance(power, Node):
            return elementwise("exp", elementwise("log", self) * power)
        if np.ndim(power) == 0 and power == 2:
            return elementwise("square", self)
        return elementwise("power", self, power)

    def __rpow__(self, base: Any) -> Any:
        return elementwise("exp", self * np.log(np.asarray(base, dtype=float)))

    def __lt__(self, other: Any) -> Any:
        return elementwise("less", self, other)

    def __gt__(self, other: Any) -> Any:
        return elementwise("less", other, self)


def _is(other: Any, number: float, node: Node) -> bool:
    """Whether ``other`` is this number throughout and does not widen the node."""
    if isinstance(other, Node):
        return False
    other = np.asarray(other)
    return bool((other == number).all()) and (
        np.broadcast_shapes(other.shape, node.shape) == node.shape
    )


def _places(node: Node) -> Index:
    return np.arange(node.size).reshape(node.shape)


def constant(value: Any) -> Node:
    """Numbers as a node."""
    value = np.asarray(value, dtype=float)
    return Node("constant", (), value.shape, value=np.ascontiguousarray(value).ravel())


def as_node(value: Any) -> Node:
    """Itself, or numbers as a node."""
    return value if isinstance(value, Node) else constant(value)


def elementwise(op: str, *operands: Any) -> Node:
    """An operation element by element; operands are broadcast as in NumPy."""
    shape = np.broadcast_shapes(*(np.shape(operand) for operand in operands))
    return Node(op, tuple(_spread(operand, shape) for operand in operands), shape)


def _spread(operand: Any, shape: Shape) -> Node:
    """An operand with as many elements as the result, or with one."""
    if isinstance(operand, Node):
        if operand.shape == shape or operand.size == 1:
            return operand
        return take(operand, np.broadcast_to(_places(operand), shape))
    numbers = np.asarray(operand, dtype=float)
    return constant(numbers if numbers.size == 1 else np.broadcast_to(numbers, shape))


def take(node: Node, index: Any) -> Node:
    """The elements at these places, in the shape of ``index``."""
    index = np.asarray(index, dtype=np.int64)
    flat = np.ascontiguousarray(index).ravel()
    if node.op == "take":  # of what was taken
        assert node.index is not None
        return Node("take", node.inputs, index.shape, node.index[flat])
    return Node("take", (node,), index.shape, flat)


def add_up(node: Node, place: Any, shape: Shape) -> Node:
    """Sums of elements: element i is added to element ``place[i]`` of the result."""
    flat = np.ascontiguousarray(np.asarray(place, dtype=np.int64)).ravel()
    return Node("add_up", (node,), shape, flat)


def linear(matrix: Any, node: Node) -> Node:
    """A constant matrix times a vector; zeros of the matrix cost nothing."""
    matrix = np.asarray(matrix, dtype=float)
    row, column = np.nonzero(matrix)
    shape = (matrix.shape[0],)
    weight = matrix[row, column]
    if np.array_equal(row, np.arange(matrix.shape[0])) and (weight == 1).all():
        return take(node, column)
    return Node("linear", (node,), shape, np.concatenate([row, column]), weight)


def concatenate(parts: Sequence[Any], axis: int = 0) -> Node:
    """Nodes and numbers one after the other."""
    nodes = [as_node(part) for part in parts]
    places, at = [], 0
    for node in nodes:
        places.append(_places(node) + at)
        at += node.size
    joined = Node("join", tuple(node for node in nodes if node.size), (at,))
    index = np.concatenate(places, axis=axis)
    return joined if index.ndim == 1 else take(joined, index)


def put(node: Any, index: Any, values: Any) -> Node:
    """A copy of a vector or matrix with other values at these places."""
    place = np.arange(int(np.size(node) if not isinstance(node, Node) else node.size))
    place = place.reshape(np.shape(node))
    size = place.size
    there = place[index]
    values = as_node(values)
    if values.shape != there.shape:
        values = take(values, np.broadcast_to(_places(values), there.shape))
    place[index] = size + np.arange(there.size).reshape(there.shape)
    return take(concatenate([as_node(node).ravel(), values.ravel()]), place)
