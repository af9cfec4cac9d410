"""Simulated trials, shaped like a published review, whose truth is known. Never a finding.

Every parameter is drawn from the default priors of the model; then every patient is drawn, and the
patients of an arm are summarised as their trial prints them. The design (trials, arms, visits,
kinds, sizes) is the same for every seed, so a model compiled for one seed can be refitted to all.

    python data/simulated/simulate.py            rewrites the committed files (seed 1)
    python data/simulated/simulate.py --check    exits 1 if they differ from what the seed gives
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trialpool.synthesis.priors import Prior
from trialpool.synthesis.roles import FAMILIES

HERE = Path(__file__).resolve().parent
SEED = 1
#: Months of the true courses: the grid of the model, which holds every visit below.
MONTHS = np.array([0, 1, 2, 3, 6, 9, 12, 18, 24, 30, 36, 42, 48, 54, 60], dtype=float)
ACTIVE = ("PRP", "MSC", "MPC")
CLASSES = (*ACTIVE, "hyaluronate")
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Arm:
    trial: str
    name: str
    treatment: str
    class_: str
    n: int


@dataclass(frozen=True)
class Printed:
    """What a trial prints of one outcome: one kind, for all its arms, at some months."""

    trial: str
    kind: str
    months: tuple[int, ...]
    sd: bool = False
    threshold: str = ""
    percent: bool = False


def _arms() -> tuple[Arm, ...]:
    saline, gel = ("saline", "saline disc", "placebo"), ("HA", "HA disc", "hyaluronate")
    table = {  # the first arm of a trial is its reference
        "A": [(*saline, 36), ("PRP", "PRP 2 ml", "PRP", 36)],
        "B": [(*saline, 30), ("PRP", "PRP 4 ml", "PRP", 30)],
        "C": [
            (*saline, 20),
            ("MPC low", "MPC 6M + HA", "MPC", 30),
            ("MPC high", "MPC 18M + HA", "MPC", 30),
            (*gel, 20),
        ],
        "D": [(*saline, 30), ("MPC", "MPC 6M + HA", "MPC", 60)],
        "E": [(*saline, 40), ("MSC", "MSC 20M", "MSC", 40)],
        "F": [(*gel, 30), ("MSC", "MSC 40M", "MSC", 30)],
        "G": [(*saline, 28), ("MSC", "MSC 20M", "MSC", 28)],
    }
    return tuple(Arm(f"simulated {t}", *arm) for t, arms in table.items() for arm in arms)


ARMS = _arms()
PATIENTS = sum(arm.n for arm in ARMS)

#: One kind a visit: rows of one arm and month describe the same patients, and only one would enter.
SCORES: dict[str, tuple[str, tuple[Printed, ...]]] = {
    "pain": (
        "VAS 0-100",
        (
            Printed("simulated A", "mean", (0, 1, 3, 6, 12), sd=True),
            Printed("simulated B", "mean", (0,), sd=True),
            Printed("simulated B", "responders", (3, 6, 12, 24), threshold=">=50%", percent=True),
            Printed("simulated C", "mean", (0, 1, 3, 6, 12, 24, 36), sd=True),
            Printed("simulated D", "mean", (0,), sd=True),
            Printed("simulated D", "responders", (3, 6, 12, 24, 36), threshold=">=20mm"),
            Printed("simulated E", "change", (6, 12, 24)),
            Printed("simulated F", "mean", (0,), sd=True),
            Printed("simulated F", "difference", (3, 12, 24)),
            Printed("simulated G", "mean", (0, 1, 2, 6, 12, 36), sd=True),
        ),
    ),
    "function": (
        "ODI 0-100",
        (
            Printed("simulated A", "mean", (0, 1, 3, 6, 12), sd=True),
            Printed("simulated B", "change", (3, 6, 12, 24)),
            Printed("simulated C", "mean", (0, 3, 6, 12, 24, 36), sd=True),
            Printed("simulated D", "mean", (0,), sd=True),
            Printed("simulated D", "responders", (3, 6, 12, 24, 36), threshold=">=30%"),
            Printed("simulated E", "mean", (0, 6, 12, 24)),
            Printed("simulated F", "difference", (3, 12, 24)),
            Printed("simulated G", "mean", (0, 2, 6, 12, 36), sd=True),
        ),
    ),
}
#: Serious adverse events: the last month to which each trial counts them.
SAE_MONTHS = {"A": 12, "B": 24, "C": 36, "D": 36, "E": 24, "F": 24, "G": 36}


@dataclass(frozen=True, eq=False)
class Simulated:
    """Tables as a folder of evidence holds them, and the truth behind them."""

    trials: pd.DataFrame
    reports: pd.DataFrame
    truth: dict[str, Any]


def simulate(seed: int) -> Simulated:
    """Draw a truth, patients and reports; the design is the same for every seed."""
    rows: list[dict[str, Any]] = []
    truth: dict[str, Any] = {
        "what": "simulated, never a finding",
        "seed": seed,
        "script": "data/simulated/simulate.py",
    }
    for number, outcome in enumerate([*SCORES, "sae"]):
        rng = np.random.default_rng([seed, number])
        printed, truth[outcome] = _plausible(rng, outcome)
        rows += printed
    source = {"source": f"simulated, seed {seed}, data/simulated/simulate.py"}
    cells = [{name: "" for name in REPORT_COLUMNS} | row | source for row in rows]
    return Simulated(_trials(seed), pd.DataFrame(cells), truth)


def _plausible(
    rng: np.random.Generator, outcome: str
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Draws truth and patients anew until the printed numbers are plausible.

    Only printed numbers decide, never the truth: given its numbers an accepted truth has the same
    posterior as without the rule, so intervals keep their coverage (README, "Redraws").
    """
    for attempt in range(1, 10_001):
        if outcome == "sae":
            rows, truth = _events(rng)
        else:
            truth = _draw_truth(rng)
            rows = list(_print_scores(rng, outcome, truth))
        if all(_is_plausible(row) for row in rows):
            return rows, {"attempts": attempt, **_labelled(truth)}
    raise RuntimeError(
        f"{outcome}: 10000 attempts without plausible numbers; the priors are too wide"
    )


