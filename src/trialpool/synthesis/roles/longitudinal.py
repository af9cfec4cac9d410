"""Roles of the longitudinal model: scores of 0-100 over months."""

from __future__ import annotations

from dataclasses import replace
from math import log
from typing import cast

from trialpool.synthesis.priors import HalfNormal, LogNormal, Normal, Prior, Uniform
from trialpool.synthesis.role import Role
from trialpool.synthesis.time_courses import SHAPES

_POINTS = "points of 100"
_RHODES = (
    "median 5 points = 0.2 patient SDs, the predictive median of Rhodes et al. 2015 "
    "(doi:10.1016/j.jclinepi.2014.08.012) for pain, non-pharmacological v control"
)
#: Roles that every shape has.
ALWAYS: dict[str, Role] = {
    "effect": Role(
        Normal(0, 15),
        _POINTS,
        "mean full benefit over placebo of the active classes (population E)",
        "neutral; one SD is the smallest change that matters to a patient "
        "(15 of 100, Ostelo et al. 2008, Spine 33:90)",
    ),
    "class_sd": Role(
        HalfNormal(8),
        _POINTS,
        "SD of class benefits around E",
        "classes differ by about half an MCID",
        True,
    ),
    "treatment_sd": Role(
        HalfNormal(4),
        _POINTS,
        "SD of treatments (product, dose) within a class",
        "half of class_sd",
        True,
    ),
    "tau": Role(
        HalfNormal(7.5),
        _POINTS,
        "heterogeneity: SD of trial benefits around their treatment",
        _RHODES,
        True,
    ),
    "tau_sd": Role(
        HalfNormal(0.5),
        "log points",
        "SD of the classes' log heterogeneity around the typical tau",
        "classes within a factor of about 2",
        True,
    ),
    "slope": Role(
        Normal(0, 7.5),
        "points of 100 per SD of the covariate",
        "change of the active classes' full benefit with a covariate of the trials",
        "trials that differ by one SD of the covariate differ by up to an MCID of 15",
    ),
    "drift": Role(
        HalfNormal(4),
        "points of 100 per square-root year",
        "how fast a class's course may wander off its time-course formula",
        "about 4 points over two years: the formula is a convenience, not a law",
        True,
    ),
    "baseline": Role(
        Normal(55, 15),
        _POINTS,
        "mean score of a trial before treatment",
        "chronic low back pain trials: 40-70",
    ),
    "control": Role(
        Normal(-15, 15),
        _POINTS,
        "change of a trial's reference arm since baseline",
        "intradiscal saline and sham arms fall by 15-30 points; wide, so that trials may differ",
    ),
    "cutoff": Role(
        Normal(0, 1),
        "probit",
        "share of responders of the reference arm where the threshold is not printed",
        "every share of responders is as likely as any other",
    ),
    "step": Role(
        HalfNormal(0.5),
        "probit",
        "distance between two neighbouring thresholds of one visit",
        "shares at 30 % and at 50 % less pain differ by 5 to 20 patients of 100: 0.1 to 0.5",
        True,
    ),
    "spread": Role(
        LogNormal(log(25), 0.15),
        _POINTS,
        "typical SD between patients at one visit",
        "VAS SD 24-28 of 100 at follow-up, ODI about 20 (sample-size sections of back pain trials)",
        True,
    ),
    "spread_sd": Role(
        HalfNormal(0.15),
        "log points",
        "SD of arm log SDs around the typical one",
        "SDs within a third",
        True,
    ),
    "rho": Role(
        Uniform(0, 0.95),
        "",
        "correlation of one patient's scores at two visits",
        "uninformative, positive",
    ),
}


def standardised(roles: dict[str, Role]) -> dict[str, Role]:
    """Roles of benefits in SDs of the patients: those in points over the typical SD of 25."""
    return {name: _in_sds(role) if name in _BENEFITS else role for name, role in roles.items()}


_BENEFITS = ("effect", "class_sd", "treatment_sd", "tau", "drift", "slope")
_TYPICAL_SD = 25


def _in_sds(role: Role) -> Role:
    prior = role.prior
    scaled: Prior
    if isinstance(prior, Normal):
        scaled = Normal(prior.mean / _TYPICAL_SD, prior.sd / _TYPICAL_SD)
    else:
        scaled = HalfNormal(cast(HalfNormal, prior).sd / _TYPICAL_SD)
    return replace(
        role,
        prior=scaled,
        unit=role.unit.replace(_POINTS, "SDs of the patients"),
        source=f"as in points, for a typical SD of 25: {role.source}",
    )


#: Every role of longitudinal evidence, whatever the shape and the pooling.
LONGITUDINAL = ALWAYS | {
    name: role for shape in SHAPES.values() for name, role in shape.roles.items()
}
STANDARDISED = standardised(LONGITUDINAL)
