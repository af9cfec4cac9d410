"""What a study speaks about: its data and its posterior, not the text of the code.

The behaviour of a study is written into its record: for some seeds, the hash of the evidence that
was simulated and the log density of the model at points that depend on the names of its variables
only. Code that gives the same numbers simulates the same reviews and samples the same posterior, so
the record speaks about it too; any change of a formula, a default prior or the simulated trials
gives others. So a slow study outlives a change of the code around it, but no change of the model.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pymc as pm
import pytensor
from pytensor.compile.mode import Mode

from trialpool import Evidence, Model

#: Points at which the log density is taken, and how far they lie from the initial one.
POINTS, SPREAD = 3, 0.5
#: Sums of some hundred terms in another order, on another machine.
RTOL = 1e-9


def log_densities(model: pm.Model) -> list[float]:
    """Log density on the unconstrained space at `POINTS` points."""
    inputs = model.value_vars
    density = pytensor.function(
        inputs,
        model.logp(),
        # Python instead of numba: compiling takes longer than the few evaluations.
        mode=Mode(linker="py", optimizer=None),
        on_unused_input="ignore",
    )
    start = model.initial_point()
    found = []
    for k in range(POINTS):
        point = []
        for value in inputs:
            rng = np.random.default_rng([k, zlib.crc32(value.name.encode())])
            shape = np.shape(start[value.name])
            point.append(np.asarray(start[value.name] + SPREAD * rng.normal(size=shape)))
        found.append(float(density(*point)))
    return found


def behaviour(evidence: Mapping[str, Evidence]) -> dict[str, Any]:
    """Data hash and log densities of the default model, by the name of the evidence."""
    return {
        name: {"data": found.data_hash, "log_density": log_densities(Model().build(found))}
        for name, found in evidence.items()
    }


def differences(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What is not as recorded, one sentence each."""
    if set(recorded) != set(now):
        return [f"recorded for {', '.join(recorded)}; now {', '.join(now)}"]
    said = []
    for name, was in recorded.items():
        if was["data"] != now[name]["data"]:
            said.append(f"{name}: the simulated evidence is not the recorded one")
        elif not np.allclose(was["log_density"], now[name]["log_density"], rtol=RTOL, atol=0):
            said.append(
                f"{name}: the log density is {now[name]['log_density'][0]:.9g} at the first point; "
                f"recorded: {was['log_density'][0]:.9g}"
            )
    return said
