"""The models and evidence that the engines are timed on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import trialpool as tp

ROOT = Path(__file__).resolve().parents[1]


def bcg() -> tuple[Any, Any]:
    """(a) BCG: thirteen log risk ratios of vaccination against tuberculosis (Colditz 1994)."""
    cases = [
        (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619),
        (33, 5036, 47, 5761), (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892),
        (29, 7470, 45, 7232), (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338),
        (27, 16886, 29, 17825),
    ]  # fmt: skip
    a, b, c, d = np.array(cases, dtype=float).T
    frame = pd.DataFrame(
        {
            "study": [f"trial {i + 1}" for i in range(len(cases))],
            "y": np.log(a / (a + b)) - np.log(c / (c + d)),
            "se": np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)),
        }
    )
    priors = {"effect": tp.priors.Normal(0, 4), "tau": tp.priors.HalfNormal(0.5)}
    evidence = tp.Evidence.from_effects(frame, study="study", effect="y", se="se")
    return tp.Model(priors=priors), evidence


def simulated_gaussian() -> tuple[Any, Any]:
    """(b) The simulated review: its means, changes and differences, no responders."""
    folder = ROOT / "data" / "simulated"
    return tp.Model(), tp.read_evidence(folder, outcome="pain", without_kinds=["responders"])


def pain() -> tuple[Any, Any]:
    """(c) The real pain evidence: every kind of number."""
    return tp.Model(), tp.read_evidence(ROOT / "data" / "clbp", outcome="pain")


def network(studies: int = 50) -> tuple[Any, Any]:
    """(d) A simulated network: means of two to four of eight treatments in each study."""
    rng = np.random.default_rng(studies)
    rows = []
    for study in range(studies):
        arms = np.sort(rng.choice(8, rng.integers(2, 5), replace=False))
        base, deviation = rng.normal(0, 1), rng.normal(0, 0.2, len(arms))
        for arm, own in zip(arms, deviation, strict=True):
            se = rng.uniform(0.15, 0.4)
            y = base - 0.15 * arm + own + rng.normal(0, se)
            rows.append({"study": f"study {study}", "trt": "ABCDEFGH"[arm], "y": y, "se": se})
    evidence = tp.Evidence.from_network(
        pd.DataFrame(rows), study="study", treatment="trt", mean="y", se="se", reference="A"
    )
    return tp.Model(priors={"baseline": tp.priors.Normal(0, 5)}), evidence


def courses(studies: int) -> tuple[Any, Any]:
    """(e) Simulated means over months with printed errors, four visits in each of two arms."""
    rng = np.random.default_rng(studies)
    months, rows = np.array([1.0, 3.0, 6.0, 12.0]), []
    effect = {"A": 0.0, "B": -1.0, "C": -2.0, "D": 0.5}
    for study in range(studies):
        control = rng.normal(size=len(months))
        first, second = np.sort(rng.choice(list(effect), 2, replace=False))
        for arm in (first, second):
            share = months / (1.0 + months)
            own = rng.normal(0, 0.3 / np.sqrt(2))
            error = 0.4 * (np.sqrt(0.5) * rng.normal() + np.sqrt(0.5) * rng.normal(size=4))
            y = control + (effect[arm] + own) * share + error
            rows += [
                {"study": f"s{study}", "trt": arm, "month": m, "y": float(v), "se": 0.4}
                for m, v in zip(months, y, strict=True)
            ]
    evidence = tp.Evidence.from_network(
        pd.DataFrame(rows),
        study="study", treatment="trt", mean="y", se="se", months="month", reference="A",
    )  # fmt: skip
    return tp.Model(time_course="emax", control="course"), evidence


CASES = {
    "a": bcg,
    "b": simulated_gaussian,
    "c": pain,
    "d": network,
}
