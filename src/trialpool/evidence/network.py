"""Which classes were compared in trials, and how much evidence each has."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, TypedDict

import numpy as np

if TYPE_CHECKING:
    from trialpool.evidence.table import Evidence


class ClassSummary(TypedDict):
    """Evidence of one class: trials, patients, and the last month observed."""

    trials: int
    patients: int
    last_months: float


@dataclass(frozen=True)
class EvidenceSummary:
    """Size of the evidence by class and by pair of classes.

    Attributes
    ----------
    classes : dict
        class -> ``{"trials": int, "patients": int, "last_months": float}``. Patients are those of
        the arms' own rows; an arm that is only the other side of a difference has no number of its
        own and counts 0.
    direct : dict
        ``"A|B"`` (sorted by text) -> number of trials that compare the two classes directly.
    """

    classes: dict[str, ClassSummary]
    direct: dict[str, int]

    def to_dict(self) -> dict[str, object]:
        """The same as plain dicts, for JSON."""
        return {
            "classes": {name: dict(entry) for name, entry in self.classes.items()},
            "direct": dict(self.direct),
        }


def summarise(evidence: Evidence) -> EvidenceSummary:
    """Trials, patients and last month of each class, and the number of trials of each pair.

    Parameters
    ----------
    evidence : Evidence
        Of the longitudinal or events layout; the plain layouts have no classes and give empty
        dicts.

    Returns
    -------
    EvidenceSummary
        Classes in the order reference, comparators, active.
    """
    arms, used = evidence.arms, evidence.used
    if arms.empty:
        return EvidenceSummary({}, {})
    last: dict[tuple[str, str], float] = defaultdict(float)
    for trial, arm, versus, months in zip(
        used["trial"], used["arm"], used["versus"], used["months"], strict=True
    ):
        for name in (arm, versus):
            last[trial, name] = max(last[trial, name], float(months))
    classes: dict[str, ClassSummary] = {}
    for name in sorted(arms["class_"].unique(), key=evidence.classes.order):
        group = arms[arms["class_"] == name]
        months = [last[trial, arm] for trial, arm in zip(group["trial"], group["arm"], strict=True)]
        patients = int(np.nansum(group["n"].to_numpy(dtype=float)))
        classes[name] = {
            "trials": int(group["trial"].nunique()),
            "patients": patients,
            "last_months": max(months),
        }
    direct: dict[str, int] = {}
    names = sorted(classes)
    by_trial = {trial: set(group["class_"]) for trial, group in arms.groupby("trial", sort=True)}
    for a, b in combinations(names, 2):
        direct[f"{a}|{b}"] = sum({a, b} <= present for present in by_trial.values())
    return EvidenceSummary(classes, direct)
