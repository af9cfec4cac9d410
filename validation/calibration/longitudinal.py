"""The longitudinal review: docs/model.md, sections 1 to 3, drawn with NumPy.

Truths come from the default priors. The error of an arm's mean has a part that the patients bring
to every visit, sqrt(rho) b, and one of the visit, sqrt(1 - rho) e; baseline visits have one e too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from trialpool import Evidence, Model
from validation.calibration.case import Case, Replicate, Rng, Values, half_normal, printed
from validation.calibration.courses import DRIFT, Share, draw_course

SHAPES = (
    "waning", "plateau", "linear", "constant", "free", "emax", "loglinear", "itp", "spline",
)  # fmt: skip
#: Months at which true courses are kept: every visit of the designs and what is asked for.
MONTHS = np.array([0.0, 1, 3, 6, 12, 24, 36])


@dataclass(frozen=True)
class Arm:
    """A randomised arm; the first one of a trial is its reference."""

    trial: str
    name: str
    treatment: str
    class_: str
    n: int


@dataclass(frozen=True)
class Design:
    """Arms and what they print.

    ``scores``: trial -> kind, months, whether with SDs. ``differences``: trial -> months, SE; of
    each arm from the reference arm.
    """

    arms: tuple[Arm, ...]
    scores: tuple[tuple[str, str, tuple[float, ...], bool], ...] = ()
    differences: tuple[tuple[str, tuple[float, ...], float], ...] = ()

    @property
    def classes(self) -> list[str]:
        return list(dict.fromkeys(a.class_ for a in self.arms if a.class_ != "placebo"))

    def of_trial(self, trial: str) -> list[Arm]:
        return [arm for arm in self.arms if arm.trial == trial]

    def evidence(self) -> Evidence:
        """The design as evidence, every number a placeholder."""
        rows = []
        for trial, kind, months, with_sd in self.scores:
            for arm in self.of_trial(trial):
                for month in months:
                    own = "mean" if month == 0 else kind
                    sd = 25 if with_sd or month == 0 else ""
                    rows.append(
                        _row(arm, month, own) | {"mean": 50 if own == "mean" else 0, "sd": sd}
                    )
        for trial, months, se in self.differences:
            reference, *others = self.of_trial(trial)
            for month in months:
                rows += [
                    _row(arm, month, "difference") | {"mean": 0, "se": se, "versus": reference.name}
                    for arm in others
                ]
                # So that the size and the class of the reference arm are known.
            if all(trial != name for name, *_ in self.scores):
                rows += [
                    _row(arm, 0, "mean") | {"mean": 50, "sd": 25} for arm in (reference, *others)
                ]
        return Evidence.from_frame(pd.DataFrame(rows, dtype=object).fillna(""), outcome="pain")


def _row(arm: Arm, month: float, kind: str) -> dict[str, object]:
    return {
        "trial": arm.trial, "arm": arm.name, "treatment": arm.treatment, "class": arm.class_,
        "n": arm.n, "outcome": "pain", "scale": "VAS 0-100", "months": month, "kind": kind,
        "source": "simulated", "verified": "yes",
    }  # fmt: skip


@dataclass(frozen=True)
class World:
    """The truth of one review: benefit (arm, months), and the patients' SD and correlation."""

    benefit: Values
    spread: Values
    rho: float
    truth: dict[str, float]


def draw_world(rng: Rng, design: Design, shape: str) -> World:
    """Truth from the default priors."""
    classes, active = design.classes, [c for c in design.classes if c != "hyaluronate"]
    share, truth = draw_course(rng, shape, classes)
    effect, class_sd, tau = float(rng.normal(0, 15)), half_normal(rng, 8), half_normal(rng, 7.5)
    of_class = {
        c: (effect if c in active else 0.0) + class_sd * float(rng.normal()) for c in classes
    }
    treatments = {a.treatment: a.class_ for a in design.arms if a.class_ != "placebo"}
    treatment_sd = half_normal(rng, 4) if len(treatments) > len(classes) else 0.0
    of_treatment = {
        name: of_class[c] + treatment_sd * float(rng.normal()) for name, c in treatments.items()
    }
    drift = half_normal(rng, DRIFT.get(shape, 4.0))
    steps = rng.normal(0, np.sqrt(np.diff(MONTHS) / 12), (len(classes), len(MONTHS) - 1))
    wander = {
        c: drift * np.append(0, np.cumsum(own)) for c, own in zip(classes, steps, strict=True)
    }
    truth |= {"effect": effect, "class_sd": class_sd, "tau": tau, "drift": drift}
    truth |= {f"class_effect[{c}]": value for c, value in of_class.items()}
    for c in classes:
        course = of_class[c] * share[c](MONTHS) + wander[c]
        truth |= {f"benefit[{c}, {m}]": float(course[m == MONTHS][0]) for m in (12, 36)}
    benefit = _of_arms(rng, design, of_treatment, share, wander, tau)
    typical, sd = float(rng.lognormal(np.log(25), 0.15)), half_normal(rng, 0.15)
    spread = typical * np.exp(sd * rng.normal(size=len(design.arms)))
    rho = float(rng.uniform(0, 0.95))
    truth |= {"spread": typical, "rho": rho}
    return World(benefit, spread, rho, truth)


