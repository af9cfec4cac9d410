"""Plain meta-analysis: one effect a study, from (y, se) or from counts of two arms.

The normal-normal model ``y_i ~ N(theta_i, se_i)``, ``theta_i ~ N(effect, tau)`` is the
one-contrast, one-time special case of the longitudinal model, kept apart because there everything
but (effect, tau) integrates out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm

from trialpool.evidence import Evidence
from trialpool.synthesis.priors import Prior


def build_effects(evidence: Evidence, priors: dict[str, Prior]) -> pm.Model:
    """Normal-normal model with the study effects integrated out of the likelihood.

    ``study_effect`` is drawn from its exact conditional given (effect, tau), so the joint
    posterior is that of the full model but the sampler never meets the funnel (Higgins, Thompson
    and Spiegelhalter 2009, doi:10.1111/j.1467-985X.2008.00552.x; conditional: BDA3 equation 5.17).

    Parameters
    ----------
    evidence : Evidence
        Layout ``effects``.
    priors : dict of str to Prior
        Roles ``effect`` and ``tau``.

    Returns
    -------
    pm.Model
        Variables ``effect``, ``tau``, ``study_effect`` (study), ``predicted_effect``, ``log_lik``
        (study).
    """
    table = evidence.used
    with pm.Model(coords={"study": table["study"].tolist()}) as model:
        y = pm.Data("y", table["y"].to_numpy(float), dims="study")
        se = pm.Data("se", table["se"].to_numpy(float), dims="study")
        effect = priors["effect"].to_pymc("effect")
        tau = priors["tau"].to_pymc("tau", positive=True)
        reports = pm.Normal(
            "reports", effect, pm.math.sqrt(se**2 + tau**2), observed=y, dims="study"
        )
        kept = tau**2 / (tau**2 + se**2)
        z = pm.Normal("study_z", 0, 1, dims="study")
        pm.Deterministic(
            "study_effect", effect + kept * (y - effect) + pm.math.sqrt(kept) * se * z, dims="study"
        )
        _finish(effect, tau, pm.logp(reports, y))
    return model


def build_counts(evidence: Evidence, priors: dict[str, Prior]) -> pm.Model:
    """Exact binomial model of two-arm counts on the log odds scale; zero cells need no correction.

    ``logit p_c = baseline_i``, ``logit p_t = baseline_i + theta_i``, ``theta_i ~ N(effect, tau)``
    (Smith, Spiegelhalter and Thomas 1995, doi:10.1002/sim.4780142408).

    Parameters
    ----------
    evidence : Evidence
        Layout ``counts``.
    priors : dict of str to Prior
        Roles ``effect``, ``tau`` and ``baseline``.

    Returns
    -------
    pm.Model
        Variables as `build_effects`, and ``baseline`` (study).
    """
    table = evidence.used
    with pm.Model(
        coords={"study": table["study"].tolist(), "group": ["control", "treated"]}
    ) as model:
        events = pm.Data(
            "events", table[["events_c", "events_t"]].to_numpy(int), dims=("study", "group")
        )
        totals = pm.Data("totals", table[["n_c", "n_t"]].to_numpy(int), dims=("study", "group"))
        effect = priors["effect"].to_pymc("effect")
        tau = priors["tau"].to_pymc("tau", positive=True)
        baseline = priors["baseline"].to_pymc("baseline", dims="study")
        z = pm.Normal("study_z", 0, 1, dims="study")
        theta = pm.Deterministic("study_effect", effect + tau * z, dims="study")
        log_odds = baseline[:, None] + theta[:, None] * np.array([0.0, 1.0])
        reports = pm.Binomial(
            "reports", totals, logit_p=log_odds, observed=events, dims=("study", "group")
        )
        _finish(effect, tau, pm.logp(reports, events).sum(axis=1))
    return model


def _finish(effect: Any, tau: Any, log_density: Any) -> None:
    """The effect in a new study exchangeable with those seen, and the log likelihood by study."""
    pm.Deterministic("predicted_effect", effect + tau * pm.Normal("new_study_z", 0, 1))
    pm.Deterministic("log_lik", log_density, dims="study")
