"""Pooling of effects: population, class, treatment, trial.

    E[class]  ~ N(active * E, class_sd)
    treatment ~ N(E[class], treatment_sd)
    arm       ~ N(treatment, tau)      contrasts of one trial correlate 1/2

Each level may be pooled completely (no deviations), partially, or not at all (each its own prior;
what lies above is then the mean of those below). Non-centred throughout: with a handful of trials
the scales are barely known and centred forms make funnels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialpool import graph as g
from trialpool.synthesis.network import Index, Network
from trialpool.synthesis.pooling_choices import Pooling
from trialpool.synthesis.priors import Prior

#: Standard normals by name and dim; a model of several outcomes makes them correlate.
Normals = Callable[[str, str], Any]


@dataclass(frozen=True)
class Effects:
    """Effects over the reference class: ``of_class`` (class,) and ``of_arm`` (trial_arm,)."""

    of_class: Any
    of_arm: Any


def independent(name: str, dim: str) -> Any:
    """Independent standard normals, one a label of the dim."""
    return g.Normal(name, 0, 1, dims=dim)


def pooled_effects(
    network: Network,
    priors: dict[str, Prior],
    choices: Pooling | None = None,
    *,
    by_class: bool = False,
    shift: Any = None,
    normals: Normals = independent,
) -> Effects:
    """Add the pooled effects to the model in whose context this is called.

    Active classes share the mean ``effect``; comparator classes are pooled towards zero, the
    reference class. A level exists only where the evidence has one, for a scale that nothing
    informs adds its prior's noise and nothing else: a single class has no class level (its mean is
    ``effect``), and classes of one treatment each have no treatment level.

    Parameters
    ----------
    network : Network
    priors : dict of str to Prior
        Roles ``effect``, ``class_sd``, ``tau`` and, optionally, ``treatment_sd`` and ``tau_sd``, as
        far as the choices use them.
    choices : Pooling, optional
        Partial pooling at every level by default.
    by_class : bool
        One heterogeneity SD a class instead of one for all.
    shift : (trial_arm,), optional
        Added to the effects of the arms (a meta-regression).
    normals : callable
        Makes the deviations of classes, treatments and trials.
    """
    choices = choices or Pooling()
    of_class, of_treatment = _classes_and_treatments(network, priors, choices, normals)
    # Treatment -1 is the reference class: zero.
    of_arm = g.concatenate([of_treatment, g.zeros(1)])[network.treatment]
    if shift is not None:
        of_arm = of_arm + shift
    if choices.trial == "none":
        own = priors["effect"].register("contrast_effect", dims="contrast")
        others = np.flatnonzero(network.reference != np.arange(len(network.arms)))
        start = of_arm[network.reference]
        of_arm = g.put(of_arm, others, start[others] + own)
        of_treatment = _means(
            of_arm[others], network.treatment[others], of_treatment, len(network.treatments)
        )
        of_class = _means(of_arm[others], network.class_[others], of_class, len(network.classes))
    elif choices.trial == "partial":
        tau = _heterogeneity(network, priors, by_class)
        deviation = g.times(network.deviation, normals("trial_z", "contrast"))
        of_arm = of_arm + tau * deviation
    model = g.context()
    if model.name_for("effect") not in model.named_vars:
        g.Deterministic("effect", of_class[np.flatnonzero(network.active)].mean())
    of_class = g.Deterministic("class_effect", of_class, dims="class")
    g.Deterministic("treatment_effect", of_treatment, dims="treatment")
    return Effects(of_class, g.Deterministic("arm_effect", of_arm, dims="trial_arm"))


def _classes_and_treatments(
    network: Network, priors: dict[str, Prior], choices: Pooling, normals: Normals
) -> tuple[Any, Any]:
    """Effects by class and by treatment."""
    if choices.treatment == "none":
        of_treatment = priors["effect"].register("own_treatment_effect", dims="treatment")
        of_class = _means(of_treatment, network.class_of_treatment, 0.0, len(network.classes))
        return of_class, of_treatment
    if choices.class_ == "none":
        of_class = priors["effect"].register("own_class_effect", dims="class")
    else:
        of_class = network.active.astype(float) * priors["effect"].register("effect")
        if choices.class_ == "partial" and len(network.classes) > 1:
            class_sd = priors["class_sd"].register("class_sd", positive=True)
            of_class = of_class + class_sd * normals("class_z", "class")
    of_treatment = of_class[network.class_of_treatment]
    if "treatment_sd" in priors and len(network.treatments) > len(network.classes):
        treatment_sd = priors["treatment_sd"].register("treatment_sd", positive=True)
        of_treatment = of_treatment + treatment_sd * normals("treatment_z", "treatment")
    return of_class, of_treatment


def _heterogeneity(network: Network, priors: dict[str, Prior], by_class: bool) -> Any:
    """SD of an arm's trial deviation: one for all, or (trial_arm,) by class."""
    if not by_class:
        return priors["tau"].register("tau", positive=True)
    typical = priors["tau"].register("tau_typical", positive=True)
    sd = priors["tau_sd"].register("tau_sd", positive=True)
    z = independent("tau_z", "class")
    tau = g.Deterministic("tau", typical * g.exp(sd * z), dims="class")
    # Class -1, a second arm of the reference class, has the typical one.
    return g.concatenate([tau, typical[None]])[network.class_]


def _means(values: Any, group: Index, otherwise: Any, size: int) -> Any:
    """Mean of the values of each of ``size`` groups; those without values keep ``otherwise``."""
    member = (np.arange(size)[:, None] == group).astype(float)
    count = member.sum(axis=1)
    mean = g.times(member / np.maximum(count, 1)[:, None], values)
    return g.switch(count > 0, mean, otherwise)