def _of_arms(
    rng: Rng,
    design: Design,
    of_treatment: dict[str, float],
    share: dict[str, Share],
    wander: dict[str, Values],
    tau: float,
) -> Values:
    """Benefit of every arm over placebo; contrasts of a trial have SD tau and correlate by 1/2."""
    found = np.zeros((len(design.arms), len(MONTHS)))
    deviation = rng.normal(0, tau / np.sqrt(2), len(design.arms))
    for i, arm in enumerate(design.arms):
        first = next(k for k, other in enumerate(design.arms) if other.trial == arm.trial)
        moved = 0.0 if i == first else deviation[i] - deviation[first]
        if arm.class_ != "placebo":
            full = of_treatment[arm.treatment] + moved
            found[i] = full * share[arm.class_](MONTHS) + wander[arm.class_]
    return found


def draw_numbers(rng: Rng, design: Design, evidence: Evidence, world: World) -> Replicate:
    """What the trials print, and its log density given the errors that arms share."""
    used, log_lik = evidence.reports, 0.0
    columns = {name: used[name].to_numpy(float).copy() for name in ("y", "sd", "se")}
    place = {(a.trial, a.name): i for i, a in enumerate(design.arms)}
    trials = list(dict.fromkeys(arm.trial for arm in design.arms))
    baseline = dict(zip(trials, rng.normal(55, 15, len(trials)), strict=True))
    change = {(trial, m): float(rng.normal(-15, 15)) for trial in trials for m in MONTHS}
    reference = {t: place[t, design.of_trial(t)[0].name] for t in trials}
    b, e0 = rng.normal(size=(2, len(design.arms)))
    seen = used.groupby(["trial", "arm"])["months"].nunique()
    compared = set(used.loc[used["kind"] == "difference", "trial"])
    s, rho = world.spread, world.rho
    for k, row in used.iterrows():
        if row["kind"] == "difference":
            continue
        i, at = place[row["trial"], row["arm"]], int(np.flatnonzero(row["months"] == MONTHS)[0])
        n = design.arms[i].n
        gain = world.benefit[i, at] - world.benefit[reference[row["trial"]], at]
        moved = 0.0 if at == 0 else change[row["trial"], row["months"]] - gain
        form = s[i] if row["kind"] == "mean" else s[i] * np.sqrt(2 - 2 * rho)
        sd = form
        if np.isfinite(row["sd"]):
            sd = form * np.exp(0.15 * rng.normal())
            error = 1 / np.sqrt(2 * (n - 1))
            log_sd = rng.normal(np.log(sd), error)
            log_lik += stats.norm.logpdf(log_sd, np.log(sd), error)
            columns["sd"][k], columns["se"][k] = np.exp(log_sd), np.exp(log_sd) / np.sqrt(n)
        # In SDs of the patients at this visit, over sqrt(n).
        unit = sd / form * s[i] / np.sqrt(n)
        repeated = seen[row["trial"], row["arm"]] > 1 or row["trial"] in compared
        if row["kind"] == "mean":
            known, own = np.sqrt(rho) * b[i], np.sqrt(1 - rho)
            expected = baseline[row["trial"]] + moved
        else:
            known, own = -np.sqrt(1 - rho) * e0[i], np.sqrt(1 - rho)
            expected = moved
        if not repeated:
            # Nothing else shows these patients: one normal with all of the variance.
            columns["y"][k] = rng.normal(expected, sd / np.sqrt(n))
            log_lik += stats.norm.logpdf(columns["y"][k], expected, sd / np.sqrt(n))
            continue
        visit = e0[i] if at == 0 else rng.normal()
        columns["y"][k] = expected + unit * (known + own * visit)
        log_lik += stats.norm.logpdf(columns["y"][k], expected + unit * known, unit * own)
    for trial, months, se in design.differences:
        log_lik += _differences(rng, design, used, columns["y"], world, b, (trial, months, se))
    truth = world.truth | {"log_lik": float(log_lik)}
    truth |= {f"baseline[{trials[0]}]": float(baseline[trials[0]])}
    return Replicate(printed(evidence, **columns), truth)


