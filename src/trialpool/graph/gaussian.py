"""Which part of a model is normal given the rest, read off its graph.

Locations ``x`` are free variables on the real line in which every term of the log density is a
constant or a normal density of something linear:

    log p = c(h) - |r0(h) + J(h) x|^2 / 2

with the other elements ``h``, the hyper-parameters. Then ``x`` can be integrated out. Nothing has
to be declared: the degree of every node in the candidates is followed through the graph, and what
appears in a product with another, under a function or in a scale is no location.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from trialpool.graph.functions import log
from trialpool.graph.model import Free, Graph
from trialpool.graph.node import Node, concatenate
from trialpool.graph.program import Program, read_program, split
from trialpool.graph.pruning import in_order
from trialpool.graph.sampling import needed

_LINEAR = ("neg", "take", "add_up", "linear", "join", "add", "sub")
_TOO_MUCH = 9


@dataclass(frozen=True)
class GaussianForm:
    """A graph as ``c(h) - |r0(h) + J(h) x|^2 / 2``.

    Attributes
    ----------
    location, hyper : (n,) of int
        Elements of the point that are integrated out, and the others on which it depends.
    idle : (n,) of int
        Elements on which nothing depends: standard normals.
    program : Program
        Outputs: residuals ``r`` (row,); what else is in the log density (1,).
    fixed, moving : (operation, column)
        Its operations, without and with those that depend on the locations.
    pattern : csr_array of (row, location)
        Where ``J`` is not zero.
    """

    location: NDArray[np.int64]
    hyper: NDArray[np.int64]
    idle: NDArray[np.int64]
    program: Program
    fixed: NDArray[np.uint64]
    moving: NDArray[np.uint64]
    pattern: csr_array


def gaussian_form(graph: Graph) -> GaussianForm:
    """Find the locations of a graph, as many as there are."""
    terms, kept = needed(graph)
    candidates = {id(free.point): free for free in graph.free if free.support == ("real",)}
    while (found := _excess(terms, candidates)) is not None:
        for free in found:
            del candidates[id(free.point)]
    degree = _degrees(terms, candidates)
    normal = [term for term in terms if degree[id(term)]]
    rest = [term for term in terms if not degree[id(term)]]
    residuals = [(term.inputs[0] - term.inputs[1]) / term.inputs[2] for term in normal]
    scales = [(log(term.inputs[2]) * (term.size / term.inputs[2].size)).sum() for term in normal]
    rows = sum(term.size for term in normal)
    total = sum((term.sum() for term in rest), start=0.0) - sum(scales, start=0.0)
    total = total - rows / 2 * np.log(2 * np.pi)
    joined = concatenate([*(r.ravel() for r in residuals), np.zeros(0)])
    location = np.zeros(graph.size, dtype=bool)
    for free in candidates.values():
        location[free.place] = True
    location &= kept
    outputs = [joined, total if isinstance(total, Node) else concatenate([np.array([total])])]
    places = np.flatnonzero(location)
    patterns = _patterns(residuals, candidates, places, graph.size)
    program = read_program(graph.size, outputs=outputs)
    return GaussianForm(
        places,
        np.flatnonzero(kept & ~location),
        np.flatnonzero(~kept),
        program,
        *split(program, places),
        csr_array(vstack(patterns)) if patterns else csr_array((0, len(places))),
    )


def _degrees(terms: Iterable[Node], candidates: dict[int, Free]) -> dict[int, int]:
    """Degree of each node in the candidates: 0, 1, 2 of a normal density, or too much."""
    degree: dict[int, int] = {}
    for node in in_order(list(terms)):
        of = [degree[id(i)] for i in node.inputs]
        most = max(of, default=0)
        if node.op == "input":
            found = int(id(node) in candidates)
        elif node.op in _LINEAR or most == 0:
            found = most
        elif node.op == "mul":
            found = sum(of)
        elif node.op == "div" and of[1] == 0:
            found = of[0]
        elif node.op == "switch" and of[0] == 0:
            found = most
        elif node.op == "normal" and of[2] == 0 and max(of[:2]) <= 1:
            found = 2
        else:
            found = _TOO_MUCH
        degree[id(node)] = min(found, _TOO_MUCH)
    return degree


def _excess(terms: list[Node], candidates: dict[int, Free]) -> list[Free] | None:
    """Candidates that are no locations after all; None where every term is as it must be."""
    degree = _degrees(terms, candidates)
    for node in in_order(terms):
        of = [degree[id(i)] for i in node.inputs]
        if node.op == "mul" and min(of) >= 1:
            behind = [_behind(i, candidates) for i in node.inputs]
            return min(behind, key=lambda free: sum(f.value.size for f in free))
        if degree[id(node)] == _TOO_MUCH:
            # A function, a divisor, a scale or a condition: what is linear beside it may stay.
            guilty = {"div": node.inputs[1:], "normal": node.inputs[2:], "switch": node.inputs[:1]}
            found = [f for i in guilty.get(node.op, node.inputs) for f in _behind(i, candidates)]
            return found or _behind(node, candidates)
    for term in terms:
        if degree[id(term)] == 1 or (degree[id(term)] == 2 and term.op != "normal"):
            return _behind(term, candidates)
    return None


def _behind(node: Node, candidates: dict[int, Free]) -> list[Free]:
    return [candidates[id(i)] for i in in_order([node]) if id(i) in candidates]


def _patterns(
    residuals: list[Node],
    candidates: dict[int, Free],
    places: NDArray[np.int64],
    size: int,
) -> list[csr_array]:
    """On which locations each element of the residuals depends."""
    column = np.full(size, -1)
    column[places] = np.arange(len(places))
    found: dict[int, csr_array | None] = {}
    for node in in_order(residuals):
        if node.op == "input":
            found[id(node)] = None
            if id(node) in candidates:
                assert node.index is not None
                there = column[node.index]
                row = np.flatnonzero(there >= 0)
                ones = np.ones(len(row))
                shape = (node.size, len(places))
                found[id(node)] = csr_array((ones, (row, there[row])), shape=shape)
            continue
        behind = [found[id(i)] for i in node.inputs]
        if all(part is None for part in behind):
            found[id(node)] = None
        elif node.op == "take":
            found[id(node)] = behind[0][node.index]  # type: ignore[index]
        elif node.op == "add_up":
            found[id(node)] = _summed(node.index, node.size, np.arange(len(node.index))) @ behind[0]  # type: ignore[arg-type]
        elif node.op == "linear":
            row, col = node.index.reshape(2, -1)  # type: ignore[union-attr]
            matrix = csr_array(
                (np.ones(len(row)), (row, col)), shape=(node.size, node.inputs[0].size)
            )
            found[id(node)] = matrix @ behind[0]
        elif node.op == "join":
            found[id(node)] = csr_array(
                vstack(
                    [
                        part if part is not None else csr_array((i.size, len(places)))
                        for i, part in zip(node.inputs, behind, strict=True)
                    ]
                )
            )
        else:
            total = None
            for part in behind:
                if part is not None:
                    if part.shape[0] != node.size:
                        part = part[np.zeros(node.size, dtype=int)]
                    total = part if total is None else total + part
            found[id(node)] = total
    return [
        part if (part := found[id(r)]) is not None else csr_array((r.size, len(places)))
        for r in residuals
    ]


def _summed(place: NDArray[np.int64], size: int, column: NDArray[np.int64]) -> csr_array:
    return csr_array((np.ones(len(place)), (place, column)), shape=(size, len(place)))
