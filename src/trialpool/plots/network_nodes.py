"""What a network figure shows: its marks and lines, from evidence or from a posterior's record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from trialpool.draws import Draws
from trialpool.errors import QuestionError
from trialpool.evidence import Evidence
from trialpool.evidence.network import direct_comparisons
from trialpool.posterior import Posterior
from trialpool.questions.effects import classes, direct_trials, evidence_of, is_network, reference

#: Column of ``Evidence.arms`` of a level, and what its members are called.
_LEVELS = {"class": ("class_", "classes"), "treatment": ("treatment", "treatments")}


@dataclass(frozen=True)
class Node:
    """A class or treatment; ``patients`` is 0 where no arm printed how many it had."""

    name: str
    text: str
    patients: float
    role: str


@dataclass(frozen=True)
class Compared:
    """Who was compared with whom.

    Attributes
    ----------
    outcome : str
    members : {"classes", "treatments"}
    nodes : tuple of Node
        In the order reference, comparators, active.
    lines : mapping of (str, str) to int
        Trials in which two meet; only those that do.
    trials : int
    """

    outcome: str
    members: str
    nodes: tuple[Node, ...]
    lines: Mapping[tuple[str, str], int]
    trials: int


def compared_in(found: Evidence | Posterior, level: str) -> Compared:
    """Marks and lines of a network.

    Raises
    ------
    QuestionError
        If the level is unknown, there are no classes, or a posterior does not record the level.
    """
    if level not in _LEVELS:
        raise QuestionError(f"level: got {level!r}; expected one of {', '.join(_LEVELS)}")
    if isinstance(found, Evidence):
        return _of_evidence(found, level)
    draws = found.draws
    return _of_network(draws) if is_network(draws) else _of_classes(draws, level)


def _of_evidence(evidence: Evidence, level: str) -> Compared:
    if evidence.arms.empty:
        raise _no_classes(evidence.outcome)
    column, members = _LEVELS[level]
    nodes = []
    for name, group in evidence.arms.groupby(column, sort=False):
        class_ = str(group["class_"].iloc[0])
        trials, patients = group["trial"].nunique(), float(np.nansum(group["n"]))
        told = _told(trials, patients)
        if column != "class_":
            told = f"{class_}\n{told}"
        role = ("reference", "comparator", "active")[evidence.classes.order(class_)[0]]
        nodes.append((evidence.classes.order(class_), Node(str(name), told, patients, role)))
    ordered = [node for _, node in sorted(nodes, key=lambda entry: (entry[0], entry[1].name))]
    return Compared(
        evidence.outcome,
        members,
        tuple(ordered),
        direct_comparisons(evidence, column),
        evidence.arms["trial"].nunique(),
    )


def _of_classes(draws: Draws, level: str) -> Compared:
    """From the record of a fit, which holds classes and not products."""
    meta = draws.meta
    outcome = str(meta.get("outcome", ""))
    held = meta.get("evidence", {}).get("classes", {})
    if not held:
        raise _no_classes(outcome)
    if level != "class":
        raise QuestionError(
            f"level: got {level!r} for a posterior, whose record holds the classes; expected "
            "'class'. Draw treatments from the evidence: plot_network(tp.read_evidence(DIR))"
        )
    active = set(meta.get("active", ()))
    nodes = tuple(
        Node(name, _told(int(known["trials"]), float(known["patients"])), known["patients"], role)
        for name, known in held.items()
        for role in [
            "reference" if name == reference(draws) else "active" if name in active else
            "comparator"
        ]
    )  # fmt: skip
    trials = {report["trial"] for report in meta.get("reports", ())}
    return Compared(outcome, "classes", nodes, _lines(draws, [n.name for n in nodes]), len(trials))


def _of_network(draws: Draws) -> Compared:
    """Treatments of a network meta-analysis."""
    names = [reference(draws), *classes(draws)]
    nodes = []
    for name in names:
        known = evidence_of(draws, name)
        role = "reference" if name == names[0] else "active"
        told = _told(known["trials"], known["patients"])
        nodes.append(Node(name, told, known["patients"], role))
    studies = {row.get("study") for row in draws.meta.get("reports", ())}
    outcome = str(draws.meta.get("outcome", ""))
    return Compared(outcome, "treatments", tuple(nodes), _lines(draws, names), len(studies))


def _lines(draws: Draws, names: list[str]) -> dict[tuple[str, str], int]:
    met = {pair: direct_trials(draws, *pair) for pair in combinations(names, 2)}
    return {pair: count for pair, count in met.items() if count}


def _told(trials: int, patients: float) -> str:
    told = f"{trials} trial{'' if trials == 1 else 's'}, "
    return told + (f"{patients:g} patients" if patients else "n not printed")


def _no_classes(outcome: str) -> QuestionError:
    return QuestionError(
        f"{outcome}: got evidence without classes of treatment; expected rows of a "
        "folder of trials that enter. Choose an outcome that has some"
    )
