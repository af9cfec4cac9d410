"""Weights of trials: the power to which a trial's likelihood enters.

``log_lik`` of a trial counts ``weight`` times: 1 in full, 0 not at all, between for trials at high
risk of bias (power likelihood, Ibrahim et al. 2015, doi:10.1002/sim.6728). A model with weights
keeps its rows whatever they are.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialpool import graph as g
from trialpool.errors import ModelError
from trialpool.evidence import Evidence

#: Name of the data variable, (trial,).
WEIGHTS = "trial_weight"


def trial_weights(
    given: Mapping[str, float], evidence: Evidence, trials: Sequence[str]
) -> NDArray[np.float64]:
    """Weight of each trial, (trial,).

    Parameters
    ----------
    given : mapping of str to float
        By the name of a trial or by the text of its ``risk_of_bias``; a name goes first.
    evidence : Evidence
    trials : sequence of str
        Trials in the order of the model.

    Raises
    ------
    ModelError
        For a key that is neither.
    """
    table = evidence.trials
    graded = "risk_of_bias" in table and "trial" in table
    of_trial = (
        dict(zip(table["trial"], table["risk_of_bias"].fillna("").str.strip(), strict=True))
        if graded
        else {}
    )
    for key in given:
        if key not in trials and key not in {of_trial.get(trial) for trial in trials}:
            known = [*trials, *sorted({text for text in of_trial.values() if text})]
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise ModelError(
                f"trial_weights: got '{key}'; expected the name of a trial that enters or a text "
                f"of the column risk_of_bias{hint}"
            )
    return np.array([given.get(trial, given.get(of_trial.get(trial, ""), 1.0)) for trial in trials])


def weigh(log_lik: Any, weights: NDArray[np.float64], *, dim: str = "trial") -> None:
    """Register ``log_lik`` by trial, and let each trial's count as often as its weight says."""
    log_lik = g.Deterministic("log_lik", log_lik, dims=dim)
    if (weights != 1).any():
        weight = g.Data(WEIGHTS, weights, dims=dim)
        g.Potential("weighted", ((weight - 1) * log_lik).sum())
