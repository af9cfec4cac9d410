"""Partial pooling of effects: population, class, treatment, trial.

``E[class] ~ N(active * E, class_sd)``, ``treatment ~ N(E[class], treatment_sd)``,
``arm ~ N(treatment, tau)`` relative to its trial's reference arm, correlation 1/2 between the
contrasts of one trial. Non-centred throughout: with a handful of trials the scales are barely
known and centred forms make funnels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pymc as pm
import pytensor.tensor as pt

from trialpool.synthesis.network import Network
from trialpool.synthesis.priors import Prior


@dataclass(frozen=True)
class Effects:
    """Effects over the reference class: ``of_class`` (class,) and ``of_arm`` (trial_arm,)."""

    of_class: Any
    of_arm: Any


def pooled_effects(network: Network, priors: dict[str, Prior]) -> Effects:
    """Add the pooled effects to the PyMC model in whose context this is called.

    Active classes share the mean ``effect``; comparator classes are pooled towards zero, the
    reference class. A level exists only where the evidence has one, for a scale that nothing
    informs adds its prior's noise and nothing else: a single class has no class level (its mean is
    ``effect``), and classes of one treatment each have no treatment level.

    Parameters
    ----------
    network : Network
    priors : dict of str to Prior
        Roles ``effect``, ``class_sd``, ``tau`` and, optionally, ``treatment_sd``.
    """
    mean = priors["effect"].to_pymc("effect")
    of_class = network.active.astype(float) * mean
    if len(network.classes) > 1:
        class_sd = priors["class_sd"].to_pymc("class_sd", positive=True)
        of_class = of_class + class_sd * pm.Normal("class_z", 0, 1, dims="class")
    of_class = pm.Deterministic("class_effect", of_class, dims="class")
    of_treatment = of_class[network.class_of_treatment]
    if "treatment_sd" in priors and len(network.treatments) > len(network.classes):
        treatment_sd = priors["treatment_sd"].to_pymc("treatment_sd", positive=True)
        of_treatment = of_treatment + treatment_sd * pm.Normal(
            "treatment_z", 0, 1, dims="treatment"
        )
    of_treatment = pm.Deterministic("treatment_effect", of_treatment, dims="treatment")

    tau = priors["tau"].to_pymc("tau", positive=True)
    z = pm.Normal("trial_z", 0, 1, dims="contrast")
    padded = pt.concatenate(
        [of_treatment, pt.zeros(1)]
    )  # treatment -1 is the reference class: zero
    of_arm = padded[network.treatment] + tau * pt.dot(pt.as_tensor(network.deviation), z)
    return Effects(of_class, pm.Deterministic("arm_effect", of_arm, dims="trial_arm"))
