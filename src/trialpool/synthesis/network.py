"""The randomised arms as index arrays: classes, treatments, trials, multi-arm correlation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialpool.evidence import Evidence

Index = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Network:
    """Arms and what they belong to.

    Attributes
    ----------
    trials, classes, treatments, arms : list of str
        Labels; classes and treatments without the reference class, active ones first.
    active : (class,)
        False for comparator classes.
    class_of_treatment : (treatment,)
    trial, class_, treatment : (trial_arm,)
        Indices; -1 for the reference class and its treatments.
    reference : (trial_arm,)
        Index of the reference arm of the arm's trial; that arm comes first in its trial.
    deviation : (trial_arm, contrast)
        Maps independent standard normals to trial deviations with correlation 1/2 between the
        contrasts of a trial (Higgins and Whitehead 1996, Stat Med 15:2733); rows of reference arms
        are zero.
    """

    trials: list[str]
    classes: list[str]
    treatments: list[str]
    arms: list[str]
    active: NDArray[np.bool_]
    class_of_treatment: Index
    trial: Index
    class_: Index
    treatment: Index
    reference: Index
    deviation: Values

    @property
    def contrasts(self) -> list[str]:
        """Labels of the arms that are not their trial's reference."""
        return [arm for i, arm in enumerate(self.arms) if self.reference[i] != i]

    @property
    def coords(self) -> dict[str, list[str]]:
        """Named dims of a PyMC model over this network."""
        return {
            "class": self.classes,
            "treatment": self.treatments,
            "trial": self.trials,
            "trial_arm": self.arms,
            "contrast": self.contrasts,
        }


def build_network(evidence: Evidence) -> Network:
    """Number the arms of the evidence in the order of ``evidence.arms``."""
    table = evidence.arms
    vocabulary = [*evidence.classes.active, *evidence.classes.comparators]
    present = set(table["class_"])
    classes = [name for name in vocabulary if name in present]
    class_of = {
        treatment: class_
        for treatment, class_ in zip(table["treatment"], table["class_"], strict=True)
        if class_ in classes
    }
    treatments = sorted(class_of, key=lambda name: (classes.index(class_of[name]), name))
    trials = list(dict.fromkeys(table["trial"]))

    trial = positions(table["trial"], trials)
    reference = np.array([int(np.argmax(trial == t)) for t in trial], dtype=np.int64)
    return Network(
        trials=trials,
        classes=classes,
        treatments=treatments,
        arms=[f"{t} | {a}" for t, a in zip(table["trial"], table["arm"], strict=True)],
        active=np.array([name in evidence.classes.active for name in classes], dtype=bool),
        class_of_treatment=positions([class_of[name] for name in treatments], classes),
        trial=trial,
        class_=positions(table["class_"], classes),
        treatment=positions(table["treatment"], treatments),
        reference=reference,
        deviation=deviation_factor(trial, reference),
    )


def deviation_factor(trial: Index, reference: Index) -> Values:
    """``Network.deviation`` of arms, from the trial and the reference arm of each."""
    others = np.flatnonzero(reference != np.arange(len(trial)))
    deviation = np.zeros((len(trial), len(others)))
    for t in np.unique(trial):
        inside = np.flatnonzero(trial[others] == t)
        correlation = 0.5 + 0.5 * np.eye(len(inside))
        deviation[np.ix_(others[inside], inside)] = np.linalg.cholesky(correlation)
    return deviation


def positions(values: Iterable[str], labels: list[str]) -> Index:
    """Place of each value among the labels; -1 for those that are not there."""
    place = {label: i for i, label in enumerate(labels)}
    return np.array([place.get(value, -1) for value in values], dtype=np.int64)
