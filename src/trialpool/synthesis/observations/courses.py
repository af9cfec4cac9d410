"""What the rows look at, and what each family of rows returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialpool import graph as g
from trialpool.synthesis.design import Design
from trialpool.synthesis.network import Index


@dataclass(frozen=True)
class Courses:
    """What the rows look at, as PyTensor variables; points of 100, lower is better, gains positive.

    Attributes
    ----------
    gain : (trial_arm, months)
        Benefit of an arm over its trial's reference arm.
    baseline : (trial,)
        Mean before treatment, common to the arms of a trial.
    change : (visit,)
        Change of the reference arm since baseline.
    spread : (trial_arm,)
        SD between patients.
    rho : ()
        Correlation between two visits.
    """

    gain: Any
    baseline: Any
    change: Any
    spread: Any
    rho: Any


@dataclass(frozen=True)
class SharedErrors:
    """Errors shared by the rows of an arm, (trial_arm,), in points times ``sqrt(n)``.

    ``level_in_sds`` is ``level`` in SDs of the patients.
    """

    level: Any
    at_baseline: Any
    level_in_sds: Any


@dataclass(frozen=True)
class Term:
    """One family of rows in the likelihood.

    ``log_density`` by row; ``trial`` of each row; ``row`` its place among the used reports (empty
    where the term says no more about a report than another does); ``expected`` value and ``sd`` of
    a new report like it, in the report's own unit.
    """

    log_density: Any
    trial: Index
    row: Index
    expected: Any
    sd: Any


def shared_errors(design: Design, courses: Courses) -> SharedErrors:
    """Latent shared errors of the arms with several numbers; zero for the others."""
    where = np.flatnonzero(design.repeated)
    zeros = g.zeros(len(design.network.arms))
    if not where.size:
        return SharedErrors(zeros, zeros, zeros)
    level = g.put(zeros, where, g.Normal("level_error_z", 0, 1, dims="repeated_arm"))
    visit = g.put(zeros, where, g.Normal("baseline_error_z", 0, 1, dims="repeated_arm"))
    in_sds = g.sqrt(courses.rho) * level
    return SharedErrors(
        level=courses.spread * in_sds,
        at_baseline=courses.spread * g.sqrt(1 - courses.rho) * visit,
        level_in_sds=in_sds,
    )


def choose(mask: NDArray[np.bool_], yes: Any, no: Any) -> Any:
    """``yes`` where the mask holds, else ``no``; a mask all of one kind costs no graph."""
    if mask.all():
        return yes
    return g.switch(mask, yes, no) if mask.any() else no


def form_sd(spread: Any, rho: Any, at: Any, a0: Any) -> Any:
    """SD between patients of ``at Y(t) + a0 Y(0)``."""
    return spread * g.sqrt(at**2 + a0**2 + 2 * rho * at * a0)


def change_of(courses: Courses, visit: Index, arm: Index, month: Index) -> Any:
    """Mean change since baseline of each row's arm; 0 at baseline (visit -1)."""
    padded = g.concatenate([courses.change, g.zeros(1)])
    return padded[visit] - np.where(visit >= 0, 1.0, 0.0) * courses.gain[arm, month]
