"""The matrix of a vector that is linear in some elements of the point.

    vector[i] = rest[i] + sum of coefficient[e] x[column[e]] over the entries e of row i

Weights go from the vector down to the elements, as in reverse accumulation of derivatives. They are
nodes themselves (numbers where nothing else is behind them), so one run of a program computes a
whole matrix that depends on other elements of the point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from trialpool.graph import functions as f
from trialpool.graph.node import Node, add_up
from trialpool.graph.pruning import in_order

Index = NDArray[np.int64]


@dataclass(frozen=True)
class _Entries:
    """How elements of a node enter rows of the vector: (entry,) each; a number stands for all."""

    row: Index
    element: Index
    weight: Any

    def at(self, element: Index) -> _Entries:
        """The same weights on elements of an operand."""
        return _Entries(self.row, element, self.weight)

    def some(self, kept: Any) -> _Entries:
        """Some of the entries, each any number of times."""
        weight = self.weight[kept] if np.ndim(self.weight) else self.weight
        return _Entries(self.row[kept], self.element[kept], weight)

    def times(self, factor: Any) -> _Entries:
        """The entries with weights multiplied by entry."""
        return _Entries(self.row, self.element, factor * self.weight)


def coefficients(
    vector: Node, locations: Mapping[int, Index], columns: int
) -> tuple[csr_array, Any]:
    """Pattern and coefficients of a vector that is linear in locations.

    Parameters
    ----------
    vector : Node
    locations : mapping of int to (element,) of int
        By id of an ``input``: the column of each of its elements, -1 for none.
    columns : int

    Returns
    -------
    pattern : csr_array of (row, column)
    coefficient : (entry,) Node or array
        In the order of the pattern's entries.
    """
    order = in_order([vector])
    depends = set(locations)
    for node in order:
        if any(id(part) in depends for part in node.inputs):
            depends.add(id(node))
    rows = np.arange(vector.size)
    waiting: dict[int, list[_Entries]] = {id(vector): [_Entries(rows, rows, 1.0)]}
    found: list[_Entries] = []
    for node in reversed(order):
        if id(node) not in depends or id(node) not in waiting:
            continue
        entries = _joined(waiting.pop(id(node)))
        if id(node) in locations:
            column = locations[id(node)][entries.element]
            found.append(entries.at(column).some(column >= 0))
            continue
        for part, passed in zip(node.inputs, _passed(node, entries, depends), strict=True):
            if passed is not None and len(passed.row):
                waiting.setdefault(id(part), []).append(passed)
    return _compressed(found, vector.size, columns)


def _passed(node: Node, entries: _Entries, depends: set[int]) -> list[_Entries | None]:
    """Entries of each operand, None of one behind which no location is."""
    element = entries.element
    if node.op == "take":
        assert node.index is not None
        return [entries.at(node.index[element])]
    if node.op == "add_up":
        assert node.index is not None
        return [_expanded(entries, node.index, np.arange(len(node.index)), None)]
    if node.op == "linear":
        assert node.index is not None and node.value is not None
        row, column = node.index.reshape(2, -1)
        return [_expanded(entries, row, column, node.value)]
    if node.op == "join":
        ends = np.cumsum([part.size for part in node.inputs])
        of = np.searchsorted(ends, element, side="right")
        starts = ends - [part.size for part in node.inputs]
        inside = [entries.some(of == i) for i in range(len(node.inputs))]
        return [each.at(each.element - at) for each, at in zip(inside, starts, strict=True)]

    def by_entry(factor: Any) -> Any:
        """A factor that has an element for each of the node, or one for all."""
        if isinstance(factor, Node):
            return factor.ravel()[element] if factor.size > 1 else factor.reshape(())
        return np.ravel(factor)[element] if np.size(factor) > 1 else float(np.ravel(factor)[0])

    factors: tuple[Any, ...]
    if node.op == "mul":
        factors = tuple(_numbers(other) for other in node.inputs[::-1])
    elif node.op == "div":
        factors = (1.0 / _numbers(node.inputs[1]), None)
    elif node.op == "switch":
        condition = _numbers(node.inputs[0])
        factors = (None, f.switch(condition, 1.0, 0.0), f.switch(condition, 0.0, 1.0))
    else:
        factors = {"neg": (-1.0,), "add": (1.0, 1.0), "sub": (1.0, -1.0)}[node.op]
    return [
        entries.at(element if part.size > 1 else 0 * element).times(by_entry(factor))
        if id(part) in depends
        else None
        for part, factor in zip(node.inputs, factors, strict=True)
    ]


def _numbers(node: Node) -> Any:
    """A node, or the numbers of a constant."""
    return node.value if node.op == "constant" else node


def _expanded(entries: _Entries, row: Index, column: Index, weight: Any) -> _Entries:
    """Entries of the elements that each element of a sum is made of."""
    order = np.argsort(row, kind="stable")
    first = np.searchsorted(row[order], entries.element, side="left")
    length = np.searchsorted(row[order], entries.element, side="right") - first
    within = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    source = order[np.repeat(first, length) + within]
    wide = entries.some(np.repeat(np.arange(len(length)), length)).at(column[source])
    return wide if weight is None else wide.times(weight[source])


def _joined(parts: list[_Entries]) -> _Entries:
    if len(parts) == 1:
        return parts[0]
    weights = [
        part.weight if np.ndim(part.weight) else f.broadcast_to(part.weight, part.row.shape)
        for part in parts
    ]
    return _Entries(
        np.concatenate([part.row for part in parts]),
        np.concatenate([part.element for part in parts]),
        f.concatenate(weights),
    )


def _compressed(found: list[_Entries], rows: int, columns: int) -> tuple[csr_array, Any]:
    """Entries by row and column, those of one place added up."""
    nothing = np.zeros(0, dtype=np.int64)
    every = _joined([*found, _Entries(nothing, nothing, np.zeros(0))])
    order = np.lexsort((every.element, every.row))
    row, column = every.row[order], every.element[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(row) != 0) | (np.diff(column) != 0)
    size = int(new.sum())
    if size == len(order):
        coefficient = every.weight[order]
    else:
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.cumsum(new) - 1
        coefficient = (
            add_up(every.weight, place, (size,))
            if isinstance(every.weight, Node)
            else np.bincount(place, weights=every.weight, minlength=size)
        )
    start = np.concatenate([[0], np.cumsum(np.bincount(row[new], minlength=rows))])
    entries = (np.ones(size), column[new], start)
    return csr_array(entries, shape=(rows, columns)), coefficient
