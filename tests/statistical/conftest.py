"""One fit of simulated pain for the statistical tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import xarray as xr

from trialpool import Model
from trialpool.engines import Convergence, Draw, check_convergence
from trialpool.engines.nuts import sample
from validation.coverage.study import evidence_of, simulator


@dataclass(frozen=True)
class SimulatedFit:
    """The fit of the simulated pain evidence that the repository ships, and its truth."""

    posterior: xr.Dataset
    convergence: Convergence
    truth: dict[str, Any]


@pytest.fixture(scope="session")
def simulated_pain_fit() -> SimulatedFit:
    simulated = simulator().simulate(simulator().SEED)
    tree = sample(
        Model().graph(evidence_of(simulated)), Draw(draws=500, chains=4, seed=1, target_accept=0.98)
    )
    return SimulatedFit(
        tree["posterior"].to_dataset(),
        check_convergence(tree),
        simulated.truth["pain"],
    )
