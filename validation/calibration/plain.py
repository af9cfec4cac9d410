"""Plain meta-analysis: docs/model.md, section 5, drawn with NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from trialpool import Evidence, Model
from trialpool.synthesis.priors import HalfNormal, LogNormal, Normal, Prior, Uniform
from validation.calibration.case import Case, Replicate, Rng, Values, half_normal, printed

STUDIES = [f"s{i}" for i in range(1, 9)]
SE = np.array([0.10, 0.15, 0.20, 0.25, 0.30, 0.40, 0.50, 0.60])
YEAR = np.array([1.0, 4.0, 2.0, 7.0, 3.0, 9.0, 5.0, 6.0])
CLUSTERS = ["a", "a", "a", "b", "b", "c", "c", "d"]
PRIORS: dict[str, Prior] = {
    "effect": Normal(0, 1),
    "tau": HalfNormal(0.5),
    "tau_cluster": HalfNormal(0.5),
    "slope": Normal(0, 0.5),
    "publication": Uniform(0, 1),
}
#: SD of the coefficient of the standard error, and of its square.
BIAS = {"pet": 2.0, "peese": 3.0}
#: One-sided p of 0.025 in favour of negative effects.
CRITICAL = 1.959963984540054


def _world(rng: Rng) -> dict[str, float]:
    """Numbers that every plain model has."""
    return {"effect": float(rng.normal()), "tau": half_normal(rng, 0.5)}


def _around(rng: Rng, mean: Values | float, tau: float) -> tuple[Values, Values]:
    """Study effects around their expectation, and estimates around these."""
    theta = rng.normal(mean, tau, len(SE))
    return theta, rng.normal(theta, SE)


def _log_lik(y: Values, mean: Values | float, tau: float) -> float:
    """Study effects integrated out."""
    return float(stats.norm.logpdf(y, mean, np.sqrt(SE**2 + tau**2)).sum())


def normal_normal(design: Evidence, rng: Rng, *, log_normal: bool = False) -> Replicate:
    """``y ~ N(theta, se)``, ``theta ~ N(effect, tau)``."""
    truth = _world(rng)
    if log_normal:
        truth["tau"] = float(rng.lognormal(-1.28, 0.87))
    mu, tau = truth["effect"], truth["tau"]
    theta, y = _around(rng, mu, tau)
    truth |= {f"study_effect[{s}]": theta[i] for i, s in ((0, "s1"), (7, "s8"))}
    truth |= {"predicted_effect": float(rng.normal(mu, tau)), "log_lik": _log_lik(y, mu, tau)}
    return Replicate(printed(design, y=y), truth)


def common_effect(design: Evidence, rng: Rng) -> Replicate:
    """``y ~ N(effect, se)``."""
    mu = float(rng.normal())
    y = rng.normal(mu, SE)
    return Replicate(printed(design, y=y), {"effect": mu, "log_lik": _log_lik(y, mu, 0.0)})


def own_effects(design: Evidence, rng: Rng) -> Replicate:
    """Nothing pooled: each study effect has the prior of the effect."""
    theta = rng.normal(0, 1, len(SE))
    y = rng.normal(theta, SE)
    truth = {"effect": float(theta.mean()), "study_effect[s8]": theta[7]}
    return Replicate(printed(design, y=y), {**truth, "log_lik": _log_lik(y, theta, 0.0)})


def meta_regression(design: Evidence, rng: Rng) -> Replicate:
    """The slope is per SD of the covariate, the effect at its mean."""
    truth = _world(rng)
    slope = float(rng.normal(0, 0.5))
    x = (YEAR - YEAR.mean()) / YEAR.std()
    mean = truth["effect"] + slope * x
    theta, y = _around(rng, mean, truth["tau"])
    truth |= {"slope[year]": slope / YEAR.std(), "study_effect[s8]": theta[7]}
    return Replicate(printed(design, y=y), {**truth, "log_lik": _log_lik(y, mean, truth["tau"])})


def small_study(design: Evidence, rng: Rng, *, kind: str) -> Replicate:
    """PET: estimates move with their standard error; PEESE: with its square."""
    truth = _world(rng)
    bias = float(rng.normal(0, BIAS[kind]))
    moved = bias * (SE if kind == "pet" else SE**2)
    theta, y = _around(rng, truth["effect"], truth["tau"])
    y = y + moved
    mean = truth["effect"] + moved
    truth |= {"bias": bias, "study_effect[s8]": theta[7]}
    return Replicate(printed(design, y=y), {**truth, "log_lik": _log_lik(y, mean, truth["tau"])})


def selection(design: Evidence, rng: Rng) -> Replicate:
    """Trials are made until each place has one that is published."""
    truth = _world(rng)
    omega = float(rng.uniform())
    y, theta = np.full(len(SE), np.nan), np.full(len(SE), np.nan)
    while (missing := np.isnan(y)).any():
        own, estimate = _around(rng, truth["effect"], truth["tau"])
        significant = -estimate / SE > CRITICAL
        seen = missing & (significant | (rng.uniform(size=len(SE)) < omega))
        y[seen], theta[seen] = estimate[seen], own[seen]
    sd = np.sqrt(SE**2 + truth["tau"] ** 2)
    p_significant = stats.norm.cdf((-CRITICAL * SE - truth["effect"]) / sd)
    weight = np.where(-y / SE > CRITICAL, 1.0, omega)
    log_lik = stats.norm.logpdf(y, truth["effect"], sd) + np.log(weight)
    log_lik -= np.log(p_significant + omega * (1 - p_significant))
    truth |= {"publication[0.025 < p <= 1]": omega, "study_effect[s8]": theta[7]}
    return Replicate(printed(design, y=y), {**truth, "log_lik": float(log_lik.sum())})


def three_level(design: Evidence, rng: Rng) -> Replicate:
    """Studies in clusters, and errors that correlate where the design says so."""
    truth = _world(rng) | {"tau_cluster": half_normal(rng, 0.5)}
    names = list(dict.fromkeys(CLUSTERS))
    u = dict(zip(names, rng.normal(0, truth["tau_cluster"], len(names)), strict=True))
    theta = rng.normal([truth["effect"] + u[c] for c in CLUSTERS], truth["tau"])
    errors = np.diag(SE**2) if design.covariance is None else design.covariance.to_numpy()
    y = rng.multivariate_normal(theta, errors)
    same = np.equal.outer(CLUSTERS, CLUSTERS)
    total = errors + truth["tau"] ** 2 * np.eye(len(SE)) + truth["tau_cluster"] ** 2 * same
    log_lik = stats.multivariate_normal.logpdf(y, np.full(len(SE), truth["effect"]), total)
    new = truth["effect"] + rng.normal(0, truth["tau_cluster"]) + rng.normal(0, truth["tau"])
    truth |= {"cluster_effect[a]": truth["effect"] + u["a"], "study_effect[s8]": theta[7]}
    truth |= {"predicted_effect": float(new), "log_lik": float(log_lik)}
    return Replicate(printed(design, y=y), truth)


def counts(design: Evidence, rng: Rng) -> Replicate:
    """Exact binomial counts of two arms."""
    truth = _world(rng)
    n = design.used[["n_c", "n_t"]].to_numpy(int)
    baseline = rng.normal(-1.5, 1, len(n))
    theta = rng.normal(truth["effect"], truth["tau"], len(n))
    p = 1 / (1 + np.exp(-np.column_stack([baseline, baseline + theta])))
    events = rng.binomial(n, p)
    truth |= {"baseline[s1]": baseline[0], "study_effect[s1]": theta[0]}
    truth |= {
        "predicted_effect": float(rng.normal(truth["effect"], truth["tau"])),
        "log_lik": float(stats.binom.logpmf(events, n, p).sum()),
    }
    return Replicate(printed(design, events_c=events[:, 0], events_t=events[:, 1]), truth)


def effects_design(**more: Any) -> Evidence:
    """Eight studies."""
    frame = pd.DataFrame({"study": STUDIES, "y": 0.0, "se": SE, "year": YEAR, "cluster": CLUSTERS})
    return Evidence.from_effects(frame, study="study", effect="y", se="se", **more)


def counts_design(sizes: Mapping[str, tuple[int, int]]) -> Evidence:
    """Studies of two arms."""
    frame = pd.DataFrame([(s, 1, a, 1, b) for s, (a, b) in sizes.items()], columns=list("stmcn"))
    return Evidence.from_counts(frame, study="s", events=("t", "c"), totals=("m", "n"))


def cases() -> list[Case]:
    """The plain models."""

    def case(
        name: str,
        simulate: Callable[..., Replicate],
        design: Evidence,
        how: Any = None,
        **model: Any,
    ) -> Case:
        given = PRIORS | model.pop("priors", {})
        return Case(
            name, Model(priors=given, **model), design, partial(simulate, design, **(how or {}))
        )

    free = effects_design()
    shared = pd.DataFrame(np.diag(SE**2), STUDIES, STUDIES)
    for one, other in (("s1", "s2"), ("s4", "s5"), ("s6", "s7")):
        shared.loc[one, other] = shared.loc[other, one] = 0.6 * np.sqrt(
            shared.loc[one, one] * shared.loc[other, other]
        )
    own, complete = {"trial": "none"}, {"trial": "complete"}
    sizes = {"s1": (25, 30), "s2": (60, 60), "s3": (40, 35), "s4": (100, 90), "s5": (15, 20)}
    two_arms = counts_design(sizes)
    return [
        case("normal-normal", normal_normal, free),
        case("common effect", common_effect, free, pooling=complete),
        case("own effects", own_effects, free, pooling=own),
        case("meta-regression", meta_regression, effects_design(covariates=["year"]),
             covariates=["year"]),
        case("PET", small_study, free, {"kind": "pet"}, small_study="pet",
             priors={"bias": Normal(0, BIAS["pet"])}),
        case("PEESE", small_study, free, {"kind": "peese"}, small_study="peese",
             priors={"bias": Normal(0, BIAS["peese"])}),
        case("selection by p-value", selection, free, small_study="selection(negative)"),
        case("three levels", three_level, effects_design(cluster="cluster")),
        case("three levels, correlated errors", three_level,
             effects_design(cluster="cluster", covariance=shared)),
        Case("counts, binomial", Model(priors={**_of(PRIORS, "effect", "tau"),
                                               "baseline": Normal(-1.5, 1)}),
             two_arms, partial(counts, two_arms)),
    ]  # fmt: skip


def log_normal_case() -> Case:
    """Normal-normal with tau ~ LogNormal(-1.28, 0.87), for the wrong variants."""
    design = effects_design()
    priors = {"effect": Normal(0, 1), "tau": LogNormal(-1.28, 0.87)}
    how = partial(normal_normal, design, log_normal=True)
    return Case("normal-normal, log-normal tau", Model(priors=priors), design, how)


def _of(priors: Mapping[str, Prior], *names: str) -> dict[str, Prior]:
    return {name: priors[name] for name in names}
