"""NUTS through nutpie: compile once, sample, and refit other numbers without compiling again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import nutpie
import pymc as pm
import xarray as xr
from threadpoolctl import threadpool_limits

from trialpool.engines.draw import Draw
from trialpool.errors import EngineError


@dataclass(frozen=True)
class Compiled:
    """A model compiled for nutpie; `with_numbers` puts in other numbers of the same shape."""

    model: pm.Model
    program: Any

    def with_numbers(self, model: pm.Model) -> Compiled:
        """The same program with the data of another model of the same design."""
        new = {name: value.get_value() for name, value in _data(model).items()}
        old = {name: value.get_value() for name, value in _data(self.model).items()}
        # Labels too: which row is read in which way is part of the program.
        same_rows = {k: v.shape for k, v in new.items()} == {k: v.shape for k, v in old.items()}
        if not same_rows or dict(model.coords) != dict(self.model.coords):
            raise EngineError(
                "with_numbers: the two models differ in their rows; expected the same design"
            )
        return Compiled(model, self.program.with_data(**new))


def _data(model: pm.Model) -> dict[str, Any]:
    return {value.name: value for value in model.data_vars}


def compile_model(model: pm.Model) -> Compiled:
    """Compile log density and gradient: half a minute the first time, less from the disk cache."""
    return Compiled(model, nutpie.compile_pymc_model(model))


def sample(compiled: Compiled, how: Draw) -> xr.DataTree:
    """Draw from the posterior.

    Returns
    -------
    xr.DataTree
        Groups ``posterior``, ``sample_stats`` (diverging, energy, n_steps, step_size),
        ``observed_data`` and ``constant_data``.
    """
    # One BLAS thread: on small matrices the threads of several chains only wait for each other.
    with threadpool_limits(limits=1):
        raw = nutpie.sample(
            compiled.program,
            draws=how.draws,
            tune=how.tune,
            chains=how.chains,
            seed=how.seed,
            target_accept=how.target_accept,
            save_warmup=False,
            progress_bar=how.progress,
        )
    stats = raw["sample_stats"].to_dataset()
    kept = [name for name in ("diverging", "energy", "n_steps", "step_size") if name in stats]
    return xr.DataTree.from_dict(
        {
            "/posterior": raw["posterior"].to_dataset(),
            "/sample_stats": stats[kept],
            **_data_groups(compiled.model),
        }
    )


def _data_groups(model: pm.Model) -> dict[str, xr.Dataset]:
    """The numbers the model was given, split into those modelled and those taken as known."""
    observed = {model.rvs_to_values[rv].name: rv for rv in model.observed_RVs}
    groups: dict[str, dict[str, Any]] = {"/observed_data": {}, "/constant_data": {}}
    for name, value in _data(model).items():
        dims = model.named_vars_to_dims.get(name, ())
        group = "/observed_data" if name in observed else "/constant_data"
        groups[group][name] = (dims, np.asarray(value.get_value()))
    coords = {name: list(labels) for name, labels in model.coords.items() if labels is not None}
    return {
        group: xr.Dataset(variables, coords={d: coords[d] for d in _dims_of(variables)})
        for group, variables in groups.items()
        if variables
    }


def _dims_of(variables: dict[str, Any]) -> set[str]:
    return {dim for dims, _ in variables.values() for dim in dims}
