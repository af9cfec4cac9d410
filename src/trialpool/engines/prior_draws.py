"""Draws from the priors of a model, pushed through its own graph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pymc as pm
import pytensor
import xarray as xr
from pytensor.compile.mode import Mode
from pytensor.graph.replace import clone_replace, vectorize_graph

from trialpool.errors import ModelError

_IMPROPER = (type(pm.Flat.rv_op), type(pm.HalfFlat.rv_op))
#: Python instead of numba: a few hundred draws are made before anything would be compiled.
_QUICK = Mode(linker="py", optimizer=None)


def prior_draws(
    model: pm.Model, names: Sequence[str], *, draws: int = 500, seed: int = 1
) -> xr.Dataset:
    """What the model expects of some of its quantities before any evidence.

    Parameters
    ----------
    model : pm.Model
    names : sequence of str
        Deterministics or free variables.
    draws : int
    seed : int
        The same seed gives the same draws.

    Returns
    -------
    xr.Dataset
        Dims (draw, ...) and the model's coordinates.

    Raises
    ------
    ModelError
        If a prior is flat.
    """
    # Priors of these models do not depend on each other (non-centred), so each is drawn by itself.
    free = list(model.free_RVs)
    seeds = np.random.default_rng(seed).integers(2**31, size=len(free))
    wanted = [model[name] for name in names]
    needed = [rv for rv in pytensor.graph.traversal.ancestors(wanted) if rv in free]
    values, batches = {}, {}
    for rv, own_seed in zip(free, seeds, strict=True):
        if rv in needed:
            if isinstance(rv.owner.op, _IMPROPER):
                raise ModelError(
                    f"priors: got a flat prior for '{rv.name}'; expected one that can be drawn "
                    "from. Give it a proper prior to see what the model expects"
                )
            batches[rv] = pm.draw(rv, draws=draws, random_seed=int(own_seed), mode=_QUICK)
            values[rv] = rv.type(f"{rv.name}_value")
    graph = clone_replace(wanted, replace=values)
    many = {
        value: pytensor.tensor.tensor(shape=(None, *value.type.shape)) for value in values.values()
    }
    outputs = vectorize_graph(graph, replace=many)
    call = pytensor.function(list(many.values()), outputs, mode=_QUICK, on_unused_input="ignore")
    found = call(*(batches[rv] for rv in values))
    dims = {name: ("draw", *model.named_vars_to_dims.get(name, ())) for name in names}
    coords = {d: list(model.coords[d]) for ds in dims.values() for d in ds if d in model.coords}
    return xr.Dataset(
        {name: (dims[name], np.asarray(v)) for name, v in zip(names, found, strict=True)}, coords
    )
