"""Log prior density of each draw, one variable with a prior of its own at a time.

What power-scaling needs (`trialpool.checks.power_scaling`), under the group name that ArviZ reads.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from trialpool.graph import DISTRIBUTIONS, Graph
from trialpool.graph.node import Node

#: Group of the tree.
LOG_PRIOR = "log_prior"
_IMPROPER = ("Flat", "HalfFlat")


def log_prior(graph: Graph, posterior: xr.Dataset) -> xr.Dataset:
    """Log density of the priors that have numbers for parameters, summed over labels.

    Standardised deviations (``*_z``) are left out: their normal density is part of the model and
    nothing that anybody chose. Densities are those of the variable itself, without the Jacobian of
    the scale on which it was sampled.

    Parameters
    ----------
    graph : Graph
    posterior : xr.Dataset
        Draws of its free variables.

    Returns
    -------
    xr.Dataset
        Dims (chain, draw), single precision, a variable for each free variable of the graph that
        has such a prior.
    """
    found = {}
    for free in graph.free:
        fixed = not any(isinstance(value, Node) for value in free.given.values())
        if free.name.endswith("_z") or not fixed or free.kind in _IMPROPER:
            continue
        values = posterior[free.name].transpose("chain", "draw", ...).values.astype(float)
        density = np.asarray(DISTRIBUTIONS[free.kind].log_density(values, **free.given))
        by_draw = density.reshape(*values.shape[:2], -1).sum(axis=2)
        found[free.name] = (("chain", "draw"), by_draw.astype(np.float32))
    coords = {dim: posterior[dim].values for dim in ("chain", "draw")}
    return xr.Dataset(found, coords)
