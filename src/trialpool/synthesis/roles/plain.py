"""Roles of plain meta-analysis: one effect a study."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trialpool.evidence import Evidence
from trialpool.synthesis.priors import DuMouchel, Flat, HalfNormal, LogNormal, Normal, Uniform
from trialpool.synthesis.role import Role
from trialpool.synthesis.roles.events import TURNER
from trialpool.synthesis.small_study import SmallStudy

_UNKNOWN_SCALE = "as given"
_RATIO = "log odds ratio"
_DUMOUCHEL = "DuMouchel 1994; its median is the typical (root harmonic mean) standard error"
_ROEVER = "Roever et al. 2021 (doi:10.1002/jrsm.1475): up to a threefold spread between studies"
#: Measures on log-ratio and standardised scales, where the size of an effect has a meaning.
_UNITLESS = ("OR", "RR", "HR", "IRR", "ROM", "SMD")
#: Standard errors by which one prior SD moves the estimate of a small study: what takes a null
#: result to p < 0.05, so what selecting by significance can do.
_MOVED = 2.0
#: SDs of the outcome in the SD of a coefficient's prior, as in rstanarm's defaults.
_AUTOSCALE = 2.5

EFFECTS: dict[str, Role] = {
    "effect": Role(
        Flat(), _UNKNOWN_SCALE, "pooled mean of the study effects", "flat: the studies decide"
    ),
    "tau": Role(
        DuMouchel(1.0),
        _UNKNOWN_SCALE,
        "heterogeneity: SD of the study effects (within their cluster)",
        _DUMOUCHEL,
        True,
    ),
    "tau_cluster": Role(
        DuMouchel(1.0),
        _UNKNOWN_SCALE,
        "SD of the means of clusters (laboratories, centres, publications)",
        _DUMOUCHEL,
        True,
    ),
    "slope": Role(
        Normal(0, 1),
        "effect per SD of the covariate",
        "change of the effect with a covariate of the studies",
        "two SDs: studies one SD of the covariate apart differ by up to a factor of 7",
    ),
    "bias": Role(
        Normal(0, _MOVED),
        "effect per unit of standard error",
        "how much larger effects of studies with larger standard errors come out",
        "one SD moves a study by two of its standard errors: a null result to significance",
    ),
    "publication": Role(
        Uniform(0, 1),
        "share",
        "chance of publication in an interval of p over that in the next more significant one",
        "uniform: any share, but never more than for a more significant result",
    ),
}

COUNTS: dict[str, Role] = {
    "effect": Role(
        Normal(0, 2), _RATIO, "pooled mean log odds ratio", "odds ratios within 1/50 to 50"
    ),
    "tau": Role(LogNormal(-1.28, 0.87), _RATIO, "heterogeneity between studies", TURNER, True),
    "slope": Role(
        Normal(0, 1),
        f"{_RATIO} per SD of the covariate",
        "change of the log odds ratio with a covariate of the studies",
        "half of the prior of the effect, as for scores over time",
    ),
    "baseline": Role(
        Normal(0, 10),
        "log odds",
        "log odds of the event in a study's control arm",
        "vague: each study its own",
    ),
}


def effects_roles(evidence: Evidence, small_study: SmallStudy) -> dict[str, Role]:
    """Roles of estimates with standard errors, defaults in the unit that the estimates have.

    Where the measure is unknown the unit comes from the data: from the standard errors, and for a
    slope from the spread of the estimates, which no covariate can exceed.
    """
    used = evidence.used
    y, se = used["y"].to_numpy(float), used["se"].to_numpy(float)
    typical = float(np.sqrt(1 / np.mean(1 / se**2)))
    roles = dict(EFFECTS)
    if evidence.measure in _UNITLESS:
        for name in ("tau", "tau_cluster"):
            roles[name] = replace(roles[name], prior=HalfNormal(0.5), source=_ROEVER)
    else:
        for name in ("tau", "tau_cluster"):
            roles[name] = replace(roles[name], prior=DuMouchel(typical))
        # Estimates that all agree still differ by their errors.
        spread = max(float(y.std()), typical)
        roles["slope"] = replace(
            roles["slope"],
            prior=Normal(0, round(_AUTOSCALE * spread, 6)),
            source="2.5 SDs of the estimates (the default of rstanarm); no covariate explains more "
            "than 1",
        )
    if small_study.kind == "peese":
        roles["bias"] = replace(
            roles["bias"],
            prior=Normal(0, _MOVED / float(se.max())),
            unit="effect per squared unit of standard error",
            source="one SD moves the smallest study by two of its standard errors",
        )
    if small_study.kind == "selection":
        sign = small_study.direction_of(y, se)
        chosen = "as given" if small_study.direction else "the sign of the inverse-variance mean"
        roles["publication"] = replace(
            roles["publication"],
            meaning=f"{roles['publication'].meaning}; one-sided p in favour of {sign} effects "
            f"({chosen}), steps at {', '.join(f'{c:g}' for c in small_study.cutpoints)}",
        )
    return roles