def _is_plausible(row: dict[str, Any]) -> bool:
    kind = row["kind"]
    if kind == "mean":
        return 5 <= float(row["mean"]) <= 95 and float(row.get("sd", 0)) <= 45
    if kind in ("change", "difference"):
        return abs(float(row["mean"])) <= 60
    share = float(row["events"]) / row["n"] if row.get("events") else float(row["percent"]) / 100
    return share <= 0.3 if kind == "events" else 0.02 <= share <= 0.98


# -------------------------------------------------------------------------------------- the truth


def _prior(family: str, role: str) -> Prior:
    return FAMILIES[family][role].prior


def _draw(rng: np.random.Generator, role: str, family: str = "longitudinal") -> float:
    return float(_prior(family, role).draw(rng, 1)[0])


def _effects(rng: np.random.Generator, family: str, treatment_level: bool) -> dict[str, Any]:
    """Class, treatment and arm effects over placebo, with multi-arm correlation 1/2 in a trial."""
    effect, class_sd = _draw(rng, "effect", family), _draw(rng, "class_sd", family)
    active = np.array([name in ACTIVE for name in CLASSES], dtype=float)
    class_effect = active * effect + class_sd * rng.standard_normal(len(CLASSES))
    found: dict[str, Any] = {"effect": effect, "class_sd": class_sd, "class_effect": class_effect}
    of_treatment = class_effect[[CLASSES.index(TREATMENTS[name]) for name in TREATMENTS]]
    if treatment_level:
        found["treatment_sd"] = _draw(rng, "treatment_sd", family)
        of_treatment = of_treatment + found["treatment_sd"] * rng.standard_normal(len(TREATMENTS))
    found["treatment_effect"] = of_treatment
    found["tau"] = tau = _draw(rng, "tau", family)
    arm_effect = []
    for _, arms in groupby(ARMS, lambda arm: arm.trial):
        members = list(arms)
        # Own deviation and the reference arm's, each tau / sqrt(2): covariance tau^2 / 2.
        own = tau * np.sqrt(0.5) * rng.standard_normal(len(members))
        for place, arm in enumerate(members):
            at = list(TREATMENTS).index(arm.treatment) if arm.treatment in TREATMENTS else -1
            mean = of_treatment[at] if at >= 0 else 0.0
            arm_effect.append(mean + (own[place] - own[0]))
    found["arm_effect"] = np.array(arm_effect)
    return found


