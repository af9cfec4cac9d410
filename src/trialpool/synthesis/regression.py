"""Meta-regression over a network: benefits that change with covariates of the trials.

    arm_effect[a] += active[a] * sum over covariates of slope[k] (x[trial(a), k] - mean of x[k])

Comparator classes do not move, so a slope says how much more the active classes do where the
covariate is larger, and class benefits are those at the mean of the covariates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool import graph as g
from trialpool.errors import ModelError
from trialpool.evidence import Evidence
from trialpool.synthesis.covariates import BASELINE, read_covariates
from trialpool.synthesis.network import Index, Network, Values
from trialpool.synthesis.priors import Prior

#: Points that one SD of the latent baseline stands for: the SD of its default prior.
BASELINE_SD = 15.0


@dataclass(frozen=True)
class Regression:
    """Covariates of the trials of a network.

    Attributes
    ----------
    labels : list of str
        One a coefficient.
    values : (trial, covariate)
        Centred and per SD; zero for the latent baseline.
    scale : (covariate,)
        SD of each covariate.
    active : (trial_arm,)
        1 for arms of active classes.
    trial : (trial_arm,)
    """

    labels: list[str]
    values: Values
    scale: Values
    active: Values
    trial: Index

    @classmethod
    def read(cls, names: Sequence[str], evidence: Evidence, network: Network) -> Regression:
        """Columns of ``evidence.trials`` for the trials of the network."""
        named = tuple(name for name in names if name != BASELINE)
        table = evidence.trials.set_index("trial").loc[network.trials]
        found = read_covariates(table, named, "trial")
        labels, values, scale = found.labels, found.values, found.scale
        if BASELINE in names:
            labels = [*labels, BASELINE]
            scale = np.append(scale, BASELINE_SD)
            values = np.column_stack([values, np.zeros(len(values))])
        active = np.append(network.active, False)[network.class_].astype(float)
        return cls(labels, values, scale, active, network.trial)

    @property
    def coords(self) -> dict[str, list[str]]:
        """Dim of the coefficients."""
        return {"covariate": self.labels} if self.labels else {}

    def shift(self, priors: dict[str, Prior], baseline: Any = None) -> Any:
        """What the covariates add to the effect of each arm, (trial_arm,); None without any.

        ``baseline`` (trial,) are the trials' latent means before treatment, of scores.

        Raises
        ------
        ModelError
            If the baseline is a covariate of what has none.
        """
        if not self.labels:
            return None
        if BASELINE in self.labels and baseline is None:
            raise ModelError(
                f"covariates: got '{BASELINE}' for adverse events; expected columns of trials.csv, "
                "because events have no mean before treatment. Leave it out"
            )
        per_sd = priors["slope"].register("slope_per_sd", dims="covariate")
        g.Deterministic("slope", per_sd / self.scale, dims="covariate")
        of_trial = g.times(self.values, per_sd)
        if self.labels[-1] == BASELINE:
            of_trial = of_trial + per_sd[-1] * (baseline - baseline.mean()) / BASELINE_SD
        return self.active * of_trial[self.trial]
