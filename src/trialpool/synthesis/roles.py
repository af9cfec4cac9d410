"""The roles that priors play: meaning, unit, default and where the default comes from.

One table a family of model. `resolve` merges a user's priors into the defaults; whatever a model
uses is printed by ``trialpool fit`` and stored in the posterior. A new role is one line here.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import log

from trialpool.errors import ModelError
from trialpool.synthesis.priors import (
    DuMouchel,
    Fixed,
    Flat,
    HalfNormal,
    LogNormal,
    Normal,
    Prior,
    Uniform,
)


@dataclass(frozen=True)
class Role:
    """What one prior is about.

    Attributes
    ----------
    prior : Prior
        The default.
    unit : str
        Unit of the quantity.
    meaning : str
        The quantity in words.
    source : str
        Why the default has these values.
    scale : bool
        True for a standard deviation or another quantity that cannot be negative.
    """

    prior: Prior
    unit: str
    meaning: str
    source: str
    scale: bool = False


_POINTS = "points of 100"
_RHODES = (
    "median 5 points = 0.2 patient SDs, the predictive median of Rhodes et al. 2015 "
    "(doi:10.1016/j.jclinepi.2014.08.012) for pain, non-pharmacological v control"
)
_TURNER = (
    "predictive distribution for any binary outcome, Turner et al. 2012 (doi:10.1093/ije/dys041)"
)

LONGITUDINAL: dict[str, Role] = {
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
    "half_life": Role(
        LogNormal(log(36), 0.8),
        "months",
        "typical half-life of the benefit (population median)",
        "median 3 years, 95 % between 7 months and 14 years: reviews report fading after two years",
        True,
    ),
    "half_life_sd": Role(
        HalfNormal(0.5),
        "log months",
        "SD of class log half-lives",
        "classes within a factor of about 2",
        True,
    ),
    "onset": Role(
        LogNormal(0, 0.5),
        "months",
        "time to half of the full benefit after the injection",
        "median 1 month, 95 % between 0.4 and 2.7 months",
        True,
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

#: Benefits in SDs of the patients: the priors in points over the typical SD of 25.
_SDS: dict[str, Prior] = {
    "effect": Normal(0, 0.6),
    "class_sd": HalfNormal(0.32),
    "treatment_sd": HalfNormal(0.16),
    "tau": HalfNormal(0.3),
    "drift": HalfNormal(0.16),
}
STANDARDISED: dict[str, Role] = {
    name: replace(
        role,
        prior=_SDS[name],
        unit=role.unit.replace(_POINTS, "SDs of the patients"),
        source=f"as in points, for a typical SD of 25: {role.source}",
    )
    if name in _SDS
    else role
    for name, role in LONGITUDINAL.items()
}


def _events(scale: str, of_tau: str, *baselines: tuple[str, Role]) -> dict[str, Role]:
    """Roles of adverse events whose arms are compared by log ratios on a scale."""
    ratio = f"log {scale} ratio"
    return {
        "effect": Role(
            Normal(0, 1),
            ratio,
            f"mean {ratio} of the active classes",
            f"neutral; {scale} ratios within 1/7 to 7",
        ),
        "class_sd": Role(
            HalfNormal(0.5),
            ratio,
            f"SD of class {ratio}s",
            "classes within a factor of 2 to 3",
            True,
        ),
        "tau": Role(LogNormal(-1.28, 0.87), ratio, "heterogeneity between trials", of_tau, True),
        **dict(baselines),
    }


_TURNER_RARE = f"{_TURNER}; of log odds ratios, which are the same for rare events"
_RATE = (
    "rate",
    Role(
        Normal(-6, 3),
        "log events per person-month",
        "log rate in the reference arm of a trial that prints person-months",
        "median 3 events in 100 person-years, 95 % between 1 in 12,000 person-years and 11 a year",
    ),
)
EVENTS = _events(
    "odds",
    _TURNER,
    (
        "baseline",
        Role(
            Normal(-4, 2),
            "log odds",
            "log odds of the event in a trial's reference arm",
            "median 2 %, 95 % between 0.04 % and 48 %",
        ),
    ),
    _RATE,
)
EVENTS_RISK = _events(
    "risk",
    _TURNER_RARE,
    (
        "baseline",
        Role(
            Normal(-3.9, 1.6),
            "log probability",
            "log probability of the event in a trial's reference arm",
            "median 2 %, 95 % between 0.09 % and 47 %, 0.7 % beyond what a probability can be",
        ),
    ),
    _RATE,
)
EVENTS_RATE = _events("rate", _TURNER_RARE, _RATE)

_UNKNOWN_SCALE = "as given"

EFFECTS: dict[str, Role] = {
    "effect": Role(
        Flat(), _UNKNOWN_SCALE, "pooled mean of the study effects", "flat: the studies decide"
    ),
    "tau": Role(
        DuMouchel(1.0),
        _UNKNOWN_SCALE,
        "heterogeneity: SD of the study effects",
        "DuMouchel 1994; its median is the typical (root harmonic mean) standard error",
        True,
    ),
}

COUNTS: dict[str, Role] = {
    "effect": Role(
        Normal(0, 2),
        "log odds ratio",
        "pooled mean log odds ratio",
        "odds ratios within 1/50 to 50",
    ),
    "tau": Role(
        LogNormal(-1.28, 0.87), "log odds ratio", "heterogeneity between studies", _TURNER, True
    ),
    "baseline": Role(
        Normal(0, 10),
        "log odds",
        "log odds of the event in a study's control arm",
        "vague: each study its own",
    ),
}

#: By layout of the evidence; other scales than points and odds have their own.
FAMILIES = {
    "longitudinal": LONGITUDINAL,
    "longitudinal_standardised": STANDARDISED,
    "events": EVENTS,
    "events_risk": EVENTS_RISK,
    "events_rate": EVENTS_RATE,
    "effects": EFFECTS,
    "counts": COUNTS,
}


def resolve(family: str, priors: Mapping[str, Prior]) -> dict[str, Prior]:
    """Merge the priors a user gave into the defaults of a family.

    Parameters
    ----------
    family : str
        Key of `FAMILIES`.
    priors : mapping of str to Prior
        The user's priors by role.

    Returns
    -------
    dict of str to Prior
        One prior for each role of the family.

    Raises
    ------
    ModelError
        For a role that the family does not have, or a prior that allows negative values for a
        scale.
    """
    roles = FAMILIES[family]
    for name, prior in priors.items():
        if name not in roles:
            near = difflib.get_close_matches(name, roles, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise ModelError(f"priors: got role '{name}'; expected one of {', '.join(roles)}{hint}")
        bounded = (
            prior.positive
            or isinstance(prior, Flat)
            or (isinstance(prior, Uniform) and prior.low >= 0)
            or (isinstance(prior, Fixed) and prior.value >= 0)
        )
        if roles[name].scale and not bounded:
            raise ModelError(
                f"priors: got {prior} for '{name}', which cannot be negative; "
                "expected HalfNormal, HalfT, HalfCauchy, LogNormal, LogT, Uniform from 0, "
                "Fixed, or Flat"
            )
        if name == "rho" and not _is_correlation(prior):
            raise ModelError(
                f"priors: got {prior} for 'rho'; expected Uniform(low, high) or Fixed(value) "
                "within 0 <= rho < 1"
            )
    return {name: priors.get(name, role.prior) for name, role in roles.items()}


def _is_correlation(prior: Prior) -> bool:
    if isinstance(prior, Fixed):
        return 0 <= prior.value < 1
    return isinstance(prior, Uniform) and prior.low >= 0 and prior.high < 1
