"""Adverse events: binomial counts by arm, log odds pooled over classes and trials, no time course.

``events ~ Binomial(n, p)``, ``logit p = baseline[trial] + arm_effect - arm_effect[reference
arm]``. Zero cells and trials without any event enter as they are.
"""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from trialpool.evidence import Evidence
from trialpool.synthesis.network import build_network
from trialpool.synthesis.pooling import pooled_effects
from trialpool.synthesis.priors import Prior


def build_events(evidence: Evidence, priors: dict[str, Prior]) -> pm.Model:
    """The PyMC model of adverse-event counts.

    Parameters
    ----------
    evidence : Evidence
        Layout ``events``.
    priors : dict of str to Prior
        Roles ``effect``, ``class_sd``, ``tau`` and ``baseline``.

    Returns
    -------
    pm.Model
        Deterministics ``log_odds_ratio`` (class) against the reference class, ``arm_effect``
        (trial_arm), ``fitted`` and ``report_sd`` (report; probabilities), ``log_lik`` (trial).
    """
    network = build_network(evidence)
    used = evidence.used
    place = {label: i for i, label in enumerate(network.arms)}
    arm = [place[f"{t} | {a}"] for t, a in zip(used["trial"], used["arm"], strict=True)]
    trial = network.trial[arm]
    report = [f"{r.trial} | {r.arm} | {r.months:g} | events" for r in used.itertuples()]
    with pm.Model(coords={**network.coords, "report": report}) as model:
        events = pm.Data("events", used["count"].to_numpy(int), dims="report")
        n = pm.Data("n", used["n"].to_numpy(int), dims="report")
        effects = pooled_effects(network, priors)
        pm.Deterministic("log_odds_ratio", effects.of_class, dims="class")
        baseline = priors["baseline"].to_pymc("baseline", dims="trial")
        log_odds = baseline[trial] + (effects.of_arm - effects.of_arm[network.reference])[arm]
        reports = pm.Binomial("event_reports", n, logit_p=log_odds, observed=events, dims="report")
        p = pm.Deterministic("fitted", pm.math.sigmoid(log_odds), dims="report")
        pm.Deterministic("report_sd", pm.math.sqrt(p * (1 - p) / n), dims="report")
        member = (np.arange(len(network.trials))[:, None] == trial).astype(float)
        pm.Deterministic(
            "log_lik", pt.dot(pt.as_tensor(member), pm.logp(reports, events)), dims="trial"
        )
    return model
