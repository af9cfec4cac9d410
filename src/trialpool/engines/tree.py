"""From points of a graph to the DataTree of a posterior."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from trialpool.engines import machine
from trialpool.graph import Graph
from trialpool.graph.node import Node
from trialpool.graph.program import read_program

Values = NDArray[np.float64]


def reader(graph: Graph, nodes: list[Any]) -> Callable[[Values], list[Values]]:
    """Nodes, or numbers, as a function of many points; for many calls, as the program is kept."""
    program = read_program(graph.size, outputs=[n for n in nodes if isinstance(n, Node)])

    def values(points: Values) -> list[Values]:
        rows = iter(machine.run(program, points))
        found = []
        for node in nodes:
            if isinstance(node, Node):
                found.append(next(rows).reshape(len(points), *node.shape))
            else:
                number = np.asarray(node, dtype=float)
                found.append(np.broadcast_to(number, (len(points), *number.shape)))
        return found

    return values


def values_of(graph: Graph, nodes: list[Any], points: Values) -> list[Values]:
    """Nodes, or numbers, at many points, (point, *shape)."""
    return reader(graph, nodes)(points)


def posterior_tree(
    graph: Graph, points: Values, chains: int, stats: dict[str, Values]
) -> xr.DataTree:
    """Draws of all variables with their labels.

    Parameters
    ----------
    graph : Graph
    points : (chain * draw, element)
        Chain after chain.
    chains : int
    stats : dict of str to (chain, draw) arrays
        What the engine says of each draw.

    Returns
    -------
    xr.DataTree
        Groups ``posterior``, ``sample_stats``, and ``observed_data`` and ``constant_data`` where
        there are such.
    """
    named = [(free.name, free.dims, free.value) for free in graph.free]
    named += [(name, dims, value) for name, (dims, value) in graph.deterministics.items()]
    values = values_of(graph, [value for *_, value in named], points)
    first = ("chain", "draw")
    shape = (chains, len(points) // chains)
    posterior = {}
    for (name, dims, _), drawn in zip(named, values, strict=True):
        own = drawn.shape[1:]
        labels = dims or tuple(f"{name}_dim_{i}" for i in range(len(own)))
        posterior[name] = ((*first, *labels), drawn.reshape(*shape, *own))
    draws = {"chain": np.arange(shape[0]), "draw": np.arange(shape[1])}
    groups = {
        "/posterior": _dataset(graph, posterior, draws),
        "/sample_stats": xr.Dataset({k: (first, v) for k, v in stats.items()}, draws),
    }
    for group, observed in (("/observed_data", True), ("/constant_data", False)):
        data = {n: (dims, v) for n, (dims, v, seen) in graph.data.items() if seen is observed}
        if data:
            groups[group] = _dataset(graph, data, {})
    return xr.DataTree.from_dict(groups)


def _dataset(graph: Graph, variables: dict[str, Any], coords: dict[str, Any]) -> xr.Dataset:
    dims = dict.fromkeys(dim for dims, _ in variables.values() for dim in dims)
    labels = {dim: graph.coords[dim] for dim in dims if dim in graph.coords}
    unnamed = {
        dim: np.arange(values.shape[dims.index(dim)])
        for dims, values in variables.values()
        for dim in dims
        if dim not in labels and dim not in coords
    }
    return xr.Dataset(variables, coords | labels | unnamed)
