"""Exact binomial model of two-arm counts on the log odds scale; zero cells need no correction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from trialpool import graph as g
from trialpool.evidence import Evidence
from trialpool.synthesis.plain.pooled import coords_of, covariates_of, pool
from trialpool.synthesis.priors import Prior
from trialpool.synthesis.weights import trial_weights, weigh

if TYPE_CHECKING:
    from trialpool.synthesis.model import Model


def build(spec: Model, evidence: Evidence, priors: dict[str, Prior]) -> Any:
    """The PyMC model of counts.

    ``logit p_c = baseline_i``, ``logit p_t = baseline_i + theta_i``, ``theta_i ~ N(effect + x_i
    slope, tau)`` (Smith, Spiegelhalter and Thomas 1995, doi:10.1002/sim.4780142408).

    Parameters
    ----------
    spec : Model
    evidence : Evidence
        Layout ``counts``.
    priors : dict of str to Prior
        Roles ``effect`` and ``baseline``; ``tau`` and ``slope`` as far as the choices use them.

    Returns
    -------
    pm.Model
        Variables as of `trialpool.synthesis.plain.effects`, on the log odds ratio scale, and
        ``baseline`` (study, log odds).
    """
    table = evidence.used
    covariates = covariates_of(tuple(spec.covariates), evidence)
    studies = table["study"].tolist()
    coords = {"study": studies, "group": ["control", "treated"], **coords_of(covariates)}
    with g.new_model(coords=coords) as model:
        events = g.Data(
            "events", table[["events_c", "events_t"]].to_numpy(int), dims=("study", "group")
        )
        totals = g.Data("totals", table[["n_c", "n_t"]].to_numpy(int), dims=("study", "group"))
        pooled = pool(spec, priors, covariates)
        baseline = priors["baseline"].register("baseline", dims="study")
        theta = pooled.mean
        if pooled.pooling == "partial":
            theta = theta + pooled.tau * g.Normal("study_z", 0, 1, dims="study")
        if pooled.pooling != "none":
            every = theta + g.zeros(len(studies))
            theta = g.Deterministic("study_effect", every, dims="study")
        log_odds = baseline[:, None] + theta[:, None] * np.array([0.0, 1.0])
        reports = g.Binomial(
            "reports", totals, logit_p=log_odds, observed=events, dims=("study", "group")
        )
        pooled.in_a_new_study()
        weights = trial_weights(spec.trial_weights, evidence, studies)
        weigh(g.logp(reports, events).sum(axis=1), weights, dim="study")
    return model
