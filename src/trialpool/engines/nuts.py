"""NUTS through nutpie: of a graph, which nothing compiles, or of a PyMC model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from trialpool.engines.annealed import anneal_chains
from trialpool.engines.bridge import STATS, sample_program
from trialpool.engines.convergence import (
    ENOUGH,
    ESS_PER_CHAIN,
    RHAT_LIMIT,
    Convergence,
    check_convergence,
)
from trialpool.engines.draw import Draw
from trialpool.engines.tree import posterior_tree
from trialpool.graph import Graph
from trialpool.graph.sampling import complete, target

if TYPE_CHECKING:
    import pymc as pm

#: Acceptance rate, and iterations for each draw kept, of a second attempt.
CAREFUL, MORE = 0.98, 3


def sample(graph: Graph, how: Draw, easy: Graph | None = None) -> xr.DataTree:
    """Draw from the posterior of a graph.

    Parameters
    ----------
    graph : Graph
    how : Draw
    easy : Graph or None
        The same without the reports that give it several peaks: NUTS draws from this one, and
        `anneal_chains` leads its draws on.

    Returns
    -------
    xr.DataTree
        Groups ``posterior``, ``sample_stats`` (diverging, energy, n_steps, step_size),
        ``observed_data`` and ``constant_data``; the statistics are those of NUTS, so of ``easy``
        where there is one.
    """
    aim = target(graph)
    first = aim if easy is None else target(easy)
    # One BLAS thread: on small matrices the threads of several chains only wait for each other.
    with threadpool_limits(limits=1):
        draws, stats = sample_program(first.program, first.start, how)
        if easy is not None:
            draws = anneal_chains(first.program, aim.program, draws, how.seed)
    rng = np.random.default_rng([how.seed, 1])
    points = complete(graph, draws.reshape(-1, draws.shape[-1]), aim.kept, rng)
    return posterior_tree(graph, points, how.chains, stats)


def sample_until_sound(
    graph: Graph, how: Draw, tell: Callable[[str], None], easy: Graph | None = None
) -> tuple[xr.DataTree, Draw, Convergence]:
    """Draws that pass the check of convergence, if one more attempt can make them.

    Where steps diverged, or chains are slow to agree, it samples once more with smaller steps and a
    longer warm-up; slow ones with more iterations for each draw kept too.

    Returns
    -------
    tree : xr.DataTree
        As of `sample`.
    how : Draw
        How they were drawn at last.
    found : Convergence
    """
    tree = sample(graph, how, easy)
    found = check_convergence(tree)
    # So few draws cannot pass, and whoever asks for them does not expect it.
    if found.ok or how.draws < ENOUGH or how.target_accept >= CAREFUL:
        return tree, how, found
    tell(f"Sampling again, more carefully: {found.messages[0].split(';')[0]}.")
    slow = not (found.rhat <= RHAT_LIMIT and found.ess >= ESS_PER_CHAIN * how.chains)
    how = replace(how, target_accept=CAREFUL, tune=max(how.tune, 1000), thin=MORE if slow else 1)
    tree = sample(graph, how, easy)
    return tree, how, check_convergence(tree)


def compile_and_sample(model: pm.Model, how: Draw) -> xr.DataTree:
    """Draw from the posterior of a PyMC model; compiling it takes a minute or two.

    Returns
    -------
    xr.DataTree
        As of `sample`.
    """
    import nutpie

    with threadpool_limits(limits=1):
        raw = nutpie.sample(
            nutpie.compile_pymc_model(model),
            draws=how.draws,
            tune=how.tune,
            chains=how.chains,
            seed=how.seed,
            target_accept=how.target_accept,
            save_warmup=False,
            progress_bar=how.progress is True,
        )
    return xr.DataTree.from_dict(
        {
            "/posterior": raw["posterior"].to_dataset(),
            "/sample_stats": raw["sample_stats"].to_dataset()[list(STATS)],
            **_data_groups(model),
        }
    )


def _data_groups(model: pm.Model) -> dict[str, xr.Dataset]:
    """The numbers the model was given, split into those modelled and those taken as known."""
    observed = {model.rvs_to_values[rv].name: rv for rv in model.observed_RVs}
    groups: dict[str, dict[str, Any]] = {"/observed_data": {}, "/constant_data": {}}
    for name, value in {v.name: v for v in model.data_vars}.items():
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
