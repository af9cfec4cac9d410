"""Which classes and treatments were compared in trials, directly or through others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from trialpool.evidence.connectivity import Number, Steps, compared_arms, shortest_path

if TYPE_CHECKING:
    from trialpool.evidence.table import Evidence


class ClassSummary(TypedDict):
    """Evidence of one class: trials, patients, and the last month observed."""

    trials: int
    patients: int
    last_months: float


@dataclass(frozen=True)
class Path:
    """A way from one class to another through trials.

    Attributes
    ----------
    names : tuple of str
        From the one to the other, both included.
    trials : tuple of int
        Number of trials of each step.
    """

    names: tuple[str, ...]
    trials: tuple[int, ...]

    def __str__(self) -> str:
        return f"{' - '.join(self.names)} ({', '.join(str(n) for n in self.trials)} trials)"

    def to_dict(self) -> dict[str, object]:
        """The same as plain values, for JSON."""
        return {"path": list(self.names), "trials": list(self.trials)}


@dataclass(frozen=True)
class EvidenceSummary:
    """Size of the evidence by class and by pair of classes.

    Attributes
    ----------
    classes : dict
        class -> ``{"trials": int, "patients": int, "last_months": float}``. An arm that is only
        the other side of a difference counts 0 patients unless the row gives ``versus_n``.
    direct : dict
        ``"A|B"`` (sorted by text) -> number of trials that compare the two classes directly, at one
        visit, 0 too.
    direct_treatments : dict
        The same by treatment, only those that were compared.
    indirect : dict
        ``"A|B"`` of classes that no trial compares -> the shortest ``Path`` between them, or None
        where no path of trials connects them.
    """

    classes: dict[str, ClassSummary]
    direct: dict[str, int]
    direct_treatments: dict[str, int] = field(default_factory=dict)
    indirect: dict[str, Path | None] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """The same as plain dicts, for JSON."""
        return {
            "classes": {name: dict(entry) for name, entry in self.classes.items()},
            "direct": dict(self.direct),
            "direct_treatments": dict(self.direct_treatments),
            "indirect": {
                pair: None if path is None else path.to_dict()
                for pair, path in self.indirect.items()
            },
        }

    def sentences(self) -> list[str]:
        """Which classes are compared directly, only through others, and not at all; for people."""
        names = list(reversed(self.classes))
        direct, through, apart = [], defaultdict(list), []
        for one, other in combinations(names, 2):
            pair, versus = _key(one, other), f"{one} v {other}"
            if count := self.direct[pair]:
                direct.append(f"{versus} ({count} trial{'' if count == 1 else 's'})")
            elif (path := self.indirect[pair]) is None:
                apart.append(versus)
            else:
                between = path.names[1:-1] if path.names[0] == one else path.names[-2:0:-1]
                through[" and ".join(between)].append(versus)
        sentences = [f"compared directly: {', '.join(direct)}"] if direct else []
        if through:
            ways = [f"{', '.join(pairs)} through {between}" for between, pairs in through.items()]
            sentences.append(f"only through others: {'; '.join(ways)}")
        if apart:
            sentences.append(f"not connected, so never compared: {', '.join(apart)}")
        return sentences


def summarise(evidence: Evidence) -> EvidenceSummary:
    """Size of the evidence of each class, and how classes and treatments are compared.

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
    met = direct_comparisons(evidence, "class_")
    direct = {_key(a, b): met.get((a, b), 0) for a, b in combinations(sorted(classes), 2)}
    treatments = direct_comparisons(evidence, "treatment")
    return EvidenceSummary(
        classes,
        direct,
        {_key(*pair): count for pair, count in treatments.items()},
        _indirect(sorted(classes), met),
    )


def direct_comparisons(evidence: Evidence, by: str) -> dict[tuple[str, str], int]:
    """Pairs of classes or treatments that meet at a visit of a trial, and in how many trials.

    Parameters
    ----------
    evidence : Evidence
        Of the longitudinal or events layout.
    by : {"class_", "treatment"}
        Column of ``Evidence.arms`` that names what is compared.

    Returns
    -------
    dict
        Sorted pair -> number of trials.
    """
    counts: dict[tuple[str, str], int] = defaultdict(int)
    arms, used = evidence.arms, evidence.used
    name_of = dict(zip(zip(arms["trial"], arms["arm"], strict=True), arms[by], strict=True))
    columns = (used[column].tolist() for column in Number._fields)
    for trial, groups in compared_arms(map(Number, *columns)).items():
        pairs = {
            pair
            for group in groups
            for pair in combinations(sorted({name_of[trial, arm] for arm in group}), 2)
        }
        for pair in pairs:
            counts[pair] += 1
    return dict(sorted(counts.items()))


def _indirect(names: Iterable[str], met: Mapping[tuple[str, str], int]) -> dict[str, Path | None]:
    listed = list(names)
    steps: dict[str, dict[str, int]] = {name: {} for name in listed}
    for (a, b), count in met.items():
        steps[a][b] = steps[b][a] = count
    return {_key(a, b): _path(steps, a, b) for a, b in combinations(listed, 2) if (a, b) not in met}


def _path(steps: Steps, one: str, other: str) -> Path | None:
    names = shortest_path(steps, one, other)
    if names is None:
        return None
    return Path(names, tuple(steps[a][b] for a, b in pairwise(names)))


def _key(one: str, other: str) -> str:
    return "|".join(sorted((one, other)))
