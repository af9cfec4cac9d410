"""What a sampler has to know of a graph, and how its draws become those of all variables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialpool.graph.model import Graph
from trialpool.graph.node import Node, Values, elementwise, take
from trialpool.graph.program import Program, read_program
from trialpool.graph.pruning import elements_behind, renumbered


@dataclass(frozen=True)
class Target:
    """A log density to sample from.

    Standard normals on which no report depends, such as a course beyond the last visit, are left
    out: they are independent of all else in the posterior too, and drawn afterwards.

    Attributes
    ----------
    program : Program
        The log density of the elements kept.
    start : (kept,)
        Where to begin.
    kept : (element,) of bool
        Elements of the graph's point that are sampled.
    """

    program: Program
    start: Values
    kept: NDArray[np.bool_]

    def complete(self, points: Values, rng: np.random.Generator) -> Values:
        """Points of all elements, (draw, element), from those of the elements kept."""
        whole = np.empty((len(points), self.kept.size))
        whole[:, self.kept] = points
        whole[:, ~self.kept] = rng.normal(size=(len(points), int((~self.kept).sum())))
        return whole


def target(graph: Graph) -> Target:
    """The log density of a graph as a program."""
    terms, kept = needed(graph)
    program = read_program(int(kept.sum()), terms=renumbered(terms, kept))
    return Target(program, start_of(graph)[kept], kept)


def start_of(graph: Graph) -> Values:
    """Where to begin, (element,)."""
    return np.concatenate([free.start for free in graph.free] or [np.zeros(0)])


def needed(graph: Graph) -> tuple[list[Node], NDArray[np.bool_]]:
    """Terms of the log density, and the elements that they are about."""
    standard = {id(free.log_prior) for free in graph.free if free.standard}
    terms = [term for term in graph.terms if id(term) not in standard]
    kept = elements_behind(terms, graph.size)
    for free in graph.free:
        if not free.standard:
            kept[free.place] = True
        elif (inside := np.flatnonzero(kept[free.place])).size:
            terms.append(elementwise("normal", take(free.point, inside), 0.0, 1.0))
    return terms, kept
