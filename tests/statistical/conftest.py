"""One compiled model of simulated pain for the statistical tests: compiling is slow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import xarray as xr

from trialpool import Model
from trialpool.engines import Compiled, Convergence, Draw, check_convergence, compile_model, sample
from validation.coverage.study import evidence_of, simulator


@dataclass(frozen=True)
class SimulatedFit:
    """The fit of the simulated pain evidence that the repository ships, and its truth."""

    compiled: Compiled
    posterior: xr.Dataset
    convergence: Convergence
    truth: dict[str, Any]


@pytest.fixture(scope="session")
def simulated_pain_fit() -> SimulatedFit:
    simulated = simulator().simulate(simulator().SEED)
    compiled = compile_model(Model().build(evidence_of(simulated)))
    tree = sample(compiled, Draw(draws=500, tune=500, chains=4, seed=1))
    return SimulatedFit(
        compiled,
        tree["posterior"].to_dataset(),
        check_convergence(tree),
        simulated.truth["pain"],
    )
