"""Roles of adverse events: log odds, risk or rate ratios."""

from __future__ import annotations

from trialpool.synthesis.priors import HalfNormal, LogNormal, Normal
from trialpool.synthesis.role import Role

TURNER = (
    "predictive distribution for any binary outcome, Turner et al. 2012 (doi:10.1093/ije/dys041)"
)


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
        "tau_sd": Role(
            HalfNormal(0.5),
            f"log {ratio}",
            "SD of the classes' log heterogeneity around the typical tau",
            "classes within a factor of about 2",
            True,
        ),
        "slope": Role(
            Normal(0, 0.5),
            f"{ratio} per SD of the covariate",
            f"change of the active classes' {ratio} with a covariate of the trials",
            "trials that differ by one SD of the covariate differ by a factor of up to 2.7",
        ),
        **dict(baselines),
    }


_TURNER_RARE = f"{TURNER}; of log odds ratios, which are the same for rare events"
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
    TURNER,
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