def _draw_truth(rng: np.random.Generator) -> dict[str, Any]:
    truth = _effects(rng, "longitudinal", treatment_level=True)
    for role, name in (("half_life", "half_life_typical"), ("half_life_sd", "half_life_sd")):
        truth[name] = _draw(rng, role)
    spread_of_log = truth["half_life_sd"] * rng.standard_normal(len(CLASSES))
    truth["half_life"] = half_life = truth["half_life_typical"] * np.exp(spread_of_log)
    truth["onset"] = _draw(rng, "onset")
    truth["drift"] = _draw(rng, "drift")
    share = (1 - 2.0 ** (-MONTHS / truth["onset"])) * 2.0 ** (-MONTHS / half_life[:, None])
    steps = rng.standard_normal((len(CLASSES), len(MONTHS) - 1)) * np.sqrt(np.diff(MONTHS) / 12)
    wander = truth["drift"] * np.pad(np.cumsum(steps, axis=1), ((0, 0), (1, 0)))
    truth["benefit"] = truth["class_effect"][:, None] * share + wander
    trial_benefit = np.zeros((len(ARMS), len(MONTHS)))
    for i, arm in enumerate(ARMS):
        if arm.class_ in CLASSES:
            c = CLASSES.index(arm.class_)
            trial_benefit[i] = truth["arm_effect"][i] * share[c] + wander[c]
    truth["trial_benefit"] = trial_benefit
    truth["baseline"] = _prior("longitudinal", "baseline").draw(rng, len(TRIALS))
    change = _prior("longitudinal", "control").draw(rng, len(TRIALS) * len(MONTHS))
    truth["control_change"] = change.reshape(len(TRIALS), len(MONTHS)) * (MONTHS > 0)
    truth["spread"], truth["spread_sd"] = _draw(rng, "spread"), _draw(rng, "spread_sd")
    scatter = truth["spread_sd"] * rng.standard_normal(len(ARMS))
    truth["arm_spread"] = truth["spread"] * np.exp(scatter)
    truth["rho"] = _draw(rng, "rho")
    return truth


_DIMS = {
    "class_effect": ["class"],
    "half_life": ["class"],
    "benefit": ["class", "months"],
    "treatment_effect": ["treatment"],
    "arm_effect": ["trial_arm"],
    "trial_benefit": ["trial_arm", "months"],
    "arm_spread": ["trial_arm"],
    "baseline": ["trial"],
    "control_change": ["trial", "months"],
    "log_odds_ratio": ["class"],
}


def _labelled(truth: dict[str, Any]) -> dict[str, Any]:
    coords = {
        "class": list(CLASSES),
        "treatment": list(TREATMENTS),
        "trial": TRIALS,
        "trial_arm": [f"{arm.trial} | {arm.name}" for arm in ARMS],
        "months": MONTHS.tolist(),
    }
    values = {
        name: {"dims": _DIMS.get(name, []), "values": np.round(value, 6).tolist()}
        for name, value in truth.items()
    }
    return {"coords": coords, "values": values}


# -------------------------------------------------------------------------- patients and reports


