"""Which parts of a model are normal given the rest, read off its graph.

Locations ``x`` are free variables on the real line in which every term of the log density is a
constant or a normal density of something linear:

    log p = c(h) - |r0(h) + J(h) x|^2 / 2

with the other elements ``h``. Then ``x`` can be integrated out. Of the other variables some, ``s``,
are normal given the rest in all terms but a few: the SD of an arm in the SDs that its trial prints,
which is also the scale of its means. Nothing has to be declared: the degree of every node in the
candidates is followed through the graph, and what appears in a product with another, under a
function or in a scale is no location.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from trialpool.graph.coefficients import coefficients
from trialpool.graph.functions import log
from trialpool.graph.model import Free, Graph
from trialpool.graph.node import Node, as_node, concatenate
from trialpool.graph.program import Program, read_program
from trialpool.graph.pruning import in_order
from trialpool.graph.sampling import needed

Index = NDArray[np.int64]

_LINEAR = ("neg", "take", "add_up", "linear", "join", "add", "sub")
_TOO_MUCH = 9


@dataclass(frozen=True)
class NormalPart:
    """Terms of a log density as ``c(h) - |r0(h) + J(h) x|^2 / 2``.

    Attributes
    ----------
    location : (n,) of int
        Elements of the point that are ``x``.
    program : Program
        Outputs: ``r0`` (row,), where the locations are 0; what is not zero of ``J``, row by row
        (entry,); ``c`` (1,).
    pattern : csr_array of (row, location)
        Where ``J`` is not zero.
    """

    location: Index
    program: Program
    pattern: csr_array


@dataclass(frozen=True)
class NestedForm:
    """A graph as two normal parts, one within the other.

    Attributes
    ----------
    hyper : (n,) of int
        Elements of the point on which all depends.
    inner : NormalPart
        Terms in which the locations ``s`` are normal given these; they are in others too.
    outer : NormalPart
        All other terms, whose locations are normal given all the rest.
    idle : (n,) of int
        Elements on which nothing depends: standard normals.
    """

    hyper: Index
    inner: NormalPart
    outer: NormalPart
    idle: Index


def nested_form(graph: Graph) -> NestedForm:
    """Find the locations of a graph, as many as there are."""
    terms, kept = needed(graph)
    real = {id(free.point): free for free in graph.free if free.support == ("real",)}
    locations = _candidates(terms, real)
    apart = [term for term in terms if not _behind(term, locations)]
    others = {key: free for key, free in real.items() if key not in locations}
    nearly = _nearly(graph, apart, others)
    inside = [term for term in apart if _is_normal(term, nearly)]
    within = {id(term) for term in inside}
    outer = _part([t for t in terms if id(t) not in within], locations, kept)
    inner = _part(inside, nearly, kept)
    left = kept.copy()
    left[outer.location] = left[inner.location] = False
    return NestedForm(np.flatnonzero(left), inner, outer, np.flatnonzero(~kept))


def _candidates(terms: list[Node], candidates: dict[int, Free]) -> dict[int, Free]:
    """Those of the candidates that are linear, in normal densities, in all terms."""
    left = dict(candidates)
    while (found := _excess(terms, left)) is not None:
        for free in found:
            del left[id(free.point)]
    return left


def _nearly(graph: Graph, terms: list[Node], candidates: dict[int, Free]) -> dict[int, Free]:
    """Those of the candidates that are linear in a report that is normal given the others."""
    priors = {id(free.log_prior) for free in graph.free}
    found: dict[int, Free] = {}
    for term in terms:
        behind = {id(free.point): free for free in _behind(term, candidates)}
        if len(behind) > 1 and term.op == "normal" and id(term) not in priors:
            found |= _candidates([term], behind)
    return {key: free for key, free in found.items() if free.standard}


def _is_normal(term: Node, locations: dict[int, Free]) -> bool:
    """Whether a term is a normal density that is linear in the locations behind it."""
    return bool(_behind(term, locations)) and _excess([term], locations) is None


def _part(terms: list[Node], locations: dict[int, Free], kept: NDArray[np.bool_]) -> NormalPart:
    degree = _degrees(terms, locations)
    normal = [term for term in terms if degree[id(term)]]
    rest = [term for term in terms if not degree[id(term)]]
    residuals = [((term.inputs[0] - term.inputs[1]) / term.inputs[2]).ravel() for term in normal]
    scales = [(log(term.inputs[2]) * (term.size / term.inputs[2].size)).sum() for term in normal]
    rows = sum(term.size for term in normal)
    total = sum((term.sum() for term in rest), start=0.0) - sum(scales, start=0.0)
    total = total - rows / 2 * np.log(2 * np.pi)
    location = np.zeros(kept.size, dtype=bool)
    for free in locations.values():
        location[free.place] = True
    places = np.flatnonzero(location & kept)
    column = np.full(kept.size, -1)
    column[places] = np.arange(len(places))
    joined = concatenate([*residuals, np.zeros(0)])
    columns = {key: column[free.place] for key, free in locations.items()}
    pattern, coefficient = coefficients(joined, columns, len(places))
    outputs = [as_node(output).ravel() for output in (joined, coefficient, total)]
    return NormalPart(places, read_program(kept.size, outputs=outputs), pattern)


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
