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

    Variables on which no report depends, such as a course beyond the last visit, are left out: they
    are independent of all else in the posterior too, and drawn from their priors afterwards.

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


def target(graph: Graph) -> Target:
    """The log density of a graph as a program."""
    terms, kept = needed(graph)
    program = read_program(int(kept.sum()), terms=renumbered(terms, kept))
    return Target(program, start_of(graph)[kept], kept)


def complete(
    graph: Graph, points: Values, kept: NDArray[np.bool_], rng: np.random.Generator
) -> Values:
    """Points of all elements, (draw, element), from those of the elements kept."""
    whole = rng.normal(size=(len(points), kept.size))
    for free in graph.free:
        if not kept[free.place].any():
            whole[:, free.place] = free.from_normal(whole[:, free.place])
    whole[:, kept] = points
    return whole


def start_of(graph: Graph) -> Values:
    """Where to begin, (element,)."""
    return np.concatenate([free.start for free in graph.free] or [np.zeros(0)])


def needed(graph: Graph) -> tuple[list[Node], NDArray[np.bool_]]:
    """Terms of the log density that matter, and the elements that they are about.

    What is not needed are whole variables whose prior alone speaks of them, and elements of
    standard normals.
    """
    prior = {id(free.log_prior) for free in graph.free}
    terms = [term for term in graph.terms if id(term) not in prior]
    registered = {id(term) for term in graph.terms}
    left = list(graph.free)
    kept = np.zeros(graph.size, dtype=bool)
    waiting = True
    while waiting:  # a prior may depend on other variables
        kept |= elements_behind(terms, graph.size)
        waiting = False
        for free in list(left):
            inside = np.flatnonzero(kept[free.place])
            if not inside.size and free.has_normal:
                continue
            left.remove(free)
            waiting = True
            if free.standard:
                terms.append(elementwise("normal", take(free.point, inside), 0.0, 1.0))
                continue
            kept[free.place] = True
            if id(free.log_prior) in registered:
                terms.append(free.log_prior)
    return terms, kept
