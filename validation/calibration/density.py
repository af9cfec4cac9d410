"""Log density of a graph at points that depend on the names of its variables only.

As `validation.behaviour` has it of a PyMC model, without compiling; tests hold the two equal.
"""

from __future__ import annotations

import zlib

import numpy as np

from trialpool.engines import machine
from trialpool.graph import Graph
from trialpool.graph.program import read_program
from trialpool.graph.sampling import start_of
from validation.behaviour import POINTS, SPREAD


def points_of(graph: Graph) -> list[np.ndarray]:
    """`POINTS` points on the unconstrained space, around the one where sampling starts."""
    start, found = start_of(graph), []
    for k in range(POINTS):
        point = start.copy()
        for free in graph.free:
            rng = np.random.default_rng([k, zlib.crc32(free.name.encode())])
            point[free.place] += SPREAD * rng.normal(size=free.start.size)
        found.append(point)
    return found


def log_densities_of_graph(graph: Graph) -> list[float]:
    """Log density at the points of `points_of`."""
    program = read_program(graph.size, terms=graph.terms)
    return [float(machine.log_density(program, point)[0]) for point in points_of(graph)]
