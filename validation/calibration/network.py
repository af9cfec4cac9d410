"""Networks of treatments: docs/model.md and NICE TSD 2, drawn with NumPy.

Every arm of a study deviates by N(0, tau / sqrt 2) on its own, so that contrasts of one study have
SD tau and correlate by a half.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from trialpool import Evidence, Model
from trialpool.synthesis.priors import HalfNormal, LogNormal, Normal, Prior, Uniform
from validation.calibration.case import Case, Replicate, Rng, Values, half_normal, printed

STUDIES = {"s1": "ABC", "s2": "AB", "s3": "AC", "s4": "BC", "s5": "ABCD", "s6": "BD"}
ARMS = [(study, treatment) for study, arms in STUDIES.items() for treatment in arms]
#: Places of the arms, and of the arm that each is compared with: the first of its study.
BASE = np.array([[s for s, _ in ARMS].index(study) for study, _ in ARMS])
SE = 0.15 + 0.05 * (np.arange(len(ARMS)) % 4)
N = 20 + 15 * (np.arange(len(ARMS)) % 3)
MONTHS = (2.0, 6.0, 18.0)
PRIORS: dict[str, Prior] = {
    "effect": Normal(0, 1), "tau": HalfNormal(0.5), "treatment_sd": HalfNormal(0.5),
}  # fmt: skip
CLASSES = {"A": "control", "B": "one", "C": "one", "D": "two"}


def _effects(rng: Rng, classes: bool) -> tuple[dict[str, float], dict[str, float]]:
    """Effects of the treatments against A, and the truth of what they come from."""
    tau = half_normal(rng, 0.5)
    if not classes:
        d = {name: float(rng.normal()) for name in "BCD"}
        truth = {f"treatment_effect[{name}]": value for name, value in d.items()}
    else:
        of_class = {name: float(rng.normal()) for name in ("one", "two")}
        sd = half_normal(rng, 0.5)
        d = {name: float(rng.normal(of_class[CLASSES[name]], sd)) for name in "BCD"}
        truth = {"class_effect[one]": of_class["one"], "treatment_sd": sd}
        truth |= {"treatment_effect[B]": d["B"]}
    truth |= {"treatment_effect[mean]": float(np.mean(list(d.values()))), "tau": tau}
    return {"A": 0.0, **d}, truth


def _delta(rng: Rng, d: dict[str, float], tau: float) -> Values:
    """Effect of each arm against the base of its study, in that study."""
    own = np.array([d[name] for _, name in ARMS]) + rng.normal(0, tau / np.sqrt(2), len(ARMS))
    found: Values = own - own[BASE]
    return found


def _expected(d: dict[str, float]) -> Values:
    own = np.array([d[name] for _, name in ARMS])
    found: Values = own - own[BASE]
    return found


def means(design: Evidence, rng: Rng, *, classes: bool = False) -> Replicate:
    """Means of arms around a baseline of the study."""
    d, truth = _effects(rng, classes)
    baseline = rng.normal(0, 2, len(STUDIES))
    of_arm = np.repeat(baseline, [len(arms) for arms in STUDIES.values()])
    y = rng.normal(of_arm + _delta(rng, d, truth["tau"]), SE)
    moves = np.arange(len(ARMS)) != BASE
    same = BASE[:, None] == BASE
    covariance = np.diag(SE**2)
    covariance += (
        truth["tau"] ** 2 * np.outer(moves, moves) * same * (0.5 + 0.5 * np.eye(len(ARMS)))
    )
    log_lik = stats.multivariate_normal.logpdf(y, of_arm + _expected(d), covariance)
    truth |= {"baseline[s4]": baseline[3], "log_lik": float(log_lik)}
    return Replicate(printed(design, y=y), truth)


def contrasts(design: Evidence, rng: Rng) -> Replicate:
    """Differences from the base arm, whose error those of one study share."""
    d, truth = _effects(rng, False)
    error = rng.normal(0, SE)
    y = _delta(rng, d, truth["tau"]) + error - error[BASE]
    others = np.arange(len(ARMS)) != BASE
    same = (BASE[:, None] == BASE)[np.ix_(others, others)]
    own = np.eye(others.sum())
    covariance = own * SE[others] ** 2 + same * (SE[BASE] ** 2)[others]
    covariance += truth["tau"] ** 2 * same * (0.5 + 0.5 * own)
    log_lik = stats.multivariate_normal.logpdf(y[others], _expected(d)[others], covariance)
    truth["log_lik"] = float(log_lik)
    return Replicate(printed(design, y=np.where(others, y, np.nan)), truth)


def counts(design: Evidence, rng: Rng) -> Replicate:
    """Binomial counts of arms."""
    d, truth = _effects(rng, False)
    baseline = rng.normal(-1, 1, len(STUDIES))
    of_arm = np.repeat(baseline, [len(arms) for arms in STUDIES.values()])
    p = 1 / (1 + np.exp(-of_arm - _delta(rng, d, truth["tau"])))
    events = rng.binomial(N, p)
    truth |= {"baseline[s4]": baseline[3]}
    truth["log_lik"] = float(stats.binom.logpmf(events, N, p).sum())
    return Replicate(printed(design, events=events.astype(float)), truth)


def over_time(design: Evidence, rng: Rng, *, course: str) -> Replicate:
    """Means at three visits; the errors of one arm correlate by rho.

    ``emax``: one ET50, the control along the course too. ``waning``: a half-life by treatment, the
    control free at each visit.
    """
    d, truth = _effects(rng, False)
    rho = float(rng.uniform(0, 0.95))
    at = np.array(MONTHS)
    onset = float(rng.lognormal(0, 0.5))
    truth |= {"rho": rho, "onset": onset}
    first = [BASE[i] == i for i in range(len(ARMS))]
    if course == "emax":
        share = {name: at / (onset + at) for name in "ABCD"}
        baseline = rng.normal(0, 2, len(STUDIES))
        control = np.repeat(baseline, [len(a) for a in STUDIES.values()])[:, None] * share["A"]
        truth["relative_effect[B, 6]"] = d["B"] * 6 / (onset + 6)
    else:
        typical, sd = float(rng.lognormal(np.log(36), 0.8)), half_normal(rng, 0.5)
        half_life = {name: typical * np.exp(sd * rng.normal()) for name in "BCD"} | {"A": typical}
        rise = 1 - 2 ** (-at / onset)
        share = {name: rise * 2 ** (-at / half_life[name]) for name in "ABCD"}
        free = rng.normal(0, 2, (len(STUDIES), len(at)))
        control = np.repeat(free, [len(a) for a in STUDIES.values()], axis=0)
        truth |= {"half_life[D]": float(half_life["D"]), "half_life_sd": sd}
        truth["relative_effect[B, 6]"] = float(d["B"] * share["B"][1])
    # Against A in this study: A itself does not deviate there, nor does the base of a study.
    own = np.array([d[name] for _, name in ARMS])
    deviation = rng.normal(0, truth["tau"] / np.sqrt(2), len(ARMS))
    own = own + np.where(first, 0.0, deviation - deviation[BASE])
    benefit = own[:, None] * np.array([share[name] for _, name in ARMS])
    mean = control + benefit - benefit[BASE]
    covariance = (rho + (1 - rho) * np.eye(len(at))) * SE[:, None, None] ** 2
    y = np.array([rng.multivariate_normal(m, v) for m, v in zip(mean, covariance, strict=True)])
    truth["log_lik"] = sum(
        float(stats.multivariate_normal.logpdf(*row))
        for row in zip(y, mean, covariance, strict=True)
    )
    return Replicate(printed(design, y=y.ravel()), truth)


def _frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(ARMS, columns=["study", "arm"]).assign(**columns)


def means_design(**more: Any) -> Evidence:
    """Means of the arms."""
    return Evidence.from_network(
        _frame(y=0.0, se=SE, n=N), study="study", treatment="arm", mean="y", se="se", n="n",
        reference="A", **more,
    )  # fmt: skip


def contrasts_design() -> Evidence:
    """The same arms as differences from the first of their study."""
    first = np.arange(len(ARMS)) == BASE
    frame = _frame(
        diff=np.where(first, np.nan, 0.0), se=np.where(first, SE, np.sqrt(SE**2 + SE[BASE] ** 2))
    )
    return Evidence.from_contrasts(
        frame, study="study", treatment="arm", effect="diff", se="se", reference="A"
    )


def cases() -> list[Case]:
    """The networks."""
    arms, classes = means_design(), means_design(class_of=CLASSES)
    of_arms = PRIORS | {"baseline": Normal(0, 2)}
    contrast = contrasts_design()
    count = Evidence.from_network(
        _frame(r=1, n=N), study="study", treatment="arm", events="r", total="n", reference="A"
    )
    weeks = pd.concat([_frame(y=0.0, se=SE, n=N, months=m) for m in MONTHS])
    weeks = weeks.sort_values(["study", "arm", "months"], ignore_index=True)
    course = Evidence.from_network(
        weeks, study="study", treatment="arm", mean="y", se="se", n="n", months="months",
        reference="A",
    )  # fmt: skip
    numbers = of_arms | {
        "onset": LogNormal(0, 0.5), "rho": Uniform(0, 0.95),
        "half_life": LogNormal(np.log(36), 0.8), "half_life_sd": HalfNormal(0.5),
    }  # fmt: skip
    return [
        Case("network, means", Model(priors=of_arms), arms, partial(means, arms)),
        Case("network, classes", Model(priors=of_arms), classes,
             partial(means, classes, classes=True)),
        Case("network, contrasts", Model(priors=PRIORS), contrast, partial(contrasts, contrast)),
        Case("network, counts", Model(priors=PRIORS | {"baseline": Normal(-1, 1)}), count,
             partial(counts, count), draws=300),
        Case("network over time, emax", Model(time_course="emax", control="course", priors=numbers),
             course, partial(over_time, course, course="emax")),
        Case("network over time, waning", Model(priors=numbers), course,
             partial(over_time, course, course="waning")),
    ]  # fmt: skip
