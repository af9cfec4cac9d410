"""What the effects of studies are around: a pooled mean, covariates, and how far they scatter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from trialpool import graph as g
from trialpool.errors import ModelError
from trialpool.evidence import Evidence
from trialpool.synthesis.covariates import Covariates, read_covariates
from trialpool.synthesis.priors import Prior

if TYPE_CHECKING:
    from trialpool.synthesis.model import Model

#: Columns of reports that are no covariates.
_NUMBERS = ("study", "y", "se", "cluster", "events_t", "n_t", "events_c", "n_c")


@dataclass(frozen=True)
class Pooled:
    """Studies of one population, in the PyMC model that is being built.

    Attributes
    ----------
    effect : scalar
        Mean of the study effects, at the mean of the covariates.
    mean : scalar or (study,)
        Expected effect of each study; where nothing is pooled, the study's effect itself.
    tau : scalar
        SD of the study effects around ``mean``; 0 unless they are partially pooled.
    pooling : str
        A choice of `trialpool.synthesis.pooling_choices`.
    """

    effect: Any
    mean: Any
    tau: Any
    pooling: str

    def in_a_new_study(self, deviation: Any = 0.0) -> None:
        """Register ``predicted_effect``, of a study exchangeable with those seen.

        Without pooling there is none: studies that are not exchangeable say nothing of others.
        """
        if self.pooling == "partial":
            deviation = deviation + self.tau * g.Normal("new_study_z", 0, 1)
        if self.pooling != "none":
            g.Deterministic("predicted_effect", self.effect + deviation)


def covariates_of(names: tuple[str, ...], evidence: Evidence) -> Covariates | None:
    """The covariates of the studies, in the order of ``evidence.used``; None without any.

    Raises
    ------
    ModelError
        If a column was not kept, has empty cells, or is the same in every study.
    """
    if not names:
        return None
    table = evidence.used.set_index(pd.Index(evidence.used["study"]))
    table = table.drop(columns=list(_NUMBERS), errors="ignore")
    if unknown := [name for name in names if name not in table]:
        raise ModelError(
            f"covariates: got {', '.join(unknown)}; expected columns that the evidence has kept: "
            f"{', '.join(map(str, table.columns)) or 'none'}. Name them when it is read: "
            f"Evidence.from_{evidence.layout}(..., covariates=[...])"
        )
    return read_covariates(table, names, "study")


def coords_of(covariates: Covariates | None) -> dict[str, list[str]]:
    """Dim of the slopes."""
    return {} if covariates is None else {"covariate": covariates.labels}


def pool(spec: Model, priors: Mapping[str, Prior], covariates: Covariates | None) -> Pooled:
    """Register ``effect``, ``tau`` and ``slope`` (covariate), as far as the choices have them.

    Without pooling ``study_effect`` (study) has the prior of ``effect``, study by study, and
    ``effect`` is its plain mean.
    """
    pooling = spec.pooling_choices.trial
    if pooling == "none":
        own = priors["effect"].register("study_effect", dims="study")
        return Pooled(g.Deterministic("effect", own.mean()), own, 0.0, pooling)
    effect = priors["effect"].register("effect")
    tau = priors["tau"].register("tau", positive=True) if pooling == "partial" else 0.0
    mean = effect
    if covariates is not None:
        values = g.Data("covariates", covariates.values, dims=("study", "covariate"))
        sd = g.Data("covariate_sd", covariates.scale, dims="covariate")
        per_sd = priors["slope"].register("slope_per_sd", dims="covariate")
        g.Deterministic("slope", per_sd / sd, dims="covariate")
        mean = effect + g.times(values, per_sd)
    return Pooled(effect, mean, tau, pooling)
