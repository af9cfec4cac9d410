"""Other analyses of the same question: each differs from the first in one choice.

A new group is a function ``(Model, Evidence) -> Iterator[Variant]`` and its line in `GROUPS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from trialpool.errors import ModelError, TrialpoolError
from trialpool.evidence import Evidence
from trialpool.evidence.connectivity import Number, compared_arms
from trialpool.graph import UnreadableError
from trialpool.graph.node import Node
from trialpool.synthesis import Model
from trialpool.synthesis.time_courses import SHAPES

#: What every prior's spread is multiplied by.
FACTORS = (0.5, 2.0)


@dataclass(frozen=True)
class Variant:
    """One other analysis.

    Attributes
    ----------
    group : str
        ``prior``, ``trial``, ``kind``, ``time course``, or a word of your own.
    label : str
        What differs.
    model, evidence : Model, Evidence
    impossible : str
        Why it cannot be done, or nothing.
    detail : str
        The choice in full, such as the prior.
    """

    group: str
    label: str
    model: Model
    evidence: Evidence
    impossible: str = ""
    detail: str = ""


def variants(
    model: Model,
    evidence: Evidence,
    *,
    groups: Sequence[str] | None = None,
    without_kind: Callable[[str], Evidence] | None = None,
) -> list[Variant]:
    """Each prior halved and doubled, each trial and kind left out, each time course alone.

    Parameters
    ----------
    model : Model
    evidence : Evidence
    groups : sequence of str, optional
        Names of `GROUPS`; all when left out.
    without_kind : callable, optional
        The evidence read without a kind. Without it rows are left out of ``evidence``: then
        a number that one of them had displaced does not come back, as it does where the folder is
        read again.

    Raises
    ------
    ModelError
        For a group that does not exist.
    """
    chosen = list(GROUPS) if groups is None else list(groups)
    for name in chosen:
        if name not in GROUPS:
            raise ModelError(f"groups: got '{name}'; expected some of {', '.join(GROUPS)}")
    found: list[Variant] = []
    for name in chosen:
        if name == "kind":
            found += _kinds(model, evidence, without_kind)
        else:
            found += GROUPS[name](model, evidence)
    return found


def _priors(model: Model, evidence: Evidence) -> Iterator[Variant]:
    """Each prior with its spread halved and doubled, of those that this evidence makes use of."""
    first = _numbers(model, evidence)
    for role, prior in model.priors_for(evidence).items():
        for factor in FACTORS:
            other = prior.scaled(factor)
            if other is None:
                continue
            label, detail = f"prior of {role}, spread x {factor:g}", repr(other)
            try:
                changed = model.with_priors(**{role: other})
                changed.priors_for(evidence)
            except ModelError:
                why = f"{other!r} is no prior for {role}"
                yield Variant("prior", label, model, evidence, why, detail)
                continue
            # One class alone has no class_sd: to change its prior changes nothing.
            if first is None or _numbers(changed, evidence) != first:
                yield Variant("prior", label, changed, evidence, detail=detail)


def _numbers(model: Model, evidence: Evidence) -> list[tuple[object, ...]] | None:
    """Every free variable with the numbers of its distribution; None without a graph."""
    try:
        graph = model.graph(evidence)
    except UnreadableError:
        return None
    return [
        (free.name, free.kind, *(repr(v) for v in free.given.values() if not isinstance(v, Node)))
        for free in graph.free
    ]


def _trials(model: Model, evidence: Evidence) -> Iterator[Variant]:
    """Each trial left out; each cluster where studies come in clusters."""
    for name in units(evidence):
        made = partial(evidence.without, name)
        yield _of_evidence("trial", f"without {name}", model, evidence, made)


def units(evidence: Evidence) -> list[str]:
    """What is left out as one: trials, or clusters of studies, or studies."""
    used = evidence.used
    (key, *_) = [name for name in ("trial", "cluster", "study") if name in used]
    return list(dict.fromkeys(used[key].astype(str)))


def _kinds(
    model: Model, evidence: Evidence, without_kind: Callable[[str], Evidence] | None
) -> Iterator[Variant]:
    """Each kind of report left out, where there are several."""
    if evidence.layout not in ("longitudinal", "events"):
        return
    kinds = list(dict.fromkeys(evidence.used["kind"]))
    read = without_kind or partial(leave_kind_out, evidence)
    if len(kinds) > 1:
        for kind in kinds:
            made = partial(read, kind)
            yield _of_evidence("kind", f"without {kind} reports", model, evidence, made)


def leave_kind_out(evidence: Evidence, kind: str) -> Evidence:
    """The evidence without the rows of one kind, and without trials that then compare no arms."""
    reports = evidence.reports.copy()
    gone = reports["enters"] & (reports["kind"] == kind)
    reports.loc[gone, "why"] = f"kind {kind}, not in this analysis"
    reports.loc[gone, "enters"] = False
    left = reports[reports["enters"]]
    columns = ["trial", "arm", "versus", "months", "kind", "definition"]
    compared = compared_arms(Number(*row) for row in left[columns].to_numpy().tolist())
    alone = [t for t, groups in compared.items() if not any(len(group) > 1 for group in groups)]
    lone = reports["enters"] & reports["trial"].isin(alone)
    reports.loc[lone, "why"] = f"its other arm is left out, kind {kind}"
    reports.loc[lone, "enters"] = False
    if not reports["enters"].any():
        raise ModelError(f"nothing is left without {kind} reports")
    return replace(evidence, reports=reports)


def _courses(model: Model, evidence: Evidence) -> Iterator[Variant]:
    """Each other time course alone."""
    over_time = evidence.layout == "longitudinal" or (
        evidence.layout == "network" and bool(evidence.used["months"].notna().any())
    )
    for name in SHAPES if over_time else ():
        if name == model.time_course:
            continue
        # A prior that was given for a number of one shape means nothing to another.
        other = replace(model, time_course=name)
        try:
            other.priors_for(evidence)
        except ModelError as fault:
            yield Variant("time course", f"{name} alone", model, evidence, str(fault))
        else:
            yield Variant("time course", f"{name} alone", other, evidence)


def _of_evidence(
    group: str, label: str, model: Model, evidence: Evidence, made: Callable[[], Evidence]
) -> Variant:
    try:
        return Variant(group, label, model, made())
    except TrialpoolError as fault:
        why = " ".join(str(fault).split())
        return Variant(group, label, model, evidence, why)


#: In the order in which they are fitted.
GROUPS: Mapping[str, Callable[[Model, Evidence], Iterator[Variant]]] = {
    "prior": _priors,
    "trial": _trials,
    "kind": lambda model, evidence: _kinds(model, evidence, None),
    "time course": _courses,
}
