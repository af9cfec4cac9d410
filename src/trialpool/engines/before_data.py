"""What a model expects of the quantities that questions read, before it sees any outcome."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from trialpool.engines.tree import values_of
from trialpool.graph import Graph
from trialpool.graph.node import Node
from trialpool.graph.pruning import elements_behind

#: Variables that answers and the predictive check read; those of a joint model carry the name of
#: the outcome in front.
READ = (
    "benefit",
    "course_share",
    "fitted",
    "half_life",
    "log_odds_ratio",
    "log_risk_ratio",
    "log_rate_ratio",
    "relative_effect",
    "report_sd",
    "rho",
    "spread",
    "tau",
    "treatment_effect",
    "treatment_sd",
)
#: A probability of the prior is printed beside that of the posterior: 1000 give it to 0.016.
DRAWS = 1000


def before_data(graph: Graph, *, seed: int, draws: int = DRAWS) -> xr.Dataset | None:
    """Draws of what questions read from the priors alone.

    Parameters
    ----------
    graph : Graph
        The model of the evidence; of its numbers nothing is used.
    seed : int
        The same seed gives the same draws.
    draws : int

    Returns
    -------
    xr.Dataset or None
        Dims (chain, draw, ...), one chain, single precision. None where the model has nothing that
        questions read, or a prior cannot be drawn from, such as a flat one.
    """
    held = {free.name: (free.dims, free.value) for free in graph.free} | graph.deterministics
    named = {name: of for name, of in held.items() if name.rsplit("::", 1)[-1] in READ}
    points = _points(graph, [value for _, value in named.values()], draws, seed)
    if points is None or not named:
        return None
    found = values_of(graph, [value for _, value in named.values()], points)
    variables = {}
    for (name, (dims, _)), values in zip(named.items(), found, strict=True):
        labels = dims or tuple(f"{name}_dim_{i}" for i in range(values.ndim - 1))
        variables[name] = (("chain", "draw", *labels), values[None].astype(np.float32))
    used = {dim for dims, _ in variables.values() for dim in dims}
    coords = {dim: labels for dim, labels in graph.coords.items() if dim in used}
    return xr.Dataset(variables, coords | {"chain": [0], "draw": np.arange(draws)})


def _points(graph: Graph, wanted: list[Any], draws: int, seed: int) -> np.ndarray | None:
    """Unconstrained points from the priors, (draw, element); None where one has no quantiles."""
    behind = elements_behind([node for node in wanted if isinstance(node, Node)], graph.size)
    points = np.random.default_rng([seed, 4]).normal(size=(draws, graph.size))
    for free in graph.free:
        if not free.has_normal:
            if behind[free.place].any():
                return None
            continue
        points[:, free.place] = free.from_normal(points[:, free.place])
    return points
