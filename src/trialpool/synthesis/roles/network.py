"""Roles of network meta-analysis; defaults take their scale from the measure or the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trialpool.evidence import Evidence
from trialpool.synthesis.priors import DuMouchel, Flat, HalfNormal, LogNormal, Normal, Uniform
from trialpool.synthesis.role import Role
from trialpool.synthesis.roles.events import TURNER
from trialpool.synthesis.time_courses import SHAPES, TimeCourse

_RATIOS = {"OR": "log odds ratio", "RR": "log risk ratio", "HR": "log hazard ratio",
           "IRR": "log rate ratio"}  # fmt: skip
_STANDARDISED = {"SMD": "SDs", "ROM": "log ratio of means"}
#: Typical standard errors of a contrast in an SD of the prior of effects. With 100 patients an arm
#: that SE is 0.14 SDs of the patients, so the prior's SD is 3.5 of them.
_WIDE = 25.0

#: On the scale of log odds ratios of counts.
NETWORK: dict[str, Role] = {
    "effect": Role(
        Normal(0, 2),
        "log odds ratio",
        "effect of a treatment (mean effect of a class) against the reference",
        "odds ratios within 1/50 to 50",
    ),
    "treatment_sd": Role(
        HalfNormal(0.5),
        "log odds ratio",
        "SD of the treatments around their class",
        "treatments of a class within a factor of 2 to 3",
        True,
    ),
    "tau": Role(
        LogNormal(-1.28, 0.87),
        "log odds ratio",
        "heterogeneity: SD of a contrast between studies",
        TURNER,
        True,
    ),
    "slope": Role(
        Normal(0, 1),
        "log odds ratio per SD of the covariate",
        "change of all effects against the reference with a covariate of the studies",
        "half the prior SD of an effect per SD of the covariate",
    ),
    "baseline": Role(
        Normal(0, 10),
        "log odds",
        "base arm of a study",
        "vague: each study its own",
    ),
    "rho": Role(
        Uniform(0, 0.95),
        "",
        "correlation of the errors of one arm at two visits",
        "uninformative, positive",
    ),
    **{name: role for shape in SHAPES.values() for name, role in shape.roles.items()},
}


def network_roles(evidence: Evidence, shape: TimeCourse) -> dict[str, Role]:
    """Roles on the scale of the evidence, for a time course that may replace some."""
    roles = dict(NETWORK)
    kinds = set(evidence.used["kind"])
    if "rate" in kinds:
        roles["baseline"] = replace(roles["baseline"], unit="log events per unit of time")
    elif "mean" in kinds:
        roles["baseline"] = replace(
            roles["baseline"],
            prior=Flat(),
            unit="as given",
            source="flat: each study (or visit) its own",
        )
    if evidence.measure in _RATIOS:
        unit = _RATIOS[evidence.measure]
    elif evidence.measure in _STANDARDISED:
        unit = _STANDARDISED[evidence.measure]
        roles["tau"] = replace(
            roles["tau"],
            prior=HalfNormal(0.5),
            source="Roever et al. 2021 (doi:10.1002/jrsm.1475): up to a threefold spread",
        )
    else:
        unit = evidence.measure or "as given"
        roles |= _scaled(_typical_se(evidence))
    for name in ("effect", "treatment_sd", "tau"):
        roles[name] = replace(roles[name], unit=unit)
    roles["slope"] = replace(roles["slope"], unit=f"{unit} per SD of the covariate")
    for name, prior in shape.replaces.items():
        if name in roles:
            roles[name] = replace(roles[name], prior=prior, source=f"{shape.name}: {shape.source}")
    return roles


def _scaled(se: float) -> dict[str, Role]:
    """Roles on a scale of which only the typical standard error of a contrast is known."""
    wide = f"{_WIDE:g} typical standard errors of a contrast"
    dumouchel = "DuMouchel 1994; its median is the typical (root harmonic mean) standard error"
    return {
        "effect": replace(NETWORK["effect"], prior=Normal(0, _WIDE * se), source=wide),
        "treatment_sd": replace(NETWORK["treatment_sd"], prior=DuMouchel(se), source=dumouchel),
        "tau": replace(NETWORK["tau"], prior=DuMouchel(se), source=dumouchel),
        "slope": replace(NETWORK["slope"], prior=Normal(0, _WIDE * se / 2)),
    }


def _typical_se(evidence: Evidence) -> float:
    """Root harmonic mean of the squared standard errors of contrasts."""
    used = evidence.used
    # A contrast of two arms has the variance of both.
    factor = used["kind"].map({"contrast": 1.0, "mean": 2.0})
    variance = (factor * used["se"] ** 2).dropna().to_numpy(float)
    return float(np.sqrt(1 / np.mean(1 / variance)))
