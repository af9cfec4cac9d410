"""Responders: patients whose scores at baseline and at the visit satisfy a threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialpool import graph as g
from trialpool.synthesis.design import Design
from trialpool.synthesis.observations.courses import (
    Courses,
    SharedErrors,
    Term,
    change_of,
    choose,
    form_sd,
)
from trialpool.synthesis.observations.double_binomial import (
    dispersion,
    double_binomial_logp,
    random_counts,
)

#: Beyond this many SDs a normal probability is 0 or 1 in double precision and its logarithm
#: useless.
PROBIT_BOUND = 7.0
#: Nodes on either side of the point at which the parts of a joined threshold cross; right to six
#: digits up to a correlation of 0.9.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(40)
_EDGE = 7.0
_TINY = 1e-9


@dataclass(frozen=True)
class _Share:
    """Probability of a response, of none, and how p moves with the means of baseline and visit."""

    p: Any
    q: Any
    by_baseline: Any
    by_visit: Any


def count_term(
    design: Design, courses: Courses, shared: SharedErrors, cutoff: Any
) -> tuple[Term, Any, Any]:
    """Responders: double binomial, P from the bivariate normal of baseline and visit.

    ``Y(t) <= keep Y(0) - points`` is one normal event; two of them joined by "and" or "or" are an
    integral over the baseline. Where the threshold is not printed, ``cutoff`` (probit of the
    reference arm) stands for it and the arms differ by their benefits over the SD of a change.

    Returns
    -------
    term : Term
    z, given : (count_report,)
        Probit of a response of new patients and given the shared errors, for the thresholds of one
        part.
    """
    rows = design.counts
    count = g.Data("responders", rows.count, dims="count_report")
    n = g.Data("count_n", rows.n, dims="count_report")
    change = change_of(courses, rows.visit, rows.arm, rows.month)
    baseline = courses.baseline[design.network.trial[rows.arm]]
    level = shared.level[rows.arm] / g.sqrt(n)
    z, a0, sd = _probit(design, courses, baseline, change, cutoff)
    # The shared errors move the means of this arm's patients at baseline and at the visit.
    error = (1 + a0) * level + a0 * shared.at_baseline[rows.arm] / g.sqrt(n)
    given = g.clip(z - error / sd, -PROBIT_BOUND, PROBIT_BOUND)
    found, expected = _one_part(given, a0, sd), _normal_cdf(z)
    if (joined := np.flatnonzero(rows.both | rows.either)).size:
        means = baseline[joined], (baseline + change)[joined]
        moved = level[joined] + shared.at_baseline[rows.arm][joined] / g.sqrt(n[joined])
        both = _two_parts(design, courses, joined, means[0] + moved, means[1] + level[joined])
        found = _Share(
            *(
                g.put(getattr(found, name), joined, getattr(both, name))
                for name in ("p", "q", "by_baseline", "by_visit")
            )
        )
        expected = g.put(expected, joined, _two_parts(design, courses, joined, *means).p)

    rho = courses.rho
    variance = courses.spread[rows.arm] ** 2 * (
        rho * (found.by_baseline + found.by_visit) ** 2 + (1 - rho) * found.by_baseline**2
    )
    theta = dispersion(found.p, found.q, choose(design.repeated[rows.arm], variance, 0.0))
    g.CustomDist(
        "count_reports",
        n,
        found.p,
        theta,
        logp=double_binomial_logp,
        random=random_counts,
        observed=count,
        dims="count_report",
    )
    return (
        Term(
            double_binomial_logp(count, n, found.p, theta),
            design.network.trial[rows.arm],
            rows.row,
            expected,
            g.sqrt(expected * (1 - expected) / n),
        ),
        z,
        given,
    )


def _probit(
    design: Design, courses: Courses, baseline: Any, change: Any, cutoff: Any
) -> tuple[Any, NDArray[np.float64], Any]:
    """Probit of the first part of each threshold, its ``a0``, and the SD of its form."""
    rows = design.counts
    a0 = -rows.keep
    sd = form_sd(courses.spread[rows.arm], courses.rho, 1.0, a0)
    form_mean = (1 - rows.keep) * baseline + change + rows.points
    padded = g.concatenate([cutoff, g.zeros(1)])
    compared = padded[rows.cutoff] + courses.gain[rows.arm, rows.month] / sd
    return choose(rows.cutoff < 0, -form_mean / sd, compared), a0, sd


def _one_part(z: Any, a0: Any, sd: Any) -> _Share:
    density = _normal_density(z) / sd
    return _Share(_normal_cdf(z), _normal_cdf(-z), -a0 * density, -density)


def _two_parts(
    design: Design, courses: Courses, joined: NDArray[np.int64], m0: Any, mt: Any
) -> _Share:
    """Response to a joined threshold: ``Y(t)`` below the lower (and) or higher (or) of two lines.

    Given ``Y(0) = y`` the visit is normal, so the share is an integral over y; the lines cross at
    one y and the integrand is smooth on either side of it.
    """
    rows = design.counts
    arm = rows.arm[joined]
    keep = np.stack([rows.keep[joined], rows.also_keep[joined]])
    points = np.stack([rows.points[joined], rows.also_points[joined]])
    slope_gap = np.where(keep[0] == keep[1], _TINY, keep[0] - keep[1])
    crossing = (points[0] - points[1]) / slope_gap
    # Left of the crossing the steeper line is the lower one.
    steep = np.argmax(keep, axis=0)
    left = np.where(rows.both[joined], steep, 1 - steep)
    s, rho = courses.spread[arm], courses.rho
    own = (s * g.sqrt(1 - rho**2))[:, None]
    edge = g.clip((crossing - m0) / s, -_EDGE, _EDGE)
    p: Any = 0.0
    by_baseline: Any = 0.0
    by_visit: Any = 0.0
    each = np.arange(joined.size)
    for part, sign in ((left, -1.0), (1 - left, 1.0)):
        half = (_EDGE - sign * edge)[:, None] / 2
        x = sign * (_EDGE - half * (1 + _NODES))
        weight = half * _WEIGHTS * _normal_density(x)
        slope, fall = keep[part, each][:, None], points[part, each][:, None]
        line = slope * (m0[:, None] + s[:, None] * x) - fall
        at = (line - mt[:, None] - rho * s[:, None] * x) / own
        density = weight * _normal_density(at) / own
        p = p + (weight * _normal_cdf(at)).sum(axis=1)
        by_baseline = by_baseline + (density * slope).sum(axis=1)
        by_visit = by_visit - density.sum(axis=1)
    p = g.clip(p, _normal_cdf(-PROBIT_BOUND), 1 - _normal_cdf(-PROBIT_BOUND))
    return _Share(p, 1 - p, by_baseline, by_visit)


def _normal_cdf(z: Any) -> Any:
    return 0.5 * g.erfc(-z / np.sqrt(2.0))


def _normal_density(z: Any) -> Any:
    return g.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
