"""Leave out what nobody needs: equal operations are made one, unused elements are not computed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trialpool.graph.node import Node, constant, take

Mask = NDArray[np.bool_]


def in_order(wanted: Sequence[Node]) -> list[Node]:
    """All nodes behind these, inputs before what uses them."""
    found: dict[int, Node] = {}
    left = list(wanted)
    while left:
        node = left.pop()
        if id(node) not in found:
            found[id(node)] = node
            left.extend(node.inputs)
    return sorted(found.values(), key=lambda node: node.order)


def shared(wanted: Sequence[Node]) -> list[Node]:
    """The same nodes with equal operations made one."""
    same: dict[int, Node] = {}
    first: dict[tuple[object, ...], Node] = {}
    for node in in_order(wanted):
        inputs = tuple(same[id(i)] for i in node.inputs)
        key = (
            node.op,
            node.size,
            tuple(id(i) for i in inputs),
            b"" if node.index is None else node.index.tobytes(),
            b"" if node.value is None else node.value.tobytes(),
        )
        if key not in first:
            first[key] = Node(node.op, inputs, node.shape, node.index, node.value)
        same[id(node)] = first[key]
    return [same[id(node)] for node in wanted]


def _needs(wanted: Sequence[Node]) -> dict[int, Mask]:
    """Which elements of each node behind these are needed for all of theirs."""
    order = in_order(wanted)
    need = {id(node): np.zeros(node.size, dtype=bool) for node in order}
    for node in wanted:
        need[id(node)][:] = True
    for node in reversed(order):
        for operand, places in zip(node.inputs, _looked_at(node, need[id(node)]), strict=True):
            need[id(operand)][places] = True
    return need


def elements_behind(wanted: Sequence[Node], free: int) -> Mask:
    """Which elements of the point these nodes depend on, (free,)."""
    need = _needs(wanted)
    found = np.zeros(free, dtype=bool)
    for node in in_order(wanted):
        if node.op == "input":
            assert node.index is not None
            found[node.index[need[id(node)]]] = True
    return found


def renumbered(wanted: Sequence[Node], kept: Mask) -> list[Node]:
    """The same nodes over a point that has only the elements kept, which are all they need."""
    new = np.cumsum(kept) - 1
    found: dict[int, Node] = {}
    for node in in_order(wanted):
        if node.op == "input":
            assert node.index is not None
            there = kept[node.index]
            index = new[node.index[there]]
            point = Node("input", (), (len(index),), index)
            # Whoever looks at an element that is not kept does not need what it finds.
            found[id(node)] = (
                point
                if there.all()
                else take(point, np.maximum(np.cumsum(there) - 1, 0))
                if len(index)
                else constant(np.zeros(node.size))
            )
        else:
            inputs = tuple(found[id(i)] for i in node.inputs)
            found[id(node)] = Node(node.op, inputs, node.shape, node.index, node.value)
    return [found[id(node)] for node in wanted]


def pruned(wanted: Sequence[Node]) -> list[Node]:
    """The same nodes, all of their elements, computed from no more elements than they need."""
    order, need = in_order(wanted), _needs(wanted)
    found: dict[int, Node] = {}
    for node in order:
        found[id(node)] = _rebuilt(node, need, found)
    return [found[id(node)] for node in wanted]


def _looked_at(node: Node, needed: Mask) -> list[NDArray[np.int64]]:
    """Elements of each input behind the needed elements of a node."""
    if node.index is not None:
        if node.op == "take":
            return [node.index[needed]]
        if node.op == "add_up":
            return [np.flatnonzero(needed[node.index])]
        if node.op == "linear":
            row, column = node.index.reshape(2, -1)
            return [column[needed[row]]]
    if node.op == "join":
        ends = np.cumsum([part.size for part in node.inputs])
        return [np.flatnonzero(part) for part in np.split(needed, ends)[: len(node.inputs)]]
    everywhere = np.flatnonzero(needed)
    one = everywhere[:1] * 0
    return [one if operand.size == 1 else everywhere for operand in node.inputs]


def _rebuilt(node: Node, need: dict[int, Mask], found: dict[int, Node]) -> Node:
    """A node with its needed elements only, of inputs that were rebuilt."""
    needed = need[id(node)]
    size = (int(needed.sum()),)
    if node.op == "input":
        return node
    if node.op == "constant":
        assert node.value is not None
        return Node("constant", (), size, value=node.value[needed])

    def part(operand: Node, places: NDArray[np.int64]) -> Node:
        there = found[id(operand)]
        now = places if operand.op == "input" else np.cumsum(need[id(operand)])[places] - 1
        whole = there.size == len(now) and np.array_equal(now, np.arange(there.size))
        return there if whole else take(there, now)

    looked = _looked_at(node, needed)
    if node.op == "take":
        return part(node.inputs[0], looked[0])
    if node.op == "add_up":
        assert node.index is not None
        new = np.cumsum(needed) - 1
        inside = part(node.inputs[0], looked[0])
        return Node("add_up", (inside,), size, new[node.index[looked[0]]])
    if node.op == "linear":
        assert node.index is not None and node.value is not None
        row, column = node.index.reshape(2, -1)
        kept = needed[row]
        columns, place = np.unique(column[kept], return_inverse=True)
        new = np.cumsum(needed) - 1
        inside = part(node.inputs[0], columns)
        return Node(
            "linear", (inside,), size, np.concatenate([new[row[kept]], place]), node.value[kept]
        )
    parts = [part(*both) for both in zip(node.inputs, looked, strict=True)]
    if node.op == "join":
        parts = [p for p in parts if p.size]
        return parts[0] if len(parts) == 1 else Node("join", tuple(parts), size)
    return Node(node.op, tuple(parts), size)