def _print_scores(
    rng: np.random.Generator, outcome: str, truth: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    scale, printed = SCORES[outcome]
    for trial, specs in groupby(printed, lambda spec: spec.trial):
        visits = sorted({0, *(m for p in printed if p.trial == trial for m in p.months)})
        members = [i for i, arm in enumerate(ARMS) if arm.trial == trial]
        scores = {ARMS[i].name: _patients(rng, truth, i, members[0], visits) for i in members}
        for spec in specs:
            for month in spec.months:
                for i in members:
                    if spec.kind != "difference" or i != members[0]:
                        yield {
                            **_keys(ARMS[i], outcome, scale, month, spec),
                            **_summary(
                                spec, scores, ARMS[i], ARMS[members[0]], visits.index(month)
                            ),
                        }


def _patients(
    rng: np.random.Generator, truth: dict[str, Any], arm: int, reference: int, visits: list[int]
) -> np.ndarray:
    """Scores (patient, visit): compound symmetry, not cut off at the ends of the scale."""
    trial, months = TRIALS.index(ARMS[arm].trial), np.searchsorted(MONTHS, visits)
    gain = truth["trial_benefit"][arm] - truth["trial_benefit"][reference]
    course = truth["baseline"][trial] + truth["control_change"][trial] - gain
    level = rng.standard_normal((ARMS[arm].n, 1))
    own = rng.standard_normal((ARMS[arm].n, len(visits)))
    errors = np.sqrt(truth["rho"]) * level + np.sqrt(1 - truth["rho"]) * own
    return course[months] + truth["arm_spread"][arm] * errors


def _keys(arm: Arm, outcome: str, scale: str, month: int, spec: Printed) -> dict[str, Any]:
    return {
        "trial": arm.trial,
        "arm": arm.name,
        "treatment": arm.treatment,
        "class": arm.class_,
        "outcome": outcome,
        "scale": scale,
        "months": month,
        "kind": spec.kind,
        "n": arm.n,
        "threshold": spec.threshold,
    }


def _summary(
    spec: Printed, scores: dict[str, np.ndarray], arm: Arm, reference: Arm, visit: int
) -> dict[str, Any]:
    y = scores[arm.name]
    if spec.kind == "mean":
        sd = {"sd": f"{y[:, visit].std(ddof=1):.1f}"} if spec.sd else {}
        return {"mean": f"{y[:, visit].mean():.1f}", **sd}
    if spec.kind == "change":
        return {"mean": f"{(y[:, visit] - y[:, 0]).mean():.1f}"}
    if spec.kind == "difference":
        a, b = y[:, visit], scores[reference.name][:, visit]
        difference = a.mean() - b.mean()
        half = Z95 * np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
        return {
            "mean": f"{difference:.1f}",
            "lower": f"{difference - half:.1f}",
            "upper": f"{difference + half:.1f}",
            "level": "95",
            "versus": reference.name,
        }
    size = float(spec.threshold.removeprefix(">=").rstrip("%m"))
    fall = y[:, 0] - y[:, visit]
    needed = y[:, 0] * size / 100 if spec.threshold.endswith("%") else size
    count = int((fall >= needed).sum())
    return {"percent": f"{100 * count / arm.n:.0f}"} if spec.percent else {"events": str(count)}


def _events(rng: np.random.Generator) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    truth = _effects(rng, "events", treatment_level=False)
    truth["log_odds_ratio"] = truth["class_effect"]
    truth["baseline"] = _prior("events", "baseline").draw(rng, len(TRIALS))
    rows = []
    for i, arm in enumerate(ARMS):
        first = next(j for j, other in enumerate(ARMS) if other.trial == arm.trial)
        effect = truth["arm_effect"][i] - truth["arm_effect"][first]
        p = 1 / (1 + np.exp(-truth["baseline"][TRIALS.index(arm.trial)] - effect))
        month = SAE_MONTHS[arm.trial.removeprefix("simulated ")]
        spec = Printed(arm.trial, "events", (month,))
        count = str(int(rng.binomial(arm.n, p)))
        rows.append({**_keys(arm, "sae", "", month, spec), "events": count})
    return rows, truth


# ------------------------------------------------------------------------------------------ files

TRIALS = list(dict.fromkeys(arm.trial for arm in ARMS))
#: Treatments over placebo with their classes, in the order of the classes.
TREATMENTS = {
    arm.treatment: arm.class_
    for arm in sorted(
        (arm for arm in ARMS if arm.class_ in CLASSES),
        key=lambda arm: (CLASSES.index(arm.class_), arm.treatment),
    )
}
REPORT_COLUMNS = [
    "trial", "arm", "treatment", "class", "outcome", "scale", "months", "kind", "n", "mean", "sd",
    "lower", "upper", "level", "events", "percent", "threshold", "versus", "source",
]  # fmt: skip


def _trials(seed: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "trial": TRIALS,
            "population": "simulated patients",
            "route": "intradiscal (simulated)",
            "n_randomised": [sum(arm.n for arm in ARMS if arm.trial == t) for t in TRIALS],
            "source": f"simulated, seed {seed}, data/simulated/simulate.py",
            "note": "simulated: no such trial exists",
        }
    )


def texts(simulated: Simulated) -> dict[str, str]:
    """The three files as text, by name."""
    return {
        "trials.csv": simulated.trials.to_csv(index=False, lineterminator="\n"),
        "reports.csv": simulated.reports.to_csv(index=False, lineterminator="\n"),
        "truth.json": json.dumps(simulated.truth, indent=1) + "\n",
    }


def write(simulated: Simulated, directory: Path) -> None:
    """Write trials.csv, reports.csv and truth.json."""
    for name, text in texts(simulated).items():
        (directory / name).write_text(text, encoding="utf-8", newline="\n")


def main() -> int:
    parser = argparse.ArgumentParser(description="Rewrite the simulated evidence (seed 1).")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 if files differ")
    check = parser.parse_args().check
    simulated = simulate(SEED)
    if not check:
        write(simulated, HERE)
        print(f"wrote {', '.join(texts(simulated))}: {PATIENTS} simulated patients")
        return 0
    stale = [
        name
        for name, text in texts(simulated).items()
        if not (HERE / name).exists() or (HERE / name).read_text(encoding="utf-8") != text
    ]
    if stale:
        print(f"{', '.join(stale)} differ from seed {SEED}: run python data/simulated/simulate.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
