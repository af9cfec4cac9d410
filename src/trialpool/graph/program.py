"""Programs: a graph as tables of numbers, which one machine runs whatever the model.

Nothing is compiled: a program is an argument. Equal operations are computed once, and elements that
no result needs are not computed at all, so a course over sixty months costs what the months of the
reports cost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialpool.graph import operations as o
from trialpool.graph.node import Index, Node, Values
from trialpool.graph.pruning import in_order, pruned, shared


@dataclass(frozen=True)
class Program:
    """Operations over one array of numbers: the free point, constants, results.

    Attributes
    ----------
    table : (operation, column)
        See `trialpool.graph.operations`.
    index : (n,)
        Places that ``take``, ``add_up`` and ``linear`` look up.
    numbers : (n,)
        The array to begin with: constants in their places.
    free : int
        Elements of the point, at the beginning of the array.
    outputs : list of (offset, size)
        Where the results of each output are.
    """

    table: NDArray[np.uint64]
    index: NDArray[np.uint64]
    numbers: Values
    free: int
    outputs: tuple[tuple[int, int], ...]


def read_program(free: int, *, terms: Sequence[Node] = (), outputs: Sequence[Node] = ()) -> Program:
    """The program of a graph.

    Parameters
    ----------
    free : int
        Elements of the point.
    terms : sequence of Node
        All their elements are added to the log density.
    outputs : sequence of Node
        Nodes to keep.
    """
    writer = _Writer(free)
    both = pruned(shared([*terms, *outputs]))
    nodes = in_order(both)
    writer.reserve(nodes, both)
    for node in nodes:
        writer.write(node)
    for node in both[: len(terms)]:
        writer.total(node)
    kept = tuple((writer.place[id(node)], node.size) for node in both[len(terms) :])
    return writer.program(kept)


class _Writer:
    """Gives every node its place and writes its operation."""

    def __init__(self, free: int) -> None:
        self.free = self.end = free
        self.place: dict[int, int] = {}
        self.rows: list[list[int]] = []
        self.index: list[Index] = []
        self.indices = 0
        self.constants: list[tuple[int, Values]] = []
        self.reserved: dict[int, int] = {}

    def reserve(self, nodes: Sequence[Node], wanted: Sequence[Node]) -> None:
        """Let parts that only a ``join`` needs be computed where it has them: nothing to copy."""
        uses = Counter(id(part) for node in nodes for part in node.inputs)
        uses.update(id(node) for node in wanted)
        for node in reversed(nodes):
            if node.op == "join":
                at = self.reserved[id(node)] = self._new(node)
                for part in node.inputs:
                    if uses[id(part)] == 1 and part.op not in ("input", "constant"):
                        self.reserved[id(part)] = at
                    at += part.size

    def write(self, node: Node) -> None:
        """The operation of a node whose inputs are written."""
        if node.op == "input":
            assert node.index is not None
            self.place[id(node)] = int(node.index[0]) if node.size else 0
            return
        if node.op == "constant":
            assert node.value is not None
            self.place[id(node)] = self._constant(node.value)
            return
        out = self.place[id(node)] = self._new(node)
        if not node.size or (node.index is not None and not node.index.size):
            return  # nothing to add up leaves zeros
        if node.op == "join":
            at = out
            for part in node.inputs:
                if self.place[id(part)] != at:
                    self._row("copy", at, part.size, (part,))
                at += part.size
        elif node.op == "take":
            assert node.index is not None
            start, step = node.index[0], np.diff(node.index)
            if (step == 1).all() and id(node) not in self.reserved:
                # Neighbours stay neighbours: no operation at all.
                self.place[id(node)] = self.place[id(node.inputs[0])] + int(start)
                return
            self._row("take", out, node.size, node.inputs, index=node.index)
        elif node.op == "add_up":
            self._row("add_up", out, node.inputs[0].size, node.inputs, node.index, node.size)
        elif node.op == "linear":
            assert node.index is not None and node.value is not None
            row = self._row("linear", out, len(node.value), node.inputs, node.index, node.size)
            same = bool((node.value == node.value[0]).all())
            row[o.B] = self._constant(node.value[:1] if same else node.value)
            row[o.B_STEP] = int(not same)
        else:
            self._row(node.op, out, node.size, node.inputs)

    def total(self, node: Node) -> None:
        """Add the elements of a node to the log density."""
        if node.size:
            self._row("total", 0, node.size, (node,))

    def _new(self, node: Node) -> int:
        """The place of a node: the one reserved for it, or at the end."""
        if id(node) not in self.reserved:
            self.end += node.size
        return self.reserved.get(id(node), self.end - node.size)

    def _constant(self, value: Values) -> int:
        place = self.end
        self.end += len(value)
        self.constants.append((place, value))
        return place

    def _row(
        self,
        op: str,
        out: int,
        size: int,
        operands: Sequence[Node],
        index: Index | None = None,
        length: int = 0,
    ) -> list[int]:
        row = [0] * o.COLUMNS
        row[o.OP], row[o.OUT], row[o.SIZE], row[o.LENGTH] = o.CODE[op], out, size, length
        columns = ((o.A, o.A_STEP), (o.B, o.B_STEP), (o.C, o.C_STEP))
        row[o.B] = row[o.C] = self.place[id(operands[0])]  # where an operation has no such operand
        for operand, (column, step) in zip(operands, columns, strict=False):
            row[column] = self.place[id(operand)]
            row[step] = int(operand.size > 1)
        if index is not None:
            row[o.INDEX] = self.indices
            self.index.append(index)
            self.indices += len(index)
        self.rows.append(row)
        return row

    def program(self, outputs: tuple[tuple[int, int], ...]) -> Program:
        """What was written, as arrays."""
        numbers = np.zeros(self.end)
        for place, value in self.constants:
            numbers[place : place + len(value)] = value
        table = np.array(self.rows, dtype=np.uint64).reshape(-1, o.COLUMNS)
        index = np.concatenate([*self.index, np.zeros(1, dtype=np.int64)]).astype(np.uint64)
        return Program(table, index, numbers, self.free, outputs)
