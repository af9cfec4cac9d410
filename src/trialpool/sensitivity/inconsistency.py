"""Do direct and indirect evidence agree? Node-splitting, by renaming one treatment.

In the trials that compare a pair, one of the two becomes a treatment of its own: its effect is then
the direct estimate, that of the treatment elsewhere the indirect one, and both come from one fit
with one heterogeneity (Dias et al. 2010, doi:10.1002/sim.3767). In a trial of three arms the third
stays consistent with both, as in their arm-based form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trialpool.batches import fit_many
from trialpool.checks import CheckResult
from trialpool.checks.reports import holm
from trialpool.evidence import Evidence
from trialpool.evidence.connectivity import islands
from trialpool.posterior import Posterior
from trialpool.synthesis import Model

Values = NDArray[np.float64]

#: Corrected tail probability under which direct and indirect evidence disagree.
LIMIT = 0.05
_DIRECT = "{} (direct)"
_NAME = "direct and indirect evidence"


@dataclass(frozen=True)
class Loop:
    """A pair that trials compare both directly and by way of others.

    Attributes
    ----------
    one, other : str
        Treatments of a network, or classes; ``other`` is the one that is renamed.
    trials : tuple of str
        Those that compare the two directly.
    """

    one: str
    other: str
    trials: tuple[str, ...]


def inconsistency(
    model: Model,
    evidence: Evidence,
    *,
    months: float = 12.0,
    seed: int = 1,
    engine: str = "auto",
    draws: int = 1000,
    tune: int = 500,
    chains: int = 4,
    say: Callable[[str], None] | None = None,
) -> CheckResult:
    """Direct against indirect evidence for every pair that has both.

    Parameters
    ----------
    model : Model
    evidence : Evidence
        A network of treatments, or scores over time, of which classes are compared. There partial
        pooling draws the direct class and the indirect one to each other, as it does all classes:
        ``pooling={"class": "none"}`` keeps them apart.
    months : float
        When classes are compared.
    seed, engine, draws, tune, chains
        Of each fit, one a pair; see `trialpool.fit_many`.
    say : callable, optional
        Told how far it is.

    Returns
    -------
    CheckResult
        A row a pair: medians and 95 % credible intervals of the direct and the indirect effect of
        ``other`` over ``one`` and of their difference, ``p``, twice the smaller probability of the
        difference to lie on one side of zero, and ``corrected`` by Holm for the number of pairs.
        Not judged where no pair has both.
    """
    found = list(loops(evidence))
    if not found:
        return CheckResult(
            _NAME, None, "no pair is compared both directly and by way of others: cannot be checked"
        )
    rows = []
    for i, loop in enumerate(found):
        (posterior,) = fit_many(
            model,
            split(evidence, loop),
            seed=seed + i,
            engine=engine,
            draws=draws,
            tune=tune,
            chains=chains,
            target_accept=0.9,
        )
        rows.append(_row(posterior, loop, months))
        if say is not None:
            say(f"{i + 1} of {len(found)}: {loop.other} v {loop.one}")
    return _judged(rows)


def loops(evidence: Evidence) -> Iterator[Loop]:
    """Pairs that trials compare directly, and others by way of a third."""
    if evidence.layout == "network":
        table, trial, name = evidence.used, "study", "treatment"
        last = evidence.reference
    elif evidence.layout == "longitudinal":
        table, trial, name = evidence.arms, "trial", "class_"
        last = evidence.classes.reference
    else:
        return
    compared = {str(t): set(own[name]) for t, own in table.groupby(trial, sort=False)}
    # The reference is never renamed: everything is measured against it.
    names = sorted(set(table[name]), key=lambda n: (n != last, n))
    for one, other in combinations(names, 2):
        direct = [t for t, own in compared.items() if {one, other} <= own]
        rest = [own for t, own in compared.items() if t not in direct]
        reached = any(one in own for own in rest) and any(other in own for own in rest)
        if direct and reached and not any(other in apart for apart in islands(rest, one)):
            yield Loop(one, other, tuple(direct))


def split(evidence: Evidence, loop: Loop) -> Evidence:
    """The evidence with ``other`` a treatment, or class, of its own in the direct trials."""
    if evidence.layout == "network":
        reports = evidence.reports.copy()
        _rename(reports, "study", loop, "treatment", ["treatment"])
        return replace(evidence, reports=reports)
    reports, versus = evidence.reports.copy(), evidence.versus_arms.copy()
    for frame in (reports, versus):
        _rename(frame, "trial", loop, "class_", ["treatment", "class_"])
    own = evidence.classes
    name = (_DIRECT.format(loop.other),)
    if loop.other in own.active:
        classes = replace(own, active=own.active + name)
    else:
        classes = replace(own, comparators=own.comparators + name)
    return replace(evidence, reports=reports, versus_arms=versus, classes=classes)


def _rename(frame: pd.DataFrame, trial: str, loop: Loop, by: str, columns: list[str]) -> None:
    inside = frame[trial].isin(loop.trials) & (frame[by] == loop.other)
    for column in columns:
        frame[column] = frame[column].where(~inside, frame[column].map(_DIRECT.format))


def _row(posterior: Posterior, loop: Loop, months: float) -> dict[str, Any]:
    one = _effect(posterior, loop.one, months)
    direct = _effect(posterior, _DIRECT.format(loop.other), months) - one
    indirect = _effect(posterior, loop.other, months) - one
    apart = direct - indirect
    above = float((apart > 0).mean())
    row: dict[str, Any] = {"pair": f"{loop.other} v {loop.one}", "trials": ", ".join(loop.trials)}
    for name, draws in (("direct", direct), ("indirect", indirect), ("difference", apart)):
        lower, median, upper = np.quantile(draws, [0.025, 0.5, 0.975])
        row |= {name: float(median), f"{name} lower": float(lower), f"{name} upper": float(upper)}
    return row | {"p": 2 * min(above, 1 - above)}


def _effect(posterior: Posterior, name: str, months: float) -> Values:
    """Draws of an effect over the reference, whose own is zero."""
    draws = posterior.draws
    network = posterior.meta["layout"] == "network"
    variable, dim = ("treatment_effect", "treatment") if network else ("benefit", "class")
    labels = list(draws.coord(dim))
    values = draws.array(variable)
    if name not in labels:
        return np.zeros(len(values))
    own = values[:, labels.index(name)]
    if network:
        return own
    at = np.asarray(draws.coord("months"), dtype=float)
    return own[:, int(np.argmin(np.abs(at - months)))]


def _judged(rows: list[dict[str, Any]]) -> CheckResult:
    corrected = holm(np.array([row["p"] for row in rows]))
    rows = [{**row, "corrected": float(p)} for row, p in zip(rows, corrected, strict=True)]
    rows.sort(key=lambda row: row["p"])
    first = rows[0]
    passed = bool(first["corrected"] >= LIMIT)
    text = (
        f"{len(rows)} pairs; farthest apart is {first['pair']}: direct {first['direct']:.3g}, "
        f"indirect {first['indirect']:.3g}, p {first['p']:.2g}, {first['corrected']:.2g} corrected"
    )
    if not passed:
        text += (
            ". Direct and indirect evidence disagree: look at what differs between these trials "
            "(patients, doses, months) before pooling them"
        )
    return CheckResult(_NAME, passed, text, rows)
