"""The same replications by `pymc.sample`: PyMC's own NUTS on the PyMC model.

The model is built and compiled once; its data are changed with ``pm.set_data``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from trialpool.engines.tree import posterior_tree
from validation.calibration.case import Case, drawn

#: Small models, one a kind of evidence; each costs a second or two a replication.
PYMC_CASES = ("normal-normal", "counts, binomial", "network, means")
PYMC_REPLICATIONS = 100
DRAWS, TUNE = 250, 500


def by_pymc(
    case: Case,
    replications: Iterable[int],
    rng_of: Callable[[str, int], np.random.Generator],
    rank: Callable[[float, np.ndarray, np.random.Generator], int],
) -> list[dict[str, Any]]:
    """Ranks of the truths of some replications; ``rank`` thins the draws."""
    import pymc as pm

    built = case.model.build(case.evidence)
    names = [rv.name for rv in built.free_RVs]
    with built:
        step = pm.NUTS(target_accept=0.95)
    rows = []
    for k in replications:
        rng = rng_of(f"{case.name}, pymc", k)
        given = case.simulate(rng)
        graph = case.model.graph(given.evidence)
        with built:
            pm.set_data({n: values for n, (_, values, seen) in graph.data.items() if seen})
            tree = pm.sample(
                DRAWS, tune=TUNE, chains=2, cores=1, step=step, var_names=names,
                random_seed=int(rng.integers(2**31)), progressbar=False, quiet=True,
                compute_convergence_checks=False,
            )  # fmt: skip
        points = np.zeros((2 * DRAWS, graph.size))
        for free in graph.free:
            values = tree["posterior"][free.name].values.reshape(2 * DRAWS, -1)
            points[:, free.place] = free.unconstrained(values)
        # Reported quantities of these draws; the sampler has seen nothing of the graph.
        posterior = posterior_tree(graph, points, 2, {})["posterior"].to_dataset()
        ranks = {q: rank(v, drawn(posterior, q), rng) for q, v in given.truth.items()}
        rows.append({"engine": "pymc", "ranks": ranks})
    return rows