def _differences(
    rng: Rng, design: Design, used: pd.DataFrame, y: Values, world: World, b: Values,
    printed_rows: tuple[str, tuple[float, ...], float],
) -> float:  # fmt: skip
    """Differences from the reference arm, which share its error; returns their log density."""
    trial, months, se = printed_rows
    place = {a: i for i, a in enumerate(design.arms)}
    first, *others = [place[arm] for arm in design.of_trial(trial)]
    n = np.array([arm.n for arm in design.arms], dtype=float)
    log_lik = 0.0
    for month in months:
        at = int(np.flatnonzero(month == MONTHS)[0])
        of_arm = {i: n[first] / (n[i] + n[first]) for i in others}
        loading = np.zeros((len(others), len(others) + 1))
        for k, i in enumerate(others):
            loading[k, 0], loading[k, k + 1] = -np.sqrt(1 - of_arm[i]), np.sqrt(of_arm[i])
        loading *= se
        level = np.sqrt(world.rho) * loading @ b[[first, *others]]
        mean = world.benefit[first, at] - world.benefit[others, at] + level
        covariance = (1 - world.rho) * loading @ loading.T
        found = rng.multivariate_normal(mean, covariance)
        log_lik += float(stats.multivariate_normal.logpdf(found, mean, covariance))
        for i, value in zip(others, found, strict=True):
            arm = design.arms[i]
            here = (used["trial"] == trial) & (used["arm"] == arm.name) & (used["months"] == month)
            y[np.flatnonzero(here & (used["kind"] == "difference"))] = value
    return log_lik


def simulate(rng: Rng, design: Design, evidence: Evidence, shape: str) -> Replicate:
    """Truth and numbers."""
    return draw_numbers(rng, design, evidence, draw_world(rng, design, shape))


def arms_of(table: dict[str, Sequence[tuple[str, str, str, int]]]) -> tuple[Arm, ...]:
    return tuple(Arm(trial, *arm) for trial, arms in table.items() for arm in arms)


SALINE = ("placebo", "saline", "placebo")
#: Means and changes, repeated and not, with SDs and without, a trial of three arms, no placebo.
SCORES = Design(
    arms_of({
        "A": [(*SALINE, 25), ("MSC", "MSC", "MSC", 25), ("PRP", "PRP one", "PRP", 25)],
        "B": [(*SALINE, 20), ("PRP", "PRP two", "PRP", 20)],
        "C": [("MSC", "MSC", "MSC", 30), ("PRP", "PRP one", "PRP", 30)],
        "D": [(*SALINE, 35), ("MSC", "MSC", "MSC", 40)],
    }),
    scores=(
        ("A", "mean", (0, 3, 12), True), ("B", "change", (6, 24), False),
        ("C", "mean", (0, 36), True), ("D", "mean", (12,), True),
    ),
)  # fmt: skip
#: Differences against a shared control, at one visit and at two; a comparator class.
DIFFERENCES = Design(
    arms_of({
        "A": [(*SALINE, 25), ("MSC", "MSC", "MSC", 25), ("PRP", "PRP one", "PRP", 30)],
        "B": [(*SALINE, 30), ("PRP", "PRP two", "PRP", 30)],
        "C": [("HA", "HA", "hyaluronate", 30), ("MSC", "MSC", "MSC", 20)],
        "D": [(*SALINE, 20), ("HA", "HA", "hyaluronate", 20)],
    }),
    differences=(("A", (3, 12), 6.0), ("B", (6,), 5.0), ("C", (12,), 5.0), ("D", (3, 24), 4.0)),
)  # fmt: skip


def cases() -> list[Case]:
    """Every time course with means and SDs; differences with the default one."""
    found = [
        Case(f"review, {shape}", Model(time_course=shape), evidence,
             partial(simulate, design=SCORES, evidence=evidence, shape=shape))
        for evidence in [SCORES.evidence()] for shape in SHAPES
    ]  # fmt: skip
    compared = DIFFERENCES.evidence()
    how = partial(simulate, design=DIFFERENCES, evidence=compared, shape="waning")
    return [*found, Case("review, differences", Model(), compared, how)]
